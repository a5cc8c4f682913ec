//! Sheet `Shipments`: models down, months across, a block a measure; base scenario.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;

use super::checks::Checks;
use super::figures::Plotted;
use super::sheet::{Done, Sheet, on, range, relative};
use super::style::{Look, WHOLE, colour};
use crate::table::Column;
use crate::tables::declared::{shipment_forecast as f, shipment_forecast_quarterly as q};
use crate::views::{ALL, BASE, Row, SCENARIOS, Tables, days, texts};

/// Name of the sheet.
pub(super) const SHEET: &str = "Shipments";

/// Row of the months.
const HEADS: u32 = 3;

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
    measure("Firm: secured or not yet due, by contract schedule (machines)", &[f::firm_units], Adds::Both),
    measure(
        "Expected of today's orders, after slips and cancellations (machines)",
        &[f::expected_units],
        Adds::Both,
    ),
    measure(
        "Orders still to come: at their level, and what market and drivers add (machines)",
        &[f::booking_curve_units, f::driver_units],
        Adds::Both,
    ),
    measure("Planners' overrides (machines)", &[f::override_units], Adds::Both),
    Measure {
        sum_of: &[EXPECTED, TO_COME, OVERRIDES],
        ..measure(
            "Forecast: mean, if supply allows = expected + orders still to come + overrides (machines)",
            &[f::units],
            Adds::Both,
        )
    },
    measure(
        "Interval, lower end (10th percentile; does not add up; sheet Accuracy has how often it held)",
        &[f::units_p10],
        Adds::Nothing,
    ),
    measure("Interval, upper end (90th percentile; does not add up)", &[f::units_p90], Adds::Nothing),
    measure(
        "Ships with committed supply and the proposed orders (machines)",
        &[f::constrained_units],
        Adds::Both,
    ),
    Measure {
        colours: Some(colour::BAD),
        ..measure(
            "Short: machines that do not ship in their month for lack of supply",
            &[f::short_units],
            Adds::Both,
        )
    },
    Measure {
        colours: Some(colour::WATCH),
        ..measure(
            "Late: machines waiting for supply at the end of the month",
            &[f::waiting_units],
            Adds::Models,
        )
    },
    measure("Revenue at contract and list price, if supply allows (USD)", &[f::revenue_usd], Adds::Both),
    measure(
        "Signed and not secured: beside firm, by contract schedule (machines)",
        &[f::unsecured_units],
        Adds::Both,
    ),
];

/// A measure's title without what explains it.
fn label(measure: &Measure) -> &str {
    let title = measure.title;
    [" (", ":", ","].iter().filter_map(|mark| title.find(mark)).min().map_or(title, |end| &title[..end])
}

