//! Sheet `Shipments`: a measure and a model a row, months across; base scenario.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_xlsxwriter::{Note, Worksheet};

use crate::error::Error;
use crate::publish::Manifest;

use super::checks::Checks;
use super::sheet::{Done, Sheet, on, relative, wrong};
use super::style::{Look, WHOLE, colour};
use crate::table::Column;
use crate::tables::declared::{shipment_forecast as f, shipment_forecast_quarterly as q};
use crate::views::{ALL, BASE, Row, SCENARIOS, Tables, days, texts};

/// Name of the sheet.
pub(super) const SHEET: &str = "Shipments";

/// Columns before the months.
const BEFORE: u16 = 2;

/// How a block's months add up to quarters and the year.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Adds {
    /// Models add up to `ALL`, months to quarters.
    Both,
    /// Models add up, and a quarter has the value of its last month.
    Models,
    /// Neither: an interval of a sum is no sum of intervals.
    Nothing,
}

/// A measure.
struct Measure {
    title: &'static str,
    /// Its columns, the same by month and by quarter. Several are added up.
    columns: &'static [Column],
    adds: Adds,
    /// Colours of values above 0.
    colours: Option<[u32; 2]>,
    /// The measures, by their place, that it is the sum of.
    sum_of: &'static [usize],
}

const fn measure(title: &'static str, columns: &'static [Column], adds: Adds) -> Measure {
    Measure { title, columns, adds, colours: None, sum_of: &[] }
}

const EXPECTED: usize = 1;
const TO_COME: usize = 2;
const OVERRIDES: usize = 3;
const UNITS: usize = 4;

const MEASURES: [Measure; 12] = [
    measure("Firm", &[f::firm_units], Adds::Both),
    measure("Expected of orders in hand", &[f::expected_units], Adds::Both),
    measure("Orders still to come", &[f::booking_curve_units, f::driver_units], Adds::Both),
    measure("Planners' overrides", &[f::override_units], Adds::Both),
    Measure { sum_of: &[EXPECTED, TO_COME, OVERRIDES], ..measure("Forecast", &[f::units], Adds::Both) },
    measure("Interval, lower end", &[f::units_p10], Adds::Nothing),
    measure("Interval, upper end", &[f::units_p90], Adds::Nothing),
    measure("Ships with supply and orders", &[f::constrained_units], Adds::Both),
    Measure { colours: Some(colour::BAD), ..measure("Short in its month", &[f::short_units], Adds::Both) },
    Measure {
        colours: Some(colour::WATCH),
        ..measure("Waiting at month end", &[f::waiting_units], Adds::Models)
    },
    measure("Revenue, USD", &[f::revenue_usd], Adds::Both),
    measure("Signed, not secured", &[f::unsecured_units], Adds::Both),
];

/// Cells of other sheets' figures: formula and value.
#[derive(Clone, Debug, Default)]
pub(super) struct Shipped {
    /// Forecast of the twelve months, all models.
    pub(super) units: Option<(String, f64)>,
    /// Of it firm.
    pub(super) firm: Option<(String, f64)>,
}

/// The base scenario's numbers by measure, period and model.
struct Numbers {
    months: Vec<NaiveDate>,
    /// Quarters, each with its months' places.
    quarters: Vec<(String, std::ops::RangeInclusive<usize>)>,
    models: Vec<String>,
    of_month: BTreeMap<(usize, NaiveDate, String), f64>,
    of_quarter: BTreeMap<(usize, String, String), f64>,
}

/// The sum of a row's columns, in the table that the row is of; `None` when one of them is empty.
fn value(row: Row<'_>, columns: &[Column]) -> Option<f64> {
    columns.iter().map(|column| row.number(Column { table: row.spec.name, ..*column })).sum()
}

impl Numbers {
    fn new(tables: Tables<'_>) -> Self {
        let base = tables.with(f::scenario, BASE);
        let months = days(&base, f::month);
        let mut quarters: Vec<(String, std::ops::RangeInclusive<usize>)> = Vec::new();
        for (index, month) in months.iter().enumerate() {
            let row = base.iter().find(|row| row.date(f::month) == Some(*month));
            let quarter = row.map(|row| row.text(f::quarter).to_owned()).unwrap_or_default();
            match quarters.last_mut() {
                Some((last, places)) if *last == quarter => *places = *places.start()..=index,
                _ => quarters.push((quarter, index..=index)),
            }
        }
        let (mut of_month, mut of_quarter) = (BTreeMap::new(), BTreeMap::new());
        for (index, measure) in MEASURES.iter().enumerate() {
            for row in &base {
                let number = value(*row, measure.columns);
                if let (Some(month), Some(number)) = (row.date(f::month), number) {
                    of_month.insert((index, month, row.text(f::model).to_owned()), number);
                }
            }
            for row in tables.with(q::scenario, BASE) {
                if let Some(number) = value(row, measure.columns) {
                    let key = (index, row.text(q::quarter).to_owned(), row.text(q::model).to_owned());
                    of_quarter.insert(key, number);
                }
            }
        }
        let used = |model: &&str| {
            of_month.iter().any(|((_, _, m), number)| m == model && *number != 0.0) && *model != "ALL"
        };
        let models = texts(&base, f::model).into_iter().filter(used).map(str::to_owned).collect();
        Self { months, quarters, models, of_month, of_quarter }
    }

