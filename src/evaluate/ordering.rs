//! What following the wafer orders would have earned: every quarter end decided as of that date, the months between played
//! through with what was really shipped as demand, the same accounting for every way of ordering.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::demand::Forecast;
use crate::domain::{Month, Usd};
use crate::error::Error;
use crate::ingest::{Supply, WaferOrder};
use crate::job::{Job, ModelId};
use crate::market::{HORIZON, Scenario};
use crate::run::{self, Inputs, Made};
use crate::selling::Leftovers;
use crate::supply::{Basis, Committed, Decision, Plan, ProposedOrder, Values, terms_of};

use super::layout::Maker;

/// Months that a customer waits for a machine before going elsewhere.
const PATIENCE: usize = 3;

/// A way of ordering wafers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Policy {
    /// The order rule on the forecast.
    Rule,
    /// The mean of the same forecast, without safety.
    MeanForecast,
    /// Machines shipped a month over the trailing year.
    TrailingMean,
    /// What is under contract.
    BacklogOnly,
    /// What really shipped: nobody knows it, the best that could be.
    Foresight,
}

impl Policy {
    const ALL: [Self; 5] =
        [Self::Rule, Self::MeanForecast, Self::TrailingMean, Self::BacklogOnly, Self::Foresight];

    const fn name(self) -> &'static str {
        match self {
            Self::Rule => "order_up_to",
            Self::MeanForecast => "mean_forecast",
            Self::TrailingMean => "trailing_mean",
            Self::BacklogOnly => "backlog_only",
            Self::Foresight => "perfect_foresight",
        }
    }
}

/// What a way of ordering came to.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    revenue: Usd,
    wafers: Usd,
    capital: Usd,
    leftover_cost: Usd,
    write_down: Usd,
    profit: Usd,
    demanded: i64,
    shipped: i64,
    lost: i64,
    late: i64,
    leftover: f64,
}

/// Chips and orders of a way of ordering as it is played through.
struct Stock {
    chips: Vec<f64>,
    cost_per_chip: Vec<f64>,
    orders: Vec<WaferOrder>,
    /// Machines that wait, by model and months waited.
    waiting: Vec<[i64; PATIENCE + 1]>,
    sums: Sums,
}

/// Machines that really shipped, by month and model.
struct Truth<'a> {
    maker: &'a Maker,
    job: &'a Job,
}

impl Truth<'_> {
    fn machines(&self, month: Month) -> Vec<i64> {
        let found = self.maker.by_model.get(&month);
        let of = |id: ModelId| found.and_then(|m| m.get(self.job.catalogue.model(id).name())).copied();
        self.job.catalogue.ids().map(|id| of(id).unwrap_or(0.0).round() as i64).collect()
    }
}

/// Profit of every way of ordering at every maker.
#[derive(Debug, Default)]
pub(super) struct Profits(Vec<BTreeMap<Policy, Usd>>);

impl Profits {
    /// Profit as a share of that of perfect foresight: mean and lowest over the makers, and how many of them the rule
    /// earned more at.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "all {} makers: profit as a share of perfect foresight\n{:<18}{:>9}{:>9}{:>24}\n",
            self.0.len(),
            "",
            "mean",
            "lowest",
            "order_up_to earns more"
        );
        for policy in Policy::ALL {
            let shares: Vec<f64> = self
                .0
                .iter()
                .filter(|maker| maker[&Policy::Foresight] > Usd::ZERO)
                .map(|maker| maker[&policy] / maker[&Policy::Foresight])
                .collect();
            let mean = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
            let lowest = shares.iter().copied().fold(f64::INFINITY, f64::min);
            let beaten = self.0.iter().filter(|maker| maker[&Policy::Rule] > maker[&policy]).count();
            let _ = writeln!(text, "{:<18}{mean:>9.3}{lowest:>9.3}{beaten:>24}", policy.name());
        }
        text.push('\n');
        text
    }
}

