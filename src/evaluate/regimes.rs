//! How customers take it when their machine is late, and what they pay: the regimes that wafer orders are played through under.

use crate::domain::Share;

/// What a customer does whose machine is not there in its month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Customers {
    /// Goes elsewhere at once.
    Lost,
    /// Waits three months.
    ThreeMonths,
    /// Waits until it comes.
    ForEver,
}

impl Customers {
    pub(super) const ALL: [Self; 3] = [Self::Lost, Self::ThreeMonths, Self::ForEver];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost at once",
            Self::ThreeMonths => "wait three months",
            Self::ForEver => "wait for ever",
        }
    }

    /// The job's `lost_share` of a maker with such customers: who loses a late machine at once says so, the others leave the default.
    pub(super) fn lost_share(self) -> Option<Share> {
        if self == Self::Lost { Share::new(1.0).ok() } else { None }
    }

    /// Months that a customer waits; `None`: for ever.
    pub(super) const fn patience(self) -> Option<i32> {
        match self {
            Self::Lost => Some(0),
            Self::ThreeMonths => Some(3),
            Self::ForEver => None,
        }
    }
}

/// What is paid for a machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Paid {
    /// The contract price of the month in which it was due.
    Contract,
    /// The list price of the month in which it ships.
    Market,
}

impl Paid {
    pub(super) const ALL: [Self; 2] = [Self::Contract, Self::Market];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract price",
            Self::Market => "market at delivery",
        }
    }
}

/// A way of ordering wafers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Policy {
    /// The order rule on the forecast, within the job's limit on prepayments where it has one.
    Rule,
    /// The same within half of the prepayments that it asks for.
    HalfBudget,
    /// That of another build, as its tables say it.
    Reference,
    /// A service level that never changes, in percent.
    Constant(u8),
    /// The mean of the same forecast, without safety.
    MeanForecast,
    /// Machines demanded a month over the trailing year.
    TrailingMean,
    /// What is under contract.
    BacklogOnly,
    /// What really was demanded: nobody knows it.
    Foresight,
}

/// Constant service levels that are tried, percent.
pub(super) const LEVELS: [u8; 9] = [10, 20, 30, 40, 50, 60, 70, 80, 90];

impl Policy {
    /// All of them, that of another build only where there is one.
    pub(super) fn all(reference: bool) -> Vec<Self> {
        let mut all = vec![Self::Rule, Self::HalfBudget];
        all.extend(reference.then_some(Self::Reference));
        all.extend(LEVELS.map(Self::Constant));
        all.extend([Self::MeanForecast, Self::TrailingMean, Self::BacklogOnly, Self::Foresight]);
        all
    }

    pub(super) fn name(self) -> String {
        match self {
            Self::Rule => "order_up_to".to_owned(),
            Self::HalfBudget => "half_budget".to_owned(),
            Self::Reference => "reference".to_owned(),
            Self::Constant(level) => format!("level_0.{level:02}"),
            Self::MeanForecast => "mean_forecast".to_owned(),
            Self::TrailingMean => "trailing_mean".to_owned(),
            Self::BacklogOnly => "backlog_only".to_owned(),
            Self::Foresight => "perfect_foresight".to_owned(),
        }
    }
}
