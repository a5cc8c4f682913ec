//! What a run found, in a few lines for people.

mod accounts;
mod assumed;
mod budget;
mod changed;
mod contracts;
mod doubt;
mod factory;
mod stored;
pub(crate) mod unchecked;

pub(crate) use assumed::doubts;
pub use stored::stored;

use crate::backtest::{LEAST_FOR_80, Level, Method, Score, Target};
use crate::cash::Case;
use crate::diagnostic::Diagnostic;
use crate::domain::Usd;
use crate::job::Job;
use crate::market::{HORIZON, Scenario};
use crate::publish::Manifest;
use crate::reconcile::Reconciliation;
use crate::supply::{Decision, ProposedOrder, Quantity, Source, Use, forfeit_placed};
use crate::tables::Context;
use crate::text::{markdown, visible};
use crate::views::budget::none;
use crate::views::interval::{self, Held};
use crate::views::machines::not_counted;
use crate::views::words::grouped;
use crate::vintages::Chain;

/// The 12-month total and every wafer order to place before the next run.
pub fn lines(context: &Context<'_>) -> Vec<String> {
    let committed = context.committed;
    let forecast = &context.forecasts[Scenario::Base as usize];
    let allocation = &context.allocations[Scenario::Base as usize];
    let orders = context.orders();
    let units: i64 = forecast.units.iter().flatten().sum();
    let firm: i64 = forecast.firm.iter().flatten().sum();
    let quantiles = forecast.quantiles(0..HORIZON, None);
    let interval = quantiles.interval();
    let level = interval::name(&[of_year(context.scores)]);
    let mut lines: Vec<String> = budget::line(context).into_iter().collect();
    lines.push(format!(
        "12 months: {} machines if supply allows, on the mean; half of the paths stay below {} ({level}: {} to {}); {} firm by contract{}",
        grouped(units),
        grouped(quantiles.p50),
        grouped(interval.low),
        grouped(interval.high),
        grouped(firm),
        contracts::beside_firm(context)
    ));
    lines.push(held(context.scores));
    let mut now: Vec<(usize, &ProposedOrder)> =
        orders.iter().enumerate().filter(|(_, o)| o.decision == Decision::PlaceNow).collect();
    // By their last day, as on the page.
    let catalogue = &context.job.catalogue;
    now.sort_by_key(|(_, order)| {
        (order.place_by, catalogue.chips[order.chip].name(), catalogue.foundries[order.foundry].name())
    });
    lines.extend(now.iter().map(|(place, order)| order_line(context, *place, order)));
    lines.extend(contracts::covered(context, &now));
    lines.extend(total(context, &now));
    lines.extend(repairs(context));
    lines.extend(cash(context));
    lines.extend(cash_if(context));
    lines.extend(cash_bear(context));
    let aside = context.budget.aside();
    lines.extend(context.mix.map(|mix| mix.described(&context.job.catalogue, grouped) + aside));
    lines.extend(context.slips.iter().map(|slip| slip.described(context.job, grouped) + aside));
    if now.is_empty() {
        lines.push(none(context.budget.asked().wafers));
    }
    let waiting = |h: usize| allocation.waiting.iter().map(|row| row[h]).sum::<i64>();
    let worst = (0..HORIZON).max_by_key(|h| (waiting(*h), std::cmp::Reverse(*h))).unwrap_or(0);
    if waiting(worst) > 0 {
        lines.push(format!(
            "supply is short: at worst {} machines wait, at the end of {}; {}{}",
            grouped(waiting(worst)),
            context.month(worst),
            becomes(context, waiting(HORIZON - 1)),
            thin(context)
        ));
    }
    lines.extend(factory::held_back(context, allocation));
    lines.extend(factory::levelled(context));
    lines.extend(factory::parts(context));
    lines.extend(contracts::unsecured(context));
    lines.extend(accounts::lines(context));
    lines.extend(contracts::off_target(context));
    if !committed.known {
        lines.push(not_counted(context.exports.paths.contains_key("supply")).to_owned());
    }
    lines
}

