//! The level of intake that the gaps of the market leave.

use crate::domain::Month;

use super::gaps::Gaps;
use super::response::{CELLS, ELASTICITIES, Selling, elasticity, moved};
use super::series::Series;
use super::trend::Trend;

/// Level of intake of every cell at the end of `as_of`: sum of w TH / sum of w growth exp(e gap), so
/// that a month counts as what it would have been at a gap of 0 and as of today.
pub(super) fn levels(
    series: &Series,
    gaps: &Gaps,
    (selling, trend): (Selling, &Trend),
    as_of: Month,
) -> [f64; CELLS] {
    let (mut th, mut expected) = (0.0, [0.0; CELLS]);
    let responses = selling.responses();
    for age in 0..selling.level_months() {
        let month = as_of - age;
        let Some(signed) = series.at(month) else { break };
        let weight = selling.level_weight(age);
        th += weight * signed;
        let grown = weight * trend.growth(month);
        for (response, cells) in responses.iter().zip(expected.chunks_exact_mut(ELASTICITIES)) {
            let gap = gaps.responded(response, month);
            for (index, cell) in cells.iter_mut().enumerate() {
                *cell += grown * moved(elasticity(index), gap).exp();
            }
        }
    }
    expected.map(|expected| if expected > 0.0 { th / expected } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    /// Two months of 100 and 200 TH, gaps of the price 0 and ln 2, growth 0: weights 2^(-1/12) and 1. At e = 1 the second month
    /// counts double: level = (100 w + 200) / (w + 2).
    #[test]
    fn a_level_is_what_was_signed_over_what_the_gaps_say() {
        let first = month("2025-01");
        let series = Series { first, th: vec![100.0, 200.0] };
        let gaps = Gaps { first, of: std::array::from_fn(|gap| vec![0.0, [2.0_f64.ln(), 0.0][gap.min(1)]]) };
        let found = levels(
            &series,
            &gaps,
            (Selling::Ahead, &Trend::growing(0.0, month("2025-02"))),
            month("2025-02"),
        );
        let w = (-1.0_f64 / 12.0).exp2();
        assert!((found[0] - (100.0 * w + 200.0) / (w + 1.0)).abs() < 1e-9, "no answer: {}", found[0]);
        assert!((found[5] - (100.0 * w + 200.0) / (w + 2.0)).abs() < 1e-9, "e = 1: {}", found[5]);
        // Growth of ln 2 a year: a month old counts as 2^(1/12) of itself today.
        let grown = levels(
            &series,
            &gaps,
            (Selling::Ahead, &Trend::growing(2.0_f64.ln(), month("2025-02"))),
            month("2025-02"),
        );
        assert!((grown[0] - (100.0 * w + 200.0) / (w * w + 1.0)).abs() < 1e-9, "{}", grown[0]);
    }
}
