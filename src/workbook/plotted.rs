//! Sheet `Chart data`: the numbers that the charts draw, as numbers, so that viewers without formulas draw them too.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::Table;

use super::sheet::Sheet;
use super::style::{Look, MONTH, WHOLE};
use super::view::{Row, View, days};
use crate::tables::Column;
use crate::tables::declared::{
    cash as c, history as h, revisions as r, shipment_forecast as f, wafer_orders as w,
};

/// Column of the sheet.
pub(super) const SHEET: &str = "Chart data";
/// Row of the heads.
const HEADS: u32 = 3;
/// Months of the past that the fan chart shows.
const PAST: usize = 24;

/// A chart's numbers: categories in the first column, a series in each further one.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// First column.
    pub(super) left: u16,
    /// Last row; the first is the one below the heads.
    pub(super) bottom: u32,
    /// Heads of the series.
    pub(super) series: Vec<String>,
}

impl Block {
    /// Whether there is anything to draw.
    pub(super) const fn is_empty(&self) -> bool {
        self.bottom <= HEADS
    }

    /// The categories.
    pub(super) const fn categories(&self) -> (&'static str, u32, u16, u32, u16) {
        (SHEET, HEADS + 1, self.left, self.bottom, self.left)
    }

    /// A series, counted from 0.
    pub(super) const fn values(&self, series: u16) -> (&'static str, u32, u16, u32, u16) {
        (SHEET, HEADS + 1, self.left + 1 + series, self.bottom, self.left + 1 + series)
    }

    /// Its head.
    pub(super) const fn head(&self, series: u16) -> (&'static str, u32, u16) {
        (SHEET, HEADS, self.left + 1 + series)
    }
}

/// Where each chart's numbers are.
#[derive(Debug, Default)]
pub(super) struct Plotted {
    /// Actual, lower end, width of the interval, forecast, with supply.
    pub(super) fan: Block,
    /// Expected of today's orders, still to come, firm, with supply.
    pub(super) stacked: Block,
    /// Wafers by place-by month, a chip a series.
    pub(super) wafers: Block,
    /// Net of the base scenario, then the cumulative cash of each.
    pub(super) cash: Block,
    /// A bridge for each earlier vintage: hidden, total, up, down.
    pub(super) bridges: Vec<(String, Block)>,
}

/// What stands in the first column.
enum Category {
    Month(NaiveDate),
    Text(String),
}

type Line = (Category, Vec<Option<f64>>);

impl Plotted {
    /// Writes the sheet.
    pub(super) fn new(tables: &[Table], manifest: &Manifest) -> Result<(Self, Worksheet), Error> {
        let mut sheet = Sheet::new(
            SHEET,
            "Numbers that the charts draw",
            "From the tables; all models, base scenario where not said otherwise. Nothing here needs to be printed.",
        )?;
        let mut left = 0;
        let mut put = |title: &str, heads: &[String], lines: &[Line]| -> Result<Block, Error> {
            let made = block(&mut sheet, left, title, heads, lines)?;
            left += u16::try_from(heads.len()).unwrap_or(0) + 2;
            Ok(made)
        };
        let heads = |heads: &[&str]| heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>();
        let fan = put(
            "Shipments",
            &heads(&["Shipped", "10th percentile", "80% interval", "Forecast", "With supply and orders"]),
            &fan(tables),
        )?;
        let stacked = put(
            "Parts of the forecast",
            &heads(&[
                "Expected of today's orders",
                "Orders still to come",
                "Firm by contract",
                "With supply and orders",
            ]),
            &stacked(tables),
        )?;
        let (chips, lines) = wafers(tables);
        let wafers = put("Wafers by place-by month", &chips, &lines)?;
        let (names, lines) = cash(tables);
        let cash = put("Cash (USD)", &names, &lines)?;
        let mut bridges = Vec::new();
        for (previous, lines) in bridges_of(tables) {
            let title = format!("Bridge from {previous}");
            let made = put(&title, &heads(&["Below", "Forecast", "More", "Less"]), &lines)?;
            bridges.push((previous, made));
        }
        sheet.widths(&vec![13.0; usize::from(left)])?;
        Ok((Self { fan, stacked, wafers, cash, bridges }, sheet.finish(manifest, (HEADS + 1, 0))?))
    }
}

fn block(
    sheet: &mut Sheet,
    left: u16,
    title: &str,
    heads: &[String],
    lines: &[Line],
) -> Result<Block, Error> {
    sheet.text(HEADS - 1, left, title, Look::Block)?;
    let first = if matches!(lines.first(), Some((Category::Text(_), _))) { "Step" } else { "Month" };
    sheet.text(HEADS, left, first, Look::Head)?;
    for (col, head) in (left + 1..).zip(heads) {
        sheet.text(HEADS, col, head, Look::HeadRight)?;
    }
    sheet.height(HEADS, 30.0)?;
    let mut row = HEADS;
    for (category, numbers) in lines {
        row += 1;
        match category {
            Category::Month(month) => sheet.date(row, left, *month, Look::Plain, MONTH)?,
            Category::Text(text) => sheet.text(row, left, text, Look::Plain)?,
        }
        for (col, number) in (left + 1..).zip(numbers) {
            if number.is_some() {
                sheet.number(row, col, *number, Look::Plain, WHOLE)?;
            }
        }
    }
    Ok(Block { left, bottom: row, series: heads.to_vec() })
}