/// What becomes of those who wait: served late, lost, or still waiting at the end.
fn becomes(context: &Context<'_>, still: i64) -> String {
    let allocation = &context.allocations[Scenario::Base as usize];
    let sum = |of: &[[i64; HORIZON]]| of.iter().flatten().sum::<i64>();
    let (late, lost) = (sum(&allocation.short), sum(&allocation.lost));
    let last = context.month(HORIZON - 1);
    let ended = context
        .job
        .catalogue
        .models
        .iter()
        .zip(&allocation.waiting)
        .filter(|(model, _)| model.end_of_life <= last);
    let never: i64 = ended.map(|(_, waiting)| waiting[HORIZON - 1]).sum();
    let never = if never > 0 {
        format!(", {} of them of models whose end_of_life is past then: these ship no more", grouped(never))
    } else {
        String::new()
    };
    format!(
        "of {} that miss their month {} ship later, {} are counted lost ({:.1}% of late customers leave in a month) and {} still wait at the end of {}{never}",
        grouped(late),
        grouped((late - lost - still).max(0)),
        grouped(lost),
        100.0 * context.demand.lateness.rate,
        grouped(still),
        context.month(HORIZON - 1)
    )
}

/// Chips that the rule orders for less than half of the paths, because a machine too many costs more than one too few earns:
/// then machines wait by decision, and a person must see it.
fn thin(context: &Context<'_>) -> String {
    let chips = context.job.catalogue.chips.iter().zip(&context.plan.chips);
    let named: Vec<String> = chips
        .filter_map(|(terms, chip)| {
            let levels = chip.economics.iter().filter_map(|(_, found)| found.as_ref().ok());
            let level = levels.map(|economics| economics.service_level).fold(f64::NAN, f64::max);
            (level < 0.5).then(|| {
                format!("{} covers demand up to its {:.0}th percentile", terms.name(), 100.0 * level)
            })
        })
        .collect();
    if named.is_empty() {
        return String::new();
    }
    format!(
        "; by decision of the order rule: {}, because one machine too many costs more than one too few earns (table critical_ratio); raise service_level to order for those who wait",
        named.join(", ")
    )
}

/// What a person must know before reading the numbers; empty where nothing is out of the ordinary.
pub fn first(context: &Context<'_>, reconciliation: &Reconciliation) -> Vec<String> {
    let mut lines = reconciliation.first();
    if let Some(silence) = context.forecasts[Scenario::Base as usize].silence {
        let past = if context.demand.intake.posterior.n == 0 {
            "no past origin had intake to measure it by".to_owned()
        } else {
            format!("{} past origins had intake", context.demand.intake.posterior.n)
        };
        lines.push(format!(
            "no order was signed in the 12 months up to {}, and {past}: new orders are forecast from earlier ones, which lose half their weight a year, and the upper end is at least {} machines, ln 10 = 2.3 orders of the mean size, what a maker may sign that signs none in one year of ten",
            context.as_of,
            grouped(silence.machines.round() as i64)
        ));
    }
    let interval = context.forecasts[Scenario::Base as usize].quantiles(0..HORIZON, None).interval();
    if (interval.low, interval.high) == (0, 0) {
        lines.push(
            "the interval of all models is 0 to 0: nothing is on order and past orders say nothing of the next"
                .to_owned(),
        );
    }
    lines.extend(of_year(context.scores).doubt("12 months"));
    lines
}

/// How often intervals of 12 months held at past quarter ends.
fn of_year(scores: &[Score]) -> Held {
    let measures = year(scores).map(|score| score.measures).unwrap_or_default();
    Held::new(measures.coverage_80, measures.n)
}

/// The score of 12-month totals of all models.
fn year(scores: &[Score]) -> Option<&Score> {
    scores.iter().find(|s| {
        s.method == Method::Model
            && s.key.target == Target::Shipments
            && s.key.level == Level::Year
            && s.key.model.is_none()
    })
}

