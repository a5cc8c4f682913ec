//! Rows of a market export as a series, by what its columns are taken for.

use std::path::Path;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::{BLOCK_SECONDS, BLOCKS_PER_DAY, DAY_SECONDS, HASHES_PER_BLOCK};
use crate::ingest::cells::layout::Layout;
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::cells::{currency, dates};
use crate::ingest::exports::rates::{Rate, Rates};
use crate::job::{Export, Unit};

use super::columns::{
    self, BLOCKS, DATE, DIFFICULTY, FEES_BTC, FEES_USD, HASHPRICE, HASHPRICE_PH, HASHPRICE_TH, HASHRATE,
    HEIGHT, ISSUED_BTC, ISSUED_USD, PRICE, REVENUE, Recipe, Role, VALUE,
};
use super::other;
use super::series::{Kind, Point, Rows, Series, by_size};

/// Its code among the rates.
const BTC: &str = "BTC";

/// Reads rows of one file by what its columns are.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    recipe: Recipe,
    role: Role,
    retargets: bool,
    as_of: NaiveDate,
    other: other::Other,
    /// What a bitcoin was worth, where the values are in bitcoin.
    btc: Option<&'a Rates>,
}

impl<'a> Reader<'a> {
    /// Decides what the columns are taken for.
    pub(super) fn new(
        path: &Path,
        layout: &Layout,
        export: &Export,
        (role, as_of): (Role, NaiveDate),
        rates: &'a Rates,
    ) -> Result<Self, Diagnostic> {
        let recipe = columns::recipe(path, layout, export, role)?;
        let retargets = role == Role::Difficulty && layout.positions[HEIGHT].is_some();
        let btc = Some(rates).filter(|_| role == Role::Hashprice && export.unit.is_some_and(Unit::is_btc));
        if let Some(rates) = btc
            && layout.positions[PRICE].is_none()
            && !rates.has_days(BTC)
        {
            let reason = "is in bitcoin, and neither the file nor the job has what one was worth by day: give rates = a file with the columns date and PriceUSD, or a column PriceUSD of the file";
            return Err(Diagnostic::error(Code::OtherCurrency, Place::file(path), reason));
        }
        if btc.is_none() {
            currency::amounts(path, &layout.headers, export, &amounts_of(layout, recipe))?;
        }
        Ok(Self { recipe, role, retargets, as_of, other: other::Other::new(layout, recipe, role), btc })
    }

    /// Reads one row; an empty cell is a day without value.
    pub(super) fn row(&self, table: &mut Table<'_>, row: &Row<'_>, rows: &mut Rows) {
        let Some(date) = day(table, row) else { return };
        if date > self.as_of {
            return;
        }
        let mut zero = false;
        let value = self.value(table, row, &mut zero).flatten();
        if let Some(value) = value.and_then(|value| self.in_usd(table, row, date, value)) {
            rows.points.push(Point { date, value, line: row.line });
        }
        if zero {
            rows.zeros.push((date, row.line));
        }
        rows.said.extend(self.other.said(table, row, date));
    }

    /// A value in USD: one in bitcoin times the price of its own row, else of the rates of the job.
    fn in_usd(&self, table: &mut Table<'_>, row: &Row<'_>, date: NaiveDate, value: f64) -> Option<f64> {
        let Some(rates) = self.btc else { return Some(value) };
        let own = above_zero(table, row, PRICE, &mut false)?;
        match own.map_or_else(|| rates.usd(BTC, date), |price| Ok(Rate::UsdPer(price))) {
            Ok(price) => Some(price.usd(value)),
            Err(reason) => {
                table.reject(row.line, Some(DATE), &date.to_string(), (Code::OtherCurrency, reason));
                None
            }
        }
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
                let seconds = blocks.map_or(BLOCK_SECONDS, |blocks| DAY_SECONDS / blocks);
                rate.map(|rate| rate * terahash * 1e12 * seconds / HASHES_PER_BLOCK)
            }
            Recipe::Derived { hashrate } => {
                let terahash = if let Some(factor) = hashrate {
                    cell(HASHRATE)?.map(|rate| rate * factor)
                } else {
                    let (difficulty, blocks) = (cell(DIFFICULTY)?, cell(BLOCKS)?);
                    let a_day = blocks.unwrap_or(BLOCKS_PER_DAY);
                    difficulty.map(|d| d * HASHES_PER_BLOCK * a_day / DAY_SECONDS / 1e12)
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
            Recipe::Scaled { .. } if self.role == Role::Difficulty => Kind::Difficulty,
            Recipe::Derived { .. } | Recipe::Scaled { .. } => Kind::Hashprice(1.0),
            Recipe::BySize => by_size(&rows.points).unwrap_or_else(|| {
                let reason = "does not say what its values are, and their size does not tell: declare chart = \"difficulty\" or \"hash-rate\" for it in the job";
                problems.push(Diagnostic::error(Code::AmbiguousUnit, Place::file(table_path), reason));
                Kind::Difficulty
            }),
        };
        let estimate = self.recipe == Recipe::BySize && kind == Kind::EstimatedDifficulty;
        let factor = if estimate { 1e12 * BLOCK_SECONDS / HASHES_PER_BLOCK } else { 1.0 };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_and_eleven_at_night_are_midnight_of_another_zone() {
        for (stamp, found) in [
            ("2025-09-30 22:00", true),
            ("2025-09-30T23:00:00.000", true),
            ("2025-09-30", false),
            ("2025-09-30 22:", false),
            ("2025-09-30 22:00 UTC", false),
            ("2025-09-30 23:59:59", false),
            ("2025-09-30 21:00", false),
        ] {
            assert_eq!(before_midnight(stamp), found, "{stamp}");
        }
    }
}
