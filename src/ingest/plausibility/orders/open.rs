//! Dates of open orders together, against those of completed ones: a column that was filled with one value, with another
//! date or in another unit is right in every row and wrong in all.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use chrono::{Datelike, NaiveDate};
use foldhash::fast::FixedState;

use crate::diagnostic::{Code, Severity};
use crate::domain::Month;
use crate::ingest::orders::order::{Order, OrderType, Status};
use crate::job::ModelId;

use super::counts::{Counts, Slots};

/// Open futures of so many customers from which on something is said of them: one contract may have many lines.
const LEAST_OPEN: u64 = 12;
const LEAST_CUSTOMERS: usize = 3;

/// Completed futures they are compared with.
const LEAST_BEFORE: u64 = 20;

/// Share of open futures with one start, or one day of signature: 0.5 of 10 or more at most with honest makers, 0.14.
const ALIKE: f64 = 0.9;

/// Share of open futures of which nothing was delivered yet with one day of signature: 0.19 of 12 or more at most with honest
/// makers, 1 where those were moved into another system and signed there again.
const SIGNED_ALIKE: f64 = 0.4;

/// Months of signature that one start is too many for.
const SIGNED_MONTHS: usize = 3;

/// Share of completed futures as long as all open ones are: 0.67 at most for honest makers' commonest length, with up to 0.93 of
/// open ones of it.
const USUAL: f64 = 0.5;

/// Most months of delivery that are usual, and the longer ones that contracts are made for.
const LONG: i32 = 12;
const CONTRACTS: [i32; 4] = [18, 24, 30, 36];

/// Share of other lengths above a year, from which on they are reported: none with honest makers, 0.68 counted in weeks.
const IN_WEEKS: f64 = 0.25;

/// Cancellations from which on their dates are compared, the share on one day (0.38 at most with honest makers, 0.59 with a
/// third of what is open cancelled at once), and the months after its last delivery was due from which on no order is cancelled.
const LEAST_CANCELLED: u64 = 8;
const LONG_OVER: i32 = 12;

/// Share of open machines that left already, where no shipments export says so: none with honest makers.
const FULL: f64 = 0.5;
const LEAST_FULL: u64 = 3;

/// Some customers, as many as are asked for: those with the least numbers.
#[derive(Clone, Default, Debug)]
struct Customers(Vec<u64>);

impl Customers {
    fn add(&mut self, customer: u64) {
        let after = self.0.iter().position(|known| *known >= customer).unwrap_or(self.0.len());
        if after < LEAST_CUSTOMERS && self.0.get(after) != Some(&customer) {
            self.0.insert(after, customer);
            self.0.truncate(LEAST_CUSTOMERS);
        }
    }

    fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|customer| self.add(customer));
    }

    fn several(&self) -> bool {
        self.0.len() >= LEAST_CUSTOMERS
    }
}

