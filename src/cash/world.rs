//! What all paths of cash have in common: terms, prices, draws; and the cash of the forecast itself.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::accounts::Largest;
use crate::demand::{Demand, Forecast};
use crate::domain::Month;
use crate::history::{Book, MarketHistory};
use crate::ingest::Exports;
use crate::job::Job;
use crate::market::{HORIZON, Path};
use crate::parallel::{in_parallel, threads};
use crate::selling::{Channel, Prices, Site};
use crate::supply::{
    Allocation, ChipPlan, Committed, Decision, LATE, Late, ProposedOrder, Values, YIELD, open_balance,
    reservation_fees,
};

use super::defaults::Customers;
use super::path::{Case, Kind, PathCash, Planned};
use super::paying::{Machines, Terms, terms};
use super::playing::Player;
use super::prices::Following;
use super::protection::Protection;
use super::queue::Shipped;
use super::risk::{OnPath, Risk};

/// Stream of random numbers of lots, apart from that of demand.
const STREAM: u64 = 12;

/// What a world is made from.
#[derive(Clone, Copy, Debug)]
pub struct WorldOf<'a> {
    /// The job.
    pub job: &'a Job,
    /// The order book.
    pub book: &'a Book<'a>,
    /// What was read.
    pub exports: &'a Exports,
    /// Monthly market.
    pub market: &'a MarketHistory,
    /// What demand is drawn from.
    pub demand: &'a Demand,
    /// Committed supply.
    pub committed: &'a Committed,
    /// Prices of today.
    pub prices: &'a Prices,
    /// What is left over fetches.
    pub values: Values<'a>,
    /// What becomes of machines that wait.
    pub late: Late,
    /// The maker's own sites; `None` where their room is not known.
    pub site: Option<&'a Site>,
}

/// Everything that paths have in common, and the draws beyond those of the forecast: the same in every scenario and case.
#[derive(Debug)]
pub struct World<'a> {
    pub(super) of: WorldOf<'a>,
    pub(super) terms: Vec<Terms>,
    following: Following,
    past: Vec<[f64; 4]>,
    customers: Customers,
    /// By path, chip and month: what a lot yields of what is expected, and whether it comes a month late.
    pub(super) lots: Vec<(f64, bool)>,
    /// What distributors are paid back when list prices fall; `None` where they are not, or nothing is counted.
    protection: Option<Protection>,
    /// What is still to be paid for open orders, and fees for reserved wafers.
    open_balances: [f64; HORIZON],
}

/// List prices and defaults on each path of a forecast, of the models that move money: those that customers have on order, will sign or
/// still pay for, and those that distributors are paid for. No other has a cell that is not 0.
#[derive(Debug)]
pub struct PricePaths<'a> {
    pub(super) forecast: &'a Forecast,
    /// These models, ascending.
    pub(super) moving: Vec<usize>,
    /// By path of the market and place among these models.
    list: Vec<[f64; HORIZON]>,
    pub(super) exposure: Vec<[f64; HORIZON]>,
    /// Customers with their shares of these models.
    pub(super) customers: Customers,
    /// What planners' overrides add, by place.
    pub(super) overrides: Vec<[f64; HORIZON]>,
    /// Whether every machine that is wanted has a price.
    priced: bool,
}

impl PricePaths<'_> {
    /// List prices on a path of the market, by place.
    pub(super) fn list(&self, price_path: usize) -> &[[f64; HORIZON]] {
        let places = self.moving.len();
        &self.list[price_path * places..(price_path + 1) * places]
    }
}

/// A wafer order as paths see it. Months ahead, 0 is the first.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Ordered {
    pub(super) chip: usize,
    pub(super) ships: usize,
    pub(super) chips: f64,
    pub(super) placed: usize,
    out: usize,
    pub(super) prepayment: f64,
    pub(super) balance: f64,
    pub(super) now: bool,
}

impl<'a> World<'a> {
    /// With draws for so many paths.
    pub fn new(of: WorldOf<'a>, paths: usize) -> Self {
        let WorldOf { job, book, exports, market, .. } = of;
        let following = Following::measure(book, market, job);
        let ids = job.catalogue.ids();
        let largest = Largest::of(exports, &job.cash, book.as_of);
        let customers = Customers::new(book, &exports.ledger.open, market, (job, largest));
        let customers = customers.drawn(paths, job.run.seed);
        let mut rng = ChaCha8Rng::seed_from_u64(job.run.seed);
        rng.set_stream(STREAM);
        let lots = (0..paths * job.catalogue.chips.len() * HORIZON).map(|_| {
            let normal: f64 = StandardNormal.sample(&mut rng);
            ((1.0 + YIELD * normal).max(0.0), rng.random::<f64>() < LATE)
        });
        let month = |h| (book.as_of + 1).plus(h);
        let share = job.cash.price_protection_share.get();
        let channel = Channel::new(&exports.stock, &exports.ledger.channel_sell_in, book.as_of);
        let protection = channel.filter(|_| share > 0.0);
        Self {
            protection: protection.map(|of| Protection::new(&of, job.catalogue.models.len(), share)),
            lots: lots.collect(),
            past: ids.map(|id| Following::past(market, job, id, book.as_of)).collect(),
            terms: terms(job, book, of.demand, of.prices, &exports.ledger.receivable),
            following,
            customers,
            open_balances: std::array::from_fn(|h| {
                (open_balance(&exports.supply, job, month(h)) + reservation_fees(job, month(h))).dollars()
            }),
            of,
        }
    }

