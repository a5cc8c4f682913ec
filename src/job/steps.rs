//! `[[exports.NAME.steps]]`: what is done with the rows of a file, one step after the other, before they are read as an export.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::order_ids::OrderIdRule;
use super::plain_words::in_plain_words;
use super::values::texts;

/// The steps of an export, in order. Where a key takes a list of texts, one text alone is a list of one.
#[derive(Clone, PartialEq, Default, Debug, Deserialize)]
#[serde(try_from = "Vec<toml::Table>")]
pub struct Steps(Vec<Step>);

impl Steps {
    /// The steps, in order.
    pub fn list(&self) -> &[Step] {
        &self.0
    }

    /// Says where the second files are.
    pub fn place_files(&mut self, place: impl Fn(&std::path::Path) -> PathBuf) {
        for step in &mut self.0 {
            if let Step::Join(join) = step {
                join.path = place(&join.path);
            }
        }
    }

    /// Whether a file is read as it lies.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Defines the steps: the name that the job writes, and what it says of one.
macro_rules! steps {
    ($($(#[doc = $meaning:expr])+ $name:literal = $step:ident($of:ty),)+) => {
        /// One step.
        #[derive(Clone, PartialEq, Debug)]
        pub enum Step {
            $($(#[doc = $meaning])+ $step($of),)+
        }

        impl Step {
            /// Every name, in the order of the documentation.
            pub const NAMES: &[&str] = &[$($name),+];

            /// Its name.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$step(_) => $name,)+
                }
            }

            fn read(name: &str, keys: toml::Table) -> Result<Self, String> {
                match name {
                    $($name => keys.try_into().map(Self::$step).map_err(|e| in_plain_words(e.message())),)+
                    _ => Err(format!("is not a step (known: {})", Self::NAMES.join(", "))),
                }
            }
        }
    };
}

steps! {
    /// The row that holds the names of the columns.
    "promote_headers" = PromoteHeaders(PromoteHeaders),
    /// Leaves rows out.
    "skip_rows" = SkipRows(Rows),
    /// Leaves all other rows out.
    "keep_rows" = KeepRows(Rows),
    /// Fills empty cells from the row above.
    "fill_down" = FillDown(FillDown),
    /// A column with one and the same value.
    "constant" = Constant(Constant),
    /// Parts of a cell, of the file's name or of a title.
    "extract" = Extract(Extract),
    /// A row for every part of a cell.
    "split_rows" = SplitRows(SplitRows),
    /// Columns to rows.
    "unpivot" = Unpivot(Unpivot),
    /// Rows to columns.
    "pivot" = Pivot(Pivot),
    /// Columns of a second file.
    "join" = Join(Join),
    /// Rows of one key as one.
    "group" = Group(Group),
    /// Negative rows taken off the rows that they reverse.
    "net_reversals" = NetReversals(NetReversals),
    /// Running numbers.
    "number_rows" = NumberRows(NumberRows),
    /// A column from others.
    "compute" = Compute(Compute),
}

impl TryFrom<Vec<toml::Table>> for Steps {
    type Error = String;
    fn try_from(tables: Vec<toml::Table>) -> Result<Self, String> {
        let mut steps = Vec::new();
        for (index, mut keys) in tables.into_iter().enumerate() {
            let number = index + 1;
            let Some(toml::Value::String(name)) = keys.remove("step") else {
                let known = Step::NAMES.join(", ");
                return Err(format!("step {number}: write step = and what it does (known: {known})"));
            };
            let wrong = |reason: String| format!("step {number} (`{name}`): {reason}");
            let step = Step::read(&name, keys).map_err(wrong)?;
            step.check().map_err(wrong)?;
            steps.push(step);
        }
        Ok(Self(steps))
    }
}

/// The row that holds the names of the columns, and the rows around it. Power Query calls it so. Without this step the row
/// that has the most of the names that job and steps use is taken.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromoteHeaders {
    /// Line of the file on which it begins, or row of the sheet. Empty: found by `contains`.
    pub row: Option<u64>,
    /// Names that it has: the first row with all of them. Empty: the first row that is not blank.
    #[serde(deserialize_with = "texts")]
    pub contains: Vec<String>,
    /// Rows of which it is made, joined with a blank; the lowest is the one looked for.
    pub rows: HeaderRows,
    /// Whether an empty cell of an upper header row has the text of its left neighbour, as merged cells do.
    pub merged: bool,
    /// Rows below it that hold no data, such as units.
    pub rows_below: u32,
}

/// A number of rows, 1 to 5.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "u32")]
pub struct HeaderRows(u32);

impl HeaderRows {
    /// How many.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for HeaderRows {
    fn default() -> Self {
        Self(1)
    }
}

impl TryFrom<u32> for HeaderRows {
    type Error = String;
    fn try_from(rows: u32) -> Result<Self, String> {
        if (1..=5).contains(&rows) {
            Ok(Self(rows))
        } else {
            Err(format!("`{rows}` must lie between 1 and 5"))
        }
    }
}

/// Which rows are meant: those at the ends, those that repeat the header, or those whose cell in one column is empty, zero, one
/// of some words or of a pattern; one of the conditions given is enough, unless `and` asks for more. They are counted, apart from
/// rejected rows.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rows {
    /// Column whose cells are looked at.
    pub column: Option<String>,
    /// Whether a row without a value there is meant.
    pub empty: bool,
    /// Whether a row with the number 0 there is meant.
    pub zero: bool,
    /// Words, in any case, of which the whole cell is one.
    #[serde(deserialize_with = "texts")]
    pub is: Vec<String>,
    /// Patterns, in any case, that the whole cell has; `*` stands for any characters: `"Total *"`.
    #[serde(deserialize_with = "texts")]
    pub like: Vec<String>,
    /// Whether rows that repeat the header are meant, as lists print it on every page.
    pub header: bool,
    /// So many first rows.
    pub first: u32,
    /// So many last rows.
    pub last: u32,
    /// What must hold beside it, each of one column: `and = [{ column = "Delivered", zero = true }]`. A row is meant where all hold.
    pub and: Vec<Condition>,
}

/// A condition on the cells of one column; one of what is given is enough.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Column whose cells are looked at.
    pub column: String,
    /// Whether a row without a value there is meant.
    #[serde(default)]
    pub empty: bool,
    /// Whether a row with the number 0 there is meant.
    #[serde(default)]
    pub zero: bool,
    /// Words, in any case, of which the whole cell is one.
    #[serde(default, deserialize_with = "texts")]
    pub is: Vec<String>,
    /// Patterns, in any case, that the whole cell has.
    #[serde(default, deserialize_with = "texts")]
    pub like: Vec<String>,
}

