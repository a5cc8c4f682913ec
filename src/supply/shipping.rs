//! What known supply lets ship on every path: demand of the month and what waits, at most what is in stock and arrives.
//!
//! Wafers ordered before decide what ships in the months that no new order can reach; from then on supply is what will be
//! ordered, and limits nothing. Yields and lots that come late are drawn. Machines that wait are released at the share of what
//! is due that the maker mostly ships in a month. Wafers are still ordered for demand, not for what ships.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::demand::{Cells, Forecast, quantiles};
use crate::domain::Quantiles;
use crate::job::Catalogue;
use crate::market::HORIZON;

use super::assembly::Factory;
use super::claims::{Claims, Wanted};
use super::committed::Committed;

/// Standard deviation of a lot's good chips, as a share of what is expected.
pub(crate) const YIELD: f64 = 0.08;

/// Share of lots that come a month late.
pub(crate) const LATE: f64 = 0.15;

/// What becomes of machines that wait for supply.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Late {
    /// Share of them that ships in a month if supply allows.
    pub release: f64,
    /// Share of them whose customers leave in a month.
    pub lost: f64,
}

/// What ships on the paths of a scenario.
#[derive(Clone, Debug)]
pub struct Shipping {
    /// p10, p50 and p90 by first month and the one after the last, and model; 0 of a model that is not there.
    quantiles: BTreeMap<(usize, usize, Option<usize>), Quantiles<i64>>,
    /// Machines that four paths in five reach by the end of each month, by model.
    reached: BTreeMap<usize, [i64; HORIZON]>,
    /// What known supply lets ship of the forecast itself, by model and month.
    pub mean: Vec<[i64; HORIZON]>,
    /// Machines of the forecast that wait and whose customers leave in the month.
    pub lost: Vec<[i64; HORIZON]>,
    /// Machines of the forecast that wait at the end of the month for the factory, and not for chips.
    pub held_back: Vec<[i64; HORIZON]>,
}

impl Shipping {
    /// Limits the paths of a forecast, and sums them up over these stretches of months; `None` where supply is not known.
    pub fn new(
        committed: &Committed,
        forecast: &Forecast,
        catalogue: &Catalogue,
        (late, seed): (Late, u64),
        stretches: &[std::ops::Range<usize>],
    ) -> Option<Self> {
        let simulation = &forecast.simulation;
        let models = simulation.models;
        committed.known.then(|| {
            let size = HORIZON * models;
            // Late lots as they mostly are: a share of every month's chips comes in the next.
            let mut expected = committed.on_hand_for_machines();
            for (arrivals, orders) in expected.iter_mut().zip(&committed.on_order) {
                for h in 0..HORIZON {
                    let before = if h == 0 { 0.0 } else { orders[h - 1] };
                    arrivals[h] += (1.0 - LATE) * orders[h] + LATE * before;
                }
            }
            let asked: Vec<f64> =
                (0..size).map(|cell| forecast.baseline[cell % models][cell / models] as f64).collect();
            let mut all = Served::new(committed, catalogue, &(0..models).collect::<Vec<usize>>());
            all.serve(&expected, &asked, late);
            let whole = |of: &[f64]| -> Vec<[i64; HORIZON]> {
                let rows = 0..models;
                rows.map(|model| crate::demand::whole(std::array::from_fn(|h| of[h * models + model])))
                    .collect()
            };
            let (mean, lost) = (whole(&all.ships), whole(&all.lost));
            let held =
                |model: usize| std::array::from_fn(|h| all.held_back[h * models + model].round() as i64);
            let held = (0..models).map(held).collect();
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let moving: Vec<usize> = (0..models).filter(|model| simulation.ships(*model)).collect();
            let mut served = Served::new(committed, catalogue, &moving);
            let mut asked = vec![0.0; HORIZON * moving.len()];
            let columns = simulation.columns(&moving);
            let mut cells = Cells::of_models(moving.clone(), simulation.paths);
            for path in 0..simulation.paths {
                for (cell, parts) in asked.iter_mut().zip(&columns) {
                    *cell = parts.iter().filter_map(|part| part.get(path)).sum();
                }
                served.serve(&lots(committed, &mut rng), &asked, late);
                cells.put(path, &served.ships);
            }
            let mut found = BTreeMap::new();
            for months in stretches {
                for model in std::iter::once(None).chain(moving.iter().copied().map(Some)) {
                    let mut sums = Cells::sums(&[&cells], months.clone(), model);
                    // Machines are far below 2^53.
                    let whole = quantiles(&mut sums, Quantiles::<f64>::SHARES).map(|sum| sum.round() as i64);
                    found.insert((months.start, months.end, model), Quantiles::from_array(whole));
                }
            }
            let reached = moving.iter().map(|model| (*model, reached(&cells, *model))).collect();
            Self { quantiles: found, reached, mean, lost, held_back: held }
        })
    }