fn all_base(view: &View) -> impl Iterator<Item = Row<'_>> {
    view.with(f::scenario, "base").filter(|row| row.text(f::model) == "ALL")
}

fn fan(tables: &[Table]) -> Vec<Line> {
    let history = View::of(tables, h::NAME);
    let past: Vec<Row<'_>> = history.with(h::model, "ALL").collect();
    let forecast = View::of(tables, f::NAME);
    let known = past[past.len().saturating_sub(PAST)..].iter().filter_map(|row| {
        let shipped = row.number(h::delivered_units);
        Some((Category::Month(row.date(h::month)?), vec![shipped, None, None, None, None]))
    });
    let ahead = all_base(&forecast).filter_map(|row| {
        let (low, high) = (row.number(f::units_p10), row.number(f::units_p90));
        let width = low.zip(high).map(|(low, high)| high - low);
        let numbers = vec![None, low, width, row.number(f::units), row.number(f::constrained_units)];
        Some((Category::Month(row.date(f::month)?), numbers))
    });
    known.chain(ahead).collect()
}

fn stacked(tables: &[Table]) -> Vec<Line> {
    let forecast = View::of(tables, f::NAME);
    all_base(&forecast)
        .filter_map(|row| {
            let expected = row.number(f::expected_units);
            let to_come = row.number(f::units).zip(expected).map(|(units, expected)| units - expected);
            let numbers =
                vec![expected, to_come, row.number(f::firm_units), row.number(f::constrained_units)];
            Some((Category::Month(row.date(f::month)?), numbers))
        })
        .collect()
}

/// First day of a day's month.
pub(super) fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn wafers(tables: &[Table]) -> (Vec<String>, Vec<Line>) {
    let orders = View::of(tables, w::NAME);
    let chips = orders.texts(w::chip);
    let mut months: BTreeMap<NaiveDate, Vec<Option<f64>>> = BTreeMap::new();
    for row in orders.rows() {
        let (Some(day), Some(chip)) =
            (row.date(w::place_by), chips.iter().position(|chip| chip == row.text(w::chip)))
        else {
            continue;
        };
        let wafers = months.entry(first_of_month(day)).or_insert_with(|| vec![Some(0.0); chips.len()]);
        wafers[chip] = wafers[chip].zip(row.number(w::wafers)).map(|(sum, more)| sum + more);
    }
    (chips, months.into_iter().map(|(month, wafers)| (Category::Month(month), wafers)).collect())
}

fn cash(tables: &[Table]) -> (Vec<String>, Vec<Line>) {
    let cash = View::of(tables, c::NAME);
    let scenarios = cash.texts(c::scenario);
    let lines = days(cash.rows(), c::month)
        .into_iter()
        .map(|month| {
            let of = |scenario: &str, name: Column| {
                let mut rows = cash.with(c::scenario, scenario);
                rows.find(|row| row.date(c::month) == Some(month)).and_then(|row| row.number(name))
            };
            let mut numbers = vec![of("base", c::net_usd)];
            numbers.extend(scenarios.iter().map(|scenario| of(scenario, c::cumulative_usd)));
            (Category::Month(month), numbers)
        })
        .collect();
    let mut heads = vec!["Net of the month, base".to_owned()];
    heads.extend(scenarios.iter().map(|scenario| format!("Cumulative, {scenario}")));
    (heads, lines)
}

/// The parts of a bridge, in order.
pub(super) const PARTS: [Column; 8] = [
    r::corrections,
    r::deliveries,
    r::new_orders,
    r::cancellations,
    r::slips,
    r::drivers,
    r::overrides,
    r::method,
];

/// For each earlier vintage the sums over the months still to come, all models, as floating columns.
fn bridges_of(tables: &[Table]) -> Vec<(String, Vec<Line>)> {
    let view = View::of(tables, r::NAME);
    let bridge = |previous: &String| {
        let rows: Vec<Row<'_>> = view
            .with(r::previous_vintage, previous)
            .filter(|row| row.text(r::model) == "ALL" && row.text(r::status) == "forecast")
            .collect();
        let sum = |name: Column| rows.iter().filter_map(|row| row.number(name)).sum::<f64>();
        let mut level = sum(r::previous);
        let total = |label: String, level: f64| (Category::Text(label), vec![None, Some(level), None, None]);
        let mut lines = vec![total(previous.clone(), level)];
        for part in PARTS {
            let change = sum(part);
            let below = level.min(level + change);
            level += change;
            let numbers =
                vec![Some(below), None, (change > 0.0).then_some(change), (change < 0.0).then_some(-change)];
            lines.push((Category::Text(part.name.replace('_', " ")), numbers));
        }
        lines.push(total("now".to_owned(), sum(r::now)));
        (!rows.is_empty()).then(|| (previous.clone(), lines))
    };
    view.texts(r::previous_vintage).iter().filter_map(bridge).collect()
}
