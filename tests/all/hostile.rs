//! A corpus of exports and jobs that are wrong, damaged or made to do harm (`fixtures/hostile`): each is refused at the right
//! line under the right code, nothing is published, nothing panics, and nothing of it acts on the terminal.

use crate::common::{copy_of, edit, reported, root, rows, wafercast};
use wafercast::text::acts;

#[test]
fn every_file_of_the_corpus_is_refused_as_it_must_be() {
    let corpus = root().join("fixtures/hostile");
    let cases = rows(&corpus.join("expected.csv"));
    let mut listed: Vec<String> = cases.iter().map(|case| case["file"].clone()).collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let (name, export) = (&case["file"], &case["export"]);
        let folder = copy_of("miniature");
        let mut job = folder.path().join("job.toml");
        std::fs::copy(corpus.join(name), folder.path().join(name)).unwrap();
        if export == "job" {
            job = folder.path().join(name);
        } else {
            edit(&job, |text| {
                text.replace(&format!("path = \"{export}.csv\""), &format!("path = \"{name}\""))
            });
        }
        for command in ["check", "run"] {
            let output = wafercast(&[command, "--all", job.to_str().unwrap()]);
            let text = reported(&output);
            let index = [format!("{name}:{}:", case["line"]), format!("on line {})", case["line"])];
            let code = format!("[{}]", case["code"]);
            let right = |line: &&str| {
                let placed = case["line"].is_empty() && line.contains(name.as_str())
                    || index.iter().any(|index| line.contains(index));
                placed && (export == "job" || line.contains(&code))
            };
            let mut faults = Vec::new();
            if output.status.code() != case["exit_code"].parse().ok() {
                faults.push("exit code");
            }
            if text.lines().find(right).is_none() {
                faults.push("line or code");
            }
            if text.contains("panicked") {
                faults.push("a panic");
            }
            if text.contains(|c: char| acts(c) && c != '\n') {
                faults.push("text that acts");
            }
            if folder.path().join("out/2025Q3").exists() {
                faults.push("published");
            }
            if !faults.is_empty() {
                let expected = format!("{} {}", case["exit_code"], case["code"]);
                wrong.push(format!(
                    "{command} {name} ({}): {faults:?}, expected {expected}:\n{text}",
                    case["why"]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut there: Vec<String> = std::fs::read_dir(&corpus)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !["make.py", "expected.csv"].contains(&name.as_str()))
        .collect();
    listed.sort();
    there.sort();
    assert_eq!(listed, there, "files of fixtures/hostile and those of expected.csv");
}
