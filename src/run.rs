//! The whole order of a run, from inputs to vintage: which stage comes after which, what is handed on, and which warnings
//! are given.

use std::collections::BTreeMap;

use crate::accounts::{KeyAccounts, Largest};
use crate::assumed::Otherwise;
use crate::backtest;
use crate::cash::{self, Budgeted, World, WorldOf};
use crate::demand::{Demand, Forecast, PastOrigins};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::domain::Month;
use crate::error::Error;
use crate::history::{Book, MarketHistory};
use crate::implausible::implausible;
use crate::ingest::{self, PlacedOrders};
use crate::inputs::read;
pub use crate::inputs::{Inputs, Request, Task, load, load_task, task};
use crate::job::{CancelledDeposits, Catalogue, Format, Job};
use crate::market::{HORIZON, Outlook, Path, Scenario};
use crate::mix::MixUsed;
use crate::notices;
use crate::page;
use crate::parallel::in_parallel;
use crate::publish::{
    self, Listing, Manifest, OutputFile, OutputFolder, Place, Published, Revised, TEMPLATE, VintageName,
};
use crate::reconcile;
use crate::roadmap::LaunchSlip;
use crate::selling::{Prices, SalvageValues, Site};
use crate::summary::{self, Summary};
use crate::supply;
use crate::supply::{
    Allocation, Basis, Committed, Fleet, Late, Peg, Plan, Shipments, Shipping, Values, allocate,
    proposed_chips,
};
use crate::table::Table;
use crate::tables::{self, Context};
use crate::vintages::{self, PublishedForecast};
use crate::workbook;

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

/// Called with the name of each stage as it begins.
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
    /// What a person must know before reading the numbers.
    pub first: Vec<String>,
    /// What the orders hang on that is assumed, models whose intervals do not hold, and what exports say differently within the limits.
    pub doubts: Vec<String>,
    /// Parts of the forecast, which the vintage before is compared with.
    pub parts: vintages::Parts,
}