/// Cells of other sheets' figures: formula and value.
#[derive(Clone, Debug, Default)]
pub(super) struct Shipped {
    /// Forecast of the twelve months, all models.
    pub(super) units: Option<(String, f64)>,
    /// Lower and upper end of its interval.
    pub(super) interval: [Option<(String, f64)>; 2],
    /// Of it firm.
    pub(super) firm: Option<(String, f64)>,
    /// Most machines waiting at a month's end.
    pub(super) waiting: Option<(String, f64)>,
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
        let quarters = 1 + u16::try_from(self.months.len()).unwrap_or(0);
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
    plotted: &Plotted,
    checks: &mut Checks,
) -> Result<(Worksheet, Shipped), Error> {
    let numbers = Numbers::new(tables);
    let mut sheet = Sheet::new(
        SHEET,
        "Shipments of the next 12 months, base scenario",
        "Models down, months across. Rows of totals, quarters and the year are formulas. Models without an order or a forecast are left out. Charts and the other scenarios are below.",
    )?;
    let (quarters, year) = numbers.columns();
    sheet.text(HEADS, 0, "Model", Look::Head)?;
    for (col, month) in (1..).zip(&numbers.months) {
        sheet.date(HEADS, col, *month, Look::HeadRight, "mmm yy")?;
    }
    for (col, (quarter, _)) in (quarters..).zip(&numbers.quarters) {
        sheet.text(HEADS, col, quarter, Look::HeadRight)?;
    }
    sheet.text(HEADS, year, "12 months", Look::HeadRight)?;

    let mut row = HEADS + 1;
    let mut rows_of: BTreeMap<usize, u32> = BTreeMap::new();
    for index in 0..MEASURES.len() {
        if !numbers.has(index) && index == OVERRIDES {
            continue;
        }
        sheet.block(row, (0, year), MEASURES[index].title)?;
        if numbers.has(index) {
            rows_of.insert(index, row + 1);
            row = block(&mut sheet, &numbers, index, row + 1, &rows_of)? + 1;
        } else {
            sheet.text(row + 1, 0, "no data", Look::Note)?;
            row += 3;
        }
    }
    let total =
        |index: usize| rows_of.get(&index).map(|top| top + u32::try_from(numbers.models.len()).unwrap_or(0));
    let mut figures = Shipped::default();
    for (index, measure) in MEASURES.iter().enumerate() {
        let Some(total) = total(index) else { continue };
        let whole = numbers.quarter(index, "12M", "ALL");
        let formula = format!("={}", on(SHEET, total, year));
        let figure = whole.map(|whole| (formula.clone(), whole));
        match index {
            0 => figures.firm = figure,
            UNITS => figures.units = figure,
            5 | 6 => figures.interval[index - 5] = figure,
            9 => {
                let area = (total, 1, total, quarters - 1);
                let worst = sheet.numbers_in(area).fold(0.0, f64::max);
                figures.waiting = Some((format!("=MAX('{SHEET}'!{})", range(area)), worst));
            }
            _ => {}
        }
        if measure.adds != Adds::Nothing {
            for (col, (quarter, _)) in (quarters..).zip(&numbers.quarters) {
                let what = format!("{}, all models, {quarter}", label(measure));
                checks.add(what, &sheet, (total, col), numbers.quarter(index, quarter, "ALL"));
            }
            let what = format!("{}, all models, 12 months", label(measure));
            checks.add(what, &sheet, (total, year), whole);
        }
    }
    sheet.new_page(row)?;
    row = scenarios(&mut sheet, tables, &numbers, row)?;
    sheet.block(row, (0, year), "Charts")?;
    let drawn = [&plotted.shipments, &plotted.parts, &plotted.supply];
    // A chart is 16 rows high, and less wide than the first seven columns.
    for ((below, col), block) in [(0, 0), (0, 7), (17, 0)].into_iter().zip(drawn.into_iter().flatten()) {
        sheet.chart(row + 1 + below, col, &block.chart())?;
    }

    let mut widths = vec![26.0];
    widths.resize(usize::from(quarters), 9.5);
    widths.resize(usize::from(year), 10.5);
    widths.push(12.0);
    sheet.widths(&widths)?;
    Ok((sheet.finish(manifest, (HEADS + 1, 1))?, figures))
}

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
        sheet.text(row, 0, model, Look::Plain)?;
        for (col, month) in (1..).zip(0..numbers.months.len()) {
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
    sheet.text(row, 0, "ALL", Look::Total)?;
    for (col, month) in (1..).zip(0..numbers.months.len()) {
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
        sheet.colour_above((top, 1, row, year), 0.0, colours)?;
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
        let first = 1 + u16::try_from(*months.start()).unwrap_or(0);
        let last = 1 + u16::try_from(*months.end()).unwrap_or(0);
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
    sheet.block(top, (0, year), "Forecast of all models by scenario (machines)")?;
    let mut row = top + 1;
    for scenario in SCENARIOS {
        sheet.text(row, 0, scenario, Look::Plain)?;
        let mut rows = tables.with(f::scenario, scenario);
        rows.retain(|row| row.is(f::model, ALL));
        for (col, line) in (1..).zip(&rows) {
            sheet.number(row, col, line.number(f::units), Look::Plain, WHOLE)?;
        }
        for (col, (_, months)) in (quarters..).zip(&numbers.quarters) {
            let first = 1 + u16::try_from(*months.start()).unwrap_or(0);
            let last = 1 + u16::try_from(*months.end()).unwrap_or(0);
            sheet.sum(row, col, (row, first, row, last), Look::Plain, WHOLE)?;
        }
        sheet.sum(row, year, (row, 1, row, quarters - 1), Look::Plain, WHOLE)?;
        row += 1;
    }
    Ok(row + 1)
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
            (5, f::units_p10),
            (6, f::units_p90),
            (9, f::waiting_units),
        ] {
            assert_eq!(MEASURES[index].columns[0], name);
        }
    }
}