    fn has(&self, index: usize) -> bool {
        self.of_month.keys().any(|(p, _, _)| *p == index)
    }

    /// First column of the quarters, and the column of the year.
    fn columns(&self) -> (u16, u16) {
        let quarters = BEFORE + u16::try_from(self.months.len()).unwrap_or(0);
        (quarters, quarters + u16::try_from(self.quarters.len()).unwrap_or(0))
    }

    fn month(&self, index: usize, month: usize, model: &str) -> Option<f64> {
        self.of_month.get(&(index, self.months[month], model.to_owned())).copied()
    }

    fn quarter(&self, index: usize, quarter: &str, model: &str) -> Option<f64> {
        self.of_quarter.get(&(index, quarter.to_owned(), model.to_owned())).copied()
    }
}

pub(super) fn sheet(
    tables: Tables<'_>,
    manifest: &Manifest,
    checks: &mut Checks,
) -> Result<(Worksheet, Shipped), Error> {
    let numbers = Numbers::new(tables);
    let mut sheet = Sheet::bare(SHEET)?;
    let (quarters, year) = numbers.columns();
    sheet.text(0, 0, "Measure", Look::Head)?;
    sheet.text(0, 1, "Model", Look::Head)?;
    for (col, month) in (BEFORE..).zip(&numbers.months) {
        sheet.date(0, col, *month, Look::HeadRight, "mmm yy")?;
    }
    for (col, (quarter, _)) in (quarters..).zip(&numbers.quarters) {
        sheet.text(0, col, quarter, Look::HeadRight)?;
    }
    sheet.text(0, year, "12 months", Look::HeadRight)?;
    for (col, text) in [
        (0, MEANING),
        (1, "Models without an order or a forecast are left out; ALL is all models."),
        (year, ADDED),
    ] {
        let note = Note::new(text).add_author_prefix(false).set_width(320).set_height(150);
        sheet.cells.insert_note(0, col, &note).map_err(wrong)?;
    }
    let mut row = 1;
    let mut rows_of: BTreeMap<usize, u32> = BTreeMap::new();
    for index in (0..MEASURES.len()).filter(|index| numbers.has(*index)) {
        rows_of.insert(index, row);
        row = block(&mut sheet, &numbers, index, row, &rows_of)?;
    }
    let mut figures = Shipped::default();
    for (index, top) in &rows_of {
        let measure = &MEASURES[*index];
        let total = top + u32::try_from(numbers.models.len()).unwrap_or(0);
        let whole = numbers.quarter(*index, "12M", "ALL");
        let figure = whole.map(|whole| (format!("={}", on(SHEET, total, year)), whole));
        match *index {
            0 => figures.firm = figure,
            UNITS => figures.units = figure,
            _ => {}
        }
        if measure.adds != Adds::Nothing {
            for (col, (quarter, _)) in (quarters..).zip(&numbers.quarters) {
                let what = format!("{}, all models, {quarter}", measure.title);
                checks.add(what, &sheet, (total, col), numbers.quarter(*index, quarter, "ALL"));
            }
            checks.add(format!("{}, all models, 12 months", measure.title), &sheet, (total, year), whole);
        }
    }
    row = scenarios(&mut sheet, tables, &numbers, row)?;
    sheet.cells.autofilter(0, 0, row.saturating_sub(1).max(1), year).map_err(wrong)?;
    let mut widths = vec![27.0, 18.0];
    widths.resize(usize::from(quarters), 9.5);
    widths.resize(usize::from(year) + 1, 11.5);
    sheet.widths(&widths)?;
    sheet.height(0, 20.0)?;
    let wide = (widths.iter().sum::<f64>() / PAGE).ceil();
    sheet.paper(manifest, wide as usize, (1, BEFORE))?;
    Ok((sheet.cells, figures))
}

/// Characters across a page of paper.
const PAGE: f64 = 185.0;
/// What the measures are.
const MEANING: &str = "Machines but for revenue, base scenario.\nFirm: secured or not yet due, by contract schedule.\nExpected: of orders in hand, after slips and cancellations.\nForecast: mean if supply allows = expected + orders still to come + overrides.\nInterval: 10th and 90th percentile.\nShips: with committed supply and the proposed orders.";
/// How months add up.
const ADDED: &str = "Quarters and the year are formulas. Ends of an interval do not add up; what waits is that of the last month.";

