//! `wafercast init`: a folder that runs as it is, to be filled with one's own job, exports and schedule.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::domain::FiscalYear;
use crate::error::Error;
use crate::ingest::Proposal;
use crate::inspect::{self, NEEDED};

/// The folder that the schedules name.
const FOLDER: &str = "/srv/wafercast";

/// The one that is run.
const SCRIPT: &str = "schedule/run.sh";

/// What is made: path within the folder, and text.
const FILES: [(&str, &str); 19] = [
    ("job.toml", include_str!("../jobs/quarterly.toml")),
    ("exports/futures_orders.csv", include_str!("../fixtures/maker/futures_orders.csv")),
    ("exports/hashprice.csv", include_str!("../fixtures/maker/hashprice.csv")),
    ("exports/difficulty.csv", include_str!("../fixtures/maker/difficulty.csv")),
    ("exports/channel_inventory.csv", include_str!("../fixtures/maker/channel_inventory.csv")),
    ("exports/shipments.csv", include_str!("../fixtures/maker/shipments.csv")),
    ("exports/supply.csv", include_str!("../fixtures/maker/supply.csv")),
    ("exports/customers.csv", include_str!("../fixtures/maker/customers.csv")),
    ("exports/pipeline.csv", include_str!("../fixtures/maker/pipeline.csv")),
    (SCRIPT, include_str!("../jobs/schedule/run.sh")),
    ("schedule/crontab", include_str!("../jobs/schedule/crontab")),
    ("schedule/wafercast.service", include_str!("../jobs/schedule/wafercast.service")),
    ("schedule/wafercast.timer", include_str!("../jobs/schedule/wafercast.timer")),
    ("schedule/said.sh", include_str!("../jobs/schedule/said.sh")),
    ("schedule/wafercast-said@.service", include_str!("../jobs/schedule/wafercast-said@.service")),
    ("schedule/wafercast-failed@.service", include_str!("../jobs/schedule/wafercast-failed@.service")),
    ("schedule/github-actions.yml", include_str!("../jobs/schedule/github-actions.yml")),
    ("schedule/gitlab-ci.yml", include_str!("../jobs/schedule/gitlab-ci.yml")),
    (".gitignore", "/out/.lock\n/out/.staging-*\n"),
];

/// Makes the folder; returns what to do next, as lines. For the files `from` the job gets the sections that are proposed; job and
/// schedules are of the quarters of `year`.
///
/// # Errors
/// [`Error::Usage`] when there is something in the folder already, [`Error::Write`] when it cannot be written,
/// [`Error::Input`] when none of the files is a table; nothing is made then.
pub fn init(folder: &Path, from: &[PathBuf], year: FiscalYear) -> Result<Vec<String>, Error> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::Usage(format!(
            "{} is not empty\nhint: name a new folder; nothing was changed",
            folder.display()
        )));
    }
    let full = |path: &Path| {
        fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
    };
    let (proposals, unread) = inspect::proposals(from, full)?;
    fs::create_dir_all(folder).map_err(Error::write(folder))?;
    let place = fs::canonicalize(folder).map_err(Error::write(folder))?;
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Error::write(parent))?;
        }
        let mut text = of_year(name, &adapt(name, text, &place), year);
        if name == "job.toml" && !proposals.is_empty() {
            text = with_proposals(&text, &proposals);
        }
        let write = |text: &str| -> std::io::Result<()> {
            File::create(&path)?.write_all(text.as_bytes())?;
            if name == SCRIPT { executable(&path) } else { Ok(()) }
        };
        write(&text).map_err(Error::write(&path))?;
    }
    let job = folder.join("job.toml");
    if !proposals.is_empty() {
        let sections: Vec<&str> =
            proposals.iter().flat_map(|p| p.sections.iter().map(|(export, _)| *export)).collect();
        let mut lines: Vec<String> = unread.iter().map(inspect::not_read).collect();
        lines.extend([
            format!("made {}", folder.display()),
            format!("sections proposed in {}: {}", job.display(), sections.join(", ")),
        ]);
        let read = from.iter().filter(|path| unread.iter().all(|problem| problem.place.path != **path));
        lines.extend(read.zip(&proposals).filter(|(_, proposal)| proposal.sections.is_empty()).map(
            |(path, _)| {
                format!(
                    "{} resembles no export: what it looks like stands at the end of the job",
                    path.display()
                )
            },
        ));
        let lacking: Vec<&str> = NEEDED.into_iter().filter(|name| !sections.contains(name)).collect();
        if !lacking.is_empty() {
            lines.push(format!(
                "no file resembles {}, without which there is no forecast: name it there",
                lacking.join(", ")
            ));
        }
        lines.extend([
            "read them: MISSING and UNSURE mark what is left to say; exports that a run can do without are left out".to_owned(),
            "then write your machines, chips and foundry terms below them".to_owned(),
            format!("try it: wafercast check {}", job.display()),
        ]);
        return Ok(lines);
    }
    Ok(vec![
        format!("made {}", folder.display()),
        format!("try it: wafercast run {}", job.display()),
        format!("then put your own exports into {}, and", folder.join("exports").display()),
        format!("your machines, chips and foundry terms into {}, without as_of", job.display()),
        format!(
            "schedules for cron, systemd, GitHub and GitLab are in {}",
            folder.join("schedule").display()
        ),
    ])
}

