//! Names and cells of exports, file names and the job's own texts never act on a terminal, a page or a reader of Markdown.
#![cfg(unix)]

use std::path::Path;
use std::process::Output;

use crate::common::{self, copy_of, edit, files, reported, wafercast};
use wafercast::text::acts;

/// What someone would put into a cell to act on whoever reads it: colours and titles of a terminal, a bell, a carriage
/// return, the direction of writing, a one-byte control sequence, markup of HTML and of Markdown.
const HOSTILE: &str = "A\u{1b}[31m\u{1b}]0;t\u{7}\rB\u{202e}C\u{9b}2J`|<script>alert(1)</script>[x](javascript:alert(1))![i](//e.x/p)";

fn run(folder: &Path) -> Output {
    wafercast(&["run", folder.join("job.toml").to_str().unwrap()])
}

/// Nothing of the text acts but line breaks, and in files of tables nothing at all within a line.
fn inert(name: &str, bytes: &[u8]) {
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let found = text.char_indices().find(|(_, c)| acts(*c) && *c != '\n');
    assert!(found.is_none(), "{name}: {found:?} in {:?}", &text[found.unwrap().0.saturating_sub(80)..]);
}

fn all_inert(output: &Output) {
    inert("stdout", &output.stdout);
    inert("stderr", &output.stderr);
}

/// The miniature with a hostile customer, channel and file name, and a job that names itself so.
fn hostile() -> tempfile::TempDir {
    let folder = copy_of("miniature");
    let path = folder.path();
    edit(&path.join("futures_orders.csv"), |text| {
        text.replace("Only Customer", &format!("\"{HOSTILE}\"")).replace("key_account", "channel")
    });
    let file = "channel\u{1b}c`<b>\u{202e}.csv";
    std::fs::rename(path.join("futures_orders.csv"), path.join("futures\u{1b}c`<b>.csv")).unwrap();
    std::fs::File::create(path.join(file))
        .and_then(|mut f| {
            let text = format!(
                "snapshot_date,channel,model,quantity,\"note{HOSTILE}\"\n2025-09-30,\"{HOSTILE}\",MINI,500,x\n"
            );
            std::io::Write::write_all(&mut f, text.as_bytes())
        })
        .unwrap();
    edit(&path.join("job.toml"), |text| {
        text.replacen("name = \"miniature\"", "name = \"m\\u001b[31m<script>[x](javascript:1)`*b*\"", 1)
            .replace("path = \"futures_orders.csv\"", "path = \"futures\\u001bc`<b>.csv\"\n[exports.channel_inventory]\npath = \"channel\\u001bc`<b>\\u202e.csv\"")
    });
    folder
}

#[test]
fn nothing_of_the_exports_or_the_job_acts_where_it_is_shown() {
    let folder = hostile();
    let job = folder.path().join("job.toml");
    let published = run(folder.path());
    assert!(published.status.success(), "{}", reported(&published));
    all_inert(&published);
    let vintage = files(&folder.path().join("out/2025Q3"));
    for (name, bytes) in &vintage {
        if [".csv", ".md", ".html", ".json"].iter().any(|ending| name.ends_with(ending)) {
            inert(name, bytes);
        }
    }
    let customers = common::text(&folder.path().join("out/2025Q3/policy_checks.csv"));
    assert!(customers.contains("A\\u{1b}[31m"), "the customer is named, harmless:\n{customers}");
    let summary = String::from_utf8(vintage["summary.md"].clone()).unwrap();
    assert!(
        summary.contains("job m\\\\u{1b}\\[31m&lt;script&gt;\\[x\\](javascript:1)\\`\\*b\\*"),
        "{summary}"
    );
    for raw in ["<script", "<b>", "](", " [x", "`<"] {
        assert!(!summary.replace("\\]", "").replace("\\[", "").contains(raw), "{raw} in\n{summary}");
    }
    let page = String::from_utf8(vintage["report.html"].clone()).unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<b>.csv"));
    for arguments in [vec!["check"], vec!["check", "--all"], vec!["backtest"], vec!["--log", "json", "run"]] {
        let output = wafercast(&[&arguments[..], &[job.to_str().unwrap()]].concat());
        assert!(output.status.success(), "{}", reported(&output));
        all_inert(&output);
    }
}

#[test]
fn cells_that_are_refused_are_shown_and_do_not_act() {
    let folder = hostile();
    let job = folder.path().join("job.toml");
    edit(&folder.path().join("supply.csv"), |text| {
        text.replace(",MINI,", &format!(",\"{HOSTILE}\",")).replace(",Foundry,", &format!(",\"{HOSTILE}\","))
    });
    for log in ["text", "json"] {
        let refused = wafercast(&["--log", log, "run", job.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(65), "{}", reported(&refused));
        assert!(reported(&refused).contains("supply.csv"), "{}", reported(&refused));
        all_inert(&refused);
    }
    // Left out within the tolerance, they are in a table.
    edit(&job, |text| text + "\n[reading]\nrejected_rows_allowed = 9\n");
    let output = run(folder.path());
    assert!(output.status.success(), "{}", reported(&output));
    let rejected = std::fs::read(folder.path().join("out/2025Q3/csv/rejected_rows.csv")).unwrap();
    inert("rejected_rows.csv", &rejected);
    assert!(String::from_utf8(rejected).unwrap().contains("A\\u{1b}[31m"));
    // A model of the job cannot be called so.
    edit(&job, |text| text.replacen("name = \"MINI\"", "name = \"MI\\u202eNI\"", 1));
    let refused = run(folder.path());
    assert_eq!(refused.status.code(), Some(78), "{}", reported(&refused));
    assert!(reported(&refused).contains("cannot be a model's name"), "{}", reported(&refused));
    all_inert(&refused);
}

#[test]
fn a_job_that_is_no_toml_is_shown_and_does_not_act() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| text.replacen("seed = 1", "seed = \u{1b}[31m\u{202e}x", 1));
    let refused = run(folder.path());
    assert_eq!(refused.status.code(), Some(78), "{}", reported(&refused));
    all_inert(&refused);
}
