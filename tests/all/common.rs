//! Running the program as a user does.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test file uses its part and may fail loudly"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The project's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs wafercast with these arguments from the project's root.
pub fn wafercast(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wafercast")).args(args).current_dir(root()).output().unwrap()
}

/// A folder of its own with a copy of a fixture's exports and job.
pub fn copy_of(fixture: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root().join("fixtures").join(fixture)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    folder
}

/// A file of a vintage by its name: tables lie in `csv/` and `parquet/`.
pub fn within(path: &Path) -> PathBuf {
    let folder = path.extension().zip(path.parent()).map(|(ending, parent)| parent.join(ending));
    let table = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
    table.filter(|table| !path.exists() && table.exists()).unwrap_or_else(|| path.to_owned())
}

/// A file's text.
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(within(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Writes a file of a test.
pub fn write(path: &Path, content: &str) {
    std::fs::File::create(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, content.as_bytes()))
        .unwrap();
}

/// Changes a file's text.
pub fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let changed = change(text(path));
    std::fs::File::create(within(path))
        .and_then(|mut f| std::io::Write::write_all(&mut f, changed.as_bytes()))
        .unwrap();
}

/// The files of a folder by name, those of a vintage's tables among them.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let tables = ["csv", "parquet"].map(|tables| folder.join(tables));
    let folders = std::iter::once(folder.to_owned()).chain(tables).filter(|folder| folder.is_dir());
    folders
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

/// A table's rows, each by column name.
pub fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(within(path)).unwrap();
    let header = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|row| header.iter().map(str::to_owned).zip(row.unwrap().iter().map(str::to_owned)).collect())
        .collect()
}

/// What a command printed and how it ended, for a message.
pub fn reported(output: &Output) -> String {
    format!(
        "status {:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The cells of a row, in the order of the fixture's columns.
pub type Cells = Vec<String>;

/// Changes the rows of an export.
pub fn rewrite(folder: &Path, export: &str, change: impl FnOnce(&mut Vec<Cells>)) {
    edit(&folder.join(format!("{export}.csv")), |text| {
        let mut lines = text.lines();
        let header = lines.next().unwrap().to_owned();
        let mut rows: Vec<Cells> = lines.map(|line| line.split(',').map(str::to_owned).collect()).collect();
        change(&mut rows);
        rows.iter().fold(header + "\n", |text, row| text + &row.join(",") + "\n")
    });
}

/// Says that a test did not look, for want of a tool.
pub fn skipped(reason: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("skipped: {reason}\n").as_bytes());
}

/// Days of a market export that were read.
pub fn quoted(
    exports: &wafercast::ingest::Exports,
    quote: wafercast::ingest::Quote,
) -> Vec<wafercast::ingest::Daily> {
    exports.market.days(quote).collect()
}

pub(crate) fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    format!("{}{}", if number < 0.0 { "-" } else { "" }, groups.join(","))
}

/// What `wafercast check` reads of the job in a folder.
pub(crate) fn request(folder: &Path) -> wafercast::inputs::Request {
    wafercast::inputs::Request {
        job: folder.join("job.toml"),
        inputs: None,
        as_of: None,
        out: None,
        now: chrono::DateTime::UNIX_EPOCH,
        no_create: false,
        deny_warnings: false,
    }
}
