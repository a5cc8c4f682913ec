//! What the cells of a column are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::ingest::cells::empty::looks_empty;
use crate::ingest::cells::number::{self, Evidence};
use crate::ingest::cells::{currency_words, dates};
use crate::job::DateFormat;

/// Different values of a column that are kept.
const KEPT: usize = 40;

/// Forms of dates that are tried beside year first, the likelier ones first.
const FORMS: [&str; 27] = [
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%y/%m/%d",
    "%d-%m-%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d/%b/%Y",
    "%b %d, %Y",
    "%b %d %Y",
    "%Y-%b-%d",
    "%a %d %b %Y",
    "%d. %B %Y",
    "%y-%b",
    "serial",
    "epoch_s",
    "epoch_ms",
    "quarter",
    "iso_week",
    "%m.%d.%Y",
    "%y%m%d",
];

/// What a column holds, seen by its cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Empty,
    Date,
    Month,
    Number,
    Text,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Date => "date",
            Self::Month => "month",
            Self::Number => "number",
            Self::Text => "text",
        }
    }
}

/// A column of a file.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    pub header: String,
    pub kind: Kind,
    pub filled: usize,
    /// What stands in cells that seem to be empty, with its number.
    pub empty: BTreeMap<String, usize>,
    /// Different values in the order in which they come, each with its number; up to so many.
    pub values: Vec<(String, usize)>,
    /// Forms by which every cell is a day; year first is `None`.
    pub days: Vec<Option<DateFormat>>,
    /// The same of months.
    pub months: Vec<Option<DateFormat>>,
    /// Marks by which every cell is a number: `None` is undeclared.
    pub marks: Vec<Option<char>>,
    /// Whether a number could be read in two ways without a declared mark, and none tells which.
    pub ambiguous: bool,
    /// What stands after numbers.
    pub suffixes: BTreeSet<String>,
    /// The range of its values.
    pub range: Option<(String, String)>,
}

/// The form of dates that a job writes so.
pub(super) fn form(text: &str) -> DateFormat {
    DateFormat::from(text.to_owned())
}

impl Profile {
    pub(super) fn new(header: &str, cells: &[&str]) -> Self {
        let mut empty: BTreeMap<String, usize> = BTreeMap::new();
        let mut order: Vec<&str> = Vec::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for cell in cells.iter().filter(|cell| !cell.is_empty()) {
            if looks_empty(cell) {
                *empty.entry((*cell).to_owned()).or_default() += 1;
                continue;
            }
            let count = counts.entry(cell).or_default();
            if *count == 0 {
                order.push(cell);
            }
            *count += 1;
        }
        let filled = counts.values().sum();
        let mut found = Self {
            header: header.to_owned(),
            kind: if filled == 0 { Kind::Empty } else { Kind::Text },
            filled,
            empty,
            values: order
                .iter()
                .take(KEPT)
                .map(|cell| ((*cell).to_owned(), counts.get(cell).copied().unwrap_or(0)))
                .collect(),
            days: Vec::new(),
            months: Vec::new(),
            marks: Vec::new(),
            ambiguous: false,
            suffixes: BTreeSet::new(),
            range: None,
        };
        if filled > 0 {
            found.numbers(&order);
            found.dates(&order);
            found.settle(&order);
        }
        found
    }

    fn numbers(&mut self, cells: &[&str]) {
        let bare: Vec<&str> = cells
            .iter()
            .map(|cell| match number::suffix(cell) {
                Some(suffix) => {
                    self.suffixes.insert(suffix.to_owned());
                    cell.strip_suffix(suffix).unwrap_or(cell).trim_end()
                }
                None => *cell,
            })
            .collect();
        for mark in [None, Some('.'), Some(',')] {
            if bare
                .iter()
                .all(|cell| number::amount(cell, mark).is_ok() || number::decimal(cell, mark).is_ok())
            {
                self.marks.push(mark);
            }
        }
        let evidence: Vec<Evidence> =
            bare.iter().filter_map(|cell| Some(number::decimal(cell, None).ok()?.1)).collect();
        self.ambiguous = evidence.contains(&Evidence::Ambiguous) && !evidence.contains(&Evidence::Point);
        if self.marks.is_empty() {
            self.suffixes.clear();
        }
    }

