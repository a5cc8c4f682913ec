//! Wafer orders from vintage to vintage: what the vintage before proposed, and the bridge from it to what is proposed now.

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::Month;
use crate::ingest::Decided;
use crate::market::HORIZON;
use crate::publish::{Listing, TEMPLATE, VintageName};
use crate::supply::{Known, OrderSettled, OrdersBefore, Proposal, Settled, Standing};
use crate::table::Spec;

use super::proposed::Proposed;
use super::read::{Earlier, PublishedForecast, proposed, rows};

/// The orders of the newest vintage of an earlier as-of month that stands; `None` where there is none, or its table of
/// orders cannot be read, which the chain reports.
pub fn orders_before(out: &Path, listing: &Listing, as_of: Month, specs: &[&Spec]) -> Option<OrdersBefore> {
    let (name, manifest) = listing.standing.iter().rfind(|(name, _)| name.as_of < as_of)?;
    let folder = out.join(name.to_string());
    let orders = rows(&folder, manifest, "wafer_orders", specs).and_then(|rows| proposed(&rows)).ok()?;
    let decided = rows(&folder, manifest, "order_decisions", specs).unwrap_or_default();
    let known = decided.iter().filter_map(|row| {
        let cell = |column: &str| row.get(column).cloned();
        let known = Known {
            chip: cell("chip")?,
            foundry: cell("foundry")?,
            proposed: cell("proposed_wafers")?.parse().ok()?,
            in_supply: cell("standing")? == Standing::InSupply.name(),
        };
        Some((cell("order")?, known))
    });
    Some(OrdersBefore {
        vintage: name.to_string(),
        period: name.period(),
        as_of: name.as_of,
        file: manifest.templates.iter().any(|t| t.file == TEMPLATE).then(|| folder.join(TEMPLATE)),
        known: known.collect(),
        proposals: proposals(&orders).collect(),
    })
}

/// Those to place before the next run.
pub(crate) fn proposals(orders: &[Proposed]) -> impl Iterator<Item = Proposal> + '_ {
    orders.iter().filter(|order| order.place_now).map(|order| Proposal {
        chip: order.chip.clone(),
        foundry: order.foundry.clone(),
        place_by: order.place_by,
        wafers: order.wafers,
    })
}

/// Wafers of one chip from an earlier vintage's orders to this one's: `previous` and the parts add up to `now`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct OrdersRevised {
    /// Proposed and planned then.
    pub previous: i64,
    /// Placed since, taken off.
    pub placed: i64,
    /// Declined or cancelled since, and what was placed with fewer wafers; taken off.
    pub declined: i64,
    /// Neither placed nor declined, taken off.
    pub undecided: i64,
    /// For machines that ship after the earlier vintage's last month.
    pub new_months: i64,
    /// Needed more or less than that for the same machines.
    pub need: i64,
    /// Proposed and planned now.
    pub now: i64,
}

/// The bridge of wafer orders from one earlier vintage, by chip.
#[derive(Clone, Debug)]
pub struct OrderBridge {
    /// The earlier vintage.
    pub previous: VintageName,
    /// By chip.
    pub chips: BTreeMap<String, OrdersRevised>,
}

/// From `earlier` to the orders about to be published; `None` where one of the two has no table of them. Between a vintage
/// and its revision nothing is decided: what people did since its as-of date counts in the next one.
pub(super) fn orders_revised(
    earlier: &Earlier,
    published: &PublishedForecast,
    (as_of, settled): (Month, &Settled),
) -> Option<OrderBridge> {
    let mut chips: BTreeMap<String, OrdersRevised> = BTreeMap::new();
    let before = earlier.forecast.wafers.as_ref()?;
    for order in before {
        chips.entry(order.chip.clone()).or_default().previous += order.wafers;
    }
    let last = earlier.as_of.plus(HORIZON);
    for order in published.wafers.as_ref()? {
        let row = chips.entry(order.chip.clone()).or_default();
        row.now += order.wafers;
        row.new_months += if order.ship > last { order.wafers } else { 0 };
    }
    if earlier.as_of < as_of {
        let open: BTreeMap<String, Proposal> =
            proposals(before).map(|proposal| (proposal.order(&earlier.name.period()), proposal)).collect();
        let decided: BTreeMap<&str, &OrderSettled> =
            settled.orders.iter().map(|order| (order.row.order.as_str(), order)).collect();
        for order in &settled.orders {
            let since = order.row.date.is_some_and(|date| date > earlier.as_of.last_day());
            if was_placed(order) && (since || open.contains_key(&order.row.order)) {
                let row = chips.entry(order.row.chip.clone()).or_default();
                row.placed -= order.row.wafers.map_or(0, i64::from);
            }
        }
        for (name, proposal) in &open {
            let row = chips.entry(proposal.chip.clone()).or_default();
            match decided.get(name.as_str()) {
                Some(order) if was_placed(order) => {
                    row.declined -= (proposal.wafers - order.row.wafers.map_or(0, i64::from)).max(0);
                }
                Some(order) if !matches!(order.standing, Standing::Undecided | Standing::Later) => {
                    row.declined -= proposal.wafers;
                }
                _ => row.undecided -= proposal.wafers,
            }
        }
    }
    for row in chips.values_mut() {
        row.need = row.now - row.previous - row.placed - row.declined - row.undecided - row.new_months;
    }
    (!chips.is_empty()).then_some(OrderBridge { previous: earlier.name, chips })
}

/// Whether an order was placed by the as-of date and stands.
fn was_placed(order: &OrderSettled) -> bool {
    order.row.decided == Decided::Placed && order.standing != Standing::Later
}
