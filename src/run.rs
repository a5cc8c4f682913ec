//! The whole order of a run; no arithmetic of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::backtest;
use crate::demand::{Demand, Forecast, PastFits};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::domain::{MicroUsd, Month, Usd, month_end};
use crate::error::Error;
use crate::history::{Book, BookedLot, MarketHistory};
use crate::ingest::{self, Exports, Locations, Money};
use crate::job::{Format, Job};
use crate::market::{HORIZON, Outlook, Path, Scenario};
use crate::page;
use crate::publish::{self, Manifest, OutputFile, OutputFolder, Place, Published};
use crate::selling::Leftovers;
use crate::summary::{self, Summary};
use crate::supply;
use crate::supply::{Allocation, Basis, Committed, Peg, Plan, Values, allocate, proposed_chips};
use crate::tables::{self, Context, Prices, Table};
use crate::views::Published as Shown;
use crate::vintages::{self, PublishedForecast};
use crate::workbook;

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct Request {
    /// The job file.
    pub job: PathBuf,
    /// Folder to read the exports from instead of the job's paths.
    pub inputs: Option<PathBuf>,
    /// As-of date instead of the job's.
    pub as_of: Option<NaiveDate>,
    /// Output folder instead of the job's.
    pub out: Option<PathBuf>,
    /// As-of date when neither says.
    pub default_as_of: NaiveDate,
    /// Whether the output folder must hold a vintage already.
    pub no_create: bool,
    /// Whether a warning stops the run.
    pub deny_warnings: bool,
}

/// What a run published and has to say.
#[derive(Debug)]
pub struct Report {
    /// The vintage.
    pub published: Published,
    /// What people should read first; empty when nothing changed.
    pub summary: Vec<String>,
    /// What a person should know.
    pub warnings: Vec<Diagnostic>,
}

/// Told the name of each stage as it begins.
pub type Watch<'a> = &'a dyn Fn(&str);

/// Everything a run found out.
#[derive(Debug)]
pub struct Outcome {
    /// The tables.
    pub tables: Vec<Table>,
    /// What a person should know.
    pub warnings: Vec<Diagnostic>,
    /// What each part used.
    pub models_used: BTreeMap<String, String>,
    /// Accuracy by replay.
    pub scores: Vec<backtest::Score>,
    /// What to expect and what to order, as lines to read.
    pub summary: Vec<String>,
}

/// A job with its exports read.
#[derive(Debug)]
pub struct Inputs {
    /// The job.
    pub job: Job,
    /// The exports as of the date.
    pub exports: Exports,
}

/// Loads the job and reads the exports.
///
/// # Errors
/// When the job or an export is wrong, or the as-of date is not a month end.
pub fn load(request: &Request) -> Result<Inputs, Error> {
    let (job, as_of) = job(request)?;
    read(request, job, as_of)
}

/// The checked job and the as-of date.
fn job(request: &Request) -> Result<(Job, NaiveDate), Error> {
    let job = Job::load(&request.job)?;
    let as_of = request.as_of.or(job.run.as_of).unwrap_or(request.default_as_of);
    if month_end(as_of).is_none() {
        let end = Month::of(as_of).last_day();
        return Err(Error::Usage(format!(
            "--as-of {as_of} is not the last day of a month\nhint: write {end}"
        )));
    }
    Ok((job, as_of))
}

fn read(request: &Request, job: Job, as_of: NaiveDate) -> Result<Inputs, Error> {
    let exports = ingest::read(&job, &Locations::new(&job, request.inputs.as_deref()), as_of)?;
    Ok(Inputs { job, exports })
}

