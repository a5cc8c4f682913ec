//! An explanation as it is written: numbered steps, a published number a line with its column, sums that are checked.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::table::Column;
use crate::vintages::StoredRow;

/// How much is said of each number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// Its column.
    Column,
    /// Its column with its meaning, formula and source.
    Meaning,
}

/// Steps as they are told.
#[derive(Debug)]
pub(super) struct Account {
    lines: Vec<String>,
    steps: usize,
    wrong: Vec<String>,
    detail: Detail,
    told: BTreeSet<(&'static str, &'static str)>,
}

impl Account {
    /// An account of what `title` says.
    pub(super) fn new(title: String, detail: Detail) -> Self {
        Self { lines: vec![title], steps: 0, wrong: Vec::new(), detail, told: BTreeSet::new() }
    }

    /// Begins a step, with the row or rows that its numbers stand in.
    pub(super) fn step(&mut self, title: &str, rows: &str) {
        self.steps += 1;
        let rows = if rows.is_empty() { String::new() } else { format!(" ({rows})") };
        self.lines.extend([String::new(), format!("{}. {title}{rows}", self.steps)]);
    }

    /// A cell as it was published: value, unit, what it is, table and column.
    pub(super) fn cell(&mut self, row: &StoredRow, column: Column, what: &str) {
        let text = row.text(column);
        let text = if text.is_empty() { "-".to_owned() } else { shown(text) };
        self.lines
            .push(format!("   {text:>14} {:<12} {what:<46} {}.{}", column.unit, column.table, column.name));
        // The meaning of a column is told once.
        if self.detail == Detail::Meaning && self.told.insert((column.table, column.name)) {
            let said = [("", column.meaning), ("= ", column.formula), ("from ", column.source)];
            let said = said.iter().filter(|(_, text)| !text.is_empty());
            self.lines.extend(said.map(|(word, text)| format!("{:31}{word}{text}", "")));
        }
    }

    /// A sentence.
    pub(super) fn say(&mut self, sentence: &str) {
        self.lines.push(format!("   {sentence}"));
    }

    /// A calculation from published numbers, `formula` in numbers, against the published result; `tolerance` is what their
    /// rounding may make of it.
    pub(super) fn check(
        &mut self,
        formula: &str,
        found: f64,
        column: Column,
        row: &StoredRow,
        tolerance: f64,
    ) {
        let given = row.text(column);
        let right = given.parse::<f64>().is_ok_and(|given| (given - found).abs() <= tolerance);
        let verdict = if right { "adds up".to_owned() } else { format!("DOES NOT ADD UP, it gives {found}") };
        let line = format!("{formula} = {}: {verdict}", shown(given));
        if !right {
            self.wrong.push(format!("{}.{}: {line}", column.table, column.name));
        }
        self.say(&line);
    }

    /// The sum of whole numbers of other rows against a published one.
    pub(super) fn sum(&mut self, what: &str, parts: &[i64], column: Column, row: &StoredRow) {
        let sum: i64 = parts.iter().sum();
        let listed: Vec<i64> = parts.iter().copied().filter(|part| *part != 0).collect();
        // A sum of many is told by its number of parts.
        let listed = match listed.as_slice() {
            [] => "0".to_owned(),
            [first, rest @ ..] if rest.len() < 6 => {
                rest.iter().fold(shown(&first.to_string()), |sum, part| format!("{sum} {}", signed(*part)))
            }
            many => format!("the sum of {} rows", many.len()),
        };
        self.check(&format!("{what}: {listed}"), sum as f64, column, row, 0.0);
    }

    /// The text.
    ///
    /// # Errors
    /// [`Error::Internal`] with the sums that do not add up, and the account.
    pub(super) fn finish(self) -> Result<String, Error> {
        let text = self.lines.join("\n") + "\n";
        if self.wrong.is_empty() {
            return Ok(text);
        }
        Err(Error::Internal(format!("{text}published numbers do not add up:\n{}", self.wrong.join("\n"))))
    }
}

/// A number with its sign before it, as a part of a sum.
fn signed(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "+" };
    format!("{sign} {}", shown(&number.unsigned_abs().to_string()))
}

/// A published text; of a number with commas between its thousands and every decimal that it was published with.
pub(super) fn shown(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, decimals) = digits.split_once('.').map_or((digits, ""), |(whole, rest)| (whole, rest));
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    match whole.parse() {
        Ok(count) if number(whole) && number(decimals) => {
            let point = if decimals.is_empty() { "" } else { "." };
            format!("{sign}{}{point}{decimals}", crate::views::words::grouped(count))
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::declared::wafer_orders as orders;

    #[test]
    fn numbers_keep_their_decimals_and_texts_are_as_they_are() {
        for (text, seen) in [
            ("1234567.80", "1,234,567.80"),
            ("-0.55", "-0.55"),
            ("-1000", "-1,000"),
            ("2025-10-31", "2025-10-31"),
            ("place_now", "place_now"),
            ("", ""),
        ] {
            assert_eq!(shown(text), seen);
        }
    }

    #[test]
    fn a_sum_that_is_wrong_is_a_failure_that_shows_it() {
        let row = StoredRow::of(&[(orders::machines_covered, "10")]);
        let mut account = Account::new("ten".to_owned(), Detail::Column);
        account.sum("uses", &[7, 0, 4, -1], orders::machines_covered, &row);
        let text = account.finish().unwrap();
        assert_eq!(text, "ten\n   uses: 7 + 4 - 1 = 10: adds up\n");
        let mut account = Account::new("ten".to_owned(), Detail::Column);
        account.sum("change", &[-4, 14], orders::machines_covered, &row);
        account.sum("many", &[1; 10], orders::machines_covered, &row);
        account.sum("uses", &[7, 4], orders::machines_covered, &row);
        let error = account.finish().unwrap_err().to_string();
        assert!(
            error.contains("wafer_orders.machines_covered: uses: 7 + 4 = 10: DOES NOT ADD UP, it gives 11"),
            "{error}"
        );
    }

    #[test]
    fn a_cell_has_its_unit_and_column_and_on_demand_its_meaning() {
        let row = StoredRow::of(&[(orders::net_wafers, "1687"), (orders::reason, "")]);
        let mut account = Account::new("t".to_owned(), Detail::Column);
        account.cell(&row, orders::net_wafers, "missing");
        account.cell(&row, orders::short_wafers, "not in this vintage");
        let text = account.finish().unwrap();
        let mut lines = text.lines().skip(1);
        let line = lines.next().unwrap();
        assert!(
            line.starts_with("            1,687 wafers       missing ")
                && line.ends_with(" wafer_orders.net_wafers"),
            "{line}"
        );
        assert!(lines.next().unwrap().starts_with("                - wafers "));
        let mut account = Account::new("t".to_owned(), Detail::Meaning);
        account.cell(&row, orders::net_wafers, "missing");
        let text = account.finish().unwrap();
        assert!(
            text.contains(" = (chips_required - chips_on_hand - chips_on_order - chips_proposed)"),
            "{text}"
        );
    }
}
