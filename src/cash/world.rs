//! The months of a path: what is paid in and out with the machines that ship on it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::demand::{Demand, Forecast};
use crate::domain::Month;
use crate::history::{Book, MarketHistory};
use crate::ingest::Exports;
use crate::job::Job;
use crate::market::{HORIZON, Path};
use crate::selling::{Channel, Prices, Site};
use crate::supply::{
    Allocation, ChipPlan, Committed, Decision, Factory, LATE, Late, Line, ProposedOrder, Values, YIELD,
    open_balance, reservation_fees,
};

use super::defaults::Customers;
use super::path::{Case, Kind, PathCash, Planned};
use super::paying::{Machines, Terms, terms};
use super::prices::Following;
use super::protection::Protection;
use super::queue::Shipped;
use super::risk::{OnPath, Risk};

/// Stream of random numbers of lots, apart from that of demand.
const STREAM: u64 = 12;

/// Most that planned orders follow what was signed on a path, as a multiple of the plan.
const MOST_PLANNED: f64 = 2.0;

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
    of: WorldOf<'a>,
    terms: Vec<Terms>,
    following: Following,
    past: Vec<[f64; 4]>,
    customers: Customers,
    /// By path, chip and month: what a lot yields of what is expected, and whether it comes a month late.
    lots: Vec<(f64, bool)>,
    /// What distributors are paid back when list prices fall; `None` where they are not, or nothing is counted.
    protection: Option<Protection>,
    /// What is still to be paid for open orders, and fees for reserved wafers.
    open_balances: [f64; HORIZON],
}

/// List prices and defaults on each path of a forecast.
#[derive(Debug)]
pub struct PricePaths<'a> {
    forecast: &'a Forecast,
    /// By path, `month * models + model`.
    list: Vec<f64>,
    exposure: Vec<[f64; HORIZON]>,
    /// By `month * models + model`, what planners' overrides add.
    overrides: Vec<f64>,
    /// Models that customers have on order, will sign or still pay for; no other has a cell that is not 0.
    moving: Vec<usize>,
    /// Whether every machine that is wanted has a price.
    priced: bool,
}

/// A wafer order as paths see it. Months ahead, 0 is the first.
struct Ordered {
    chip: usize,
    ships: usize,
    chips: f64,
    placed: usize,
    out: usize,
    prepayment: f64,
    balance: f64,
    now: bool,
}

/// What a path is played in, kept from one to the next.
struct Scratch {
    lines: Vec<Line>,
    paying: Vec<f64>,
    wanted: Vec<Shipped>,
    ships: Vec<f64>,
    built: Vec<f64>,
    lost: Vec<f64>,
}

impl Scratch {
    const fn machines<'a>(&'a self, models: usize, list: &'a [f64], cancelled: &'a [f64]) -> Machines<'a> {
        let Self { paying, wanted, ships, built, lost, .. } = self;
        Machines {
            models,
            wanted: wanted.as_slice(),
            ships: ships.as_slice(),
            built: built.as_slice(),
            cancelled,
            paying: paying.as_slice(),
            list,
            lost: lost.as_slice(),
        }
    }
}