/// One order: what, by when, what to pay when, what for.
fn order_line(context: &Context<'_>, index: usize, order: &ProposedOrder) -> String {
    let catalogue = &context.job.catalogue;
    let machines = |purpose: Use| -> i64 {
        let pegs = context.pegs.iter().filter(|p| p.source == Source::Proposed(index));
        pegs.filter(|p| p.purpose == purpose).map(|p| p.machines).sum()
    };
    let parts: Vec<String> = [
        (Use::FirmBacklog, "for firm orders"),
        (Use::UnsecuredBacklog, "for orders not secured"),
        (Use::Forecast, "forecast"),
        (Use::Safety, "safety"),
        (Use::Rounding, "not needed yet"),
    ]
    .into_iter()
    .map(|(purpose, name)| (machines(purpose), name))
    .chain(std::iter::once((chips_for_repairs(context, index), "chips for repairs")))
    .filter(|(number, _)| *number > 0)
    .map(|(number, name)| format!("{} {name}", grouped(number)))
    .collect();
    format!(
        "order {} wafers of {} from {} by {} for machines from {} on ({}): pay {} USD then, {} USD in {}",
        grouped(order.wafers),
        catalogue.chips[order.chip].name(),
        catalogue.foundries[order.foundry].name(),
        order.place_by,
        order.ship_month,
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") },
        grouped(order.prepayment.whole()),
        grouped(order.balance.whole()),
        order.wafer_out,
    )
}

/// Chips of an order that are for machines in the field.
fn chips_for_repairs(context: &Context<'_>, index: usize) -> i64 {
    let pegs = context.pegs.iter().filter(|p| p.source == Source::Proposed(index));
    pegs.filter(|p| p.purpose == Use::Repairs).map(|p| p.chips).sum::<f64>().round() as i64
}

/// What machines in the field draw.
fn repairs(context: &Context<'_>) -> Option<String> {
    let fleet = context.fleet?;
    let names = context.job.catalogue.chips.iter().zip(&fleet.chips);
    let each: Vec<(&str, i64)> = names
        .map(|(chip, draws)| (chip.name(), draws.iter().sum::<f64>().round() as i64))
        .filter(|(_, chips)| *chips > 0)
        .collect();
    let named: Vec<String> = each.iter().map(|(chip, chips)| format!("{chip} {}", grouped(*chips))).collect();
    Some(format!(
        "spares: {} machines are under warranty; they and those that ship draw {} chips for repairs in 12 months{} ([spares])",
        grouped(i64::try_from(fleet.machines).unwrap_or(i64::MAX)),
        grouped(each.iter().map(|(_, chips)| chips).sum()),
        if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) }
    ))
}

/// What the orders to place now cost together, and what a bad turn would take.
fn total(context: &Context<'_>, now: &[(usize, &ProposedOrder)]) -> Option<String> {
    if now.is_empty() {
        return None;
    }
    let usd = |amount: Usd| grouped(amount.whole());
    let prepaid: Usd = now.iter().map(|(_, o)| o.prepayment).sum();
    let cost: Usd = now.iter().map(|(_, o)| o.cost).sum();
    let wafers: i64 = now.iter().map(|(_, o)| o.wafers).sum();
    let all = context.what_if.iter().filter(|w| w.order.is_none() && w.quantity == Quantity::Proposed);
    let (mut left, mut write_down) = (0.0, Some(Usd::ZERO));
    for what in all {
        left += what.low_left;
        write_down = write_down.zip(what.low_write_down).map(|(a, b)| a + b);
    }
    let risk = context.cash.of_plan(Scenario::Base);
    let on_paths = |amount: Usd| {
        let share = risk.map(|risk| crate::table::round(100.0 * risk.write_down.probability(amount), 1));
        share.map_or_else(String::new, |share| format!(" (as much or more on {share:.1}% of the paths)"))
    };
    let turn = write_down.map_or_else(String::new, |write_down| {
        format!(
            "; if demand comes out at its 10th percentile, {} machines of it are left over, a write-down of {} USD under bear prices{}",
            grouped(left.round() as i64),
            usd(write_down),
            on_paths(write_down)
        )
    });
    let forfeit: Usd = now.iter().map(|(_, o)| forfeit_placed(o, context.job)).sum();
    let cancelled = if forfeit == prepaid {
        " and lost if cancelled".to_owned()
    } else {
        format!("; cancelled once they are placed, they lose {} USD", usd(forfeit))
    };
    Some(format!(
        "together {} wafers for {} USD, {} USD of it prepaid{cancelled}{turn}",
        grouped(wafers),
        usd(cost),
        usd(prepaid)
    ))
}

