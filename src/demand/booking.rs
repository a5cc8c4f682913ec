//! How signed TH spreads over delivery months and models.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Month;
use crate::history::Book;
use crate::job::{Catalogue, ModelId};

/// Age in months at which a contract counts half.
const HALF_LIFE: f64 = 36.0;

/// Months that the curve of all contracts counts for in that of a regime.
const POOLED_MONTHS: f64 = 6.0;

/// Share of signed TH due j months after signing, j = 0, 1, ..., by regime: in a boom contracts are signed for later months than in
/// calm. Each sums to 1, or is empty where nothing was ever signed.
///
/// Measured on the contracts, which are known in full when they are signed: nothing is cut off. Slip and cancellation come
/// on top, as for the backlog.
#[derive(Clone, Debug)]
pub struct LeadTimes {
    /// Of all months.
    pub pooled: Vec<f64>,
    /// Of months signed while the price was above its trailing-year mean.
    pub above: Vec<f64>,
    /// Of the others.
    pub below: Vec<f64>,
    /// Orders that they were measured on.
    pub n: u64,
}

/// Whether a month is above its price gap. At a price that stands still the gap is 0 but for rounding, which must not decide.
fn is_above(gap: f64) -> bool {
    gap > 1e-9
}

impl LeadTimes {
    /// All TH is delivered as it is ordered.
    pub(super) fn none() -> Self {
        Self { pooled: vec![1.0], above: vec![1.0], below: vec![1.0], n: 0 }
    }

    /// The curve of a month signed at a price gap.
    pub fn at(&self, gap: f64) -> &[f64] {
        if is_above(gap) { &self.above } else { &self.below }
    }

    /// From every order of the book; `gap` is that of the month of signing.
    pub fn measure(book: &Book<'_>, catalogue: &Catalogue, gap: impl Fn(Month) -> f64) -> Self {
        // Machines are counted before they are weighed: the order in which orders stand, which later states of theirs
        // change, must not change a bit.
        let mut machines: BTreeMap<(Month, usize, ModelId), u64> = BTreeMap::new();
        let mut n = 0;
        for booked in book.lots.iter().filter(|booked| booked.is_demand() && !booked.amended) {
            let (lot, signed) = (booked.lot, booked.lot.terms.signed);
            for month in lot.terms.start.to(lot.last_month()) {
                // Due before it was signed: shipped in the month of signing.
                let after = usize::try_from(month - signed).unwrap_or(0);
                *machines.entry((signed, after, lot.terms.model)).or_default() += lot.due_in(month);
            }
            n += lot.orders;
        }
        let mut th: [Vec<f64>; 2] = Default::default();
        let months: BTreeSet<Month> = machines.keys().map(|(signed, ..)| *signed).collect();
        for ((signed, after, model), machines) in &machines {
            let weight = (-f64::from(book.as_of - *signed) / HALF_LIFE).exp2();
            let size = catalogue.model(*model).hashrate_th.get() * weight;
            let row = &mut th[usize::from(is_above(gap(*signed)))];
            if row.len() <= *after {
                row.resize(after + 1, 0.0);
            }
            row[*after] += *machines as f64 * size;
        }
        let [below, above] = th;
        let length = below.len().max(above.len());
        let at = |row: &[f64], after: usize| row.get(after).copied().unwrap_or(0.0);
        let both: Vec<f64> = (0..length).map(|after| at(&below, after) + at(&above, after)).collect();
        let sum: f64 = both.iter().sum();
        if sum <= 0.0 {
            return Self { pooled: Vec::new(), above: Vec::new(), below: Vec::new(), n };
        }
        // A regime's own months count by age, the curve of all as so many months.
        let weight = |above: bool| -> f64 {
            let own = months.iter().filter(|month| is_above(gap(**month)) == above);
            own.map(|month| (-f64::from(book.as_of - *month) / HALF_LIFE).exp2()).sum()
        };
        let regime = |row: &[f64], own: f64| -> Vec<f64> {
            let th: f64 = row.iter().sum();
            let share = |after: usize| if th > 0.0 { at(row, after) / th } else { 0.0 };
            let pooled = |after: usize| POOLED_MONTHS * both[after] / sum;
            (0..length).map(|after| (own * share(after) + pooled(after)) / (own + POOLED_MONTHS)).collect()
        };
        let (above, below) = (regime(&above, weight(true)), regime(&below, weight(false)));
        Self { pooled: both.iter().map(|th| th / sum).collect(), above, below, n }
    }
}

