//! What cancelling a wafer order loses: by the foundry's schedule, or what is prepaid.

use chrono::{Months, NaiveDate};

use crate::domain::Usd;
use crate::job::Foundry;

/// What is lost of an order that costs `cost`, of which `prepaid` is paid, when it is cancelled `on` a day and its wafers are `out` on
/// another. By a schedule that is a share of the price, whatever is prepaid: the rest of the deposit comes back, or more is owed; later
/// than its last step all of the price is. Months are counted from day to day, from the end of a month to the end of another. Without a
/// schedule, or without terms, it is what is prepaid.
pub fn forfeited(
    terms: Option<&Foundry>,
    (cost, prepaid): (Usd, Usd),
    (on, out): (NaiveDate, NaiveDate),
) -> Usd {
    let steps = terms.map_or(&[][..], |terms| &terms.cancellation);
    if steps.is_empty() {
        return prepaid;
    }
    let reached = steps.iter().filter(|step| {
        on.checked_add_months(Months::new(step.months_before_due)).is_some_and(|day| day <= out)
    });
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

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// An order of 1,000 USD, half prepaid: a fifth is lost three months ahead or earlier, 600 USD up to a month ahead, then all. As of the
    /// end of September 6 and 29 days are less than a month, 62 and 76 days two whole ones, and the end of December is three months away. From
    /// the end of February on a month is over on the 28th.
    #[test]
    fn a_schedule_by_hand() {
        let terms = terms(
            "cancellation = [{ months_before_due = 3, forfeit_share = 0.2 }, { months_before_due = 1, forfeit_share = 0.6 }]",
        );
        let paid = (Usd::new(1000.0), Usd::new(500.0));
        let lost = |on: &str, out: &str| forfeited(Some(&terms), paid, (day(on), day(out))).dollars();
        for (out, by_hand) in [
            ("2025-09-15", 1000.0),
            ("2025-10-06", 1000.0),
            ("2025-10-29", 1000.0),
            ("2025-10-30", 600.0),
            ("2025-12-01", 600.0),
            ("2025-12-15", 600.0),
            ("2025-12-29", 600.0),
            ("2025-12-30", 200.0),
            ("2026-02-28", 200.0),
        ] {
            assert_eq!(lost("2025-09-30", out), by_hand, "{out}");
        }
        assert_eq!(lost("2025-10-31", "2025-11-30"), 600.0, "from the end of a month to that of the next");
        assert_eq!(lost("2025-11-30", "2026-02-28"), 200.0);
        assert_eq!((lost("2025-02-28", "2025-03-27"), lost("2025-02-28", "2025-03-28")), (1000.0, 600.0));
    }

    /// Two whole months are not over before 2025-11-30.
    #[test]
    fn sixty_two_days_from_the_end_of_september_are_two_months() {
        let terms = terms(
            "cancellation = [{ months_before_due = 3, forfeit_share = 0.1 }, { months_before_due = 2, forfeit_share = 0.5 }]",
        );
        let lost = |out: &str| {
            let days = (day("2025-09-30"), day(out));
            forfeited(Some(&terms), (Usd::new(1000.0), Usd::ZERO), days).dollars()
        };
        let by_hand = [1000.0, 500.0, 500.0, 500.0];
        assert_eq!(["2025-11-29", "2025-11-30", "2025-12-01", "2025-12-15"].map(lost), by_hand);
    }

    #[test]
    fn without_a_schedule_the_deposit_is_lost() {
        let (paid, days) = ((Usd::new(1000.0), Usd::new(500.0)), (day("2025-09-30"), day("2025-12-31")));
        assert_eq!(forfeited(Some(&terms("")), paid, days), Usd::new(500.0));
        assert_eq!(forfeited(None, paid, days), Usd::new(500.0));
    }
}
