//! Files of exports: where they lie, what they are made of, and their text cut into pieces and records.

pub(super) mod chunks;
pub(super) mod encoding;
pub(super) mod file_names;
pub(super) mod form;
pub(super) mod json;
pub(super) mod json_path;
pub(super) mod limits;
pub(super) mod lines;
pub(super) mod locations;
pub(super) mod parquet;
pub(super) mod record;
pub(super) mod shapes;
pub(super) mod source;
pub(super) mod workbook;
