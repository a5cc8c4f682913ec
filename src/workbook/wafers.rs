//! Sheet `Wafer orders`: what to order by when, what to pay when.

use chrono::{Months, NaiveDate};
use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;

use super::checks::Checks;
use super::figures::Block;
use super::sheet::{Area, Done, Placed, Sheet, address, on, range};
use super::style::{DAY, Look, MONTH, WHOLE, colour};
use crate::tables::Column;
use crate::tables::declared::wafer_orders as w;
use crate::views::orders::{ADD_UP, PAYMENTS, first_of_month, needs};
use crate::views::{Grid, Row, Tables, texts};

/// Column of the sheet.
pub(super) const SHEET: &str = "Wafer orders";

/// Row of the heads.
const HEADS: u32 = 3;

/// Columns of the orders themselves; how their quantities were found stands below.
const ORDER: [Column; 18] = [
    w::decision,
    w::place_by,
    w::chip,
    w::foundry,
    w::ship_month,
    w::wafers,
    w::lots,
    w::short_wafers,
    w::cost_usd,
    w::prepayment_usd,
    w::prepayment_due,
    w::balance_usd,
    w::balance_due,
    w::machines_covered,
    w::service_level,
    w::prob_short,
    w::expected_excess_wafers,
    w::net_wafers,
];

/// Last column of the blocks.
const LAST: u16 = 17;

/// Cells of other sheets' figures: formula and value.
#[derive(Clone, Debug, Default)]
pub(super) struct Ordered {
    /// Wafers of the orders to place before the next run.
    pub(super) wafers_now: Option<(String, f64)>,
    /// What is paid on placing them.
    pub(super) prepayment_now: Option<(String, f64)>,
}

pub(super) fn sheet(
    tables: Tables<'_>,
    manifest: &Manifest,
    figure: Option<&Block>,
    checks: &mut Checks,
) -> Result<(Worksheet, Ordered), Error> {
    let orders = tables.rows(w::NAME);
    let mut sheet = Sheet::new(
        SHEET,
        "Wafer orders",
        "place_now: the order falls due before the next run; planned: a later run decides. Totals and payments by month are formulas; a filter on the heads works on the orders.",
    )?;
    let mut ordered = Ordered::default();
    let grid = sheet.grid(HEADS, &Grid::new("", &orders, &ORDER), 0)?;
    if let Some(grid) = &grid {
        sheet.filter(grid.whole())?;
        colours(&mut sheet, grid)?;
        totals(&mut sheet, grid, &orders, checks, &mut ordered)?;
        let row = by_month(&mut sheet, grid, &orders, grid.bottom + 5)?;
        if let Some(block) = figure {
            sheet.chart(grid.bottom + 5, 10, &block.chart())?;
        }
        // The chart is 16 rows high.
        let row = row.max(grid.bottom + 22);
        let how = Grid { title: "How the quantities were found".to_owned(), ..needs(&orders) };
        let row = sheet.section(row, &how, LAST)?.1;
        sheet.block(row, (0, LAST), "What each order is for, and why it is as it is")?;
        reasons(&mut sheet, &orders, row + 1)?;
    }
    let mut widths = vec![12.0; usize::from(LAST) + 3];
    widths[0] = 14.0;
    widths[3] = 20.0;
    sheet.widths(&widths)?;
    Ok((sheet.finish(manifest, (HEADS + 1, 0))?, ordered))
}

fn colours(sheet: &mut Sheet, grid: &Placed) -> Done {
    if let Some(area) = grid.area(w::short_wafers) {
        sheet.colour_above(area, 0.0, colour::BAD)?;
    }
    if let Some(area) = grid.area(w::prob_short) {
        sheet.colour_above(area, 0.5, colour::BAD)?;
    }
    Ok(())
}

