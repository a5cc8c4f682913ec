//! The version of the tables; a test in `tables` sees that it goes up when they change.

/// Version of the tables' columns, in every manifest and Parquet file. It goes up when a published table or column changes
/// its name, place, type or unit, or is added or removed; what is only said better of a column leaves it as it is.
pub const SCHEMA_VERSION: u32 = 6;

/// SHA-256 of the tables of [`SCHEMA_VERSION`]: name, type and unit of every column.
#[cfg(test)]
pub(crate) const DIGEST: &str = "403ee47c55edec5ae6576005a562bf8d01820d9400517ac8968a6b66bd08553b";