/// The job with the sections proposed in the place of the samples'. Samples that are not needed for a run are left out: they
/// would contradict the files.
fn with_proposals(job: &str, proposals: &[Proposal]) -> String {
    let mut reported: BTreeMap<&str, String> = BTreeMap::new();
    let mut others = String::new();
    for proposal in proposals {
        for (index, (export, block)) in proposal.sections.iter().enumerate() {
            let seen = if index == 0 { proposal.seen.as_str() } else { "" };
            if reported.contains_key(export) {
                let block = inspect::beside(block);
                let _ = write!(others, "\n{seen}{block}");
            } else {
                reported.insert(*export, format!("{seen}{block}"));
            }
        }
        if proposal.sections.is_empty() {
            let _ = write!(others, "\n{}", proposal.seen);
        }
    }
    let mut text = String::new();
    let mut sample = false;
    for line in job.lines() {
        if let Some(name) = line.strip_prefix("[exports.").and_then(|rest| rest.split(']').next()) {
            let proposed = reported.remove(name);
            // A sample in the place of one's own would be a forecast of neither.
            let lacks = (proposed.is_none() && NEEDED.contains(&name)).then(|| {
                format!(
                    "[exports.{name}]\n# MISSING: no file resembles {name}, without which there is no forecast: name yours, and what its columns are\npath = \"{name}.csv\"\n\n"
                )
            });
            sample = true;
            text.push_str(&proposed.or(lacks).unwrap_or_default());
        } else if line.is_empty() {
            sample = false;
        }
        if !sample {
            text.push_str(line);
            text.push('\n');
        }
    }
    // What the sample job has no section for.
    for block in reported.into_values() {
        let _ = write!(text, "\n{block}");
    }
    text + &others
}

/// The files as they have to be in a folder of their own.
fn adapt(name: &str, text: &str, place: &Path) -> String {
    if name == "job.toml" {
        return text
            .replace("`wafercast run jobs/quarterly.toml`, or `make forecast`", "`wafercast run job.toml`")
            .replace("in fixtures/maker", "in exports")
            .replace("../fixtures/maker/", "exports/")
            .replace("\"../out\"", "\"out\"");
    }
    if name.starts_with("schedule/") {
        return text.replace(FOLDER, &place.display().to_string());
    }
    text.to_owned()
}

/// Job and schedules with the quarters of a fiscal year.
fn of_year(name: &str, text: &str, year: FiscalYear) -> String {
    if year == FiscalYear::CALENDAR {
        return text.to_owned();
    }
    if name == "job.toml" {
        let key = format!("fiscal_year_starts = {} ", year.starts_in());
        return text.replace("# fiscal_year_starts = 1 ", &key);
    }
    let [first, second, third, last] = year.months_after_quarters();
    text.replace("1,4,7,10", &format!("{first},{second},{third},{last}"))
        .replace("01,04,07,10", &format!("{first:02},{second:02},{third:02},{last:02}"))
}

#[cfg(unix)]
fn executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    // Whoever may read it may run it.
    fs::set_permissions(path, fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}
