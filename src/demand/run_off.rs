//! Today's backlog on a path: orders are cancelled one by one, asked for later, and what is due ships by the catch-up share.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::domain::Month;
use crate::history::{Book, MarketHistory};
use crate::ingest::{Segment, State};
use crate::market::HORIZON;

use super::leaving::{Leaving, fall, kind, moved, worst};

/// Most orders of a class that are cancelled one by one; of more than these, their mean is taken.
const MOST_SINGLE: f64 = 24.0;

/// Months by which an order that is asked for later ships later; it is asked for once.
const LATER_MONTHS: usize = 4;

/// Open orders of one model and kind signed in one month: price has changed alike since, so they leave alike. Classes that differ in
/// what was paid alone are one *group*: their orders have the same draws, so that on every path who paid less never stays longer.
#[derive(Clone, Debug, Default)]
pub(super) struct Class {
    past_due: f64,
    due: [f64; HORIZON],
    /// Of both, what is of contracts that are not secured.
    unsecured: (f64, [f64; HORIZON]),
    /// The price when they were signed, USD per BTC; `None` when the market history does not reach.
    signed: Option<f64>,
    model: usize,
    kind: usize,
    /// Whether they are not asked for later: they were before, or ship in one month, of which a book shows nothing.
    settled: bool,
    /// Largest fall of the price since signing.
    worst: f64,
    /// Its group, counted from 0; classes of one group stand together.
    group: usize,
    /// Machines of the group still to deliver, and the sum of each order's squared.
    machines: f64,
    squares: f64,
}

impl Class {
    /// Number of equal orders that are as lumpy as those of its group: (sum q)^2 / sum q^2, at least 1.
    fn equal_orders(&self) -> f64 {
        if self.squares > 0.0 { (self.machines * self.machines / self.squares).round().max(1.0) } else { 1.0 }
    }
}

/// Today's open orders by model, month of signature and kind.
pub(super) fn classes(book: &Book<'_>, market: &MarketHistory) -> Vec<Class> {
    // What was paid last: classes of one group stand together.
    let mut classes: BTreeMap<(Group, usize), Class> = BTreeMap::new();
    // Orders of one contract schedule: machines ordered, still to deliver, and the sum of each order's squared. How the book
    // splits them into lots depends on what became of them later, which must not show here.
    let mut schedules = BTreeMap::<(Group, Month, u32), (u64, u64, u128)>::new();
    let mut groups: BTreeMap<Group, (f64, f64)> = BTreeMap::new();
    for booked in book.lots.iter().filter(|booked| booked.state == State::Open) {
        let terms = &booked.lot.terms;
        let kind = kind(terms.segment, terms.paid);
        let settled = terms.months < 2 || moved(booked).is_some();
        let group = (terms.model.0, terms.signed, terms.segment, settled);
        let (ordered, left, squares) = schedules.entry((group, terms.start, terms.months)).or_default();
        *ordered += booked.lot.quantity;
        *left += booked.remaining();
        *squares += booked.lot.squares;
        if booked.remaining() == 0 {
            continue;
        }
        let class = classes.entry((group, kind)).or_insert_with(|| Class {
            model: terms.model.0,
            kind,
            settled,
            worst: worst(market, terms.signed, book.as_of),
            signed: market.implied_price(terms.signed),
            ..Class::default()
        });
        class.past_due += booked.past_due as f64;
        let unsecured = !booked.standing.is_firm();
        if unsecured {
            class.unsecured.0 += booked.past_due as f64;
        }
        for (month, machines) in &booked.due {
            let ahead = usize::try_from(*month - book.as_of - 1).ok();
            if let Some(cell) = ahead.and_then(|h| class.due.get_mut(h)) {
                *cell += *machines as f64;
            }
            if let Some(cell) = ahead.and_then(|h| class.unsecured.1.get_mut(h)).filter(|_| unsecured) {
                *cell += *machines as f64;
            }
        }
        groups.entry(group).or_default().0 += booked.remaining() as f64;
    }
    for ((group, ..), (ordered, left, squares)) in schedules {
        if let Some((_, sum)) = groups.get_mut(&group) {
            *sum += squares as f64 * (left as f64 / ordered.max(1) as f64).powi(2);
        }
    }
    for (place, (group, (machines, squares))) in groups.into_iter().enumerate() {
        for (_, class) in classes.range_mut((group, 0)..=(group, usize::MAX)) {
            (class.group, class.machines, class.squares) = (place, machines, squares);
        }
    }
    classes.into_values().collect()
}

