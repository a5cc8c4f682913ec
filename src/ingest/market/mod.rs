//! `hashprice` and `difficulty`: one number a day, from exports of many shapes.

mod columns;
mod identity;
mod other;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::Difficulty;
use crate::job::Export;

use super::cells::layout::Layout;
use super::cells::table::{Row, Table};
use super::cells::{currency, dates};
use super::plausibility::market::feeds::Said;

use columns::{
    BLOCKS, DATE, DIFFICULTY, FEES_BTC, FEES_USD, HASHPRICE, HASHPRICE_PH, HASHPRICE_TH, HASHRATE, HEIGHT,
    ISSUED_BTC, ISSUED_USD, PRICE, REVENUE, Recipe, VALUE,
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
    /// Whether it is miners' revenue over the hashrate of the same row.
    pub over_hashrate: bool,
    pub points: Vec<Point>,
    /// Its numbers were taken for so many units: USD per PH/s per day, difficulty, or TH/s where it is hashrate.
    pub per: f64,
    /// What other columns say of the same days.
    pub said: Vec<Said>,
    /// Days and lines whose value is 0: no value.
    pub zeros: Vec<(NaiveDate, u64)>,
    /// Of several files, which one a day and line stand in; the first where nothing is said.
    pub files: BTreeMap<(NaiveDate, u64), usize>,
}

/// What the numbers of an export were taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Taken {
    Difficulty,
    Hashrate,
    Hashprice,
    Revenue,
    /// Hashprice from revenue and the hashrate of the same row.
    OverHashrate,
}

impl Series {
    fn new(kind: Kind, per: f64, rows: Rows) -> Self {
        let Rows { points, said, zeros } = rows;
        Self { kind, over_hashrate: false, points, per, said, zeros, files: BTreeMap::new() }
    }

    /// What its numbers were taken for.
    pub(super) const fn taken(&self) -> Taken {
        match self.kind {
            Kind::Hashprice(_) if self.over_hashrate => Taken::OverHashrate,
            Kind::Hashprice(_) => Taken::Hashprice,
            Kind::Revenue => Taken::Revenue,
            Kind::EstimatedDifficulty => Taken::Hashrate,
            Kind::Difficulty | Kind::Retargets => Taken::Difficulty,
        }
    }

    /// Notes that all its rows stand in this file of the export.
    pub(super) fn of_file(mut self, file: usize) -> Self {
        if file > 0 {
            let places = self.points.iter().map(|p| (p.date, p.line)).chain(self.zeros.iter().copied());
            self.files = places.map(|place| (place, file)).collect();
        }
        self
    }

    /// Takes over the rows of another file.
    pub(super) fn extend(&mut self, more: Self) {
        self.points.extend(more.points);
        self.said.extend(more.said);
        self.zeros.extend(more.zeros);
        self.files.extend(more.files);
    }
}

/// Rows of a market export as they are read.
#[derive(Default, Debug)]
pub(super) struct Rows {
    pub points: Vec<Point>,
    pub said: Vec<Said>,
    pub zeros: Vec<(NaiveDate, u64)>,
}

impl Rows {
    /// Takes over others.
    pub(super) fn merge(&mut self, more: Self) {
        self.points.extend(more.points);
        self.said.extend(more.said);
        self.zeros.extend(more.zeros);
    }
}

/// Hashes for one block at difficulty 1.
const HASHES: f64 = 4_294_967_296.0;

