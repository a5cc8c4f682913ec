//! What `wafercast inspect` says of small files (`fixtures/inspect`, `fixtures/systems`) and of the same with a
//! column left out or half empty, and in other forms: the lines that differ stand in
//! `tests/recorded/inspect`. `make bless` accepts them anew.

#![allow(clippy::too_many_lines, clippy::type_complexity, reason = "a list of changes")]

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest, Sha256};
use wafercast::inspect::inspect;

use crate::checks::as_recorded;
use crate::common::root;

type Table = Vec<Vec<String>>;

fn said(folder: &Path, name: &str, text: &str) -> Vec<String> {
    let path = folder.join(name);
    std::fs::File::create(&path)
        .and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes()))
        .unwrap();
    let found = inspect(&[path]).unwrap_or_else(|refused| refused.to_string());
    found.replace(&format!("{}/", folder.display()), "").lines().map(str::to_owned).collect()
}

/// Lines of one that the other has not, the first of them and a digest of all.
fn against(plain: &[String], changed: &[String]) -> String {
    let of = |some: &[String], others: &[String]| -> Vec<String> {
        some.iter().filter(|line| !others.contains(line)).cloned().collect()
    };
    let (gone, new) = (of(plain, changed), of(changed, plain));
    if gone.is_empty() && new.is_empty() {
        return if plain == changed { "the same".to_owned() } else { "in another order".to_owned() };
    }
    // What is proposed before what is seen.
    let mut shown: Vec<&String> = new.iter().filter(|line| !line.is_empty()).collect();
    shown.sort_by_key(|line| line.starts_with("#  ") || line.contains("text, `"));
    let shown: Vec<String> = shown.iter().take(2).map(|line| line.chars().take(120).collect()).collect();
    let digest = Sha256::digest(changed.join("\n").as_bytes());
    format!(
        "{} ({} new, {} gone, {:02x}{:02x}{:02x})",
        shown.join(" / "),
        new.len(),
        gone.len(),
        digest[0],
        digest[1],
        digest[2]
    )
}

fn written(table: &[Vec<String>], mark: &str) -> String {
    table.iter().fold(String::new(), |text, row| text + &row.join(mark) + "\n")
}

fn recorded(of: &str) {
    let fixtures = root().join("fixtures").join(of);
    let mut names: Vec<String> = std::fs::read_dir(&fixtures)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "csv" || ending == "txt"))
        .collect();
    names.sort();
    let folder = tempfile::tempdir().unwrap();
    let mut recorded = String::new();
    for name in names {
        // Those of other encodings have tests of their own.
        let Ok(whole) = std::fs::read_to_string(fixtures.join(&name)) else { continue };
        // Long series are no other than their newest rows.
        let lines: Vec<&str> = whole.lines().collect();
        let head = lines.len().min(1);
        let from = lines.len().saturating_sub(40).max(head);
        let kept: Vec<&str> = lines[..head].iter().chain(&lines[from..]).copied().collect();
        let whole = kept.join("\n") + "\n";
        let plain = said(folder.path(), &name, &whole);
        let _ = writeln!(recorded, "{name}\n  {}", against(&[], &plain));
        // By the mark that most lines have.
        let mark = [",", ";", "\t", "|"].into_iter().max_by_key(|mark| whole.matches(mark).count()).unwrap();
        let table: Table = kept.iter().map(|line| line.split(mark).map(str::to_owned).collect()).collect();
        let mut changes: Vec<(String, String)> = Vec::new();
        // Of exports of whole systems the forms alone: to judge a file takes long.
        let columns = if of == "inspect" { table[0].len() } else { 0 };
        for column in 0..columns {
            let called = &table[0][column];
            let mut change = |what: &str, change: &dyn Fn(usize, &mut Vec<String>)| {
                let mut changed = table.clone();
                changed
                    .iter_mut()
                    .enumerate()
                    .filter(|(_, row)| row.len() > column)
                    .for_each(|(n, row)| change(n, row));
                changes.push((format!("{called} {what}"), written(&changed, mark)));
            };
            change("left out", &|_, row| drop(row.remove(column)));
            change("half empty", &|n, row| {
                if n % 2 == 1 {
                    row[column].clear();
                }
            });
        }
        let first: Vec<&str> = kept.iter().take(3).copied().collect();
        let other = if mark == ";" { "\t" } else { ";" };
        for (what, text) in [
            ("two rows", first.join("\n") + "\n"),
            ("no header", kept[1..].join("\n") + "\n"),
            ("titles above", format!("Report\nprinted 2025-10-01\n\n{whole}")),
            ("other marks", written(&table, other)),
            ("rows again", format!("{whole}{}\n", kept[1..].join("\n"))),
            ("a note below", format!("{whole}page 1 of 1\n")),
            ("days of another form", whole.replace("2025-09-", "09/").replace("2025-", "25/")),
        ] {
            changes.push((what.to_owned(), text));
        }
        for (what, text) in changes {
            let found = said(folder.path(), &name, &text);
            let _ = writeln!(recorded, "  {what}: {}", against(&plain, &found));
        }
    }
    as_recorded(&format!("inspect/{of}.txt"), &recorded);
}

#[test]
fn of_small_files() {
    recorded("inspect");
}

#[test]
fn of_other_systems() {
    recorded("systems");
}
