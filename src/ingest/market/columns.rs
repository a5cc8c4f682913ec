//! Columns of market exports in the shapes that are in circulation, and what they are taken for.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::HASHES_PER_BLOCK;
use crate::ingest::cells::dates;
use crate::ingest::cells::layout::{Binding, Column, Layout, bind, optional, required};
use crate::ingest::names::folded;
use crate::job::{Chart, DateFormat, Export, Unit};

/// What the job wants from the export.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// USD per PH/s per day.
    Hashprice,
    /// Mining difficulty.
    Difficulty,
}

pub(super) const DATE: usize = 0;
pub(super) const HASHPRICE_PH: usize = 1;
pub(super) const HASHPRICE_TH: usize = 2;
pub(super) const HASHPRICE: usize = 3;
pub(super) const DIFFICULTY: usize = 4;
pub(super) const HASHRATE: usize = 5;
pub(super) const BLOCKS: usize = 6;
pub(super) const ISSUED_USD: usize = 7;
pub(super) const FEES_USD: usize = 8;
pub(super) const ISSUED_BTC: usize = 9;
pub(super) const FEES_BTC: usize = 10;
pub(super) const PRICE: usize = 11;
pub(super) const REVENUE: usize = 12;
pub(super) const VALUE: usize = 13;
pub(super) const HEIGHT: usize = 14;

/// The columns, in the order of the constants above: wafercast's own, Coin Metrics', blockchain.com's,
/// bitcoinvisuals', and those of scripts that rewrite Hashrate Index.
pub(crate) const COLUMNS: &[Column] = &[
    required("date", &["time", "timestamp", "datetime", "x"]),
    optional(
        "hashprice_usd_per_ph_day",
        &["usd_per_ph_day", "price (usd/ph/s/day)", "hashprice (usd/ph/day)", "hashprice (usd/ph/s/day)"],
    ),
    optional(
        "hashprice_usd_per_th_day",
        &["usd_per_th_day", "hashprice (usd/th/day)", "hashprice (usd/th/s/day)"],
    ),
    optional("hashprice", &[]),
    optional("difficulty", &["DiffMean"]),
    optional(
        "hashrate",
        &[
            "hashrate_gh",
            "hashrate_ghs",
            "hashrate_th",
            "hashrate_ths",
            "hashrate_ph",
            "hashrate_phs",
            "hashrate_eh",
            "hashrate_ehs",
        ],
    ),
    optional("BlkCnt", &[]),
    optional("IssTotUSD", &[]),
    optional("FeeTotUSD", &[]),
    optional("IssTotNtv", &[]),
    optional("FeeTotNtv", &[]),
    optional("PriceUSD", &["price_usd", "market-price"]),
    optional("miner_revenue_usd", &["miners-revenue", "RevUSD"]),
    optional("y", &["value", "data"]),
    optional("height", &[]),
];

/// Binds the header, or sees that there is none: the first row is a day and a number.
pub(crate) fn bind_market(path: &Path, headers: &[String], export: &Export) -> Binding {
    if let [day, number] = headers
        && (dates::date(day, export.date_format.as_ref()).is_ok() || epoch(day).is_some())
        && number.parse::<f64>().is_ok()
    {
        let mut positions = vec![None; COLUMNS.len()];
        positions[DATE] = Some(0);
        positions[VALUE] = Some(1);
        return Binding { positions, problems: Vec::new(), found: 2, headerless: true };
    }
    bind(path, headers, export, COLUMNS)
}

/// The date form that a number of so many digits must have.
pub(super) fn epoch(text: &str) -> Option<DateFormat> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.len() {
        10 if digits => Some(DateFormat::EpochSeconds),
        13 if digits => Some(DateFormat::EpochMilliseconds),
        _ => None,
    }
}

