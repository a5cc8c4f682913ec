//! Tables to files, files to a vintage: staged, synced and renamed in one step, or not at all.

mod dialect;
mod files;
mod latest;
mod lock;
mod manifest;
mod name;
mod rights;
mod vintage;

pub use dialect::Dialect;
pub(crate) use dialect::{as_it_was, harmless};
pub use files::{OutputFile, csv, files};
pub(crate) use files::{plain, table_file};
pub use lock::OutputFolder;
pub use manifest::{Input, Manifest};
pub use name::VintageName;
pub use vintage::{Place, Published, place, publish, published, unchanged};
