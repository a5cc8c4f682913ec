//! Kills, full disks, read-only folders and many runs at once: earlier vintages stay, no vintage is there by half, and
//! the next run needs nobody to clean up.
//!
//! `WAFERCAST_KILLS=500 cargo test --release --test all survival::` kills as often as that; 60 times by default. `WAFERCAST_FAULTS=1000`
//! lets as many system calls fail, one a run, where `strace` is there to do it; 40 by default.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test may fail loudly and say what it did"
)]

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::common::{self, copy_of, edit, files, reported, root};
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use wafercast::publish::{Manifest, published};

/// The miniature with any stock allowed: the runs differ by their machines on hand.
fn any_stock() -> tempfile::TempDir {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |job| job + "\n[plausibility]\nstock_years = 1000000\n");
    folder
}

/// An output folder, and what was in each vintage when it was first seen.
struct Watched {
    out: PathBuf,
    vintages: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

impl Watched {
    fn new(out: PathBuf) -> Self {
        Self { out, vintages: BTreeMap::new() }
    }

    /// Every vintage that is new is complete, `latest` points to the newest or the one before, and nothing but what
    /// begins with a dot stands beside them.
    fn look(&mut self) {
        for entry in std::fs::read_dir(&self.out).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.starts_with('.') || self.vintages.contains_key(&name) {
                continue;
            }
            let path = self.out.join(&name);
            let made = files(&path);
            let manifest: Manifest = serde_json::from_slice(&made["manifest.json"]).unwrap();
            // The manifest itself, and what is there for people to write in.
            assert_eq!(manifest.outputs.len() + manifest.templates.len() + 1, made.len(), "{name}");
            for output in &manifest.outputs {
                let file = output.file.rsplit('/').next().unwrap();
                assert_eq!(output.sha256, format!("{:x}", Sha256::digest(&made[file])), "{name}");
            }
            if name == "latest" {
                assert!(self.vintages.contains_key(&manifest.vintage) || path.exists());
            } else {
                assert_eq!(manifest.vintage, name);
                self.vintages.insert(name, made);
            }
        }
        if let Ok(link) = std::fs::read_link(self.out.join("latest")) {
            assert!(self.out.join(link).join("manifest.json").is_file(), "latest points to a vintage");
        }
    }

    /// Every vintage ever seen is as it was.
    fn unchanged(&self) {
        for (name, made) in &self.vintages {
            assert_eq!(*made, files(&self.out.join(name)), "{name}");
        }
        let names: Vec<String> = published(&self.out).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), self.vintages.len(), "{names:?}");
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wafercast"));
    command.arg("run").arg(folder.join("job.toml")).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Changes the stock on hand, so that the next run has something to publish.