    /// What is asked of supply, by model and month: what ships of the forecast, with planners' overrides, and never more in
    /// all than the `units` of the forecast less those whose customers left.
    pub fn asked(&self, forecast: &Forecast) -> Vec<[i64; HORIZON]> {
        let rows = self.mean.iter().zip(&self.lost).zip(&forecast.units).zip(&forecast.baseline);
        rows.map(|(((mean, lost), units), baseline)| {
            let (mut demanded, mut given) = (0, 0);
            std::array::from_fn(|h| {
                demanded += units[h] - lost[h].min(demanded - given);
                let asked = (mean[h] + units[h] - baseline[h]).clamp(0, demanded - given);
                given += asked;
                asked
            })
        })
        .collect()
    }

    /// Machines of a model shipped by the end of each month on four paths in five.
    pub fn reached(&self, model: usize) -> [i64; HORIZON] {
        self.reached.get(&model).copied().unwrap_or_default()
    }

    /// p10, p50 and p90 of machines that ship over one of the stretches of months, of one model or all.
    pub fn quantiles(&self, months: &std::ops::Range<usize>, model: Option<usize>) -> Quantiles<i64> {
        self.quantiles.get(&(months.start, months.end, model)).copied().unwrap_or_default()
    }
}

/// Share of the paths on which fewer machines ship than are said to be reached.
const MISSED: f64 = 0.2;

fn reached(cells: &Cells, model: usize) -> [i64; HORIZON] {
    let mut by = vec![0.0; cells.paths()];
    std::array::from_fn(|h| {
        cells.add(h, Some(model), &mut by);
        let [reached] = quantiles(&mut by.clone(), [MISSED]);
        reached.round() as i64
    })
}

/// Good chips that first can ship in each month, by chip: stock as counted, lots on order with their yield and delay.
fn lots(committed: &Committed, rng: &mut ChaCha8Rng) -> Vec<[f64; HORIZON]> {
    let mut all = committed.on_hand_for_machines();
    for (arrivals, orders) in all.iter_mut().zip(&committed.on_order) {
        for (h, chips) in orders.iter().enumerate().filter(|(_, chips)| **chips > 0.0) {
            let normal: f64 = StandardNormal.sample(rng);
            let late = rng.random::<f64>() < LATE;
            if let Some(cell) = arrivals.get_mut(h + usize::from(late)) {
                *cell += chips * (1.0 + YIELD * normal).max(0.0);
            }
        }
    }
    all
}

/// What ships on a path, of some models: cells are by `month * places + place` among them.
struct Served<'a> {
    committed: &'a Committed,
    /// Place of each model of the job among these.
    place: Vec<usize>,
    places: usize,
    lines: Vec<Line>,
    factory: Factory<'a>,
    /// What could be built, by model of the job.
    could: Vec<f64>,
    ships: Vec<f64>,
    lost: Vec<f64>,
    held_back: Vec<f64>,
}

