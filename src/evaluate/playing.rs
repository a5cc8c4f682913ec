//! A way of ordering played through month by month: chips that come in, machines built and shipped, who waits and who leaves, and
//! money. The same accounting for every way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::{Month, Usd};
use crate::ingest::{Supply, WaferOrder};
use crate::job::{Job, good_chips_per_wafer};
use crate::market::HORIZON;
use crate::supply::{Committed, ProposedOrder, terms_of};

use super::future::Future;
use super::regimes::{Customers, Paid};

/// What a way of ordering came to, money in USD; by [`Paid`] where it depends on that.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    /// Machines shipped at their price, less their cost besides the chips.
    pub(super) revenue: [f64; 2],
    /// Price of the wafers ordered, those of the beginning included.
    pub(super) wafers: f64,
    /// Cost of money on stock and deposits.
    pub(super) capital: f64,
    /// What was left at the end, at cost less what it is worth.
    pub(super) write_down: f64,
    /// What it is worth.
    pub(super) value: f64,
    /// Lowest cash since the beginning, at most 0.
    pub(super) cash_low: [f64; 2],
    pub(super) shipped: i64,
    pub(super) lost: i64,
    pub(super) late: i64,
    /// Machines' chips left over.
    pub(super) salvage: f64,
}

impl Sums {
    pub(super) fn profit(&self, paid: Paid) -> f64 {
        self.revenue[paid as usize] - self.wafers - self.capital + self.value
    }
}

/// A wafer order placed.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) order: WaferOrder,
    /// Price of all of it.
    pub(super) cost: Usd,
}

impl Placed {
    pub(super) fn of(proposed: &ProposedOrder, job: &Job) -> Self {
        let order = WaferOrder {
            chip: proposed.chip,
            due: proposed.wafer_out.last_day(),
            placed: proposed.place_by,
            foundry: job.catalogue.foundries[proposed.foundry].name().to_owned(),
            wafers: u32::try_from(proposed.wafers).unwrap_or(u32::MAX),
            prepaid: proposed.prepayment,
            yield_share: None,
        };
        Self { order, cost: proposed.cost }
    }
}

/// What stands at the end of a month.
#[derive(Clone, Debug, Default)]
pub(super) struct MonthEnd {
    /// Net cash of the month, by [`Paid`], USD.
    pub(super) cash: [f64; 2],
    /// Chips that no machine was built of and nobody waits for, by chip.
    pub(super) free: Vec<f64>,
}

/// Chips, orders, customers and money of a way of ordering as it is played through.
#[derive(Clone, Debug)]
pub(super) struct Stock {
    customers: Customers,
    chips: Vec<f64>,
    cost_per_chip: Vec<f64>,
    orders: Vec<WaferOrder>,
    /// Machines that wait, by model, with the month in which they were wanted, oldest first.
    waiting: Vec<VecDeque<(Month, i64)>>,
    /// Payments to foundries by month, USD.
    payments: BTreeMap<Month, f64>,
    cash: [f64; 2],
    sums: Sums,
    /// Every month played.
    pub(super) months: BTreeMap<Month, MonthEnd>,
}

/// Chips drawn for a machine of each model.
fn chips_drawn(job: &Job, model: usize) -> f64 {
    let factor = (1.0 + job.spares_share()) / job.wafers.assembly_loss.complement();
    f64::from(job.catalogue.models[model].chips_per_machine) * factor
}

