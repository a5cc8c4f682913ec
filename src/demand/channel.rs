//! Distributors' own cover as a driver of their orders: with more months of sales in stock than usual they sell from stock first.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Month;
use crate::history::Book;
use crate::ingest::{DriverValue, Exports, Segment};
use crate::job::{DriverEffect, DriverKind, Job};

use super::drivers::{Driver, driver};
use super::effects::{Effect, effects};
use super::gaps::Gaps;
use super::origins::Past;
use super::posterior::Posterior;
use super::response::Selling;
use super::series::Series;

/// Name in the output.
pub const CHANNEL_COVER: &str = "channel_cover";

/// Prior weight of an answer to their cover: small, since no maker measured showed much of one (docs/concepts/method.md).
const PRIOR: f64 = 0.1;

/// Months that what distributors sell is averaged over.
const SOLD_MONTHS: i32 = 6;

/// Months that their share of what is signed is measured over.
const SHARE_MONTHS: i32 = 24;

/// Distributors: their cover, what they sign, and what was forecast of it.
#[derive(Debug)]
pub(super) struct Channel {
    cover: Driver,
    signed: Series,
    past: Past,
}

impl Channel {
    /// `None` where nothing is counted.
    pub(super) fn new(book: &Book<'_>, exports: &Exports, job: &Job, gaps: &Gaps) -> Option<Self> {
        let values = covers(exports, book.as_of);
        if values.is_empty() || exports.drivers.contains_key(CHANNEL_COVER) {
            return None;
        }
        let span = (book.first, book.as_of);
        let cover = driver(CHANNEL_COVER, DriverKind::LagOnly, DriverEffect::NotPositive, &values, span);
        let signed = Series::signed_by(book, &job.catalogue, Segment::Channel);
        let growth = job.demand.growth_per_year.get();
        let past = Past::new(&signed, gaps, (Selling::Ahead, growth), job.run.fiscal_year_starts);
        Some(Self { cover, signed, past })
    }

    /// `None` where too little is known by then. What it adds to all that is signed: its effect on distributors times their share of `signed`.
    pub(super) fn effect(&self, signed: &Series, posterior: &Posterior, as_of: Month) -> Option<Effect> {
        let mut effect =
            effects((std::slice::from_ref(&self.cover), PRIOR), &self.past, posterior, as_of).pop()?;
        if effect.n == 0 {
            return None;
        }
        let from = (as_of - (SHARE_MONTHS - 1)).max(signed.first);
        let (own, all) = (self.signed.mean(from, as_of)?, signed.mean(from, as_of)?);
        let share = if all > 0.0 { (own / all).min(1.0) } else { 0.0 };
        effect.parts = effect.parts.map(|parts| parts.map(|part| (share * part.exp_m1()).ln_1p()));
        Some(effect)
    }
}

/// ln(1 + cover) at the end of every month counted: machines on hand over those sold on a month (sold to distributors where the
/// export does not say), over six months.
fn covers(exports: &Exports, as_of: Month) -> Vec<DriverValue> {
    let mut counts: BTreeMap<Month, u64> = BTreeMap::new();
    let mut sold: BTreeMap<Month, u64> = BTreeMap::new();
    let mut unsaid: BTreeSet<Month> = BTreeSet::new();
    for row in exports.stock.months() {
        *counts.entry(row.month).or_default() += row.on_hand;
        if row.sold_on.is_none() {
            unsaid.insert(row.month);
        }
        *sold.entry(row.month).or_default() += row.sold_on.unwrap_or(0);
    }
    let value = |(month, on_hand): (&Month, &u64)| {
        let window = *month - (SOLD_MONTHS - 1)..=*month;
        let said = unsaid.range(window.clone()).next().is_none();
        let sold = if said { &sold } else { &exports.ledger.channel_sell_in };
        let sold: u64 = sold.range(window).map(|(_, machines)| machines).sum();
        (sold > 0).then(|| DriverValue {
            date: month.last_day(),
            published_on: None,
            scenario: None,
            value: (*on_hand as f64 * f64::from(SOLD_MONTHS) / sold as f64).ln_1p(),
        })
    };
    counts.iter().filter(|(month, _)| **month <= as_of).filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::demand::effects::tests::swinging;
    use crate::ingest::{Builder, MarketDays, Snapshot, Stock, Supply};
    use crate::job::ModelId;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    /// Two distributors, counted at the end of every month from March to September 2025: 60 and 30 machines on hand, 20 and 10 sold on in
    /// each month, but for 300 in March.
    fn exports() -> Exports {
        let as_of = month("2025-09").last_day();
        let count = |of: Month, channel: &str, quantity, sold| Snapshot {
            date: of.last_day(),
            channel: channel.to_owned(),
            model: ModelId(0),
            quantity,
            sell_through: Some(if of == month("2025-03") { 300 } else { sold }),
        };
        let months = month("2025-03").to(month("2025-09"));
        Exports {
            as_of,
            ledger: Builder::new(as_of, false, None).finish(),
            stock: Stock::new(
                months.flat_map(|of| [count(of, "A", 60, 20), count(of, "B", 30, 10)]).collect(),
            )
            .unwrap(),
            market: MarketDays::none(),
            customers: None,
            pipeline: None,
            overrides: Vec::new(),
            overrides_proposed: Vec::new(),
            placed: None,
            drivers: BTreeMap::new(),
            supply: Supply::default(),
            files: Vec::new(),
            rejected: Vec::new(),
            paths: BTreeMap::new(),
            may_be_empty: BTreeSet::new(),
            warnings: Vec::new(),
        }
    }

    /// 90 machines and 180 sold from April to September, 30 a month: three months of cover. March, of which much was sold, is in the six
    /// months up to August.
    #[test]
    fn cover_is_stock_over_what_is_sold_on_a_month() {
        let found = covers(&exports(), month("2025-09"));
        let last = found.last().unwrap();
        assert_eq!((found.len(), last.date), (7, month("2025-09").last_day()));
        assert!((last.value - 4.0_f64.ln()).abs() < 1e-12, "{last:?}");
        let august = 90.0 * 6.0 / (600.0 + 5.0 * 30.0);
        assert!((found[5].value - (1.0_f64 + august).ln()).abs() < 1e-12, "{:?}", found[5]);
        assert_eq!(covers(&exports(), month("2025-06")).len(), 4, "nothing later is known");
    }

    /// Distributors sign a quarter of all in the two years up to December 2023. Their orders change by a factor of e^part, all orders by a
    /// quarter of that change.
    #[test]
    fn distributors_move_their_share_of_orders() {
        let (cover, past, posterior) = swinging(DriverEffect::NotPositive, -1.0);
        let as_of = month("2023-12");
        let plain = effects((std::slice::from_ref(&cover), PRIOR), &past, &posterior, as_of).remove(0);
        assert!(plain.slope < 0.0 && plain.parts[1][0] > 0.0, "{plain:?}");
        // What was signed before the two years, or after them, does not count.
        let series = |years: [f64; 4]| Series {
            first: month("2021-01"),
            th: years.iter().flat_map(|th| [*th; 12]).collect(),
        };
        let channel = Channel { cover, signed: series([90.0, 10.0, 40.0, 90.0]), past };
        let found = channel.effect(&series([100.0; 4]), &posterior, as_of).unwrap();
        let expected = (1.0 + 0.25 * (plain.parts[1][0].exp() - 1.0)).ln();
        assert!((found.parts[1][0] - expected).abs() < 1e-12, "{found:?}");
    }
}