    fn dates(&mut self, cells: &[&str]) {
        let forms = || std::iter::once(None).chain(FORMS.iter().map(|text| Some(form(text))));
        // Numbers of five, ten or thirteen digits may be days; others are not.
        let counted = |form: &Option<DateFormat>| {
            matches!(
                form,
                Some(DateFormat::Serial | DateFormat::EpochSeconds | DateFormat::EpochMilliseconds)
            )
        };
        let serial = |cell: &&str| cell.len() == 5 && ("40000"..="55000").contains(cell);
        for one in forms() {
            if counted(&one) {
                let length = match one {
                    Some(DateFormat::EpochSeconds) => 10,
                    Some(DateFormat::EpochMilliseconds) => 13,
                    _ => 0,
                };
                if !cells.iter().all(|cell| if length == 0 { serial(cell) } else { cell.len() == length }) {
                    continue;
                }
            } else if matches!(&one, Some(DateFormat::Pattern(p)) if p == "%y%m%d")
                && self.marks.contains(&None)
            {
                continue;
            }
            if cells.iter().all(|cell| dates::date(cell, one.as_ref()).is_ok()) {
                self.days.push(one.clone());
            }
            if !counted(&one) && cells.iter().all(|cell| dates::month(cell, one.as_ref()).is_ok()) {
                self.months.push(one);
            }
        }
        // What is year first is not read otherwise; forms that only stand beside it add nothing.
        for found in [&mut self.days, &mut self.months] {
            if found.contains(&None) {
                found.retain(Option::is_none);
            }
        }
        if self.days.is_empty() && self.months.is_empty() {
            self.two_forms(cells);
        }
    }

    /// Two forms that give every cell a day together, where one does not.
    fn two_forms(&mut self, cells: &[&str]) {
        let fits = |text: &str, cell: &&str| dates::date(cell, Some(&form(text))).is_ok();
        let first = cells.first().copied().unwrap_or_default();
        for one in FORMS.iter().filter(|one| fits(one, &first)) {
            let rest: Vec<&&str> = cells.iter().filter(|cell| !fits(one, cell)).collect();
            for other in FORMS.iter().filter(|other| rest.iter().all(|cell| fits(other, cell))) {
                let both = DateFormat::Several(vec![form(one), form(other)]);
                if cells.iter().all(|cell| dates::date(cell, Some(&both)).is_ok()) {
                    self.days.push(Some(both));
                    return;
                }
            }
        }
    }

    /// The kind, and the range of the values.
    fn settle(&mut self, cells: &[&str]) {
        let telling = |forms: &[Option<DateFormat>]| forms.first().cloned();
        let numeric = !self.marks.is_empty();
        if let Some(one) = telling(&self.days).filter(|one| {
            !numeric
                || one.is_none()
                || matches!(
                    one,
                    Some(DateFormat::EpochSeconds | DateFormat::EpochMilliseconds | DateFormat::Serial)
                )
        }) {
            self.kind = Kind::Date;
            let days: BTreeSet<NaiveDate> =
                cells.iter().filter_map(|cell| dates::date(cell, one.as_ref()).ok()).collect();
            self.range = days.first().zip(days.last()).map(|(a, b)| (a.to_string(), b.to_string()));
        } else if let Some(one) = telling(&self.months).filter(|_| !numeric) {
            self.kind = Kind::Month;
            let months: BTreeSet<_> =
                cells.iter().filter_map(|cell| dates::month(cell, one.as_ref()).ok()).collect();
            self.range = months.first().zip(months.last()).map(|(a, b)| (a.to_string(), b.to_string()));
        } else if numeric {
            self.kind = Kind::Number;
            let mark = self.mark();
            let mut numbers: Vec<f64> = cells
                .iter()
                .filter_map(|cell| {
                    let bare = number::suffix(cell)
                        .and_then(|suffix| cell.strip_suffix(suffix))
                        .unwrap_or(cell)
                        .trim();
                    let read = number::amount(bare, mark).or_else(|_| number::decimal(bare, mark));
                    read.ok().map(|(value, _)| value)
                })
                .collect();
            numbers.sort_by(f64::total_cmp);
            self.range = numbers.first().zip(numbers.last()).map(|(a, b)| (a.to_string(), b.to_string()));
        }
    }

    /// The mark to read its numbers by.
    pub(super) fn mark(&self) -> Option<char> {
        self.marks.first().copied().flatten()
    }

    /// Whether the cells are whole numbers.
    pub(super) fn is_whole(&self) -> bool {
        let mark = self.mark();
        self.kind == Kind::Number
            && self.values.iter().all(|(cell, _)| {
                let bare =
                    number::suffix(cell).and_then(|suffix| cell.strip_suffix(suffix)).unwrap_or(cell).trim();
                number::decimal(bare, mark).is_ok_and(|(value, _)| value.fract() == 0.0)
            })
    }

    /// Whether a word in it is a currency.
    pub(super) fn names_currency(&self) -> Option<&str> {
        self.values.iter().map(|(value, _)| value.as_str()).find(|value| currency_words::is_other(value))
    }
}
