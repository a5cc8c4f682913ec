//! All orders of a quarter together: ten times too many machines, or TH/s in place of machines, show in what was paid on
//! them and, where no payment is known, in their size.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::diagnostic::{Code, Severity};
use crate::domain::{FiscalYear, Month, Quarter, Usd};
use crate::ingest::orders::order::{Order, OrderType, Segment, Status};
use crate::ingest::plausibility::median::median;
use crate::job::Plausibility;

use super::counts::{Counts, Slots};
use super::kept::RowPlace;

/// Orders of a kind in a quarter, and other quarters with as many, from which on the quarter is compared.
const LEAST_ORDERS: u64 = 5;
const LEAST_QUARTERS_PAID: usize = 2;
const LEAST_QUARTERS_SIZE: usize = 3;

/// Share of its value that is paid of the middle order of a quarter, over what the least paid tenth of other quarters' have
/// paid: 0.81 at least with honest makers, a tenth of the usual where quantities are ten times too large.
const LEAST_PAID: f64 = 1.0 / 3.0;

/// The same share from which on more was received than there is to pay: 1.03 of a single order at most with honest makers.
const MOST_PAID: f64 = 2.0;

/// Times by which less is paid from which on the payments are in another unit where the orders are of the usual size: within
/// this factor of that of other quarters, 3.2 at most with honest makers.
const OTHER_UNIT: f64 = 50.0;
const USUAL_SIZE: f64 = 3.5;

/// Times [`Plausibility::order_factor`] from which on the size of a quarter's orders alone stops the run: TH/s for machines.
const FAR: f64 = 4.0;

/// Part of a quarter's orders that are paid least.
const TENTH: f64 = 0.1;

/// Bins to a doubling, and the greatest either way: numbers beyond are counted there.
const BINS: f64 = 8.0;
const MOST_BIN: f64 = 16_384.0;

/// Whole numbers whose bins are looked up.
const LOOKED_UP: u32 = 1 << 12;

/// Counts by powers of two, in parts of a doubling.
type Bins = Counts;

#[expect(clippy::cast_possible_truncation, reason = "clamped to the bins")]
fn bin(value: f64) -> i32 {
    (value.log2() * BINS).round().clamp(-MOST_BIN, MOST_BIN) as i32
}

/// The same of a whole number.
fn bin_of_whole(value: u32) -> i32 {
    static KNOWN: LazyLock<Vec<i32>> =
        LazyLock::new(|| (0..LOOKED_UP).map(|value| bin(f64::from(value))).collect());
    KNOWN.get(value as usize).copied().unwrap_or_else(|| bin(f64::from(value)))
}

/// The value that a part of the counts lies at or below.
fn quantile(bins: &Bins, part: f64) -> f64 {
    let all = bins.sum();
    let mut below = 0;
    let found = bins.counted().find(|(_, n)| {
        below += n;
        below as f64 >= part * all as f64
    });
    found.map_or(0.0, |(bin, _)| (f64::from(bin) / BINS).exp2())
}

/// Orders of a kind that were signed in a month or quarter.
#[derive(Clone, Default, Debug)]
struct Paid {
    orders: u64,
    machines: u64,
    /// The largest payment, USD.
    most: f64,
    shares: Bins,
}

impl Paid {
    fn merge(&mut self, other: Self) {
        self.orders += other.orders;
        self.machines += other.machines;
        self.most = self.most.max(other.most);
        self.shares.merge(other.shares);
    }
}

/// Orders by the month in which they were signed.
#[derive(Clone, Default, Debug)]
pub(super) struct Months {
    /// Of futures and spot orders, completed and open: how much is paid depends on both. Cancelled ones are left out.
    paid: [[Slots<Paid>; 2]; OrderType::ALL.len()],
    /// By kind of customer.
    sizes: [Slots<Bins>; Segment::ALL.len()],
}

impl Months {
    pub(super) fn size(&mut self, order: &Order<'_>) {
        let bins = self.sizes[order.segment as usize].at(Month::of(order.signed).index());
        *bins.at(bin_of_whole(order.quantity)) += 1;
    }

    /// Notes the share of its value that was paid of an order.
    pub(super) fn paid(&mut self, order: &Order<'_>, share: f64) {
        if matches!(order.status, Status::Cancelled(_)) {
            return;
        }
        let kinds = &mut self.paid[order.order_type as usize];
        let paid = kinds[usize::from(order.status == Status::Open)].at(Month::of(order.signed).index());
        paid.orders += 1;
        paid.machines += u64::from(order.quantity);
        paid.most = paid.most.max(order.prepaid.map_or(0.0, Usd::dollars));
        *paid.shares.at(bin(share)) += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (mine, more) in self.paid.iter_mut().flatten().zip(other.paid.into_iter().flatten()) {
            mine.merge_with(more, Paid::merge);
        }
        for (mine, more) in self.sizes.iter_mut().zip(other.sizes) {
            mine.merge_with(more, Bins::merge);
        }
    }

    /// The same by quarter of a year.
    pub(super) fn by_quarter(&self, year: FiscalYear) -> Signed {
        let quarter = |month: i32| year.quarter(Month::from_index(month));
        let mut quarters = Signed::default();
        for order_type in OrderType::ALL {
            for (open, months) in [false, true].into_iter().zip(&self.paid[order_type as usize]) {
                for (month, paid) in months.iter().filter(|(_, paid)| paid.orders > 0) {
                    let key = (order_type, open, quarter(month));
                    quarters.paid.entry(key).or_default().merge(paid.clone());
                }
            }
        }
        for (segment, months) in Segment::ALL.into_iter().zip(&self.sizes) {
            for (month, bins) in months.iter().filter(|(_, bins)| bins.sum() > 0) {
                quarters.sizes.entry((segment, quarter(month))).or_default().merge(bins.clone());
            }
        }
        quarters
    }
}

