//! Sheet `Market`: hashprice, difficulty and implied price, past and by scenario.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::Table;

use super::charts::{self, MarketSeries};
use super::sheet::Sheet;
use super::style::{Look, MONTH};
use super::view::{View, days};
use crate::tables::Column;
use crate::tables::declared::market as m;

/// Column of the sheet.
const SHEET: &str = "Market";
/// Row of the heads.
const HEADS: u32 = 4;

/// A number of the market: title, unit, its column and those of its interval, how it is shown, and on an axis.
struct Quantity {
    title: &'static str,
    unit: &'static str,
    column: Column,
    interval: Option<(Column, Column)>,
    form: &'static str,
    axis: &'static str,
}

const QUANTITIES: [Quantity; 3] = [
    Quantity {
        title: "Hashprice",
        unit: "USD/PH/day",
        column: m::hashprice_usd_per_ph_day,
        interval: Some((m::hashprice_p10, m::hashprice_p90)),
        form: "#,##0.00",
        axis: "#,##0",
    },
    Quantity {
        title: "Difficulty",
        unit: "trillions",
        column: m::difficulty,
        interval: None,
        form: "#,##0.0,,,,",
        axis: "#,##0,,,,",
    },
    Quantity {
        title: "Implied bitcoin price",
        unit: "USD",
        column: m::implied_price_usd,
        interval: Some((m::implied_price_p10, m::implied_price_p90)),
        form: "#,##0",
        axis: "#,##0",
    },
];

pub(super) fn sheet(tables: &[Table], manifest: &Manifest) -> Result<Worksheet, Error> {
    let view = View::of(tables, m::NAME);
    let mut sheet = Sheet::new(
        SHEET,
        "Market: past and by scenario",
        "p10 and p90: 10th and 90th percentile over the paths of the base scenario. Implied price: hashprice x hashrate / (144 x subsidy), fees counted in. Difficulty is shown in trillions; the cells hold it whole.",
    )?;
    let months = days(view.rows(), m::month);
    if months.is_empty() {
        sheet.text(HEADS, 0, "no data", Look::Note)?;
        return sheet.finish(manifest, (0, 0));
    }
    let scenarios = view.texts(m::scenario);
    sheet.text(HEADS, 0, "Month", Look::Head)?;
    for (row, month) in (HEADS + 1..).zip(&months) {
        sheet.date(row, 0, *month, Look::Plain, MONTH)?;
    }
    let bottom = HEADS + u32::try_from(months.len()).unwrap_or(0);
    let mut left = 1;
    for (place, quantity) in QUANTITIES.iter().enumerate() {
        let mut series = vec!["actual".to_owned()];
        series.extend(scenarios.iter().cloned());
        if quantity.interval.is_some() {
            series.extend(["p10".to_owned(), "p90".to_owned()]);
        }
        let right = left + u16::try_from(series.len() - 1).unwrap_or(0);
        sheet.block(HEADS - 1, (left, right), &format!("{} ({})", quantity.title, quantity.unit))?;
        let mut drawn = Vec::new();
        for (col, name) in (left..).zip(&series) {
            sheet.text(HEADS, col, name, Look::HeadRight)?;
            for row in view.rows() {
                let actual = row.text(m::kind) == "actual";
                let (wanted, column) = match (name.as_str(), quantity.interval) {
                    ("actual", _) => (actual && row.text(m::scenario) == "base", quantity.column),
                    ("p10", Some((low, _))) => (row.text(m::scenario) == "base", low),
                    ("p90", Some((_, high))) => (row.text(m::scenario) == "base", high),
                    (scenario, _) => (!actual && row.text(m::scenario) == scenario, quantity.column),
                };
                let at = row.date(m::month).and_then(|month| months.binary_search(&month).ok());
                if let (true, Some(at), Some(number)) = (wanted, at, row.number(column)) {
                    let row = HEADS + 1 + u32::try_from(at).unwrap_or(0);
                    sheet.number(row, col, Some(number), Look::Plain, quantity.form)?;
                }
            }
            drawn.push(MarketSeries { name, values: (SHEET, HEADS + 1, col, bottom, col) });
        }
        let categories = (SHEET, HEADS + 1, 0, bottom, 0);
        let chart = charts::market(quantity.title, quantity.unit, quantity.axis, categories, &drawn);
        let col = [0, 6, 11][place];
        sheet.chart(bottom + 2, col, &chart)?;
        left = right + 1;
    }
    let mut widths = vec![11.0];
    widths.resize(usize::from(left), 10.5);
    sheet.widths(&widths)?;
    sheet.finish(manifest, (HEADS + 1, 1))
}
