//! The archive that `make dist` makes: what is in it, and that what is packed runs alone.
#![cfg(unix)]

use std::process::Command;

use crate::common::{self, reported};

fn there_is(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn the_archive_has_the_program_its_completions_manual_and_documentation() {
    if let Some(missing) =
        ["strip", "tar", "gzip", "sha256sum", "find", "xargs"].iter().find(|tool| !there_is(tool))
    {
        common::skipped(&format!("there is no {missing}"));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let pack = |program: &str, to: &str| {
        let to = folder.path().join(to);
        Command::new(common::root().join("docs/deploy/dist.sh")).arg(program).arg(to).output().unwrap()
    };
    let output = pack(env!("CARGO_BIN_EXE_wafercast"), "dist");
    assert!(output.status.success(), "{}", reported(&output));
    assert!(reported(&output).contains("unpacked and tried"), "{}", reported(&output));
    let mut names: Vec<_> = std::fs::read_dir(folder.path().join("dist"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let archive = names[1].clone();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0], "SHA256SUMS");
    assert!(archive.starts_with(concat!("wafercast-", env!("CARGO_PKG_VERSION"), "-")), "{archive}");
    let listed =
        Command::new("tar").arg("-tzf").arg(folder.path().join("dist").join(&archive)).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let top = archive.trim_end_matches(".tar.gz");
    for file in [
        "wafercast",
        "wafercast.1",
        "completions/wafercast.bash",
        "completions/_wafercast",
        "completions/wafercast.fish",
        "README.md",
        "docs/guide/reading.md",
        "docs/reference/exit-codes.md",
        "SHA256SUMS",
    ] {
        assert!(listed.lines().any(|line| line == format!("{top}/{file}")), "{file} is not in\n{listed}");
    }
    // What does not run is not packed.
    let stub = folder.path().join("stub");
    std::fs::copy("/bin/false", &stub).unwrap();
    let refused = pack(stub.to_str().unwrap(), "other");
    assert!(!refused.status.success(), "{}", reported(&refused));
    assert!(!reported(&refused).contains("tried"), "{}", reported(&refused));
}

#[test]
fn the_image_is_made_of_the_archive() {
    let text = common::text(&common::root().join("docs/deploy/Containerfile"));
    for line in
        ["ADD wafercast-*.tar.gz /opt/", "USER 10001:10001", "ENTRYPOINT [\"/usr/local/bin/wafercast\"]"]
    {
        assert!(text.lines().any(|l| l == line), "{line}");
    }
}