impl Stock {
    /// Nothing in stock, and on order, paid for, the chips of `units` (by model and month) for the months that no order can reach:
    /// the same for every way.
    pub(super) fn begin(job: &Job, units: &[[i64; HORIZON]], customers: Customers, as_of: Month) -> Self {
        let catalogue = &job.catalogue;
        let committed = Committed::new(&empty(job), job, as_of);
        let mut orders = Vec::new();
        for chip in catalogue.chip_ids() {
            let Some(place) = catalogue.foundries_of(chip).first().copied() else { continue };
            let terms = &catalogue.foundries[place];
            let good = good_chips_per_wafer(&catalogue.chips[chip], terms.yield_share);
            for h in 0..committed.open_from[chip].min(HORIZON) {
                let models = catalogue.models_of(chip);
                let chips: f64 = models.iter().map(|m| units[*m][h] as f64 * committed.per_machine(*m)).sum();
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
        let wafers = orders.iter().map(|order| order.prepaid.dollars()).sum();
        Self {
            customers,
            chips: vec![0.0; catalogue.chips.len()],
            cost_per_chip: vec![0.0; catalogue.chips.len()],
            orders,
            waiting: vec![VecDeque::new(); catalogue.models.len()],
            payments: BTreeMap::new(),
            cash: [0.0; 2],
            sums: Sums { wafers, ..Sums::default() },
            months: BTreeMap::new(),
        }
    }

    /// The position as an export would give it.
    pub(super) fn supply(&self, job: &Job, as_of: Month) -> Supply {
        Supply {
            chips: self.chips.iter().map(|chips| chips.max(0.0) as u64).collect(),
            orders: self.orders.clone(),
            counted: Some(as_of.last_day()),
            ..empty(job)
        }
    }

    /// Machines of each model that wait.
    pub(super) fn waiting(&self) -> Vec<i64> {
        self.waiting.iter().map(|of| of.iter().map(|(_, machines)| machines).sum()).collect()
    }

    /// Places orders; their whole price is counted, money is charged for as it is paid.
    pub(super) fn place(&mut self, placed: &[Placed]) {
        for Placed { order, cost } in placed {
            self.orders.push(order.clone());
            self.sums.wafers += cost.dollars();
            *self.payments.entry(Month::of(order.placed)).or_default() += order.prepaid.dollars();
            *self.payments.entry(Month::of(order.due)).or_default() += (*cost - order.prepaid).dollars();
        }
    }

    /// One month: chips come in, machines are built and shipped, money is paid and charged for.
    pub(super) fn month(&mut self, month: Month, future: &Future<'_>, job: &Job) {
        self.arrive(month, job);
        for (waiting, machines) in self.waiting.iter_mut().zip(future.machines(month)) {
            if machines > 0 {
                waiting.push_back((month, machines));
            }
        }
        let mut cash = [future.deposits(month) - self.payments.get(&month).copied().unwrap_or(0.0); 2];
        self.ship(month, future, job, &mut cash);
        if let Some(patience) = self.customers.patience() {
            for waiting in &mut self.waiting {
                while let Some((_, machines)) =
                    waiting.front().copied().filter(|(wanted, _)| month - *wanted >= patience)
                {
                    self.sums.lost += machines;
                    waiting.pop_front();
                }
            }
        }
        let in_stock: f64 = self.chips.iter().zip(&self.cost_per_chip).map(|(c, cost)| c * cost).sum();
        let ahead = self.orders.iter().filter(|o| Month::of(o.placed) <= month);
        let prepaid: f64 = ahead.map(|o| o.prepaid.dollars()).sum();
        self.sums.capital += (in_stock + prepaid) * job.wafers.capital_rate_per_month.get();
        for ((sum, low), net) in self.cash.iter_mut().zip(&mut self.sums.cash_low).zip(cash) {
            *sum += net;
            *low = low.min(*sum);
        }
        let waiting = self.waiting();
        let free = job.catalogue.chip_ids().zip(&self.chips).map(|(chip, chips)| {
            let models = job.catalogue.models_of(chip);
            let waits: f64 = models.iter().map(|m| waiting[*m] as f64 * chips_drawn(job, *m)).sum();
            (chips - waits).max(0.0)
        });
        self.months.insert(month, MonthEnd { cash, free: free.collect() });
    }

    /// Chips that can ship from this month on.
    fn arrive(&mut self, month: Month, job: &Job) {
        let catalogue = &job.catalogue;
        let ships_by = |order: &WaferOrder| Month::of(order.due) + job.wafers.assembly_months.cast_signed();
        let (arrived, open): (Vec<WaferOrder>, Vec<WaferOrder>) =
            std::mem::take(&mut self.orders).into_iter().partition(|o| ships_by(o) <= month);
        self.orders = open;
        for order in arrived {
            let chips = crate::supply::good_chips(&order, catalogue);
            let had = self.chips[order.chip];
            let cost = self.cost_per_chip[order.chip] * had + price_of(&order, job);
            self.cost_per_chip[order.chip] = cost / (had + chips);
            self.chips[order.chip] += chips;
        }
    }

    /// Ships what chips allow, those who have waited longest first.
    fn ship(&mut self, month: Month, future: &Future<'_>, job: &Job, cash: &mut [f64; 2]) {
        let catalogue = &job.catalogue;
        for chip in catalogue.chip_ids() {
            let models = catalogue.models_of(chip);
            let wanted: BTreeSet<Month> =
                models.iter().flat_map(|m| self.waiting[*m].iter().map(|(wanted, _)| *wanted)).collect();
            for wanted in wanted {
                for &model in &models {
                    let per_machine = chips_drawn(job, model);
                    let can = (self.chips[chip] / per_machine + 1e-9).floor() as i64;
                    let Some((_, waiting)) = self.waiting[model].iter_mut().find(|(of, _)| *of == wanted)
                    else {
                        continue;
                    };
                    let ships = can.min(*waiting);
                    *waiting -= ships;
                    self.chips[chip] = (self.chips[chip] - ships as f64 * per_machine).max(0.0);
                    self.sums.shipped += ships;
                    self.sums.late += if wanted < month { ships } else { 0 };
                    let other = catalogue.models[model].other_cost_usd.get();
                    let deposit = future.share * future.price(Paid::Contract, model, (wanted, month));
                    for paid in Paid::ALL {
                        let net = future.price(paid, model, (wanted, month)) - other;
                        self.sums.revenue[paid as usize] += net * ships as f64;
                        cash[paid as usize] += (net - deposit) * ships as f64;
                    }
                }
            }
        }
        self.waiting.iter_mut().for_each(|of| of.retain(|(_, machines)| *machines > 0));
    }

    /// Values what is left, on order too, at the lower of cost and what it fetches: `closing` is the value of a machine of each
    /// model less its other cost, USD.
    pub(super) fn close(&self, closing: &[f64], last: Month, job: &Job) -> Sums {
        let catalogue = &job.catalogue;
        let mut sums = self.sums;
        for chip in catalogue.chip_ids() {
            let on_order = self.orders.iter().filter(|o| o.chip == chip);
            let chips = self.chips[chip]
                + on_order.clone().map(|o| crate::supply::good_chips(o, catalogue)).sum::<f64>();
            let cost = self.chips[chip] * self.cost_per_chip[chip]
                + on_order.map(|order| price_of(order, job)).sum::<f64>();
            let best = catalogue
                .models_of(chip)
                .into_iter()
                .filter(|model| catalogue.models[*model].offered_in(last + 1))
                .map(|model| (closing[model], f64::from(catalogue.models[model].chips_per_machine)))
                .max_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
            let (worth, machines) =
                best.map_or((0.0, 0.0), |(usd, per)| (usd.max(0.0) * chips / per, chips / per));
            sums.salvage += machines;
            sums.value += worth.min(cost);
            sums.write_down += cost - worth.min(cost);
        }
        sums
    }

    /// Net cash of the months after `as_of`: its lowest sum; `None` where not all of them were played.
    pub(super) fn low_after(&self, as_of: Month, paid: Paid) -> Option<f64> {
        let (mut sum, mut low) = (0.0, f64::INFINITY);
        for month in (as_of + 1).to(as_of.plus(HORIZON)) {
            sum += self.months.get(&month)?.cash[paid as usize];
            low = f64::min(low, sum);
        }
        Some(low)
    }
}

/// Price of the wafers of an order, USD.
fn price_of(order: &WaferOrder, job: &Job) -> f64 {
    terms_of(order, &job.catalogue).map_or(0.0, |t| t.wafer_cost().dollars() * f64::from(order.wafers))
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
