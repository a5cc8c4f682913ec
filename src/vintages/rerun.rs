//! The forecast of an as-of date again from today's exports, and its parts: the same code with one thing left out.
//!
//! This is the only file of the bridge that knows what demand is made of.

use crate::demand::{Demand, Forecast, PastOrigins};
use crate::domain::Month;
use crate::history::{Book, MarketHistory};
use crate::ingest::Exports;
use crate::job::Job;
use crate::market::{HORIZON, Outlook, Scenario};

use super::book_change::Months;

/// What forecasts of any as-of date up to the exports' own are made from.
#[derive(Debug)]
pub(super) struct Rerun<'a> {
    exports: &'a Exports,
    job: &'a Job,
    market: MarketHistory,
    past: PastOrigins,
}

/// Machines of the base scenario by model and month ahead.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// Expected of the orders open on the as-of date.
    pub backlog: Vec<Months>,
    /// Expected of orders still to come.
    pub new: Vec<Months>,
}

/// One as-of date, ready to be forecast with and without its parts.
#[derive(Debug)]
pub(super) struct Origin<'a> {
    pub book: Book<'a>,
    market: MarketHistory,
    outlook: Outlook,
    demand: Demand,
    job: &'a Job,
}

impl<'a> Rerun<'a> {
    /// Reads nothing again: the exports are those of the run.
    pub(super) fn new(exports: &'a Exports, job: &'a Job) -> Self {
        let market = MarketHistory::new(exports, job.market.next_halving, job.reading.stale_days);
        let book = Book::new(&exports.ledger, &job.catalogue, Month::of(exports.as_of));
        let past = PastOrigins::new(&book, &market, exports, job);
        Self { exports, job, market, past }
    }

    /// The forecast as of `month`; `None` when the market data do not cover it.
    pub(super) fn at(&self, month: Month) -> Option<Origin<'_>> {
        let book = Book::new(&self.exports.ledger, &self.job.catalogue, month);
        let market = self.market.up_to(month);
        let outlook = Outlook::new(&market, &self.job.market, &self.job.scenarios)?;
        let demand = Demand::new(&book, &market, self.job, &self.past);
        Some(Origin { book, market, outlook, demand, job: self.job })
    }

    /// The same as-of date with the backlog of orders signed by `signed` alone; all else as measured on all orders.
    pub(super) fn of_orders_signed_by(&self, origin: &Origin<'a>, signed: Month) -> Origin<'a> {
        let mut book = origin.book.clone();
        book.lots.retain(|l| l.lot.terms.signed <= signed);
        let mut demand = Demand::new(&book, &origin.market, origin.job, &self.past);
        let Demand { intake, lead_times, mix, rates, leaving, .. } = origin.demand.clone();
        (demand.intake, demand.lead_times, demand.mix, demand.rates, demand.leaving) =
            (intake, lead_times, mix, rates, leaving);
        Origin {
            book,
            market: origin.market.clone(),
            outlook: origin.outlook.clone(),
            demand,
            job: origin.job,
        }
    }
}

impl Origin<'_> {
    /// Contract schedule by model, secured or not; what is past due counts in the first month.
    pub(super) fn signed(&self) -> Vec<Months> {
        self.book.signed(self.job.catalogue.models.len())
    }

    /// The forecast itself.
    pub(super) fn parts(&self) -> Parts {
        self.simulate(&self.demand)
    }

    /// Were no order ever cancelled.
    pub(super) fn without_cancellations(&self) -> Parts {
        let mut demand = self.demand.clone();
        demand.leaving = demand.leaving.without_cancellations();
        self.simulate(&demand)
    }

    /// Did neither the market nor a driver move order intake from its level.
    pub(super) fn without_drivers(&self) -> Parts {
        self.simulate(&self.no_drivers())
    }

    /// Of orders still to come, those signed in the first `months` only; with and without drivers.
    pub(super) fn new_of_first(&self, months: usize) -> [Vec<Months>; 2] {
        [self.demand.clone(), self.no_drivers()].map(|demand| {
            let until = |quarters: usize| {
                let mut demand = demand.clone();
                demand.intake = demand.intake.of_first(quarters);
                self.simulate(&demand).new
            };
            let whole = until(months / 3);
            match months % 3 {
                0 => whole,
                // Part of a quarter: so many of its three months.
                rest => {
                    let share =
                        |low: i64, high: i64| low + (high - low) * i64::try_from(rest).unwrap_or(0) / 3;
                    let pairs = whole.iter().zip(until(months / 3 + 1));
                    pairs.map(|(low, high)| std::array::from_fn(|h| share(low[h], high[h]))).collect()
                }
            }
        })
    }

    fn no_drivers(&self) -> Demand {
        let mut demand = self.demand.clone();
        demand.intake = demand.intake.without_drivers();
        demand
    }

    fn simulate(&self, demand: &Demand) -> Parts {
        let run = &self.job.run;
        let simulation = demand.simulate(&self.outlook, Scenario::Base, run.paths, run.seed);
        let Forecast { expected, units, .. } =
            Forecast::new(Scenario::Base, simulation, &self.book, &self.job.catalogue);
        let new = units.iter().zip(&expected);
        let new = new.map(|(units, backlog)| std::array::from_fn(|h| units[h] - backlog[h])).collect();
        Parts { backlog: expected, new }
    }
}

/// Months of the horizon of an as-of date that have passed at a later one.
pub(super) fn elapsed(then: Month, now: Month) -> usize {
    usize::try_from(now - then).unwrap_or(0).min(HORIZON)
}
