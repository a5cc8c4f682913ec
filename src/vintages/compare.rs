//! Two published vintages, cell by cell.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;
use crate::publish::Manifest;
use crate::table::{Column, Kind, Spec, harmless};

use super::read::{Row, rows};

/// Columns that say which vintage a row is of: they differ by nature.
const OF_VINTAGE: [&str; 3] = ["vintage", "as_of", "previous_vintage"];

/// Every cell that differs between two vintages, as CSV (`table, key, column, old, new, change`), and what decided
/// the outputs and differs. Only `tables` when any are named.
///
/// # Errors
/// [`Error::Usage`] when a folder is not a vintage, or a table is not one of wafercast's.
pub fn compare(
    (old, new): (&Path, &Path),
    tables: &[String],
    specs: &[&Spec],
) -> Result<(String, Vec<String>), Error> {
    let read = |folder: &Path| {
        Manifest::read(folder).map_err(|e| {
            let hint = "give the folder of a vintage, for example out/2025Q3 or out/latest";
            Error::Usage(format!("{} is not a vintage: {e}\nhint: {hint}", folder.display()))
        })
    };
    let (before, after) = (read(old)?, read(new)?);
    if let Some(unknown) = tables.iter().find(|t| specs.iter().all(|spec| spec.name != **t)) {
        return Err(Error::Usage(format!(
            "there is no table `{unknown}`\nhint: `wafercast schema` lists them"
        )));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let internal = |e: String| Error::Internal(e);
    writer
        .write_record(["table", "key", "column", "old", "new", "change"])
        .map_err(|e| internal(e.to_string()))?;
    for spec in specs.iter().filter(|spec| tables.is_empty() || tables.iter().any(|t| t == spec.name)) {
        // A vintage of an earlier version may not have the table.
        let (Ok(old), Ok(new)) = (rows(old, &before, spec.name, specs), rows(new, &after, spec.name, specs))
        else {
            continue;
        };
        for line in differences(spec, &old, &new) {
            writer.write_record(line).map_err(|e| internal(e.to_string()))?;
        }
    }
    let bytes = writer.into_inner().map_err(|e| internal(e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|e| internal(e.to_string()))?;
    Ok((text, after.changes_since(&before)))
}

fn differences(spec: &Spec, old: &[Row], new: &[Row]) -> Vec<[String; 6]> {
    let key = |row: &Row| -> String {
        let columns = spec.columns[..spec.key].iter().filter(|c| !OF_VINTAGE.contains(&c.name));
        columns.map(|c| row.get(c.name).cloned().unwrap_or_default()).collect::<Vec<_>>().join("/")
    };
    let mut pairs: BTreeMap<String, [Option<&Row>; 2]> = BTreeMap::new();
    for (side, rows) in [old, new].into_iter().enumerate() {
        rows.iter().for_each(|row| pairs.entry(key(row)).or_default()[side] = Some(row));
    }
    let mut lines = Vec::new();
    for (key, sides) in &pairs {
        // A column that one of the vintages does not have yet, or not any more, is no difference of its cells.
        let both = |column: &&Column| sides.iter().flatten().all(|row| row.contains_key(column.name));
        let columns = spec.columns[spec.key..].iter().filter(|c| !OF_VINTAGE.contains(&c.name));
        for column in columns.filter(both) {
            let [old, new] =
                sides.map(|row| row.and_then(|row| row.get(column.name)).cloned().unwrap_or_default());
            if old != new {
                let change = change(column.kind, &old, &new).unwrap_or_default();
                // A number keeps its sign; text is as harmless to a spreadsheet as in the tables.
                let [old, new] = [old, new].map(|cell| match column.kind {
                    Kind::Text => harmless(&cell).into_owned(),
                    _ => cell,
                });
                let key = harmless(key).into_owned();
                lines.push([spec.name.to_owned(), key, column.name.to_owned(), old, new, change]);
            }
        }
    }
    lines
}

/// New less old, where both are numbers.
fn change(kind: Kind, old: &str, new: &str) -> Option<String> {
    Some(match kind {
        Kind::Whole => (new.parse::<i64>().ok()?.checked_sub(old.parse().ok()?)?).to_string(),
        Kind::Real(decimals) => {
            let change = new.parse::<f64>().ok()? - old.parse::<f64>().ok()?;
            format!("{change:.*}", usize::from(decimals))
        }
        Kind::Text | Kind::Date | Kind::Month => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::table;

    struct Line<'a>(&'a str, i64);

    table! {
        t of Line<'_>: "a test",
        key { model(Text, "", "key") = |r| r.0; }
        columns { intake_units(Whole, "machines", "value") = |r| r.1; }
    }

    #[test]
    fn a_column_that_one_side_does_not_have_is_left_out() {
        let row = |line: &Line<'_>, more: &[(&str, &str)]| -> Row {
            let machines = line.1.to_string();
            let cells = [("model", line.0), ("intake_units", &machines)];
            cells.iter().chain(more).map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let old = [row(&Line("ALL", 5), &[])];
        let new = [row(&Line("ALL", 7), &[("level", "total")])];
        let found = differences(&t::SPEC, &old, &new);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0][2..], ["intake_units", "5", "7", "2"].map(str::to_owned));
    }

    #[test]
    fn numbers_have_a_change_and_text_has_none() {
        assert_eq!(change(Kind::Whole, "7", "5").unwrap(), "-2");
        assert_eq!(change(Kind::Real(2), "1.10", "1.35").unwrap(), "0.25");
        assert_eq!(change(Kind::Whole, "", "5"), None, "missing is not 0");
        assert_eq!(change(Kind::Text, "a", "b"), None);
    }
}
