//! A column: its name, type, unit and meaning, and how people see it; and a table as the list of its columns.

/// Type of a column, the same in CSV and Parquet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A day.
    Date,
    /// A month, given by its first day.
    Month,
    /// A whole number.
    Whole,
    /// A number rounded to so many decimals.
    Real(u8),
}

/// How people see the texts of a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// As they are, on one line.
    Plain,
    /// Words of a closed list, written with spaces: `place_now` is `place now`.
    Words,
    /// Sentences, on as many lines as they need.
    Long,
}

/// A column of an output table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name of its table.
    pub table: &'static str,
    /// Name.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Unit; empty for text and dates.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// How it is calculated, in other columns and keys of the job; empty where it is read or drawn, not calculated.
    pub formula: &'static str,
    /// What it is made from: an export, a key of the job, a table, or the part of `docs/concepts/method.md` that has the method.
    pub source: &'static str,
    /// Its head on the page and in the workbook, and what stands below it; where there is none, its name and unit.
    pub label: Option<(&'static str, &'static str)>,
    /// How people see its texts.
    pub look: Look,
    /// Whether it is what people look for in a row.
    pub main: bool,
}

/// An output table: what it is called, what a row is, and its columns. The first `key` columns are its key.
#[derive(Debug)]
pub struct Spec {
    /// Name of the table and of its files.
    pub name: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// How many of the first columns make the key that rows are sorted by.
    pub key: usize,
    /// The columns.
    pub columns: &'static [Column],
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        (self.table, self.name) == (other.table, other.name)
    }
}

impl Column {
    /// The column with its formula.
    #[must_use]
    pub(crate) const fn formula(self, formula: &'static str) -> Self {
        Self { formula, ..self }
    }

    /// The column with its source.
    #[must_use]
    pub(crate) const fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    /// The column with a head for people, and what stands below it.
    #[must_use]
    pub(crate) const fn label(self, head: &'static str, below: &'static str) -> Self {
        Self { label: Some((head, below)), ..self }
    }

    /// The column with texts of a closed list.
    #[must_use]
    pub(crate) const fn words(self) -> Self {
        Self { look: Look::Words, ..self }
    }

    /// The column with sentences.
    #[must_use]
    pub(crate) const fn long(self) -> Self {
        Self { look: Look::Long, ..self }
    }

    /// The column as what people look for in a row.
    #[must_use]
    pub(crate) const fn main(self) -> Self {
        Self { main: true, ..self }
    }

    /// The column within its table.
    #[must_use]
    pub(crate) const fn within(self, table: &'static str) -> Self {
        Self { table, ..self }
    }

    /// Its place among the columns of a table; `None` where it is another table's.
    pub fn place(&self, spec: &Spec) -> Option<usize> {
        (spec.name == self.table)
            .then(|| spec.columns.iter().position(|column| column.name == self.name))
            .flatten()
    }

    /// Its head for people and what stands below it.
    pub fn head(&self) -> (String, &'static str) {
        if let Some((head, below)) = self.label {
            return (head.to_owned(), below);
        }
        let name = self.name.replace('_', " ");
        let name = if self.unit.starts_with("USD") { name.trim_end_matches(" usd") } else { &name };
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        (first + letters.as_str(), self.unit)
    }
}

/// A documented column.
pub(crate) const fn column(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
) -> Column {
    let (formula, source, table) = ("", "", "");
    Column { table, name, kind, unit, meaning, formula, source, label: None, look: Look::Plain, main: false }
}

/// The first column of every table.
pub const VINTAGE: Column =
    column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none");
/// The column after the key of every table.
pub const AS_OF: Column = column("as_of", Kind::Date, "", "last day whose data were used");

/// Meaning of the column `level`.
pub(crate) const LEVEL: &str =
    "total for ALL or 12M, detail for a row of its own: add up rows of one level only";

/// The word of the column `level`.
pub(crate) const fn level(total: bool) -> &'static str {
    if total { "total" } else { "detail" }
}
