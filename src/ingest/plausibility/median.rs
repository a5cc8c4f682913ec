//! The middle of numbers.

/// Middle of numbers; `None` of none. The numbers are put into order.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_middle_is_one_of_them_or_between_two() {
        assert_eq!(median(&mut [3.0, 1.0, 8.0]), Some(3.0));
        assert_eq!(median(&mut [4.0, 1.0, 9.0, 3.0]), Some(3.5));
        assert_eq!(median(&mut []), None);
    }
}
