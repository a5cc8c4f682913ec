//! Rates that must not rise from one class to the next.

/// Quotients of sums that never rise: neighbours that do are one (pool adjacent violators: Ayer et al. 1955, Annals of Mathematical
/// Statistics 26).
pub(super) fn never_rising(evidence: &[(f64, f64)]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (above, below) in evidence {
        pools.push((*above, *below, 1));
        while let [.., a, b] = pools.as_slice()
            && a.0 * b.1 < b.0 * a.1
        {
            let pool = (a.0 + b.0, a.1 + b.1, a.2 + b.2);
            pools.truncate(pools.len() - 2);
            pools.push(pool);
        }
    }
    pools.into_iter().flat_map(|(above, below, n)| std::iter::repeat_n(above / below, n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quotients 3, 1, 1/2 fall. Of 3, 1/2, 1 the last two are one: (1 + 4) / (2 + 4). Of 1, 2, 6 all are: 9 / 3.
    #[test]
    fn less_paid_never_leaves_more_seldom_by_hand() {
        assert_eq!(never_rising(&[(6.0, 2.0), (4.0, 4.0), (1.0, 2.0)]), [3.0, 1.0, 0.5]);
        assert_eq!(never_rising(&[(6.0, 2.0), (1.0, 2.0), (4.0, 4.0)]), [3.0, 5.0 / 6.0, 5.0 / 6.0]);
        assert_eq!(never_rising(&[(1.0, 1.0), (2.0, 1.0), (6.0, 1.0)]), [3.0; 3]);
    }
}
