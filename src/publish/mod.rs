//! Tables to files, files to a vintage: staged, synced and renamed in one step, or not at all.

mod files;
mod manifest;
mod vintage;

pub use files::{OutputFile, files};
pub use manifest::Manifest;
pub use vintage::{Published, publish};