impl Rows {
    /// Its conditions on cells: the first, and those that must hold beside it.
    pub fn conditions(&self) -> Vec<Condition> {
        let own = self.column.clone().map(|column| Condition {
            column,
            empty: self.empty,
            zero: self.zero,
            is: self.is.clone(),
            like: self.like.clone(),
        });
        own.into_iter().chain(self.and.iter().cloned()).collect()
    }
}

/// A row whose cell in the first of `columns` is empty takes what it lacks in all of them from the nearest row above that has
/// it: lines of an order below its head. Where the key stands on every row, `by` names it instead.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FillDown {
    /// Columns to fill.
    #[serde(deserialize_with = "texts")]
    pub columns: Vec<String>,
    /// Columns that are alike in the rows that belong together: a row takes what it lacks from the row above if it is of the same.
    #[serde(default, deserialize_with = "texts")]
    pub by: Vec<String>,
}

/// A column with the same value in every row.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// Name of the column; a new one, unless `where_empty`.
    pub column: String,
    /// The value.
    pub value: String,
    /// Whether it stands in the empty cells of a column that is there.
    #[serde(default)]
    pub where_empty: bool,
}

/// Parts of a text as columns. In a pattern `{name}` is a part, as short as the rest allows, `*` anything, a blank one or more
/// blanks, all else itself, in any case; `{name:number}` takes a number alone: `"{quantity:number} {unit}"`,
/// `"stock_{snapshot_date}.csv"`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    /// Column with the text.
    pub column: Option<String>,
    /// In place of a column: `file_name`, or `title`, the rows above the header.
    pub of: Option<TextOf>,
    /// Patterns; the first that fits is taken.
    #[serde(deserialize_with = "texts")]
    pub pattern: Vec<String>,
    /// What a text means that no pattern fits.
    #[serde(default)]
    pub missing: Missing,
}