/// Runs the job and publishes the vintage. The output folder is locked before anything is read: of two runs at once the
/// second is told at once, and a run that starts later finds the same inputs published and changes nothing.
///
/// # Errors
/// As [`load`], [`forecast`], [`OutputFolder::lock`] and [`publish::publish`], and [`Error::Denied`]; nothing is
/// published then.
pub fn run(request: &Request, watch: Watch<'_>) -> Result<Report, Error> {
    let (job, as_of) = job(request)?;
    let out = request.out.clone().unwrap_or_else(|| job.resolve(&job.run.out));
    let folder = OutputFolder::lock(&out, request.no_create)?;
    watch("reading the exports");
    let inputs = read(request, job, as_of)?;
    let Inputs { job, exports } = &inputs;
    let manifest = Manifest::new(job, exports);
    let (name, revised) = match publish::place(&folder, Month::of(as_of), &manifest.fingerprint()) {
        Place::Same(path) => {
            let published = publish::unchanged(&folder, path)?;
            return Ok(Report { published, summary: Vec::new(), warnings: Vec::new() });
        }
        Place::New(name, revised) => (name, revised),
    };
    let manifest = manifest.named(name, revised.as_deref());
    let mut outcome = forecast(&inputs, watch)?;
    watch("comparing with earlier vintages");
    let published = PublishedForecast::from_tables(&outcome.tables).map_err(Error::Internal)?;
    let chain = vintages::chain(&out, name, &manifest, (job, exports), &published);
    outcome.warnings.extend(chain.warnings.iter().cloned());
    if request.deny_warnings && !outcome.warnings.is_empty() {
        return Err(Error::Denied(outcome.warnings));
    }
    watch("publishing");
    let summary = Summary::new(outcome.summary, &manifest, &chain, &outcome.scores, &outcome.warnings);
    let warnings = outcome.warnings.iter().map(ToString::to_string).collect();
    let manifest = manifest.found(warnings, outcome.models_used);
    let mut tables = outcome.tables;
    tables.extend(tables::of_chain(&chain));
    let shown = Shown::new(&tables);
    let mut files = publish::files(&tables, &job.output, &manifest.provenance())?;
    if job.output.formats.contains(&Format::Xlsx) {
        files.push(workbook::workbook(&shown, &manifest, &summary)?);
    }
    if job.output.formats.contains(&Format::Html) {
        files.push(page::file(&page::Source {
            tables: &shown,
            manifest: &manifest,
            doubts: summary.doubts(),
        })?);
    }
    files.push(OutputFile::text("summary.md", summary.markdown(&manifest)));
    files.push(OutputFile::text(vintages::JOB_FILE, job.text.clone()));
    let published = publish::publish(&folder, &manifest.wrote(&files), files)?;
    Ok(Report { published, summary: summary.lines(), warnings: outcome.warnings })
}

/// What is known and forecast, before supply is looked at.
#[derive(Debug)]
pub struct Made<'a> {
    /// Monthly market.
    pub market: MarketHistory,
    /// The order book.
    pub book: Book<'a>,
    /// The market ahead.
    pub outlook: Outlook,
    /// What demand is drawn from.
    pub demand: Demand,
    /// One a scenario, in the order of `Scenario::ALL`.
    pub forecasts: Vec<Forecast>,
    /// Past quarter ends, forecast with what was known then.
    pub replays: backtest::Replays,
}

/// Forecasts demand and replays its past.
///
/// # Errors
/// [`Error::Input`] when the as-of month itself is not covered by market data.
pub fn make<'a>(inputs: &'a Inputs, watch: Watch<'_>) -> Result<Made<'a>, Error> {
    watch("fitting the regressions");
    let Inputs { job, exports } = inputs;
    let catalogue = &job.catalogue;
    let market = MarketHistory::new(exports, job.market.next_halving, job.reading.stale_days);
    let book = Book::new(&exports.ledger, catalogue, exports.ledger.as_of);
    let outlook = Outlook::new(&market, &job.market, &job.scenarios).ok_or_else(|| {
        let reason = format!("hashprice and difficulty do not both cover {}", book.as_of);
        Error::Input(vec![Diagnostic::error(Code::Stale, diagnostic::Place::default(), reason)])
    })?;
    let past = PastFits::new(&book, &market, exports, job);
    watch("replaying past quarters");
    let replays = backtest::replay(&exports.ledger, &market, &book, job, &past);
    let demand = Demand::new(&book, &market, job, &past);
    watch("drawing paths");
    let forecasts = Scenario::ALL
        .iter()
        .map(|scenario| {
            let simulation = demand.simulate(&outlook, *scenario, job.run.paths, job.run.seed);
            let mut forecast = Forecast::new(*scenario, simulation, &book, catalogue);
            forecast.calibrate(&replays.calibration);
            forecast.override_with(&exports.overrides, book.as_of);
            forecast
        })
        .collect();
    Ok(Made { market, book, outlook, demand, forecasts, replays })
}

