//! What one unit of another currency was worth in USD: as the job says, or by day in a file of its own.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::cells::currency;
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::files::shapes::Shapes;
use crate::ingest::rows::reading::Reading;
use crate::job::Export;

const DATE: usize = 0;
const CURRENCY: usize = 1;
const USD_PER: usize = 2;
const PER_USD: usize = 3;

/// The columns, in the order of the constants above.
const COLUMNS: &[Column] = &[
    required("date", &["time", "timestamp"]),
    optional("currency", &["currency code", "ccy"]),
    optional("usd_per", &["PriceUSD", "price_usd"]),
    optional("per_usd", &[]),
];

/// Days for which a rate holds where none follows: files of monthly rates are read, too.
const HOLDS_DAYS: i64 = 31;

/// A rate as it is given, so that 14,910 CNY at 7.1 a dollar are 2,100 USD and not the next number to it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::ingest) enum Rate {
    /// USD for one unit.
    UsdPer(f64),
    /// Units for one USD.
    PerUsd(f64),
}

impl Rate {
    /// An amount in USD.
    pub(in crate::ingest) fn usd(self, amount: f64) -> f64 {
        match self {
            Self::UsdPer(usd) => amount * usd,
            Self::PerUsd(units) => amount / units,
        }
    }
}

/// Rates of an export.
#[derive(Clone, Default, Debug)]
pub(in crate::ingest) struct Rates {
    constant: BTreeMap<String, Rate>,
    by_day: BTreeMap<String, BTreeMap<NaiveDate, Rate>>,
    /// Currency of amounts where no column names one.
    own: Option<String>,
}

impl Rates {
    /// Reads what the job says of an export; wrong rows of its file are reported, none is tolerated.
    pub(in crate::ingest) fn of(reading: &mut Reading<'_>, export: &Export) -> Self {
        let code = |text: &str| currency::code(text).unwrap_or_else(|| text.to_uppercase());
        let given = export.usd_per.iter().map(|(name, usd)| (code(name), Rate::UsdPer(usd.get())));
        let inverse = export.per_usd.iter().map(|(name, units)| (code(name), Rate::PerUsd(units.get())));
        let mut rates = Self {
            constant: given.chain(inverse).collect(),
            by_day: BTreeMap::new(),
            own: export.currency.as_deref().map(code),
        };
        if let Some(path) = &export.rates {
            let located = Located {
                name: "rates",
                export: Export::default(),
                files: vec![path.clone()],
                shapes: Shapes::default(),
            };
            // Files without a column of currencies are of the export's own.
            let own = match export.unit {
                Some(unit) if unit.is_btc() => Some("BTC".to_owned()),
                _ => rates.own.clone(),
            };
            let each =
                |table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<(String, NaiveDate, Rate, u64)>| {
                    let rate = rate(table, row, own.as_deref());
                    let used = rate.is_some();
                    rows.extend(rate.map(|(code, day, usd)| (code, day, usd, row.line)));
                    used
                };
            let allowed = std::mem::replace(&mut reading.allowed, 0);
            reading.simple(&located, COLUMNS, each, |path, rows| {
                let mut problems = Vec::new();
                for (code, day, usd, line) in rows.into_iter().flatten() {
                    let known = rates.by_day.entry(code.clone()).or_default().insert(day, usd);
                    if known.is_some_and(|known| known != usd) {
                        let place = Place {
                            path: path.to_owned(),
                            line,
                            column: "date".to_owned(),
                            value: day.to_string(),
                        };
                        let reason = format!("has two rates of {code}");
                        problems.push(Diagnostic::error(Code::DuplicateRow, place, reason));
                    }
                }
                problems
            });
            reading.allowed = allowed;
        }
        rates
    }

    /// Currency of amounts where no column names one; `None`: USD.
    pub(in crate::ingest) fn own(&self) -> Option<&str> {
        self.own.as_deref()
    }

    /// Whether there are rates of a currency by day.
    pub(in crate::ingest) fn has_days(&self, code: &str) -> bool {
        self.by_day.contains_key(code)
    }

