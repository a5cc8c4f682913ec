//! Sheet `Inputs and checks`: what went in, what to doubt, and whether the workbook's totals are those of the tables.

use rust_xlsxwriter::Worksheet;

use crate::error::Error;
use crate::publish::Manifest;
use crate::summary::Summary;

use super::sheet::{Sheet, address, on, range};
use super::style::{Look, WHOLE, colour, format};
use crate::tables::declared::{policy_checks as p, regression, rejected_rows};
use crate::views::{Grid, Tables, inputs};

/// Name of the sheet.
const SHEET: &str = "Inputs and checks";

/// A difference from which on a total is another: half a machine, or half a dollar where amounts rounded to cents add up.
const TOLERANCE: f64 = 0.5;

/// Totals of the workbook beside those of the tables.
#[derive(Debug, Default)]
pub(super) struct Checks {
    lines: Vec<Check>,
}

/// One total.
#[derive(Debug)]
struct Check {
    what: String,
    /// Where it is in the workbook, and what it comes to there.
    cell: String,
    workbook: f64,
    /// What the table says.
    table: f64,
}

impl Check {
    fn differs(&self) -> bool {
        (self.workbook - self.table).abs() >= TOLERANCE
    }
}

impl Checks {
    /// The cell at `place` of a sheet, which a table has the value of. Without a value there is nothing to check.
    pub(super) fn add(&mut self, what: String, sheet: &Sheet, place: (u32, u16), table: Option<f64>) {
        let (row, col) = place;
        let workbook = sheet.numbers_in((row, col, row, col)).next();
        if let (Some(workbook), Some(table)) = (workbook, table) {
            self.lines.push(Check { what, cell: on(sheet.name, row, col), workbook, table });
        }
    }
}

pub(super) fn sheet(
    tables: Tables<'_>,
    manifest: &Manifest,
    summary: &Summary,
    checks: &Checks,
) -> Result<Worksheet, Error> {
    let mut sheet = Sheet::new(
        SHEET,
        "Inputs and checks",
        "What the forecast was made of, what to doubt, and whether this workbook's totals are those of the tables.",
    )?;
    let last = 8;
    let mut row = 3;
    sheet.block(row, (0, last), "This run")?;
    for (what, value) in [
        ("vintage", manifest.vintage.clone()),
        ("revises", manifest.revises.clone().unwrap_or_else(|| "nothing".to_owned())),
        ("as of", manifest.as_of.clone()),
        ("job", manifest.job.clone()),
        ("SHA-256 of the job", manifest.job_sha256.clone()),
        ("wafercast", manifest.version.clone()),
        ("schema version", manifest.schema_version.to_string()),
        ("seed and paths", format!("{} and {}", manifest.seed, manifest.paths)),
    ] {
        row += 1;
        sheet.text(row, 0, what, Look::Plain)?;
        sheet.text(row, 1, &value, Look::Plain)?;
    }
    row += 1;
    let verdict = row;
    row += 2;
    let exports = inputs::exports(manifest);
    let (placed, next) = sheet.section(row, &exports, last)?;
    row = next;
    if let Some(placed) = placed {
        sheet.colour_above((placed.top + 1, 3, placed.bottom, 3), 0.0, colour::WATCH)?;
    }
    row = paragraphs(&mut sheet, row, last, "Warnings", summary.warnings())?;
    for grid in [
        inputs::used(manifest),
        Grid::whole("Rules of the trade, against the job's targets", &tables.rows(p::NAME)),
        Grid::whole(
            "Regressions: how orders respond to the market and drivers, how difficulty grows",
            &tables.rows(regression::NAME),
        ),
        Grid::whole("Rows left out", &tables.rows(rejected_rows::NAME)),
    ] {
        row = sheet.section(row, &grid, last + 4)?.1;
    }
    // On screen; the count of those that differ is printed above.
    sheet.print_to(row, last + 4)?;
    totals(&mut sheet, row, last, checks)?;
    let differ = checks.lines.iter().filter(|check| check.differs()).count();
    let rows = (row + 2, 5, row + 1 + u32::try_from(checks.lines.len().max(1)).unwrap_or(1), 5);
    let formula = format!("=COUNTIF({},\"differs\")", range(rows));
    sheet.text(verdict, 0, "totals that differ", Look::Plain)?;
    sheet.formula(verdict, 1, &formula, Some(differ as f64), Look::Plain, WHOLE)?;
    let of =
        format!("of {} in this workbook from what the tables say; listed at the end", checks.lines.len());
    sheet.text(verdict, 2, &of, Look::Plain)?;
    sheet.colour_above((verdict, 1, verdict, 1), 0.0, colour::BAD)?;
    let mut widths = vec![34.0, 30.0, 14.0, 14.0, 14.0, 14.0];
    widths.resize(13, 12.0);
    sheet.widths(&widths)?;
    sheet.finish(manifest, (0, 0))
}

fn paragraphs(sheet: &mut Sheet, top: u32, last: u16, title: &str, lines: &[String]) -> Result<u32, Error> {
    sheet.block(top, (0, last), title)?;
    let mut row = top + 1;
    if lines.is_empty() {
        sheet.text(row, 0, "none", Look::Note)?;
        row += 1;
    }
    for line in lines {
        sheet.paragraph((row, 0, row, last), line, Look::Wrapped, 165)?;
        row += 1;
    }
    Ok(row + 1)
}

/// The workbook's totals against the tables', with formulas that show a difference as soon as there is one.
fn totals(sheet: &mut Sheet, top: u32, last: u16, checks: &Checks) -> Result<(), Error> {
    sheet.block(top, (0, last), "Totals of this workbook against the tables")?;
    sheet.heads(
        top + 1,
        0,
        &[
            ("what", false),
            ("", false),
            ("workbook", true),
            ("table", true),
            ("difference", true),
            ("", false),
        ],
    )?;
    let first = top + 2;
    let mut row = first;
    for check in &checks.lines {
        sheet.text(row, 0, &check.what, Look::Plain)?;
        sheet.formula(row, 2, &format!("={}", check.cell), Some(check.workbook), Look::Plain, WHOLE)?;
        sheet.number(row, 3, Some(check.table), Look::Plain, WHOLE)?;
        let formula = format!("={}-{}", address(row, 2), address(row, 3));
        let difference = check.workbook - check.table;
        sheet.formula(row, 4, &formula, Some(difference), Look::Plain, WHOLE)?;
        let formula = format!("=IF(ABS({})<{TOLERANCE},\"agrees\",\"differs\")", address(row, 4));
        let verdict = if check.differs() { "differs" } else { "agrees" };
        sheet.answer(row, 5, &formula, verdict, &format(Look::Plain, "General"))?;
        row += 1;
    }
    if row > first {
        sheet.colour_text((first, 5, row - 1, 5), "differs", colour::BAD)?;
        sheet.colour_text((first, 5, row - 1, 5), "agrees", colour::GOOD)?;
    }
    Ok(())
}
