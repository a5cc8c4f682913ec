//! Sheet `Cash`: money in and out by month, a block a scenario.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::{Column, Table};

use super::charts;
use super::checks::Checks;
use super::plotted::Plotted;
use super::sheet::{Columns, Sheet, on, range};
use super::style::{Look, MONTH, WHOLE, colour};
use super::view::{Row, View};
use crate::tables::declared::{cash as c, exposure};

/// Column of the sheet.
const SHEET: &str = "Cash";

/// Cells of other sheets' figures: formula and value.
#[derive(Clone, Debug, Default)]
pub(super) struct Exposed {
    /// Lowest cumulative cash of the base scenario, 0 where it never falls below.
    pub(super) exposure: Option<(String, f64)>,
}

/// The columns of the table that make up the net of a month: every amount but the net and its running sum, where those do
/// add up to it; otherwise none, and the net stands as a number.
fn parts(view: &View) -> Vec<(usize, &'static Column)> {
    let Some(spec) = view.spec else { return Vec::new() };
    let totals = [c::net_usd.name, c::cumulative_usd.name];
    let amounts: Vec<(usize, &Column)> = spec
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.unit == "USD" && !totals.contains(&column.name))
        .collect();
    let known = [
        c::customer_deposits_usd,
        c::customer_balances_usd,
        c::foundry_prepayments_usd,
        c::foundry_balances_usd,
    ];
    let four: Vec<(usize, &Column)> = amounts
        .iter()
        .filter(|(_, column)| known.iter().any(|name: &Column| name.name == column.name))
        .copied()
        .collect();
    let adds_up = |parts: &Vec<(usize, &Column)>| {
        view.rows().all(|row| {
            let sum: Option<f64> = parts.iter().map(|(place, _)| amount(row, *place)).sum();
            match (sum, row.number(c::net_usd)) {
                // Amounts are rounded to cents one by one.
                (Some(sum), Some(net)) => (sum - net).abs() < 0.05,
                (sum, net) => sum.is_none() == net.is_none(),
            }
        })
    };
    [amounts, four].into_iter().find(adds_up).unwrap_or_default()
}

fn amount(row: Row<'_>, place: usize) -> Option<f64> {
    match row.cells.get(place) {
        Some(crate::tables::Cell::Real(amount)) => Some(*amount),
        _ => None,
    }
}

pub(super) fn sheet(
    tables: &[Table],
    manifest: &Manifest,
    plotted: &Plotted,
    checks: &mut Checks,
) -> Result<(Worksheet, Exposed), Error> {
    let view = View::of(tables, c::NAME);
    let mut sheet = Sheet::new(
        SHEET,
        "Cash by month (USD)",
        "Money in is positive, money out negative. Net, cumulative and totals are formulas. The largest exposure is the lowest point of the cumulative cash. Without a price an amount is empty.",
    )?;
    let parts = parts(&view);
    let net = 1 + u16::try_from(parts.len()).unwrap_or(0);
    let (cumulative, complete) = (net + 1, net + 2);
    let heads: Vec<String> =
        parts.iter().map(|(_, column)| column.name.trim_end_matches("_usd").replace('_', " ")).collect();
    let mut line = vec![("Month", false)];
    line.extend(heads.iter().map(|head| (head.as_str(), true)));
    line.extend([("net", true), ("cumulative", true), ("wafer orders complete", false)]);
    sheet.heads(3, 0, &line)?;
    sheet.height(3, 30.0)?;
    let mut exposed = Exposed::default();
    let mut row = 4;
    let mut scenarios = view.texts(c::scenario);
    scenarios.sort_by_key(|scenario| scenario != "base");
    if scenarios.is_empty() {
        sheet.text(row, 0, "no data", Look::Note)?;
    }
    for scenario in scenarios {
        sheet.block(row, (0, complete), &format!("Scenario {scenario}"))?;
        let first = row + 1;
        row = first;
        for line in view.with(c::scenario, &scenario) {
            if let Some(month) = line.date(c::month) {
                sheet.date(row, 0, month, Look::Plain, MONTH)?;
            }
            for (col, (place, _)) in (1..).zip(&parts) {
                sheet.number(row, col, amount(line, *place), Look::Plain, WHOLE)?;
            }
            let known = line.number(c::net_usd);
            if parts.is_empty() || known.is_none() {
                sheet.number(row, net, known, Look::Plain, WHOLE)?;
            } else {
                sheet.sum(row, net, (row, 1, row, net - 1), Look::Plain, WHOLE)?;
            }
            let running = line.number(c::cumulative_usd);
            if known.is_none() || running.is_none() {
                sheet.number(row, cumulative, running, Look::Plain, WHOLE)?;
            } else {
                sheet.sum(row, cumulative, (first, net, row, net), Look::Plain, WHOLE)?;
            }
            sheet.text(row, complete, line.text(c::wafer_orders_complete), Look::Plain)?;
            let what = format!("cumulative cash, {scenario}, after {} months", row - first + 1);
            if row == first + 11 {
                checks.add(what, &sheet, (row, cumulative), line.number(c::cumulative_usd));
            }
            row += 1;
        }
        let last = row - 1;
        sheet.text(row, 0, "12 months", Look::Total)?;
        for col in 1..=net {
            sheet.sum(row, col, (first, col, last, col), Look::Total, WHOLE)?;
        }
        sheet.text(row, cumulative, "", Look::Total)?;
        sheet.text(row, complete, "", Look::Total)?;
        let nets: Option<f64> = view.with(c::scenario, &scenario).map(|l| l.number(c::net_usd)).sum();
        checks.add(format!("net cash, {scenario}, 12 months"), &sheet, (row, net), nets);
        row += 1;
        let area = (first, cumulative, last, cumulative);
        let lowest = sheet.numbers_in(area).fold(0.0, f64::min);
        let filled = sheet.numbers_in(area).count();
        sheet.text(row, 0, "largest exposure", Look::Total)?;
        for col in 1..=complete {
            sheet.text(row, col, "", Look::Total)?;
        }
        if filled > 0 {
            let formula = format!("=MIN(0,{})", range(area));
            sheet.formula(row, cumulative, &formula, Some(lowest), Look::Total, WHOLE)?;
            if scenario == "base" {
                exposed.exposure = Some((format!("={}", on(SHEET, row, cumulative)), lowest));
            }
        }
        let rule = rust_xlsxwriter::ConditionalFormatCell::new()
            .set_rule(rust_xlsxwriter::ConditionalFormatCellRule::LessThan(0))
            .set_format(super::style::coloured(colour::BAD));
        sheet.conditional((first, net, row, cumulative), &rule)?;
        let area = (first, complete, last, complete);
        sheet.colour_text(area, "no", colour::WATCH)?;
        row += 2;
    }
    sheet.block(row, (0, complete), "What could be lost, by scenario")?;
    sheet.grid(row + 1, &View::of(tables, exposure::NAME), Columns::Without(&[]), None)?;
    if !plotted.cash.is_empty() {
        sheet.chart(3, complete + 2, &charts::cash(plotted))?;
    }
    let mut widths = vec![16.0];
    widths.resize(usize::from(complete).max(12) + 1, 15.0);
    sheet.widths(&widths)?;
    Ok((sheet.finish(manifest, (4, 1))?, exposed))
}