    /// The rate of a currency on a day: the last one up to the day.
    ///
    /// # Errors
    /// Why there is none, as a sentence fragment.
    pub(in crate::ingest) fn usd(&self, code: &str, day: NaiveDate) -> Result<Rate, String> {
        if let Some(days) = self.by_day.get(code) {
            let last = days.range(..=day).next_back();
            let held = last.filter(|(date, _)| (day - **date).num_days() <= HOLDS_DAYS);
            let usd = held.map(|(_, usd)| *usd);
            let usd = usd.or_else(|| self.constant.get(code).copied());
            return usd.ok_or_else(|| {
                let last = last.map_or_else(
                    || "the first one is later".to_owned(),
                    |(date, _)| {
                        format!("the last one before is of {date}, and a rate holds for {HOLDS_DAYS} days")
                    },
                );
                format!("is in {code}, and the rates of the job have none for {day}: {last}")
            });
        }
        self.constant.get(code).copied().ok_or_else(|| {
            format!(
                "is in {code}, not USD: give its rate in the job, usd_per = {{ {code} = ... }} or rates = a file by date, convert the amounts where the export is made, or, where the word means USD, say so with words"
            )
        })
    }
}

impl Rates {
    /// An amount of a row in USD, by the currency that its `column` names and the rate of a day; `None` where there is no rate,
    /// which is reported.
    pub(in crate::ingest) fn taken(
        &self,
        table: &mut Table<'_>,
        row: &Row<'_>,
        column: usize,
        (amount, day): (f64, NaiveDate),
    ) -> Option<f64> {
        let Some(code) = currency::of_row(table, row, column, self.own()) else { return Some(amount) };
        match self.usd(&code, day) {
            Ok(rate) => Some(rate.usd(amount)),
            Err(reason) => {
                let text = table.text(row, column).unwrap_or_default().to_owned();
                table.reject(row.line, Some(column), &text, (Code::OtherCurrency, reason));
                None
            }
        }
    }
}

/// One row of the file.
fn rate(table: &mut Table<'_>, row: &Row<'_>, own: Option<&str>) -> Option<(String, NaiveDate, Rate)> {
    let before = table.problems();
    let day = table.need_date(row, DATE);
    let usd_per = table.maybe_market_value(row, USD_PER);
    let per_usd = table.maybe_market_value(row, PER_USD);
    let code = match table.text(row, CURRENCY) {
        Some(text) => currency::code(text).or_else(|| Some(text.to_uppercase())),
        None => own.map(str::to_owned),
    };
    if code.is_none() {
        let reason = "is empty: say which currency the rate is of".to_owned();
        table.reject(row.line, Some(CURRENCY), "", (Code::EmptyCell, reason));
    }
    let usd = match (usd_per?.filter(|rate| *rate > 0.0), per_usd?.filter(|rate| *rate > 0.0)) {
        (Some(usd), None) => Some(Rate::UsdPer(usd)),
        (None, Some(units)) => Some(Rate::PerUsd(units)),
        _ => {
            let reason = "give one of usd_per (USD for one unit) and per_usd (units for one USD)".to_owned();
            table.reject(row.line, Some(USD_PER), "", (Code::BadNumber, reason));
            None
        }
    };
    if table.problems() > before { None } else { Some((code?, day?, usd?)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_rate_holds_until_the_next_and_not_for_ever() {
        let by_day = [(day("2025-01-31"), Rate::UsdPer(0.14)), (day("2025-02-28"), Rate::PerUsd(7.1))].into();
        let rates = Rates { by_day: [("CNY".to_owned(), by_day)].into(), ..Rates::default() };
        assert_eq!(rates.usd("CNY", day("2025-01-31")), Ok(Rate::UsdPer(0.14)));
        assert_eq!(rates.usd("CNY", day("2025-02-27")), Ok(Rate::UsdPer(0.14)));
        assert_eq!(rates.usd("CNY", day("2025-03-31")), Ok(Rate::PerUsd(7.1)), "31 days after");
        assert!(rates.usd("CNY", day("2025-04-01")).unwrap_err().contains("of 2025-02-28"));
        assert!(rates.usd("CNY", day("2025-01-30")).unwrap_err().contains("the first one is later"));
        assert_eq!(Rate::PerUsd(7.1).usd(14_910.0).to_bits(), 2100_f64.to_bits());
        assert!(rates.usd("EUR", day("2025-02-27")).unwrap_err().contains("usd_per = { EUR"));
    }
}
