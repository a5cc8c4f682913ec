//! What runs and people do with published vintages: changed files, withdrawn ones, `latest`, other jobs' folders.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::common::{self, copy_of, edit, files, reported, wafercast};

fn run(folder: &Path) -> Output {
    wafercast(&["run", folder.join("job.toml").to_str().unwrap()])
}

fn well(folder: &Path) -> String {
    let output = run(folder);
    assert!(output.status.success(), "{}", reported(&output));
    reported(&output)
}

fn on_out(folder: &Path, command: &[&str]) -> Output {
    let out = folder.join("out");
    wafercast(&[command, &["--out", out.to_str().unwrap()]].concat())
}

fn latest(folder: &Path) -> PathBuf {
    std::fs::read_link(folder.join("out/latest")).unwrap()
}

fn says(output: &Output, code: i32, parts: &[&str]) {
    assert_eq!(output.status.code(), Some(code), "{}", reported(output));
    for part in parts {
        assert!(reported(output).contains(part), "`{part}` is not in\n{}", reported(output));
    }
}

/// Changes the stock on hand, so that the next run has something to publish.
fn stock(folder: &Path, machines: u32) {
    edit(&folder.join("supply.csv"), |text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let row = lines.iter_mut().find(|line| line.contains("machines_on_hand")).unwrap();
        let mut cells: Vec<&str> = row.split(',').collect();
        let machines = machines.to_string();
        cells[3] = &machines;
        *row = cells.join(",");
        lines.join("\n") + "\n"
    });
}

