//! Sheet `Accuracy`: how far forecasts were off, replayed and published.

use std::collections::BTreeMap;

use rust_xlsxwriter::{ConditionalFormatFormula, Worksheet};

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::Table;

use super::sheet::{Columns, Sheet, range, relative};
use super::style::{Look, SHARE, WHOLE, colour, coloured};
use super::view::{Row, View};
use crate::tables::declared::{backtest as b, realised_accuracy as realised};

/// Column of the sheet.
const SHEET: &str = "Accuracy";

/// A stretch that is scored: its level and how far ahead.
type Stretch = (String, i64);

pub(super) fn sheet(tables: &[Table], manifest: &Manifest) -> Result<Worksheet, Error> {
    let view = View::of(tables, b::NAME);
    let mut sheet = Sheet::new(
        SHEET,
        "How far forecasts were off",
        "Replays: the forecast made again at past quarter ends with what was known then, beside simple baselines. WAPE: sum of |forecast - actual| / sum of actual. Green: the smallest error of the column.",
    )?;
    let rows: Vec<Row<'_>> = view
        .with(b::target, "shipments")
        .filter(|row| row.text(b::model) == "ALL" && row.text(b::level) != "month")
        .collect();
    let mut stretches: Vec<Stretch> = rows.iter().map(|row| stretch(*row)).collect();
    stretches.sort_by_key(|(level, horizon)| (level == "12M", *horizon));
    stretches.dedup();
    let mut methods: Vec<&str> = rows.iter().map(|row| row.text(b::method)).collect();
    methods.sort_by_key(|method| (!method.starts_with("model"), *method));
    methods.dedup();
    let of: BTreeMap<(&str, Stretch), Row<'_>> =
        rows.iter().map(|row| ((row.text(b::method), stretch(*row)), *row)).collect();

    let mut row = 3;
    let last = u16::try_from(stretches.len()).unwrap_or(0);
    for (title, column, form, only_model) in [
        ("Error (WAPE) of shipments, all models, by quarters ahead", b::wape, SHARE, false),
        ("Bias: above 0 the forecast was too high", b::bias, SHARE, false),
        ("Share of actuals within the 80% interval (wanted: 80%)", b::coverage_80, SHARE, true),
        ("Forecasts scored (n)", b::n, WHOLE, true),
    ] {
        sheet.block(row, (0, last.max(5)), title)?;
        if rows.is_empty() {
            sheet.text(row + 1, 0, "no data", Look::Note)?;
            row += 3;
            continue;
        }
        sheet.text(row + 1, 0, "method", Look::Head)?;
        for (col, (level, horizon)) in (1..).zip(&stretches) {
            let head = match (level.as_str(), horizon) {
                ("12M", _) => "12 months".to_owned(),
                (_, 1) => "1 quarter".to_owned(),
                (_, quarters) => format!("{quarters} quarters"),
            };
            sheet.text(row + 1, col, &head, Look::HeadRight)?;
        }
        let top = row + 2;
        row = top;
        for method in methods.iter().filter(|method| !only_model || **method == "model") {
            sheet.text(row, 0, method, if *method == "model" { Look::Total } else { Look::Plain })?;
            for (col, stretch) in (1..).zip(&stretches) {
                let number = of.get(&(*method, stretch.clone())).and_then(|row| row.number(column));
                let look = if *method == "model" { Look::Total } else { Look::Plain };
                sheet.number(row, col, number, look, form)?;
            }
            row += 1;
        }
        if column == b::wape {
            smallest(&mut sheet, top, row - 1, last)?;
        }
        row += 1;
    }
    sheet.block(
        row,
        (0, 15),
        "Published forecasts against what has shipped since, by quarters ahead (lag)",
    )?;
    let published = View::of(tables, realised::NAME);
    if published.is_empty() {
        sheet.text(row + 1, 0, "no data: no published forecast has met its quarter yet", Look::Note)?;
        row += 3;
    } else {
        let grid = sheet.grid(row + 1, &published, Columns::Without(&[]), None)?;
        if let Some(area) = grid.as_ref().and_then(|grid| grid.area(realised::signal)) {
            sheet.colour_text(area, "over_forecast", colour::BAD)?;
            sheet.colour_text(area, "under_forecast", colour::BAD)?;
            sheet.colour_text(area, "within", colour::GOOD)?;
        }
        row = grid.map_or(row + 3, |grid| grid.bottom + 2);
    }
    sheet.block(row, (0, 15), "Every method, level, horizon, target and model (table backtest)")?;
    // On screen; the table backtest has it for other uses, and paper would be dozens of pages.
    sheet.print_to(row, 15)?;
    if let Some(grid) = sheet.grid(row + 1, &view, Columns::Without(&[]), None)? {
        sheet.filter(grid.whole())?;
    }
    let mut widths = vec![24.0];
    widths.resize(16, 12.0);
    sheet.widths(&widths)?;
    sheet.finish(manifest, (0, 0))
}

fn stretch(row: Row<'_>) -> Stretch {
    (row.text(b::level).to_owned(), row.number(b::horizon).unwrap_or(0.0) as i64)
}

/// Colours the smallest number of each column; `model_ex_post`, which knew the price, does not compete.
fn smallest(sheet: &mut Sheet, top: u32, bottom: u32, last: u16) -> Result<(), Error> {
    for col in 1..=last {
        let rule = format!(
            "=AND(ISNUMBER({0}),$A{1}<>\"model_ex_post\",{0}=MINIFS({2},{3},\"<>model_ex_post\"))",
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