/// What a text is taken from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextOf {
    /// The name of the file, without folders.
    FileName,
    /// A cell of the rows above the header.
    Title,
}

/// What is done where something is not there.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The file is refused, with every place.
    #[default]
    Refuse,
    /// The new cells stay empty.
    Empty,
}

/// A row for every part of a cell: `2025-10: 20; 2025-11: 20` becomes two.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitRows {
    /// Column to take apart.
    pub column: String,
    /// Text between the parts.
    pub by: String,
}

/// Columns to rows: months, or models, that stand side by side. The other columns are repeated.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpivot {
    /// Name of the new column with what the header says.
    pub name: String,
    /// New column with the cells = pattern of the headers: `"{month}"`, `"{date}"`, `"{week}"`, `"{quarter}"` or `"{text}"` is what
    /// the header says, as in `"{month} on hand"`; or a list of headers, which say themselves, or with `day` their month, week or
    /// quarter. Several columns have the same months.
    pub values: BTreeMap<String, HeaderPattern>,
    /// Whether a month, week or quarter is written as its first or its last day. Empty: a month as YYYY-MM, others as they stand.
    pub day: Option<DayOfMonth>,
    /// Year of months that say none.
    pub year: Option<u32>,
}

/// A pattern of headers, or a list of them.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub enum HeaderPattern {
    /// A pattern.
    Pattern(String),
    /// Headers.
    List(Vec<String>),
}

/// A day of a month.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOfMonth {
    /// The first.
    First,
    /// The last.
    Last,
}

/// Rows to columns, the opposite of `unpivot`: rows that each say one thing of a key become one row of the key. A log of changes
/// with field, old and new value becomes the changes of a day.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pivot {
    /// Columns of the key: order, line and day. They and the new columns are what is left.
    #[serde(deserialize_with = "texts")]
    pub by: Vec<String>,
    /// Column that says what a row is of.
    pub name: String,
    /// Column with the value.
    pub value: String,
    /// What a row is of, in any case = the new column: `columns = { "Order Qty" = "quantity" }`.
    pub columns: BTreeMap<String, String>,
    /// What is read past, in any case or as a pattern; of anything else a row is refused.
    #[serde(default, deserialize_with = "texts")]
    pub ignore: Vec<String>,
    /// Column with the value before. A second row of the same must begin with the value of the first; without it, two are refused.
    pub old: Option<String>,
}

/// Columns of a second file, by a key that is there once. Power Query calls it merge.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The second file, relative to the job file.
    pub path: PathBuf,
    /// Column of this file = column of the second, for every column of the key.
    pub on: BTreeMap<String, String>,
    /// Columns of the second file to take over.
    #[serde(deserialize_with = "texts")]
    pub columns: Vec<String>,
    /// What a row means whose key the second file does not have.
    #[serde(default)]
    pub missing: Missing,
    /// What does not count when keys are compared, as in `order_id_rule`. Empty: as written.
    #[serde(default)]
    pub alike: OrderIdRule,
    /// Character between cells of the second file. Empty: found.
    pub delimiter: Option<char>,
    /// Encoding of the second file. Empty: UTF-8.
    pub encoding: Option<String>,
    /// Sheet of the second file, where it is a workbook. Empty: its only one.
    pub sheet: Option<String>,
    /// Where its rows are, where it is JSON: names with points between.
    pub json_path: Option<String>,
}

