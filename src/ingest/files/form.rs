//! Files that hold no rows that can be read: recognised by their first bytes, whatever their name says.

/// First bytes of a file, what it is then, and what to do with it.
const MARKS: [(&[u8], &str, &str); 15] = [
    (&[0x1f, 0x8b], "packed with gzip twice", "unpack it once"),
    (&[0xd0, 0xcf, 0x11, 0xe0], "a workbook of old Excel (.xls) or another Office file", SHEET),
    (b"%PDF", "a PDF document", EXPORT),
    (b"\x89PNG", "a picture (PNG)", EXPORT),
    (&[0xff, 0xd8, 0xff], "a picture (JPEG)", EXPORT),
    (b"GIF8", "a picture (GIF)", EXPORT),
    (b"BZh91AY", "packed with bzip2", UNPACK),
    (&[0xfd, b'7', b'z', b'X', b'Z'], "packed with xz", UNPACK),
    (&[0x28, 0xb5, 0x2f, 0xfd], "packed with Zstandard", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"SQLite format 3", "a SQLite database", EXPORT),
    (b"Obj\x01", "an Avro file", EXPORT),
    (b"ARROW1", "an Arrow (Feather) file", EXPORT),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself", "fetch the file: git lfs pull"),
];

const SHEET: &str = "save the sheet as CSV in UTF-8";
const EXPORT: &str = "export the table itself as CSV in UTF-8";
const UNPACK: &str = "unpack it, or pack it with gzip";

/// Tags that a page begins with. A header of a text may begin with `<` too: `<TICKER>,<DATE>`.
const TAGS: [&str; 11] =
    ["!doctype html", "html", "head", "body", "table", "meta", "title", "script", "style", "div", "!--"];

/// What a file is that begins with these bytes, and what to do; `None` when it may be a table.
pub(super) fn of_bytes(head: &[u8]) -> Option<String> {
    let holds = |part: &[u8]| memchr::memmem::find(head, part).is_some();
    let is = |what: &str, remedy: &str| Some(format!("is {what}: {remedy}"));
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return if holds(b"opendocument.spreadsheet") {
            is("an OpenDocument spreadsheet (.ods)", SHEET)
        } else if holds(b"[Content_Types].xml") || holds(b"xl/workbook") || holds(b"xl/worksheets") {
            is("an Excel workbook (.xlsx) or another Office file", SHEET)
        } else {
            is("a zip archive", UNPACK)
        };
    }
    if let Some((_, what, remedy)) = MARKS.iter().find(|(mark, ..)| head.starts_with(mark)) {
        return is(what, remedy);
    }
    if head.starts_with(&[0xff, 0xfe, 0, 0]) || head.starts_with(&[0, 0, 0xfe, 0xff]) {
        return is("text in UTF-32", "save it in UTF-8");
    }
    None
}

/// The same of text in UTF-8, without byte order mark.
pub(in crate::ingest) fn of_text(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(head.get(..4096).unwrap_or(head)).to_ascii_lowercase();
    let tag = text.trim_start().strip_prefix('<')?;
    if TAGS.iter().any(|name| {
        let after = tag.strip_prefix(name).and_then(|rest| rest.chars().next());
        after.is_some_and(|c| matches!(c, '>' | '/' | ' ' | '\n' | '\r' | '\t') || *name == "!--")
    }) {
        return Some(format!(
            "is an HTML page{}: export the table itself as CSV; a page in its place is often a sign-in or an error page, or a report saved under another ending",
            title(&text).map_or_else(String::new, |title| format!(" (`{title}`)"))
        ));
    }
    if !tag.starts_with("?xml") {
        return None;
    }
    let what = if text.contains("office:spreadsheet") { "an Excel workbook as XML" } else { "XML" };
    Some(format!("is {what}: {EXPORT}"))
}

/// The title of a page, in small letters.
fn title(text: &str) -> Option<&str> {
    let title = text.split_once("<title>")?.1.split_once("</title>")?.0.trim();
    (!title.is_empty() && title.len() <= 80).then_some(title)
}