/// Runs the job and publishes the vintage. The output folder is locked before anything is read: of two runs at once the
/// second is refused at once, and a run that starts later finds the same inputs published and changes nothing.
///
/// # Errors
/// As [`load`], [`forecast`], [`OutputFolder::lock`], [`Listing::read`], [`Listing::of_job`] and [`publish::publish`], and
/// [`Error::Denied`]; nothing is published then.
pub fn run(request: &Request, task: Task, watch: Watch<'_>) -> Result<Report, Error> {
    let as_of = Month::of(task.as_of);
    let out = request.out.clone().unwrap_or_else(|| task.job.resolve(&task.job.run.out));
    let folder = OutputFolder::lock(&out, request.no_create)?;
    let listing = Listing::read(&out)?;
    listing.of_job(&out, &task.job.run)?;
    watch("reading the exports");
    let inputs = read(request, task, &listing)?;
    let Inputs { job, exports, settled, .. } = &inputs;
    let manifest = Manifest::new(job, exports);
    let first = VintageName::new(as_of, job.run.fiscal_year_starts);
    listing.of_months(&out, first)?;
    let (name, revised) = match publish::place(&folder, &listing, first, &manifest.fingerprint()) {
        Place::Same(path) => {
            let (published, warnings) = publish::unchanged(&folder, path);
            return Ok(Report { published, summary: Vec::new(), warnings });
        }
        Place::Withdrawn(path, reason) => {
            let reason = format!(
                "was made of the same job and exports and was withdrawn ({reason}): nothing is published until one of them changes"
            );
            let reported = Diagnostic::warning(Code::Vintage, diagnostic::Place::file(&path), reason);
            let (published, mut warnings) = publish::unchanged(&folder, path);
            warnings.insert(0, reported);
            return Ok(Report { published, summary: Vec::new(), warnings });
        }
        Place::New(name, revised) => (name, revised),
    };
    let manifest = manifest.named(name, &revised);
    let decided = decided_in(&out, job, &revised)?;
    let mut outcome = forecast(&inputs, watch)?;
    watch("comparing with earlier vintages");
    let published = PublishedForecast::from_tables(&outcome.tables).map_err(Error::Internal)?;
    let chain = vintages::chain(
        (&out, &listing),
        name,
        &manifest,
        (job, exports, settled),
        (&published, &outcome.parts),
        &tables::SPECS,
    );
    outcome.warnings.extend(listing.incomplete());
    outcome.warnings.extend(chain.warnings.iter().cloned());
    if request.deny_warnings && !outcome.warnings.is_empty() {
        return Err(Error::Denied(outcome.warnings));
    }
    watch("publishing");
    let summary =
        Summary::new(outcome.first, outcome.summary, &manifest, &chain, &outcome.scores, &outcome.warnings)
            .doubting(&outcome.doubts);
    let warnings = outcome.warnings.iter().map(ToString::to_string).collect();
    let manifest = manifest.found(warnings, outcome.models_used);
    let mut tables = outcome.tables;
    tables.extend(tables::of_chain(&chain));
    let mut files = publish::files(&tables, &job.output, &manifest.provenance())?;
    if job.output.formats.contains(&Format::Xlsx) {
        files.push(workbook::workbook(&tables, &manifest, &summary)?);
    }
    if job.output.formats.contains(&Format::Html) {
        files.push(page::file(&page::Source {
            tables: &tables,
            manifest: &manifest,
            first: summary.first(),
            changed: summary.changed(),
            doubts: summary.doubts(),
        })?);
    }
    files.push(OutputFile::text("summary.md", summary.markdown(&manifest)));
    files.push(OutputFile::text(vintages::JOB_FILE, job.text.clone()));
    let mut proposals: Vec<_> =
        vintages::proposals(published.wafers.as_deref().unwrap_or_default()).collect();
    // In the order of the job's chips and foundries.
    let Catalogue { chips, foundries, .. } = &job.catalogue;
    proposals.sort_by_key(|of| {
        let foundry = foundries.iter().position(|it| it.name() == of.foundry && it.chip == of.chip);
        (chips.iter().position(|chip| chip.name() == of.chip), of.place_by, foundry)
    });
    let template = publish::template((name, &proposals), settled, decided.as_ref(), job.output.dialect());
    let manifest = manifest.wrote(&files).with_template(&template);
    files.push(template);
    let (published, unfinished) = publish::publish(&folder, &manifest, files)?;
    outcome.warnings.extend(unfinished);
    Ok(Report { published, summary: summary.lines(), warnings: outcome.warnings })
}

/// What people decided in the vintage that this one revises: they find it again in the new one.
fn decided_in(out: &std::path::Path, job: &Job, revised: &Revised) -> Result<Option<PlacedOrders>, Error> {
    let Some(manifest) = &revised.manifest else { return Ok(None) };
    let file = out.join(&manifest.vintage).join(TEMPLATE);
    let written = manifest.templates.iter().any(|t| t.file == TEMPLATE) && file.exists();
    written.then(|| ingest::decisions(job, &file)).transpose()
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
    let Inputs { job, exports, reconciliation, .. } = inputs;
    let catalogue = &job.catalogue;
    let market = MarketHistory::new(exports, job.reading.stale_days);
    let mut book = Book::new(&exports.ledger, catalogue, exports.ledger.as_of);
    Prices::judge(&mut book, job);
    let outlook = Outlook::new(&market, &job.market, &job.scenarios).ok_or_else(|| {
        let reason = format!("hashprice and difficulty do not both cover {}", book.as_of);
        let error = Diagnostic::error(Code::Stale, diagnostic::Place::default(), reason);
        Error::Input([vec![error], exports.warnings.clone(), reconciliation.warnings.clone()].concat())
    })?;
    let past = PastOrigins::new(&book, &market, exports, job);
    watch("replaying past quarters");
    let replays = backtest::replay(&exports.ledger, &market, &book, job, &past);
    let mut demand = Demand::new(&book, &market, job, &past);
    // Only what is paid back, or due on dates, hangs on what is cancelled on a path.
    demand.cancelled_on_paths =
        job.cash.cancelled_deposits == CancelledDeposits::Refunded || !exports.ledger.receivable.is_empty();
    watch("drawing paths");
    let forecasts = in_parallel(Scenario::ALL.to_vec(), |scenario| {
        let simulation = demand.simulate(&outlook, scenario, job.run.paths, job.run.seed);
        let mut forecast = Forecast::new(scenario, simulation, &book, catalogue);
        forecast.calibrate(&replays.calibration);
        forecast.override_with(&exports.overrides, book.as_of);
        forecast
    });
    Ok(Made { market, book, outlook, demand, forecasts, replays })
}