/// Terahash per second in one unit of the hashrate column; `None` when neither header nor job says.
pub(super) fn terahash(header: &str, declared: Option<Unit>) -> Option<f64> {
    let by_job = match declared {
        Some(Unit::HashPerSecond) => Some(1e-12),
        Some(Unit::GigahashPerSecond) => Some(1e-3),
        Some(Unit::TerahashPerSecond) => Some(1.0),
        Some(Unit::PetahashPerSecond) => Some(1e3),
        Some(Unit::ExahashPerSecond) => Some(1e6),
        _ => None,
    };
    // Coin Metrics writes `HashRate`, blockchain.com `hash-rate`, both in TH/s; bitcoinvisuals `Hash Rate`, in H/s.
    by_job.or(match header {
        "HashRate" | "hash-rate" => Some(1.0),
        "Hash Rate" => Some(1e-12),
        _ => match folded(header).strip_prefix("hashrate") {
            Some("gh" | "ghs") => Some(1e-3),
            Some("th" | "ths") => Some(1.0),
            Some("ph" | "phs") => Some(1e3),
            Some("eh" | "ehs") => Some(1e6),
            _ => None,
        },
    })
}

/// Satoshi of a bitcoin.
const SATS_PER_BTC: f64 = 1e8;

/// Difficulty in one unit of its column.
const fn of_difficulty(declared: Option<Unit>) -> f64 {
    match declared {
        Some(Unit::HashesPerBlock) => 1.0 / HASHES_PER_BLOCK,
        Some(Unit::DifficultyTrillions) => 1e12,
        _ => 1.0,
    }
}

/// How a day's value follows from its cells.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Recipe {
    /// A column times a factor.
    Scaled { column: usize, factor: f64 },
    /// Miners' revenue over network hashrate; `hashrate` in TH/s per unit of its column, `None` from difficulty.
    Derived { hashrate: Option<f64> },
    /// Miners' revenue, to be divided by the hashrate of the difficulty export.
    Revenue,
    /// Difficulty from hashrate (TH/s per unit of the column) and, where there is one, the count of blocks.
    FromHashrate { terahash: f64, column: usize },
    /// Difficulty or hashrate, distinguished by their size.
    BySize,
}

/// What the columns found are taken for.
pub(super) fn recipe(
    path: &Path,
    layout: &Layout,
    export: &Export,
    role: Role,
) -> Result<Recipe, Diagnostic> {
    let has = |column: usize| layout.positions[column].is_some();
    let header = |column: usize| layout.positions[column].map_or("", |p| layout.headers[p].as_str());
    let ambiguous =
        |reason: &str| Err(Diagnostic::error(Code::AmbiguousUnit, Place::file(path), reason.to_owned()));
    let hashrate = || has(HASHRATE).then(|| terahash(header(HASHRATE), export.unit).ok_or(())).transpose();
    let no_unit = "has a hashrate whose unit its header does not say: declare unit = \"th_per_s\" (or h_per_s, gh_per_s, ph_per_s, eh_per_s) for it in the job";
    let revenue = has(REVENUE)
        || (has(ISSUED_USD) || (has(ISSUED_BTC) && has(PRICE)))
            && (has(FEES_USD) || (has(FEES_BTC) && has(PRICE)));
    match role {
        Role::Hashprice => {
            if has(HASHPRICE_PH) || has(HASHPRICE_TH) {
                let (column, unit, factor) = if has(HASHPRICE_PH) {
                    (HASHPRICE_PH, Unit::UsdPerPhDay, 1.0)
                } else {
                    (HASHPRICE_TH, Unit::UsdPerThDay, 1e3)
                };
                if let Some(declared) = export.unit.filter(|declared| *declared != unit) {
                    let by = if declared.is_btc() { "" } else { " by a factor of 1000" };
                    let reason = format!(
                        "its header `{}` and the unit that the job declares differ{by}",
                        header(column)
                    );
                    return Err(Diagnostic::error(Code::Contradiction, Place::file(path), reason));
                }
                return Ok(Recipe::Scaled { column, factor });
            }
            let value = if has(HASHPRICE) {
                Some(HASHPRICE)
            } else {
                (export.chart == Some(Chart::Hashprice) && has(VALUE)).then_some(VALUE)
            };
            if let Some(column) = value {
                return match export.unit {
                    Some(Unit::UsdPerPhDay | Unit::BtcPerPhDay) => Ok(Recipe::Scaled { column, factor: 1.0 }),
                    Some(Unit::UsdPerThDay | Unit::BtcPerThDay) => Ok(Recipe::Scaled { column, factor: 1e3 }),
                    Some(Unit::SatsPerThDay) => Ok(Recipe::Scaled { column, factor: 1e3 / SATS_PER_BTC }),
                    _ => ambiguous(
                        "its header does not say whether hashprice is per TH or per PH: declare unit = \"usd_per_ph_day\" or \"usd_per_th_day\" for it in the job",
                    ),
                };
            }
            if revenue {
                return match hashrate() {
                    Err(()) => ambiguous(no_unit),
                    Ok(Some(factor)) => Ok(Recipe::Derived { hashrate: Some(factor) }),
                    Ok(None) if has(DIFFICULTY) => Ok(Recipe::Derived { hashrate: None }),
                    Ok(None) => Ok(Recipe::Revenue),
                };
            }
            match export.chart {
                Some(Chart::MinersRevenue) if has(VALUE) => Ok(Recipe::Revenue),
                None if has(VALUE) => ambiguous(
                    "does not say what its values are: declare chart = \"miners-revenue\", or chart = \"hashprice\" with its unit, for it in the job",
                ),
                _ => {
                    Err(lacking(path, layout, "hashprice, nor miners' revenue that it could be derived from"))
                }
            }
        }
        Role::Difficulty => {
            if has(DIFFICULTY) {
                return Ok(Recipe::Scaled { column: DIFFICULTY, factor: of_difficulty(export.unit) });
            }
            match hashrate() {
                Err(()) => return ambiguous(no_unit),
                Ok(Some(terahash)) => return Ok(Recipe::FromHashrate { terahash, column: HASHRATE }),
                Ok(None) => {}
            }
            match export.chart {
                Some(Chart::Difficulty) if has(VALUE) => {
                    Ok(Recipe::Scaled { column: VALUE, factor: of_difficulty(export.unit) })
                }
                Some(Chart::HashRate) if has(VALUE) => match terahash("hash-rate", export.unit) {
                    Some(terahash) => Ok(Recipe::FromHashrate { terahash, column: VALUE }),
                    None => ambiguous(no_unit),
                },
                None if has(VALUE) => Ok(match (export.unit, terahash("", export.unit)) {
                    (_, Some(terahash)) => Recipe::FromHashrate { terahash, column: VALUE },
                    (Some(Unit::HashesPerBlock | Unit::DifficultyTrillions), None) => {
                        Recipe::Scaled { column: VALUE, factor: of_difficulty(export.unit) }
                    }
                    _ => Recipe::BySize,
                }),
                _ => Err(lacking(path, layout, "difficulty, nor hashrate that it could be derived from")),
            }
        }
    }
}