impl<'a> Served<'a> {
    /// Of these models, which are ascending.
    fn new(committed: &'a Committed, catalogue: &Catalogue, models: &[usize]) -> Self {
        let mut place = vec![0; committed.machines.len()];
        models.iter().enumerate().for_each(|(index, model)| place[*model] = index);
        let of_chip = |chip| {
            let own = catalogue.models_of(chip).into_iter();
            Line::new(own.filter(|model| models.binary_search(model).is_ok()).collect(), committed)
        };
        let none = vec![0.0; HORIZON * models.len()];
        Self {
            committed,
            places: models.len(),
            lines: catalogue.chip_ids().map(of_chip).collect(),
            factory: Factory::new(committed.assembly.as_ref(), place.len()),
            could: vec![0.0; place.len()],
            place,
            ships: none.clone(),
            lost: none.clone(),
            held_back: none,
        }
    }

    /// Ships what is asked on one path.
    fn serve(&mut self, lots: &[[f64; HORIZON]], asked: &[f64], late: Late) {
        let (committed, place) = (self.committed, &self.place);
        self.lines.iter_mut().for_each(|line| line.begin(committed));
        self.factory.begin();
        for h in 0..HORIZON {
            let row = h * self.places;
            let asked = |model: usize| asked[row + place[model]];
            for ((open_from, arrivals), line) in committed.open_from.iter().zip(lots).zip(&mut self.lines) {
                line.want(committed, h, (arrivals[h], h >= *open_from), late, asked);
                line.could_build(|model, machines| self.could[model] = machines);
            }
            let assembled = self.factory.assemble(h, &self.could);
            for line in &mut self.lines {
                line.ship(assembled, asked, |model, shipped, _| self.ships[row + place[model]] = shipped);
                line.held_back(|model, machines| self.held_back[row + place[model]] = machines);
                line.left_waiting(|model, machines| self.lost[row + place[model]] = machines);
            }
        }
    }
}

/// The models of one chip on a path, month by month: machines on hand ship first, then chips, which firm contracts of all models take before
/// others.
#[derive(Clone, Debug)]
pub struct Line {
    models: Vec<usize>,
    stock: Vec<f64>,
    waiting: Vec<f64>,
    wants: Vec<f64>,
    /// Machines whose customers left in the last month.
    lost: Vec<f64>,
    /// Of those that wait, whose chips were there when the factory did not build them.
    held: Vec<f64>,
    /// Chips drawn for a machine.
    per_machine: Vec<f64>,
    /// Good chips that no machine was built of yet; below 0 where machines in the field wait for some.
    pool: f64,
    /// Machines of each model beyond stock that chips let build in the month, and the chips for them.
    could: Vec<f64>,
    need: f64,
    /// Machines of each model shipped so far.
    shipped: Vec<f64>,
    /// What is wanted of each model, where chips do not reach for all.
    wanted: Vec<Wanted>,
}

impl Line {
    /// As it stands at the as-of date.
    pub fn new(models: Vec<usize>, committed: &Committed) -> Self {
        let zero = vec![0.0; models.len()];
        let per_machine = models.iter().map(|model| committed.per_machine(*model)).collect();
        let mut line = Self {
            stock: zero.clone(),
            waiting: zero.clone(),
            wants: zero.clone(),
            lost: zero.clone(),
            held: zero.clone(),
            could: zero.clone(),
            shipped: zero,
            wanted: Vec::with_capacity(models.len()),
            models,
            per_machine,
            pool: 0.0,
            need: 0.0,
        };
        line.begin(committed);
        line
    }

    /// Back to the as-of date, for another path.
    pub fn begin(&mut self, committed: &Committed) {
        for (stock, model) in self.stock.iter_mut().zip(&self.models) {
            *stock = committed.machines[*model] as f64;
        }
        self.waiting.fill(0.0);
        self.held.fill(0.0);
        self.shipped.fill(0.0);
        self.pool = 0.0;
    }

    /// To where another line of the same models stands.
    pub(crate) fn go_on_from(&mut self, other: &Self) {
        self.stock.copy_from_slice(&other.stock);
        self.waiting.copy_from_slice(&other.waiting);
        self.held.copy_from_slice(&other.held);
        self.shipped.copy_from_slice(&other.shipped);
        self.pool = other.pool;
    }

