//! What customers paid in the months after every quarter end against what the paths said: deposits and balances, supply left aside.

use std::fmt::Write as _;
use std::path::Path;

use chrono::NaiveDate;

use crate::cash::{Case, Kind, World, WorldOf};
use crate::demand::quantile;
use crate::domain::{Month, Quantiles, Scenario, Share, Usd};
use crate::error::Error;
use crate::history::{Book, BookedLot};
use crate::ingest::Money;
use crate::job::Job;
use crate::market::HORIZON;
use crate::run::{self, Inputs};
use crate::selling::Prices;
use crate::supply::{Basis, Committed, Late, Plan, Salvage, Values};

use super::layout::Maker;

/// Months that are compared.
const STRETCHES: [usize; 2] = [3, HORIZON];

/// Months of orders that the usual deposit is measured on.
const DEPOSIT_MONTHS: i32 = 24;

/// A quarter end: what was said, 10th, 50th and 90th percentile, and what came, USD.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    said: Quantiles<f64>,
    came: f64,
}

/// Every quarter end of a maker with twelve months after it, by [`STRETCHES`].
///
/// # Errors
/// When an export cannot be read as of a quarter end.
pub(super) fn compare(
    job: &Job,
    maker: &Maker,
    read: &dyn Fn(&Job, &Path, NaiveDate) -> Result<Inputs, Error>,
) -> Result<[Vec<Compared>; STRETCHES.len()], Error> {
    let mut found: [Vec<Compared>; STRETCHES.len()] = Default::default();
    let (Some((oldest, _)), Some((newest, folder))) = (maker.vintages.first(), maker.vintages.last()) else {
        return Ok(found);
    };
    let later = read(job, folder, *newest)?;
    let last = Book::new(&later.exports.ledger, &job.catalogue, Month::of(*newest));
    let mut as_of = Month::of(*oldest);
    while as_of + 12 <= last.as_of {
        let day = as_of.last_day();
        let Some((written, exports)) = maker.exports_of(day) else { break };
        let mut inputs = read(&Maker::job_of(job, written), exports, day)?;
        let share = usual_deposit(&Book::new(&inputs.exports.ledger, &job.catalogue, as_of), job);
        inputs.job.cash.customer_deposit_share = share;
        for (paths, (months, found)) in said(&inputs)?.into_iter().zip(STRETCHES.into_iter().zip(&mut found))
        {
            let said = Quantiles::at(|share| quantile(&paths, share));
            found.push(Compared { said, came: came(&last, as_of, months, share) });
        }
        as_of = as_of + 3;
    }
    Ok(found)
}

/// What customers pay on every path over each stretch, ascending.
fn said(inputs: &Inputs) -> Result<[Vec<f64>; STRETCHES.len()], Error> {
    let made = run::make(inputs, &|_| ())?;
    let Inputs { job, exports, .. } = inputs;
    let mut committed = Committed::new(&exports.supply, job, made.book.as_of);
    (committed.known, committed.open_from) = (false, vec![HORIZON; job.catalogue.chips.len()]);
    let prices = Prices::new(&made.book, job);
    let salvage =
        |_: usize, _: &crate::market::Path, _: usize| Salvage { clearance: Usd::ZERO, mining: Usd::ZERO };
    let values = Values { list: &prices.list, expected: &prices.expected, salvage: &salvage, room: None };
    let base = &made.forecasts[Scenario::Base as usize];
    let firm = vec![[0; HORIZON]; job.catalogue.models.len()];
    let errors = made.replays.calibration.n;
    let basis = Basis {
        job,
        as_of: made.book.as_of,
        committed: &committed,
        firm: &firm,
        values,
        errors,
        lost_share: made.demand.lateness.lost_share(&job.wafers),
    };
    let plan = Plan::new(&basis, base, std::slice::from_ref(base));
    let of = WorldOf {
        job,
        book: &made.book,
        exports,
        market: &made.market,
        demand: &made.demand,
        committed: &committed,
        prices: &prices,
        values,
        late: Late { release: made.demand.rates.catch_up, lost: made.demand.lateness.rate },
        site: None,
    };
    let world = World::new(of, base.simulation.paths);
    let mut sums: [Vec<f64>; STRETCHES.len()] = Default::default();
    let paid = [Kind::Deposits as usize, Kind::Balances as usize];
    world.play(&world.price_paths(base), &[(&[], Case::Plan)], &plan.chips, |_, path| {
        for (months, sums) in STRETCHES.into_iter().zip(&mut sums) {
            sums.push(paid.iter().map(|kind| path.of[*kind][..months].iter().sum::<f64>()).sum());
        }
    });
    sums.iter_mut().for_each(|sums| sums.sort_by(f64::total_cmp));
    Ok(sums)
}

