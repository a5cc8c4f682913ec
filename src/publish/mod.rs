//! Tables to files, files to a vintage: staged, synced and renamed in one step, or not at all.

mod files;
mod latest;
mod lock;
mod manifest;
mod name;
mod rights;
mod vintage;

pub use files::{OutputFile, files};
pub use lock::OutputFolder;
pub use manifest::{Input, Manifest};
pub use name::VintageName;
pub use vintage::{Place, Published, place, publish, published, unchanged};
