//! The version of the tables; a test in `tables` sees that it goes up when they change.

/// Version of the tables' columns, in every manifest and Parquet file. It goes up when a published table or column changes
/// its name, place, type or unit, or is added or removed; what is only said better of a column leaves it as it is.
pub const SCHEMA_VERSION: u32 = 6;

/// SHA-256 of the tables of [`SCHEMA_VERSION`]: name, type and unit of every column.
#[cfg(test)]
pub(crate) const DIGEST: &str = "674ab4a1e172d33700347ade92001372c90ffef50719baf895ca86444790bbb8";
