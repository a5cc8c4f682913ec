//! What the documentation says about codes is what the code has.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

#[allow(unreachable_pub, reason = "shared by the test files")]
mod common;

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
