//! Small makers whose tables are compared byte for byte: the miniature, worked out by hand in fixtures/miniature/README.md, and
//! the second, whose README works out what the miniature does not have.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

#[allow(unreachable_pub, reason = "shared by the test files")]
mod common;

use common::{files, root, told, wafercast};

fn as_expected(fixture: &str) {
    let out = tempfile::tempdir().unwrap();
    let job = format!("fixtures/{fixture}/job.toml");
    let output = wafercast(&["run", &job, "--out", out.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", told(&output));
    let made = files(&out.path().join("2025Q3"));
    let expected = files(&root().join(format!("fixtures/{fixture}/expected")));
    assert_eq!(expected.len(), wafercast::tables::SPECS.len(), "one CSV a table");
    for (name, bytes) in expected {
        let made = String::from_utf8_lossy(&made[&name]).into_owned();
        assert_eq!(made, String::from_utf8_lossy(&bytes), "{name}");
    }
}

#[test]
fn the_miniature_gives_the_numbers_worked_out_by_hand() {
    as_expected("miniature");
}

#[test]
fn the_second_maker_gives_the_tables_that_were_recorded() {
    as_expected("second");
}
#[test]
fn the_generator_gives_the_fixtures_of_the_maker() {
    let folder = tempfile::tempdir().unwrap();
    let mut example = std::path::PathBuf::from(env!("CARGO_BIN_EXE_wafercast"));
    example.pop();
    let example = example.join("examples/generate_fixtures");
    let status = std::process::Command::new(&example).arg(folder.path()).output().unwrap();
    assert!(status.status.success());
    assert_eq!(files(folder.path()), files(&root().join("fixtures/maker")));
}