    /// The group of customers with most on order; `None` where there is none.
    pub const fn largest(&self) -> Option<&Largest> {
        self.customers.largest()
    }

    /// How list prices follow what buyers can pay back.
    pub const fn following(&self) -> &Following {
        &self.following
    }

    /// List price of each model in each month ahead on a path of the market, USD; `None` without one today.
    pub fn list_ahead(&self, market: &Path) -> Vec<Option<[f64; HORIZON]>> {
        (0..self.terms.len()).map(|model| self.list_of(model, market)).collect()
    }

    fn list_of(&self, model: usize, market: &Path) -> Option<[f64; HORIZON]> {
        let list = self.terms[model].list?;
        Some(self.factors(model, market).map(|factor| list * factor))
    }

    /// What the list price of a model is multiplied by in each month ahead.
    fn factors(&self, model: usize, market: &Path) -> [f64; HORIZON] {
        let power = self.of.job.policy.power_usd_per_kwh.get();
        let machine = &self.of.job.catalogue.models[model];
        self.following.ahead(&self.past[model], machine, &market.hashprice, power)
    }

    /// What is played on a forecast's paths.
    pub fn price_paths(&self, forecast: &'a Forecast) -> PricePaths<'a> {
        let simulation = &forecast.simulation;
        let overridden = |model: usize| -> [f64; HORIZON] {
            std::array::from_fn(|h| (forecast.units[model][h] - forecast.baseline[model][h]) as f64)
        };
        let (mut priced, mut moving) = (true, Vec::new());
        for (model, terms) in self.terms.iter().enumerate() {
            let signs = terms.signed.iter().any(|share| *share > 0.0);
            let signed =
                signs && simulation.intake_th.iter().zip(&terms.signed).any(|(th, share)| th * share > 0.0);
            let raised = overridden(model).iter().any(|machines| *machines > 0.0);
            let new = signed || simulation.new.has(model) || raised;
            let backlog = simulation.backlog.has(model);
            priced &= (terms.list.is_some() || !new) && (terms.contract.is_some() || !backlog);
            let protected = self.protection.as_ref().is_some_and(|of| of.holds(model));
            if signs || new || backlog || terms.has_open() || protected {
                moving.push(model);
            }
        }
        // The prices of machines that take as much power a TH move alike.
        let joules = |model: &usize| self.of.job.catalogue.models[*model].joules_per_th();
        let alike = |model: &usize| moving.iter().position(|other| joules(other) == joules(model));
        let alike: Vec<usize> = moving.iter().map(|model| alike(model).unwrap_or(0)).collect();
        let mut factors = vec![[0.0; HORIZON]; moving.len()];
        let mut list = Vec::with_capacity(simulation.market.len() * moving.len());
        for market in &simulation.market {
            for (place, model) in moving.iter().enumerate() {
                if alike[place] == place {
                    factors[place] = self.factors(*model, market);
                }
                let today = self.terms[*model].list;
                let prices = today.map(|list| factors[alike[place]].map(|factor| list * factor));
                list.push(prices.unwrap_or_default());
            }
        }
        let overrides = moving.iter().map(|model| overridden(*model)).collect();
        let exposure =
            simulation.market.iter().map(|market| self.customers.exposure(&market.price)).collect();
        let customers = self.customers.of_models(&moving);
        PricePaths { forecast, moving, list, exposure, customers, overrides, priced }
    }

    /// Plays every path with each of these wafer orders and cases; `chips` are what the orders were decided by. `None` where a machine
    /// that is wanted has no price.
    pub fn risks(
        &self,
        price_paths: &PricePaths<'_>,
        plays: &[(&[ProposedOrder], Case)],
        chips: &[ChipPlan],
    ) -> Option<Vec<Risk>> {
        if !price_paths.priced {
            return None;
        }
        let (paths, parts) = (price_paths.forecast.simulation.paths, threads());
        let parts = (0..parts).map(|part| paths * part / parts..paths * (part + 1) / parts);
        let played = in_parallel(parts.collect(), |part: Range<usize>| {
            let mut on_paths = vec![Vec::with_capacity(part.len()); plays.len()];
            let tell = &mut |play: usize, path: &PathCash| on_paths[play].push(OnPath::new(path));
            Player::new(self, price_paths, plays, chips).paths(part, tell);
            on_paths
        });
        let risks = (0..plays.len()).map(|play| {
            let on_paths: Vec<OnPath> = played.iter().flat_map(|part| &part[play]).copied().collect();
            Risk::new(&on_paths, &self.of.job.cash)
        });
        Some(risks.collect())
    }

    /// Plays every path with each of these wafer orders and cases, and tells of each what was paid with which of them.
    pub fn play(
        &self,
        price_paths: &PricePaths<'_>,
        plays: &[(&[ProposedOrder], Case)],
        chips: &[ChipPlan],
        mut tell: impl FnMut(usize, &PathCash),
    ) -> Option<()> {
        if !price_paths.priced {
            return None;
        }
        let paths = 0..price_paths.forecast.simulation.paths;
        Player::new(self, price_paths, plays, chips).paths(paths, &mut tell);
        Some(())
    }

    /// Cash of the forecast itself, without defaults: the machines of the `allocation` ship, at the list prices of a path of
    /// the market.
    pub fn of_forecast(
        &self,
        price_paths: &PricePaths<'_>,
        market: &Path,
        orders: &[ProposedOrder],
        allocation: &Allocation,
    ) -> Planned {
        let forecast = price_paths.forecast;
        let simulation = &forecast.simulation;
        let ahead = self.list_ahead(market);
        let list = |model: usize| ahead[model].unwrap_or_default();
        let mut cash = PathCash::none();
        self.foundries(&self.ordered(orders), |_| 1.0, &mut cash);
        self.mine(market, &mut cash);
        self.protect(|model, h| list(model)[h], &mut cash);
        for (model, terms) in self.terms.iter().enumerate() {
            let constrained = &allocation.constrained[model];
            let stock = self.of.committed.machines[model];
            let beyond = |months: &[i64]| (months.iter().sum::<i64>() - stock).max(0);
            let wanted = std::array::from_fn(|h| {
                let units = forecast.units[model][h];
                let contracts = forecast.expected[model][h].min(units);
                Shipped { contracts: contracts as f64, new: (units - contracts) as f64 }
            });
            let built =
                std::array::from_fn(|h| (beyond(&constrained[..=h]) - beyond(&constrained[..h])) as f64);
            let machines = Machines {
                wanted: &wanted,
                ships: &constrained.map(|machines| machines as f64),
                built: &built,
                cancelled: &simulation.mean_cancelled[model],
                paying: &[1.0; HORIZON],
                list: &list(model),
                lost: &allocation.lost[model].map(|machines| machines as f64),
            };
            terms.pay_all(&self.of.job.cash, &simulation.intake_th, machines, &mut cash);
        }
        Planned { cash, priced: price_paths.priced }
    }

    pub(super) fn ordered(&self, orders: &[ProposedOrder]) -> Vec<Ordered> {
        let ahead = |month: Month| usize::try_from(month - self.of.book.as_of - 1).unwrap_or(0);
        let each = orders.iter().map(|o| Ordered {
            chip: o.chip.0,
            ships: ahead(o.ship_month),
            chips: o.good_chips(),
            placed: ahead(Month::of(o.place_by)),
            out: ahead(o.wafer_out),
            prepayment: o.prepayment.dollars(),
            balance: o.balance.dollars(),
            now: o.decision == Decision::PlaceNow,
        });
        each.collect()
    }

    /// What foundries are paid for the orders `taken`, and for open ones.
    pub(super) fn foundries(&self, orders: &[Ordered], taken: impl Fn(&Ordered) -> f64, cash: &mut PathCash) {
        for order in orders {
            let paid = [
                (order.placed, order.prepayment, Kind::Prepayments),
                (order.out, order.balance, Kind::FoundryBalances),
            ];
            for (h, amount, kind) in paid {
                if let Some(cell) = cash.of[kind as usize].get_mut(h) {
                    *cell -= amount * taken(order);
                }
            }
        }
        let cells = cash.of[Kind::FoundryBalances as usize].iter_mut();
        cells.zip(self.open_balances).for_each(|(cell, balance)| *cell -= balance);
    }

    /// What the maker's own sites bring.
    pub(super) fn mine(&self, market: &Path, cash: &mut PathCash) {
        if let Some(site) = self.of.site {
            cash.of[Kind::Mining as usize] = site.income(&market.hashprice);
        }
    }

    /// What distributors are paid back at these list prices by model and month.
    pub(super) fn protect(&self, list: impl Fn(usize, usize) -> f64, cash: &mut PathCash) {
        if let Some(protection) = &self.protection {
            let costs = protection.cost(|model| self.terms[model].list.unwrap_or(0.0), list);
            cash.of[Kind::Refunds as usize].iter_mut().zip(costs).for_each(|(cell, cost)| *cell -= cost);
        }
    }

    /// Whether distributors are paid back.
    pub(super) const fn protects(&self) -> bool {
        self.protection.is_some()
    }
}