/// Makes the tables from the exports.
///
/// # Errors
/// As [`make`].
pub fn forecast(inputs: &Inputs, watch: Watch<'_>) -> Result<Outcome, Error> {
    let Inputs { job, exports } = inputs;
    let catalogue = &job.catalogue;
    let Made { market, book, outlook, demand, forecasts, replays } = make(inputs, watch)?;
    watch("proposing wafer orders");
    let committed = Committed::new(&exports.supply, job, book.as_of);
    let prices = prices(&book, job);
    let leftovers = Leftovers::new(job, book.as_of);
    let leftover = |model: usize, path: &Path, from: usize| {
        leftovers.value(&catalogue.models[model], prices.list[model], &path.hashprice, from)
    };
    let values = Values { list: &prices.list, expected: &prices.expected, leftover: &leftover };
    let base = &forecasts[Scenario::Base as usize];
    let firm = book.firm_with_deposit(catalogue.models.len());
    let errors = replays.calibration.n;
    let basis = Basis { job, as_of: book.as_of, committed: &committed, firm: &firm, values, errors };
    let plan = Plan::new(&basis, base, &forecasts);
    let orders = &plan.orders[Scenario::Base as usize];
    let allocations: Vec<Allocation> = forecasts
        .iter()
        .zip(&plan.orders)
        .map(|(f, orders)| {
            allocate(&committed, &proposed_chips(orders, job, book.as_of), &f.units, catalogue)
        })
        .collect();
    let pegs: Vec<Peg> = plan
        .chips
        .iter()
        .enumerate()
        .flat_map(|(chip, of)| supply::peg(chip, of, orders, base, &committed, (job, book.as_of)))
        .collect();
    let bear = outlook.carry(Scenario::Bear, &outlook.prices(Scenario::Bear));
    let what_if = supply::what_if(&plan.chips, orders, &committed, &bear, (job, values));
    let base_allocation = &allocations[Scenario::Base as usize];
    let shortages =
        supply::shortages(base_allocation, &committed, &plan.chips, orders, values, (job, book.as_of));
    let scores = backtest::scores(&replays, &book, &market, catalogue);
    let context = Context {
        job,
        as_of: book.as_of,
        exports,
        market: &market,
        book: &book,
        outlook: &outlook,
        demand: &demand,
        forecasts: &forecasts,
        committed: &committed,
        allocations: &allocations,
        plan: &plan,
        pegs: &pegs,
        what_if: &what_if,
        shortages: &shortages,
        values,
        prices: &prices,
        scores: &scores,
    };
    let tables = tables::all(&context);
    let summary = summary::lines(&context);
    let mut warnings = warnings(exports, &demand);
    let beyond = exports.overrides.iter().filter(|o| o.month > book.as_of + 12).count();
    if beyond > 0 {
        let reason = format!(
            "{beyond} override(s) are of months beyond {}, the last one forecast, and change nothing",
            book.as_of + 12
        );
        warnings.push(Diagnostic::warning(Code::Suspicious, diagnostic::Place::default(), reason));
    }
    warnings.extend(turned(
        &book.intake_th(catalogue),
        demand.intake.ratios.iter().any(|ratio| !ratio.kept.is_empty()),
    ));
    for adjustment in &exports.overrides {
        let model = catalogue.model(adjustment.model);
        if !model.ships_in(adjustment.month) && adjustment.machines > 0 {
            let reason = format!(
                "override of {} machines of {} in {}: the job has it launch in {} and end in {}",
                adjustment.machines,
                model.name(),
                adjustment.month,
                model.launch,
                model.end_of_life
            );
            warnings.push(Diagnostic::warning(Code::Suspicious, diagnostic::Place::default(), reason));
        }
    }
    warnings.extend(beyond_reach(&plan, &committed, book.as_of, job));
    warnings.extend(cannot_be_had(&plan, book.as_of, job));
    if forecasts.windows(2).all(|pair| pair[0].units == pair[1].units) {
        let reason = "bear, base and bull have the same machines: no driver beat the trailing mean at past quarter ends, and cancellations did not follow the price; market, pricing and self-mining values do differ";
        warnings.push(Diagnostic::warning(Code::Fallback, diagnostic::Place::default(), reason));
    }
    Ok(Outcome { tables, warnings, models_used: models_used(&demand, &outlook), scores, summary })
}

