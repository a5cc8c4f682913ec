//! Where a wafer order comes from.

use crate::error::Error;
use crate::supply::{Decision, Rule, order_name};
use crate::table::Column;
use crate::tables::declared::{
    budget_orders as budget, chip_need, critical_ratio as ratio, order_decisions as decisions, pegging,
    wafer_orders as orders,
};
use crate::vintages::{Stored, StoredRow};

use super::account::{Account, Detail, shown};

/// What people call the order of a row.
pub(super) fn name(period: &str, row: &StoredRow) -> String {
    order_name(period, row.text(orders::chip), row.text(orders::foundry), row.text(orders::place_by))
}

/// An order that the vintage proposes.
///
/// # Errors
/// As [`Stored::rows`] and [`Account::finish`].
pub(super) fn proposed(stored: &Stored, row: &StoredRow, detail: Detail) -> Result<String, Error> {
    let mut account = Account::new(
        format!(
            "{}: {} wafers of {} from {} (vintage {}, as of {})",
            name(&stored.name.period(), row),
            shown(row.text(orders::wafers)),
            row.text(orders::chip),
            row.text(orders::foundry),
            stored.name,
            stored.manifest.as_of,
        ),
        detail,
    );
    when(&mut account, row);
    if row.is(orders::rule, Rule::OrderUpTo.name()) {
        level(&mut account, stored, row)?;
    } else {
        account.step("How sure to be", "");
        account.say(row.text(orders::reason));
    }
    required(&mut account, stored, row)?;
    net(&mut account, row);
    lots(&mut account, stored, row)?;
    money(&mut account, row);
    uses(&mut account, stored, row)?;
    account.step("What may go wrong", "the same row of wafer_orders");
    account.cell(row, orders::prob_short, "of the paths need more than is there");
    account.cell(row, orders::expected_excess_wafers, "left over, mean of the paths");
    account.cell(row, orders::low_demand_write_down_usd, "write-down if demand comes out low");
    account.finish()
}

fn when(account: &mut Account, row: &StoredRow) {
    account.step("When", "wafer_orders: the row of this chip, place_by and foundry");
    account.cell(row, orders::decision, "decided now, or planned for a later run");
    account.cell(row, orders::place_by, "last day to place it");
    account.cell(row, orders::wafer_out_month, "month in which its chips are in hand");
    account.cell(row, orders::ship_month, "first month in which machines of it ship");
    account.cell(row, orders::demand_through, "last month of the demand that it serves");
}

/// What a machine too few and one too many cost, and the share of the paths that follows.
fn level(account: &mut Account, stored: &Stored, row: &StoredRow) -> Result<(), Error> {
    account.step("How sure to be", "critical_ratio: the row of this chip and foundry");
    let rows = stored.rows(ratio::NAME)?;
    let same = |of: &&StoredRow| {
        of.is(ratio::chip, row.text(orders::chip)) && of.is(ratio::foundry, row.text(orders::foundry))
    };
    let Some(of) = rows.iter().find(same) else {
        account.say(row.text(orders::reason));
        return Ok(());
    };
    account.cell(of, ratio::price_usd, "price that machines sell at then");
    account.cell(of, ratio::other_cost_usd, "cost besides the chips");
    account.cell(of, ratio::effective_cost_usd, "cost of the chips, with the cost of money");
    account.cell(of, ratio::late_lost_share, "of a margin that comes late is lost");
    account.cell(of, ratio::underage_usd, "a machine too few costs");
    let [price, other, chips] =
        [ratio::price_usd, ratio::other_cost_usd, ratio::effective_cost_usd].map(|c| of.number(c));
    if let (Some(price), Some(other), Some(chips), Some(share), Some(given)) =
        (price, other, chips, of.number(ratio::late_lost_share), of.number(ratio::underage_usd))
    {
        let margin = price - other - chips;
        let formula = format!(
            "{} x ({} - {} - {})",
            of.text(ratio::late_lost_share),
            shown(of.text(ratio::price_usd)),
            shown(of.text(ratio::other_cost_usd)),
            shown(of.text(ratio::effective_cost_usd)),
        );
        // The share is rounded to four decimals, dollars to two.
        let tolerance = 0.00005 * margin.abs() + 0.02;
        if given > share * margin + tolerance {
            account.say(&format!("{formula}, and shortage_penalty_usd of [wafers]"));
        } else {
            account.check(&formula, share * margin, ratio::underage_usd, of, tolerance);
        }
    }
    account.cell(of, ratio::overage_usd, "a machine too many costs");
    account.cell(of, ratio::critical_ratio, "critical ratio");
    if let (Some(few), Some(many)) = (of.number(ratio::underage_usd), of.number(ratio::overage_usd))
        && few > 0.0
        && few + many > 0.0
    {
        let [few_text, many_text] = [ratio::underage_usd, ratio::overage_usd].map(|c| shown(of.text(c)));
        let tolerance = 0.0001 + 0.01 / (few + many);
        let formula = format!("{few_text} / ({few_text} + {many_text})");
        account.check(&formula, few / (few + many), ratio::critical_ratio, of, tolerance);
    }
    account.cell(row, orders::service_level, "share of the paths that is ordered for");
    account.say(of.text(ratio::reason));
    Ok(())
}