/// Plays every way of ordering through from `first` to the end of `last`, and prints the table; its profits are added to
/// `profits`.
///
/// # Errors
/// When an export cannot be read as of a quarter end.
pub(super) fn table(
    job: &Job,
    maker: &Maker,
    (first, last): (Month, Month),
    read: &dyn Fn(NaiveDate) -> Result<Inputs, Error>,
    profits: &mut Profits,
) -> Result<String, Error> {
    let truth = Truth { maker, job };
    let mut stocks: BTreeMap<Policy, Stock> = BTreeMap::new();
    let mut prices: Vec<Option<Usd>> = vec![None; job.catalogue.models.len()];
    let mut closing = Vec::new();
    let mut as_of = first;
    while as_of < last {
        let inputs = read(as_of.last_day())?;
        let made = run::make(&inputs, &|_| ())?;
        let listed = crate::selling::Prices::new(&made.book, job);
        for (known, new) in prices.iter_mut().zip(&listed.list) {
            *known = new.or(*known);
        }
        let leftovers = Leftovers::new(job, as_of);
        let leftover = |model: usize, path: &crate::market::Path, from: usize| {
            leftovers.value(&job.catalogue.models[model], listed.list[model], &path.hashprice, from)
        };
        let values = Values { list: &prices, expected: &listed.expected, leftover: &leftover };
        for policy in Policy::ALL {
            let stock = stocks.entry(policy).or_insert_with(|| Stock::begin(job, &made, as_of));
            let orders = decide(policy, &made, job, values, stock, &truth, as_of);
            stock.place(&orders, job);
            for month in (as_of + 1).to((as_of + 3).min(last)) {
                stock.month(month, &truth.machines(month), &prices, job);
            }
        }
        // The worth of what is left at the end, by the newest market known then.
        let path = made.outlook.project(Scenario::Base, &made.outlook.prices(Scenario::Base));
        closing = job
            .catalogue
            .ids()
            .map(|id| {
                let worth = leftover(id.0, &path, 2).best();
                worth - Usd::new(job.catalogue.model(id).other_cost_usd.get())
            })
            .collect();
        as_of = as_of + 3;
    }
    let mut text = format!(
        "{}: wafers ordered every quarter end from {first}, demand is what shipped to {last}\n{:<18}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}{:>11}\n",
        maker.name,
        "M USD / machines",
        "profit",
        "revenue",
        "wafers",
        "capital",
        "wr.down",
        "shipped",
        "lost",
        "late",
        "left over"
    );
    let mut own = BTreeMap::new();
    for (policy, stock) in stocks {
        let sums = stock.close(&closing, last, job);
        own.insert(policy, sums.profit);
        let m = |usd: Usd| usd.dollars() / 1e6;
        let _ = writeln!(
            text,
            "{:<18}{:>9.1}{:>9.1}{:>9.1}{:>9.1}{:>9.1}{:>9}{:>9}{:>10}{:>11.0}",
            policy.name(),
            m(sums.profit),
            m(sums.revenue),
            m(sums.wafers),
            m(sums.capital),
            m(sums.write_down),
            sums.shipped,
            sums.lost,
            sums.late,
            sums.leftover
        );
    }
    profits.0.push(own);
    text.push('\n');
    Ok(text)
}

/// The orders that a way of ordering places now.
fn decide(
    policy: Policy,
    made: &Made<'_>,
    job: &Job,
    values: Values<'_>,
    stock: &Stock,
    truth: &Truth<'_>,
    as_of: Month,
) -> Vec<ProposedOrder> {
    let base = &made.forecasts[Scenario::Base as usize];
    let models = job.catalogue.models.len();
    let month = |h: usize| (as_of + 1).plus(h);
    let path = made.outlook.project(Scenario::Base, &made.outlook.prices(Scenario::Base));
    let fixed = |units: Vec<[i64; HORIZON]>| Forecast::fixed(Scenario::Base, units, path);
    let forecast = match policy {
        Policy::Rule => base.clone(),
        Policy::MeanForecast => fixed(base.units.clone()),
        Policy::BacklogOnly => fixed(base.firm.clone()),
        Policy::TrailingMean => fixed(trailing_mean(made, job)),
        Policy::Foresight => {
            let mut units = vec![[0; HORIZON]; models];
            for h in 0..HORIZON {
                for (model, machines) in truth.machines(month(h)).into_iter().enumerate() {
                    units[model][h] = machines;
                }
            }
            fixed(units)
        }
    };
    let committed = Committed::new(&stock.supply(models, as_of), job, as_of);
    // Who waits is served first: their machines are part of the first month's demand.
    let mut forecast = forecast;
    for (model, waiting) in stock.waiting.iter().enumerate() {
        let waiting: i64 = waiting.iter().sum();
        forecast.units[model][0] += waiting;
    }
    let firm = match policy {
        Policy::Rule => made.book.firm_with_deposit(&job.catalogue),
        _ => vec![[0; HORIZON]; models],
    };
    let mut own = job.clone();
    if policy != Policy::Rule {
        own.wafers.service_level = crate::domain::Share::new(0.5).ok();
    }
    let basis = Basis {
        job: &own,
        as_of,
        committed: &committed,
        firm: &firm,
        values,
        errors: made.replays.calibration.n,
    };
    let plan = Plan::new(&basis, &forecast, std::slice::from_ref(&forecast));
    plan.orders.into_iter().flatten().filter(|o| o.decision == Decision::PlaceNow).collect()
}

