//! Accuracy on makers whose future is known: vintages of exports with what shipped afterwards, and a public maker's
//! quarterly volumes. What a release is judged by.

mod layout;
mod ordering;
mod public_maker;
mod tally;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::backtest::{Baseline, Level, Method, Pair};
use crate::demand::Forecast;
use crate::domain::Month;
use crate::error::Error;
use crate::ingest::{self, Locations};
use crate::job::Job;
use crate::market::{HORIZON, Scenario};
use crate::reconcile::Reconciliation;
use crate::run::{self, Inputs};

use layout::Maker;
use tally::Tally;

/// What to evaluate on.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Folder of makers: `models.csv`, and a folder a maker with `history.csv` (month, model, quantity) and one folder
    /// of exports a vintage, named `YYYY-MM-DD`.
    pub makers: Option<PathBuf>,
    /// Quarterly volumes of a public maker: columns `period_end` and `computing_power_sold_mth_s` (million TH/s).
    pub public: Option<PathBuf>,
    /// Folder with `hashprice.csv` and `difficulty.csv` for the public maker.
    pub market: Option<PathBuf>,
}

/// The tables, as text to read.
///
/// # Errors
/// When a folder or file is not there or wrong, or an export is rejected.
pub fn evaluate(request: &Request) -> Result<String, Error> {
    let mut text = String::new();
    if let Some(folder) = &request.makers {
        let job = layout::job(&folder.join("models.csv"))?;
        let (mut ordering, mut profits) = (String::new(), ordering::Profits::default());
        let (mut all, mut replayed) = (Tally::default(), Tally::default());
        for maker in layout::makers(folder)? {
            let mut own = Tally::default();
            for vintage in &maker.vintages {
                vintage_errors(&job, &maker, vintage, &mut own)?;
            }
            if let Some(newest) = maker.vintages.last() {
                replay_errors(&job, &maker, newest, &mut replayed)?;
            }
            text += &own.table(&format!("{}: {} vintages", maker.name, maker.vintages.len()));
            all.join(own);
            if let Some((newest, folder)) = maker.vintages.last() {
                // Later states of orders are not from the dates that are replayed.
                let mut replayed = job.clone();
                replayed.exports.exported_on = Some(*newest);
                let span = (Month::of(maker.vintages[0].0), Month::of(*newest));
                ordering += &ordering::table(
                    &job,
                    &maker,
                    span,
                    &|as_of| read(&replayed, folder, as_of),
                    &mut profits,
                )?;
            }
        }
        text += &all.table("all makers and vintages, each maker's machines over its own mean quarter");
        text += &replayed.table("replayed quarter ends of each maker's newest vintage");
        text += &ordering;
        text += &profits.table();
    }
    if let (Some(volumes), Some(market)) = (&request.public, &request.market) {
        text += &public_maker::table(volumes, market)?;
    }
    Ok(text)
}

/// The forecast of one vintage against what shipped.
fn vintage_errors(
    job: &Job,
    maker: &Maker,
    (as_of, folder): &(NaiveDate, PathBuf),
    tally: &mut Tally,
) -> Result<(), Error> {
    let inputs = read(job, folder, *as_of)?;
    let made = run::make(&inputs, &|_| ())?;
    add(tally, maker, &made.forecasts[Scenario::Base as usize], Month::of(*as_of));
    Ok(())
}

/// Every replay within the newest vintage.
fn replay_errors(
    job: &Job,
    maker: &Maker,
    (as_of, folder): &(NaiveDate, PathBuf),
    tally: &mut Tally,
) -> Result<(), Error> {
    let inputs = read(job, folder, *as_of)?;
    let made = run::make(&inputs, &|_| ())?;
    for scored in &made.replays.scored {
        let key = &scored.key;
        if key.target == crate::backtest::Target::Shipments
            && key.model.is_none()
            && key.level != Level::Month
        {
            tally.add(key.level, key.horizon, scored.method, scaled(scored.pair, maker.mean_quarter));
        }
    }
    Ok(())
}

fn read(job: &Job, folder: &Path, as_of: NaiveDate) -> Result<Inputs, Error> {
    let exports = ingest::read(job, &Locations::new(job, Some(folder)), as_of)?;
    Ok(Inputs { job: job.clone(), exports, reconciliation: Reconciliation::default() })
}

/// Adds a forecast and its baselines where the actual is known.
fn add(tally: &mut Tally, maker: &Maker, forecast: &Forecast, as_of: Month) {
    let quarters = maker.quarters_up_to(as_of);
    for level in [Level::Quarter, Level::Year] {
        for horizon in 1..=level.horizons() {
            let span = level.span(horizon);
            let ahead = |h: usize| as_of + i32::try_from(h).unwrap_or(0) + 1;
            let Some(actual) = maker.shipped(ahead(span.start), ahead(span.end - 1)) else { continue };
            let interval = forecast.interval(span.clone(), None);
            let quantiles = [interval.p10, interval.p50, interval.p90].map(|q| q as f64);
            let total =
                |rows: &[[i64; HORIZON]]| rows.iter().flat_map(|r| &r[span.clone()]).sum::<i64>() as f64;
            let mut put = |method, forecast: f64, quantiles| {
                tally.add(
                    level,
                    horizon,
                    method,
                    scaled(Pair { forecast, actual, quantiles }, maker.mean_quarter),
                );
            };
            put(Method::Model, total(&forecast.units), Some(quantiles));
            put(Method::BacklogOnly, total(&forecast.firm), None);
            put(Method::BookingCurve, forecast.simulation.booking_curve(span.clone(), None), None);
            for baseline in Baseline::ALL {
                if let Some(row) = baseline.forecast(&quarters, 4) {
                    let stretch = if level == Level::Year { 0..4 } else { horizon - 1..horizon };
                    put(Method::Baseline(baseline), row[stretch].iter().sum(), None);
                }
            }
        }
    }
}

fn scaled(pair: Pair, unit: f64) -> Pair {
    Pair {
        forecast: pair.forecast / unit,
        actual: pair.actual / unit,
        quantiles: pair.quantiles.map(|q| q.map(|q| q / unit)),
    }
}