/// Reads rows of one file by what its columns are.
#[derive(Debug)]
pub(super) struct Reader {
    recipe: Recipe,
    retargets: bool,
    as_of: NaiveDate,
    other: other::Other,
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
        currency::amounts(path, &layout.headers, export, &amounts_of(layout, recipe))?;
        Ok(Self { recipe, retargets, as_of, other: other::Other::new(layout, recipe, role) })
    }

    /// Reads one row; an empty cell is a day without value.
    pub(super) fn row(&self, table: &mut Table<'_>, row: &Row<'_>, rows: &mut Rows) {
        let Some(date) = day(table, row) else { return };
        if date > self.as_of {
            return;
        }
        let mut zero = false;
        if let Some(Some(value)) = self.value(table, row, &mut zero) {
            rows.points.push(Point { date, value, line: row.line });
        }
        if zero {
            rows.zeros.push((date, row.line));
        }
        rows.said.extend(self.other.said(table, row, date));
    }

    /// `None`: a cell is wrong; `Some(None)`: there is no value that day.
    fn value(&self, table: &mut Table<'_>, row: &Row<'_>, zero: &mut bool) -> Option<Option<f64>> {
        let mut cell = |column: usize| above_zero(table, row, column, zero);
        Some(match self.recipe {
            Recipe::Scaled { column, factor } => cell(column)?.map(|value| value * factor),
            Recipe::BySize => cell(VALUE)?,
            Recipe::Revenue => {
                if table.layout.positions[VALUE].is_some() {
                    above_zero(table, row, VALUE, zero)?
                } else {
                    revenue(table, row, zero)?
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
                let revenue = revenue(table, row, zero)?;
                revenue.zip(terahash).map(|(revenue, terahash)| revenue / (terahash / 1e3))
            }
        })
    }

    /// The series of all rows.
    pub(super) fn series(&self, mut rows: Rows, table_path: &Path, problems: &mut Vec<Diagnostic>) -> Series {
        let kind = match self.recipe {
            _ if self.retargets => Kind::Retargets,
            Recipe::Revenue => Kind::Revenue,
            Recipe::FromHashrate { .. } => Kind::EstimatedDifficulty,
            Recipe::Scaled { column, .. } if column == DIFFICULTY || column == VALUE => Kind::Difficulty,
            Recipe::Derived { .. } | Recipe::Scaled { .. } => Kind::Hashprice(1.0),
            Recipe::BySize => by_size(&rows.points).unwrap_or_else(|| {
                let reason = "does not say what its values are, and their size does not tell: declare chart = \"difficulty\" or \"hash-rate\" for it in the job";
                problems.push(Diagnostic::error(Code::AmbiguousUnit, Place::file(table_path), reason));
                Kind::Difficulty
            }),
        };
        let estimate = self.recipe == Recipe::BySize && kind == Kind::EstimatedDifficulty;
        let factor = if estimate { 1e12 * 600.0 / HASHES } else { 1.0 };
        for point in &mut rows.points {
            point.value *= factor;
        }
        let per = match self.recipe {
            Recipe::Scaled { factor, .. } if matches!(kind, Kind::Hashprice(_)) => factor,
            Recipe::FromHashrate { terahash, .. } | Recipe::Derived { hashrate: Some(terahash) } => terahash,
            _ => 1.0,
        };
        let over_hashrate = matches!(self.recipe, Recipe::Derived { hashrate: Some(_) });
        Series { over_hashrate, ..Series::new(kind, per, rows) }
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

/// A number above 0, where 0 is no value: publishers' files begin in 2009, with days of none.
fn above_zero(table: &mut Table<'_>, row: &Row<'_>, column: usize, zero: &mut bool) -> Option<Option<f64>> {
    let value = table.maybe_market_value(row, column)?;
    *zero |= value == Some(0.0);
    Some(value.filter(|value| *value > 0.0))
}

/// Columns in USD that a recipe reads.
fn amounts_of(layout: &Layout, recipe: Recipe) -> Vec<usize> {
    let columns: &[usize] = match recipe {
        Recipe::Scaled { column, .. } if column != DIFFICULTY => &[HASHPRICE_PH, HASHPRICE_TH, HASHPRICE],
        Recipe::Derived { .. } | Recipe::Revenue => &[REVENUE, ISSUED_USD, FEES_USD, PRICE],
        _ => &[],
    };
    columns.iter().filter_map(|column| layout.positions[*column]).collect()
}

/// The day of a row. Where the job declares no form, a count of seconds or milliseconds is known by its length.
fn day(table: &mut Table<'_>, row: &Row<'_>) -> Option<NaiveDate> {
    if table.export.date_format.is_none()
        && let Some(text) = table.text(row, DATE)
        && let Some(form) = columns::epoch(text)
        && let Ok(date) = dates::date(text, Some(&form))
    {
        table.found.seen.date(date);
        return Some(date);
    }
    let date = table.need_date(row, DATE)?;
    if table.text(row, DATE).is_some_and(before_midnight) { date.succ_opt() } else { Some(date) }
}

/// Whether a stamp is 22:00 or 23:00 and names no zone: a day's value, stamped at midnight UTC and shown in the local
/// time of a zone west of it. Any other time, such as 23:59:59, is of the day that it stamps.
fn before_midnight(stamp: &str) -> bool {
    let Some((_, time)) = stamp.split_once([' ', 'T']) else { return false };
    let time = time.trim();
    let rest = time.strip_prefix("22:").or_else(|| time.strip_prefix("23:"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| matches!(b, b'0' | b':' | b'.')))
}

/// USD that all miners received on the day: as given, or subsidy plus fees, each in USD or in coins times price.
fn revenue(table: &mut Table<'_>, row: &Row<'_>, zero: &mut bool) -> Option<Option<f64>> {
    if table.layout.positions[REVENUE].is_some() {
        return above_zero(table, row, REVENUE, zero);
    }
    let mut part = |usd: usize, coins: usize| -> Option<Option<f64>> {
        if table.layout.positions[usd].is_some() {
            return above_zero(table, row, usd, zero);
        }
        let coins = above_zero(table, row, coins, zero)?;
        let price = above_zero(table, row, PRICE, zero)?;
        Some(coins.zip(price).map(|(coins, price)| coins * price))
    };
    let (issued, fees) = (part(ISSUED_USD, ISSUED_BTC)?, part(FEES_USD, FEES_BTC)?);
    Some(issued.zip(fees).map(|(issued, fees)| issued + fees))
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