/// Model, month of signing, kind of customer, and whether settled: all but what was paid.
type Group = (usize, Month, Segment, bool);

/// The models of these classes, ascending.
pub(super) fn models_of(classes: &[Class]) -> Vec<usize> {
    classes.iter().map(|class| class.model).collect::<BTreeSet<usize>>().into_iter().collect()
}

/// Orders whose price has changed alike since they were signed, and that leave alike: what is left of them at the prices of a path.
#[derive(Clone, Debug)]
struct Curve {
    signed: Option<f64>,
    kind: usize,
    settled: bool,
    worst: f64,
    /// Share not cancelled yet in each month.
    alive: [f64; HORIZON],
    /// Share still due as agreed.
    as_agreed: [f64; HORIZON],
}

impl Curve {
    fn at_prices(&mut self, leaving: &Leaving, start: f64, price: &[f64; HORIZON]) {
        let (mut alive, mut agreed, mut worst) = (1.0, 1.0, self.worst);
        for h in 0..HORIZON {
            let now = if h == 0 { start } else { price[h - 1] };
            let x = self.signed.map_or(1.0, |signed| fall(signed, now));
            alive *= 1.0 - leaving.cancelled(self.kind, leaving.of_fall(x));
            self.alive[h] = alive;
            if x > worst && !self.settled {
                agreed *= 1.0 - leaving.later(self.kind, (x / worst).ln());
                worst = x;
            }
            self.as_agreed[h] = agreed;
        }
    }
}

/// What is due, month by month, and what of it waits.
#[derive(Clone, Debug)]
struct Due {
    /// By place of the model.
    late: Vec<f64>,
    /// By `month * places + place`.
    due: Vec<f64>,
}

impl Due {
    fn none(places: usize) -> Self {
        Self { late: vec![0.0; places], due: vec![0.0; HORIZON * places] }
    }

    fn clear(&mut self) {
        self.late.fill(0.0);
        self.due.fill(0.0);
    }
}

/// The backlog on one path after the other: what was ordered, and what it runs off by.
pub(super) struct RunOff<'a> {
    classes: &'a [Class],
    leaving: &'a Leaving,
    /// Months ahead in which each model ships, by its place among those of the backlog.
    ships: Vec<Range<usize>>,
    /// Place of each class's model, and of its curve.
    places: Vec<(usize, usize)>,
    curves: Vec<Curve>,
    all: Due,
    /// Of contracts that are not secured, if any; and what ships and is lost of them.
    unsecured: Option<(Due, [Vec<f64>; 2])>,
    thresholds: Vec<f64>,
}

impl<'a> RunOff<'a> {
    /// Of classes of these `models`; `ships` has the months ahead in which each model of the job ships.
    pub(super) fn new(
        classes: &'a [Class],
        leaving: &'a Leaving,
        models: &[usize],
        ships: &[Range<usize>],
    ) -> Self {
        let mut known = BTreeMap::new();
        let mut curves: Vec<Curve> = Vec::new();
        let mut curve = |class: &Class| -> usize {
            // Orders that are settled are not asked for later, however far the price fell before.
            let worst = if class.settled { 1.0 } else { class.worst };
            let key = (class.signed.map(f64::to_bits), class.kind, class.settled, worst.to_bits());
            *known.entry(key).or_insert_with(|| {
                let Class { signed, kind, settled, .. } = *class;
                let [alive, as_agreed] = [[1.0; HORIZON]; 2];
                curves.push(Curve { signed, kind, settled, worst, alive, as_agreed });
                curves.len() - 1
            })
        };
        let place = |model: usize| models.binary_search(&model).unwrap_or(0);
        let places = classes.iter().map(|class| (place(class.model), curve(class))).collect();
        let doubtful = classes.iter().any(|c| c.unsecured.0 > 0.0 || c.unsecured.1.iter().any(|n| *n > 0.0));
        let none = Due::none(models.len());
        Self {
            classes,
            leaving,
            ships: models.iter().map(|model| ships[*model].clone()).collect(),
            places,
            curves,
            unsecured: doubtful.then(|| (none.clone(), [none.due.clone(), none.due.clone()])),
            all: none,
            thresholds: Vec::new(),
        }
    }