/// TH shipped a month over the trailing year, split to models as the forecast splits new orders.
fn trailing_mean(made: &Made<'_>, job: &Job) -> Vec<[i64; HORIZON]> {
    let months = made.book.deliveries.first().map_or(0, Vec::len);
    let year = months.saturating_sub(12)..months;
    let th: f64 = made
        .book
        .deliveries
        .iter()
        .zip(&job.catalogue.models)
        .map(|(machines, model)| machines[year.clone()].iter().sum::<u64>() as f64 * model.hashrate_th.get())
        .sum::<f64>()
        / year.len().max(1) as f64;
    let models = job.catalogue.models.iter().enumerate();
    models
        .map(|(place, model)| {
            std::array::from_fn(|h| {
                (th * made.demand.mix.due(h, 0)[place] / model.hashrate_th.get()).round() as i64
            })
        })
        .collect()
}

impl Stock {
    /// At the beginning every way has the same: nothing in stock, and for the months that no order can reach the trailing
    /// mean of chips on order.
    fn begin(job: &Job, made: &Made<'_>, as_of: Month) -> Self {
        let catalogue = &job.catalogue;
        let units = trailing_mean(made, job);
        let committed = Committed::new(&empty(job), job, as_of);
        let mut orders = Vec::new();
        for chip in catalogue.chip_ids() {
            let Some(place) = catalogue.foundries_of(chip).first().copied() else { continue };
            let terms = &catalogue.foundries[place];
            let good = crate::job::good_chips_per_wafer(&catalogue.chips[chip], terms.yield_share);
            for h in 0..committed.open_from[chip].min(HORIZON) {
                let chips: f64 = catalogue
                    .models_of(chip)
                    .iter()
                    .map(|model| units[*model][h] as f64 * committed.per_machine(*model))
                    .sum();
                let wafers = (chips / good).ceil() as u32;
                let due = (as_of + 1).plus(h) - job.wafers.assembly_months.cast_signed();
                let (due, placed) = (due.last_day(), as_of.last_day());
                if wafers > 0 {
                    let prepaid = terms.wafer_cost() * f64::from(wafers);
                    let (foundry, yield_share) = (terms.name().to_owned(), None);
                    orders.push(WaferOrder { chip, due, placed, foundry, wafers, prepaid, yield_share });
                }
            }
        }
        let wafers: Usd = orders.iter().map(|o| o.prepaid).sum();
        Self {
            chips: vec![0.0; catalogue.chips.len()],
            cost_per_chip: vec![0.0; catalogue.chips.len()],
            orders,
            waiting: vec![[0; PATIENCE + 1]; catalogue.models.len()],
            sums: Sums { wafers, ..Sums::default() },
        }
    }

    /// The position as an export would give it.
    fn supply(&self, models: usize, as_of: Month) -> Supply {
        Supply {
            machines: vec![0; models],
            chips: self.chips.iter().map(|chips| chips.max(0.0) as u64).collect(),
            dies: vec![0; self.chips.len()],
            orders: self.orders.clone(),
            counted: Some(as_of.last_day()),
            known: true,
            ..Supply::default()
        }
    }

    /// Places orders; their whole price is counted, money is charged for as it is paid.
    fn place(&mut self, orders: &[ProposedOrder], job: &Job) {
        for order in orders {
            let foundry = job.catalogue.foundries[order.foundry].name().to_owned();
            self.orders.push(WaferOrder {
                chip: order.chip,
                due: order.wafer_out.last_day(),
                placed: order.place_by,
                foundry,
                wafers: u32::try_from(order.wafers).unwrap_or(u32::MAX),
                prepaid: order.prepayment,
                yield_share: None,
            });
            self.sums.wafers += order.cost;
        }
    }

