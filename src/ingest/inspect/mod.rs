//! `wafercast inspect`: what a file looks like, and a section of the job that would read it, for a person to judge.

mod grid;
mod market;
mod meaning;
mod profile;
mod propose;
mod resemble;
mod states;
mod steps;
mod synonyms;

use std::fmt::Write as _;
use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::ingest::rows::scan;
use crate::text::{short, visible};

use grid::Grid;
use profile::Profile;

/// What was found of a file.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What it looks like, as comments of the job.
    pub seen: String,
    /// The export that it resembles most with its section of the job, both market exports where it gives both; none where it
    /// resembles no export.
    pub sections: Vec<(&'static str, String)>,
}

/// Looks at a file. `written` is how the job names it.
///
/// # Errors
/// What is wrong with a file that is no table.
pub fn inspect(path: &Path, written: &str) -> Result<Proposal, Diagnostic> {
    let grid = grid::read(path, &resemble::known)?;
    let profiles = profiles(&grid);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut alike = resemble::resemblances(&profiles, &name);
    alike.retain(|other| !of_others(&grid, &profiles, other));
    for difficulty in
        alike.iter_mut().filter(|found| found.export == "difficulty" && found.of("height").is_none())
    {
        if let Some(place) = heights(&grid, &profiles) {
            difficulty.take("height", place);
        }
    }
    let guess = market::guess(&grid, &profiles, &alike, &name);
    let mut seen = described(&grid, &profiles);
    let named: Vec<String> = alike
        .iter()
        .take(3)
        .map(|r| format!("{} ({} of {} columns that it must have)", r.export, r.found, r.wanted))
        .collect();
    let named = if named.is_empty() {
        "no export: too few of its columns have a known name".to_owned()
    } else {
        named.join(", ")
    };
    let _ = writeln!(seen, "# resembles {named}");
    let best = alike.first();
    let both = best.is_some_and(resemble::Resemblance::is_market);
    let meant = alike.iter().enumerate().filter(|(index, other)| match &guess {
        Some(guess) => other.export == guess.export,
        None => *index == 0 || (both && other.is_market()),
    });
    let sections = meant
        .map(|(_, alike)| {
            (alike.export, propose::section(&grid, &profiles, alike, (written, guess.as_ref())))
        })
        .collect();
    Ok(Proposal { seen, sections })
}

/// Whether a file would give difficulty from a hashrate that is not that of the network.
fn of_others(grid: &Grid, profiles: &[Profile], alike: &resemble::Resemblance) -> bool {
    let (Some(days), Some(rate)) = (alike.of("date"), alike.of("hashrate")) else { return false };
    let terahash = profiles.get(rate.place).and_then(|profile| propose::unit_of(&profile.header));
    alike.export == "difficulty"
        && alike.of("difficulty").is_none()
        && terahash
            .zip(market::newest(grid, profiles, days.place, rate.place))
            .is_some_and(|((_, terahash), newest)| !market::is_network(newest, terahash))
}

/// Height from which on blocks are of days that matter: that of the end of 2010.
const LEAST_HEIGHT: u64 = 100_000;

/// The column of a list of blocks that has their heights: each is the one after the row before, up or down.
fn heights(grid: &Grid, profiles: &[Profile]) -> Option<usize> {
    (0..profiles.len()).find(|place| {
        profiles[*place].is_whole() && {
            let cells = grid.rows.iter().map(|row| row.get(*place).and_then(|cell| cell.trim().parse().ok()));
            let numbers: Option<Vec<u64>> = cells.collect();
            numbers.is_some_and(|numbers| {
                let step = |by: fn(u64, u64) -> bool| numbers.windows(2).all(|pair| by(pair[0], pair[1]));
                numbers.len() > 2
                    && numbers.iter().all(|number| *number >= LEAST_HEIGHT && *number < 10 * LEAST_HEIGHT)
                    && (step(|a, b| b == a + 1) || step(|a, b| a == b + 1))
            })
        }
    })
}

fn profiles(grid: &Grid) -> Vec<Profile> {
    let of = |(index, header): (usize, &String)| {
        // Rows of sums are none of a column's values.
        let rows = grid.rows.iter().filter(|row| !row.iter().any(|cell| scan::is_total(cell)));
        let cells: Vec<&str> = rows.map(|row| row.get(index).map_or("", String::as_str)).collect();
        Profile::new(header, &cells)
    };
    grid.headers.iter().enumerate().map(of).collect()
}

/// Most characters of a value or name in a description.
const LONGEST: usize = 40;

/// What a file looks like, as comments.
fn described(grid: &Grid, profiles: &[Profile]) -> String {
    let mut lines = String::new();
    let mut parts = vec![grid.form.to_owned()];
    parts.extend(grid.delimiter.map(|d| {
        if d == b'\t' {
            "a tab between cells".to_owned()
        } else {
            format!("`{}` between cells", char::from(d))
        }
    }));
    parts.extend(grid.encoding.map(|encoding| format!("not UTF-8 but it seems {encoding}")));
    parts.extend(match grid.header {
        Some(0) => None,
        Some(line) => Some(format!("header on line {line}")),
        None => Some("no header".to_owned()),
    });
    let more = if grid.more { "first " } else { "" };
    parts.push(format!("{more}{} rows", grid.rows.len()));
    let _ = writeln!(lines, "# {}: {}", visible(&grid.path.to_string_lossy()), parts.join(", "));
    for (index, profile) in profiles.iter().enumerate() {
        let name = if profile.header.is_empty() {
            format!("column {}", index + 1)
        } else {
            short(&profile.header, LONGEST).to_string()
        };
        let range =
            profile.range.as_ref().map_or_else(String::new, |(least, most)| format!(", {least} to {most}"));
        let examples: Vec<String> =
            profile.values.iter().take(3).map(|(value, _)| short(value, LONGEST).to_string()).collect();
        let examples = if examples.is_empty() {
            String::new()
        } else {
            format!(", for example {}", examples.join(" | "))
        };
        let (kind, filled) = (profile.kind.name(), profile.filled);
        let line = format!("#   {name}: {kind}, {filled} filled{range}{examples}");
        let _ = writeln!(lines, "{}", visible(&line));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of `fixtures/inspect`: heads above their lines, lines that lack what the head has, two forms of days, states by quantities,
    /// months side by side, the day in the name of the file, units below the header, warehouses, reversals, markets.
    #[test]
    fn what_is_printed_of_small_files() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inspect");
        let mut names: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .filter_map(|entry| {
                entry.unwrap().file_name().into_string().ok()?.strip_suffix(".csv").map(str::to_owned)
            })
            .collect();
        names.sort();
        assert_eq!(names.len(), 16);
        for name in names {
            let found = inspect(&folder.join(format!("{name}.csv")), &format!("{name}.csv")).unwrap();
            let seen = found.seen.replace(&format!("{}/", visible(&folder.to_string_lossy())), "");
            let sections: Vec<String> =
                found.sections.iter().map(|(_, section)| format!("\n{section}")).collect();
            let printed = format!("{seen}{}", sections.concat());
            let expected = std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
            assert!(
                printed.trim_end() == expected.trim_end(),
                "{name}: expected\n{expected}\nfound\n{printed}"
            );
        }
    }
}
