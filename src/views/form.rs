//! How a cell is written for people.

use crate::table::{Cell, Column, Kind, Look};

use super::words;

/// How a cell is written for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Text as it is.
    Text,
    /// A word of a closed list, with spaces.
    Words,
    /// Sentences.
    Long,
    /// A day.
    Day,
    /// A month.
    Month,
    /// A number with so many decimals.
    Number(u8),
    /// A number with its sign.
    Change,
    /// Dollars: without cents where they do not matter.
    Money,
    /// A percentage.
    Share,
    /// A percentage with its sign.
    Bias,
}

impl Form {
    /// As a column is declared.
    pub(crate) fn of(column: &Column) -> Self {
        match (column.kind, column.look) {
            (Kind::Text, Look::Plain) => Self::Text,
            (Kind::Text, Look::Words) => Self::Words,
            (Kind::Text, Look::Long) => Self::Long,
            (Kind::Date, _) => Self::Day,
            (Kind::Month, _) => Self::Month,
            (Kind::Whole, _) => Self::Number(0),
            (Kind::Real(_), _) if column.name == "bias" => Self::Bias,
            (Kind::Real(_), _) if column.unit == "share" => Self::Share,
            (Kind::Real(2), _) if column.unit.starts_with("USD") => Self::Money,
            (Kind::Real(decimals), _) => Self::Number(decimals),
        }
    }

    /// Whether it is a number, on the right of its column.
    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::Number(_) | Self::Change | Self::Money | Self::Share | Self::Bias)
    }

    /// A cell as people read it.
    pub(crate) fn shown(self, cell: &Cell) -> String {
        let number = match cell {
            Cell::Empty => return words::missing(),
            Cell::Text(text) if self == Self::Words => return words::name(text),
            Cell::Text(text) => return text.clone(),
            Cell::Date(day) if self == Self::Month => return words::month(*day),
            Cell::Date(day) => return words::day(*day),
            Cell::Whole(number) => *number as f64,
            Cell::Real(number) => *number,
        };
        match self {
            Self::Number(decimals) => words::number(number, decimals),
            Self::Change => words::change(number),
            Self::Share => words::percent(number),
            Self::Bias => format!("{}{}", if number > 0.0 { "+" } else { "" }, words::percent(number)),
            _ => words::money(number),
        }
    }
}