/// A block from row `top` on; returns the row below it.
fn block(
    sheet: &mut Sheet,
    numbers: &Numbers,
    index: usize,
    top: u32,
    rows_of: &BTreeMap<usize, u32>,
) -> Result<u32, Error> {
    let measure = &MEASURES[index];
    let (_, year) = numbers.columns();
    let mut row = top;
    for model in &numbers.models {
        sheet.text(row, 0, measure.title, Look::Plain)?;
        sheet.text(row, 1, model, Look::Plain)?;
        for (col, month) in (BEFORE..).zip(0..numbers.months.len()) {
            let number = numbers.month(index, month, model);
            let parts: Vec<u32> =
                measure.sum_of.iter().filter_map(|part| rows_of.get(part)).map(|t| t + (row - top)).collect();
            let summed: f64 =
                parts.iter().flat_map(|r| sheet.numbers_in((*r, col, *r, col)).collect::<Vec<_>>()).sum();
            if number.is_some_and(|number| number == summed) && !parts.is_empty() {
                let text: Vec<String> = parts.iter().map(|r| relative(*r, col)).collect();
                sheet.formula(row, col, &format!("={}", text.join("+")), number, Look::Plain, WHOLE)?;
            } else {
                sheet.number(row, col, number, Look::Plain, WHOLE)?;
            }
        }
        periods(sheet, numbers, index, row, model, Look::Plain)?;
        row += 1;
    }
    sheet.text(row, 0, measure.title, Look::Total)?;
    sheet.text(row, 1, ALL, Look::Total)?;
    for (col, month) in (BEFORE..).zip(0..numbers.months.len()) {
        let all = numbers.month(index, month, "ALL");
        let complete = all.is_some() && !numbers.models.is_empty();
        if measure.adds != Adds::Nothing && complete {
            sheet.sum(row, col, (top, col, row - 1, col), Look::Total, WHOLE)?;
        } else {
            sheet.number(row, col, all, Look::Total, WHOLE)?;
        }
    }
    periods(sheet, numbers, index, row, "ALL", Look::Total)?;
    if let Some(colours) = measure.colours {
        sheet.colour_above((top, BEFORE, row, year), 0.0, colours)?;
    }
    Ok(row + 1)
}

/// The quarters and the year of a row.
fn periods(sheet: &mut Sheet, numbers: &Numbers, index: usize, row: u32, model: &str, look: Look) -> Done {
    let (quarters, year) = numbers.columns();
    let adds = MEASURES[index].adds;
    let all = (0..=numbers.months.len().saturating_sub(1), "12M".to_owned());
    let periods = numbers.quarters.iter().map(|(name, months)| (months.clone(), name.clone()));
    for (col, (months, name)) in (quarters..=year).zip(periods.chain([all])) {
        let number = numbers.quarter(index, &name, model);
        let first = BEFORE + u16::try_from(*months.start()).unwrap_or(0);
        let last = BEFORE + u16::try_from(*months.end()).unwrap_or(0);
        let filled = months.clone().all(|month| numbers.month(index, month, model).is_some());
        match adds {
            Adds::Both if filled && number.is_some() => {
                sheet.sum(row, col, (row, first, row, last), look, WHOLE)?;
            }
            // Where some months are empty the table alone says whether there is a total: of overrides there is one.
            Adds::Both if number.is_some() && MEASURES[index].columns[0] == f::override_units => {
                sheet.sum(row, col, (row, first, row, last), look, WHOLE)?;
            }
            Adds::Models if filled && number.is_some() => {
                sheet.formula(row, col, &format!("={}", relative(row, last)), number, look, WHOLE)?;
            }
            _ => sheet.number(row, col, number, look, WHOLE)?,
        }
    }
    Ok(())
}

/// The forecast of all models under each scenario; returns the row below.
fn scenarios(sheet: &mut Sheet, tables: Tables<'_>, numbers: &Numbers, top: u32) -> Result<u32, Error> {
    let (quarters, year) = numbers.columns();
    let mut row = top;
    for scenario in SCENARIOS.into_iter().filter(|scenario| *scenario != BASE) {
        sheet.text(row, 0, &format!("Forecast, {scenario} scenario"), Look::Total)?;
        sheet.text(row, 1, ALL, Look::Total)?;
        let mut rows = tables.with(f::scenario, scenario);
        rows.retain(|row| row.is(f::model, ALL));
        for (col, line) in (BEFORE..).zip(&rows) {
            sheet.number(row, col, line.number(f::units), Look::Total, WHOLE)?;
        }
        for (col, (_, months)) in (quarters..).zip(&numbers.quarters) {
            let first = BEFORE + u16::try_from(*months.start()).unwrap_or(0);
            let last = BEFORE + u16::try_from(*months.end()).unwrap_or(0);
            sheet.sum(row, col, (row, first, row, last), Look::Total, WHOLE)?;
        }
        sheet.sum(row, year, (row, BEFORE, row, quarters - 1), Look::Total, WHOLE)?;
        row += 1;
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_that_the_sheet_refers_to_are_the_measures_they_say() {
        for (index, name) in [
            (EXPECTED, f::expected_units),
            (TO_COME, f::booking_curve_units),
            (OVERRIDES, f::override_units),
            (UNITS, f::units),
        ] {
            assert_eq!(MEASURES[index].columns[0], name);
        }
    }
}