/// A day as a number, and back.
fn number_of(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

fn day_of(number: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(number).unwrap_or_default()
}

/// Dates of orders as they go by.
#[derive(Clone, Default, Debug)]
pub(super) struct Open {
    /// Futures by months of delivery, completed and open.
    lengths: [Counts; 2],
    /// Futures due from their month of signature on, completed and open.
    at_once: [u64; 2],
    starts: Counts,
    signed: Counts,
    /// Open futures of which nothing was delivered yet, and their customers, by day of signature.
    not_begun: Slots<(u64, Customers)>,
    models: BTreeSet<ModelId>,
    customers: Customers,
    cancelled: Counts,
    /// Those cancelled long after their last delivery was due.
    cancelled_late: u64,
    /// Open orders of which all was delivered, their machines, and those of all open orders.
    full: (u64, u64),
    machines: u64,
}

impl Open {
    pub(super) fn note(&mut self, order: &Order<'_>) {
        let signed = Month::of(order.signed);
        let open = match order.status {
            Status::Cancelled(date) => {
                *self.cancelled.at(number_of(date)) += 1;
                self.cancelled_late += u64::from(Month::of(date) - order.last_month() > LONG_OVER);
                return;
            }
            Status::Open => true,
            Status::Completed => false,
        };
        if open {
            self.machines += u64::from(order.quantity);
            if order.delivered.is_some_and(|delivered| delivered >= order.quantity) {
                self.full = (self.full.0 + 1, self.full.1 + u64::from(order.quantity));
            }
        }
        if order.order_type != OrderType::Futures {
            return;
        }
        let kind = usize::from(open);
        *self.lengths[kind].at(order.months.cast_signed()) += 1;
        self.at_once[kind] += u64::from(order.start == signed);
        if open {
            *self.starts.at(order.start.index()) += 1;
            let day = number_of(order.signed);
            *self.signed.at(day) += 1;
            self.models.insert(order.model);
            let customer = FixedState::with_seed(0).hash_one(order.customer);
            self.customers.add(customer);
            if order.delivered.is_none_or(|delivered| delivered == 0) {
                let (orders, customers) = self.not_begun.at(day);
                *orders += 1;
                customers.add(customer);
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (mine, more) in self.lengths.iter_mut().zip(other.lengths) {
            mine.merge(more);
        }
        for (mine, more) in self.at_once.iter_mut().zip(other.at_once) {
            *mine += more;
        }
        self.starts.merge(other.starts);
        self.signed.merge(other.signed);
        self.not_begun.merge_with(other.not_begun, |mine, (orders, customers)| {
            mine.0 += orders;
            mine.1.merge(customers);
        });
        self.models.extend(other.models);
        self.customers.merge(other.customers);
        self.cancelled.merge(other.cancelled);
        self.cancelled_late += other.cancelled_late;
        self.full = (self.full.0 + other.full.0, self.full.1 + other.full.1);
        self.machines += other.machines;
    }

    /// What is reported. `shipments`: whether an export of them says what left.
    pub(super) fn reported(&self, shipments: bool) -> Vec<(Code, Severity, String)> {
        let mut reasons = self.of_open();
        reasons.extend(self.in_weeks());
        reasons.extend(self.cancelled());
        let (orders, machines) = self.full;
        if !shipments && orders >= LEAST_FULL && machines as f64 >= FULL * self.machines as f64 {
            reasons.push(format!(
                "{orders} open orders say that all of their {machines} machines were delivered, of {} open in all, and nothing of them is still to ship: are they completed, or does delivered_quantity hold the quantity ordered?",
                self.machines
            ));
        }
        reasons.into_iter().map(|reason| (Code::OddDates, Severity::Warning, reason)).collect()
    }

    fn of_open(&self) -> Vec<String> {
        let [before, all] = [0, 1].map(|kind| self.lengths[kind].sum());
        let mut reasons = Vec::new();
        if all < LEAST_OPEN || !self.customers.several() {
            return reasons;
        }
        let many = |n: u64| n as f64 >= ALIKE * all as f64;
        if let Some((day, n)) = self.signed.commonest().filter(|(_, n)| many(*n)) {
            let day = day_of(day);
            reasons.push(format!(
                "{n} of {all} open futures were signed on {day}: is signed_date the day on which they were moved into another system?"
            ));
        } else {
            reasons.extend(self.of_not_begun());
        }
        let months: BTreeSet<Month> = self.signed.counted().map(|(day, _)| Month::of(day_of(day))).collect();
        let start = self.starts.commonest().filter(|(_, n)| many(*n));
        if let Some((month, n)) = start.filter(|_| months.len() >= SIGNED_MONTHS && self.models.len() > 1) {
            let month = Month::from_index(month);
            reasons.push(format!(
                "{n} of {all} open futures, signed in {} months and of {} models, have their first delivery in {month}: was delivery_start filled with one month?",
                months.len(),
                self.models.len()
            ));
        }
        let share = |n: u64, of: u64| n as f64 / of.max(1) as f64;
        if many(self.at_once[1]) && before >= LEAST_BEFORE && share(self.at_once[0], before) < USUAL {
            reasons.push(format!(
                "{} of {all} open futures have their first delivery in the month of signature, and {} of {before} completed ones: does delivery_start hold the day of signature?",
                self.at_once[1], self.at_once[0]
            ));
        }
        if let Some((length, _)) = self.lengths[1].commonest().filter(|(_, n)| *n == all) {
            let alike = self.lengths[0].of(length);
            if before >= LEAST_BEFORE && share(alike, before) < USUAL {
                reasons.push(format!(
                    "all {all} open futures have delivery_months {length}, and {alike} of {before} completed ones: was the column filled with one number?"
                ));
            }
        }
        reasons
    }

    /// Orders not begun that were signed on one day by several customers.
    fn of_not_begun(&self) -> Option<String> {
        let all: u64 = self.not_begun.iter().map(|(_, (n, _))| n).sum();
        let begun = self.not_begun.iter().filter(|(_, (n, _))| *n > 0);
        let (day, (n, customers)) = begun.max_by_key(|(_, (n, _))| *n)?;
        let day = day_of(day);
        let tells = all >= LEAST_OPEN && customers.several() && *n as f64 >= SIGNED_ALIKE * all as f64;
        tells.then(|| {
            format!(
                "{n} of {all} open futures of which nothing was delivered yet were signed on {day}: is signed_date the day on which they were moved into another system?"
            )
        })
    }

    /// Months of delivery that look like weeks.
    fn in_weeks(&self) -> Option<String> {
        let all: u64 = self.lengths.iter().map(Counts::sum).sum();
        let long = self
            .lengths
            .iter()
            .flat_map(Counts::counted)
            .filter(|(months, _)| *months > LONG && !CONTRACTS.contains(months));
        let long: u64 = long.map(|(_, n)| n).sum();
        (all >= LEAST_BEFORE && long as f64 >= IN_WEEKS * all as f64).then(|| {
            format!(
                "{long} of {all} futures have delivery_months above {LONG} that no contract is usually made for: are they weeks?"
            )
        })
    }

    /// Cancellations that are all of one day.
    fn cancelled(&self) -> Option<String> {
        let all = self.cancelled.sum();
        let (day, n) = self.cancelled.commonest()?;
        let day = day_of(day);
        let tells =
            all >= LEAST_CANCELLED && n as f64 >= ALIKE * all as f64 && 2 * self.cancelled_late >= all;
        tells.then(|| {
            format!(
                "{n} of {all} cancelled orders were cancelled on {day}, {} of them more than {LONG_OVER} months after their last delivery was due: is cancelled_date the day of the export? They count as open until then",
                self.cancelled_late
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Futures of so many months of delivery, the first so many months after they were signed, each of another customer.
    fn noted(orders: &[(usize, u32, i32, Status)]) -> Open {
        let mut found = Open::default();
        for (n, months, wait, status) in orders {
            for k in 0..*n {
                let signed = NaiveDate::from_ymd_opt(2024, 1 + u32::try_from(k % 12).unwrap(), 10).unwrap();
                let customer = format!("C{k}");
                found.note(&Order {
                    customer: &customer,
                    signed,
                    start: Month::of(signed) + *wait,
                    months: *months,
                    status: *status,
                    ..Order::usual()
                });
            }
        }
        found
    }

    #[test]
    fn months_of_delivery_that_no_contract_has_may_be_weeks() {
        let lengths = |usual: u32, odd: u32, n: usize| {
            noted(&[(20 - n, usual, 1, Status::Completed), (n, odd, 1, Status::Completed)]).in_weeks()
        };
        assert_eq!(
            lengths(12, 13, 5).as_deref(),
            Some(
                "5 of 20 futures have delivery_months above 12 that no contract is usually made for: are they weeks?"
            )
        );
        assert_eq!(lengths(12, 13, 4), None, "a fifth");
        assert_eq!(lengths(6, 12, 10), None, "a year is no odd length");
        assert_eq!(lengths(6, 24, 10), None, "two years are none");
    }

    /// Twelve open futures begin in their month of signature. Of twenty completed ones none does, or all.
    #[test]
    fn first_deliveries_at_once_are_told_where_completed_orders_had_none() {
        let told = |before: (usize, i32)| {
            let open = noted(&[(12, 3, 0, Status::Open), (before.0, 3, before.1, Status::Completed)]);
            open.of_open().iter().any(|reason| {
                reason.starts_with(
                    "12 of 12 open futures have their first delivery in the month of signature, and 0 of 20",
                )
            })
        };
        assert!(told((20, 2)));
        assert!(!told((20, 0)), "so had they");
        assert!(!told((19, 2)), "too few to tell");
    }

    /// All twelve open futures deliver over three months, and of twenty completed ones none or ten did. With another length among the open
    /// ones nothing is told.
    #[test]
    fn one_length_of_all_open_futures_is_told_where_completed_ones_had_others() {
        let told = |open: &[(usize, u32, i32, Status)], alike: usize| {
            let completed = [(20 - alike, 6, 1, Status::Completed), (alike, 3, 1, Status::Completed)];
            let reasons = noted(&[open, &completed].concat()).of_open();
            reasons.into_iter().find(|reason| reason.contains("delivery_months"))
        };
        let open = (12, 3, 1, Status::Open);
        assert_eq!(
            told(&[open], 9).as_deref(),
            Some(
                "all 12 open futures have delivery_months 3, and 9 of 20 completed ones: was the column filled with one number?"
            )
        );
        assert_eq!(told(&[open], 10), None);
        assert_eq!(told(&[(11, 3, 1, Status::Open), (1, 4, 1, Status::Open)], 0), None);
    }

    /// Eight orders cancelled on 2025-06-30. Four were due in January to April 2024, more than a year before; the others later.
    #[test]
    fn cancellations_of_one_day_are_told_where_half_of_them_are_long_over() {
        let cancelled = Status::Cancelled(NaiveDate::from_ymd_opt(2025, 6, 30).unwrap());
        let told = |late: usize, others: usize| {
            noted(&[(late, 1, 0, cancelled), (others, 18, 1, cancelled)]).cancelled()
        };
        assert_eq!(
            told(4, 4).as_deref(),
            Some(
                "8 of 8 cancelled orders were cancelled on 2025-06-30, 4 of them more than 12 months after their last delivery was due: is cancelled_date the day of the export? They count as open until then"
            )
        );
        assert_eq!((told(3, 5), told(4, 3)), (None, None));
        // Two of nine on another day: less than nine in ten are of one.
        let other = Status::Cancelled(NaiveDate::from_ymd_opt(2025, 6, 29).unwrap());
        assert_eq!(noted(&[(7, 1, 0, cancelled), (2, 1, 0, other)]).cancelled(), None);
    }
}