    /// What is wanted of a month and what of it stock and chips let build: `arrivals` are good chips that first can ship in it, and whether supply is
    /// `unlimited` in it; `asked` machines of a model are wanted. Of what waited before, the share `late.lost` leaves.
    pub fn want(
        &mut self,
        committed: &Committed,
        h: usize,
        (arrivals, unlimited): (f64, bool),
        late: Late,
        asked: impl Fn(usize) -> f64,
    ) {
        self.pool += arrivals;
        let mut need = 0.0;
        for (i, model) in self.models.iter().enumerate() {
            let months = &committed.ships[*model];
            // What waits in its model's last month ships then or never.
            let release = if months.end == h + 1 { 1.0 } else { late.release };
            self.lost[i] = late.lost * self.waiting[i].max(0.0);
            self.waiting[i] -= self.lost[i];
            self.held[i] *= 1.0 - late.lost;
            self.wants[i] = if months.contains(&h) {
                // What is asked for again is looked at again.
                self.held[i] *= 1.0 - release;
                asked(*model) + release * self.waiting[i]
            } else {
                0.0
            };
            self.could[i] = (self.wants[i] - self.stock[i]).max(0.0);
            need += self.could[i] * self.per_machine[i];
        }
        // Below 0 where machines in the field wait for chips.
        let pool = self.pool.max(0.0);
        self.need = if unlimited { need } else { need.min(pool) };
        if self.need < need {
            self.share_out(&committed.claims, h, need);
        }
    }

    /// Shares the chips that are there: who has a contract comes first, of all models.
    fn share_out(&mut self, claims: &Claims, h: usize, need: f64) {
        if let [could] = &mut *self.could {
            *could *= self.need / need;
            return;
        }
        self.wanted.clear();
        for (i, model) in self.models.iter().enumerate() {
            self.wanted.push(Wanted {
                model: *model,
                shipped: self.shipped[i] + self.wants[i].min(self.stock[i]),
                machines: self.could[i],
                per_machine: self.per_machine[i],
            });
        }
        claims.share_out(h, self.need, &self.wanted, &mut self.could);
    }

    /// Tells of each model what chips let build in the month.
    pub fn could_build(&self, mut tell: impl FnMut(usize, f64)) {
        for (i, model) in self.models.iter().enumerate() {
            tell(*model, self.could[i]);
        }
    }

    /// Ships what is wanted of that month, of what could be built of a model its share of `assembled`, all without it. `ships` is called with
    /// each model, what ships, and what of it was built.
    pub fn ship(
        &mut self,
        assembled: Option<&[f64]>,
        asked: impl Fn(usize) -> f64,
        mut ships: impl FnMut(usize, f64, f64),
    ) {
        let mut drawn = 0.0;
        for (i, model) in self.models.iter().enumerate() {
            let from_stock = self.wants[i].min(self.stock[i]);
            let could = self.could[i];
            let built = assembled.map_or(could, |shares| could * shares[*model]);
            drawn += built * self.per_machine[i];
            self.stock[i] -= from_stock;
            self.shipped[i] += from_stock + built;
            self.waiting[i] += asked(*model) - (from_stock + built);
            self.held[i] = (self.held[i] + could - built).clamp(0.0, self.waiting[i].max(0.0));
            ships(*model, from_stock + built, built);
        }
        if assembled.is_none() {
            drawn = self.need;
        }
        self.pool = if self.pool < 0.0 && drawn == 0.0 { self.pool } else { (self.pool - drawn).max(0.0) };
    }

    /// Tells of each model how many machines wait for the factory, and not for chips.
    pub fn held_back(&self, mut tell: impl FnMut(usize, f64)) {
        self.models.iter().zip(&self.held).for_each(|(model, machines)| tell(*model, *machines));
    }

    /// Tells of each model how many machines' customers left in the month.
    pub fn left_waiting(&self, mut lost: impl FnMut(usize, f64)) {
        self.models.iter().zip(&self.lost).for_each(|(model, machines)| lost(*model, *machines));
    }

    /// The models.
    pub fn models(&self) -> &[usize] {
        &self.models
    }

