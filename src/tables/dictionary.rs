//! The data dictionary: every table and column as its description has it, for programs and for people.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde::Serialize;

use crate::table::{Column, Kind, SCHEMA_VERSION, Spec};

use super::SPECS;
use crate::error::Error;

/// A form of the dictionary.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Form {
    /// One line a column, RFC 4180.
    Csv,
    /// One object a table.
    Json,
    /// The page `docs/reference/tables.md`.
    Markdown,
}

/// The type of a column in words, the same in every form: `text`, `date`, `integer` or `number, 2 decimals`.
pub fn type_name(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Date | Kind::Month => "date".to_owned(),
        Kind::Whole => "integer".to_owned(),
        Kind::Real(decimals) => format!("number, {decimals} decimals"),
    }
}

/// The columns of the dictionary.
pub const HEADER: [&str; 9] =
    ["table", "row", "column", "key", "type", "unit", "meaning", "formula", "source"];

/// The dictionary's rows, in the order of [`HEADER`].
pub fn rows() -> impl Iterator<Item = [String; 9]> {
    SPECS.iter().flat_map(|spec| {
        spec.columns.iter().enumerate().map(|(index, column)| {
            [
                spec.name,
                spec.row,
                column.name,
                if index < spec.key { "key" } else { "" },
                &type_name(column.kind),
                column.unit,
                column.meaning,
                column.formula,
                column.source,
            ]
            .map(str::to_owned)
        })
    })
}

/// The dictionary in one of its forms.
///
/// # Errors
/// [`Error::Internal`]; it cannot happen with the texts it is made of.
pub fn dictionary(form: Form) -> Result<String, Error> {
    match form {
        Form::Csv => csv(),
        Form::Json => json(),
        Form::Markdown => Ok(markdown()),
    }
}

fn csv() -> Result<String, Error> {
    let internal = |e: String| Error::Internal(e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).map_err(|e| internal(e.to_string()))?;
    for row in rows() {
        writer.write_record(row).map_err(|e| internal(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| internal(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| internal(e.to_string()))
}

#[derive(Serialize)]
struct Dictionary {
    schema_version: u32,
    tables: Vec<TableEntry>,
}

#[derive(Serialize)]
struct TableEntry {
    name: &'static str,
    row: &'static str,
    key: Vec<&'static str>,
    columns: Vec<ColumnEntry>,
}

#[derive(Serialize)]
struct ColumnEntry {
    name: &'static str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<u8>,
    unit: &'static str,
    meaning: &'static str,
    formula: &'static str,
    source: &'static str,
}

fn entry(spec: &Spec) -> TableEntry {
    let columns = spec.columns.iter().map(|column: &Column| {
        let (r#type, decimals) = match column.kind {
            Kind::Text => ("text", None),
            Kind::Date | Kind::Month => ("date", None),
            Kind::Whole => ("integer", None),
            Kind::Real(decimals) => ("number", Some(decimals)),
        };
        let Column { name, unit, meaning, formula, source, .. } = *column;
        ColumnEntry { name, r#type, decimals, unit, meaning, formula, source }
    });
    TableEntry {
        name: spec.name,
        row: spec.row,
        key: spec.columns[..spec.key].iter().map(|column| column.name).collect(),
        columns: columns.collect(),
    }
}

fn json() -> Result<String, Error> {
    let tables = SPECS.iter().map(|spec| entry(spec)).collect();
    let text = serde_json::to_string_pretty(&Dictionary { schema_version: SCHEMA_VERSION, tables });
    text.map(|text| text + "\n").map_err(|e| Error::Internal(e.to_string()))
}

fn markdown() -> String {
    let mut page = format!(
        "# Tables\n\n\
         Written by `make dictionary` from the descriptions in `src/tables/`; `wafercast schema` prints the same as CSV, `--format json` as JSON. \
         Schema version {SCHEMA_VERSION}, as in every manifest and Parquet file.\n\n\
         CSV and Parquet have the same columns: `text` (UTF-8), `date` (a month by its first day), `integer` (64 bits), `number` (64-bit float, rounded to the decimals \
         given). Missing is empty, never 0. Rows are sorted by the key, which is printed bold.\n\n"
    );
    for spec in SPECS {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "- [{0}](#{0}): {1}", spec.name, spec.row);
    }
    for spec in SPECS {
        let _ = write!(
            page,
            "\n## {}\n\nA row is {}.\n\n| column | type | unit | meaning | formula | source |\n|---|---|---|---|---|---|\n",
            spec.name, spec.row
        );
        for (index, column) in spec.columns.iter().enumerate() {
            let name = if index < spec.key { format!("**{}**", column.name) } else { column.name.to_owned() };
            let cells =
                [&name, &type_name(column.kind), column.unit, column.meaning, column.formula, column.source];
            let _ = writeln!(page, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_every_column() {
        let (csv, json, markdown) = (
            dictionary(Form::Csv).unwrap(),
            dictionary(Form::Json).unwrap(),
            dictionary(Form::Markdown).unwrap(),
        );
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let columns: usize = SPECS.iter().map(|spec| spec.columns.len()).sum();
        let mut lines = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(lines.records().count(), columns);
        let of_json = |table: &serde_json::Value| table["columns"].as_array().unwrap().len();
        assert_eq!(json["tables"].as_array().unwrap().iter().map(of_json).sum::<usize>(), columns);
        let lines = markdown.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| column |"));
        assert_eq!(lines.count(), columns);
    }

    #[test]
    fn every_table_and_column_is_described() {
        for spec in SPECS {
            let mut seen = std::collections::BTreeSet::new();
            for column in spec.columns {
                assert!(seen.insert(column.name), "{}.{} stands twice", spec.name, column.name);
                assert!(!column.meaning.is_empty(), "{}.{} has no meaning", spec.name, column.name);
                // A number without a unit is a ratio or an index, and says so.
                let text = matches!(column.kind, Kind::Text | Kind::Date | Kind::Month);
                assert!(!text || column.unit.is_empty(), "{}.{} is text with a unit", spec.name, column.name);
            }
            assert!(!spec.row.is_empty() && spec.key > 0 && spec.key <= spec.columns.len(), "{}", spec.name);
        }
    }
}