/// Orders by the quarter in which they were signed.
#[derive(Clone, Default, Debug)]
pub(super) struct Signed {
    paid: BTreeMap<(OrderType, bool, Quarter), Paid>,
    sizes: BTreeMap<(Segment, Quarter), Bins>,
}

/// What is reported, with its quarter.
pub(super) type Reported = (Quarter, (Code, Severity, Option<RowPlace>, String));

impl Signed {
    /// Quarters whose orders are paid like those of a fraction of their quantity, or are many times the size of any other
    /// quarter's. The first of the last year stop the run: what is ordered now is made from them.
    pub(super) fn reported(&self, settings: &Plausibility, as_of: Month) -> Vec<Reported> {
        let mut reported = self.least_paid(as_of);
        for more in self.largest(settings, as_of) {
            if reported.iter().all(|(quarter, _)| *quarter != more.0) {
                reported.push(more);
            }
        }
        reported
    }

    fn least_paid(&self, as_of: Month) -> Vec<Reported> {
        let mut reported: Vec<Reported> = Vec::new();
        for ((order_type, open, quarter), paid) in &self.paid {
            let known = |p: &Paid| p.orders >= LEAST_ORDERS;
            let of_kind = self
                .paid
                .iter()
                .filter(|((t, o, q), p)| t == order_type && o == open && q != quarter && known(p));
            let mut others: Vec<f64> = of_kind.map(|(_, p)| quantile(&p.shares, TENTH)).collect();
            if !known(paid) || others.len() < LEAST_QUARTERS_PAID {
                continue;
            }
            let (middle, least) = (quantile(&paid.shares, 0.5), median(&mut others).unwrap_or(0.0));
            // Where other quarters are paid beyond their value, too, all payments or prices are in another unit.
            let (cheap, dear) = (middle < LEAST_PAID * least.min(1.0), middle > MOST_PAID * least.max(1.0));
            if !(cheap || dear) || reported.iter().any(|(known, _)| known == quarter) {
                continue;
            }
            let kind = match order_type {
                OrderType::Futures => "futures",
                OrderType::Spot => "spot orders",
            };
            let state = if *open { "open" } else { "completed" };
            let times = least / middle;
            let question = if cheap && times > OTHER_UNIT && self.usual_size(*quarter) {
                let unit = match paid.most {
                    most if most <= 1.0 => "shares of the value",
                    most if most <= 100.0 => "per cent of the value",
                    _ => "amounts in thousands or per machine",
                };
                format!(
                    "{} USD at most, where other quarters' have {:.1}% at least, and its orders are of the usual size: is prepaid_usd of this quarter in {unit}? Write what was received on the order in USD",
                    paid.most,
                    100.0 * least
                )
            } else if cheap {
                format!(
                    "where other quarters' have {:.1}% at least: are quantities of this quarter {:.0} times too large, or TH/s in place of machines?",
                    100.0 * least,
                    times
                )
            } else {
                "more than there is to pay: are quantities of this quarter too small, or payments too large?"
                    .to_owned()
            };
            let reason = format!(
                "of the {} {state} {kind} signed in {quarter} ({} machines) the middle one has {:.1}% of its value paid, {question}",
                paid.orders,
                paid.machines,
                100.0 * middle
            );
            reported.push((*quarter, (Code::OddQuantity, severity(*quarter, as_of), None, reason)));
        }
        reported
    }

    /// Whether the middle order of a quarter is about as large as in other quarters.
    fn usual_size(&self, quarter: Quarter) -> bool {
        let mut by_quarter: BTreeMap<Quarter, Bins> = BTreeMap::new();
        for ((_, of), bins) in &self.sizes {
            by_quarter.entry(*of).or_default().merge(bins.clone());
        }
        let of_quarter = by_quarter.remove(&quarter).map(|bins| quantile(&bins, 0.5));
        let mut others: Vec<f64> = by_quarter.values().map(|bins| quantile(bins, 0.5)).collect();
        let times = of_quarter.zip(median(&mut others)).map(|(own, others)| (own / others).ln().abs());
        times.is_some_and(|times| times < USUAL_SIZE.ln())
    }

    fn largest(&self, settings: &Plausibility, as_of: Month) -> Vec<Reported> {
        let mut reported: Vec<Reported> = Vec::new();
        let known = |bins: &Bins| bins.sum() >= LEAST_ORDERS;
        for ((segment, quarter), bins) in self.sizes.iter().filter(|(_, bins)| known(bins)) {
            let of_kind = self.sizes.iter().filter(|((s, q), b)| s == segment && q != quarter && known(b));
            let others: Vec<f64> = of_kind.map(|(_, b)| quantile(b, 0.5)).collect();
            let (middle, most) = (quantile(bins, 0.5), others.iter().copied().fold(0.0, f64::max));
            if others.len() < LEAST_QUARTERS_SIZE || middle <= settings.order_factor.get() * most {
                continue;
            }
            let name = segment.customers();
            let reason = format!(
                "the middle order of {} of {name} signed in {quarter} is of some {middle:.0} machines, {:.1} times that of any other quarter ({most:.0}): are quantities of this quarter right, or TH/s in place of machines?",
                bins.sum(),
                middle / most
            );
            let far = middle > FAR * settings.order_factor.get() * most;
            let severity = if far { severity(*quarter, as_of) } else { Severity::Warning };
            reported.push((*quarter, (Code::OddQuantity, severity, None, reason)));
        }
        reported
    }
}

fn severity(quarter: Quarter, as_of: Month) -> Severity {
    if quarter.last_month() > as_of - 12 { Severity::Error } else { Severity::Warning }
}