    /// Chips that nobody waits for.
    pub fn left(&self, committed: &Committed) -> f64 {
        let waits = self
            .models
            .iter()
            .zip(&self.waiting)
            .map(|(m, waits)| waits.max(0.0) * committed.per_machine(*m));
        (self.pool - waits.sum::<f64>()).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supply::committed::holding;

    /// MINI draws 100 chips. 10 machines on hand and 1,000 chips in the third month; 20 wanted every month. Waiting machines are
    /// released at one half: 10 of 20 ship, 10 wait; none of 20 + 5, 30 wait; 10 of 20 + 15, 40 wait; from the fifth month on
    /// supply is open: the fourth ships none, 60 wait, then 20 + 30, and 30 wait.
    #[test]
    fn what_waits_is_released_and_supply_limits_until_orders_can_reach() {
        let (job, committed) = holding(10);
        let mut lots = committed.on_hand.clone();
        lots[0][2] = 1000.0;
        let mut served = Served::new(&committed, &job.catalogue, &[0]);
        let mut play = |lost_share| {
            served.serve(&lots, &[20.0; HORIZON], Late { release: 0.5, lost: lost_share });
            (served.ships.clone(), served.lost.clone())
        };
        assert_eq!(play(0.0).0[..6], [10.0, 0.0, 10.0, 0.0, 50.0, 35.0]);
        // A tenth of what waits leaves: 1 of 10, 2.9 of 29 (9 + 20), 3.61 of 36.1 (26.1 + 20 - 10), 5.249 of 52.49 (32.49 + 20). From
        // the fifth month on supply is open: 20 + 0.5 x 47.241.
        let (ships, lost) = play(0.1);
        for (found, expected) in lost.iter().zip([0.0, 1.0, 2.9, 3.61, 5.249]) {
            assert!((found - expected).abs() < 1e-9, "{lost:?}");
        }
        assert!((ships[4] - 43.620_5).abs() < 1e-9, "{ships:?}");
    }

    /// 20 wanted, 10 on hand, and chips for five of the other ten, of which the factory builds two: 8 wait, 3 of them for the factory. A tenth of
    /// both leaves, and half of the 7.2 is asked for again; chips of three more are left, which are built: 1.35 of 2.7 were not asked for.
    #[test]
    fn what_waits_for_the_factory_leaves_and_is_released_as_all_that_waits() {
        let (_, committed) = holding(10);
        let mut line = Line::new(vec![0], &committed);
        let late = Late { release: 0.5, lost: 0.1 };
        let mut month = |h, arrivals, asked: f64, assembled: f64| {
            line.want(&committed, h, (arrivals, false), late, |_| asked);
            let (mut shipped, mut held) = (0.0, 0.0);
            line.ship(Some(&[assembled]), |_| asked, |_, ships, _| shipped = ships);
            line.held_back(|_, machines| held = machines);
            [shipped, held].map(|machines| (machines * 1e9).round() / 1e9)
        };
        assert_eq!(month(0, 500.0, 20.0, 0.4), [12.0, 3.0]);
        assert_eq!(month(1, 0.0, 0.0, 1.0), [3.0, 1.35]);
    }

    /// 60 a month, of which 70 could ship twice, 40 and 80; from the second month on five of those who wait leave. 60 of 60 are asked for, 60 of the
    /// next 60, for nobody waited, and 40 of 60; five of the 20 who then wait leave, and an override adds ten: 85 are left, of 80 and ten.
    #[test]
    fn no_more_is_asked_for_than_the_forecast_less_who_left() {
        let market = crate::market::Path {
            price: [1.0; HORIZON],
            difficulty: [1.0; HORIZON],
            hashprice: [1.0; HORIZON],
        };
        let mut forecast = Forecast::fixed(crate::market::Scenario::Base, vec![[60; HORIZON]], market);
        forecast.units[0][3] = 70;
        let (mut mean, mut lost) = ([60; HORIZON], [5; HORIZON]);
        mean[..4].copy_from_slice(&[70, 70, 40, 80]);
        lost[0] = 0;
        let shipping = Shipping {
            quantiles: BTreeMap::new(),
            reached: BTreeMap::new(),
            mean: vec![mean],
            lost: vec![lost],
            held_back: vec![[0; HORIZON]],
        };
        assert_eq!(shipping.asked(&forecast)[0][..4], [60, 60, 40, 85]);
    }
}
