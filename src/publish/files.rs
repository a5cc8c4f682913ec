//! A table as the bytes of a CSV and a Parquet file.

use std::fmt::Write as _;

use polars::prelude::{DataFrame, KeyValueMetadata, ParquetCompression, ParquetWriter};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::job;
use crate::table::{Cell, Kind, Table};

use crate::table::{BOM, Dialect, harmless};

/// A file of a vintage, in memory.
#[derive(Debug)]
pub struct OutputFile {
    /// Name within the vintage.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Rows of the table.
    pub rows: usize,
}

impl OutputFile {
    /// A file that is not a table.
    pub fn text(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), bytes: text.into_bytes(), rows: 0 }
    }

    /// SHA-256 of the bytes, hexadecimal.
    pub fn sha256(&self) -> String {
        format!("{:x}", Sha256::digest(&self.bytes))
    }
}

/// Every table in every format that the job asks for and a table has, CSV and Parquet. `provenance` goes into every Parquet
/// file as its key-value metadata.
///
/// # Errors
/// [`Error::Internal`] when a value does not fit its column.
pub fn files(
    tables: &[Table],
    output: &job::Output,
    provenance: &[(String, String)],
) -> Result<Vec<OutputFile>, Error> {
    let mut files = Vec::new();
    for table in tables {
        // Made whatever the formats are: it is here that a value which does not fit its column is found.
        let mut frame = table.frame()?;
        for format in &output.formats {
            let (ending, bytes) = match format {
                job::Format::Csv => ("csv", csv(table, output.dialect())),
                job::Format::Parquet => ("parquet", parquet(&mut frame, provenance)?),
                job::Format::Xlsx | job::Format::Html => continue,
            };
            files.push(OutputFile { name: table_file(table.spec.name, ending), bytes, rows: frame.height() });
        }
    }
    Ok(files)
}

/// Where a table lies within a vintage: `csv/cash.csv`. Files for people lie on top.
pub(crate) fn table_file(table: &str, ending: &str) -> String {
    format!("{ending}/{table}.{ending}")
}

fn parquet(frame: &mut DataFrame, provenance: &[(String, String)]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Snappy)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(provenance.to_vec())))
        .finish(frame)?;
    Ok(bytes)
}

/// A table as a CSV file of a dialect.
pub fn csv(table: &Table, dialect: Dialect) -> Vec<u8> {
    let mut file = String::new();
    if dialect.bom {
        file.push(BOM);
    }
    let columns = table.spec.columns;
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            file.push(dialect.delimiter);
        }
        file.push_str(&dialect.quoted(column.name));
    }
    file.push('\n');
    for row in table.rows() {
        for (index, (cell, column)) in row.iter().zip(columns).enumerate() {
            if index > 0 {
                file.push(dialect.delimiter);
            }
            push(&mut file, cell, column.kind, dialect);
        }
        file.push('\n');
    }
    file.into_bytes()
}

/// Writes a value as a spreadsheet reads it: ISO dates, plain digits with the column's decimals, missing is empty.
fn push(file: &mut String, cell: &Cell, kind: Kind, dialect: Dialect) {
    // Writing to a text cannot fail.
    let _ = match (cell, kind) {
        (Cell::Empty, _) => Ok(()),
        (Cell::Text(text), _) => {
            file.push_str(&dialect.quoted(&harmless(text)));
            Ok(())
        }
        (Cell::Whole(number), _) => write!(file, "{number}"),
        (Cell::Real(number), Kind::Real(decimals)) if dialect.decimal_mark == '.' => {
            write!(file, "{number:.*}", usize::from(decimals))
        }
        _ => {
            file.push_str(&dialect.number(&plain(cell, kind)));
            Ok(())
        }
    };
}

/// A value in plain digits: ISO dates, decimal points, the column's decimals, missing is empty.
pub(crate) fn plain(cell: &Cell, kind: Kind) -> String {
    match (cell, kind) {
        (Cell::Empty, _) => String::new(),
        (Cell::Text(text), _) => text.clone(),
        (Cell::Date(date), _) => date.to_string(),
        (Cell::Whole(number), _) => number.to_string(),
        (Cell::Real(number), Kind::Real(decimals)) => format!("{number:.*}", usize::from(decimals)),
        (Cell::Real(number), _) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_numbers_are_not_touched() {
        let text = |cell: &Cell, kind: Kind, dialect: Dialect| {
            let mut file = String::new();
            push(&mut file, cell, kind, dialect);
            file
        };
        let plain = Dialect::default();
        let day = chrono::NaiveDate::from_ymd_opt(2024, 10, 4).unwrap();
        assert_eq!(text(&Cell::from("=1+1"), Kind::Text, plain), "\"'=1+1\"");
        assert_eq!(text(&Cell::Whole(-5), Kind::Whole, plain), "-5");
        assert_eq!(text(&Cell::Real(1e21), Kind::Real(1), plain), "1000000000000000000000.0");
        assert_eq!(text(&Cell::Date(day), Kind::Date, plain), "2024-10-04");
        assert_eq!(text(&Cell::Empty, Kind::Whole, plain), "");
        let commas = Dialect { delimiter: ';', decimal_mark: ',', bom: true };
        assert_eq!(text(&Cell::Real(-0.5), Kind::Real(2), commas), "-0,50");
        assert_eq!(text(&Cell::from("R2 0.5"), Kind::Text, commas), "R2 0.5", "text keeps its points");
        assert_eq!(text(&Cell::Date(day), Kind::Date, commas), "2024-10-04");
    }
}
