//! Whether key accounts come back: by the year in which they first signed, and by what groups bought.

use std::collections::BTreeMap;

use crate::domain::Month;
use crate::ingest::{Account, Exports, Segment};

use super::groups::gather;

/// Months after the first signing within which a customer that signs again is retained.
const AGAIN: i32 = 12;

/// Key accounts that first signed in a year, and twelve months have passed since.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Cohort {
    /// Customers.
    pub customers: u64,
    /// Of them those that signed again in a later month of the twelve after the first.
    pub again: u64,
}

/// What each group ordered, in the order of names.
pub fn accounts(exports: &Exports) -> Vec<Account> {
    let last = Month::of(exports.as_of);
    gather(exports, last)
        .into_values()
        .map(|group| group.account().clone())
        .filter(|of| of.first_signed.is_some())
        .collect()
}

/// Key accounts by the year in which they first signed. Of the first year that the book has nobody knows who is new.
pub fn cohorts<'a>(accounts: impl Iterator<Item = &'a Account>, as_of: Month) -> BTreeMap<i32, Cohort> {
    let mut cohorts: BTreeMap<i32, Cohort> = BTreeMap::new();
    for account in accounts.filter(|account| account.segment() == Some(Segment::KeyAccount)) {
        let Some(first) = account.first_signed.filter(|first| *first + AGAIN <= as_of) else { continue };
        let cohort = cohorts.entry(first.year()).or_default();
        cohort.customers += 1;
        cohort.again += u64::from(account.signed_again.is_some_and(|again| again <= first + AGAIN));
    }
    cohorts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As of September 2025. Of 2023 two key accounts: one came back after twelve months, the other after thirteen. Of 2024 one that
    /// never did, and one first signed less than a year ago, of which nothing can be said. A distributor is no key account.
    #[test]
    fn who_comes_back_within_twelve_months() {
        let month = |text: &str| text.parse::<Month>().unwrap();
        let of = |first: &str, again: Option<&str>, segment: Segment| {
            let mut account = Account::default();
            (account.first_signed, account.signed_again) = (Some(month(first)), again.map(month));
            account.by_segment[segment as usize] = 1;
            account
        };
        let accounts = [
            of("2023-02", Some("2024-02"), Segment::KeyAccount),
            of("2023-11", Some("2024-12"), Segment::KeyAccount),
            of("2024-09", None, Segment::KeyAccount),
            of("2024-10", Some("2025-01"), Segment::KeyAccount),
            of("2023-05", Some("2023-06"), Segment::Channel),
        ];
        let found = cohorts(accounts.iter(), month("2025-09"));
        let expected = [(2023, (2, 1)), (2024, (1, 0))];
        let found: Vec<_> = found.into_iter().map(|(year, of)| (year, (of.customers, of.again))).collect();
        assert_eq!(found, expected);
    }
}
