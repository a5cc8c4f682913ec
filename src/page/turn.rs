//! If the market turns: other paths of the price, other quantities and budgets, what cash and orders then lose.

use maud::{Markup, html};

use crate::error::Error;
use crate::publish::{LARGEST_CUSTOMER, OPENING_CASH};
use crate::tables::declared::{exposure, shipment_forecast_quarterly as quarterly};
use crate::views::{BASE, SCENARIOS, Tables, budget, figures, machines, money, orders, words};

use super::Source;
use super::charts::drawn;
use super::parts::noted;

pub(super) fn section(source: &Source<'_>, tables: Tables<'_>) -> Result<Markup, Error> {
    let [hashprice, ..] = figures::outlook(tables);
    let cash = figures::cash(tables);
    let largest = source.manifest.models_used.get(LARGEST_CUSTOMER);
    let largest = largest.map_or_else(String::new, |of| format!("The largest customer is {of}."));
    Ok(html! {
        (scenarios(tables))
        @if hashprice.is_none() { (super::parts::no_data("market has no forecast")) }
        (drawn(hashprice.as_ref())?)
        h3 { "Cash" }
        @if let Some(low) = money::low(tables) {
            p {
                (money::low_message(&low)) " "
                @if let Some(opening) = source.manifest.models_used.get(OPENING_CASH) { (words::sentence(opening)) " " }
                "Leftovers are not sold. "
                @if let Some(bear) = money::bear_message(tables, &low) { (bear) }
            }
            (drawn(cash.as_ref())?)
            (noted(money::lowest(tables), &largest))
        } @else { (super::parts::no_data("cash_low has no price")) }
        (orders_lose(tables))
    })
}

fn scenarios(tables: Tables<'_>) -> Markup {
    let units = SCENARIOS.map(|scenario| {
        machines::base_quarters(tables, scenario).1.and_then(|row| row.whole(quarterly::units))
    });
    let alike = units.iter().all(|value| *value == units[0]);
    html! {
        @if let Some(grid) = machines::scenarios(tables).some() {
            p {
                "Plan with base: its paths carry the uncertainty of the price. Bear and bull follow one path of the price each, so \
                 their intervals are narrower; demand is as uncertain in them as in base."
                @if alike { " All three have the same machines here: orders of this maker have not followed the price, and \
                 cancellations did not either. The price still moves what a machine earns." }
            }
            (grid)
        }
    }
}

/// What the orders to place now lose, and what less or more of them would.
fn orders_lose(tables: Tables<'_>) -> Markup {
    let base = tables.with(exposure::scenario, BASE);
    let (cancel, all) = budget::to_cancel(tables);
    html! {
        @if let Some(grid) = orders::quantities(tables).some() {
            h3 id="quantities" { "The orders" }
            @for row in base.iter().filter(|row| row.number(exposure::write_down_p95_usd).is_some()) {
                p {
                    "Cancelled after placing, they lose " strong { (row.shown(exposure::forfeit_place_now_usd)) " USD" }
                    ". On 1 path in 20 what is left of them is written down by "
                    strong { (row.shown(exposure::write_down_p95_usd)) " USD" } " or more; with demand at its 10th percentile, \
                     under bear prices, by " (row.shown(exposure::low_demand_write_down_usd)) " USD ("
                    (row.shown(exposure::write_down_probability)) " of the paths lose as much)."
                }
            }
            (noted(grid, "Judged at the end of the last month that the orders serve. Low demand: its 10th percentile."))
        }
        (noted(budget::steps(tables), "What secured contracts need comes first, then what earns most per dollar prepaid; later runs \
            order what is cut."))
        @if all > 0 && cancel.rows.is_empty() {
            p { "Keep or cancel: " (words::count(all, "open wafer order loses", "open wafer orders, all of them, lose"))
                " less kept than cancelled (" code { "keep_or_cancel" } ")." }
        }
        (noted(cancel, "Each order alone: rows do not add up. Cancelled: the forfeit and the sales that go with it. Kept: leftovers, less what \
            they fetch."))
        @if let Some(said) = budget::not_placing(tables) { p { (said) } }
    }
}
