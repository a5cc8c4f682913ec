//! Where cells are, as formulas say it.

use rust_xlsxwriter::utility::{row_col_to_cell, row_col_to_cell_absolute};

/// A rectangle of cells: first row, first column, last row, last column, counted from 0.
pub(super) type Area = (u32, u16, u32, u16);

/// `A1:B2`, absolute.
pub(super) fn range((top, left, bottom, right): Area) -> String {
    format!("{}:{}", address(top, left), address(bottom, right))
}

/// `$A$1`.
pub(super) fn address(row: u32, col: u16) -> String {
    row_col_to_cell_absolute(row, col)
}

/// `A1`.
pub(super) fn relative(row: u32, col: u16) -> String {
    row_col_to_cell(row, col)
}

/// `'Sheet'!$A$1`.
pub(super) fn on(sheet: &str, row: u32, col: u16) -> String {
    format!("'{sheet}'!{}", address(row, col))
}
