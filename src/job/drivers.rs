//! `[[drivers]]`: what the job says of the drivers in the `drivers` export.

use serde::Deserialize;

/// Drivers made from the market, in the order in which they are added.
pub const BUILT_IN_DRIVERS: [&str; 2] = ["price_gap", "hashprice_gap"];

/// When a driver is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverKind {
    /// No value is known before its date: a forecast goes by what it is when it is made.
    #[default]
    LagOnly,
    /// Values are known before their date, such as contracts: a forecast goes by the quarter ahead.
    KnownInAdvance,
    /// Values ahead are assumed, by scenario: a forecast goes by the quarter ahead, a replay by the last value.
    Scenario,
}

/// Which way a driver may move order intake; found to move it the other way, it has no effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverEffect {
    /// Either way.
    #[default]
    Any,
    /// A higher value never raises intake.
    NotPositive,
    /// A higher value never lowers intake.
    NotNegative,
}

/// One driver of the `drivers` export.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// Its name in the export.
    pub name: toml::Spanned<String>,
    /// When it is known.
    #[serde(default)]
    pub kind: DriverKind,
    /// Which way it may move intake.
    #[serde(default)]
    pub effect: DriverEffect,
}