/// Mean price per TH of the orders signed in the job's months; `None` without any.
fn price_per_th(book: &Book<'_>, job: &Job) -> Option<Usd> {
    let since = book.as_of - job.wafers.price_months.cast_signed();
    let (mut value, mut th) = (MicroUsd::ZERO, 0.0);
    for booked in book.lots.iter().filter(|l| l.lot.terms.signed > since) {
        let money = &booked.lot.money;
        value += money.value;
        th += money.priced as f64 * job.catalogue.model(booked.lot.terms.model).hashrate_th.get();
    }
    (th > 0.0).then(|| Usd::from(value) * (1.0 / th))
}

/// Contract prices of what is open, list prices as the job or the newest orders give them.
pub(crate) fn prices(book: &Book<'_>, job: &Job) -> Prices {
    let mean = |value: MicroUsd, machines: u64| -> Option<Usd> {
        (machines > 0).then(|| Usd::from(value) * (1.0 / machines as f64))
    };
    let mut prices = Prices { contract: Vec::new(), list: Vec::new(), expected: Vec::new() };
    let per_th = price_per_th(book, job);
    for id in job.catalogue.ids() {
        let money = |lots: &mut dyn Iterator<Item = &BookedLot<'_>>, of: fn(&Money) -> (MicroUsd, u64)| {
            let (mut value, mut machines) = (MicroUsd::ZERO, 0);
            for lot in lots.filter(|l| l.lot.terms.model == id) {
                let (lot_value, lot_machines) = of(&lot.lot.money);
                value += lot_value;
                machines += lot_machines;
            }
            mean(value, machines)
        };
        prices.contract.push(money(&mut book.open(), |m| (m.left_value, m.left)));
        let mut recent = book.lots.iter().filter(|l| l.lot.terms.signed > book.as_of - 3);
        let recent = money(&mut recent, |m| (m.value, m.priced));
        let given = job.catalogue.model(id).list_price_usd.map(|p| Usd::new(p.get()));
        prices.list.push(given.or(recent).or(prices.contract[id.0]));
        prices.expected.push(per_th.map(|usd| usd * job.catalogue.model(id).hashrate_th.get()));
    }
    prices
}

fn models_used(demand: &Demand, outlook: &Outlook) -> BTreeMap<String, String> {
    let mut used = BTreeMap::new();
    for ratio in &demand.intake.ratios {
        let what = if ratio.kept.is_empty() { "ratio of 1 (trailing mean)" } else { "ratio regression" };
        used.insert(format!("intake_q{}", ratio.quarter), format!("{what}: {}", ratio.reason));
    }
    let growth = match &outlook.growth {
        crate::market::Growth::Regression(fit) => {
            format!("least squares, n = {}, R2 {:.3}", fit.n, fit.r_squared)
        }
        crate::market::Growth::TrailingMean { reason, .. } => format!("trailing mean: {reason}"),
    };
    used.insert("difficulty_growth".to_owned(), growth);
    let rates = &demand.rates;
    used.insert(
        "catch_up".to_owned(),
        format!(
            "{:.4} of what is due ships in its month, {} months",
            rates.catch_up,
            rates.catch_up_months.len()
        ),
    );
    used.insert(
        "cancellation".to_owned(),
        format!(
            "{:.4} a month, {:.4} when price has fallen since signing",
            rates.cancellation.calm, rates.cancellation.fallen
        ),
    );
    used.insert("booking_curve".to_owned(), format!("contracts of {} orders", demand.curve.n));
    used.insert("intake_errors".to_owned(), format!("{} past origins", demand.intake.errors.len()));
    used.insert(
        "price_volatility".to_owned(),
        format!("{:.4} a month, {} months", outlook.volatility, outlook.volatility_n),
    );
    used
}

/// Change of order intake from one half-year to the next beyond which a forecast at the year's mean is worth a word.
const TURN: f64 = 0.25;