    /// Sets the prices of a path: at the as-of date and at the end of each month ahead, USD per BTC.
    pub(super) fn at_prices(&mut self, start: f64, price: &[f64; HORIZON]) {
        self.curves.iter_mut().for_each(|curve| curve.at_prices(self.leaving, start, price));
    }

    /// Machines shipped, and machines cancelled in the month in which they would have been due, by `month * places + place`; of what
    /// is due the share `catch_up` ships in each month. What of them is of contracts that are not secured, if any.
    pub(super) fn run(
        &mut self,
        catch_up: &[f64; HORIZON],
        (cells, lost): (&mut [f64], &mut [f64]),
        rng: &mut ChaCha8Rng,
    ) -> Option<&[f64]> {
        let models = self.ships.len();
        self.all.clear();
        if let Some((unsecured, _)) = &mut self.unsecured {
            unsecured.clear();
        }
        lost.fill(0.0);
        let mut group = None;
        for (class, (place, curve)) in self.classes.iter().zip(&self.places) {
            let Curve { alive, as_agreed, .. } = &self.curves[*curve];
            self.all.late[*place] += class.past_due;
            if group != Some(class.group) {
                draws(class.equal_orders(), &mut self.thresholds, rng);
                group = Some(class.group);
            }
            let kept = survivors(alive, &self.thresholds);
            let ships = asked_for_later(&class.due, as_agreed);
            for h in 0..HORIZON {
                let cell = h * models + place;
                self.all.due[cell] += ships[h] * kept[h];
                lost[cell] += ships[h] * (1.0 - kept[h]);
            }
            if let Some((unsecured, _)) = &mut self.unsecured {
                unsecured.late[*place] += class.unsecured.0;
                let ships = asked_for_later(&class.unsecured.1, as_agreed);
                for h in 0..HORIZON {
                    unsecured.due[h * models + place] += ships[h] * kept[h];
                }
            }
        }
        let cancelled = self.leaving.on_average(1.0);
        ship(&mut self.all, (&self.ships, catch_up, cancelled), cells, lost);
        self.unsecured.as_mut().map(|(due, [cells, lost])| {
            ship(due, (&self.ships, catch_up, cancelled), cells, lost);
            cells.as_slice()
        })
    }
}

/// Ships the share `catch_up` of what is due in each month; the rest is due again in the next, less what is cancelled. Nothing
/// ships before a model's launch; in its last month all that is due does, and nothing after it.
fn ship(
    all: &mut Due,
    (months, catch_up, cancelled): (&[Range<usize>], &[f64; HORIZON], f64),
    cells: &mut [f64],
    lost: &mut [f64],
) {
    let places = months.len();
    for h in 0..HORIZON {
        for (place, (late, months)) in all.late.iter_mut().zip(months).enumerate() {
            let cell = h * places + place;
            let due = *late + all.due[cell];
            let ships = match h {
                _ if !months.contains(&h) => 0.0,
                _ if h + 1 == months.end => due,
                _ => due * catch_up[h],
            };
            cells[cell] = ships;
            let waits = if h >= months.end { 0.0 } else { due - ships };
            lost[cell] += waits * cancelled;
            *late = waits * (1.0 - cancelled);
        }
    }
}

/// Machines due by month where of each month a share is still due `as_agreed`; the rest was asked for later by then.
fn asked_for_later(due: &[f64; HORIZON], as_agreed: &[f64; HORIZON]) -> [f64; HORIZON] {
    std::array::from_fn(|h| {
        let before = h.checked_sub(LATER_MONTHS);
        due[h] * as_agreed[h] + before.map_or(0.0, |before| due[before] * (1.0 - as_agreed[before]))
    })
}

