//! The sections of the job file. Defaults stand here once; `jobs/quarterly.toml` repeats them in words.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::diagnostic::{Code, Severity};
use crate::domain::{FiscalYear, Month, Share};
use crate::table::Dialect;

use super::assumptions::Assumption;
use super::budget::Budget;
use super::cash::Cash;
use super::drivers::{Driver, DriverEffect, DriverKind};
use super::export::Exports;
use super::factory::Factory;
use super::order_ids::OrderIdRule;
use super::parts::Part;
use super::plausibility::Plausibility;
use super::policy::Policy;
use super::pricing::{Mining, Pricing};
use super::products::Catalogue;
use super::reconciliation::Limits;
use super::spares::Spares;
use super::values::{AtLeastZero, Positive, at_least_zero, share};

/// A checked job.
#[derive(Clone, Debug)]
pub struct Job {
    /// The file it was read from.
    pub path: PathBuf,
    /// SHA-256 of that file, hexadecimal.
    pub sha256: String,
    /// Its text, published beside what was made with it.
    pub text: String,
    /// Name, as-of date, output folder, seed.
    pub run: Run,
    /// Where the exports are and how they are written.
    pub exports: Exports,
    /// What is tolerated in the exports.
    pub reading: Reading,
    /// How seriously each check is taken.
    pub checks: Checks,
    /// How far values may be from what is known of their kind.
    pub plausibility: Plausibility,
    /// How far sources may differ.
    pub reconciliation: Limits,
    /// How the market is projected forward.
    pub market: Market,
    /// How demand is forecast.
    pub demand: Demand,
    /// What is said of the drivers in the `drivers` export.
    pub drivers: Vec<Driver>,
    /// Price paths of the user's own.
    pub scenarios: Scenarios,
    /// Rules of wafer orders.
    pub wafers: Wafers,
    /// Chips for machines in the field. Empty: a share of those built in.
    pub spares: Option<Spares>,
    /// What is taken for granted.
    pub assumptions: Vec<Assumption>,
    /// How many machines can be assembled.
    pub factory: Factory,
    /// Parts other than chips that limit how many machines can be built.
    pub parts: Vec<Part>,
    /// Terms of payment with customers.
    pub cash: Cash,
    /// What may be prepaid, and how low cash may fall.
    pub budget: Budget,
    /// Targets that the policy checks compare with.
    pub policy: Policy,
    /// What machines fetch.
    pub pricing: Pricing,
    /// Mining with machines that are not sold.
    pub mining: Mining,
    /// What is written.
    pub output: Output,
    /// Models, chips and foundries.
    pub catalogue: Catalogue,
}

impl Job {
    /// When a driver of the `drivers` export is known: as declared, else lag-only.
    pub fn driver_kind(&self, name: &str) -> DriverKind {
        self.drivers
            .iter()
            .find(|driver| driver.name.get_ref() == name)
            .map_or(DriverKind::LagOnly, |d| d.kind)
    }

    /// Spare chips drawn for every chip that is built in: none where they are drawn for machines in the field.
    pub fn spares_share(&self) -> f64 {
        if self.spares.is_some() { 0.0 } else { self.wafers.spares_share.get() }
    }

    /// The drivers declared, in their order, then those that the export has beside them.
    pub fn drivers_of<'a>(
        &'a self,
        exported: impl Iterator<Item = &'a String>,
    ) -> Vec<(&'a str, DriverKind, DriverEffect)> {
        let declared = self.drivers.iter().map(|d| (d.name.get_ref().as_str(), d.kind, d.effect));
        let mut found: Vec<_> = declared.collect();
        for name in exported {
            if !found.iter().any(|(known, ..)| known == name) {
                found.push((name, DriverKind::LagOnly, DriverEffect::Any));
            }
        }
        found
    }
}

/// `[job]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Name of the job, shown in the outputs.
    pub name: String,
    /// Month end that the forecast is made as of. Empty: the last completed quarter.
    #[serde(default, deserialize_with = "super::values::day")]
    pub as_of: Option<NaiveDate>,
    /// Where the date is read by which a quarter has ended. Empty: the system's zone.
    #[serde(default, deserialize_with = "super::values::time_zone")]
    pub time_zone: Option<chrono_tz::Tz>,
    /// Month that the fiscal year starts in, 1 to 12: quarters, vintages, replays and the last completed quarter are of it. Quarters
    /// are called `FY2026Q1`, by the calendar year in which the fiscal year ends, and `2026Q1` where it is the calendar year.
    #[serde(default)]
    pub fiscal_year_starts: FiscalYear,
    /// Names of the job under which vintages of the output folder were made before.
    #[serde(default)]
    pub formerly: Vec<String>,
    /// Folder of the vintages, relative to the job file.
    pub out: PathBuf,
    /// Seed of the simulated paths.
    pub seed: u64,
    /// Number of simulated paths, 200 to 100,000.
    #[serde(default = "default_paths")]
    pub paths: u32,
}

