//! Named paths of the market.

/// A named path of the price.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Scenario {
    /// 10th percentile of the price at each month, or the job's path.
    Bear,
    /// Median path, or the job's; its intervals carry the price's own uncertainty.
    Base,
    /// 90th percentile, or the job's path.
    Bull,
}

impl Scenario {
    /// All, in the order of output.
    pub const ALL: [Self; 3] = [Self::Bear, Self::Base, Self::Bull];

    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bear => "bear",
            Self::Base => "base",
            Self::Bull => "bull",
        }
    }
}
