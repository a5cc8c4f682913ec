//! `hashprice` and `difficulty`: one number a day, from exports of many shapes.

mod columns;
mod identity;
mod json;

use std::path::Path;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::Difficulty;
use crate::job::{Chart, Export};

use super::layout::Layout;
use super::table::{Row, Table};

use columns::{
    BLOCKS, DATE, DIFFICULTY, FEES_BTC, FEES_USD, HASHRATE, HEIGHT, ISSUED_BTC, ISSUED_USD, PRICE, REVENUE,
    Recipe, VALUE,
};
pub(super) use columns::{COLUMNS, Role, bind_market};
pub(super) use identity::unit_slip;

/// One day's number.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Daily {
    /// The day.
    pub date: NaiveDate,
    /// The number: USD per PH/s per day, or difficulty.
    pub value: f64,
}

/// One day's number with the line that it came from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Point {
    pub date: NaiveDate,
    pub value: f64,
    pub line: u64,
}

/// What a series is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Kind {
    /// Hashprice; times this it is in USD per PH/s per day.
    Hashprice(f64),
    /// USD a day that all miners received.
    Revenue,
    /// Difficulty of each day.
    Difficulty,
    /// Difficulty, estimated from one day's hashrate: blocks come by chance, so a day is off by some 8%.
    EstimatedDifficulty,
    /// Difficulty from the day of each retarget on.
    Retargets,
}

/// A market export as read.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub kind: Kind,
    pub points: Vec<Point>,
}

/// Hashes for one block at difficulty 1.
const HASHES: f64 = 4_294_967_296.0;

/// Reads rows of one file by what its columns are.
#[derive(Debug)]
pub(super) struct Reader {
    recipe: Recipe,
    retargets: bool,
    as_of: NaiveDate,
}

impl Reader {
    /// Decides what the columns are taken for.
    pub(super) fn new(
        path: &Path,
        layout: &Layout,
        export: &Export,
        role: Role,
        as_of: NaiveDate,
    ) -> Result<Self, Diagnostic> {
        let recipe = columns::recipe(path, layout, export, role)?;
        let retargets = role == Role::Difficulty && layout.positions[HEIGHT].is_some();
        Ok(Self { recipe, retargets, as_of })
    }

    /// Reads one row; an empty cell is a day without value.
    pub(super) fn row(&self, table: &mut Table<'_>, row: &Row, points: &mut Vec<Point>) {
        let Some(date) = day(table, row) else { return };
        if date > self.as_of {
            return;
        }
        if let Some(Some(value)) = self.value(table, row) {
            points.push(Point { date, value, line: row.line });
        }
    }

    /// `None`: a cell is wrong; `Some(None)`: there is no value that day.
    fn value(&self, table: &mut Table<'_>, row: &Row) -> Option<Option<f64>> {
        let mut cell = |column: usize| table.maybe_above_zero(row, column);
        Some(match self.recipe {
            Recipe::Scaled { column, factor } => cell(column)?.map(|value| value * factor),
            Recipe::BySize => cell(VALUE)?,
            Recipe::Revenue => {
                if table.layout.positions[VALUE].is_some() {
                    table.maybe_above_zero(row, VALUE)?
                } else {
                    revenue(table, row)?
                }
            }
            Recipe::FromHashrate { terahash, column } => {
                let (rate, blocks) = (cell(column)?, cell(BLOCKS)?);
                // HashRate = difficulty x 2^32 x blocks / 86400 s: exact where the count of blocks is there.
                let seconds = blocks.map_or(600.0, |blocks| 86_400.0 / blocks);
                rate.map(|rate| rate * terahash * 1e12 * seconds / HASHES)
            }
            Recipe::Derived { hashrate } => {
                let terahash = if let Some(factor) = hashrate {
                    cell(HASHRATE)?.map(|rate| rate * factor)
                } else {
                    let (difficulty, blocks) = (cell(DIFFICULTY)?, cell(BLOCKS)?);
                    difficulty.map(|d| d * HASHES * blocks.unwrap_or(144.0) / 86_400.0 / 1e12)
                };
                let revenue = revenue(table, row)?;
                revenue.zip(terahash).map(|(revenue, terahash)| revenue / (terahash / 1e3))
            }
        })
    }