const fn default_paths() -> u32 {
    2000
}

/// `[reading]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reading {
    /// Bad rows that may be left out of one export before the run refuses it.
    pub rejected_rows_allowed: u64,
    /// Megabytes that a gzip or Parquet file may unpack to; a hundred times its own size it always may.
    pub unpacked_mb_allowed: u64,
    /// Days that hashprice and difficulty may stop before the as-of date, and longest hole in them.
    pub stale_days: u32,
    /// What does not count when order numbers of orders and shipments are compared. Empty: as written.
    pub order_id_rule: OrderIdRule,
}
defaults!(Reading {
    rejected_rows_allowed: 0,
    unpacked_mb_allowed: 64,
    stale_days: 7,
    order_id_rule: OrderIdRule::default(),
});

/// `[checks]`: severity by the code of a check, where it is not the usual one.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Checks(pub std::collections::BTreeMap<String, CheckSeverity>);

impl Checks {
    /// How seriously the job takes a check that is usually taken as `usual`; `None`: not at all.
    pub fn severity(&self, code: Code, usual: Severity) -> Option<Severity> {
        match self.0.get(code.name()) {
            None => Some(usual),
            Some(CheckSeverity::Error) => Some(Severity::Error),
            Some(CheckSeverity::Warning) => Some(Severity::Warning),
            Some(CheckSeverity::Off) => None,
        }
    }
}

/// How seriously a check is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckSeverity {
    /// Nothing is published.
    Error,
    /// Published, and said.
    Warning,
    /// Not said at all.
    Off,
}

/// `[market]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Market {
    /// Months of history that the volatility of price is measured on, 1 to 240.
    pub volatility_months: u32,
    /// First month with the halved block subsidy, beyond those already known.
    pub next_halving: Month,
}
defaults!(Market { volatility_months: 36, next_halving: Month::from_index(2028 * 12 + 3) });

/// `[demand]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Demand {
    /// Months of orders that the catch-up rate is measured on, 1 to 240.
    pub rate_months: u32,
    /// Months of intake that give the mix of models, 1 to 240.
    pub mix_months: u32,
    /// Months by which machines may be past due and count as firm, 1 to 120.
    pub past_due_months: u32,
    /// Growth of order intake a year at an unchanged market, as a log.
    pub growth_per_year: AtLeastZero,
    /// Spread of order intake before past errors set it, as a multiple of the prior's.
    pub intake_spread: AtLeastZero,
    /// Keys of earlier versions: read, reported and without effect.
    #[serde(rename = "booking_months")]
    pub obsolete_booking_months: Option<serde::de::IgnoredAny>,
    /// The same.
    #[serde(rename = "prior_origins")]
    pub obsolete_prior_origins: Option<serde::de::IgnoredAny>,
    /// The same.
    #[serde(rename = "candidates")]
    pub obsolete_candidates: Option<serde::de::IgnoredAny>,
    /// The same.
    #[serde(rename = "penalty")]
    pub obsolete_penalty: Option<serde::de::IgnoredAny>,
    /// The same.
    #[serde(rename = "tweedie_power")]
    pub obsolete_tweedie_power: Option<serde::de::IgnoredAny>,
}
impl Demand {
    /// Keys given that no longer do anything.
    pub fn without_effect(&self) -> Vec<&'static str> {
        [
            ("booking_months", self.obsolete_booking_months.is_some()),
            ("prior_origins", self.obsolete_prior_origins.is_some()),
            ("candidates", self.obsolete_candidates.is_some()),
            ("penalty", self.obsolete_penalty.is_some()),
            ("tweedie_power", self.obsolete_tweedie_power.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, given)| given.then_some(key))
        .collect()
    }
}
defaults!(Demand {
    rate_months: 24,
    mix_months: 6,
    past_due_months: 12,
    growth_per_year: at_least_zero(0.075),
    intake_spread: at_least_zero(1.0),
    obsolete_booking_months: None,
    obsolete_prior_origins: None,
    obsolete_candidates: None,
    obsolete_penalty: None,
    obsolete_tweedie_power: None,
});

/// `[scenarios]`: price at the end, or mean difficulty, of each month ahead as a multiple of today's, 12 numbers each.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenarios {
    /// Instead of the 10th percentile path.
    pub bear: Option<Vec<Positive>>,
    /// Instead of the 50th percentile path.
    pub base: Option<Vec<Positive>>,
    /// Instead of the 90th percentile path.
    pub bull: Option<Vec<Positive>>,
    /// Difficulty of the bear scenario, instead of its response to the price.
    pub bear_difficulty: Option<Vec<Positive>>,
    /// Difficulty of the base scenario.
    pub base_difficulty: Option<Vec<Positive>>,
    /// Difficulty of the bull scenario.
    pub bull_difficulty: Option<Vec<Positive>>,
}

