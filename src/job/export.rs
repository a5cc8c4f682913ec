//! `[exports]`: where each export is and how it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::FiscalYear;

use super::date_format::DateFormat;
use super::steps::Steps;
use super::values::{Factor, Positive};
use super::words::Words;

/// `[exports]`: one entry an export, relative to the job file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exports {
    /// Day the exports were made, when later than the as-of date: delivered quantities and order states are
    /// then not from the as-of date and are not used; nor is `prepaid_usd` from it, which counts all the same: the export `payments` has dates. Empty: made on the as-of date.
    #[serde(default, deserialize_with = "super::values::day")]
    pub exported_on: Option<NaiveDate>,
    /// Order lines.
    pub futures_orders: Export,
    /// Daily hashprice, or what it can be derived from.
    pub hashprice: Export,
    /// Daily difficulty, or the list of retargets.
    pub difficulty: Export,
    /// Machines on hand at distributors.
    pub channel_inventory: Option<Export>,
    /// What really left the door.
    pub shipments: Option<Export>,
    /// What customers paid of their orders, and what is due when. Empty: the orders' own `prepaid_usd`.
    pub payments: Option<Export>,
    /// Stock on hand and open wafer orders.
    pub supply: Option<Export>,
    /// What was agreed of order lines after they were signed.
    pub order_changes: Option<Export>,
    /// Who belongs to whom, what power customers have and when, and up to what they may owe.
    pub customers: Option<Export>,
    /// Orders talked about and not signed, with their probability.
    pub pipeline: Option<Export>,
    /// Planners' adjustments of the forecast.
    pub overrides: Option<Export>,
    /// Further drivers of demand.
    pub drivers: Option<Export>,
    /// What was decided of proposed wafer orders. Empty: `placed_orders.csv` of the vintage before.
    pub placed_orders: Option<Export>,
}

impl Exports {
    /// With the fiscal year of the job.
    pub(super) fn in_year(&mut self, year: FiscalYear) {
        let required = [&mut self.futures_orders, &mut self.hashprice, &mut self.difficulty];
        let optional = [
            &mut self.channel_inventory,
            &mut self.shipments,
            &mut self.payments,
            &mut self.supply,
            &mut self.order_changes,
            &mut self.customers,
            &mut self.pipeline,
            &mut self.overrides,
            &mut self.drivers,
            &mut self.placed_orders,
        ];
        for export in required.into_iter().chain(optional.into_iter().flatten()) {
            export
                .date_format
                .iter_mut()
                .chain(export.date_formats.values_mut())
                .for_each(|form| form.in_year(year));
        }
    }

    /// Every export that the job has, with its key.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Export)> {
        [
            ("futures_orders", Some(&self.futures_orders)),
            ("hashprice", Some(&self.hashprice)),
            ("difficulty", Some(&self.difficulty)),
            ("channel_inventory", self.channel_inventory.as_ref()),
            ("shipments", self.shipments.as_ref()),
            ("payments", self.payments.as_ref()),
            ("supply", self.supply.as_ref()),
            ("order_changes", self.order_changes.as_ref()),
            ("customers", self.customers.as_ref()),
            ("pipeline", self.pipeline.as_ref()),
            ("overrides", self.overrides.as_ref()),
            ("drivers", self.drivers.as_ref()),
            ("placed_orders", self.placed_orders.as_ref()),
        ]
        .into_iter()
        .filter_map(|(name, export)| Some((name, export?)))
    }
}

