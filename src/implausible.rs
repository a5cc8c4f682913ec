//! Numbers of the job that its other numbers, or the exports, speak against. Each may be right, so that each is a warning; what can never
//! be right is refused when the job is read (`job/check_sections.rs`, `job/check_catalogue.rs`).

use std::fmt;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::{LAST_HALVING, Month, Usd};
use crate::history::Book;
use crate::job::{Job, Model, good_chips_per_wafer};
use crate::market::{HORIZON, Outlook, Scenario};
use crate::selling::recent_price;
use crate::supply::Plan;

/// TH of a chip of one model over those of another with the same chip. The largest of the fixtures and simulated makers is 1.6; a
/// digit too few or too many in `chips_per_machine` makes it 10.
const MOST_TH_A_CHIP: f64 = 2.5;

/// Joules per TH of machines that were ever sold for long: 98 in 2016, 13 in 2025.
const EFFICIENCY: std::ops::RangeInclusive<f64> = 5.0..=150.0;

/// Yield of a foundry over that of the chip.
const MOST_YIELD: f64 = 2.0;

/// Months from one halving to the next: 46 to 48 so far.
const HALVING_MONTHS: std::ops::RangeInclusive<i32> = 42..=54;

/// Least wafers that a foundry takes over what a chip needs in the whole horizon.
const MOST_LEAST: f64 = 1.0;

/// Assembly capacity over the most machines that left in a month of the last year.
const LEAST_CAPACITY: f64 = 0.5;

/// One number to look at again.
enum Doubt<'a> {
    Chips { model: &'a Model, th: f64, other: &'a Model, other_th: f64 },
    Efficiency { model: &'a Model, joules: f64 },
    Yield { foundry: &'a str, own: f64, chip: &'a str, usual: f64 },
    ListPrice { model: &'a str, list: Usd, own: Usd },
    OptionPrice { model: &'a str, machines: u32, until: NaiveDate, price: Usd, own: Usd },
    Least { foundry: &'a str, least: u32, chip: &'a str, need: f64 },
    Capacity { machines: u32, from: Month, most: f64, in_month: Month },
    Halving(Month),
    Order { low: Scenario, high: Scenario, low_price: f64, high_price: f64 },
}

impl fmt::Display for Doubt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chips { model, th, other, other_th } => write!(
                f,
                "chips_per_machine = {} of {} makes {th:.2} TH a chip, and {} of {} make {other_th:.2} of the same chip `{}`: check both; wafers follow from them",
                model.chips_per_machine,
                model.name(),
                other.chips_per_machine,
                other.name(),
                model.chip
            ),
            Self::Efficiency { model, joules } => write!(
                f,
                "power_w = {} and hashrate_th = {} of {} make {joules:.1} J/TH, where machines have {} to {}: check both",
                model.power_w.get(),
                model.hashrate_th.get(),
                model.name(),
                EFFICIENCY.start(),
                EFFICIENCY.end()
            ),
            Self::Yield { foundry, own, chip, usual } => write!(
                f,
                "yield = {own} of foundry {foundry} is far from the {usual:.2} of its chip `{chip}`: check both; wafers follow from it"
            ),
            Self::ListPrice { model, list, own } => write!(
                f,
                "list_price_usd = {:.0} of {model} is far from the {:.0} USD of its newest orders: write USD a machine, or take the key out and the orders give it",
                list.dollars(),
                own.dollars()
            ),
            Self::OptionPrice { model, machines, until, price, own } => write!(
                f,
                "an option of {machines} machines of {model} until {until} has a price of {:.0} USD, and the newest orders of it {:.0}: check its unit and currency; the range has it taken where a machine costs more than that",
                price.dollars(),
                own.dollars()
            ),
            Self::Least { foundry, least, chip, need } => write!(
                f,
                "min_wafers = {least} of foundry {foundry} is more than the {need:.0} wafers of `{chip}` that all twelve months need: an order buys for longer than the forecast sees; check it"
            ),
            Self::Capacity { machines, from, most, in_month } => write!(
                f,
                "[factory] lets {machines} machines be assembled in {from}, and {most:.0} left in {in_month}: check machines_per_month and months"
            ),
            Self::Halving(next) => write!(
                f,
                "next_halving = \"{next}\" is {} months after that of {LAST_HALVING}; they come 46 to 48 months apart: hashprice and what a machine earns are halved from then on",
                *next - LAST_HALVING
            ),
            Self::Order { low, high, low_price, high_price } => write!(
                f,
                "the {} path of [scenarios] ends at {low_price:.0} USD a bitcoin, above the {high_price:.0} of {}: numbers are multiples of today's price, 1 for the same; check both",
                low.name(),
                high.name()
            ),
        }
    }
}

impl From<Doubt<'_>> for Diagnostic {
    fn from(doubt: Doubt<'_>) -> Self {
        Self::warning(Code::Suspicious, Place::default(), doubt.to_string())
    }
}