/// Chips that must be in hand.
fn required(account: &mut Account, stored: &Stored, row: &StoredRow) -> Result<(), Error> {
    account.step("What is needed", "");
    let level = row.number(orders::service_level);
    let now = row.is(orders::decision, Decision::PlaceNow.name());
    let percent = level.map(|level| (level * 100.0).round().to_string());
    let curve = if now { stored.rows(chip_need::NAME)? } else { Vec::new() };
    let point = curve.iter().find(|of| {
        of.is(chip_need::chip, row.text(orders::chip))
            && of.is(chip_need::month, row.text(orders::demand_through))
            && percent.as_deref().is_some_and(|percent| of.is(chip_need::percent, percent))
    });
    if let Some(point) = point {
        let what = format!("{}% of the paths stay within", point.text(chip_need::percent));
        account.cell(point, chip_need::chips, &what);
    }
    account.cell(row, orders::firm_chips, "for firm contracts, never less");
    account.cell(row, orders::chips_required, "needed beyond machines on hand");
    let floor = point.and_then(|point| point.number(chip_need::chips)).zip(row.number(orders::firm_chips));
    if let (Some(point), Some((chips, firm))) = (point, floor) {
        let formula = format!(
            "the larger of {} and {}",
            shown(point.text(chip_need::chips)),
            shown(row.text(orders::firm_chips))
        );
        account.check(&formula, chips.max(firm), orders::chips_required, row, 1.0);
    } else if !now {
        account.say("planned: as the run that decides it would have it if the mean came until then");
    }
    Ok(())
}

/// What is missing to it.
fn net(account: &mut Account, row: &StoredRow) {
    account.step("What is missing", "the same row of wafer_orders");
    account.cell(row, orders::chips_on_hand, "in stock");
    account.cell(row, orders::wafers_on_order, "in open orders, of which");
    account.cell(row, orders::chips_on_order, "good chips are expected");
    account.cell(row, orders::chips_proposed, "of the other orders proposed");
    account.cell(row, orders::good_chips_per_wafer, "good chips of a wafer here");
    account.cell(row, orders::net_wafers, "missing, rounded up");
    let parts =
        [orders::chips_required, orders::chips_on_hand, orders::chips_on_order, orders::chips_proposed];
    let [Some(required), Some(stock), Some(open), Some(others)] = parts.map(|c| row.number(c)) else {
        return;
    };
    let (Some(good), Some(given)) =
        (row.number(orders::good_chips_per_wafer), row.number(orders::net_wafers))
    else {
        return;
    };
    if good <= 0.0 {
        return;
    }
    let missing = required - stock - open - others;
    let [required, stock, open, others] = parts.map(|c| shown(row.text(c)));
    let formula = format!(
        "({required} - {stock} - {open} - {others}) / {} rounded up",
        shown(row.text(orders::good_chips_per_wafer))
    );
    // Four counts are rounded to whole chips, and a wafer's chips to two decimals.
    let slack = 2.0 / good + 0.005 * (missing / good).abs() / good;
    let (least, most) = ((missing / good - slack).ceil().max(0.0), (missing / good + slack).ceil().max(0.0));
    let found = if (least..=most).contains(&given) { given } else { (missing / good).ceil().max(0.0) };
    account.check(&formula, found, orders::net_wafers, row, 0.0);
}