fn stock(folder: &Path, machines: usize) {
    edit(&folder.join("supply.csv"), |text| {
        let lines = text.lines().map(|line| match line.split(',').collect::<Vec<_>>().as_mut_slice() {
            cells @ [_, "machines_on_hand", ..] => {
                let machines = machines.to_string();
                cells[3] = &machines;
                cells.join(",")
            }
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    });
}

/// A run that nobody disturbs publishes, leaves nothing unfinished, and `latest` points to it.
fn next_run_is_well(folder: &Path, watched: &mut Watched) {
    stock(folder, 999_999);
    let output = command(folder).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{}", reported(&output));
    let before = watched.vintages.len();
    watched.look();
    assert_eq!(watched.vintages.len(), before + 1);
    watched.unchanged();
    let newest = published(&watched.out).unwrap().last().unwrap().to_string();
    assert_eq!(std::fs::read_link(watched.out.join("latest")).unwrap(), Path::new(&newest));
    let left =
        std::fs::read_dir(&watched.out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.starts_with(".staging")).count(), 0);
}

#[test]
fn kills_at_random_moments_damage_nothing() {
    let kills = std::env::var("WAFERCAST_KILLS").map_or(60_usize, |n| n.parse().unwrap());
    let folder = any_stock();
    let folder = folder.path();
    let mut watched = Watched::new(folder.join("out"));
    let begin = Instant::now();
    assert!(command(folder).status().unwrap().success());
    let whole = begin.elapsed();
    watched.look();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let (mut killed, mut unfinished, mut begun) = (0, 0, 0);
    // A run that ended before its moment came is no kill.
    while killed < kills {
        begun += 1;
        assert!(begun < 10 * kills, "the kills came too late to show anything: {killed} of {begun}");
        stock(folder, begun);
        let mut run = command(folder).spawn().unwrap();
        std::thread::sleep(Duration::from_secs_f64(whole.as_secs_f64() * rng.random_range(0.0..1.3)));
        run.kill().unwrap();
        killed += usize::from(!run.wait().unwrap().success());
        let staged = |e: std::io::Result<std::fs::DirEntry>| {
            e.unwrap().file_name().to_string_lossy().starts_with(".staging-")
        };
        unfinished += usize::from(std::fs::read_dir(&watched.out).unwrap().any(staged));
        watched.look();
    }
    watched.unchanged();
    println!(
        "{killed} runs killed of {begun}, {unfinished} of them while publishing; {} vintages, all whole",
        watched.vintages.len()
    );
    next_run_is_well(folder, &mut watched);
}

/// System calls of a run that write, each with an error that disks and shares give.
const FAULTS: [(&str, &str, usize); 12] = [
    ("write", "ENOSPC", 80),
    ("write", "EIO", 80),
    ("fsync", "EIO", 60),
    ("rename", "EIO", 3),
    ("symlink", "EPERM", 2),
    ("mkdir", "EACCES", 3),
    ("fchmod,chmod", "EPERM", 60),
    ("ftruncate", "EIO", 2),
    ("flock", "ENOLCK", 2),
    ("unlink", "EIO", 3),
    ("openat", "EIO", 250),
    ("openat", "EMFILE", 250),
];

#[test]
fn system_calls_that_fail_damage_nothing_and_73_means_that_nothing_was_published() {
    let faults = std::env::var("WAFERCAST_FAULTS").map_or(40_usize, |n| n.parse().unwrap());
    let able = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
    if !able.is_ok_and(|status| status.success()) {
        println!("skipped: there is no strace that may trace");
        return;
    }
    let folder = any_stock();
    let folder = folder.path();
    let mut watched = Watched::new(folder.join("out"));
    assert!(command(folder).status().unwrap().success());
    watched.look();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(2);
    let mut ends: BTreeMap<i32, usize> = BTreeMap::new();
    let (mut finished, mut told_of) = (0, 0);
    for fault in 0..faults {
        stock(folder, 1000 + fault);
        let (call, error, most) = FAULTS[fault % FAULTS.len()];
        let when = rng.random_range(1..=most);
        let output = Command::new("strace")
            .args(["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e"])
            .arg(format!("trace={call}"))
            .arg("-e")
            .arg(format!("inject={call}:error={error}:when={when}"))
            .arg(env!("CARGO_BIN_EXE_wafercast"))
            .arg("run")
            .arg(folder.join("job.toml"))
            .output()
            .unwrap();
        let what = format!("{call} {error} {when}: {}", reported(&output));
        let before = watched.vintages.len();
        watched.look();
        let published = watched.vintages.len() - before;
        let code = output.status.code().unwrap_or_else(|| panic!("{what}"));
        *ends.entry(code).or_default() += 1;
        // 127: the system itself could not start the program.
        assert!(matches!(code, 0 | 65 | 66 | 70 | 73 | 78 | 127), "{what}");
        assert_eq!(published, usize::from(code == 0), "{what}");
        if code == 0 && reported(&output).contains("[unfinished]") {
            told_of += 1;
        }
        finished += published;
    }
    watched.unchanged();
    println!(
        "{faults} system calls failed: {finished} runs published all the same, {told_of} of them with something left to do; by exit code {ends:?}"
    );
    next_run_is_well(folder, &mut watched);
}

#[test]
fn fifty_write_failures_publish_nothing() {
    let folder = any_stock();
    let folder = folder.path();
    let mut watched = Watched::new(folder.join("out"));
    assert!(command(folder).status().unwrap().success());
    watched.look();
    let largest = watched.vintages["2025Q3"].values().map(Vec::len).max().unwrap();
    let mut failures = 0;
    for place in 0..25 {
        // Every file up to the limit is written, the first larger one is not: of four fifths of the largest, whose size
        // follows the stock a little.
        let blocks = place * (largest / 512) / 30;
        for trap in ["trap '' XFSZ; ", ""] {
            stock(folder, 1000 + failures);
            let script = format!("{trap}ulimit -f {blocks}; exec \"$@\"");
            let output = Command::new("sh")
                .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_wafercast"), "run"])
                .arg(folder.join("job.toml"))
                .output()
                .unwrap();
            // The write fails and the program says so, whether or not whoever started it ignores the system's signal.
            assert_eq!(output.status.code(), Some(73), "{blocks} blocks: {}", reported(&output));
            assert!(reported(&output).contains("cannot write"), "{}", reported(&output));
            failures += 1;
            watched.look();
            assert_eq!(watched.vintages.len(), 1);
        }
    }
    assert_eq!(failures, 50);
    watched.unchanged();
    next_run_is_well(folder, &mut watched);
}

#[test]
fn what_stands_in_the_way_is_an_error_or_is_passed_by() {
    let folder = any_stock();
    let folder = folder.path();
    let out = folder.join("out");
    let mut watched = Watched::new(out.clone());
    let refused = |said: &str| {
        let output = command(folder).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(73), "{}", reported(&output));
        assert!(reported(&output).contains(said), "{}", reported(&output));
    };
    // A file in place of the folder; a folder in place of the lock.
    std::fs::File::create(&out).unwrap();
    refused("cannot write");
    std::fs::remove_file(&out).unwrap();
    std::fs::create_dir_all(out.join(".lock")).unwrap();
    refused(".lock");
    std::fs::remove_dir(out.join(".lock")).unwrap();
    // A file with the vintage's name is not overwritten.
    std::fs::File::create(out.join("2025Q3")).unwrap();
    assert!(command(folder).status().unwrap().success());
    assert_eq!(std::fs::read_link(out.join("latest")).unwrap(), Path::new("2025Q3-r2"));
    std::fs::remove_file(out.join("2025Q3")).unwrap();
    watched.look();
    next_run_is_well(folder, &mut watched);
}