/// Where cash is lowest, and how often below the limit.
fn cash(context: &Context<'_>) -> Option<String> {
    let risk = context.cash.of_plan(Scenario::Base)?;
    let usd = |amount: Usd| grouped(amount.whole());
    Some(format!(
        "cash, {}, is lowest at {} USD on half of the paths, below {} USD on one in twenty, mostly in {}; on {:.1}% it falls below the limit of {} USD (table cash_low)",
        opening_cash(context.job),
        usd(risk.low[2]),
        usd(risk.low[0]),
        context.month(risk.low_month.0),
        crate::table::round(100.0 * risk.below[HORIZON - 1], 1),
        usd(Usd::ZERO - Usd::new(context.job.cash.credit_line_usd.get())),
    ))
}

/// What cash is counted from.
pub(crate) fn opening_cash(job: &Job) -> String {
    match Usd::new(job.cash.opening_cash_usd.get()) {
        Usd::ZERO => "opening cash 0 (opening_cash_usd)".to_owned(),
        given => format!("opening cash of {} USD included", grouped(given.whole())),
    }
}

/// Where cash is lowest if nothing more is signed, and if the largest customer is gone.
fn cash_if(context: &Context<'_>) -> Option<String> {
    let of = |case: Case, what: &str| {
        let risk = context.cash.of(Scenario::Base, case)?;
        Some(format!(
            "{what} it is lowest at {} USD on half of the paths, below the limit on {:.1}%",
            grouped(risk.low[2].whole()),
            crate::table::round(100.0 * risk.below[HORIZON - 1], 1)
        ))
    };
    let largest = context.cash.largest.as_ref();
    let without = match largest {
        Some(largest) => format!("without the largest customer ({})", largest.described()),
        None => "without the largest customer".to_owned(),
    };
    let said = [
        of(Case::NoNewOrders, "if customers sign nothing more"),
        of(Case::LargestGone, &without).filter(|_| largest.is_some()),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    let low = |case: Case| context.cash.of(Scenario::Base, case).map(|risk| risk.low[2].dollars());
    let above = low(Case::Plan).zip(low(Case::LargestGone)).is_some_and(|(plan, gone)| gone > plan);
    let why = if above && largest.is_some() {
        ", which is above the plan: what it has paid stays, and its machines need not be built"
    } else {
        ""
    };
    (!said.is_empty()).then(|| format!("cash if the plan does not hold: {}{why}", said.join("; ")))
}

/// What bear does to cash, beside base.
fn cash_bear(context: &Context<'_>) -> Option<String> {
    let of = |scenario: Scenario, case: Case| {
        let risk = context.cash.of(scenario, case)?;
        let share = crate::table::round(100.0 * risk.below[HORIZON - 1], 1);
        Some((grouped(risk.low[2].whole()), format!("{share:.1}%")))
    };
    let (bear, base) = (of(Scenario::Bear, Case::Plan)?, of(Scenario::Base, Case::Plan)?);
    let without = of(Scenario::Bear, Case::LargestGone).filter(|_| context.cash.largest.is_some());
    let without = without.map_or_else(String::new, |(low, share)| {
        format!("; in bear without the largest customer at {low} USD, below the limit on {share}")
    });
    Some(format!(
        "cash in bear is lowest at {} USD on half of the paths, below the limit on {} (base: {} USD, {}){without}",
        bear.0, bear.1, base.0, base.1
    ))
}

/// How often the interval of 12 months held at past quarter ends, and how far the forecast was off.
fn held(scores: &[Score]) -> String {
    let measures = year(scores).map(|score| score.measures).unwrap_or_default();
    match (measures.coverage_80, measures.wape) {
        (Some(coverage), Some(wape)) => {
            let n = measures.n as f64;
            format!(
                "at past quarter ends {} of {} such intervals held, and this one is set by their errors; the forecast was off by {:.0}% (WAPE)",
                (coverage * n).round(),
                measures.n,
                100.0 * wape
            )
        }
        _ => format!(
            "the interval is not checked: {} past 12-month forecasts can be compared with what shipped, {LEAST_FOR_80} are needed",
            measures.n
        ),
    }
}

/// Parts of the summary that are printed: their titles in `summary.md`, and the words before their lines on stdout.
const PARTS: [(&str, &str); 4] =
    [("Read first", "first"), ("What to order", ""), ("What changed", "changed"), ("What to doubt", "doubt")];

/// A line of a part, as it is printed.
fn marked(word: &str, line: &str) -> String {
    if word.is_empty() { line.to_owned() } else { format!("{word}: {line}") }
}

/// What people should read first: on stdout, and as `summary.md` beside the tables.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What a person must know before reading the numbers.
    first: Vec<String>,
    /// The 12-month total, and what to order by when.
    order: Vec<String>,
    /// What is not as it was in the vintage before.
    changed: Vec<String>,
    /// What to doubt.
    doubt: Vec<String>,
    /// Every warning, as on stderr.
    warnings: Vec<String>,
}