/// Makes the tables from the exports.
///
/// # Errors
/// As [`make`], and [`Error::Input`] when the forecast contradicts the orders that it is made from.
#[expect(clippy::too_many_lines, reason = "the stages in their order")]
pub fn forecast(inputs: &Inputs, watch: Watch<'_>) -> Result<Outcome, Error> {
    let Inputs { job, exports, reconciliation, .. } = inputs;
    let catalogue = &job.catalogue;
    let Made { market, book, outlook, demand, mut forecasts, replays } = make(inputs, watch)?;
    watch("proposing wafer orders");
    let base = &forecasts[Scenario::Base as usize];
    let fleet = Fleet::new(&book, job, &base.units);
    let committed = Committed::new(&exports.supply, job, book.as_of).with_claims(&book, catalogue);
    let committed = match &fleet {
        Some(fleet) => committed.with_fleet(fleet.chips.clone()),
        None => committed,
    };
    let site = Site::new(job, &exports.supply, book.as_of);
    let committed = match &site {
        Some(site) => committed.without(&site.goes_in),
        None => committed,
    };
    let prices = Prices::new(&book, job);
    let salvage_values = SalvageValues::new(job, book.as_of);
    let salvage = |model: usize, path: &Path, from: usize| {
        salvage_values.value(&catalogue.models[model], prices.list[model], &path.hashprice, from)
    };
    let room = site.as_ref().map(|site| site.room(&machines_of_chips(base, catalogue)));
    let values =
        Values { list: &prices.list, expected: &prices.expected, salvage: &salvage, room: room.as_ref() };
    let firm = book.firm_with_deposit(catalogue);
    let errors = replays.calibration.n;
    let late = Late { release: demand.rates.catch_up, lost: demand.lateness.rate };
    let basis = Basis {
        job,
        as_of: book.as_of,
        committed: &committed,
        firm: &firm,
        values,
        errors,
        lost_share: demand.lateness.lost_share(&job.wafers),
    };
    let rule = Plan::new(&basis, base, &forecasts);
    let of = WorldOf {
        job,
        book: &book,
        exports,
        market: &market,
        demand: &demand,
        committed: &committed,
        prices: &prices,
        values,
        late,
        site: site.as_ref(),
    };
    let world = World::new(of, base.simulation.paths);
    let (budget, plan) = Budgeted::new(&world, &basis, &rule, &forecasts);
    let orders = &plan.orders[Scenario::Base as usize];
    let mix = MixUsed::new((&book, &demand, &outlook), &replays, &exports.overrides, &basis, &rule);
    let otherwise = Otherwise::all(&basis, base, &rule, &demand.lateness);
    let slips = LaunchSlip::all(inputs, (&market, &outlook), &replays, &basis, &rule);
    let price_response = demand.at_lower_price(&outlook, job.run.seed);
    let stretches = tables::stretches(book.as_of + 1, job.run.fiscal_year_starts);
    // One after the other: each holds all its paths until it is summed up.
    let shipping = forecasts
        .iter()
        .map(|forecast| Shipping::new(&committed, forecast, catalogue, (late, job.run.seed), &stretches));
    let shipping: Vec<Option<Shipping>> = shipping.collect();
    let allocations: Vec<Allocation> = forecasts
        .iter()
        .zip(&plan.orders)
        .zip(&shipping)
        .map(|((f, orders), shipping)| {
            let proposed = proposed_chips(orders, job, book.as_of);
            let Some(shipping) = shipping else {
                return allocate(&committed, &proposed, &f.units, late.lost, catalogue);
            };
            let mut allocation = allocate(&committed, &proposed, &shipping.asked(f), late.lost, catalogue);
            allocation.against(&f.units, &shipping.lost, &shipping.held_back);
            allocation
        })
        .collect();
    let within = job.factory.level_within;
    let level = |of: &Allocation| within.and_then(|within| supply::level(of, &committed, catalogue, within));
    let levelled: Vec<Option<supply::Levelled>> = allocations.iter().map(level).collect();
    let pegs: Vec<Peg> = catalogue
        .chip_ids()
        .zip(&plan.chips)
        .flat_map(|(chip, of)| supply::peg(chip, of, orders, base, &committed, (job, book.as_of)))
        .collect();
    let bear = outlook.project(Scenario::Bear, &outlook.prices(Scenario::Bear));
    let what_if = supply::what_if(&plan.chips, orders, &committed, &bear, (job, values));
    let base_allocation = &allocations[Scenario::Base as usize];
    let shortages =
        supply::shortages(base_allocation, &committed, &plan.chips, orders, values, (job, book.as_of));
    let ships = Shipments {
        allocation: base_allocation,
        shipping: shipping[Scenario::Base as usize].as_ref(),
        committed: &committed,
        supply: &exports.supply,
        orders,
        list: &prices.list,
    };
    let lines = exports.ledger.open_lines.as_deref();
    let waiting = lines.map(|lines| supply::who_waits(lines, &ships, (job, book.as_of))).unwrap_or_default();
    watch("playing paths of cash");
    let terms = (job, values, book.as_of);
    let keep = supply::keep_or_cancel(&plan.chips, orders, &exports.supply, base, &committed, terms);
    let deposits = supply::at_deposits(&basis, base);
    let cash = cash::Found::new(&world, &forecasts, &outlook, &plan, &allocations);
    // Paths are not looked at any more: with many models they take more room than all else.
    in_parallel(forecasts.iter_mut().collect(), |forecast| forecast.sum_up(&stretches));
    let base = &forecasts[Scenario::Base as usize];
    let accounts = KeyAccounts::new(exports, job, base, &prices.list, book.as_of);
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
        fleet: fleet.as_ref(),
        site: site.as_ref(),
        allocations: &allocations,
        levelled: &levelled,
        shipping: &shipping,
        price_response,
        plan: &plan,
        pegs: &pegs,
        what_if: &what_if,
        shortages: &shortages,
        waiting: &waiting,
        values,
        cash: &cash,
        budget: &budget,
        keep: &keep,
        deposits: &deposits,
        prices: &prices,
        accounts: &accounts,
        scores: &scores,
        mix: mix.as_ref(),
        slips: &slips,
    };
    let mut reconciliation = reconciliation.clone();
    let firm_to_ship = book.firm_to_ship::<HORIZON>(catalogue).iter().flatten().sum();
    reconciliation.result(job, exports, &reconcile::Made { base, orders, firm_to_ship });
    if !reconciliation.errors.is_empty() {
        let warnings =
            [exports.warnings.clone(), notices::demand(&demand, job), reconciliation.warnings].concat();
        return Err(Error::Input([reconciliation.errors, warnings].concat()));
    }
    let mut tables = tables::all(&context);
    tables.push(tables::reconciliation(&context.stamp(), &reconciliation.rows));
    let summary = summary::lines(&context);
    let first = summary::first(&context, &reconciliation);
    let mut doubts = summary::doubts(&context, &otherwise);
    doubts.extend(reconciliation.doubt());
    let mut warnings = exports.warnings.clone();
    warnings.extend(notices::assumptions(job, exports.as_of));
    warnings.extend(notices::factory(job, book.as_of, committed.known));
    warnings.extend(notices::demand(&demand, job));
    warnings.extend(notices::market(&outlook, &market, &job.market));
    warnings.extend(notices::open_lines(&exports.ledger));
    warnings.extend(notices::prices(&prices.list, base, catalogue));
    warnings.extend(reconciliation.warnings);
    warnings.extend(notices::overrides(&exports.overrides, catalogue, book.as_of));
    warnings.extend(notices::pipeline(&accounts, exports));
    warnings.extend(notices::wafers(&plan, &committed, book.as_of, job));
    warnings.extend(notices::channel(exports, (base, &demand), (job, book.as_of)));
    warnings.extend(notices::mining(site.as_ref(), job));
    warnings.extend(notices::repairs((fleet.as_ref(), &book), base_allocation, &committed, job));
    warnings.extend(notices::launches(job, book.as_of));
    warnings.extend(notices::budget(&budget, job));
    warnings.extend(notices::same_machines(&forecasts, &outlook));
    warnings.extend(implausible(job, &book, &outlook, &plan));
    Ok(Outcome {
        tables,
        warnings,
        models_used: models_used(
            &demand,
            &outlook,
            world.following(),
            job,
            (
                mix.as_ref()
                    .map(|mix| mix.described(catalogue, crate::views::words::grouped) + budget.aside()),
                world.largest().map(Largest::described),
            ),
            &slips
                .iter()
                .map(|slip| slip.described(job, crate::views::words::grouped) + budget.aside())
                .collect::<Vec<_>>()
                .join("; "),
        ),
        scores,
        summary,
        first,
        doubts,
        parts: vintages::Parts::of(base),
    })
}

