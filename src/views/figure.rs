//! What a figure is: series in roles, along an axis.

use chrono::NaiveDate;

/// A thing that figures show, and letters and lines around them. What each looks like is in `page/palette.rs` and
/// `workbook/charts.rs`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Role {
    /// Words and numbers.
    Ink,
    /// Words of axes.
    Faint,
    /// Lines behind the data.
    Grid,
    /// The zero line.
    Axis,
    /// What happened.
    Actual,
    /// The forecast, or the base scenario.
    Forecast,
    /// The bear scenario.
    Bear,
    /// The bull scenario.
    Bull,
    /// An interval.
    Band,
    /// From orders in hand; what ships.
    Sure,
    /// From orders still to come.
    Coming,
    /// What waits, or falls.
    Bad,
    /// What rises.
    Good,
    /// A total of a bridge.
    Total,
    /// What supply lets ship, or a limit.
    Limit,
    /// Orders by contract schedule.
    Firm,
    /// The first chip, and so on.
    Chip1,
    /// The second chip.
    Chip2,
    /// The third chip.
    Chip3,
    /// Every other chip.
    Chip4,
}

/// What is written along the horizontal axis.
#[derive(Clone, Debug)]
pub(crate) enum Along {
    /// Months, as many of them as fit.
    Months(Vec<NaiveDate>),
    /// Names, all of them.
    Names(Vec<String>),
}

impl Along {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Months(months) => months.len(),
            Self::Names(names) => names.len(),
        }
    }
}

/// How a series is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mark {
    /// A line.
    Line,
    /// An area from the lower to the upper values.
    Band,
    /// Columns on top of those of the series before.
    Stack,
    /// Columns from the lower to the upper values.
    Float,
    /// Short level strokes.
    Stroke,
}

/// A series: a value, or a lower and an upper one, for each place along the axis.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// What it is.
    pub(crate) name: String,
    /// Which thing it shows.
    pub(crate) role: Role,
    /// How it is drawn.
    pub(crate) mark: Mark,
    /// Its values; lower and upper are the same where there is one.
    pub(crate) values: Vec<Option<(f64, f64)>>,
}

impl Series {
    pub(super) fn new(role: Role, mark: Mark, name: impl Into<String>, values: Vec<Option<f64>>) -> Self {
        let values = values.into_iter().map(|value| value.map(|value| (value, value))).collect();
        Self { name: name.into(), role, mark, values }
    }

    pub(super) fn between(role: Role, mark: Mark, name: &str, values: Vec<Option<(f64, f64)>>) -> Self {
        Self { name: name.to_owned(), role, mark, values }
    }

    /// The same, so many places to the right.
    pub(super) fn after(mut self, places: usize) -> Self {
        let mut values = vec![None; places];
        values.append(&mut self.values);
        Self { values, ..self }
    }

    fn is_empty(&self) -> bool {
        self.values.iter().all(|value| value.is_none_or(|(low, high)| low == 0.0 && high == 0.0))
    }
}

/// A figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// Name within the page.
    pub(crate) id: &'static str,
    /// What it shows.
    pub(crate) title: String,
    /// Its message with the main numbers, for who cannot see it.
    pub(crate) message: String,
    /// Unit of the vertical axis.
    pub(crate) unit: &'static str,
    /// How many of the values' own units it is.
    pub(crate) scale: f64,
    /// The tables that it was drawn from.
    pub(crate) source: &'static str,
    /// Horizontal axis.
    pub(crate) along: Along,
    /// Series, from back to front.
    pub(crate) series: Vec<Series>,
    /// Words above a place: its number, the height and the text.
    pub(crate) words: Vec<(usize, f64, String)>,
    /// Where something else begins, and its name.
    pub(crate) now: Option<(usize, &'static str)>,
}

impl Figure {
    pub(super) fn new(
        id: &'static str,
        title: &str,
        unit: &'static str,
        source: &'static str,
        along: Along,
    ) -> Self {
        let (title, message) = (title.to_owned(), String::new());
        let (series, words) = (Vec::new(), Vec::new());
        Self { id, title, message, unit, scale: 1.0, source, along, series, words, now: None }
    }

    /// With these series, of those that say anything; `None` when none does.
    pub(super) fn of(self, message: String, series: Vec<Series>) -> Option<Self> {
        let series: Vec<Series> = series.into_iter().filter(|series| !series.is_empty()).collect();
        (!series.is_empty()).then_some(Self { message, series, ..self })
    }
}