/// What to look at again.
pub(crate) fn implausible(job: &Job, book: &Book<'_>, outlook: &Outlook, plan: &Plan) -> Vec<Diagnostic> {
    let mut doubts = machines(job);
    doubts.extend(foundries(job, plan));
    doubts.extend(list_prices(job, book));
    doubts.extend(option_prices(job, book));
    doubts.extend(capacity(job, book));
    doubts.extend(
        Some(job.market.next_halving)
            .filter(|next| !HALVING_MONTHS.contains(&(*next - LAST_HALVING)))
            .map(Doubt::Halving),
    );
    doubts.extend(scenarios(outlook));
    doubts.into_iter().map(Into::into).collect()
}

/// Chips and power of models. Of a chip the model is named that is furthest from the middle one.
fn machines(job: &Job) -> Vec<Doubt<'_>> {
    let models = &job.catalogue.models;
    let mut doubts = Vec::new();
    for chip in job.catalogue.chip_ids() {
        let mut of: Vec<(f64, &Model)> = job
            .catalogue
            .models_of(chip)
            .into_iter()
            .map(|m| (models[m].hashrate_th.get() / f64::from(models[m].chips_per_machine), &models[m]))
            .collect();
        of.sort_by(|a, b| a.0.total_cmp(&b.0));
        let Some((middle, other)) = of.get(of.len() / 2).copied() else { continue };
        let far = of.iter().filter(|(th, _)| (th / middle).max(middle / th) > MOST_TH_A_CHIP);
        doubts.extend(far.map(|(th, model)| Doubt::Chips { model, th: *th, other, other_th: middle }));
    }
    let joules = models.iter().map(|model| (model, model.power_w.get() / model.hashrate_th.get()));
    doubts.extend(
        joules
            .filter(|(_, joules)| !EFFICIENCY.contains(joules))
            .map(|(model, joules)| Doubt::Efficiency { model, joules }),
    );
    doubts
}

/// Yields and least quantities of foundries.
fn foundries<'a>(job: &'a Job, plan: &Plan) -> Vec<Doubt<'a>> {
    let mut doubts = Vec::new();
    for (id, of) in job.catalogue.chip_ids().zip(&plan.chips) {
        let chip = &job.catalogue.chips[id.0];
        let need = of.need.mean[HORIZON - 1];
        for foundry in job.catalogue.foundries.iter().filter(|foundry| foundry.chip == chip.name()) {
            let (good, usual) =
                (good_chips_per_wafer(chip, foundry.yield_share), good_chips_per_wafer(chip, None));
            if let Some(own) = foundry.yield_share
                && (good / usual).max(usual / good) > MOST_YIELD
            {
                let (own, usual) = (own.get(), own.get() * usual / good);
                doubts.push(Doubt::Yield { foundry: foundry.name(), own, chip: chip.name(), usual });
            }
            let wafers = need / good;
            if wafers > 0.0 && f64::from(foundry.min_wafers) > MOST_LEAST * wafers {
                let (foundry, least) = (foundry.name(), foundry.min_wafers);
                doubts.push(Doubt::Least { foundry, least, chip: chip.name(), need: wafers });
            }
        }
    }
    doubts
}

/// List prices of the job against the newest orders of the model.
fn list_prices<'a>(job: &'a Job, book: &Book<'_>) -> Vec<Doubt<'a>> {
    let factor = job.plausibility.price_factor.get();
    let given = job.catalogue.ids().filter_map(|id| {
        let model = job.catalogue.model(id);
        let (list, own) = (Usd::new(model.list_price_usd?.get()), recent_price(book, id)?);
        let ratio = list / own;
        (ratio.max(1.0 / ratio) > factor).then(|| Doubt::ListPrice { model: model.name(), list, own })
    });
    given.collect()
}

/// Prices of options against the newest orders of the model.
fn option_prices<'a>(job: &'a Job, book: &Book<'_>) -> Vec<Doubt<'a>> {
    let factor = job.plausibility.price_factor.get();
    let odd = book.options.iter().filter_map(|option| {
        let (price, own) = (option.unit_price?, recent_price(book, option.model)?);
        let ratio = price / own;
        (ratio.max(1.0 / ratio) > factor).then(|| Doubt::OptionPrice {
            model: job.catalogue.model(option.model).name(),
            machines: option.quantity,
            until: option.until,
            price,
            own,
        })
    });
    odd.collect()
}

/// The first month ahead in which far fewer machines can be assembled than left in the best month of the last year.
fn capacity(job: &Job, book: &Book<'_>) -> Option<Doubt<'static>> {
    let left = book.deliveries_all();
    let months = (0..left.len()).map(|month| book.first.plus(month)).zip(left);
    let year = months.filter(|(month, _)| *month > book.as_of - 12);
    let (in_month, most) = year.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let ahead = (book.as_of + 1).run(12).find_map(|month| {
        let machines = job.factory.capacity(month)?;
        (f64::from(machines) < LEAST_CAPACITY * most).then_some((machines, month))
    });
    ahead.map(|(machines, from)| Doubt::Capacity { machines, from, most, in_month })
}

/// Scenarios that end in another order than their names say.
fn scenarios(outlook: &Outlook) -> Option<Doubt<'static>> {
    let ends = Scenario::ALL.map(|scenario| (scenario, outlook.prices(scenario)[HORIZON - 1]));
    ends.windows(2).find(|pair| pair[0].1 > pair[1].1).map(|pair| Doubt::Order {
        low: pair[0].0,
        high: pair[1].0,
        low_price: pair[0].1,
        high_price: pair[1].1,
    })
}
