//! Who the machines that nobody has signed yet are expected from.

/// How much of a customer's own share of past signing is expected of it again: with k months in which it signed, k / (k + 1/2), as
/// if half a month more had gone to somebody else (the half of Krichevsky and Trofimov 1981). Somebody who bought once is no
/// customer yet.
///
/// # Example
/// ```
/// assert_eq!(wafercast::accounts::usual_weight(2), 0.8);
/// assert_eq!(wafercast::accounts::usual_weight(0), 0.0);
/// ```
pub fn usual_weight(months_signed: u32) -> f64 {
    let months = f64::from(months_signed);
    months / (months + 0.5)
}

/// Shares out machines by names: each gets the larger of its pipeline and a part of what it usually signs, that part being the
/// same for all and such that they add up. A deal is mostly what its customer signs anyway, so that it is not added to that. A
/// pipeline of more than all machines is cut to them in proportion. `usual` adds up to `total`; both are at least 0.
///
/// Of each what the pipeline has, and what comes beyond it.
///
/// # Example
/// 1,000 machines; usually 600, 300 and 100 of them; deals of 500 with the second. The others get 5/7 of what they usually sign.
/// ```
/// let found = wafercast::accounts::named(&[0.0, 500.0, 0.0], &[600.0, 300.0, 100.0], 1000.0);
/// let rounded: Vec<_> = found.iter().map(|(deals, beyond)| (deals.round(), beyond.round())).collect();
/// assert_eq!(rounded, [(0.0, 429.0), (500.0, 0.0), (0.0, 71.0)]);
/// ```
pub fn named(pipeline: &[f64], usual: &[f64], total: f64) -> Vec<(f64, f64)> {
    let deals: f64 = pipeline.iter().sum();
    if deals >= total {
        let part = if deals > 0.0 { total / deals } else { 0.0 };
        return pipeline.iter().map(|own| (own * part, 0.0)).collect();
    }
    // The part at which each begins to get more than its pipeline, the first to begin first.
    let mut begins: Vec<(f64, f64, f64)> = pipeline
        .iter()
        .zip(usual)
        .filter(|(_, usual)| **usual > 0.0)
        .map(|(pipeline, usual)| (pipeline / usual, *pipeline, *usual))
        .collect();
    begins.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut left, mut of_usual, mut part) = (total - deals, 0.0, 0.0);
    for (place, (_, pipeline, usual)) in begins.iter().enumerate() {
        left += pipeline;
        of_usual += usual;
        part = left / of_usual;
        if begins.get(place + 1).is_none_or(|(next, ..)| part <= *next) {
            break;
        }
    }
    pipeline
        .iter()
        .zip(usual)
        .map(|(pipeline, usual)| (*pipeline, (part * usual - pipeline).max(0.0)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_a_pipeline_each_gets_what_it_usually_signs() {
        assert_eq!(named(&[0.0; 2], &[70.0, 30.0], 100.0), [(0.0, 70.0), (0.0, 30.0)]);
    }

    #[test]
    fn a_pipeline_of_more_than_all_is_cut_in_proportion() {
        assert_eq!(named(&[150.0, 50.0], &[10.0, 90.0], 100.0), [(75.0, 0.0), (25.0, 0.0)]);
        assert_eq!(named(&[0.0], &[0.0], 0.0), [(0.0, 0.0)]);
    }

    proptest! {
        #[test]
        fn they_add_up_and_nobody_loses_a_deal(
            of in proptest::collection::vec((0.0..500.0f64, 0.0..1.0f64), 1..12),
            total in 0.0..5000.0f64,
        ) {
            let pipeline: Vec<f64> = of.iter().map(|(deals, _)| *deals).collect();
            let shares: f64 = of.iter().map(|(_, share)| share).sum();
            prop_assume!(shares > 1e-6);
            let usual: Vec<f64> = of.iter().map(|(_, share)| share / shares * total).collect();
            let found = named(&pipeline, &usual, total);
            let sum: f64 = found.iter().map(|(deals, beyond)| deals + beyond).sum();
            prop_assert!((sum - total).abs() < 1e-6, "{sum} of {total}");
            prop_assert!(found.iter().all(|(deals, beyond)| *deals >= 0.0 && *beyond >= 0.0));
            if pipeline.iter().sum::<f64>() <= total {
                prop_assert!(found.iter().zip(&pipeline).all(|((deals, _), own)| deals == own));
                // Nobody gets more than what it usually signs but for its deals.
                prop_assert!(found.iter().zip(&usual).zip(&pipeline).all(|(((deals, beyond), usual), own)| deals + beyond <= usual.max(*own) + 1e-6));
            }
        }
    }
}
