//! Sheet `checks`: whether what the workbook adds up is what the tables say.

use crate::error::Error;
use crate::publish::Manifest;
use crate::tables::declared::{
    cash, revisions, shipment_forecast as f, shipment_forecast_quarterly as q, wafer_orders as w,
};
use crate::views::inputs::{STEPS, bridge, bridged};
use crate::views::{ALL, Entry, Form, Grid, Head, NOW, SCENARIOS, Tables, YEAR};

use super::sheet::{Sheet, address, on};
use super::style::{Look, WHOLE, colour, format};
use super::tidy::Native;

/// Name of the sheet.
pub(super) const SHEET: &str = "checks";

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
    /// What it comes to in the workbook, as a formula and a number.
    formula: String,
    workbook: f64,
    /// What the table says.
    table: f64,
}

impl Check {
    fn verdict(&self) -> &'static str {
        if (self.workbook - self.table).abs() >= TOLERANCE { "differs" } else { "agrees" }
    }
}

impl Checks {
    /// The cell at `place` of a sheet, which a table has the value of. Without a value there is nothing to check.
    pub(super) fn add(&mut self, what: String, sheet: &Sheet, place: (u32, u16), table: Option<f64>) {
        let (row, col) = place;
        let workbook = sheet.numbers_in((row, col, row, col)).next();
        self.sum(what, workbook.map(|number| (format!("={}", on(sheet.name, row, col)), number)), table);
    }

    fn sum(&mut self, what: String, workbook: Option<(String, f64)>, table: Option<f64>) {
        if let (Some((formula, workbook)), Some(table)) = (workbook, table) {
            self.lines.push(Check { what, formula, workbook, table });
        }
    }

    /// What the sheets of tables add up to without their rows of totals, against those rows.
    pub(super) fn tables(&mut self, tables: Tables<'_>, sheets: &[Native]) {
        let of = |name: &str| sheets.iter().find(|native| native.sheet.name == name);
        let columns = [
            (f::firm_units, q::firm_units),
            (f::expected_units, q::expected_units),
            (f::units, q::units),
            (f::constrained_units, q::constrained_units),
            (f::revenue_usd, q::revenue_usd),
        ];
        for scenario in SCENARIOS {
            let year = tables.with(q::scenario, scenario).into_iter();
            let year = year.filter(|row| row.is(q::model, ALL)).find(|row| row.is(q::quarter, YEAR));
            for (column, total) in columns {
                let sum =
                    of(f::NAME).and_then(|native| native.sum(tables, column, &[(f::scenario, scenario)]));
                self.sum(
                    format!("{}: {}, {scenario}, 12 months", f::NAME, column.name),
                    sum,
                    year.and_then(|row| row.number(total)),
                );
            }
            let sum = of(cash::NAME)
                .and_then(|native| native.sum(tables, cash::net_usd, &[(cash::scenario, scenario)]));
            let last =
                tables.with(cash::scenario, scenario).last().and_then(|row| row.number(cash::cumulative_usd));
            self.sum(format!("cash: net, {scenario}, against the last cumulative"), sum, last);
        }
        let orders = tables.with(w::decision, NOW);
        for column in [w::wafers, w::cost_usd, w::prepayment_usd] {
            let sum = of(w::NAME).and_then(|native| native.sum(tables, column, &[(w::decision, NOW)]));
            let total = orders.iter().map(|row| row.number(column)).sum();
            self.sum(format!("{}: {}, place_now", w::NAME, column.name), sum, total);
        }
        for previous in bridged(tables) {
            let rows = bridge(tables, previous);
            let only = [(revisions::previous_vintage, previous)];
            for column in STEPS.into_iter().chain([revisions::previous, revisions::now]) {
                let sum = of(revisions::NAME).and_then(|native| native.sum(tables, column, &only));
                let total = rows.iter().map(|row| row.number(column)).sum();
                self.sum(format!("revisions: {} since {previous}", column.name), sum, total);
            }
        }
    }

    /// The sheet, and how many totals there are and differ.
    pub(super) fn sheet(&self, manifest: &Manifest) -> Result<(Native, (usize, usize)), Error> {
        let heads = [
            ("total", Form::Text),
            ("workbook", Form::Number(0)),
            ("table", Form::Number(0)),
            ("difference", Form::Number(0)),
            ("verdict", Form::Text),
        ];
        let line = |check: &Check| {
            let number = |value: f64| Entry::new(value, Form::Number(0));
            let parts = [check.workbook, check.table, check.workbook - check.table].map(number);
            [vec![Entry::text(check.what.as_str())], parts.to_vec(), vec![Entry::text(check.verdict())]]
                .concat()
        };
        let grid = Grid::made(
            "",
            "",
            heads.iter().map(|(what, form)| Head::new(what, "", *form)).collect(),
            self.lines.iter().map(line).collect(),
        );
        let notes = [
            "a total that this workbook adds up",
            "its sum here, a formula",
            "the same in the tables beside this workbook",
            "workbook - table",
            "agrees where they are less than 0.5 apart",
        ];
        let mut native = Native::new(SHEET, &grid, &notes.map(str::to_owned), (manifest, 1))?;
        let sheet = &mut native.sheet;
        for (row, check) in (1..).zip(&self.lines) {
            sheet.formula(row, 1, &check.formula, Some(check.workbook), Look::Plain, WHOLE)?;
            let difference = format!("={}-{}", address(row, 1), address(row, 2));
            sheet.formula(row, 3, &difference, Some(check.workbook - check.table), Look::Plain, WHOLE)?;
            let verdict = format!("=IF(ABS({})<{TOLERANCE},\"agrees\",\"differs\")", address(row, 3));
            sheet.answer(row, 4, &verdict, check.verdict(), &format(Look::Plain, "General"))?;
        }
        let last = u32::try_from(self.lines.len().max(1)).unwrap_or(1);
        sheet.colour_text((1, 4, last, 4), "differs", colour::BAD)?;
        sheet.colour_text((1, 4, last, 4), "agrees", colour::GOOD)?;
        let differ = self.lines.iter().filter(|check| check.verdict() == "differs").count();
        Ok((native, (self.lines.len(), differ)))
    }
}