/// Rows of one key as one row, in the place of the first. Columns that are not named must be alike in all of them.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Columns of the key.
    #[serde(deserialize_with = "texts")]
    pub by: Vec<String>,
    /// Columns added up; a sum below 0 is refused.
    #[serde(default, deserialize_with = "texts")]
    pub sum: Vec<String>,
    /// Columns of which the mean of the filled cells is taken.
    #[serde(default, deserialize_with = "texts")]
    pub mean: Vec<String>,
    /// Columns of which the first row's cell is taken.
    #[serde(default, deserialize_with = "texts")]
    pub first: Vec<String>,
    /// Columns of which the last row's cell is taken.
    #[serde(default, deserialize_with = "texts")]
    pub last: Vec<String>,
    /// Columns that are left away.
    #[serde(default, deserialize_with = "texts")]
    pub drop: Vec<String>,
    /// Name of a new column with the number of rows.
    pub count: Option<String>,
}

/// Rows with a negative quantity are taken off the rows of the same key that they reverse, the newest first; a row of which
/// nothing is left goes, counted. What is reversed without having been there is refused.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetReversals {
    /// Columns of the key: order number and model.
    #[serde(deserialize_with = "texts")]
    pub by: Vec<String>,
    /// Column with the quantity.
    pub quantity: String,
    /// Column with the day: a row reverses rows of its day and before. Empty: the rows above it.
    pub date: Option<String>,
}

/// Running numbers from 1: `line` of orders whose system has none.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberRows {
    /// Name of the new column.
    pub column: String,
    /// Columns of the key within which rows are counted. Empty: over the file.
    #[serde(default, deserialize_with = "texts")]
    pub by: Vec<String>,
}

/// A column from others, by one of a few rules.
#[derive(Clone, PartialEq, Default, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Compute {
    /// Name of the column; one that is there is replaced.
    pub column: String,
    /// The first column minus all others: on hand minus reserved. Below 0 is refused; an empty cell is 0, unless all are.
    #[serde(deserialize_with = "texts")]
    pub subtract: Vec<String>,
    /// Columns added up; an empty cell is 0, unless all are.
    #[serde(deserialize_with = "texts")]
    pub add: Vec<String>,
    /// The first of these cells that has a value: confirmed day, else the one asked for.
    #[serde(deserialize_with = "texts")]
    pub first_filled: Vec<String>,
    /// Columns multiplied.
    #[serde(deserialize_with = "texts")]
    pub multiply: Vec<String>,
    /// The first column by the second: amount by quantity is a price.
    #[serde(deserialize_with = "texts")]
    pub divide: Vec<String>,
    /// Price per TH/s and model: the price of a machine.
    #[serde(deserialize_with = "texts")]
    pub price_per_th: Vec<String>,
    /// Amounts in the currency that the cell of `column` names: they become USD by `rates`, and the cell says so.
    #[serde(deserialize_with = "texts")]
    pub convert: Vec<String>,
    /// Currency, as the cells name it = USD for one unit of it, for `convert`.
    pub rates: BTreeMap<String, f64>,
    /// First and last month: how many months they are, both counted.
    #[serde(deserialize_with = "texts")]
    pub months: Vec<String>,
    /// Ordered, delivered and, where there is one, cancelled quantity or day of cancellation: the state of the order.
    #[serde(deserialize_with = "texts")]
    pub status: Vec<String>,
    /// A month or day: the last day of the month.
    pub last_day: Option<String>,
    /// A day: its month.
    pub month: Option<String>,
    /// Total, key and quantity of batches: the total shared among rows of the key, each filled in order up to its quantity.
    #[serde(deserialize_with = "texts")]
    pub fill: Vec<String>,
    /// The same, shared in proportion to the quantity.
    #[serde(deserialize_with = "texts")]
    pub share: Vec<String>,
}

