//! What cancelling a wafer order loses: by the foundry's schedule, or what is prepaid.

use crate::domain::Usd;
use crate::job::Foundry;

/// What is lost of an order that costs `cost`, of which `prepaid` is paid, when it is cancelled so many `months` before its wafers are
/// out. By a schedule that is its share of the price, whatever is prepaid: the rest of the deposit comes back, or more is owed; later
/// than its last step all of the price is. Without a schedule, or without terms, it is what is prepaid.
pub fn forfeited(terms: Option<&Foundry>, (cost, prepaid): (Usd, Usd), months: i32) -> Usd {
    let steps = terms.map_or(&[][..], |terms| &terms.cancellation);
    if steps.is_empty() {
        return prepaid;
    }
    let reached = steps.iter().filter(|step| step.months_before_due.cast_signed() <= months);
    reached.max_by_key(|step| step.months_before_due).map_or(cost, |step| cost * step.forfeit_share.get())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Job;

    fn terms(keys: &str) -> Foundry {
        let text = include_str!("../../fixtures/miniature/job.toml").replacen(
            "[[foundries]]",
            &format!("[[foundries]]\n{keys}"),
            1,
        );
        let mut job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
        job.catalogue.foundries.remove(0)
    }

    /// An order of 1,000 USD, half prepaid: a fifth is lost three months ahead or earlier, 600 USD up to a month ahead, then all.
    #[test]
    fn a_schedule_by_hand() {
        let terms = terms(
            "cancellation = [{ months_before_due = 3, forfeit_share = 0.2 }, { months_before_due = 1, forfeit_share = 0.6 }]",
        );
        let lost = |months| forfeited(Some(&terms), (Usd::new(1000.0), Usd::new(500.0)), months).dollars();
        assert_eq!([5, 3, 2, 1, 0, -1].map(lost), [200.0, 200.0, 600.0, 600.0, 1000.0, 1000.0]);
    }

    #[test]
    fn without_a_schedule_the_deposit_is_lost() {
        let paid = (Usd::new(1000.0), Usd::new(500.0));
        assert_eq!(forfeited(Some(&terms("")), paid, 3), Usd::new(500.0));
        assert_eq!(forfeited(None, paid, 3), Usd::new(500.0));
    }
}
