//! Accuracy on makers whose future is known: vintages of exports with what shipped afterwards, and a public maker's
//! quarterly volumes. What a release is judged by.

mod cash;
mod cells;
mod figures;
mod future;
mod layout;
mod ordering;
mod other_build;
mod playing;
mod public_maker;
mod realised;
mod regimes;
mod report;
mod tally;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::domain::Month;
use crate::error::Error;
use crate::history::MarketHistory;
use crate::ingest::{self, Locations};
use crate::job::Job;
use crate::reconcile::Reconciliation;
use crate::run::Inputs;

use cells::Pool;
use layout::{Elasticities, Maker, wrong};
use other_build::OtherBuild;
use report::{Forecasts, Vintage};

/// What to evaluate on.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Folders of makers: `models.csv`, and a folder a maker with `history.csv` (month, model, quantity) and one folder
    /// of exports a vintage, named `YYYY-MM-DD`; optional `elasticity.csv`.
    pub makers: Vec<PathBuf>,
    /// Quarterly volumes of a public maker: columns `period_end` and `computing_power_sold_mth_s` (million TH/s).
    pub public: Option<PathBuf>,
    /// Folder with `hashprice.csv` and `difficulty.csv` up to today: for the public maker, and for what really happened.
    pub market: Option<PathBuf>,
    /// Another build of wafercast to compare with.
    pub reference: Option<PathBuf>,
    /// Whether wafer orders are played through as well.
    pub orders: bool,
    /// Keys of the job besides the defaults, in TOML with their sections: `wafers.most_service_level = 0.9`.
    pub keys: String,
}

/// The tables, as text to read.
///
/// # Errors
/// When a folder or file is not there or wrong, or an export is rejected.
pub fn evaluate(request: &Request) -> Result<String, Error> {
    let mut text = String::new();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut pool = Pool::default();
    for folder in &request.makers {
        let job = format!("{}\n{}", request.keys, layout::job(&folder.join("models.csv"))?);
        let truth = request.market.as_deref().map(public_maker::market).transpose()?;
        let elasticities = layout::elasticities(folder)?;
        let makers = layout::makers(folder)?;
        let measured = in_parallel(&makers, |maker| {
            maker
                .vintages
                .iter()
                .map(|vintage| measure(request, &job, truth.as_ref(), &elasticities, maker, vintage))
                .collect::<Result<Vec<Vintage>, Error>>()
        })?;
        for (maker, vintages) in makers.iter().zip(measured) {
            if maker.supplied { &mut second } else { &mut first }.extend(vintages);
        }
        if request.orders {
            text += &orders(request, &job, folder, &makers, &mut pool)?;
        }
    }
    text += &pool.tables();
    let all: Vec<Vintage> = first.iter().chain(&second).cloned().collect();
    if !first.is_empty() {
        text += &report::tables("first kind (no supply is known)", &first);
    }
    if !second.is_empty() {
        text += &report::tables("second kind (known supply limits what ships)", &second);
    }
    if !all.is_empty() {
        text += &report::intervals(&all);
    }
    if let Some(volumes) = &request.public {
        let market = request.market.as_deref().unwrap_or(Path::new("."));
        text += &public_maker::table(volumes, market)?;
    }
    Ok(text)
}

/// Plays the wafer orders of every quarter end between the oldest and the newest vintage through, into `pool`; what customers paid meanwhile
/// against the paths.
fn orders(
    request: &Request,
    job: &str,
    folder: &Path,
    makers: &[Maker],
    pool: &mut Pool,
) -> Result<String, Error> {
    let parsed = Job::parse(job, folder)?;
    let played = in_parallel(makers, |maker| {
        let other = request.reference.as_deref().map(|build| OtherBuild::new(build, job));
        ordering::play(&parsed, maker, &read, other)
    })?;
    pool.0.extend(played.into_iter().flatten());
    let mut paid: [Vec<cash::Compared>; 2] = Default::default();
    for found in in_parallel(makers, |maker| cash::compare(&parsed, maker, &read))? {
        paid.iter_mut().zip(found).for_each(|(all, own)| all.extend(own));
    }
    Ok(cash::table(&paid))
}

