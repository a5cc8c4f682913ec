//! The forecast of an as-of date again from today's exports, and its parts: the same code with one thing left out.
//!
//! This is the only file of the bridge that knows what demand is made of.

use crate::demand::{Beside, Demand, Forecast, PastOrigins};
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
pub struct Parts {
    /// Expected of the orders open on the as-of date.
    pub(super) backlog: Vec<Months>,
    /// Expected of orders still to come.
    pub(super) new: Vec<Months>,
    /// The same did neither the market nor a driver move order intake from its level.
    pub(super) at_level: Vec<Months>,
}

impl Parts {
    /// Of a forecast as it is published, before planners' overrides.
    pub(crate) fn of(forecast: &Forecast) -> Self {
        let new = forecast.baseline.iter().zip(&forecast.expected);
        Self {
            backlog: forecast.expected.clone(),
            new: new.map(|(all, backlog)| std::array::from_fn(|h| all[h] - backlog[h])).collect(),
            at_level: forecast.booking_curve.clone(),
        }
    }
}

/// The forecast of an as-of date, and what of it is forecast again with one thing left out.
pub(super) struct Again {
    /// The forecast itself.
    pub(super) parts: Parts,
    /// The backlog were no order ever cancelled.
    pub(super) kept: Vec<Months>,
    /// Of orders still to come, those signed in the first months only: with the market and drivers, and without.
    pub(super) of_first: [Vec<Months>; 2],
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
        let market = MarketHistory::new(exports, job.reading.stale_days);
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

    /// The forecast itself, and its parts: all of the same paths. Orders to come are looked at by the first `months` of signing.
    pub(super) fn again(&self, months: usize) -> Again {
        let (quarters, rest) = (months / 3, months % 3);
        let first = if rest > 0 { vec![3 * quarters, 3 * (quarters + 1)] } else { vec![months] };
        let beside = Beside { without_cancellations: true, first };
        let run = &self.job.run;
        let draws = (run.paths, run.seed);
        let mean = self.demand.mean_at(&self.outlook, Scenario::Base, None, draws, &beside);
        let mut first = mean.of_first();
        let of_first = match (first.next(), first.next()) {
            (Some(low), Some(high)) => {
                // Part of a quarter: so many of its three months.
                let share = |low: i64, high: i64| low + (high - low) * i64::try_from(rest).unwrap_or(0) / 3;
                let both = |(low, high): (&Months, &Months)| std::array::from_fn(|h| share(low[h], high[h]));
                [0, 1].map(|driven| low[driven].iter().zip(&high[driven]).map(both).collect())
            }
            (Some(whole), _) => whole,
            _ => [Vec::new(), Vec::new()],
        };
        Again {
            parts: Parts { backlog: mean.expected(), new: mean.to_come(), at_level: mean.at_level() },
            kept: mean.kept(),
            of_first,
        }
    }
}

/// Months of the horizon of an as-of date that have passed at a later one.
pub(super) fn elapsed(then: Month, now: Month) -> usize {
    usize::try_from(now - then).unwrap_or(0).min(HORIZON)
}
