//! What a table is: columns declared once, rows of typed cells, and the forms that they are written in.

pub(crate) mod column;
mod dialect;
pub(crate) mod schema;
mod version;

pub(crate) use column::level;
pub use column::{AS_OF, Column, Kind, Look, Spec, VINTAGE};
pub use dialect::Dialect;
pub(crate) use dialect::{BOM, as_it_was, harmless};
pub use schema::{Cell, Stamp, Table};
pub(crate) use schema::{round, table};
#[cfg(test)]
pub(crate) use version::DIGEST;
pub use version::SCHEMA_VERSION;