/// Share of each model in new TH signed, by month of signature and of delivery.
#[derive(Clone, Debug)]
pub struct Mix {
    /// `shares[h][after][model]` of what is signed in month h ahead (0 is the first) and due so many months later; adds up
    /// to 1, or to 0 where no model is sold then and ships by then.
    shares: Vec<Vec<Vec<f64>>>,
    /// What was assumed, for the report.
    pub notes: Vec<String>,
}

impl Mix {
    /// The mix of the last `months` of intake, among models that are sold when it is signed and ship when it is due: what
    /// would fall before a launch or after an end of life goes to those that ship. A new model without orders takes the
    /// share that the job gives it. Deliveries reach `reach` months beyond the signature.
    pub fn measure(
        book: &Book<'_>,
        catalogue: &Catalogue,
        months: u32,
        (horizon, reach): (usize, usize),
    ) -> Self {
        let length = book.intake.first().map_or(0, Vec::len);
        let tail = length.saturating_sub(months as usize)..length;
        let mut recent: Vec<f64> = catalogue
            .ids()
            .map(|id| {
                let machines: u64 = book.intake[id.0][tail.clone()].iter().sum();
                machines as f64 * catalogue.model(id).hashrate_th.get()
            })
            .collect();
        let mut notes = Vec::new();
        if recent.iter().sum::<f64>() == 0.0 {
            recent = catalogue.ids().map(|id| book.intake[id.0].iter().sum::<u64>() as f64).collect();
            notes.push(format!("no order in the last {months} months: the mix of all orders is used"));
        }
        let month = |h: usize| book.as_of + i32::try_from(h + 1).unwrap_or(0);
        let shares = (0..horizon)
            .map(|h| (0..reach.max(1)).map(|j| one_mix(&recent, catalogue, month(h), month(h + j))).collect())
            .collect();
        for id in catalogue.ids() {
            let model = catalogue.model(id);
            let launches = model.launch > book.as_of && model.launch <= book.as_of + 12;
            if launches
                && recent[id.0] == 0.0
                && model.new_model_share.is_none()
                && model.predecessor.is_none()
            {
                notes.push(format!(
                    "model `{}` launches in {} without orders, predecessor or new_model_share: its new orders are forecast as 0",
                    model.name(),
                    model.launch
                ));
            }
        }
        for id in catalogue.ids().filter(|id| recent[id.0] > 0.0) {
            if let Some(predecessor) = catalogue.predecessor(id) {
                notes.push(format!(
                    "model `{}` has orders of its own: predecessor `{}` and substitution_share change nothing any more; take them out",
                    catalogue.model(id).name(),
                    catalogue.model(predecessor).name()
                ));
            }
        }
        for id in catalogue.ids().filter(|id| recent[id.0] == 0.0) {
            let model = catalogue.model(id);
            if let Some(predecessor) = catalogue.predecessor(id)
                && model.last_sale() > book.as_of
                && succeeded(&recent, catalogue, model.launch.max(book.as_of + 1))[id.0] == 0.0
            {
                notes.push(format!(
                    "model `{}` takes nothing over from its predecessor `{}`, which has no new orders in the mix, or of which substitution_share leaves it none: its new orders are forecast as 0",
                    model.name(),
                    catalogue.model(predecessor).name()
                ));
            }
        }
        Self { shares, notes }
    }

    /// Shares of what is signed in month `h` ahead and due `after` months later, by model.
    pub fn due(&self, h: usize, after: usize) -> &[f64] {
        let row = &self.shares[h];
        &row[after.min(row.len() - 1)]
    }

    /// Shares of all that is signed in month `h` ahead, by model, when it is due along `curve`, shares by month after
    /// the signature.
    pub fn signed(&self, h: usize, curve: &[f64]) -> Vec<f64> {
        let row = &self.shares[h];
        if row.windows(2).all(|pair| pair[0] == pair[1]) {
            return row[0].clone();
        }
        let mut sum = vec![0.0; row[0].len()];
        for (after, share) in curve.iter().enumerate() {
            sum.iter_mut().zip(self.due(h, after)).for_each(|(sum, part)| *sum += share * part);
        }
        sum
    }
}

