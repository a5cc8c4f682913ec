//! Tables to files, files to a vintage: staged, synced and renamed in one step, or not at all.

mod files;
mod latest;
mod listing;
mod lock;
mod manifest;
mod name;
mod opened;
mod rights;
mod sync;
mod template;
mod undo;
mod vintage;
mod withdrawn;

pub use files::{OutputFile, csv, files};
pub(crate) use files::{plain, table_file};
pub use listing::{Listing, damage, published};
pub use lock::OutputFolder;
pub use manifest::{Input, Manifest, Revised};
pub(crate) use manifest::{LARGEST_CUSTOMER, LAUNCH_SLIP, MIX, OPENING_CASH};
pub use name::{VintageName, WrittenName};
pub use opened::{Wanted, opened};
pub use template::{TEMPLATE, template};
pub use undo::{Pointed, choose, withdraw};
pub use vintage::{Place, Published, place, publish, unchanged};