impl Summary {
    /// From what is to be read [`first`], the [`lines`] of a forecast and what was found about earlier vintages.
    pub fn new(
        first: Vec<String>,
        order: Vec<String>,
        manifest: &Manifest,
        chain: &Chain,
        scores: &[Score],
        warnings: &[Diagnostic],
    ) -> Self {
        let seen = |lines: Vec<String>| -> Vec<String> {
            lines.iter().map(|line| visible(line).into_owned()).collect()
        };
        Self {
            first: seen(first),
            order: seen(order),
            changed: seen(changed::lines(manifest, chain)),
            doubt: seen(doubt::lines(chain, scores)),
            warnings: warnings.iter().map(ToString::to_string).collect(),
        }
    }

    /// With more to doubt, before what earlier forecasts say.
    #[must_use]
    pub fn doubting(mut self, doubts: &[String]) -> Self {
        self.doubt.splice(0..0, doubts.iter().map(|line| visible(line).into_owned()));
        self
    }

    /// What a person must know before reading the numbers.
    pub fn first(&self) -> &[String] {
        &self.first
    }

    /// The 12-month total, and what to order by when.
    pub fn order(&self) -> &[String] {
        &self.order
    }

    /// What is not as it was in the vintage before.
    pub fn changed(&self) -> &[String] {
        &self.changed
    }

    /// What to doubt.
    pub fn doubts(&self) -> &[String] {
        &self.doubt
    }

    /// Every warning, as on stderr.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What is read first on stdout, with its [`PARTS`].
    fn parts(&self) -> [&[String]; 4] {
        [&self.first, &self.order, &self.changed, &self.doubt]
    }

    /// As lines of text.
    pub fn lines(&self) -> Vec<String> {
        let parts = PARTS.iter().zip(self.parts());
        parts.flat_map(|((_, word), lines)| lines.iter().map(|line| marked(word, line))).collect()
    }

    /// As a page in Markdown, warnings included. Markup in names of exports and the job is shown, not obeyed.
    pub fn markdown(&self, manifest: &Manifest) -> String {
        use std::fmt::Write as _;

        let mut text =
            format!("# {} of job {}, as of {}\n", manifest.vintage, markdown(&manifest.job), manifest.as_of);
        let parts = PARTS.iter().map(|(title, _)| *title).zip(self.parts());
        let below = [("Assumptions", manifest.assumptions.as_slice()), ("Warnings", &self.warnings)];
        for (title, lines) in parts.chain(below) {
            if !lines.is_empty() {
                // Writing to a text cannot fail.
                let _ = write!(text, "\n## {title}\n\n");
                for line in lines {
                    let _ = writeln!(text, "- {}", markdown(line));
                }
            }
        }
        text
    }
}
