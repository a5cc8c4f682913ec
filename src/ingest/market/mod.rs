//! `hashprice` and `difficulty`: one number a day, from exports of many shapes.

pub(super) mod columns;
pub(super) mod identity;
mod other;
pub(super) mod read;
mod reader;
pub(super) mod said;
pub(super) mod series;