    /// The series of all rows.
    pub(super) fn series(&self, points: Vec<Point>, table_path: &Path, rows: &mut Vec<Diagnostic>) -> Series {
        let kind = match self.recipe {
            _ if self.retargets => Kind::Retargets,
            Recipe::Revenue => Kind::Revenue,
            Recipe::FromHashrate { .. } => Kind::EstimatedDifficulty,
            Recipe::Scaled { column, .. } if column == DIFFICULTY || column == VALUE => Kind::Difficulty,
            Recipe::Derived { .. } | Recipe::Scaled { .. } => Kind::Hashprice(1.0),
            Recipe::BySize => by_size(&points).unwrap_or_else(|| {
                let reason = "does not say what its values are, and their size does not tell: declare chart = \"difficulty\" or \"hash-rate\" for it in the job";
                rows.push(Diagnostic::error(Code::AmbiguousUnit, Place::file(table_path), reason));
                Kind::Difficulty
            }),
        };
        let estimate = self.recipe == Recipe::BySize && kind == Kind::EstimatedDifficulty;
        let factor = if estimate { 1e12 * 600.0 / HASHES } else { 1.0 };
        let points = points.into_iter().map(|p| Point { value: p.value * factor, ..p }).collect();
        Series { kind, points }
    }
}

/// Difficulty and hashrate (TH/s) of the same day are a factor of 139,698 apart, and since 2017 difficulty has
/// been above 3e11 and hashrate between 2e6 and 1e10: their size tells which is which.
fn by_size(points: &[Point]) -> Option<Kind> {
    let since = NaiveDate::from_ymd_opt(2017, 1, 1)?;
    let mut recent = points.iter().filter(|p| p.date >= since).map(|p| p.value).peekable();
    recent.peek()?;
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for value in recent {
        least = least.min(value);
        most = most.max(value);
    }
    if least > 1e11 {
        Some(Kind::Difficulty)
    } else if least > 1e6 && most < 5e10 {
        Some(Kind::EstimatedDifficulty)
    } else {
        None
    }
}

/// The day of a row. Where the job declares no form, a count of seconds or milliseconds is known by its length.
fn day(table: &mut Table<'_>, row: &Row) -> Option<NaiveDate> {
    if table.export.date_format.is_none()
        && let Some(text) = table.text(row, DATE)
        && let Some(form) = columns::epoch(text)
        && let Ok(date) = super::dates::date(text, Some(&form))
    {
        table.found.seen.date(date);
        return Some(date);
    }
    let date = table.need_date(row, DATE)?;
    if table.text(row, DATE).is_some_and(before_midnight) { date.succ_opt() } else { Some(date) }
}

/// Whether a stamp stands within two hours before a midnight and names no zone: a day's value, stamped at midnight
/// UTC and shown in the local time of a zone west of it.
fn before_midnight(stamp: &str) -> bool {
    let time = stamp.split_once([' ', 'T']).map(|(_, time)| time.trim());
    time.is_some_and(|time| {
        (time.starts_with("22:") || time.starts_with("23:")) && !time.contains(['Z', '+', '-'])
    })
}

