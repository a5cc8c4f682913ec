//! What is scored: targets, levels and methods, with their names in the output.

use super::baselines::Baseline;

/// A quantity that is forecast.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Target {
    /// Machines shipped.
    Shipments,
    /// TH signed.
    Intake,
    /// Implied price, USD per BTC, mean over the period.
    Price,
    /// Difficulty, mean over the period.
    Difficulty,
    /// Hashprice, USD per PH/s per day, mean over the period.
    Hashprice,
}

impl Target {
    /// The market drivers.
    pub const MARKET: [Self; 3] = [Self::Price, Self::Difficulty, Self::Hashprice];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shipments => "shipments",
            Self::Intake => "intake",
            Self::Price => "price",
            Self::Difficulty => "difficulty",
            Self::Hashprice => "hashprice",
        }
    }
}

/// A stretch of time that is scored as one number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// A month; horizons 1 to 12.
    Month,
    /// Three months; horizons 1 to 4.
    Quarter,
    /// Twelve months; horizon 1.
    Year,
}

impl Level {
    /// All, from short to long.
    pub const ALL: [Self; 3] = [Self::Month, Self::Quarter, Self::Year];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "12M",
        }
    }

    /// Months in the stretch.
    pub const fn months(self) -> usize {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// Stretches within the twelve months ahead.
    pub const fn horizons(self) -> usize {
        12 / self.months()
    }

    /// Months ahead (0 is the first) of the stretch `horizon` (1 is the first).
    pub const fn span(self, horizon: usize) -> std::ops::Range<usize> {
        self.months() * (horizon - 1)..self.months() * horizon
    }
}

/// Where a forecast comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Method {
    /// wafercast's forecast: drivers as they were forecast (ex ante).
    Model,
    /// The same with the path of the price known (ex post): what not knowing the price costs.
    ModelExPost,
    /// Backlog and booking curve with intake at its trailing mean: neither regression nor level correction.
    BookingCurve,
    /// Open orders by their contract schedule and nothing else.
    BacklogOnly,
    /// Forecast consumption: the greater of firm orders and the trailing mean in every month.
    Consumption,
    /// Additive pick-up: firm orders plus what was mostly still booked, or lost, at this distance.
    PickUp,
    /// From the series' own past.
    Baseline(Baseline),
}

impl Method {
    /// Every method, in the order of output.
    pub const ALL: [Self; 11] = [
        Self::Model,
        Self::ModelExPost,
        Self::BookingCurve,
        Self::BacklogOnly,
        Self::Consumption,
        Self::PickUp,
        Self::Baseline(Baseline::LastValue),
        Self::Baseline(Baseline::TrailingMean),
        Self::Baseline(Baseline::SeasonalNaive),
        Self::Baseline(Baseline::DampedTrend),
        Self::Baseline(Baseline::Theta),
    ];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::ModelExPost => "model_ex_post",
            Self::BookingCurve => "booking_curve",
            Self::BacklogOnly => "backlog_only",
            Self::Consumption => "forecast_consumption",
            Self::PickUp => "pick_up",
            Self::Baseline(Baseline::LastValue) => "last_value",
            Self::Baseline(Baseline::TrailingMean) => "trailing_mean",
            Self::Baseline(Baseline::SeasonalNaive) => "seasonal_naive",
            Self::Baseline(Baseline::DampedTrend) => "damped_trend",
            Self::Baseline(Baseline::Theta) => "theta",
        }
    }

    /// Its place among all.
    pub(super) fn place(self) -> usize {
        Self::ALL.iter().position(|method| *method == self).unwrap_or(0)
    }

    /// The step before it, against which its forecast value added is measured: last value, backlog, booking curve,
    /// regression. Every other method is measured against the last value.
    pub const fn step_before(self) -> Option<Self> {
        match self {
            Self::Model | Self::ModelExPost => Some(Self::BookingCurve),
            Self::BookingCurve => Some(Self::BacklogOnly),
            Self::Baseline(Baseline::LastValue) => None,
            _ => Some(Self::Baseline(Baseline::LastValue)),
        }
    }
}

/// A cell of the accuracy table, apart from the method.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// What is forecast.
    pub target: Target,
    /// Over how long.
    pub level: Level,
    /// One model's machines, by its index in the job; `None` for all.
    pub model: Option<usize>,
    /// Stretches ahead, from 1.
    pub horizon: usize,
}

impl Key {
    /// Months ahead (0 is the first) of its stretch.
    pub const fn span(&self) -> std::ops::Range<usize> {
        self.level.span(self.horizon)
    }

    /// The order in which a replay scores cells: all of a model's together.
    pub const fn rank(&self) -> (Target, Option<usize>, Level, usize) {
        (self.target, self.model, self.level, self.horizon)
    }
}
