//! `date_format`: the form or forms that dates of an export have.

use serde::Deserialize;

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
    /// A calendar quarter, such as `2025Q3` or `Q3 2025`: its first day.
    Quarter,
    /// The same: its last day.
    QuarterEnd,
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

    /// As the job writes it.
    pub fn written(&self) -> String {
        match self {
            Self::Pattern(pattern) => pattern.clone(),
            Self::Serial => "serial".to_owned(),
            Self::Serial1904 => "serial_1904".to_owned(),
            Self::EpochSeconds => "epoch_s".to_owned(),
            Self::EpochMilliseconds => "epoch_ms".to_owned(),
            Self::Quarter => "quarter".to_owned(),
            Self::QuarterEnd => "quarter_end".to_owned(),
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
            "quarter" => Self::Quarter,
            "quarter_end" => Self::QuarterEnd,
            "iso_week" => Self::IsoWeek,
            "iso_week_end" => Self::IsoWeekEnd,
            _ => Self::Pattern(text),
        }
    }
}