/// USD that all miners received on the day: as given, or subsidy plus fees, each in USD or in coins times price.
fn revenue(table: &mut Table<'_>, row: &Row) -> Option<Option<f64>> {
    if table.layout.positions[REVENUE].is_some() {
        return table.maybe_above_zero(row, REVENUE);
    }
    let mut part = |usd: usize, coins: usize| -> Option<Option<f64>> {
        if table.layout.positions[usd].is_some() {
            return table.maybe_above_zero(row, usd);
        }
        let (coins, price) = (table.maybe_above_zero(row, coins)?, table.maybe_above_zero(row, PRICE)?);
        Some(coins.zip(price).map(|(coins, price)| coins * price))
    };
    let (issued, fees) = (part(ISSUED_USD, ISSUED_BTC)?, part(FEES_USD, FEES_BTC)?);
    Some(issued.zip(fees).map(|(issued, fees)| issued + fees))
}

/// Reads a JSON export.
pub(super) fn read_json(
    path: &Path,
    bytes: &[u8],
    export: &Export,
    role: Role,
    as_of: NaiveDate,
) -> Result<Series, Vec<Diagnostic>> {
    if export.chart.is_some_and(|chart| matches!((role, chart), (Role::Difficulty, Chart::MinersRevenue))) {
        let reason = "the job declares chart = \"miners-revenue\" for difficulty";
        return Err(vec![Diagnostic::error(Code::Contradiction, Place::file(path), reason)]);
    }
    let (kind, mut points) = json::read(path, bytes, export, role)?;
    points.retain(|p| p.date <= as_of);
    Ok(Series { kind, points })
}

/// One value a day, sorted; a second value of a day is told with the line of the first.
pub(super) fn one_a_day(series: &mut Series, path: &Path) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    series.points.sort_by_key(|p| (p.date, p.line));
    let mut kept: Vec<Point> = Vec::with_capacity(series.points.len());
    for point in series.points.drain(..) {
        match kept.last() {
            // Of two retargets on a day the later one holds on.
            Some(first) if first.date == point.date && series.kind == Kind::Retargets => {
                kept.pop();
                kept.push(point);
            }
            Some(first) if first.date == point.date => {
                let place = Place {
                    path: path.to_owned(),
                    line: point.line,
                    column: "date".to_owned(),
                    value: point.date.to_string(),
                };
                let reason = format!("is already given on line {}", first.line);
                problems.push(Diagnostic::error(Code::DuplicateRow, place, reason));
            }
            _ => kept.push(point),
        }
    }
    series.points = kept;
    problems
}

/// Most days that one difficulty stays in force: 2016 blocks take about 14.
const RETARGET_DAYS: i64 = 21;

/// Difficulty of each day up to `as_of`; each value of a list of retargets holds until the next one.
pub(super) fn difficulty(series: &Series, as_of: NaiveDate) -> Vec<Daily> {
    let points = &series.points;
    if series.kind != Kind::Retargets {
        return points.iter().map(|p| Daily { date: p.date, value: p.value }).collect();
    }
    let mut days = Vec::new();
    for (place, point) in points.iter().enumerate() {
        let longest = point.date + chrono::Duration::days(RETARGET_DAYS);
        let next = points.get(place + 1).map_or(as_of + chrono::Duration::days(1), |next| next.date);
        let held = point.date.iter_days().take_while(|day| *day < next && *day < longest);
        days.extend(held.map(|date| Daily { date, value: point.value }));
    }
    days
}

/// Hashprice in USD per PH/s per day; miners' revenue is divided by the hashrate that difficulty stands for.
pub(super) fn hashprice(series: &Series, difficulty: &[Daily]) -> Vec<Daily> {
    let points = series.points.iter();
    match series.kind {
        Kind::Hashprice(factor) => points.map(|p| Daily { date: p.date, value: p.value * factor }).collect(),
        _ => points
            .filter_map(|p| {
                let place = difficulty.partition_point(|d| d.date <= p.date).checked_sub(1)?;
                let known = difficulty.get(place).filter(|d| (p.date - d.date).num_days() <= 7)?;
                let hashrate = Difficulty::new(known.value)?.hashrate().as_ph();
                Some(Daily { date: p.date, value: p.value / hashrate })
            })
            .collect(),
    }
}