/// What was paid in the months after `as_of`: deposits of what was signed, balances of what left.
fn came(last: &Book<'_>, as_of: Month, months: usize, usual: Share) -> f64 {
    let within = |month: Month| month > as_of && month <= as_of.plus(months);
    let of = |booked: &BookedLot<'_>| {
        let money = &booked.lot.money;
        let Some(price) = price(money) else { return 0.0 };
        let share = paid(money).unwrap_or(usual.get());
        let signed = if within(booked.lot.terms.signed) { money.priced as f64 } else { 0.0 };
        let left: u64 =
            booked.shipped.iter().filter(|(month, _)| within(**month)).map(|(_, left)| left).sum();
        price * (signed * share + left as f64 * (1.0 - share))
    };
    last.lots.iter().map(of).sum()
}

pub(super) fn price(money: &Money) -> Option<f64> {
    (money.priced > 0).then(|| Usd::from(money.value).dollars() / money.priced as f64)
}

/// Share of their value that was received on orders; `None` where they do not say.
fn paid(money: &Money) -> Option<f64> {
    let value = Usd::from(money.value_with_prepaid);
    (value > Usd::ZERO).then(|| Usd::from(money.prepaid) / value)
}

/// Deposit on the orders of the last months; the job's where they do not say.
pub(super) fn usual_deposit(book: &Book<'_>, job: &Job) -> Share {
    let mut sum = Money::default();
    let recent = book.lots.iter().filter(|booked| booked.lot.terms.signed > book.as_of - DEPOSIT_MONTHS);
    recent.for_each(|booked| sum.merge(&booked.lot.money));
    paid(&sum)
        .and_then(|share| Share::new(share.clamp(0.0, 1.0)).ok())
        .unwrap_or(job.cash.customer_deposit_share)
}

/// How often what came lay within the 80% of the paths, with the binomial interval that n such cases give (Wilson 1927, 95%).
pub(super) fn table(of: &[Vec<Compared>; STRETCHES.len()]) -> String {
    let mut text = format!(
        "what customers paid after each quarter end, against the 80% of the paths\n{:<12}{:>5}{:>9}{:>16}{:>9}{:>9}{:>14}\n",
        "months", "n", "within", "95% interval", "below", "above", "median / came"
    );
    for (months, rows) in STRETCHES.into_iter().zip(of) {
        let n = rows.len() as f64;
        let share = |test: &dyn Fn(&Compared) -> bool| rows.iter().filter(|row| test(row)).count() as f64 / n;
        let within = share(&|row| row.said.interval().holds(&row.came));
        let (low, high) = wilson(within, n);
        let (said, came): (f64, f64) =
            rows.iter().fold((0.0, 0.0), |(said, came), row| (said + row.said.p50, came + row.came));
        let _ = writeln!(
            text,
            "{months:<12}{:>5}{within:>9.2}{:>16}{:>9.2}{:>9.2}{:>14.2}",
            rows.len(),
            format!("{low:.2} to {high:.2}"),
            share(&|row| row.came < row.said.p10),
            share(&|row| row.came > row.said.p90),
            said / came
        );
    }
    text.push('\n');
    text
}

/// Interval of a share of n cases.
pub(super) fn wilson(share: f64, n: f64) -> (f64, f64) {
    let z = 1.96_f64;
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    ((middle - half) / scale, (middle + half) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 15 of 20 within: 0.75 lies between 0.531 and 0.888 (Wilson 1927).
    #[test]
    fn a_share_has_an_interval() {
        let (low, high) = wilson(0.75, 20.0);
        assert!((low - 0.531).abs() < 0.001 && (high - 0.888).abs() < 0.001, "{low} {high}");
    }
}
