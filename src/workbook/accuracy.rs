//! Sheet `Accuracy`: how far forecasts were off, replayed and published.

use rust_xlsxwriter::{ConditionalFormatFormula, Worksheet};

use crate::error::Error;
use crate::publish::Manifest;
use crate::table::Column;
use crate::tables::declared::{backtest as b, realised_accuracy as realised};
use crate::views::accuracy::{self, EX_POST, THIS};
use crate::views::{Entry, Form, Grid, Head, Row, Tables};

use super::sheet::{Sheet, range, relative};
use super::style::{Look, colour, coloured};

/// Name of the sheet.
const SHEET: &str = "Accuracy";
/// Last column of the titles.
const LAST: u16 = 15;

pub(super) fn sheet(tables: Tables<'_>, manifest: &Manifest) -> Result<Worksheet, Error> {
    let mut sheet = Sheet::new(
        SHEET,
        "How far forecasts were off",
        "Replays: the forecast made again at past quarter ends with what was known then, beside simple baselines. WAPE: sum of |forecast - actual| / sum of actual. Green: the smallest error of the column.",
    )?;
    let rows = accuracy::scores(tables);
    let methods = accuracy::methods(&rows);
    let mut row = 3;
    for (title, column, methods) in [
        ("Error (WAPE) of shipments, all models, by quarters ahead", b::wape, &methods[..]),
        ("Bias: above 0 the forecast was too high", b::bias, &methods[..]),
        (
            "Share of actuals within the interval (made to hold eight times in ten)",
            b::coverage_80,
            &[THIS][..],
        ),
        ("Forecasts scored (n)", b::n, &[THIS][..]),
    ] {
        let (placed, next) = sheet.section(row, &stretched(title, &rows, methods, column), LAST)?;
        row = next;
        if let Some(placed) = placed.filter(|_| column == b::wape) {
            smallest(&mut sheet, placed.top + 1, placed.bottom, placed.whole().3)?;
        }
    }
    let published = tables.rows(realised::NAME);
    let title = "Published forecasts against what has shipped since, by quarters ahead (lag)";
    row = sheet.section(row, &Grid::whole(title, &published), LAST + 4)?.1;
    if published.is_empty() {
        let none = "no data: no published forecast has met its quarter yet";
        sheet.text(row - 2, 0, none, Look::Note)?;
    }
    // On screen; the table backtest has it for other uses, and paper would be dozens of pages.
    sheet.print_to(row, LAST)?;
    let title = "Every method, level, horizon, target and model (table backtest)";
    if let Some(placed) = sheet.section(row, &Grid::whole(title, &tables.rows(b::NAME)), LAST)?.0 {
        sheet.filter(placed.whole())?;
    }
    let mut widths = vec![24.0];
    widths.resize(usize::from(LAST) + 1, 12.0);
    sheet.widths(&widths)?;
    sheet.finish(manifest, (0, 0))
}

/// A measure of each method by stretch ahead.
fn stretched(title: &str, rows: &[Row<'_>], methods: &[&str], column: Column) -> Grid {
    let stretches = accuracy::stretches(rows);
    let mut heads = vec![Head::new("Method", "", Form::Text)];
    heads.extend(stretches.iter().map(|s| Head::new(&accuracy::stretch_name(*s), "", Form::of(&column))));
    let line = |method: &&str| {
        let mut line = vec![Entry::text(accuracy::method_name(method))];
        line.extend(stretches.iter().map(|wanted| {
            let number = accuracy::of(rows, method, *wanted).and_then(|row| row.number(column));
            Entry::new(number, Form::of(&column))
        }));
        line
    };
    let lines = if stretches.is_empty() { Vec::new() } else { methods.iter().map(line).collect() };
    Grid::made(title, b::NAME, heads, lines)
}

/// Colours the smallest number of each column; what knew the price does not compete.
fn smallest(sheet: &mut Sheet, top: u32, bottom: u32, last: u16) -> Result<(), Error> {
    let other = accuracy::method_name(EX_POST);
    for col in 1..=last {
        let rule = format!(
            "=AND(ISNUMBER({0}),$A{1}<>\"{other}\",{0}=MINIFS({2},{3},\"<>{other}\"))",
            relative(top, col),
            top + 1,
            range((top, col, bottom, col)),
            range((top, 0, bottom, 0))
        );
        let format =
            ConditionalFormatFormula::new().set_rule(rule.as_str()).set_format(coloured(colour::GOOD));
        sheet.conditional((top, col, bottom, col), &format)?;
    }
    Ok(())
}
