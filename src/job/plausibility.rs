//! `[plausibility]`: how far values may be from what is known of their kind.

use serde::Deserialize;

use super::values::Positive;

/// `[plausibility]`: limits as factors, each times or divided.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plausibility {
    /// Hashprice and difficulty against what they were about on the day.
    pub market_factor: Positive,
    /// A day of hashprice or difficulty against the weeks before and after it.
    pub day_factor: Positive,
    /// Months of mining that an order's price stands for, against the middle of the book.
    pub price_factor: Positive,
    /// Machines of one order against the next largest of the same kind of customer.
    pub order_factor: Positive,
    /// Machines, chips or wafers of one row of supply, in years of the maker's own best year.
    pub stock_years: Positive,
}

impl Plausibility {
    /// Factors of 1 or less, which nothing would be within, by their keys.
    pub(super) fn too_narrow(&self) -> impl Iterator<Item = (&'static str, f64)> {
        [
            ("market_factor", self.market_factor),
            ("day_factor", self.day_factor),
            ("price_factor", self.price_factor),
            ("order_factor", self.order_factor),
        ]
        .into_iter()
        .map(|(key, factor)| (key, factor.get()))
        .filter(|(_, factor)| *factor <= 1.0)
    }
}

impl Default for Plausibility {
    fn default() -> Self {
        let positive =
            |value: f64| Positive::try_from(value).unwrap_or_else(|_| unreachable!("defaults are above 0"));
        Self {
            market_factor: positive(6.0),
            day_factor: positive(3.0),
            price_factor: positive(4.0),
            order_factor: positive(5.0),
            stock_years: positive(3.0),
        }
    }
}