/// Whole lots, and what the budget leaves.
fn lots(account: &mut Account, stored: &Stored, row: &StoredRow) -> Result<(), Error> {
    account.step("What is ordered", "whole lots within the foundry's minimum and monthly maximum");
    account.cell(row, orders::lots, "lots");
    let rows = stored.rows(budget::NAME)?;
    let keys = [
        (budget::chip, orders::chip),
        (budget::place_by, orders::place_by),
        (budget::foundry, orders::foundry),
    ];
    let same = |of: &&StoredRow| keys.iter().all(|(theirs, ours)| of.is(*theirs, row.text(*ours)));
    if let Some(of) = rows.iter().find(same) {
        account.cell(of, budget::rule_wafers, "asked for by the rule");
        account.cell(of, budget::cut_wafers, "cut by the budget");
    }
    account.cell(row, orders::wafers, "ordered");
    if let Some(of) = rows.iter().find(same) {
        let parts = [of.whole(budget::rule_wafers), of.whole(budget::cut_wafers).map(|cut| -cut)];
        account.sum("rule less budget", &parts.map(Option::unwrap_or_default), orders::wafers, row);
    }
    account.cell(row, orders::short_wafers, "still missing with every order in time");
    Ok(())
}

fn money(account: &mut Account, row: &StoredRow) {
    account.step("What it costs", "the same row of wafer_orders");
    let due = |column: Column| format!("paid on {}", row.text(column));
    account.cell(row, orders::prepayment_usd, &due(orders::prepayment_due));
    account.cell(row, orders::balance_usd, &due(orders::balance_due));
    account.cell(row, orders::cost_usd, "in all");
    if let (Some(first), Some(rest)) = (row.number(orders::prepayment_usd), row.number(orders::balance_usd)) {
        let [a, b] = [orders::prepayment_usd, orders::balance_usd].map(|c| shown(row.text(c)));
        account.check(&format!("{a} + {b}"), first + rest, orders::cost_usd, row, 0.011);
    }
}

/// Machines that it is for.
fn uses(account: &mut Account, stored: &Stored, row: &StoredRow) -> Result<(), Error> {
    account.step("What it is for", "pegging: rows of this chip, place_by and foundry");
    let keys = [
        (pegging::chip, orders::chip),
        (pegging::place_by, orders::place_by),
        (pegging::foundry, orders::foundry),
    ];
    let rows = stored.rows(pegging::NAME)?;
    let pegs: Vec<&StoredRow> =
        rows.iter().filter(|of| keys.iter().all(|(theirs, ours)| of.is(*theirs, row.text(*ours)))).collect();
    for peg in &pegs {
        let late = if peg.is(pegging::late, "yes") { ", late" } else { "" };
        let what = format!(
            "{} of {} for {}{late}",
            peg.text(pegging::purpose),
            peg.text(pegging::model),
            peg.month(pegging::demand_month)
        );
        account.cell(peg, pegging::machines, &what.replace('_', " "));
    }
    account.cell(row, orders::machines_covered, "machines in all");
    if !pegs.is_empty() {
        let machines: Vec<i64> = pegs.iter().filter_map(|peg| peg.whole(pegging::machines)).collect();
        account.sum("rows of pegging", &machines, orders::machines_covered, row);
    }
    let uses = [
        orders::open_order_machines,
        orders::forecast_machines,
        orders::safety_machines,
        orders::rounding_machines,
    ];
    let uses = uses.map(|column| row.whole(column).unwrap_or_default());
    account.sum("open orders, forecast, safety, rounding", &uses, orders::machines_covered, row);
    Ok(())
}

/// An order of an earlier vintage, or one that people added, as this vintage counts it.
///
/// # Errors
/// As [`Account::finish`].
pub(super) fn decided(stored: &Stored, row: &StoredRow, detail: Detail) -> Result<String, Error> {
    let title = format!(
        "{}: what became of it by vintage {}, as of {}",
        row.text(decisions::order),
        stored.name,
        stored.manifest.as_of
    );
    let mut account = Account::new(title, detail);
    account.step("What was decided", "order_decisions: the row of this order, from placed_orders");
    account.cell(row, decisions::proposed_wafers, "proposed");
    account.cell(row, decisions::status, "decision");
    account.cell(row, decisions::placed_wafers, "placed");
    account.cell(row, decisions::date, "day of the decision");
    account.cell(row, decisions::approver, "who decided");
    account.step("What counts of it", "the same row");
    account.cell(row, decisions::due, "chips in hand by");
    account.cell(row, decisions::supply_wafers, "wafers of it that supply shows");
    account.cell(row, decisions::standing, "what became of it");
    account.cell(row, decisions::counted_wafers, "counted as on order beside supply");
    account.finish()
}
