//! The miniature, worked out by hand in fixtures/miniature/README.md, compared byte for byte.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

#[allow(unreachable_pub, reason = "shared by the test files")]
mod common;

use common::{files, root, told, wafercast};

#[test]
fn the_miniature_gives_the_numbers_worked_out_by_hand() {
    let out = tempfile::tempdir().unwrap();
    let output = wafercast(&["run", "fixtures/miniature/job.toml", "--out", out.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", told(&output));
    let made = files(&out.path().join("2025Q3"));
    let expected = files(&root().join("fixtures/miniature/expected"));
    assert_eq!(expected.len(), wafercast::tables::SPECS.len(), "one CSV a table");
    for (name, bytes) in expected {
        let made = String::from_utf8_lossy(&made[&name]).into_owned();
        assert_eq!(made, String::from_utf8_lossy(&bytes), "{name}");
    }
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
