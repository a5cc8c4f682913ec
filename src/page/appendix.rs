//! What is looked up: months, cash, market, pricing, every wafer order, method and words.

use maud::{Markup, html};

use crate::error::Error;
use crate::views::orders::{list, split};
use crate::views::{Tables, budget, figures, inputs, machines, money, words};

use super::Source;
use super::charts::drawn;
use super::parts::{self, noted};

/// A section: its name within the page, its title, its content.
type Section = (&'static str, &'static str, Markup);

/// Every section.
pub(super) fn sections(source: &Source<'_>, tables: Tables<'_>) -> Result<Vec<Section>, Error> {
    Ok(vec![
        ("months", "Machines by month", months(tables)),
        ("wafers", "All wafer orders", wafers(tables)?),
        ("budget", "How much to prepay", budget(tables)?),
        ("promise", "What can be promised", promise(tables)),
        ("cash", "Cash by month", cash(tables)?),
        ("market", "Hashprice and difficulty", outlook(tables)?),
        ("pricing", "Pricing", prices(tables)),
        ("method", "Method", method(source)),
        ("words", "Words", glossary()),
    ])
}

fn months(tables: Tables<'_>) -> Markup {
    html! {
        @if let Some(grid) = machines::months(tables).some() {
            (grid)
            p.note {
                "A dash under committed supply: not known, or wafers for that month can still be ordered ("
                code { "wafer_orders" } ")."
            }
        } @else { (parts::no_data("shipment_forecast has no base scenario of all models")) }
        @if let Some(grid) = machines::earlier(tables) { (grid) }
    }
}

fn wafers(tables: Tables<'_>) -> Result<Markup, Error> {
    let (now, planned) = split(tables);
    Ok(html! {
        @if now.is_empty() && planned.is_empty() { (parts::no_data("wafer_orders has no row")) }
        (drawn(figures::wafers(tables).as_ref())?)
        @if !planned.is_empty() {
            (list("Planned: a later run decides", &planned))
            p.note { "Orders to place before the next run stand " a href="#order" { "at the top" } "." }
        }
    })
}

/// What budgets come to, what deposits are worth, and which orders to keep.
fn budget(tables: Tables<'_>) -> Result<Markup, Error> {
    let Some(steps) = budget::steps(tables).some() else {
        return Ok(parts::no_data("budget_frontier has no row"));
    };
    let figure = figures::budgets(tables);
    Ok(html! {
        @if let Some(figure) = &figure { p { (figure.message) } }
        (drawn(figure.as_ref())?)
        (steps)
        p.note {
            "A budget takes the lots of these orders in one sequence: what secured contracts need first, then what earns most per dollar \
             prepaid. Expected profit: sales that would be lost, less what leftovers cost. Later runs order what is cut."
        }
        (noted(budget::deposits(tables), ""))
        (noted(budget::kept(tables), "Each order stands alone, as the last one used at the end of the months decided, whenever it arrives: rows do not add up. Cancelled: what the foundry's cancellation terms say is lost, else what is prepaid, and sales with it. Kept: the cost of what is left over, less what it fetches."))
    })
}

/// Machines that can still be promised, by month and model.
fn promise(tables: Tables<'_>) -> Markup {
    let [with_orders, committed] = machines::promise(tables);
    if with_orders.rows.is_empty() {
        return parts::no_data("available_to_promise has no row");
    }
    html! {
        (noted(with_orders, ""))
        (noted(committed, "Models of one chip share it: what one takes the others lose. Every firm order is kept."))
    }
}

fn cash(tables: Tables<'_>) -> Result<Markup, Error> {
    let figure = figures::money(tables);
    let Some(months) = money::months(tables).some() else {
        return Ok(parts::no_data("cash has no base scenario"));
    };
    Ok(html! {
        @if let Some(figure) = &figure { p { (figure.message) } }
        (drawn(figure.as_ref())?)
        (noted(money::exposed(tables), ""))
        (noted(money::lowest(tables), ""))
        (noted(months, "Wafer orders complete: no, where wafers ordered in the month are for machines of a later year too, whose \
            prepayment is not in it."))
    })
}

fn outlook(tables: Tables<'_>) -> Result<Markup, Error> {
    let Some(ahead) = money::ahead(tables).some() else {
        return Ok(parts::no_data("market has no forecast"));
    };
    let [hashprice, difficulty, _] = figures::outlook(tables);
    Ok(html! {
        (drawn(hashprice.as_ref())?)
        (drawn(difficulty.as_ref())?)
        (ahead)
    })
}

/// Prices in the first and in the last month, by model.
fn prices(tables: Tables<'_>) -> Markup {
    let Some((rows, first, _)) = money::priced_now(tables) else {
        return parts::no_data("pricing has no row");
    };
    html! {
        @for grid in money::prices(tables) { (grid) }
        p.note {
            "At list price, the job's power price and the month's hashprice. A dash under Pays back: it never does at that \
             hashprice, or it has no list price; under a price or cost: neither the job nor the exports have one; under Mining better \
             from: mining is not the better use to the last month. Models that can ship in " (words::month(first)) "; every month and scenario is in the table."
            @if !money::room_known(&rows) {
                " For how many machines there is room is not known ([mining] sockets or power_mw): mining is the worth of one machine, whoever waits for it."
            }
        }
    }
}

fn method(source: &Source<'_>) -> Markup {
    html! {
        p {
            "Open orders run off by their contracts, thinned by the maker's own slip and cancellation rates. New orders are the \
             level of hashrate signed, moved by how orders respond to the price and hashprice, a mean over responses weighed by the \
             maker's own past. They ship after the lead times of past contracts. The price is a random walk; \
             difficulty follows it by regression, hashprice by the market identity. Every interval is a quantile of \
             simulated path sums, set by the errors of past forecasts."
        }
        (noted(inputs::used(source.manifest), ""))
        p.note { "Table " code { "regression" } " has the weight of every response." }
    }
}

/// Words that the page uses, as the trade does.
const WORDS: [(&str, &str); 16] = [
    ("as of", "the last day whose data were used"),
    ("backlog", "orders signed and not delivered"),
    ("base, bear, bull", "paths of the bitcoin price; base is the one to plan with"),
    ("bias", "forecast less actual, over actual: above 0 is too much"),
    ("booking curve", "how the machines of a contract are spread over the months after it is signed"),
    ("coverage", "share of past outcomes that lay within their interval"),
    ("expected", "of the backlog, what should ship after slips and cancellations"),
    (
        "firm",
        "the backlog that is secured by the agreed deposit, or whose deposit is not due yet, by its contract schedule",
    ),
    ("hashprice", "what a unit of hashrate earns a day"),
    ("lot", "the number of wafers that a foundry makes at once"),
    ("place now", "the last day to place the order falls before the next run"),
    (
        "interval",
        "from the 10th to the 90th percentile of the simulated paths, made to hold eight times in ten; where it held less often, it is named by that",
    ),
    ("sell-in", "machines sold to the channel"),
    ("tracking signal", "sum of errors over their mean size: beyond 4 or −4 the forecast leans to one side"),
    ("vintage", "the forecast of one as-of date; earlier ones are kept"),
    ("WAPE", "sum of absolute errors over the sum of what happened"),
];

fn glossary() -> Markup {
    html! { dl.glossary { @for (word, meaning) in WORDS { dt { (word) } dd { (meaning) } } } }
}