/// One export: where it is and how it is written. What is not declared must be plain from the file itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Path, relative to the job file; `*` and `?` stand for any characters, so that several files make one export.
    /// `{as_of}`, `{year}`, `{month}`, `{fiscal_year}` and `{quarter}` are those of the as-of date: 2025-09-30, 2025, 09, 2025, 3.
    pub path: PathBuf,
    /// wafercast's column name = the name in this export.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Word in this export = wafercast's word, for order types, segments, states and kinds of supply. Words of one column stand
    /// in a table by wafercast's name of the column: `words = { status = { C = "completed" } }`, and go before the others.
    #[serde(default)]
    pub words: Words,
    /// What stands in cells without a value, such as `NULL`, `#N/A` or `00.00.0000`: the whole cell, in any case. Such a cell
    /// is read as an empty one, wherever it stands.
    #[serde(default)]
    pub empty: Vec<String>,
    /// Character between cells. Empty: found from the header.
    pub delimiter: Option<char>,
    /// Encoding by its WHATWG name, such as `gb18030`, `windows-1252` or `utf-16le`. Empty: UTF-8, or what a byte
    /// order mark says.
    pub encoding: Option<String>,
    /// Form of dates: chrono's notation, or `serial`, `serial_1904`, `epoch_s`, `epoch_ms`, `quarter`, `quarter_end` (`calendar_quarter`
    /// or `fiscal_quarter` where the job has a fiscal year), `iso_week`, `iso_week_end`; or a list of forms, where a cell that is two days by two of them is refused. Empty: year first.
    pub date_format: Option<DateFormat>,
    /// The same for single columns, by wafercast's name: exports of more than one system have more than one form.
    #[serde(default)]
    pub date_formats: BTreeMap<String, DateFormat>,
    /// Mark before the decimals, `.` or `,`. Empty: `.`, and what could be read both ways is refused.
    pub decimal_mark: Option<char>,
    /// What stands after numbers = what it multiplies them by: `suffixes = { Nos = 1, T = 1e12 }`, up to 1e18. Other text after a
    /// number is refused.
    #[serde(default)]
    pub suffixes: BTreeMap<String, Factor>,
    /// Currency of the amounts of orders where no column names one, such as `CNY`. Empty: USD.
    pub currency: Option<String>,
    /// USD for one unit of a currency: `usd_per = { CNY = 0.14 }`.
    #[serde(default)]
    pub usd_per: BTreeMap<String, Positive>,
    /// The same the other way round, units for one USD: `per_usd = { CNY = 7.1 }`.
    #[serde(default)]
    pub per_usd: BTreeMap<String, Positive>,
    /// File of rates by day, relative to the job file, with the columns `date`, `currency`, and `usd_per` or `per_usd`. An order is
    /// taken at the last rate up to its day of signature, which must be of the 31 days before.
    pub rates: Option<PathBuf>,
    /// Unit of the values where the header does not say.
    pub unit: Option<Unit>,
    /// What a market export whose header does not say it holds.
    pub chart: Option<Chart>,
    /// Steps that bring the file into the shape of an export, in order; each is described below.
    #[serde(default)]
    pub steps: Steps,
    /// Sheet of a workbook. Empty: its only one.
    pub sheet: Option<String>,
    /// Cells of the sheet, such as `A4:P200` or `B:H`. Empty: all.
    pub range: Option<String>,
    /// Where the rows of JSON are: names with points between, such as `data.items`. Empty: found.
    pub json_path: Option<String>,
    /// Whether of several files that `path` means the last in the order of their names is the export: the newest, where
    /// names hold their day year first.
    #[serde(default)]
    pub newest: bool,
    /// Whether the export may be given without a row: none shipped, none in the channel, nothing on hand or on order.
    #[serde(default)]
    pub may_be_empty: bool,
}

/// Declared unit of a market export.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub enum Unit {
    /// USD per petahash per second per day.
    #[serde(rename = "usd_per_ph_day")]
    UsdPerPhDay,
    /// USD per terahash per second per day.
    #[serde(rename = "usd_per_th_day")]
    UsdPerThDay,
    /// BTC per petahash per second per day, with the price of the day in the file or in `rates`.
    #[serde(rename = "btc_per_ph_day")]
    BtcPerPhDay,
    /// BTC per terahash per second per day, the same.
    #[serde(rename = "btc_per_th_day")]
    BtcPerThDay,
    /// Satoshi, a hundred-millionth of a BTC, per terahash per second per day, the same.
    #[serde(rename = "sats_per_th_day")]
    SatsPerThDay,
    /// Hashes per second.
    #[serde(rename = "h_per_s")]
    HashPerSecond,
    /// Gigahash per second.
    #[serde(rename = "gh_per_s")]
    GigahashPerSecond,
    /// Terahash per second.
    #[serde(rename = "th_per_s")]
    TerahashPerSecond,
    /// Petahash per second.
    #[serde(rename = "ph_per_s")]
    PetahashPerSecond,
    /// Exahash per second.
    #[serde(rename = "eh_per_s")]
    ExahashPerSecond,
    /// Hashes expected for one block: difficulty x 2^32.
    #[serde(rename = "hashes_per_block")]
    HashesPerBlock,
    /// Difficulty in trillions.
    #[serde(rename = "difficulty_t")]
    DifficultyTrillions,
}

impl Unit {
    /// Whether it is of bitcoin.
    pub const fn is_btc(self) -> bool {
        matches!(self, Self::BtcPerPhDay | Self::BtcPerThDay | Self::SatsPerThDay)
    }
}

/// What a market export whose header does not say it holds, by blockchain.com's names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chart {
    /// Mining difficulty.
    Difficulty,
    /// Network hashrate.
    HashRate,
    /// USD a day that miners received, subsidy and fees.
    MinersRevenue,
    /// Hashprice, in the declared unit.
    Hashprice,
}