/// Why text that holds NUL bytes is none; `begin` is where it begins.
pub(super) fn of_nuls(begin: &[u8]) -> String {
    let share = |from: usize, step: usize| {
        let zeros: Vec<bool> =
            begin.iter().skip(from).step_by(step).take(64).map(|byte| *byte == 0).collect();
        zeros.iter().filter(|zero| **zero).count() as f64 / zeros.len().max(1) as f64
    };
    let (zeros, text) = (|from, step| share(from, step) >= 0.75, |from, step| share(from, step) <= 0.25);
    let wide = |name: &str| {
        format!("holds NUL bytes as text in UTF-16 does: declare encoding = \"{name}\" for it in the job")
    };
    if begin.iter().all(|byte| *byte == 0) {
        "holds nothing but NUL bytes: it was never written to its end; copy it again".to_owned()
    } else if zeros(1, 4) && zeros(2, 4) && (zeros(3, 4) && text(0, 4) || zeros(0, 4) && text(3, 4)) {
        "is text in UTF-32: save it in UTF-8".to_owned()
    } else if zeros(0, 2) && text(1, 2) {
        wide("utf-16be")
    } else if zeros(1, 2) && text(0, 2) {
        wide("utf-16le")
    } else {
        "holds NUL bytes: it is not a text file, or it was damaged; export or copy it again".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_named_and_what_may_be_is_not() {
        for (bytes, said) in [
            (&b"PK\x03\x04....[Content_Types].xml"[..], "an Excel workbook"),
            (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "OpenDocument"),
            (b"PK\x03\x04orders.csv", "a zip archive"),
            (b"%PDF-1.7", "a PDF"),
            (b"\x89PNG\r\n", "a picture (PNG)"),
            (&[0xff, 0xd8, 0xff, 0xe0], "a picture (JPEG)"),
            (&[0x1f, 0x8b, 8], "gzip twice"),
            (&[0xff, 0xfe, 0, 0, b'a', 0, 0, 0], "UTF-32"),
        ] {
            assert!(of_bytes(bytes).unwrap().contains(said), "{said}");
        }
        for (text, said) in [
            ("<!DOCTYPE html>\n<title>Sign in</title>", "HTML page (`sign in`)"),
            ("\n <HTML><body>", "HTML page:"),
            ("<table border=1><tr><td>order_id", "HTML page:"),
            (
                "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                "Excel",
            ),
        ] {
            assert!(of_text(text.as_bytes()).unwrap().contains(said), "{text}");
        }
        for text in
            ["<TICKER>,<DATE>,<CLOSE>\n", "date,difficulty\n", "<date>;<value>\n", "<divisor>,x\n", ""]
        {
            assert_eq!((of_bytes(text.as_bytes()), of_text(text.as_bytes())), (None, None), "{text}");
        }
    }

    /// Only the first 4,096 bytes are looked at.
    #[test]
    fn what_comes_late_says_nothing() {
        let sheet = |before: usize| {
            of_text(format!("<?xml version=\"1.0\"?>{}office:spreadsheet", " ".repeat(before)).as_bytes())
        };
        assert!(sheet(4_000).unwrap().starts_with("is an Excel workbook as XML"));
        assert!(sheet(5_000).unwrap().starts_with("is XML:"));
    }

    /// A title of one to 80 letters is shown.
    #[test]
    fn the_title_of_a_page_is_shown_where_it_is_short() {
        let page = |title: &str| of_text(format!("<html><title>{title}</title>").as_bytes()).unwrap();
        assert!(page(&"a".repeat(80)).contains(&format!("page (`{}`):", "a".repeat(80))));
        assert!(page(&"a".repeat(81)).contains("page:"));
        assert!(page(" ").contains("page:"));
    }

    #[test]
    fn the_kind_of_nuls_tells_the_encoding() {
        let wide = |unit: usize, big: bool| -> Vec<u8> {
            "order_id,customer"
                .bytes()
                .flat_map(|b| {
                    let mut bytes = vec![0; unit];
                    bytes[if big { unit - 1 } else { 0 }] = b;
                    bytes
                })
                .collect()
        };
        assert!(of_nuls(&wide(2, false)).contains("utf-16le"));
        assert!(of_nuls(&wide(2, true)).contains("utf-16be"));
        assert!(of_nuls(&wide(4, false)).contains("UTF-32"));
        assert!(of_nuls(&wide(4, true)).contains("UTF-32"));
        assert!(of_nuls(&[0; 100]).contains("nothing but NUL"));
        assert!(of_nuls(b"order_id,\0customer,model,quantity").contains("not a text file"));
        // Zeros at the second and third of four places, and letters at the others: no text in UTF-32.
        let other: Vec<u8> = b"order_id".iter().flat_map(|b| [*b, 0, 0, *b]).collect();
        assert!(of_nuls(&other).contains("not a text file"));
    }

    #[test]
    fn an_office_file_is_known_by_any_of_its_parts() {
        for (part, what) in [
            ("[Content_Types].xml", "an Excel workbook"),
            ("xl/workbook.xml", "an Excel workbook"),
            ("xl/worksheets/sheet1.xml", "an Excel workbook"),
            ("mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet"),
            ("readme.txt", "a zip archive"),
        ] {
            let found = of_bytes(format!("PK\u{3}\u{4}{part}").as_bytes()).unwrap();
            assert!(found.starts_with(&format!("is {what}")), "{part}: {found}");
        }
    }
}