/// One number for each of so many equal orders, which is cancelled when the share alive falls below it; none where they are many. As
/// many are drawn whatever is cancelled or was paid, so that scenarios have the same draws.
fn draws(orders: f64, thresholds: &mut Vec<f64>, rng: &mut ChaCha8Rng) {
    let single = if orders > MOST_SINGLE { 0 } else { orders as usize };
    thresholds.clear();
    thresholds.extend((0..single).map(|_| rng.random::<f64>()));
}

/// Share of equal orders that is not cancelled yet in each month, when each is alive with probability `alive`; their mean without
/// draws.
fn survivors(alive: &[f64; HORIZON], thresholds: &[f64]) -> [f64; HORIZON] {
    if thresholds.is_empty() {
        return *alive;
    }
    alive.map(|alive| {
        let kept = thresholds.iter().filter(|threshold| alive > **threshold).count();
        kept as f64 / thresholds.len() as f64
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    /// 100 orders of a machine, ten due in each of ten months, signed at a price of 2; a tenth a month is cancelled at the price of
    /// signing, twice that at half of it.
    fn run(price: f64, later: f64, catch_up: f64, ships: Range<usize>) -> ([f64; HORIZON], [f64; HORIZON]) {
        let mut due = [10.0; HORIZON];
        (due[10], due[11]) = (0.0, 0.0);
        let class =
            Class { due, signed: Some(2.0), worst: 1.0, machines: 100.0, squares: 100.0, ..Class::default() };
        let (mut cells, mut lost) = ([0.0; HORIZON], [0.0; HORIZON]);
        let leaving = Leaving::in_proportion(0.1, later);
        let classes = [class];
        let mut run_off = RunOff::new(&classes, &leaving, &[0], &[ships]);
        run_off.at_prices(price, &[price; HORIZON]);
        run_off.run(&[catch_up; HORIZON], (&mut cells, &mut lost), &mut ChaCha8Rng::seed_from_u64(1));
        (cells, lost)
    }

    #[test]
    fn orders_are_cancelled_month_by_month_and_more_of_them_at_a_lower_price() {
        let (same, lost) = run(2.0, 0.0, 1.0, 0..99);
        close(same[0], 9.0);
        close(same[1], 8.1);
        close(lost[1], 1.9);
        close(same.iter().chain(&lost).sum(), 100.0);
        let (half, _) = run(1.0, 0.0, 1.0, 0..99);
        close(half[0], 8.0);
        close(half[1], 6.4);
        let sums = [4.0, 2.0, 1.5, 1.0, 0.5].map(|price| run(price, 0.0, 1.0, 0..99).0.iter().sum::<f64>());
        assert!(sums.is_sorted_by(|a, b| a >= b), "a lower price never gives more: {sums:?}");
    }

    /// The price falls at once to half: ln 2 x the rate of 0.5 is asked for four months later, once.
    #[test]
    fn what_is_asked_for_later_ships_four_months_later() {
        let (plain, _) = run(1.0, 0.0, 1.0, 0..99);
        let (later, lost) = run(1.0, 0.5, 1.0, 0..99);
        let share = 0.5 * 2.0_f64.ln();
        close(later[3], plain[3] * (1.0 - share));
        // Cancelled as long as they wait: of 10, 0.8^5 are left in the fifth month.
        close(later[4], plain[4]);
        close(later[10], 10.0 * share * 0.8_f64.powi(11));
        // Of the last two months with machines due the share ships beyond the twelve months.
        close(later.iter().chain(&lost).sum(), 100.0 - 20.0 * share);
    }

    /// Half of what is due ships; nothing before the launch in the second month; all that is due in the last month, the third.
    #[test]
    fn what_is_late_is_due_again_between_launch_and_end_of_life() {
        let (ships, lost) = run(2.0, 0.0, 0.5, 1..3);
        let (first, second, third) = (9.0, 8.1, 7.29);
        close(ships[0], 0.0);
        close(lost[0], 1.0 + 0.1 * first);
        let due = 0.9 * first + second;
        close(ships[1], 0.5 * due);
        close(ships[2], 0.45 * due + third);
        assert_eq!(ships[3..], [0.0; 9]);
    }

    #[test]
    fn as_many_numbers_are_drawn_whatever_is_cancelled() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let (mut thresholds, mut none) = (Vec::new(), vec![0.5]);
        draws(5.0, &mut thresholds, &mut rng);
        draws(25.0, &mut none, &mut rng);
        assert_eq!((thresholds.len(), none.len()), (5, 0));
        let kept = |alive: f64| survivors(&[alive; HORIZON], &thresholds)[0];
        assert_eq!((kept(0.0), kept(1.0)), (0.0, 1.0));
        assert_eq!(survivors(&[0.3; HORIZON], &[])[0], 0.3);
        assert_eq!(survivors(&[0.3; HORIZON], &[0.1, 0.2, 0.4, 0.9])[0], 0.5);
    }

    /// Two orders alike but for what was paid, a tenth of each alive: on every path both are gone or both are there.
    #[test]
    fn who_paid_less_has_the_same_draw() {
        let class = |kind: usize| {
            let mut due = [0.0; HORIZON];
            due[3] = 5.0;
            Class {
                due,
                kind,
                model: kind,
                signed: Some(1.0),
                machines: 10.0,
                squares: 50.0,
                ..Class::default()
            }
        };
        let classes = [class(0), class(1)];
        for seed in 0..40 {
            let (mut cells, mut lost) = ([0.0; 2 * HORIZON], [0.0; 2 * HORIZON]);
            let leaving = Leaving::in_proportion(0.2, 0.0);
            let mut run_off = RunOff::new(&classes, &leaving, &models_of(&classes), &[0..99, 0..99]);
            run_off.at_prices(1.0, &[1.0; HORIZON]);
            run_off.run(&[1.0; HORIZON], (&mut cells, &mut lost), &mut ChaCha8Rng::seed_from_u64(seed));
            assert_eq!(cells[6], cells[7]);
        }
    }

    /// Two orders of one contract schedule in August to October: 120 machines of which 60 left, and 60 of which 30 did. Of the 80 and 40
    /// due by September 20 and 10 are late. Half is left of each, so that the squares of both are a quarter: (120^2 + 60^2) / 4, as of
    /// 90^2 / 4,500, two equal orders.
    #[test]
    fn orders_of_one_schedule_are_one_class() {
        use crate::ingest::{Builder, Order};
        use crate::job::Job;

        let text = include_str!("../../fixtures/miniature/job.toml");
        let catalogue = Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue;
        let mut builder = Builder::new("2025-09-30".parse().unwrap(), false, None);
        for (id, quantity, delivered) in [("A", 120, 60), ("B", 60, 30)] {
            builder.add(&Order {
                id,
                customer: id,
                signed: "2025-05-10".parse().unwrap(),
                quantity,
                start: "2025-08".parse().unwrap(),
                months: 3,
                delivered: Some(delivered),
                ..Order::usual()
            });
        }
        let ledger = builder.finish();
        let book = Book::new(&ledger, &catalogue, "2025-09".parse().unwrap());
        let found = classes(&book, &MarketHistory { months: Vec::new() });
        let [class] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((class.past_due, class.due[0], class.due[1], class.machines), (30.0, 60.0, 0.0, 90.0));
        close(class.squares, 4500.0);
        assert_eq!(class.equal_orders(), 2.0);
    }

    /// Orders that were asked for later before, or ship in one month, ship in the month agreed however far the price falls.
    #[test]
    fn settled_orders_are_not_asked_for_later() {
        let months = |settled| {
            let mut due = [0.0; HORIZON];
            due[0] = 10.0;
            let class = Class {
                due,
                signed: Some(2.0),
                settled,
                worst: 1.0,
                machines: 100.0,
                squares: 100.0,
                ..Class::default()
            };
            let (mut cells, mut lost) = ([0.0; HORIZON], [0.0; HORIZON]);
            let leaving = Leaving::in_proportion(0.1, 0.5);
            let (classes, ships) = ([class], 0..99);
            let mut run_off = RunOff::new(&classes, &leaving, &[0], &[ships]);
            run_off.at_prices(1.0, &[1.0; HORIZON]);
            run_off.run(&[1.0; HORIZON], (&mut cells, &mut lost), &mut ChaCha8Rng::seed_from_u64(1));
            [cells[0], cells[4]]
        };
        let [now, later] = months(true);
        close(now, 8.0);
        close(later, 0.0);
        assert!(months(false)[1] > 0.0);
    }
}