/// TH of recent months by model, with what models that have no order yet take over from their predecessors in a month of delivery.
fn succeeded(recent: &[f64], catalogue: &Catalogue, due: Month) -> Vec<f64> {
    let mut th = recent.to_vec();
    // What each model had before the first of its successors took from it: several take their shares of the same.
    let mut whole: Vec<Option<f64>> = vec![None; th.len()];
    for id in catalogue.predecessors_first() {
        let Some(predecessor) = catalogue.predecessor(id).filter(|_| recent[id.0] == 0.0) else { continue };
        let model = catalogue.model(id);
        if model.ships_in(due) {
            let all = *whole[predecessor.0].get_or_insert(th[predecessor.0]);
            let takes = all * model.substitution_share.get();
            th[predecessor.0] = (th[predecessor.0] - takes).max(0.0);
            th[id.0] += takes;
        }
    }
    th
}

/// The mix of what is signed in one month and due in another.
fn one_mix(recent: &[f64], catalogue: &Catalogue, signed: Month, due: Month) -> Vec<f64> {
    let sells = |id: ModelId| {
        let model = catalogue.model(id);
        signed <= model.last_sale() && model.ships_in(due)
    };
    let mut shares = succeeded(recent, catalogue, due);
    shares.iter_mut().zip(catalogue.ids()).filter(|(_, id)| !sells(*id)).for_each(|(share, _)| *share = 0.0);
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        shares.iter_mut().for_each(|share| *share /= sum);
    }
    for id in catalogue.ids() {
        let model = catalogue.model(id);
        if let (Some(share), true) = (model.new_model_share, recent[id.0] == 0.0 && sells(id)) {
            shares.iter_mut().for_each(|other| *other *= share.complement());
            shares[id.0] = if sum > 0.0 { share.get() } else { 1.0 };
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Builder, Order};
    use crate::job::Job;

    fn day(year: i32, month: u32) -> chrono::NaiveDate {
        chrono::NaiveDate::from_ymd_opt(year, month, 10).unwrap()
    }

    fn order(
        model: usize,
        signed: (i32, u32),
        quantity: u32,
        start: (i32, u32),
        months: u32,
    ) -> Order<'static> {
        Order {
            id: "",
            model: ModelId(model),
            signed: day(signed.0, signed.1),
            quantity,
            start: Month::of(day(start.0, start.1)),
            months,
            ..Order::usual()
        }
    }

    /// The second fixture's job: MINI (100 TH) is sold to 2026-03 and ships to 2026-07, NOVA (200 TH, a quarter of new TH
    /// until orders for it are seen) ships from 2026-01 on.
    fn mix_of(orders: &[Order<'_>]) -> Mix {
        mix_with(include_str!("../../fixtures/second/job.toml"), orders, (12, 12))
    }

    fn mix_with(text: &str, orders: &[Order<'_>], months: (usize, usize)) -> Mix {
        let catalogue = Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue;
        let end = chrono::NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
        let mut builder = Builder::new(end, false, None);
        orders.iter().for_each(|order| builder.add(order));
        let ledger = builder.finish();
        let book = Book::new(&ledger, &catalogue, Month::of(end));
        Mix::measure(&book, &catalogue, 6, months)
    }

    #[test]
    fn the_mix_follows_launch_last_sale_and_end_of_life() {
        let mix = mix_of(&[order(0, (2025, 7), 12, (2025, 8), 6)]);
        // Index 0 is October 2025. Due in December NOVA has not launched; from January on it takes its quarter.
        assert_eq!(mix.due(0, 2), [1.0, 0.0]);
        assert_eq!(mix.due(0, 3), [0.75, 0.25]);
        // March 2026 is MINI's last sale; what is due after July does not ship and goes to NOVA.
        assert_eq!(mix.due(5, 4), [0.75, 0.25]);
        assert_eq!(mix.due(5, 5), [0.0, 1.0]);
        assert_eq!(mix.due(6, 0), [0.0, 1.0]);
        // Of all that October signs, due along a curve of half at once and half three months later.
        assert_eq!(mix.signed(0, &[0.5, 0.0, 0.0, 0.5]), [0.875, 0.125]);
    }

    /// Deliveries that reach no month beyond the signature are due in its month: December is MINI's alone.
    #[test]
    fn without_lead_times_the_month_of_signature_counts() {
        let text = include_str!("../../fixtures/second/job.toml");
        let mix = mix_with(text, &[order(0, (2025, 7), 12, (2025, 8), 6)], (4, 0));
        assert_eq!((mix.due(2, 5), mix.due(3, 0)), (&[1.0, 0.0][..], &[0.75, 0.25][..]));
        assert_eq!((mix.signed(2, &[1.0]), mix.signed(3, &[1.0])), (vec![1.0, 0.0], vec![0.75, 0.25]));
    }

    /// NOVA launches in January without a share of its own: until it has orders none are forecast of it, and that is told.
    #[test]
    fn a_launch_without_orders_or_share_is_told() {
        let text = include_str!("../../fixtures/second/job.toml").replace("new_model_share = 0.25", "");
        let told = |orders: &[Order<'_>]| mix_with(&text, orders, (12, 12)).notes;
        let old = order(0, (2025, 7), 12, (2025, 8), 6);
        assert_eq!(
            told(std::slice::from_ref(&old)),
            [
                "model `NOVA` launches in 2026-01 without orders, predecessor or new_model_share: its new orders are forecast as 0"
            ]
        );
        assert_eq!(told(&[old, order(1, (2025, 8), 5, (2026, 1), 2)]), Vec::<String>::new());
    }

    /// 100 machines signed in January below the gap, due a month later, and 100 in February above it, due five months later. As
    /// of February January counts w = 2^(-1/36); the pooled curve has w / (w + 1) and 1 / (w + 1) there, and counts 6 months.
    #[test]
    fn each_regime_has_its_lead_times_and_some_of_all() {
        let text = include_str!("../../fixtures/miniature/job.toml");
        let catalogue = Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue;
        let day = |month: u32| chrono::NaiveDate::from_ymd_opt(2025, month, 10).unwrap();
        let mut builder = Builder::new(chrono::NaiveDate::from_ymd_opt(2025, 2, 28).unwrap(), false, None);
        for (id, signed, start) in [("1", 1, 2), ("2", 2, 7)] {
            builder.add(&Order {
                id,
                signed: day(signed),
                quantity: 100,
                start: Month::of(day(start)),
                ..Order::usual()
            });
        }
        let ledger = builder.finish();
        let february: Month = "2025-02".parse().unwrap();
        let book = Book::new(&ledger, &catalogue, february);
        let found = LeadTimes::measure(&book, &catalogue, |month| if month == february { 0.3 } else { -0.3 });
        let w = (-1.0_f64 / 36.0).exp2();
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        close(found.pooled[1], w / (w + 1.0));
        close(found.at(0.2)[5], (1.0 + 6.0 / (w + 1.0)) / 7.0);
        close(found.at(-0.2)[1], (w + 6.0 * w / (w + 1.0)) / (w + 6.0));
        for curve in [&found.pooled, &found.above, &found.below] {
            close(curve.iter().sum(), 1.0);
        }
    }

    /// Of a price that stands still the gap is 0 but for rounding.
    #[test]
    fn a_gap_of_rounding_is_not_above() {
        assert_eq!([-0.1, 0.0, 1e-9, 1e-6].map(is_above), [false, false, false, true]);
    }

    #[test]
    fn where_nothing_is_known_all_is_due_as_it_is_signed() {
        let found = LeadTimes::none();
        assert_eq!((found.n, found.pooled.as_slice()), (0, &[1.0][..]));
        assert_eq!((found.at(0.5), found.at(-0.5)), (&[1.0][..], &[1.0][..]));
    }

    /// A machine of half a TH is all that was signed: the new model takes its quarter of it all the same.
    #[test]
    fn the_least_of_orders_has_a_mix() {
        let text =
            include_str!("../../fixtures/second/job.toml").replace("hashrate_th = 100", "hashrate_th = 0.5");
        let mix = mix_with(&text, &[order(0, (2025, 7), 1, (2025, 8), 1)], (1, 12));
        assert_eq!(mix.due(0, 3), [0.75, 0.25]);
    }
}
