//! A frame as the bytes of a CSV and a Parquet file.

use polars::prelude::{AnyValue, DataFrame, ParquetCompression, ParquetWriter};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::job;
use crate::tables::{Kind, Spec, Table};

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

/// Every table in every format that the job asks for.
///
/// # Errors
/// [`Error::Internal`] when a value does not fit its column.
pub fn files(tables: Vec<Table>, formats: &[job::Format]) -> Result<Vec<OutputFile>, Error> {
    let mut files = Vec::new();
    for table in tables {
        let spec = table.spec;
        let mut frame = table.frame()?;
        let rows = frame.height();
        for format in formats {
            let (ending, bytes) = match format {
                job::Format::Csv => ("csv", csv(&frame, spec)?),
                job::Format::Parquet => ("parquet", parquet(&mut frame)?),
                job::Format::Html => continue,
            };
            files.push(OutputFile { name: format!("{}.{ending}", spec.name), bytes, rows });
        }
    }
    Ok(files)
}

fn parquet(frame: &mut DataFrame) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Snappy).finish(frame)?;
    Ok(bytes)
}

fn csv(frame: &DataFrame, spec: &Spec) -> Result<Vec<u8>, Error> {
    let internal = |e: String| Error::Internal(format!("table {}: {e}", spec.name));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(spec.columns.iter().map(|c| c.name)).map_err(|e| internal(e.to_string()))?;
    for row in 0..frame.height() {
        let mut cells = Vec::with_capacity(spec.columns.len());
        for (series, column) in frame.columns().iter().zip(spec.columns) {
            cells.push(text(&series.get(row)?, column.kind).ok_or_else(|| {
                internal(format!("column {} holds a value that is not of its type", column.name))
            })?);
        }
        writer.write_record(&cells).map_err(|e| internal(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| internal(e.to_string()))
}

/// A value as a spreadsheet reads it: ISO dates, plain digits with the column's decimals, missing is empty.
fn text(value: &AnyValue<'_>, kind: Kind) -> Option<String> {
    Some(match (value, kind) {
        (AnyValue::Null, _) => String::new(),
        (text, Kind::Text) => harmless(text.get_str()?),
        (AnyValue::Int64(number), Kind::Whole) => number.to_string(),
        (AnyValue::Float64(number), Kind::Real(decimals)) => format!("{number:.*}", usize::from(decimals)),
        (AnyValue::Date(days), Kind::Date) => {
            (chrono::NaiveDate::default() + chrono::Duration::days(i64::from(*days))).to_string()
        }
        _ => return None,
    })
}

/// Text that a spreadsheet would take for a formula gets an apostrophe before it (CWE-1236).
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_numbers_are_not_touched() {
        assert_eq!(text(&AnyValue::String("=1+1"), Kind::Text).unwrap(), "'=1+1");
        assert_eq!(text(&AnyValue::Int64(-5), Kind::Whole).unwrap(), "-5");
        assert_eq!(text(&AnyValue::Float64(1e21), Kind::Real(1)).unwrap(), "1000000000000000000000.0");
        assert_eq!(text(&AnyValue::Date(20_000), Kind::Date).unwrap(), "2024-10-04");
        assert_eq!(text(&AnyValue::Null, Kind::Whole).unwrap(), "");
    }
}