    /// One month: chips come in, machines are built and shipped, money is charged for.
    fn month(&mut self, month: Month, demand: &[i64], prices: &[Option<Usd>], job: &Job) {
        let catalogue = &job.catalogue;
        let ships_by = |order: &WaferOrder| Month::of(order.due) + job.wafers.assembly_months.cast_signed();
        let (arrived, open): (Vec<WaferOrder>, Vec<WaferOrder>) =
            std::mem::take(&mut self.orders).into_iter().partition(|o| ships_by(o) <= month);
        self.orders = open;
        for order in arrived {
            let chips = crate::supply::good_chips(&order, catalogue);
            let cost = terms_of(&order, catalogue)
                .map_or(0.0, |t| t.wafer_cost().dollars() * f64::from(order.wafers));
            let had = self.chips[order.chip];
            self.cost_per_chip[order.chip] = (self.cost_per_chip[order.chip] * had + cost) / (had + chips);
            self.chips[order.chip] += chips;
        }
        let rules = &job.wafers;
        let factor = (1.0 + rules.spares_share.get()) / rules.assembly_loss.complement();
        for (model, machines) in demand.iter().enumerate() {
            self.waiting[model][0] += machines;
            self.sums.demanded += machines;
        }
        for chip in catalogue.chip_ids() {
            // Those who have waited longest first.
            for age in (0..=PATIENCE).rev() {
                for model in catalogue.models_of(chip) {
                    let per_machine = f64::from(catalogue.models[model].chips_per_machine) * factor;
                    let can = (self.chips[chip] / per_machine + 1e-9).floor() as i64;
                    let ships = can.min(self.waiting[model][age]);
                    self.waiting[model][age] -= ships;
                    self.chips[chip] = (self.chips[chip] - ships as f64 * per_machine).max(0.0);
                    self.sums.shipped += ships;
                    self.sums.late += if age > 0 { ships } else { 0 };
                    let other = Usd::new(catalogue.models[model].other_cost_usd.get());
                    self.sums.revenue += (prices[model].unwrap_or(Usd::ZERO) - other) * ships as f64;
                }
            }
        }
        for waiting in &mut self.waiting {
            self.sums.lost += waiting[PATIENCE];
            waiting.rotate_right(1);
            waiting[0] = 0;
        }
        let in_stock: f64 = self.chips.iter().zip(&self.cost_per_chip).map(|(c, cost)| c * cost).sum();
        let prepaid: Usd =
            self.orders.iter().filter(|o| Month::of(o.placed) <= month).map(|o| o.prepaid).sum();
        self.sums.capital += (Usd::new(in_stock) + prepaid) * rules.capital_rate_per_month.get();
    }

    /// Values what is left at the lower of cost and what it fetches, and what is on order at cost less the same share.
    fn close(mut self, closing: &[Usd], last: Month, job: &Job) -> Sums {
        let catalogue = &job.catalogue;
        let mut value = Usd::ZERO;
        for chip in catalogue.chip_ids() {
            let on_order: f64 = self
                .orders
                .iter()
                .filter(|o| o.chip == chip)
                .map(|o| crate::supply::good_chips(o, catalogue))
                .sum();
            let chips = self.chips[chip] + on_order;
            let order_cost: f64 = self
                .orders
                .iter()
                .filter(|o| o.chip == chip)
                .map(|o| {
                    terms_of(o, catalogue).map_or(0.0, |t| t.wafer_cost().dollars() * f64::from(o.wafers))
                })
                .sum();
            let cost = self.chips[chip] * self.cost_per_chip[chip] + order_cost;
            let best = catalogue
                .models_of(chip)
                .into_iter()
                .filter(|model| catalogue.models[*model].offered_in(last + 1))
                .map(|model| (closing[model], f64::from(catalogue.models[model].chips_per_machine)))
                .max_by(|a, b| (a.0.dollars() / a.1).total_cmp(&(b.0.dollars() / b.1)));
            let (worth, machines) =
                best.map_or((0.0, 0.0), |(usd, per)| (usd.dollars().max(0.0) * chips / per, chips / per));
            self.sums.leftover += machines;
            value += Usd::new(worth.min(cost));
            self.sums.leftover_cost += Usd::new(cost);
        }
        self.sums.write_down = self.sums.leftover_cost - value;
        self.sums.profit = self.sums.revenue - self.sums.wafers - self.sums.capital + value;
        self.sums
    }
}

/// No supply at all.
fn empty(job: &Job) -> Supply {
    Supply {
        machines: vec![0; job.catalogue.models.len()],
        chips: vec![0; job.catalogue.chips.len()],
        dies: vec![0; job.catalogue.chips.len()],
        known: true,
        ..Supply::default()
    }
}