impl Compute {
    /// The rules given, each with the number of its columns and how many it takes.
    fn rules(&self) -> Vec<(&'static str, usize, std::ops::RangeInclusive<usize>)> {
        let lists = [
            ("subtract", &self.subtract, 2..=9),
            ("add", &self.add, 1..=9),
            ("first_filled", &self.first_filled, 2..=9),
            ("multiply", &self.multiply, 2..=2),
            ("divide", &self.divide, 2..=2),
            ("price_per_th", &self.price_per_th, 2..=2),
            ("convert", &self.convert, 1..=9),
            ("months", &self.months, 2..=2),
            ("status", &self.status, 2..=3),
            ("fill", &self.fill, 3..=9),
            ("share", &self.share, 3..=9),
        ];
        let lists = lists.into_iter().filter(|(_, list, _)| !list.is_empty());
        let single = [("last_day", &self.last_day), ("month", &self.month)].into_iter();
        lists
            .map(|(name, list, most)| (name, list.len(), most))
            .chain(single.filter(|(_, one)| one.is_some()).map(|(name, _)| (name, 1, 1..=1)))
            .collect()
    }
}

impl Step {
    /// What serde cannot see.
    fn check(&self) -> Result<(), String> {
        match self {
            Self::SkipRows(rows) | Self::KeepRows(rows) => {
                let of_column = rows.empty || rows.zero || !rows.is.is_empty() || !rows.like.is_empty();
                let by_place = rows.header || rows.first > 0 || rows.last > 0;
                let says =
                    |one: &Condition| one.empty || one.zero || !one.is.is_empty() || !one.like.is_empty();
                if let Some(one) = rows.and.iter().find(|one| !says(one)) {
                    return Err(format!(
                        "and: say what rows are meant by `{}`: empty, zero, is or like",
                        one.column
                    ));
                }
                if !rows.and.is_empty() && (rows.column.is_none() || by_place) {
                    return Err(
                        "and goes with column alone: put header, first and last into a step of their own"
                            .to_owned(),
                    );
                }
                match (&rows.column, of_column, by_place) {
                    (None, true, _) => Err("column is missing: empty, zero, is and like look at one".to_owned()),
                    (Some(_), false, _) => Err("say what rows are meant: empty, zero, is or like".to_owned()),
                    (None, false, false) => {
                        Err("say what rows are meant: column with empty, zero, is or like, or header, first or last".to_owned())
                    }
                    _ => Ok(()),
                }
            }
            Self::FillDown(step) if step.columns.is_empty() => Err("columns is empty".to_owned()),
            Self::Extract(step) => {
                if step.column.is_some() == step.of.is_some() {
                    return Err("give column, or of = \"file_name\" or \"title\"".to_owned());
                }
                let named = step.pattern.iter().all(|pattern| pattern.contains('{'));
                if step.pattern.is_empty() || !named {
                    return Err("pattern must name what is taken: \"{quantity:number} {unit}\"".to_owned());
                }
                Ok(())
            }
            Self::SplitRows(step) if step.by.is_empty() => {
                Err("by is empty: write what stands between the parts".to_owned())
            }
            Self::Unpivot(step) if step.values.is_empty() => {
                Err("values is empty: write for example values = { quantity = \"{month}\" }".to_owned())
            }
            Self::Unpivot(step) if step.year.is_some_and(|year| !(2009..=2100).contains(&year)) => {
                Err("year must lie between 2009 and 2100".to_owned())
            }
            Self::Join(step) if step.on.is_empty() => {
                Err("on is empty: write for example on = { Customer = \"Name\" }".to_owned())
            }
            Self::Join(step) if step.columns.is_empty() => {
                Err("columns is empty: write which columns of the second file are taken over".to_owned())
            }
            Self::Join(step) if step.delimiter.is_some_and(|d| !super::values::is_delimiter(d)) => {
                Err("delimiter must be a tab or a mark such as , ; | ~ ^ that is no quote".to_owned())
            }
            Self::Pivot(step) if step.by.is_empty() => Err("by is empty".to_owned()),
            Self::Pivot(step) if step.columns.is_empty() => {
                Err("columns is empty: write for example columns = { Quantity = \"quantity\" }".to_owned())
            }
            Self::Group(step) if step.by.is_empty() => Err("by is empty".to_owned()),
            Self::NetReversals(step) if step.by.is_empty() => Err("by is empty".to_owned()),
            Self::Compute(step) => {
                if step.column.is_empty() {
                    return Err("missing field `column`".to_owned());
                }
                let rules = step.rules();
                let [(rule, given, wanted)] = rules.as_slice() else {
                    return Err("give one rule: subtract, add, first_filled, multiply, divide, price_per_th, convert, months, status, last_day, month, fill or share".to_owned());
                };
                if !wanted.contains(given) {
                    let (least, most) = (wanted.start(), wanted.end());
                    let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
                    return Err(format!("{rule} has {given} column(s); it takes {wanted}"));
                }
                if step.rates.values().any(|rate| !(1e-9..=1e9).contains(rate)) {
                    return Err("rates must be above 0".to_owned());
                }
                if (*rule == "convert") == step.rates.is_empty() {
                    return Err(
                        "convert needs rates, and nothing else does: rates = { CNY = 0.14 }".to_owned()
                    );
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Holder {
        #[serde(default)]
        steps: Steps,
    }

    fn read(text: &str) -> Result<Steps, String> {
        toml::from_str::<Holder>(text).map(|holder| holder.steps).map_err(|e| e.message().to_owned())
    }

    #[test]
    fn a_wrong_step_is_reported_by_number_name_and_key() {
        let good = "[[steps]]\nstep = \"fill_down\"\ncolumns = [\"No\"]\n";
        assert_eq!(read(good).unwrap().list().len(), 1);
        for (more, said) in [
            ("step = \"fill_up\"", "step 2 (`fill_up`): is not a step (known: promote_headers"),
            ("column = \"a\"", "step 2: write step ="),
            ("step = \"constant\"\ncolumn = \"a\"", "step 2 (`constant`): missing field `value`"),
            ("step = \"fill_down\"\ncolums = [\"a\"]", "step 2 (`fill_down`): unknown field `colums`"),
            ("step = \"skip_rows\"\ncolumn = \"a\"", "step 2 (`skip_rows`): say what rows are meant"),
            ("step = \"skip_rows\"\nempty = true", "column is missing"),
            ("step = \"compute\"\ncolumn = \"a\"\nadd = [\"b\"]\nmonths = [\"c\", \"d\"]", "give one rule"),
            ("step = \"compute\"\ncolumn = \"a\"\ndivide = [\"b\"]", "divide has 1 column(s); it takes 2"),
            ("step = \"extract\"\ncolumn = \"a\"\npattern = [\"x\"]", "pattern must name"),
            ("step = \"promote_headers\"\nrows = 0", "`0` must lie between 1 and 5"),
            ("step = \"skip_rows\"\nlast = \"2\"", "text `2` stands here, expected a whole number from 0 on"),
            (
                "step = \"skip_rows\"\nlast = 2\nand = [{ column = \"a\", zero = true }]",
                "and goes with column alone",
            ),
            (
                "step = \"skip_rows\"\ncolumn = \"a\"\nempty = true\nand = [{ column = \"b\" }]",
                "meant by `b`",
            ),
            ("step = \"pivot\"\nby = \"a\"\nname = \"b\"\nvalue = \"c\"\ncolumns = {}", "columns is empty"),
        ] {
            let reported = read(&format!("{good}[[steps]]\n{more}\n")).unwrap_err();
            assert!(reported.contains(said), "{more}: {reported}");
        }
    }
}