fn lacking(path: &Path, layout: &Layout, what: &str) -> Diagnostic {
    let place = Place { path: path.to_owned(), line: 1, ..Place::default() };
    let columns = layout.headers.join(", ");
    Diagnostic::error(Code::MissingColumn, place, format!("has no {what} (its columns: {columns})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_of_hashrate_is_that_of_the_job_or_of_the_header() {
        for (header, unit) in [
            ("HashRate", Some(1.0)),
            ("hash-rate", Some(1.0)),
            ("Hash Rate", Some(1e-12)),
            ("Hashrate GH", Some(1e-3)),
            ("hashrate_ths", Some(1.0)),
            ("Hashrate PH", Some(1e3)),
            ("hashrate-eh", Some(1e6)),
            ("hashrate", None),
            ("rate", None),
        ] {
            assert_eq!(terahash(header, None), unit, "{header}");
        }
        let units = [
            (Unit::HashPerSecond, 1e-12),
            (Unit::GigahashPerSecond, 1e-3),
            (Unit::TerahashPerSecond, 1.0),
            (Unit::PetahashPerSecond, 1e3),
            (Unit::ExahashPerSecond, 1e6),
        ];
        for (declared, unit) in units {
            assert_eq!(terahash("Hash Rate", Some(declared)), Some(unit), "the job's word counts");
        }
    }

    #[test]
    fn a_count_of_seconds_is_known_by_its_length() {
        assert!(matches!(epoch("1735689600"), Some(DateFormat::EpochSeconds)));
        assert!(matches!(epoch("1735689600000"), Some(DateFormat::EpochMilliseconds)));
        assert!(
            ["2025-01-01", "173568960", "17356896000", "1735689600.00"]
                .iter()
                .all(|text| epoch(text).is_none())
        );
    }
}
