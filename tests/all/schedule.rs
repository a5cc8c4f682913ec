//! What a run says when nobody looks: which quarter it took, what it mails, when it is quiet.
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};

use crate::common::{self, copy_of, edit, reported};

fn in_zone(folder: &Path, zone: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wafercast"))
        .arg("run")
        .arg(folder.join("job.toml"))
        .env("TZ", zone)
        .output()
        .unwrap()
}

/// The line that says which quarter was chosen.
fn chosen(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().next().unwrap_or_default().to_owned()
}

fn day(line: &str) -> chrono::NaiveDate {
    line.split_once("today is ").unwrap().1[..10].parse().unwrap()
}

#[test]
fn without_as_of_the_local_date_says_which_quarter_has_ended() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| text.replacen("as_of = 2025-09-30", "", 1));
    // 26 hours apart: at no instant is it the same day in both.
    let (east, west) = (in_zone(folder.path(), "Pacific/Kiritimati"), in_zone(folder.path(), "Etc/GMT+12"));
    assert!(chosen(&east).contains("(UTC+14:00, TZ=Pacific/Kiritimati)"), "{}", reported(&east));
    assert!(chosen(&west).contains("(UTC-12:00, TZ=Etc/GMT+12)"), "{}", reported(&west));
    assert!(day(&chosen(&east)) > day(&chosen(&west)));
    let rule = in_zone(folder.path(), "CST-8");
    assert!(chosen(&rule).contains("(UTC+08:00, TZ=CST-8)"), "{}", reported(&rule));
    let unknown = in_zone(folder.path(), "Nowhere/City");
    assert!(chosen(&unknown).contains("UTC is taken; give time_zone in the job"), "{}", reported(&unknown));
    // The job's own zone wins.
    edit(&folder.path().join("job.toml"), |text| {
        text.replacen("seed = 1", "seed = 1\ntime_zone = \"Asia/Shanghai\"", 1)
    });
    let job = in_zone(folder.path(), "Etc/GMT+12");
    assert!(chosen(&job).starts_with("as of 20"), "{}", reported(&job));
    assert!(chosen(&job).ends_with("(UTC+08:00, time_zone Asia/Shanghai)"), "{}", reported(&job));
    edit(&folder.path().join("job.toml"), |text| text.replacen("Asia/Shanghai", "Asia/Shangai", 1));
    let wrong = in_zone(folder.path(), "UTC");
    assert_eq!(wrong.status.code(), Some(78));
    assert!(reported(&wrong).contains("`Asia/Shangai` is not a time zone"), "{}", reported(&wrong));
}

#[test]
fn quiet_leaves_warnings_on_stderr() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    let output = common::wafercast(&["run", "--quiet", job.to_str().unwrap()]);
    assert!(output.status.success() && output.stdout.is_empty(), "{}", reported(&output));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("warning: ") && said.contains("[no-data]"), "{said}");
    let again = common::wafercast(&["run", "--quiet", job.to_str().unwrap()]);
    assert!(again.stdout.is_empty() && again.stderr.is_empty(), "{}", reported(&again));
}

/// The script that cron runs, in a folder of its own.
fn scheduled(folder: &Path) -> Output {
    let script = common::text(&common::root().join("jobs/schedule/run.sh"));
    let path = folder.join("run.sh");
    std::fs::File::create(&path)
        .and_then(|mut file| {
            let here = script.replace("/srv/wafercast", folder.to_str().unwrap());
            std::io::Write::write_all(&mut file, here.as_bytes())
        })
        .unwrap();
    let program = ("WAFERCAST", env!("CARGO_BIN_EXE_wafercast"));
    Command::new("sh").arg(&path).envs([program, ("WAFERCAST_WAIT", "0")]).output().unwrap()
}

#[test]
fn cron_mails_a_new_vintage_with_its_warnings_and_nothing_when_nothing_changed() {
    let folder = copy_of("miniature");
    let folder = folder.path();
    let first = scheduled(folder);
    assert!(first.status.success(), "{}", reported(&first));
    let said = reported(&first);
    assert!(said.contains("published out/2025Q3") && said.contains("order 20 wafers"), "{said}");
    assert!(said.contains("warning: ") && said.contains("[no-data]"), "{said}");
    let second = scheduled(folder);
    assert!(
        second.status.success() && second.stdout.is_empty() && second.stderr.is_empty(),
        "{}",
        reported(&second)
    );
    // What an unchanged run has to say is mailed all the same.
    std::fs::remove_file(folder.join("out/latest")).unwrap();
    std::fs::create_dir(folder.join("out/latest")).unwrap();
    let third = scheduled(folder);
    assert!(reported(&third).contains("was not a link"), "{}", reported(&third));
    std::fs::remove_file(folder.join("hashprice.csv")).unwrap();
    let failed = scheduled(folder);
    assert_eq!(failed.status.code(), Some(66), "{}", reported(&failed));
    assert!(reported(&failed).contains("wafercast ended with 66"), "{}", reported(&failed));
}

