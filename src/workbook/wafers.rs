//! Sheet `Wafer orders`: what to order by when, what to pay when.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;

use super::checks::Checks;
use super::figures::Block;
use super::sheet::{Done, Placed, Sheet, address, on, range};
use super::style::{Look, WHOLE, colour};
use crate::table::Column;
use crate::tables::declared::wafer_orders as w;
use crate::views::orders::{ADD_UP, PAYMENTS, needs, payments, uses};
use crate::views::{Grid, Row, Tables};

/// Name of the sheet.
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
        for (column, limit) in [(w::short_wafers, 0.0), (w::prob_short, 0.5)] {
            let area = grid.area(column);
            area.map_or(Ok(()), |area| sheet.colour_above(area, limit, colour::BAD))?;
        }
        totals(&mut sheet, grid, &orders, checks, &mut ordered)?;
        let row = by_month(&mut sheet, grid, &orders, grid.bottom + 5)?;
        if let Some(block) = figure {
            sheet.chart(grid.bottom + 5, 10, &block.chart())?;
        }
        // The chart is 16 rows high.
        let row = row.max(grid.bottom + 22);
        let how = Grid { title: "How the quantities were found".to_owned(), ..needs(&orders) };
        let row = sheet.section(row, &how, LAST)?.1;
        let row = sheet.section(row, &uses(&orders), LAST)?.1;
        sheet.new_page(row)?;
        let why = [w::chip, w::place_by, w::foundry, w::reason];
        sheet.section(row, &Grid::new("Why each order is as it is", &orders, &why), LAST)?;
    }
    let mut widths = vec![12.0; usize::from(LAST) + 3];
    widths[0] = 14.0;
    widths[3] = 20.0;
    sheet.widths(&widths)?;
    Ok((sheet.finish(manifest, (HEADS + 1, 0))?, ordered))
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

/// Payments by month; returns the row below.
fn by_month(sheet: &mut Sheet, grid: &Placed, orders: &[Row<'_>], top: u32) -> Result<u32, Error> {
    let paid = Grid { title: "What to pay when (USD)".to_owned(), total: None, ..payments(orders) };
    let (Some(placed), _) = sheet.section(top, &paid, 3)? else { return Ok(top + 3) };
    for (row, line) in (placed.top + 1..).zip(&paid.rows) {
        let month = address(row, 0);
        for (col, ((amount, due), entry)) in (1..).zip(PAYMENTS.into_iter().zip(line.iter().skip(1))) {
            let (Some(of), Some(when)) = (grid.area(amount), grid.area(due)) else { continue };
            let (of, when) = (range(of), range(when));
            let formula = format!("=SUMIFS({of},{when},\">=\"&{month},{when},\"<\"&EDATE({month},1))");
            sheet.formula(row, col, &formula, entry.number(), Look::Plain, WHOLE)?;
        }
        sheet.sum(row, 3, (row, 1, row, 2), Look::Plain, WHOLE)?;
    }
    let row = placed.bottom + 1;
    sheet.text(row, 0, "all", Look::Total)?;
    for col in 1..=3 {
        sheet.sum(row, col, (placed.top + 1, col, placed.bottom, col), Look::Total, WHOLE)?;
    }
    Ok(row + 2)
}
