//! What is looked up: months, planned orders, promises, pricing, method and words.

use maud::{Markup, html};

use crate::views::orders::{list, split};
use crate::views::{Tables, inputs, machines, money, words};

use super::Source;
use super::parts::{self, noted};

/// A section: its name within the page, its title, its content.
type Section = (&'static str, &'static str, Markup);

/// Every section.
pub(super) fn sections(source: &Source<'_>, tables: Tables<'_>) -> Vec<Section> {
    vec![
        ("months", "Machines by month", months(tables)),
        ("wafers", "Planned wafer orders", wafers(tables)),
        ("promise", "What can be promised", promise(tables)),
        ("pricing", "Pricing", prices(tables)),
        ("method", "Method", method(source)),
        ("words", "Words", glossary()),
    ]
}

fn months(tables: Tables<'_>) -> Markup {
    html! {
        @if let Some(grid) = machines::months(tables).some() {
            (grid)
            p.note {
                "A dash under committed supply: not known, or wafers for machines of that month can still be ordered ("
                code { "wafer_orders" } ")."
            }
        } @else { (parts::no_data("shipment_forecast has no base scenario of all models")) }
    }
}

fn wafers(tables: Tables<'_>) -> Markup {
    let (now, planned) = split(tables);
    html! {
        @if now.is_empty() && planned.is_empty() { (parts::no_data("wafer_orders has no row")) }
        (noted(list("Planned: a later run decides", &planned), ""))
        p.note { "Orders to place before the next run stand " a href="#order" { "at the top" } "." }
    }
}

/// Machines that can still be promised, by month and model.
fn promise(tables: Tables<'_>) -> Markup {
    let grid = machines::promise(tables);
    if grid.rows.is_empty() {
        return parts::no_data("available_to_promise has no row");
    }
    noted(grid, "Models of one chip share it: what one takes the others lose. Every firm order is kept.")
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
const WORDS: [(&str, &str); 25] = [
    ("as of", "the last day whose data were used"),
    ("backlog", "orders signed and not delivered"),
    ("base, bear, bull", "paths of the bitcoin price, not of demand; base is the one to plan with"),
    ("bias", "forecast less actual, over actual: above 0 is too much"),
    ("booking curve", "how the machines of a contract are spread over the months after it is signed"),
    ("clear", "sell what is left over at once, below list price"),
    ("coverage", "share of past outcomes that lay within their interval"),
    ("expected", "of the backlog, what should ship after slips and cancellations"),
    (
        "firm",
        "the backlog that is secured by the agreed deposit, or whose deposit is not due yet, by its contract schedule",
    ),
    ("hashprice", "what a unit of hashrate earns a day"),
    ("Herfindahl index", "sum of squared shares of customers: 1 where one has all, 0.1 where ten have alike"),
    (
        "interval",
        "from the 10th to the 90th percentile of the simulated paths, made to hold eight times in ten; where it held less often, it is named by that",
    ),
    ("list price", "today's price of a model: the job's, or the median of its newest orders"),
    ("lot", "the number of wafers that a foundry makes at once"),
    ("path", "one simulated course of price, orders, cancellations and supply; there are thousands"),
    ("place now", "the last day to place the order falls before the next run"),
    ("rounding", "machines that whole lots bring beyond what the year needs"),
    ("safety", "machines ordered above the mean forecast, for the service level"),
    ("secured", "of a contract: the agreed share of its value was received"),
    ("sell-in", "machines sold to the channel"),
    ("service level", "share of the paths whose demand an order covers"),
    ("tracking signal", "sum of errors over their mean size: beyond 4 or −4 the forecast leans to one side"),
    ("vintage", "the forecast of one as-of date; earlier ones are kept"),
    ("WAPE", "sum of absolute errors over the sum of what happened"),
    ("write-down", "cost of what is left over less what it fetches then"),
];

fn glossary() -> Markup {
    html! { dl.glossary { @for (word, meaning) in WORDS { dt { (word) } dd { (meaning) } } } }
}
