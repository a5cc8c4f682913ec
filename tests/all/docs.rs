//! What the documentation says is what the code has, and every link in it leads somewhere.

use crate::common;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wafercast::diagnostic::Code;

/// A cell of a Markdown table.
fn cell(text: &str) -> String {
    text.trim().trim_end_matches('.').replace('|', "\\|")
}

#[test]
fn every_code_is_documented_as_it_is() {
    let text = common::text(&common::root().join("docs/reference/exports.md"));
    let mut missing = Vec::new();
    for code in Code::ALL {
        let start = format!("| `{}` | ", code.name());
        let exit = format!(" | {} | {} |", cell(code.meaning()), cell(code.remedy()));
        let line = text.lines().find(|line| line.starts_with(&start));
        let exit_code = code.exit_code() as u8;
        let right = line.is_some_and(|line| {
            line.ends_with(&exit) && line.trim_end_matches(&exit).ends_with(&exit_code.to_string())
        });
        if !right {
            let usually = if Code::CHECKS.contains(code) { "(error or warning) | " } else { "" };
            missing.push(format!("{start}{usually}{exit_code}{exit}"));
        }
    }
    assert!(missing.is_empty(), "docs/reference/exports.md must have the lines\n{}", missing.join("\n"));
}

#[test]
fn the_page_of_tables_is_what_the_code_describes() {
    use wafercast::tables::dictionary::{Form, dictionary};
    let page = common::text(&common::root().join("docs/reference/tables.md"));
    assert!(
        page == dictionary(Form::Markdown).unwrap(),
        "docs/reference/tables.md is not up to date: `make dictionary`"
    );
}

#[test]
fn the_example_job_shows_every_key_of_an_export() {
    let job = common::text(&common::root().join("jobs/quarterly.toml"));
    for key in [
        "columns",
        "words",
        "delimiter",
        "encoding",
        "date_format",
        "date_formats",
        "decimal_mark",
        "unit",
        "chart",
    ] {
        assert!(job.contains(&format!("{key} = ")), "{key} is not in jobs/quarterly.toml");
    }
    assert!(job.contains("[checks]") && job.contains("exported_on"));
}

/// Files below a folder, what git does not have left out.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "out", ".git", "mutants.out"].contains(&name.as_str()) {
            found.extend(files_below(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

fn ends_with(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|ending| endings.iter().any(|e| ending == *e))
}

/// The anchor that a heading gets where Markdown is shown: small letters, blanks as `-`, no other punctuation.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let letters = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    headings.map(|line| line.trim_start_matches('#').trim().chars().filter_map(letters).collect()).collect()
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    let mut links = 0;
    for path in files_below(&common::root()).iter().filter(|path| ends_with(path, &["md"])) {
        let text = common::text(path);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            links += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let to = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let found = to.exists() && (anchor.is_empty() || anchors(&common::text(&to)).contains(anchor));
            if !found {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
    assert!(links > 40, "{links} links were looked at");
}

/// `docs/concepts/method.md` in a comment, a message, a job or a table is a path from the project's root.
#[test]
fn every_document_that_is_named_exists() {
    let mut missing = BTreeSet::new();
    let endings = ["rs", "md", "toml", "sh", "mjs", "py"];
    let root = common::root();
    // CHANGELOG.md names documents where they were then.
    let files = files_below(&root);
    let named = files.iter().filter(|path| ends_with(path, &endings) && !path.ends_with("CHANGELOG.md"));
    for path in named.chain(&[root.join("Makefile")]) {
        let text = common::text(path);
        for rest in text.split("docs/").skip(1) {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "/-_.".contains(c)));
            let name = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
            let named = root.join("docs").join(name);
            if ends_with(&named, &["md"]) && !named.exists() {
                missing.insert(format!("{}: docs/{name}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "documents that are named and not there: {missing:#?}");
}

#[test]
fn every_exit_code_is_documented() {
    let root = common::root();
    let code = common::text(&root.join("src/exit_code.rs"));
    let mut codes: BTreeSet<u8> = code
        .lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = ")?.1.parse().ok())
        .collect();
    assert_eq!(codes.len(), 8, "exit codes in src/exit_code.rs: {codes:?}");
    codes.insert(0);
    let page = common::text(&root.join("docs/reference/exit-codes.md"));
    let documented: BTreeSet<u8> =
        page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |")?.0.parse().ok()).collect();
    assert_eq!(documented, codes, "docs/reference/exit-codes.md");
    let help = String::from_utf8(common::wafercast(&["--help"]).stdout).unwrap();
    let line = help.lines().find_map(|line| line.strip_prefix("Exit codes: ")).unwrap();
    let reported: BTreeSet<u8> =
        line.split(", ").filter_map(|part| part.split_once(' ')?.0.parse().ok()).collect();
    assert_eq!(reported, codes, "wafercast --help");
}

#[test]
fn the_readme_is_one_screen_of_lines_that_fit() {
    let text = common::text(&common::root().join("README.md"));
    let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 120).collect();
    assert!(long.is_empty(), "longer than 120 characters: {long:#?}");
    assert!(text.lines().count() <= 60, "{} lines", text.lines().count());
}

/// What `make forecast` prints, to the letter.
#[test]
fn the_guide_shows_what_a_run_prints() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let output = common::wafercast(&["run", "jobs/quarterly.toml", "--out", out]);
    let printed = String::from_utf8(output.stdout).unwrap().replace(out, "out");
    assert!(printed.contains("12 months: "), "{printed}");
    let guide = common::text(&common::root().join("docs/guide/reading.md"));
    assert!(
        guide.contains(&format!("```\n{printed}```")),
        "docs/guide/reading.md shows other lines than:\n{printed}"
    );
}