#[test]
fn a_folder_without_vintages_is_refused_where_one_is_expected() {
    let folder = any_stock();
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let output = command(folder.path()).arg("--no-create").stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(73), "{}", reported(&output));
    assert!(reported(&output).contains("is it mounted?"), "{}", reported(&output));
    assert!(std::fs::read_dir(&out).unwrap().next().is_none(), "nothing was written");
    assert!(command(folder.path()).status().unwrap().success());
    assert!(command(folder.path()).arg("--no-create").status().unwrap().success());
}

#[test]
fn rights_are_the_folders_less_what_the_umask_takes() {
    // Mode of the output folder, umask, then modes of a vintage, of its files and of the lock.
    for (mode, umask, vintage_mode, file, lock) in [
        (0o755, "022", 0o755, 0o644, 0o644),
        (0o755, "077", 0o700, 0o600, 0o644),
        (0o2775, "002", 0o2775, 0o664, 0o664),
        (0o2775, "027", 0o2750, 0o640, 0o664),
        (0o777, "022", 0o755, 0o644, 0o666),
        (0o750, "000", 0o750, 0o640, 0o640),
    ] {
        let folder = any_stock();
        let out = folder.path().join("out");
        std::fs::create_dir(&out).unwrap();
        std::fs::set_permissions(&out, std::fs::Permissions::from_mode(mode)).unwrap();
        let run = Command::new("sh")
            .args([
                "-c",
                &format!("umask {umask}; exec \"$@\""),
                "sh",
                env!("CARGO_BIN_EXE_wafercast"),
                "run",
            ])
            .arg(folder.path().join("job.toml"))
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", reported(&run));
        let vintage = out.join("2025Q3");
        let of = |path: &Path| std::fs::metadata(path).unwrap();
        assert_eq!(of(&vintage).mode() & 0o7777, vintage_mode, "{mode:o} {umask}");
        assert_eq!(of(&out.join(".lock")).mode() & 0o777, lock, "a colleague's run can lock");
        for name in files(&vintage).keys() {
            let path = common::within(&vintage.join(name));
            assert_eq!(of(&path).mode() & 0o777, file, "{name}");
            assert_eq!(of(&path).gid(), of(&out).gid());
        }
        for tables in ["csv", "parquet"] {
            assert_eq!(of(&vintage.join(tables)).mode() & 0o7777, vintage_mode, "{tables}");
        }
    }
}

#[test]
fn of_twenty_runs_at_once_one_publishes_and_the_others_say_that_they_did_not() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let job = folder.path().join("job.toml");
    // Long enough that all have started before the first ends.
    let text = common::text(&root().join("jobs/quarterly.toml")).replace("paths = 2000", "paths = 40000");
    std::fs::File::create(&job).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
    let runs: Vec<_> = (0..20)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_wafercast"))
                .arg("run")
                .arg(&job)
                .arg("--inputs")
                .arg(root().join("fixtures/maker"))
                .arg("--out")
                .arg(&out)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let outputs: Vec<Output> = runs.into_iter().map(|run| run.wait_with_output().unwrap()).collect();
    let ended = |code| outputs.iter().filter(|o| o.status.code() == Some(code)).count();
    let all: Vec<_> = outputs.iter().map(|o| o.status.code()).collect();
    assert_eq!((ended(0), ended(75)), (1, 19), "{all:?}");
    for output in outputs.iter().filter(|o| !o.status.success()) {
        let text = reported(output);
        assert!(text.contains("another run is writing to") && text.contains(": process "), "{text}");
    }
    let mut watched = Watched::new(out.clone());
    watched.look();
    assert_eq!(watched.vintages.keys().collect::<Vec<_>>(), ["2025Q3"]);
    let mut names: Vec<_> =
        std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, [".lock", "2025Q3", "latest"], "nothing else happened");
}

/// Full, read-only and vanished disks need a mount, which `tests/faults.sh` makes in a namespace of its own.
#[test]
fn disks_that_fill_up_turn_read_only_or_vanish() {
    let free = Command::new("unshare").args(["-rm", "true"]).status().is_ok_and(|s| s.success());
    if !free {
        println!("skipped: this system lets no test mount a disk");
        return;
    }
    let folder = any_stock();
    let output = Command::new("unshare")
        .args(["-rm", "sh"])
        .arg(root().join("tests/faults.sh"))
        .arg(env!("CARGO_BIN_EXE_wafercast"))
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", reported(&output));
    assert!(reported(&output).contains("all faults survived"), "{}", reported(&output));
}
