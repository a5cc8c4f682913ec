//! What people are shown, as data: which rows and columns of which table make a grid, which series a figure. The page writes
//! them as HTML and SVG, the workbook as cells, formulas and charts.
//!
//! | to change | go to |
//! |---|---|
//! | which rows and columns a grid has | the file named after its subject |
//! | which series a figure has, and its words | `figures.rs` |
//! | how a column is headed and written | its declaration in `src/tables` |
//! | what an interval is called | `interval.rs` |
//! | how numbers and dates are written | `words.rs` |

pub(crate) mod accounts;
pub(crate) mod accuracy;
pub(crate) mod budget;
pub(crate) mod figure;
pub(crate) mod figures;
mod form;
mod grid;
pub(crate) mod inputs;
pub(crate) mod interval;
pub(crate) mod machines;
pub(crate) mod money;
pub(crate) mod orders;
mod rows;
pub(crate) mod words;

pub(crate) use form::Form;
pub(crate) use grid::{Entry, Grid, Head, Verdict};
pub(crate) use rows::{Row, Tables, days, texts};

/// Name of the sum of all models in the tables.
pub(crate) const ALL: &str = "ALL";
/// The scenario to plan with.
pub(crate) const BASE: &str = "base";
/// The scenario of a falling price.
pub(crate) const BEAR: &str = "bear";
/// Every scenario, from the lowest price to the highest.
pub(crate) const SCENARIOS: [&str; 3] = [BEAR, BASE, "bull"];
/// Name of the 12-month total among the quarters.
pub(crate) const YEAR: &str = "12M";
/// The decision of an order that cannot wait for the next run.
pub(crate) const NOW: &str = "place_now";