/// `[wafers]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wafers {
    /// Spare chips drawn for every chip that is built in. Not used where `[spares]` is given.
    pub spares_share: AtLeastZero,
    /// Share of chips lost in assembly, at most 0.5.
    pub assembly_loss: Share,
    /// Months from chips in hand to machines out, at most 12.
    pub assembly_months: u32,
    /// Months from bare dies to chips in hand, for dies on hand: packaging and test, at most 12.
    pub packaging_months: u32,
    /// Days past its due date up to which a wafer order that is still open counts as received, at most 3660.
    pub overdue_days: u32,
    /// Months between two runs (R of the order-up-to rule), 1 to 12: an order due before the next run is placed now.
    pub review_months: u32,
    /// Cost of money, at most 0.2 a month: what is prepaid is paid for until its machines can ship.
    pub capital_rate_per_month: AtLeastZero,
    /// Share of the margin of machines not there in their month that the order rule counts as lost: what customers do not take any more,
    /// now or later; the others ship late at the same price. At least what leaves in `review_months`.
    pub lost_share: Share,
    /// Share of late customers who leave in a month, in stock, revenue and cash. Empty: learned from the orders that were cancelled
    /// while past due.
    pub leave_share_per_month: Option<Share>,
    /// Lost on a machine that a customer does not get in time, beyond its margin, USD.
    pub shortage_penalty_usd: AtLeastZero,
    /// Months of demand that can be cleared or mined with at once; what is left over beyond waits for later demand.
    pub clearable_months: AtLeastZero,
    /// Value that a machine's chips lose a month while they wait, as a share of the machine's price.
    pub value_loss_per_month: Share,
    /// Months of orders whose mean price per TH machines are taken to sell at when wafers ordered now ship; 0: list price.
    pub price_months: u32,
    /// Share of today's list price in the price that machines are taken to sell at; the rest is that of `price_months`.
    pub list_price_share: Share,
    /// Service level of the order rule in place of the critical ratio.
    pub service_level: Option<Share>,
    /// Highest service level that the critical ratio may ask for.
    pub most_service_level: Share,
}
defaults!(Wafers {
    spares_share: at_least_zero(0.02),
    assembly_loss: share(0.01),
    assembly_months: 1,
    packaging_months: 1,
    overdue_days: 30,
    review_months: 3,
    capital_rate_per_month: at_least_zero(0.01),
    lost_share: share(0.5),
    leave_share_per_month: None,
    shortage_penalty_usd: at_least_zero(0.0),
    price_months: 36,
    list_price_share: Share::ZERO,
    clearable_months: at_least_zero(1.0),
    value_loss_per_month: share(0.03),
    service_level: None,
    most_service_level: share(0.8),
});

/// `[output]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// What is written: the tables as `csv` and `parquet`, and for people the workbook `xlsx` and the page `html`.
    pub formats: Vec<Format>,
    /// Character between the cells of a CSV file: `,` `;` `|` or a tab.
    pub csv_delimiter: char,
    /// Mark before the decimals of a CSV file: `.` or `,`.
    pub csv_decimal_mark: char,
    /// Whether a CSV file begins with a byte order mark.
    pub csv_bom: bool,
    /// Currency of every amount of the output. Only `USD`: hashprice, list prices and terms of foundries are in it, and of the months
    /// ahead no rate is known. Amounts of exports in other currencies become USD by their own rates. Empty: `USD`.
    pub reporting_currency: Option<ReportingCurrency>,
}
defaults!(Output {
    formats: vec![Format::Csv, Format::Parquet, Format::Xlsx, Format::Html],
    csv_delimiter: ',',
    csv_decimal_mark: '.',
    csv_bom: false,
    reporting_currency: None,
});

/// The currency of the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum ReportingCurrency {
    /// US dollars.
    Usd,
}

impl TryFrom<String> for ReportingCurrency {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        if name == "USD" {
            return Ok(Self::Usd);
        }
        Err(format!(
            "`{name}`: every amount of the output is in USD. Prices, hashprice and wafer costs of the months ahead are, and no rate of those months is known: convert the tables by a rate of your own, and leave this key out"
        ))
    }
}

impl Output {
    /// How the CSV files are written.
    pub const fn dialect(&self) -> Dialect {
        Dialect { delimiter: self.csv_delimiter, decimal_mark: self.csv_decimal_mark, bom: self.csv_bom }
    }
}

/// A format of what is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma separated text.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// The workbook `forecast.xlsx`.
    Xlsx,
    /// The page `report.html`.
    Html,
}