/// Rows of totals: of each decision and of all.
fn totals(
    sheet: &mut Sheet,
    grid: &Placed,
    orders: &[Row<'_>],
    checks: &mut Checks,
    ordered: &mut Ordered,
) -> Done {
    let last = grid.whole().3;
    let decisions = grid.area(w::decision);
    for (row, label, decision) in [
        (grid.bottom + 1, "to place now", Some("place_now")),
        (grid.bottom + 2, "planned", Some("planned")),
        (grid.bottom + 3, "all", None),
    ] {
        for col in 0..=last {
            sheet.text(row, col, if col == 0 { label } else { "" }, Look::Total)?;
        }
        for name in ADD_UP {
            let (Some(area), Some(decisions)) = (grid.area(name), decisions) else { continue };
            let rows = orders.iter().filter(|r| decision.is_none_or(|d| r.text(w::decision) == d));
            let total: f64 = rows.filter_map(|r| r.number(name)).sum();
            let formula = match decision {
                Some(decision) => {
                    format!("=SUMIF({},\"{decision}\",{})", range(decisions), range(area))
                }
                None => format!("=SUM({})", range(area)),
            };
            sheet.formula(row, area.1, &formula, Some(total), Look::Total, WHOLE)?;
            let figure = Some((format!("={}", on(SHEET, row, area.1)), total));
            match (decision, name) {
                (Some("place_now"), name) if name == w::wafers => ordered.wafers_now = figure,
                (Some("place_now"), name) if name == w::prepayment_usd => ordered.prepayment_now = figure,
                (None, _) => {
                    let what = format!("wafer orders, {}", name.name);
                    checks.add(what, sheet, (row, area.1), Some(total));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Formula of the sum of what falls into the month of a cell.
fn in_month(of: Area, when: Area, month: &str, further: &str) -> String {
    let when = range(when);
    format!("SUMIFS({},{when},\">=\"&{month},{when},\"<\"&EDATE({month},1){further})", range(of))
}

/// What each order is for and why, a paragraph each.
fn reasons(sheet: &mut Sheet, orders: &[Row<'_>], top: u32) -> Done {
    sheet.heads(top, 0, &[("chip", false), ("place by", false), ("foundry", false), ("", false)])?;
    for (row, order) in (top + 1..).zip(orders.iter()) {
        for (col, name) in (0..).zip([w::chip, w::place_by, w::foundry]) {
            sheet.cell(row, col, order.cell(name), Look::Plain, DAY)?;
        }
        let texts: Vec<&str> =
            [w::covers, w::reason].iter().map(|name| order.text(*name)).filter(|t| !t.is_empty()).collect();
        sheet.paragraph((row, 4, row, LAST), &texts.join(". "), Look::Wrapped, 190)?;
    }
    Ok(())
}

/// Payments by month, and wafers by place-by month and chip; returns the row below.
fn by_month(sheet: &mut Sheet, grid: &Placed, orders: &[Row<'_>], top: u32) -> Result<u32, Error> {
    let mut months: Vec<NaiveDate> = orders
        .iter()
        .flat_map(|row| [w::prepayment_due, w::balance_due, w::place_by].map(|name| row.date(name)))
        .flatten()
        .map(first_of_month)
        .collect();
    months.sort_unstable();
    months.dedup();
    let chips = texts(orders, w::chip);
    let last = 3 + u16::try_from(chips.len()).unwrap_or(0);
    sheet.block(top, (0, last), "What to pay when (USD), and wafers to order by the month of the order")?;
    let mut heads = vec![("month", false), ("on placing", true), ("balances", true), ("to pay", true)];
    heads.extend(chips.iter().map(|chip| (*chip, true)));
    sheet.heads(top + 1, 0, &heads)?;
    let first = top + 2;
    let mut row = first;
    for month in &months {
        sheet.date(row, 0, *month, Look::Plain, MONTH)?;
        let here = address(row, 0);
        let end = month.checked_add_months(Months::new(1)).unwrap_or(*month);
        let falls = |day: Option<NaiveDate>| day.is_some_and(|day| (*month..end).contains(&day));
        for (col, (amount, due)) in (1..).zip(PAYMENTS) {
            let (Some(of), Some(when)) = (grid.area(amount), grid.area(due)) else { continue };
            let rows = orders.iter().filter(|r| falls(r.date(due)));
            let total: f64 = rows.filter_map(|r| r.number(amount)).sum();
            let formula = format!("={}", in_month(of, when, &here, ""));
            sheet.formula(row, col, &formula, Some(total), Look::Plain, WHOLE)?;
        }
        sheet.sum(row, 3, (row, 1, row, 2), Look::Plain, WHOLE)?;
        for (col, chip) in (4..).zip(&chips) {
            let (Some(of), Some(when), Some(of_chip)) =
                (grid.area(w::wafers), grid.area(w::place_by), grid.area(w::chip))
            else {
                continue;
            };
            let rows = orders.iter().filter(|r| falls(r.date(w::place_by)) && r.is(w::chip, chip));
            let total: f64 = rows.filter_map(|r| r.number(w::wafers)).sum();
            let further = format!(",{},{}", range(of_chip), address(top + 1, col));
            let formula = format!("={}", in_month(of, when, &here, &further));
            sheet.formula(row, col, &formula, Some(total), Look::Plain, WHOLE)?;
        }
        row += 1;
    }
    sheet.text(row, 0, "all", Look::Total)?;
    for col in 1..=last {
        sheet.sum(row, col, (first, col, row - 1, col), Look::Total, WHOLE)?;
    }
    Ok(row + 2)
}
