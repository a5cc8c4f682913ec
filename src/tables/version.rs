//! The version of the tables, and a test that it goes up when they change.

/// Version of the tables' columns, in every manifest and Parquet file. It goes up when a published table or column changes
/// its name, place, type or unit, or is added or removed; what is only said better of a column leaves it as it is.
pub const SCHEMA_VERSION: u32 = 4;

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::SCHEMA_VERSION;
    use crate::tables::SPECS;
    use crate::tables::dictionary::type_name;

    /// SHA-256 of the tables of [`SCHEMA_VERSION`].
    const DIGEST: &str = "ffa8abf03fd5d8f2a6d0d7334b30e87b7ac31a6166d5e8d537680619c1614402";

    #[test]
    fn tables_do_not_change_without_a_new_version() {
        let mut digest = Sha256::new();
        for spec in SPECS {
            digest.update(format!("{} {}\n", spec.name, spec.key));
            for column in spec.columns {
                digest.update(format!("  {} {} {}\n", column.name, type_name(column.kind), column.unit));
            }
        }
        let now = format!("{:x}", digest.finalize());
        assert_eq!(
            now,
            DIGEST,
            "a table has changed: where vintages of version {SCHEMA_VERSION} are in use set SCHEMA_VERSION to {}, and DIGEST to the left one",
            SCHEMA_VERSION + 1
        );
    }
}