/// Makers side by side, in their order.
fn in_parallel<T: Send>(
    makers: &[Maker],
    one: impl Fn(&Maker) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let one = &one;
    std::thread::scope(|scope| {
        let running: Vec<_> = makers.iter().map(|maker| scope.spawn(move || one(maker))).collect();
        let joined = running.into_iter().map(|running| match running.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}

/// One vintage, forecast by this build and the reference, with what was known and with the market that came.
fn measure(
    request: &Request,
    job: &str,
    truth: Option<&MarketHistory>,
    elasticities: &Elasticities,
    maker: &Maker,
    (date, folder): &(NaiveDate, PathBuf),
) -> Result<Vintage, Error> {
    let as_of = Month::of(*date);
    let given = truth.map(|truth| given_market(job, truth, as_of)).transpose()?;
    let parsed = |text: &str| Job::parse(text, folder);
    let mut builds = vec![Forecasts {
        ante: figures::own(&parsed(job)?, folder, *date)?,
        given: match &given {
            Some(given) => figures::own(&parsed(given)?, folder, *date)?,
            None => figures::Figures::new(),
        },
    }];
    if let Some(build) = &request.reference {
        builds.push(Forecasts {
            ante: figures::of_build(build, job, folder, *date)?,
            given: match &given {
                Some(given) => figures::of_build(build, given, folder, *date)?,
                None => figures::Figures::new(),
            },
        });
    }
    let quarters = maker.quarters_up_to(as_of);
    let Some(year) = quarters.len().checked_sub(4).map(|start| &quarters[start..]) else {
        return Err(wrong(folder, "history.csv does not reach back a year"));
    };
    let (last, mean) = (year[3], year.iter().sum::<f64>() / 4.0);
    let shipped = |from: i32, to: i32| maker.shipped(as_of + from, as_of + to);
    let elasticity = elasticities.get(&(maker.name.clone(), as_of)).copied().unwrap_or_default();
    Ok(Vintage {
        maker: maker.name.clone(),
        as_of,
        supplied: maker.supplied,
        unit: maker.mean_quarter,
        actual: [shipped(1, 3), shipped(4, 6), shipped(7, 9), shipped(10, 12), shipped(1, 12)],
        simple: [last, mean].map(|value| [value, value, value, value, 4.0 * value]),
        elasticity,
        builds,
    })
}

/// The job with the price and difficulty that came as its bull scenario; the last known value where nothing is known.
fn given_market(job: &str, truth: &MarketHistory, as_of: Month) -> Result<String, Error> {
    let path = |value: &dyn Fn(Month) -> Option<f64>| -> Option<String> {
        let start = value(as_of)?;
        let mut last = start;
        let multiples = (as_of + 1).run(12).map(|month| {
            last = value(month).unwrap_or(last);
            format!("{:.9}", last / start)
        });
        Some(multiples.collect::<Vec<_>>().join(", "))
    };
    let price = path(&|month| truth.closing_price(month));
    let difficulty = path(&|month| truth.difficulty(month).map(crate::domain::Difficulty::get));
    let (Some(price), Some(difficulty)) = (price, difficulty) else {
        return Err(Error::Usage(format!("--market does not cover {as_of}")));
    };
    let mut text = job.to_owned();
    let _ = write!(text, "\n[scenarios]\nbull = [{price}]\nbull_difficulty = [{difficulty}]\n");
    Ok(text)
}

fn read(job: &Job, folder: &Path, as_of: NaiveDate) -> Result<Inputs, Error> {
    let exports = ingest::read(job, &Locations::new(job, Some(folder), as_of), as_of)?;
    Ok(Inputs {
        job: job.clone(),
        exports,
        reconciliation: Reconciliation::default(),
        settled: crate::supply::Settled::default(),
    })
}
