//! `date_format`: the form or forms that dates of an export have.

use serde::Deserialize;

use crate::domain::FiscalYear;

/// Whose quarters cells are in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quarters {
    /// The job does not say: those of the calendar, and refused where the job has another fiscal year.
    Unsaid,
    /// Those of the calendar.
    Calendar,
    /// Those of the job's fiscal year.
    Fiscal(FiscalYear),
}

impl Quarters {
    /// The year that they are of.
    pub const fn year(self) -> FiscalYear {
        match self {
            Self::Unsaid | Self::Calendar => FiscalYear::CALENDAR,
            Self::Fiscal(year) => year,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Unsaid => "quarter",
            Self::Calendar => "calendar_quarter",
            Self::Fiscal(_) => "fiscal_quarter",
        }
    }
}

/// Declared form of dates, or several of them.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(from = "Written")]
pub enum DateFormat {
    /// A pattern in chrono's notation, such as `%d.%m.%Y`.
    Pattern(String),
    /// Days since 1899-12-30, as spreadsheets count them.
    Serial,
    /// Days since 1904-01-01, as spreadsheets once made on a Macintosh count them.
    Serial1904,
    /// Seconds since 1970-01-01 UTC.
    EpochSeconds,
    /// Milliseconds since 1970-01-01 UTC.
    EpochMilliseconds,
    /// A quarter, such as `2025Q3` or `Q3 2025`, of a fiscal year also `FY2026Q1`: its first day.
    Quarter(Quarters),
    /// The same: its last day.
    QuarterEnd(Quarters),
    /// A week of ISO 8601, such as `2025-W27`: its Monday.
    IsoWeek,
    /// The same: its Sunday.
    IsoWeekEnd,
    /// Several forms: a cell must be one day by all of them that fit.
    Several(Vec<Self>),
}

/// How the job writes it.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a form of dates is text, or a list of text: [\"%d.%m.%Y\", \"%d/%m/%Y\"]")]
enum Written {
    One(String),
    Several(Vec<String>),
}

impl DateFormat {
    /// The forms, of which there is mostly one.
    pub const fn each(&self) -> &[Self] {
        match self {
            Self::Several(forms) => forms.as_slice(),
            one => std::slice::from_ref(one),
        }
    }

    /// With the fiscal year of the job.
    pub(super) fn in_year(&mut self, year: FiscalYear) {
        match self {
            Self::Several(forms) => forms.iter_mut().for_each(|form| form.in_year(year)),
            Self::Quarter(Quarters::Fiscal(of)) | Self::QuarterEnd(Quarters::Fiscal(of)) => *of = year,
            _ => {}
        }
    }

    /// As the job writes it.
    pub fn written(&self) -> String {
        match self {
            Self::Pattern(pattern) => pattern.clone(),
            Self::Serial => "serial".to_owned(),
            Self::Serial1904 => "serial_1904".to_owned(),
            Self::EpochSeconds => "epoch_s".to_owned(),
            Self::EpochMilliseconds => "epoch_ms".to_owned(),
            Self::Quarter(of) => of.word().to_owned(),
            Self::QuarterEnd(of) => format!("{}_end", of.word()),
            Self::IsoWeek => "iso_week".to_owned(),
            Self::IsoWeekEnd => "iso_week_end".to_owned(),
            Self::Several(forms) => forms.iter().map(Self::written).collect::<Vec<_>>().join(", "),
        }
    }
}

impl From<Written> for DateFormat {
    fn from(written: Written) -> Self {
        match written {
            Written::One(form) => Self::from(form),
            Written::Several(forms) => Self::Several(forms.into_iter().map(Self::from).collect()),
        }
    }
}

impl From<String> for DateFormat {
    fn from(text: String) -> Self {
        match text.as_str() {
            "serial" => Self::Serial,
            "serial_1904" => Self::Serial1904,
            "epoch_s" => Self::EpochSeconds,
            "epoch_ms" => Self::EpochMilliseconds,
            "quarter" => Self::Quarter(Quarters::Unsaid),
            "quarter_end" => Self::QuarterEnd(Quarters::Unsaid),
            "calendar_quarter" => Self::Quarter(Quarters::Calendar),
            "calendar_quarter_end" => Self::QuarterEnd(Quarters::Calendar),
            "fiscal_quarter" => Self::Quarter(Quarters::Fiscal(FiscalYear::CALENDAR)),
            "fiscal_quarter_end" => Self::QuarterEnd(Quarters::Fiscal(FiscalYear::CALENDAR)),
            "iso_week" => Self::IsoWeek,
            "iso_week_end" => Self::IsoWeekEnd,
            _ => Self::Pattern(text),
        }
    }
}
