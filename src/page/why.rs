//! Why: the forecast, what it rests on, and what supply lets through.

use maud::{Markup, html};

use crate::error::Error;
use crate::tables::declared::{regression, shipment_forecast_quarterly as quarterly, wafer_orders as orders};
use crate::views::orders::{needs, split};
use crate::views::{ALL, BASE, Row, Tables, figures, interval, machines, words};

use super::charts::drawn;
use super::parts::{self, noted};

pub(super) fn section(tables: Tables<'_>) -> Result<Markup, Error> {
    let (_, year) = machines::base_quarters(tables, BASE);
    let (models, rest) = machines::models(tables);
    let rest = if rest.is_empty() {
        String::new()
    } else {
        format!(" Nothing is forecast of {}.", words::list(&rest))
    };
    Ok(html! {
        @if let Some(year) = year {
            p.lead {
                "Over 12 months " strong { (year.shown(quarterly::units)) " machines" }
                " are forecast to ship if supply allows: " (year.shown(quarterly::expected_units))
                " from orders in hand, the rest from orders still to come. The "
                (interval::name(&[interval::of_year(tables, ALL)])) " goes from "
                strong { (year.shown(quarterly::units_p10)) } " to " strong { (year.shown(quarterly::units_p90)) } "."
            }
        } @else { (parts::no_data("shipment_forecast_quarterly has no 12-month total")) }
        @if let Some(response) = response(tables) { p { (response) } }
        (noted(machines::quarters(tables), ""))
        (drawn(figures::parts(tables).as_ref())?)
        (quantities(tables))
        h3 { "By model" }
        (noted(models, &format!("Intervals of a total are not the sum of the intervals: not everything goes wrong at once.{rest}")))
        (noted(machines::changed_by_hand(tables), ""))
    })
}

/// What a lower price takes, in words.
fn response(tables: Tables<'_>) -> Option<String> {
    let rows = tables.with(regression::equation, "price_response");
    let row = rows.into_iter().find(|row| row.is(regression::term, "in_words"))?;
    let text = row.text(regression::reason);
    let mut letters = text.chars();
    Some(format!("{}{}.", letters.next()?.to_uppercase(), letters.as_str()))
}

/// An order whose wafers are the missing ones in whole lots, worked through.
fn rounding(row: &Row<'_>) -> Option<String> {
    let (wafers, lots, missing) =
        (row.number(orders::wafers)?, row.number(orders::lots)?, row.number(orders::net_wafers)?);
    let lot = wafers / lots;
    ((missing / lot).ceil() * lot == wafers).then(|| {
        let of = |column| row.shown(column);
        format!(
            " For example {} by {}: ({} − {} − {} − {}) / {} is {}, and {} lots of {} are {} wafers.",
            row.text(orders::chip),
            of(orders::place_by),
            of(orders::chips_required),
            of(orders::chips_on_hand),
            of(orders::chips_on_order),
            of(orders::chips_proposed),
            of(orders::good_chips_per_wafer),
            of(orders::net_wafers),
            of(orders::lots),
            words::number(lot, 0),
            of(orders::wafers),
        )
    })
}

/// From the need to whole lots, and the service level behind it.
fn quantities(tables: Tables<'_>) -> Markup {
    let (now, _) = split(tables);
    if now.is_empty() {
        return html! {};
    }
    let reported = now.iter().filter(|row| !row.text(orders::reason).is_empty()).map(|row| {
        let [chip, foundry, reason] = [orders::chip, orders::foundry, orders::reason].map(|c| row.text(c));
        format!("{chip} at {foundry}: {reason}")
    });
    let mut reasons: Vec<String> = reported.collect();
    reasons.sort_unstable();
    reasons.dedup();
    html! {
        h3 { "How many, and why so many" }
        (noted(needs(&now), &format!("Chips needed, less those in stock, on order and of the orders before it, over the good chips \
            of a wafer, are the wafers missing, rounded up. They are ordered in whole lots, at least the foundry's minimum and at \
            most what it takes in a month.{} Service level: the share of simulated paths whose demand the order covers.",
            now.iter().find_map(rounding).unwrap_or_default())))
        @if !reasons.is_empty() { (parts::list(&reasons)) }
    }
}