/// Intake that fell or rose much within the trailing year, while no driver moves the forecast from that year's mean. `th` is
/// TH signed by month.
fn turned(th: &[f64], driven: bool) -> Option<Diagnostic> {
    let (before, last) = th.len().checked_sub(12).map(|start| th[start..].split_at(6))?;
    let (before, last): (f64, f64) = (before.iter().sum(), last.iter().sum());
    let change = last / before - 1.0;
    if driven || before <= 0.0 || change.abs() < TURN {
        return None;
    }
    let reason = format!(
        "orders signed in the last 6 months are {:.0}% {} those of the 6 months before, and no driver is kept: new orders are forecast at the mean of both, also in the wafer orders",
        100.0 * change.abs(),
        if change < 0.0 { "below" } else { "above" }
    );
    Some(Diagnostic::warning(Code::Suspicious, diagnostic::Place::default(), reason))
}

/// Wafers that no foundry takes in time, by chip.
fn cannot_be_had(plan: &Plan, as_of: Month, job: &Job) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for (terms, chip) in job.catalogue.chips.iter().zip(&plan.chips) {
        let short = &chip.short_wafers;
        let worst = (0..HORIZON).max_by_key(|h| (short[*h], std::cmp::Reverse(*h))).unwrap_or(0);
        if let Some(first) = short.iter().position(|wafers| *wafers > 0) {
            let month = |h: usize| as_of + 1 + i32::try_from(h).unwrap_or(0);
            let reason = format!(
                "chip `{}`: from ship month {} on wafers are missing that no foundry takes in time, {} of them for {}: monthly maximum or dates let no more through; the table `shortages` says what could help",
                terms.name(),
                month(first),
                short[worst],
                month(worst)
            );
            warnings.push(Diagnostic::warning(Code::Suspicious, diagnostic::Place::default(), reason));
        }
    }
    warnings
}

/// Chips that are wanted and for which no order can be placed, or not for all months until the next run.
fn beyond_reach(plan: &Plan, committed: &Committed, as_of: Month, job: &Job) -> Vec<Diagnostic> {
    let last = as_of + i32::try_from(HORIZON).unwrap_or(0);
    let review = job.wafers.review_months as usize;
    let mut warnings = Vec::new();
    for (place, (terms, chip)) in job.catalogue.chips.iter().zip(&plan.chips).enumerate() {
        let wanted = chip.need.mean[HORIZON - 1] > 0.0;
        let reachable = (0..HORIZON).any(|h| {
            let ship = as_of + 1 + i32::try_from(h).unwrap_or(0);
            !supply::candidates(place, ship, job, as_of).is_empty()
        });
        let longest = committed.open_from[place] + review;
        let reason = if wanted && !reachable {
            format!(
                "chip `{}` is needed and no order for machines up to {last} can be placed: its last_order, its foundries' dates, or lead and assembly of {} months leave none",
                terms.name(),
                committed.open_from[place]
            )
        } else if wanted && longest > HORIZON {
            format!(
                "chip `{}`: orders of the last {} of the {review} months until the next run are for machines after {last}, beyond the forecast: they are not in the tables",
                terms.name(),
                (longest - HORIZON).min(review)
            )
        } else {
            continue;
        };
        warnings.push(Diagnostic::warning(Code::Suspicious, diagnostic::Place::default(), reason));
    }
    warnings
}

fn warnings(exports: &Exports, demand: &Demand) -> Vec<Diagnostic> {
    let mut warnings = exports.warnings.clone();
    let mut say =
        |code, reason: String| warnings.push(Diagnostic::warning(code, diagnostic::Place::default(), reason));
    for note in &demand.mix.notes {
        say(Code::Fallback, note.clone());
    }
    if demand.intake.trailing_months < 12 {
        say(
            Code::Fallback,
            format!(
                "orders reach back {} months only: mean intake is taken over those",
                demand.intake.trailing_months
            ),
        );
    }
    if demand.intake.errors.is_empty() {
        say(Code::Fallback, "too little history for intake errors: intervals carry price and delivery uncertainty only and are too narrow".to_owned());
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intake_that_turned_is_told_unless_a_driver_follows_it() {
        let mut th = [10.0; 14];
        assert!(turned(&th, false).is_none() && turned(&th[..11], false).is_none());
        th[8..].fill(7.0);
        let told = turned(&th, false).unwrap().to_string();
        assert!(told.contains("30% below"), "{told}");
        assert!(turned(&th, true).is_none());
        th[8..].fill(8.0);
        assert!(turned(&th, false).is_none());
    }
}