#[test]
fn changed_and_deleted_files_are_reported_and_the_vintage_is_made_again() {
    let folder = copy_of("miniature");
    let folder = folder.path();
    well(folder);
    let out = folder.join("out");
    // One byte of a file that no later run reads.
    edit(&out.join("2025Q3/summary.md"), |text| text + "x");
    std::fs::remove_file(out.join("2025Q3/forecast.xlsx")).unwrap();
    let said = well(folder);
    for part in [
        "vintage 2025Q3: ",
        "forecast.xlsx is gone",
        "summary.md was changed after it was published",
        "[vintage]",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(out.join("2025Q3-r2/forecast.xlsx").exists());
    assert!(common::text(&out.join("2025Q3-r2/summary.md")).contains("forecast.xlsx is gone"));
    assert_eq!(latest(folder), Path::new("2025Q3-r2"));
    assert!(well(folder).contains("unchanged: "));
    // A vintage without its manifest is none any more, and its name is not used again.
    std::fs::remove_file(out.join("2025Q3-r2/manifest.json")).unwrap();
    let said = well(folder);
    assert!(said.contains("vintage 2025Q3-r2: manifest.json is gone; it is passed by"), "{said}");
    assert_eq!(latest(folder), Path::new("2025Q3-r3"));
    // A later date finds it, too.
    std::fs::remove_file(out.join("2025Q3-r3/report.html")).unwrap();
    let job = folder.join("job.toml");
    let later = wafercast(&["run", job.to_str().unwrap(), "--as-of", "2025-08-31"]);
    assert!(later.status.success() && !reported(&later).contains("report.html"), "{}", reported(&later));
    for export in ["hashprice.csv", "difficulty.csv"] {
        edit(&folder.join(export), |text| {
            let value = text.lines().last().unwrap().split_once(',').unwrap().1.to_owned();
            let days = (1..=31).map(|day| format!("2025-10-{day:02},{value}\n"));
            text.clone() + &days.collect::<String>()
        });
    }
    let later = wafercast(&["run", job.to_str().unwrap(), "--as-of", "2025-10-31"]);
    says(
        &later,
        0,
        &[
            "vintage 2025Q3-r3: report.html is gone; the tables that later vintages are compared with can be read",
        ],
    );
}

#[test]
fn what_cannot_be_read_is_an_error_and_no_first_run() {
    let folder = copy_of("miniature");
    let folder = folder.path();
    well(folder);
    let manifest = folder.join("out/2025Q3/manifest.json");
    let whole = common::text(&manifest);
    edit(&manifest, |text| text[..text.len() / 2].to_owned());
    stock(folder, 77);
    let before = files(&folder.join("out/2025Q3"));
    says(
        &run(folder),
        73,
        &["cannot read vintage 2025Q3", "wafercast withdraw 2025Q3", "nothing was published"],
    );
    assert_eq!(files(&folder.join("out/2025Q3")), before);
    assert!(!folder.join("out/2025Q3-r2").exists());
    // Withdrawing it lets the next run go on.
    says(
        &on_out(folder, &["withdraw", "2025Q3", "--reason", "half of it was lost"]),
        0,
        &["withdrew 2025Q3"],
    );
    well(folder);
    assert_eq!(latest(folder), Path::new("2025Q3-r2"));
    // So does restoring it.
    std::fs::remove_file(folder.join("out/2025Q3/WITHDRAWN.txt")).unwrap();
    edit(&manifest, |_| whole);
    assert!(well(folder).contains("unchanged: "));
    // A manifest that is a folder cannot be read either.
    std::fs::remove_file(&manifest).unwrap();
    std::fs::create_dir(&manifest).unwrap();
    says(&run(folder), 73, &["cannot read vintage 2025Q3"]);
}

#[test]
fn a_vintage_is_withdrawn_kept_and_not_compared_with() {
    let folder = copy_of("miniature");
    let folder = folder.path();
    well(folder);
    stock(folder, 41);
    well(folder);
    assert_eq!(latest(folder), Path::new("2025Q3-r2"));
    let second = files(&folder.join("out/2025Q3-r2"));
    says(&on_out(folder, &["withdraw", "2025Q3-r2", "--reason", " "]), 2, &["--reason is empty"]);
    says(&on_out(folder, &["withdraw", "2024Q1", "--reason", "x"]), 2, &["there is no vintage 2024Q1"]);
    says(
        &on_out(folder, &["withdraw", "2025Q3-r2", "--reason", "stock was \u{1b}[31mmiscounted"]),
        0,
        &["withdrew 2025Q3-r2", "latest -> 2025Q3\n"],
    );
    assert_eq!(latest(folder), Path::new("2025Q3"));
    let mut kept = files(&folder.join("out/2025Q3-r2"));
    let mark = String::from_utf8(kept.remove("WITHDRAWN.txt").unwrap()).unwrap();
    assert!(mark.starts_with("2025Q3-r2 was withdrawn: stock was \\u{1b}[31mmiscounted\n\n"), "{mark}");
    assert!(mark.contains("do not order by them") && mark.contains("`latest`"), "{mark}");
    assert_eq!(kept, second, "everything else is as it was");
    says(&on_out(folder, &["withdraw", "2025Q3-r2", "--reason", "x"]), 2, &["was withdrawn before"]);
    says(&on_out(folder, &["latest", "2025Q3-r2"]), 2, &["2025Q3-r2 was withdrawn"]);
    // The same job and exports are not published again.
    let said = well(folder);
    assert!(said.contains("was withdrawn (stock was") && said.contains("nothing is published"), "{said}");
    assert_eq!(latest(folder), Path::new("2025Q3"));
    // Others are, beside it, and revise what stands.
    stock(folder, 42);
    well(folder);
    assert_eq!(latest(folder), Path::new("2025Q3-r3"));
    let revisions = common::rows(&folder.join("out/2025Q3-r3/revisions.csv"));
    assert!(!revisions.is_empty());
    for row in revisions {
        assert_eq!(row["previous_vintage"], "2025Q3");
    }
    // With none left there is no link.
    for vintage in ["2025Q3", "2025Q3-r3"] {
        on_out(folder, &["withdraw", vintage, "--reason", "all wrong"]);
    }
    assert!(std::fs::symlink_metadata(folder.join("out/latest")).is_err());
}

#[test]
fn latest_stays_where_people_put_it_until_a_newer_vintage() {
    let folder = copy_of("miniature");
    let folder = folder.path();
    well(folder);
    stock(folder, 41);
    well(folder);
    says(&on_out(folder, &["latest", "2025Q3"]), 0, &["latest -> 2025Q3\n"]);
    assert_eq!(latest(folder), Path::new("2025Q3"));
    assert!(well(folder).contains("unchanged: "));
    assert_eq!(latest(folder), Path::new("2025Q3"), "an unchanged run does not move it");
    stock(folder, 42);
    well(folder);
    assert_eq!(latest(folder), Path::new("2025Q3-r3"));
    let job = folder.join("job.toml");
    let by_job = wafercast(&["latest", "2025Q3-r2", "--job", job.to_str().unwrap()]);
    says(&by_job, 0, &["latest -> 2025Q3-r2"]);
    says(&on_out(folder, &["latest", "2025Q3-r3"]), 0, &["latest -> 2025Q3-r3"]);
    assert!(!folder.join("out/.latest").exists(), "the newest needs no choice");
    says(
        &on_out(folder, &["latest", "2025Q1"]),
        2,
        &["there is no vintage 2025Q1", "2025Q3, 2025Q3-r2, 2025Q3-r3"],
    );
    says(&wafercast(&["latest", "2025Q3"]), 2, &["--out"]);
    for command in ["latest", "withdraw", "check", "run"] {
        let help = wafercast(&[command, "--help"]);
        assert!(reported(&help).contains("Example"), "{}", reported(&help));
    }
}

#[test]
fn latest_that_is_a_folder_is_moved_aside_and_reported() {
    let folder = copy_of("miniature");
    let folder = folder.path();
    std::fs::create_dir_all(folder.join("out/latest")).unwrap();
    std::fs::File::create(folder.join("out/latest/mine.txt")).unwrap();
    let said = well(folder);
    assert!(said.contains("published") && said.contains("was not a link"), "{said}");
    assert_eq!(latest(folder), Path::new("2025Q3"));
    assert!(folder.join("out/latest-was-no-link-1/mine.txt").exists(), "nothing is lost");
    assert!(!well(folder).contains("warning"));
    // A link that points to nothing is mended by a run that changes nothing.
    std::fs::remove_file(folder.join("out/latest")).unwrap();
    std::os::unix::fs::symlink("gone", folder.join("out/latest")).unwrap();
    well(folder);
    assert_eq!(latest(folder), Path::new("2025Q3"));
}

#[test]
fn the_folder_of_another_job_is_refused() {
    let folder = copy_of("miniature");
    let folder = folder.path();
    well(folder);
    edit(&folder.join("job.toml"), |text| text.replacen("name = \"miniature\"", "name = \"other\"", 1));
    says(
        &run(folder),
        73,
        &[
            "2025Q3 was made by job `miniature`, this is job `other`",
            "formerly = [\"miniature\"]",
            "nothing was published",
        ],
    );
    edit(&folder.join("job.toml"), |text| {
        text.replacen("name = \"other\"", "name = \"other\"\nformerly = [\"miniature\"]", 1)
    });
    assert!(well(folder).contains("published"));
}

#[test]
fn a_summary_that_cannot_be_printed_is_no_failure_of_a_vintage_that_is_there() {
    let folder = copy_of("miniature");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_wafercast"))
        .arg("run")
        .arg(folder.path().join("job.toml"))
        .stdout(full)
        .output()
        .unwrap();
    says(&output, 0, &["the summary could not be printed", "[unfinished]"]);
    assert!(folder.path().join("out/2025Q3/manifest.json").exists());
}

#[test]
fn a_lock_that_is_a_link_is_refused_and_the_holder_is_named() {
    let folder = copy_of("miniature");
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let elsewhere = folder.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, out.join(".lock")).unwrap();
    says(&run(folder.path()), 73, &[".lock", "it is a link"]);
    assert!(!elsewhere.exists());
    std::fs::remove_file(out.join(".lock")).unwrap();
    well(folder.path());
    // Whoever holds it, also a command that is no run.
    let mut lock = std::fs::File::options().write(true).open(out.join(".lock")).unwrap();
    lock.lock().unwrap();
    std::io::Write::write_all(&mut lock, b"process 4711 on elsewhere\n").unwrap();
    lock.set_len(26).unwrap();
    for output in [run(folder.path()), on_out(folder.path(), &["latest", "2025Q3"])] {
        says(&output, 75, &["another run is writing to", ": process 4711 on elsewhere\n"]);
    }
}