/// Machines forecast over the twelve months of all models of each model's chip.
fn machines_of_chips(base: &Forecast, catalogue: &Catalogue) -> Vec<f64> {
    let of = |model: usize| base.units[model].iter().sum::<i64>() as f64;
    let chip = |id| catalogue.models_of(catalogue.chip_of(id)).into_iter().map(of).sum();
    catalogue.ids().map(chip).collect()
}

/// What each part of the forecast used, for the manifest.
fn models_used(
    demand: &Demand,
    outlook: &Outlook,
    following: &cash::Following,
    job: &Job,
    (mix, largest): (Option<String>, Option<String>),
    slips: &str,
) -> BTreeMap<String, String> {
    let mut used = BTreeMap::new();
    used.extend(mix.map(|mix| (publish::MIX.to_owned(), mix)));
    used.extend(largest.map(|largest| (publish::LARGEST_CUSTOMER.to_owned(), largest)));
    if !slips.is_empty() {
        used.insert(publish::LAUNCH_SLIP.to_owned(), slips.to_owned());
    }
    used.insert(publish::OPENING_CASH.to_owned(), summary::opening_cash(job));
    used.insert("intake".to_owned(), demand.intake.described());
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
    used.insert("cancellation".to_owned(), demand.leaving.described());
    used.insert("late_customers".to_owned(), demand.lateness.described());
    used.insert(
        "list_price".to_owned(),
        format!(
            "follows the payback price by {} after 0, 1, 2 and 3 months, n = {}",
            following.by_lag.map(|of| format!("{of:.2}")).join(", "),
            following.n
        ),
    );
    used.insert("lead_times".to_owned(), format!("contracts of {} orders", demand.lead_times.n));
    used.insert(
        "price_volatility".to_owned(),
        format!("{:.4} a month, {} months", outlook.volatility, outlook.volatility_n),
    );
    used
}
