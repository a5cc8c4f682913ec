//! A file of an export, opened: what it is made of is seen from its first bytes, never from its name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::bufread::MultiGzDecoder;
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use sha2::{Digest, Sha256};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::job::Export;

/// What a file holds.
pub(super) enum Content {
    /// Delimited text in UTF-8, without byte order mark.
    Text(Box<dyn Read + Send>),
    /// JSON in UTF-8.
    Json(Vec<u8>),
    /// A Parquet table.
    Frame(DataFrame),
}

/// A file of an export.
pub(super) struct Source {
    /// Where it is, as the user named it.
    pub path: PathBuf,
    /// What it holds.
    pub content: Content,
    digest: Arc<Mutex<Sha256>>,
}

/// Passes bytes on and keeps their hash.
struct Hashing<R> {
    inner: R,
    digest: Arc<Mutex<Sha256>>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let (Ok(mut digest), Some(bytes)) = (self.digest.lock(), buffer.get(..count)) {
            digest.update(bytes);
        }
        Ok(count)
    }
}

impl Source {
    /// Opens a file, unpacks it and brings it to UTF-8.
    pub(super) fn open(path: &Path, export: &Export, what: &str) -> Result<Self, Diagnostic> {
        let missing = |e: io::Error| {
            Diagnostic::error(
                Code::MissingFile,
                Place::file(path),
                format!("cannot read the {what} export: {e}"),
            )
        };
        let digest = Arc::new(Mutex::new(Sha256::new()));
        // A pipe would be waited for, and order lines may have to be read twice.
        if !std::fs::metadata(path).map_err(missing)?.is_file() {
            let reason = format!("cannot read the {what} export: it is not a file");
            return Err(Diagnostic::error(Code::MissingFile, Place::file(path), reason));
        }
        let file = File::open(path).map_err(missing)?;
        let mut bytes = reader(Hashing { inner: file, digest: Arc::clone(&digest) });
        let is_gzip = bytes.fill_buf().map_err(missing)?.starts_with(&[0x1f, 0x8b]);
        let mut bytes: Box<dyn BufRead + Send> =
            if is_gzip { Box::new(reader(MultiGzDecoder::new(bytes))) } else { Box::new(bytes) };
        let head = bytes.fill_buf().map_err(missing)?.to_vec();
        let content = content(path, export, &head, bytes, missing)?;
        Ok(Self { path: path.to_owned(), content, digest })
    }

    /// SHA-256 of the file's bytes as they lie on disk, once they are read.
    pub(super) fn digest(&self) -> SourceDigest {
        SourceDigest(Arc::clone(&self.digest))
    }
}

/// The hash of a file that may still be being read.
pub(super) struct SourceDigest(Arc<Mutex<Sha256>>);

impl SourceDigest {
    /// Hexadecimal.
    pub(super) fn hex(&self) -> String {
        self.0.lock().map(|d| format!("{:x}", d.clone().finalize())).unwrap_or_default()
    }
}

/// SHA-256 of a file, hexadecimal; empty when it cannot be read.
pub(super) fn sha256(path: &Path) -> String {
    std::fs::read(path).map(|bytes| format!("{:x}", Sha256::digest(bytes))).unwrap_or_default()
}

fn reader<R: Read>(inner: R) -> BufReader<R> {
    // Larger reads, as those of pieces are, go past its memory.
    BufReader::with_capacity(1 << 16, inner)
}

fn content(
    path: &Path,
    export: &Export,
    head: &[u8],
    mut bytes: Box<dyn BufRead + Send>,
    missing: impl Fn(io::Error) -> Diagnostic,
) -> Result<Content, Diagnostic> {
    let not_text = |reason: String| Diagnostic::error(Code::NotText, Place::file(path), reason);
    let all = |mut bytes: Box<dyn BufRead + Send>| -> Result<Vec<u8>, Diagnostic> {
        let mut whole = Vec::new();
        bytes.read_to_end(&mut whole).map_err(&missing)?;
        Ok(whole)
    };
    if head.starts_with(b"PAR1") {
        let frame = ParquetReader::new(Cursor::new(all(bytes)?)).finish();
        let frame = frame.map_err(|e| not_text(format!("is not a Parquet file that can be read: {e}")))?;
        return Ok(Content::Frame(frame));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        let reason = "is a workbook or an archive, not a text file: save the sheet as CSV";
        return Err(not_text(reason.to_owned()));
    }
    let declared = export.encoding.as_ref().and_then(|label| Encoding::for_label(label.as_bytes()));
    let marked = Encoding::for_bom(head);
    let encoding = match (marked, declared) {
        (Some((marked, _)), Some(declared)) if marked != declared => {
            return Err(not_text(format!(
                "begins with the byte order mark of {}, but the job declares encoding = \"{}\"",
                marked.name(),
                export.encoding.as_deref().unwrap_or_default()
            )));
        }
        (Some((marked, _)), _) => marked,
        (None, declared) => declared.unwrap_or(UTF_8),
    };
    if let Some((_, length)) = marked {
        bytes.consume(length);
    }
    let mut text: Box<dyn BufRead + Send> = if encoding == UTF_8 {
        bytes
    } else {
        Box::new(Cursor::new(decode(&all(bytes)?, encoding).map_err(not_text)?))
    };
    let begin = text.fill_buf().map_err(&missing)?;
    if begin.iter().take(4096).any(|b| *b == 0) {
        let guess = if begin.first() == Some(&0) { UTF_16BE } else { UTF_16LE };
        return Err(not_text(format!(
            "holds NUL bytes: it is not a text file, or declare encoding = \"{}\" for it in the job",
            guess.name().to_ascii_lowercase()
        )));
    }
    match begin.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{' | b'[') => Ok(Content::Json(all(text)?)),
        _ => Ok(Content::Text(text)),
    }
}

/// All of `bytes` in UTF-8; what the encoding does not know is an error, never a replacement character.
fn decode(bytes: &[u8], encoding: &'static Encoding) -> Result<Vec<u8>, String> {
    let wrong = |line: usize| {
        format!(
            "is not {} text (first bad byte on line {line}); correct `encoding` in the job",
            encoding.name()
        )
    };
    let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) else {
        let (lossy, _) = encoding.decode_without_bom_handling(bytes);
        return Err(wrong(lossy.split('\u{fffd}').next().map_or(1, |ok| ok.matches('\n').count() + 1)));
    };
    // Windows-1252 knows every byte; five of them stand for control characters that no text has.
    let control = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    if encoding == WINDOWS_1252
        && let Some(place) = text.find(control)
    {
        return Err(wrong(text.get(..place).map_or(1, |ok| ok.matches('\n').count() + 1)));
    }
    Ok(text.into_owned().into_bytes())
}