impl<'a> World<'a> {
    /// With draws for so many paths.
    pub fn new(of: WorldOf<'a>, paths: usize) -> Self {
        let WorldOf { job, book, exports, market, .. } = of;
        let following = Following::measure(book, market, job);
        let ids = job.catalogue.ids();
        let customers = Customers::new(book, &exports.ledger.open, market, job).drawn(paths, job.run.seed);
        let mut rng = ChaCha8Rng::seed_from_u64(job.run.seed);
        rng.set_stream(STREAM);
        let lots = (0..paths * job.catalogue.chips.len() * HORIZON).map(|_| {
            let normal: f64 = StandardNormal.sample(&mut rng);
            ((1.0 + YIELD * normal).max(0.0), rng.random::<f64>() < LATE)
        });
        let month = |h| (book.as_of + 1).plus(h);
        let share = job.cash.price_protection_share.get();
        let channel = Channel::new(&exports.inventory, &exports.ledger.channel_sell_in, book.as_of);
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

    /// How list prices follow what buyers can pay back.
    pub const fn following(&self) -> &Following {
        &self.following
    }

    /// List price of each model in each month ahead on a path of the market, USD; `None` without one today.
    pub fn list_ahead(&self, market: &Path) -> Vec<Option<[f64; HORIZON]>> {
        let power = self.of.job.policy.power_usd_per_kwh.get();
        let models = self.terms.iter().zip(&self.past).zip(&self.of.job.catalogue.models);
        models
            .map(|((terms, past), model)| {
                let factors = self.following.ahead(past, model, &market.hashprice, power);
                terms.list.map(|list| factors.map(|factor| list * factor))
            })
            .collect()
    }

    /// What is played on a forecast's paths.
    pub fn price_paths(&self, forecast: &'a Forecast) -> PricePaths<'a> {
        let simulation = &forecast.simulation;
        let models = self.terms.len();
        let mut list = vec![0.0; simulation.market.len() * HORIZON * models];
        for (market, cells) in simulation.market.iter().zip(list.chunks_exact_mut(HORIZON * models)) {
            for (model, prices) in self.list_ahead(market).into_iter().enumerate() {
                for (h, price) in prices.unwrap_or_default().into_iter().enumerate() {
                    cells[h * models + model] = price;
                }
            }
        }
        let cells = (0..HORIZON).flat_map(|h| (0..models).map(move |model| (h, model)));
        let overrides: Vec<f64> =
            cells.map(|(h, m)| (forecast.units[m][h] - forecast.baseline[m][h]) as f64).collect();
        let any = |of: &[f64], model: usize| of.iter().skip(model).step_by(models).any(|cell| *cell > 0.0);
        let (mut priced, mut moving) = (true, Vec::new());
        for (model, terms) in self.terms.iter().enumerate() {
            let signs = terms.signed.iter().any(|share| *share > 0.0);
            let signed =
                signs && simulation.intake_th.iter().zip(&terms.signed).any(|(th, share)| th * share > 0.0);
            let new = signed || any(&simulation.new, model) || any(&overrides, model);
            let backlog = any(&simulation.backlog, model);
            priced &= (terms.list.is_some() || !new) && (terms.contract.is_some() || !backlog);
            if signs || new || backlog || terms.has_open() {
                moving.push(model);
            }
        }
        let exposure =
            simulation.market.iter().map(|market| self.customers.exposure(&market.price)).collect();
        PricePaths { forecast, list, exposure, overrides, moving, priced }
    }

    /// Plays every path with these wafer orders; `chips` are what they were decided by. `None` where a machine that is wanted has
    /// no price.
    pub fn risk(
        &self,
        price_paths: &PricePaths<'_>,
        orders: &[ProposedOrder],
        chips: &[ChipPlan],
        case: Case,
    ) -> Option<Risk> {
        let mut on_paths = Vec::with_capacity(price_paths.forecast.simulation.paths);
        self.play(price_paths, orders, chips, case, |path| on_paths.push(OnPath::new(path)))?;
        Some(Risk::new(&on_paths, &self.of.job.cash))
    }

    /// Plays every path and tells of each what was paid.
    pub fn play(
        &self,
        price_paths: &PricePaths<'_>,
        orders: &[ProposedOrder],
        chips: &[ChipPlan],
        case: Case,
        mut tell: impl FnMut(&PathCash),
    ) -> Option<()> {
        if !price_paths.priced {
            return None;
        }
        let orders = if case == Case::ContractsOnly { Vec::new() } else { self.ordered(orders) };
        let mut scratch = self.scratch();
        for path in 0..price_paths.forecast.simulation.paths {
            tell(&self.path(price_paths, &orders, chips, (case, path), &mut scratch));
        }
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
        let (models, simulation) = (self.terms.len(), &forecast.simulation);
        let mut s = self.scratch();
        let mut cancelled = vec![0.0; s.ships.len()];
        let mut list = cancelled.clone();
        let ahead = self.list_ahead(market);
        for (model, ships) in allocation.constrained.iter().enumerate() {
            let stock = self.of.committed.machines[model];
            let beyond = |months: &[i64]| (months.iter().sum::<i64>() - stock).max(0);
            for h in 0..HORIZON {
                let (cell, units) = (h * models + model, forecast.units[model][h]);
                let contracts = forecast.expected[model][h].min(units);
                s.wanted[cell] = Shipped { contracts: contracts as f64, new: (units - contracts) as f64 };
                s.ships[cell] = ships[h] as f64;
                s.lost[cell] = allocation.lost[model][h] as f64;
                s.built[cell] = (beyond(&ships[..=h]) - beyond(&ships[..h])) as f64;
                list[cell] = ahead[model].map_or(0.0, |prices| prices[h]);
            }
        }
        let size = s.ships.len().max(1);
        for row in simulation.cancelled.chunks_exact(size) {
            cancelled.iter_mut().zip(row).for_each(|(sum, cell)| *sum += cell / simulation.paths as f64);
        }
        let mut cash = PathCash::none();
        self.foundries(&self.ordered(orders), |_| 1.0, &mut cash);
        self.mine(market, &mut cash);
        let machines = s.machines(models, &list, &cancelled);
        self.protect(&list, &mut cash);
        for (model, terms) in self.terms.iter().enumerate() {
            terms.pay(model, &self.of.job.cash, &simulation.intake_th, machines, &mut cash);
        }
        Planned { cash, priced: price_paths.priced }
    }

    fn ordered(&self, orders: &[ProposedOrder]) -> Vec<Ordered> {
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

    fn scratch(&self) -> Scratch {
        let WorldOf { job, committed, .. } = self.of;
        let size = HORIZON * self.terms.len();
        let lines = job.catalogue.chip_ids().map(|chip| Line::new(job.catalogue.models_of(chip), committed));
        Scratch {
            lines: lines.collect(),
            paying: vec![1.0; size],
            wanted: vec![Shipped::default(); size],
            ships: vec![0.0; size],
            built: vec![0.0; size],
            lost: vec![0.0; size],
        }
    }

    /// What foundries are paid for the orders `taken`, and for open ones.
    fn foundries(&self, orders: &[Ordered], taken: impl Fn(&Ordered) -> f64, cash: &mut PathCash) {
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
    fn mine(&self, market: &Path, cash: &mut PathCash) {
        if let Some(site) = self.of.site {
            cash.of[Kind::Mining as usize] = site.income(&market.hashprice);
        }
    }

    /// What distributors are paid back; `list` by `month * models + model`.
    fn protect(&self, list: &[f64], cash: &mut PathCash) {
        if let Some(protection) = &self.protection {
            let today = |model: usize| self.terms[model].list.unwrap_or(0.0);
            let costs = protection.cost(today, |model, h| list[h * self.terms.len() + model]);
            cash.of[Kind::Refunds as usize].iter_mut().zip(costs).for_each(|(cell, cost)| *cell -= cost);
        }
    }

    fn path(
        &self,
        price_paths: &PricePaths<'_>,
        orders: &[Ordered],
        chips: &[ChipPlan],
        (case, path): (Case, usize),
        s: &mut Scratch,
    ) -> PathCash {
        let simulation = &price_paths.forecast.simulation;
        let (models, size) = (self.terms.len(), HORIZON * self.terms.len());
        let price_path = path.min(price_paths.exposure.len() - 1);
        let gone = case == Case::LargestGone;
        self.customers.paying(path, &price_paths.exposure[price_path], gone, &mut s.paying);
        let rows = path * size..(path + 1) * size;
        let (backlog, new) = (&simulation.backlog[rows.clone()], &simulation.new[rows.clone()]);
        for (cell, wanted) in s.wanted.iter_mut().enumerate() {
            let contracts = backlog[cell] * s.paying[cell];
            let new = if case.signs() { new[cell] + price_paths.overrides[cell] } else { 0.0 };
            // An override below what is on order takes from contracts.
            *wanted = Shipped { contracts: (contracts + new.min(0.0)).max(0.0), new: new.max(0.0) };
        }
        let th = if case.signs() { simulation.intake_paths[path] } else { [0.0; HORIZON] };
        let share = self.planned(&th, &simulation.intake_th);
        let taken = |order: &Ordered| if order.now { 1.0 } else { share[order.placed.min(HORIZON - 1)] };
        let mut cash = PathCash::none();
        self.foundries(orders, taken, &mut cash);
        let market = &simulation.market[price_path];
        self.mine(market, &mut cash);
        self.ship(orders, taken, chips, path, market, &mut cash, s);
        let list = &price_paths.list[price_path * size..(price_path + 1) * size];
        self.protect(list, &mut cash);
        let machines = s.machines(models, list, &simulation.cancelled[rows]);
        for model in &price_paths.moving {
            self.terms[*model].pay(*model, &self.of.job.cash, &th, machines, &mut cash);
        }
        cash
    }

    /// What of the orders planned for each month is placed on a path: the run that decides them has seen what was signed until
    /// then, and orders in proportion to the forecast of that.
    fn planned(&self, th: &[f64; HORIZON], expected: &[f64; HORIZON]) -> [f64; HORIZON] {
        let review = self.of.job.wafers.review_months as usize;
        std::array::from_fn(|h| {
            let seen = h / review * review;
            let (found, mean): (f64, f64) = (th[..seen].iter().sum(), expected[..seen].iter().sum());
            if mean > 0.0 { (found / mean).min(MOST_PLANNED) } else { 1.0 }
        })
    }

    /// Ships what chips allow, and values what is left.
    #[expect(clippy::too_many_arguments, reason = "all that a path is made of")]
    fn ship(
        &self,
        orders: &[Ordered],
        taken: impl Fn(&Ordered) -> f64,
        chips: &[ChipPlan],
        path: usize,
        market: &Path,
        cash: &mut PathCash,
        s: &mut Scratch,
    ) {
        let WorldOf { job, committed, late, .. } = self.of;
        let models = self.terms.len();
        let mut come = committed.on_hand_for_machines();
        for ((chip, line), arrivals) in job.catalogue.chip_ids().zip(&mut s.lines).zip(&mut come) {
            let mut lots = committed.on_order[chip];
            for order in orders.iter().filter(|o| o.chip == chip.0) {
                if let Some(cell) = lots.get_mut(order.ships) {
                    *cell += order.chips * taken(order);
                }
            }
            let draws = (path * committed.on_hand.len() + chip.0) * HORIZON;
            for (h, (good, late)) in self.lots[draws..draws + HORIZON].iter().enumerate() {
                if let Some(cell) = arrivals.get_mut(h + usize::from(*late)) {
                    *cell += lots[h] * good;
                }
            }
            line.begin(committed);
        }
        let mut factory = Factory::new(committed.assembly.as_ref(), models);
        for h in 0..HORIZON {
            let row = h * models;
            let wanted = |m: usize| s.wanted[row + m].contracts + s.wanted[row + m].new;
            for ((chip, line), arrivals) in job.catalogue.chip_ids().zip(&mut s.lines).zip(&come) {
                // Where supply is not known, what no order can reach is taken to be covered.
                let come = (arrivals[h], !committed.known && h < committed.open_from[chip]);
                line.want(committed, h, come, late, wanted);
                line.could_build(|m, machines| s.built[row + m] = machines);
            }
            let assembled = factory.assemble(h, &s.built[row..row + models]);
            for ((chip, line), plan) in job.catalogue.chip_ids().zip(&mut s.lines).zip(chips) {
                line.ship(assembled, wanted, |m, ships, built| {
                    s.ships[row + m] = ships;
                    s.built[row + m] = built;
                });
                line.left_waiting(|m, machines| s.lost[row + m] = machines);
                if h == plan.judged() {
                    cash.write_down += self.write_down(plan, orders, line, (chip.0, h), market);
                }
            }
        }
        for (line, plan) in s.lines.iter().zip(chips) {
            cash.salvage_values += self.fetched(plan, line.left(committed), line, HORIZON, market);
        }
    }

    /// What chips left fetch as machines from month `h` on; nothing where no machine with a price needs them.
    fn fetched(&self, plan: &ChipPlan, chips: f64, line: &Line, h: usize, market: &Path) -> f64 {
        let economics = plan.economics.iter().find_map(|(_, found)| found.as_ref().ok());
        economics.filter(|_| chips > 0.0).map_or(0.0, |economics| {
            let machine = &economics.machine;
            let each = machine.leftover_on(market, line.models(), h, self.of.values, chips / machine.chips);
            each.dollars() * chips / machine.chips
        })
    }

    /// Cost less worth of what is left of the orders to place now.
    fn write_down(
        &self,
        plan: &ChipPlan,
        orders: &[Ordered],
        line: &Line,
        (chip, h): (usize, usize),
        market: &Path,
    ) -> f64 {
        let own = orders.iter().filter(|o| o.chip == chip && o.now);
        let (all, cost) =
            own.fold((0.0, 0.0), |(chips, cost), o| (chips + o.chips, cost + o.prepayment + o.balance));
        let left = line.left(self.of.committed).min(all);
        if left <= 0.0 {
            return 0.0;
        }
        (cost / all * left - self.fetched(plan, left, line, h, market)).max(0.0)
    }
}
