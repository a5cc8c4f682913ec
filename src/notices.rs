//! What a run found out that a person should know, beside what its exports and their comparison said.

use std::cmp::Reverse;
use std::fmt;

use chrono::NaiveDate;

use crate::accounts::KeyAccounts;
use crate::cash::Budgeted;
use crate::demand::{CHANNEL_COVER, Demand, Forecast};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::{Month, Share, Usd};
use crate::history::{Book, MarketHistory};
use crate::ingest::{Exports, Ledger, Override};
use crate::job::{Catalogue, ChipId, Job, Market, Stress};
use crate::market::{HORIZON, Outlook, Scenario};
use crate::selling::{Channel, Site, Stock};
use crate::supply::{self, Allocation, Committed, Fleet, Plan};

/// Months of history below which the level of intake is said to rest on little.
const SHORT_HISTORY: usize = 12;

/// Months of what they sell on that distributors hold from which on they are told.
const FULL_MONTHS: f64 = 12.0;

/// Machines of bull and bear over the quarters after the first that differ by less although the prices differ, as a share.
const SAME_MACHINES: f64 = 0.02;

/// How far the prices of bull and bear must lie apart for that: a fifth. Closer prices move few machines of any maker.
const PRICES_APART: f64 = 0.2;

/// One thing to know. Its text is the message; [`Notice::code`] says what kind it is.
#[derive(Clone, Debug)]
enum Notice<'a> {
    /// Keys of `[demand]` that an earlier version read.
    ObsoleteKeys(Vec<&'static str>),
    /// A model whose share of the mix is not from its own orders.
    Mix(&'a str),
    /// Models with a forecast and no price: neither the job nor an order gives one.
    NoPrice(Vec<&'a str>),
    /// More open order lines than are listed.
    TooManyLines,
    /// Orders that reach back few months.
    ShortHistory { months: usize },
    /// A market history shorter than the months that the job measures volatility on.
    ShortMarket { months: usize, asked: u32, first: Month },
    /// Overrides of months after the horizon.
    OverridesBeyond { count: usize, last: Month },
    /// Deals of more machines than the forecast has unsigned.
    PipelineBeyond { weighted: f64, unsigned: i64 },
    /// An override of a month in which the model does not ship.
    OverrideOutsideLife { adjustment: &'a Override, model: &'a str, launch: String, end_of_life: String },
    /// Wafers that no foundry takes in time: from a ship month on, and most of them for another.
    Short { chip: &'a str, from: Month, most: i64, at: Month },
    /// A chip that is needed and cannot be ordered.
    NoOrder { chip: &'a str, last: Month, months: usize },
    /// A chip some of whose orders before the next run are for machines after the horizon.
    BeyondHorizon { chip: &'a str, last: Month, months: usize, review: usize },
    /// Capacity of months after the horizon.
    CapacityBeyond { months: Vec<Month>, last: Month },
    /// Arrivals of a part that lie in the past.
    ArrivalsPast { part: &'a str, months: Vec<Month>, as_of: Month },
    /// Limits of the factory where supply is not known.
    FactoryWithoutSupply,
    /// Something that the job takes for granted no longer holds.
    Expired { text: &'a str, owner: &'a str, expires: NaiveDate },
    /// A channel that holds more than a year of what it sells on, by model; what of sell-in it can take the place of in twelve months, and what
    /// the forecast takes off.
    ChannelFull { models: Vec<String>, counted: NaiveDate, most: i64, taken: i64 },
    /// A model whose launch may slip, and that is launched already.
    Launched { model: &'a str, launch: Month },
    /// Machines that are to go into the maker's own sites and are not on hand.
    NotOnHand { model: &'a str, machines: u64 },
    /// Months of the warranty whose deliveries are not known.
    FleetUnknown { months: u32, from: Month },
    /// Chips for repairs that supply does not have in time, most of them at the end of a month.
    RepairsWait { chip: &'a str, chips: i64, at: Month },
    /// Lots of orders whose limit on cash cannot be looked at.
    CashUnchecked,
    /// Least share of paths below the limit with any orders, the wafers at which it is, and the share allowed, which is less.
    NeverWithin { below: f64, wafers: i64, allowed: f64, stress: Stress },
    /// Bear and bull that come to the same machines at different prices, in USD per bitcoin at the end of the horizon.
    SameMachines { differ: i64, of: i64, bear_price: f64, bull_price: f64 },
}

impl Notice<'_> {
    const fn code(&self) -> Code {
        match self {
            Self::Mix(_)
            | Self::NoPrice(_)
            | Self::TooManyLines
            | Self::ShortHistory { .. }
            | Self::ShortMarket { .. }
            | Self::FleetUnknown { .. }
            | Self::SameMachines { .. } => Code::Fallback,
            _ => Code::Suspicious,
        }
    }
}

impl From<Notice<'_>> for Diagnostic {
    fn from(notice: Notice<'_>) -> Self {
        Self::warning(notice.code(), Place::default(), notice.to_string())
    }
}

impl fmt::Display for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ObsoleteKeys(keys) => write!(
                f,
                "{} in the job's [demand] no longer do anything: orders respond to the market by evidence now (docs/concepts/method.md); take them out",
                keys.join(", ")
            ),
            Self::Mix(note) => f.write_str(note),
            Self::Launched { model, launch } => write!(
                f,
                "model `{model}` is already launched ({launch}): its launch_slip_months has no effect; take it out"
            ),
            Self::NoPrice(models) => write!(
                f,
                "{} has no price: neither list_price_usd in the job nor unit_price_usd of an order gives one; its wafers are ordered for the mean forecast, and cash and write-downs leave out what it would bring",
                models.join(", ")
            ),
            Self::TooManyLines => f.write_str(
                "more than 20,000 order lines are open: the table `open_orders` of who waits is empty; `shortages` has the machines that wait by month",
            ),
            Self::ShortHistory { months } => {
                write!(f, "orders reach back {months} months only: the level of intake is taken over those")
            }
            Self::ShortMarket { months, asked, first } => write!(
                f,
                "price volatility is measured on {months} months where volatility_months asks for {asked}: hashprice and difficulty go back to {first} together; intervals, bear and bull rest on it"
            ),
            Self::OverridesBeyond { count, last } => write!(
                f,
                "{count} override(s) are of months beyond {last}, the last one forecast, and change nothing"
            ),
            Self::PipelineBeyond { weighted, unsigned } => write!(
                f,
                "the deals of the pipeline come to {weighted:.0} machines by their probabilities within the 12 months, and the forecast has {unsigned} that are not signed: key_accounts cuts each deal in proportion; look whether the probabilities are too high, or the forecast too low"
            ),
            Self::OverrideOutsideLife { adjustment, model, launch, end_of_life } => write!(
                f,
                "override of {} machines of {model} in {}: the job has it launch in {launch} and end in {end_of_life}",
                adjustment.machines, adjustment.month
            ),
            Self::Short { chip, from, most, at } => write!(
                f,
                "chip `{chip}`: from ship month {from} on wafers are missing that no foundry takes in time, {most} of them for {at}: monthly maximum or dates let no more through; the table `shortages` says what could help"
            ),
            Self::NoOrder { chip, last, months } => write!(
                f,
                "chip `{chip}` is needed and no order for machines up to {last} can be placed: its last_order, its foundries' dates, or lead and assembly of {months} months leave none"
            ),
            Self::BeyondHorizon { chip, last, months, review } => write!(
                f,
                "chip `{chip}`: orders of the last {months} of the {review} months until the next run are for machines after {last}, beyond the forecast: they are not in the tables"
            ),
            Self::CapacityBeyond { months, last } => write!(
                f,
                "[factory] months: {} lie beyond {last}, the last month forecast, and change nothing yet",
                listed(months)
            ),
            Self::ArrivalsPast { part, months, as_of } => write!(
                f,
                "part `{part}`: arrivals of {} are not after {as_of}: they are taken to be in stock, not added to it; take them out, and correct the month of what is late",
                listed(months)
            ),
            Self::FactoryWithoutSupply => f.write_str(
                "[factory] and [[parts]] do nothing: supply is not known, and without it nothing limits what ships; give the supply export",
            ),
            Self::Expired { text, owner, expires } => write!(
                f,
                "the assumption `{text}` expired on {expires}: ask {owner} whether it still holds, and move its `expires` in [[assumptions]] or take it out"
            ),
            Self::ChannelFull { models, counted, most, taken } => write!(
                f,
                "distributors hold more than a year of what they sell on, counted {counted}: {}; in twelve months that can take the place of at most {most} machines of sell-in, all that they sell on, and the forecast takes {taken} off for it (driver channel_cover: a small prior, moved by what this maker's distributors have done); plan with less where they buy nothing until it is sold",
                models.join(", ")
            ),
            Self::NotOnHand { model, machines } => write!(
                f,
                "[mining] moves: {machines} machines of {model} that are to go in are not on hand: they do not go in; put fewer in, or count them in supply"
            ),
            Self::FleetUnknown { months, from } => write!(
                f,
                "[spares]: deliveries are known from {from} on: machines shipped in the {months} months of the warranty before are not counted, and draw no chips; give older shipments, or a shorter warranty_months"
            ),
            Self::RepairsWait { chip, chips, at } => write!(
                f,
                "chip `{chip}`: at worst {chips} chips for repairs under warranty are missing, at the end of {at} (tables stock and pegging): repairs come before machines, and committed supply has no more"
            ),
            Self::CashUnchecked => f.write_str(
                "below_limit_probability of [budget] is not kept: a machine that is wanted has no price, so that cash is not known; give it a list_price_usd",
            ),
            Self::NeverWithin { below, wafers, allowed, stress } => write!(
                f,
                "no order is placed: whatever is ordered now, cash falls below the limit on at least {:.1}% of the paths{} (with {wafers} wafers), and below_limit_probability of [budget] allows {:.1}%; raise it, opening_cash_usd or credit_line_usd of [cash]",
                100.0 * below,
                stress.words(),
                100.0 * allowed
            ),
            Self::SameMachines { differ, of, bear_price, bull_price } => write!(
                f,
                "bear and bull differ by {differ} of {of} machines from the second quarter on, at prices of {bear_price:.0} and {bull_price:.0} USD in a year: orders of this maker have not followed the price, and a fall would show in the orders first; market, pricing and self-mining values do differ"
            ),
        }
    }
}

/// What the forecast of demand rests on.
pub(crate) fn demand(demand: &Demand, job: &Job) -> Vec<Diagnostic> {
    let obsolete = job.demand.without_effect();
    let keys = (!obsolete.is_empty()).then_some(Notice::ObsoleteKeys(obsolete));
    let mix = demand.mix.notes.iter().map(|note| Notice::Mix(note));
    let months = demand.intake.months;
    let short = (months < SHORT_HISTORY).then_some(Notice::ShortHistory { months });
    keys.into_iter().chain(mix).chain(short).map(Into::into).collect()
}

/// Limits of the factory that do nothing.
pub(crate) fn factory(job: &Job, as_of: Month, supply_known: bool) -> Vec<Diagnostic> {
    let last = as_of.plus(HORIZON);
    let months: Vec<Month> = job.factory.beyond(last).collect();
    let beyond = (!months.is_empty()).then_some(Notice::CapacityBeyond { months, last });
    let past = job.parts.iter().filter_map(|part| {
        let months: Vec<Month> =
            part.arriving().map(|(month, _)| month).filter(|month| *month <= as_of).collect();
        (!months.is_empty()).then(|| Notice::ArrivalsPast { part: part.name(), months, as_of })
    });
    let limits = job.factory.limits() || job.factory.level_within.is_some() || !job.parts.is_empty();
    let nothing = (limits && !supply_known).then_some(Notice::FactoryWithoutSupply);
    beyond.into_iter().chain(past).chain(nothing).map(Into::into).collect()
}

/// Months in words.
fn listed(months: &[Month]) -> String {
    months.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What the job takes for granted and no longer holds.
pub(crate) fn assumptions(job: &Job, as_of: NaiveDate) -> Vec<Diagnostic> {
    let expired = job.assumptions.iter().filter(|assumption| assumption.expired(as_of));
    let each = expired.filter_map(|a| {
        Some(Notice::Expired { text: a.text.as_ref(), owner: &a.owner, expires: a.expires? })
    });
    each.map(Into::into).collect()
}

/// A book of more open lines than are listed.
pub(crate) fn open_lines(ledger: &Ledger) -> Option<Diagnostic> {
    ledger.open_lines.is_none().then(|| Notice::TooManyLines.into())
}

/// Models that are forecast without a price.
pub(crate) fn prices(list: &[Option<Usd>], base: &Forecast, catalogue: &Catalogue) -> Option<Diagnostic> {
    let models = catalogue.models.iter().zip(list).zip(&base.units);
    let bare = models.filter(|((_, price), units)| price.is_none() && units.iter().any(|n| *n > 0));
    let bare: Vec<&str> = bare.map(|((model, _), _)| model.name()).collect();
    (!bare.is_empty()).then(|| Notice::NoPrice(bare).into())
}

/// A market history that is short for what is measured on it.
pub(crate) fn market(outlook: &Outlook, history: &MarketHistory, settings: &Market) -> Option<Diagnostic> {
    let first = outlook.short(history, settings)?;
    let (months, asked) = (outlook.volatility_n, settings.volatility_months);
    Some(Notice::ShortMarket { months, asked, first }.into())
}

/// A pipeline that has more than the forecast.
pub(crate) fn pipeline(accounts: &KeyAccounts, exports: &Exports) -> Option<Diagnostic> {
    let (weighted, unsigned) = (accounts.weighted, accounts.all.unsigned());
    let beyond = weighted.round() > unsigned as f64;
    beyond.then(|| Diagnostic {
        place: exports.place("pipeline"),
        ..Notice::PipelineBeyond { weighted, unsigned }.into()
    })
}

/// Overrides that change nothing, or a month in which their model does not ship.
pub(crate) fn overrides(overrides: &[Override], catalogue: &Catalogue, as_of: Month) -> Vec<Diagnostic> {
    let last = as_of.plus(HORIZON);
    let count = overrides.iter().filter(|o| o.month > last).count();
    let beyond = (count > 0).then_some(Notice::OverridesBeyond { count, last });
    let outside = overrides.iter().filter_map(|adjustment| {
        let model = catalogue.model(adjustment.model);
        (!model.ships_in(adjustment.month) && adjustment.machines > 0).then(|| Notice::OverrideOutsideLife {
            adjustment,
            model: model.name(),
            launch: model.launch.to_string(),
            end_of_life: model.end_of_life.to_string(),
        })
    });
    beyond.into_iter().chain(outside).map(Into::into).collect()
}

/// Wafers that cannot be had, by chip.
pub(crate) fn wafers(plan: &Plan, committed: &Committed, as_of: Month, job: &Job) -> Vec<Diagnostic> {
    let chips: Vec<ChipId> = job.catalogue.chip_ids().collect();
    let beyond = chips.iter().filter_map(|chip| beyond_reach(plan, committed, as_of, (job, *chip)));
    beyond.chain(chips.iter().filter_map(|chip| short(plan, as_of, (job, *chip)))).map(Into::into).collect()
}

/// Wafers that no foundry takes in time.
fn short<'a>(plan: &Plan, as_of: Month, (job, chip): (&'a Job, ChipId)) -> Option<Notice<'a>> {
    let short = &plan.chips[chip].short_wafers;
    let from = short.iter().position(|wafers| *wafers > 0)?;
    let worst = (0..HORIZON).max_by_key(|h| (short[*h], Reverse(*h)))?;
    let month = |h: usize| (as_of + 1).plus(h);
    let chip = job.catalogue.chips[chip].name();
    Some(Notice::Short { chip, from: month(from), most: short[worst], at: month(worst) })
}

/// A chip that is wanted and for which no order can be placed, or not for all months until the next run.
fn beyond_reach<'a>(
    plan: &Plan,
    committed: &Committed,
    as_of: Month,
    (job, chip): (&'a Job, ChipId),
) -> Option<Notice<'a>> {
    if plan.chips[chip].need.mean[HORIZON - 1] <= 0.0 {
        return None;
    }
    let last = as_of.plus(HORIZON);
    let review = job.wafers.review_months as usize;
    let months = committed.open_from[chip];
    let reachable =
        (0..HORIZON).any(|h| !supply::candidates(chip, (as_of + 1).plus(h), job, as_of).is_empty());
    let chip = job.catalogue.chips[chip].name();
    if !reachable {
        return Some(Notice::NoOrder { chip, last, months });
    }
    let beyond = (months + review).saturating_sub(HORIZON).min(review);
    (beyond > 0).then_some(Notice::BeyondHorizon { chip, last, months: beyond, review })
}

/// A channel that holds more than a year of what it sells on.
pub(crate) fn channel(
    exports: &Exports,
    (base, demand): (&Forecast, &Demand),
    (job, as_of): (&Job, Month),
) -> Option<Diagnostic> {
    let channel = Channel::new(&exports.stock, &exports.ledger.channel_sell_in, as_of)?;
    let month = channel.all.sold_on?;
    // Less than the channel sells on of all models in a month is a rest.
    let full = |stock: &Stock| {
        stock.on_hand > month.max(1.0) && stock.sold_on.is_some_and(|sold| stock.on_hand > FULL_MONTHS * sold)
    };
    let of_model = |(id, stock): (&crate::job::ModelId, &Stock)| {
        let months = match stock.sold_on.filter(|sold| *sold > 0.0) {
            Some(sold) => format!("{:.0} months", stock.on_hand / sold),
            None => "nothing is sold on".to_owned(),
        };
        format!("{} {} ({months})", stock.on_hand, job.catalogue.model(*id).name())
    };
    let models: Vec<String> = channel.by_model.iter().filter(|(_, s)| full(s)).map(of_model).collect();
    let blocked = channel.blocked(job.policy.channel_cover_months.get(), HORIZON).unwrap_or_default();
    let names = &demand.intake.names;
    let own = base.driver_parts.iter().filter(|(driver, _)| names[*driver] == CHANNEL_COVER);
    let added: i64 = own.flat_map(|(_, units)| units).flatten().sum();
    let (most, taken) = (blocked.iter().sum::<f64>().round() as i64, -added);
    (!models.is_empty()).then(|| Notice::ChannelFull { models, counted: channel.counted, most, taken }.into())
}

/// Machines that are to go into the maker's own sites and are not on hand.
pub(crate) fn mining(site: Option<&Site>, job: &Job) -> Vec<Diagnostic> {
    let missing = site.map(|site| site.not_there.as_slice()).unwrap_or_default();
    let each = job.catalogue.models.iter().zip(missing).filter(|(_, machines)| **machines > 0);
    each.map(|(model, machines)| Notice::NotOnHand { model: model.name(), machines: *machines }.into())
        .collect()
}

/// Machines in the field that are not known, and repairs that wait.
pub(crate) fn repairs(
    (fleet, book): (Option<&Fleet>, &Book<'_>),
    base: &Allocation,
    committed: &Committed,
    job: &Job,
) -> Vec<Diagnostic> {
    let unknown = fleet.filter(|fleet| fleet.months_unknown > 0);
    let unknown =
        unknown.map(|of| Notice::FleetUnknown { months: of.months_unknown, from: book.deliveries_from });
    let waits = job.catalogue.chip_ids().zip(&base.chips).filter_map(|(chip, flows)| {
        let drawn = |h: usize| flows.iter().take(h + 1).map(|flow| flow.fleet).sum::<f64>();
        let owed = |h: usize| (committed.fleet_by(chip, h) - drawn(h)).round() as i64;
        let worst = (0..HORIZON).max_by_key(|h| (owed(*h), Reverse(*h)))?;
        (owed(worst) > 0).then(|| Notice::RepairsWait {
            chip: job.catalogue.chips[chip].name(),
            chips: owed(worst),
            at: (book.as_of + 1).plus(worst),
        })
    });
    unknown.into_iter().chain(waits).map(Into::into).collect()
}

/// Launches that may slip by the job, and lie in the past.
pub(crate) fn launches(job: &Job, as_of: Month) -> impl Iterator<Item = Diagnostic> {
    let models = job.catalogue.models.iter();
    let launched = models.filter(move |model| model.launch_slip_months > 0 && model.launch <= as_of);
    launched.map(|model| Notice::Launched { model: model.name(), launch: model.launch }.into())
}

/// Limits of the budget that cannot be kept.
pub(crate) fn budget(budget: &Budgeted, job: &Job) -> Vec<Diagnostic> {
    let allowed = job.budget.below_limit_probability.map_or(1.0, Share::get);
    let unchecked = budget.unchecked.then_some(Notice::CashUnchecked);
    let stress = job.budget.below_limit_if;
    let never = budget.never.map(|(below, wafers)| Notice::NeverWithin { below, wafers, allowed, stress });
    unchecked.into_iter().chain(never).map(Into::into).collect()
}

/// Bear and bull that come to the same machines at different prices.
pub(crate) fn same_machines(forecasts: &[Forecast], outlook: &Outlook) -> Option<Diagnostic> {
    let machines = |scenario: Scenario| {
        let months = forecasts[scenario as usize].units.iter().flat_map(|row| &row[3..]);
        months.sum::<i64>()
    };
    let (bear, bull) = (machines(Scenario::Bear), machines(Scenario::Bull));
    let last = |scenario: Scenario| outlook.prices(scenario)[HORIZON - 1];
    let (bear_price, bull_price) = (last(Scenario::Bear), last(Scenario::Bull));
    let prices_differ = (bull_price / bear_price).ln().abs() >= PRICES_APART.ln_1p();
    let differ = (bull - bear).abs();
    let same = differ as f64 <= SAME_MACHINES * bear.max(1) as f64;
    (prices_differ && same).then(|| Notice::SameMachines { differ, of: bear, bear_price, bull_price }.into())
}
