//! Sheet `Cash`: money in and out by month, a block a scenario.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::table::Column;
use crate::tables::declared::{cash as c, cash_low, exposure};
use crate::views::money::AMOUNTS;
use crate::views::{BASE, Grid, Row, SCENARIOS, Tables, budget};

use super::checks::Checks;
use super::figures::Plotted;
use super::sheet::{Sheet, on, range};
use super::style::{Look, WHOLE, colour, coloured};

/// Name of the sheet.
const SHEET: &str = "Cash";
/// Columns of the net, of its running sum, and of whether the wafer orders of the month are complete.
const NET: u16 = 1 + AMOUNTS.len() as u16;
const CUMULATIVE: u16 = NET + 1;
const COMPLETE: u16 = NET + 2;

/// Cells of other sheets' figures: formula and value.
#[derive(Clone, Debug, Default)]
pub(super) struct Exposed {
    /// Lowest cumulative cash of the base scenario, 0 where it never falls below.
    pub(super) exposure: Option<(String, f64)>,
}

pub(super) fn sheet(
    tables: Tables<'_>,
    manifest: &Manifest,
    plotted: &Plotted,
    checks: &mut Checks,
) -> Result<(Worksheet, Exposed), Error> {
    let mut sheet = Sheet::new(
        SHEET,
        "Cash by month (USD)",
        "Money in is positive, money out negative. Net, cumulative and totals are formulas. The largest exposure is the lowest point of the cumulative cash. Without a price an amount is empty.",
    )?;
    let mut exposed = Exposed::default();
    let mut row = 3;
    // The scenario to plan with comes first.
    for scenario in [BASE].into_iter().chain(SCENARIOS.into_iter().filter(|scenario| *scenario != BASE)) {
        let rows = tables.with(c::scenario, scenario);
        let (lowest, next) = block(&mut sheet, scenario, &rows, row, checks)?;
        row = next;
        if scenario == BASE {
            exposed.exposure = lowest;
        }
    }
    let lost = Grid::whole("What could be lost, by scenario", &tables.rows(exposure::NAME));
    let (_, next) = sheet.section(row, &lost, COMPLETE)?;
    let lowest = Grid::whole("Cash at its lowest, by scenario and case", &tables.rows(cash_low::NAME));
    let (_, next) = sheet.section(next, &lowest, COMPLETE)?;
    let (_, next) = sheet.section(next, &budget::steps(tables), COMPLETE)?;
    let (_, next) = sheet.section(next, &budget::cuts(tables), COMPLETE)?;
    let (_, next) = sheet.section(next, &budget::deposits(tables), COMPLETE)?;
    sheet.section(next, &budget::kept(tables), COMPLETE)?;
    // A chart is 16 rows high.
    for (row, figure) in [(3, &plotted.cash), (20, &plotted.budgets)] {
        if let Some(figure) = figure {
            sheet.chart(row, COMPLETE + 2, &figure.chart())?;
        }
    }
    let mut widths = vec![16.0];
    widths.resize(usize::from(COMPLETE).max(12) + 1, 15.0);
    sheet.widths(&widths)?;
    Ok((sheet.finish(manifest, (0, 1))?, exposed))
}

/// The months of a scenario; returns its lowest cumulative cash and the row below.
fn block(
    sheet: &mut Sheet,
    scenario: &str,
    rows: &[Row<'_>],
    top: u32,
    checks: &mut Checks,
) -> Result<(Option<(String, f64)>, u32), Error> {
    let columns: Vec<Column> =
        [&[c::month][..], &AMOUNTS, &[c::net_usd, c::cumulative_usd, c::wafer_orders_complete]].concat();
    let grid = Grid::new(format!("Scenario {scenario}"), rows, &columns);
    let (placed, next) = sheet.section(top, &grid, COMPLETE)?;
    let Some(placed) = placed else { return Ok((None, next)) };
    let (first, last) = (placed.top + 1, placed.bottom);
    for (row, line) in (first..).zip(rows) {
        // Without a price there is no amount, and the net stands empty.
        if line.number(c::net_usd).is_some() {
            sheet.sum(row, NET, (row, 1, row, NET - 1), Look::Plain, WHOLE)?;
        }
        if line.number(c::cumulative_usd).is_some() {
            sheet.sum(row, CUMULATIVE, (first, NET, row, NET), Look::Plain, WHOLE)?;
        }
    }
    let whole = rows.last().and_then(|line| line.number(c::cumulative_usd));
    let what = format!("cumulative cash, {scenario}, after {} months", rows.len());
    checks.add(what, sheet, (last, CUMULATIVE), whole);
    let row = last + 1;
    sheet.text(row, 0, "12 months", Look::Total)?;
    for col in 1..=NET {
        sheet.sum(row, col, (first, col, last, col), Look::Total, WHOLE)?;
    }
    let nets: Option<f64> = rows.iter().map(|line| line.number(c::net_usd)).sum();
    checks.add(format!("net cash, {scenario}, 12 months"), sheet, (row, NET), nets);
    let row = row + 1;
    let area = (first, CUMULATIVE, last, CUMULATIVE);
    let known: Vec<f64> = sheet.numbers_in(area).collect();
    sheet.text(row, 0, "largest exposure", Look::Total)?;
    (1..=COMPLETE).try_for_each(|col| sheet.text(row, col, "", Look::Total))?;
    let mut figure = None;
    if !known.is_empty() {
        let lowest = known.into_iter().fold(0.0, f64::min);
        let formula = format!("=MIN(0,{})", range(area));
        sheet.formula(row, CUMULATIVE, &formula, Some(lowest), Look::Total, WHOLE)?;
        figure = Some((format!("={}", on(SHEET, row, CUMULATIVE)), lowest));
    }
    let rule = rust_xlsxwriter::ConditionalFormatCell::new()
        .set_rule(rust_xlsxwriter::ConditionalFormatCellRule::LessThan(0))
        .set_format(coloured(colour::BAD));
    sheet.conditional((first, NET, row, CUMULATIVE), &rule)?;
    sheet.colour_text((first, COMPLETE, last, COMPLETE), "no", colour::WATCH)?;
    Ok((figure, row + 2))
}