/// A program that ends with these exit codes, one a run, and says how often it was run.
fn run_with(codes: &str) -> (Output, usize) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    let text = format!(
        "#!/bin/sh\necho run >> runs\nset -- {codes}\nshift $(($(wc -l < runs) - 1))\necho said $1\nexit $1\n"
    );
    std::fs::File::create(&program)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let script = common::text(&common::root().join("jobs/schedule/run.sh"));
    let script = script.replace("/srv/wafercast", folder.path().to_str().unwrap());
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("WAFERCAST", "./program")
        .env("WAFERCAST_WAIT", "0")
        .output()
        .unwrap();
    let log = std::fs::read_dir(folder.path().join("log")).unwrap().next().unwrap().unwrap().path();
    let logged = common::text(&log).matches("exit code ").count();
    let runs = common::text(&folder.path().join("runs")).lines().count();
    assert_eq!(logged, runs, "every run is in the log, failed ones too");
    (output, runs)
}

#[test]
fn exports_that_come_late_are_tried_again_and_what_waiting_does_not_mend_is_not() {
    let (output, runs) = run_with("69 66 0 0");
    assert_eq!((output.status.code(), runs), (Some(0), 3), "{}", reported(&output));
    assert!(output.stderr.is_empty(), "nobody is told of what came in time: {}", reported(&output));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "said 0\n");
    let (output, runs) = run_with("69 69 75 66 0");
    assert_eq!((output.status.code(), runs), (Some(66), 4), "four tries a day: {}", reported(&output));
    assert!(reported(&output).contains("wafercast ended with 66"), "{}", reported(&output));
    for code in ["2", "65", "70", "73", "78"] {
        let (output, runs) = run_with(code);
        assert_eq!((output.status.code(), runs), (code.parse().ok(), 1), "{}", reported(&output));
    }
}

fn unit(name: &str) -> String {
    common::text(&common::root().join("jobs/schedule").join(name))
}

#[test]
fn the_service_retries_what_the_script_retries() {
    let service = unit("wafercast.service");
    let has = |line: &str| assert!(service.lines().any(|l| l == line), "{line} is not in\n{service}");
    has("Restart=on-failure");
    has("RestartSec=3h");
    has("StartLimitBurst=4");
    // Every exit code of docs/reference/exit-codes.md but 0, 66, 69 and 75.
    has("RestartPreventExitStatus=2 65 70 73 78");
    has("User=wafercast");
    has("ReadWritePaths=/srv/wafercast");
    for pipeline in ["github-actions.yml", "gitlab-ci.yml"] {
        let text = unit(pipeline);
        assert!(text.contains("66|69|75)"), "{pipeline}");
        assert!(text.contains("--tag \"$"), "{pipeline} installs a version of its own choice");
        assert!(text.contains("0 6,9,12,15 5-9 1,4,7,10 *"), "{pipeline}");
    }
}

/// Exposure as `systemd-analyze security` has it, 0 to 10: that of a service without a limit is 9.6.
#[test]
fn the_service_can_do_little_else_than_its_job() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wafercast.service");
    std::fs::copy(common::root().join("jobs/schedule/wafercast.service"), &path).unwrap();
    let analyze = |args: &[&str]| Command::new("systemd-analyze").args(args).arg(&path).output();
    let Ok(output) = analyze(&["security", "--offline=true", "--no-pager", "--threshold=30"]) else {
        common::skipped("there is no systemd-analyze");
        return;
    };
    if !reported(&output).contains("Overall exposure level") {
        common::skipped("this systemd-analyze does not read files");
        return;
    }
    assert!(output.status.success(), "{}", reported(&output));
}

/// What `said.sh` mails of a unit whose journal says `said` and whose last result systemd calls `result`.
fn mailed(result: &str, said: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let stub = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::File::create(&path)
            .and_then(|mut file| {
                std::io::Write::write_all(&mut file, format!("#!/bin/sh\n{text}\n").as_bytes())
            })
            .unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    stub("systemctl", "echo of-the-next-try");
    stub(
        "journalctl",
        &format!("case \"$*\" in *_SYSTEMD_INVOCATION_ID=this-run) printf '%b' '{said}' ;; esac"),
    );
    stub("mail", "cat");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .arg(common::root().join("jobs/schedule/said.sh"))
        .arg("wafercast.service")
        .env("PATH", path)
        .env("MONITOR_SERVICE_RESULT", result)
        .env("MONITOR_INVOCATION_ID", "this-run")
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", reported(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// systemd passes a try that failed and is made again through `OnSuccess=`, too: nobody is mailed of it.
#[test]
fn a_try_that_failed_is_not_mailed_as_what_a_run_said() {
    assert_eq!(
        mailed("success", "as of 2025-09-30\\npublished out/2025Q3\\n"),
        "as of 2025-09-30\npublished out/2025Q3\n"
    );
    assert_eq!(mailed("success", "as of 2025-09-30\\nunchanged: out/2025Q3\\n"), "");
    assert_eq!(mailed("exit-code", "error: hashprice.csv is missing\\n"), "");
    assert_eq!(mailed("success", ""), "");
}
