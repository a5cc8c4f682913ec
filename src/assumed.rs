//! What the orders to place now hang on that is assumed and not known: room to mine with leftovers, and what customers do who wait.

use crate::demand::{Forecast, Lateness};
use crate::domain::Usd;
use crate::market::HORIZON;
use crate::supply::{Basis, Decision, Plan, Room, Values};

/// The orders to place now under another assumption.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Otherwise {
    /// What is assumed in its place.
    instead: Instead,
    /// Wafers to place now, and their price: as proposed, and with it.
    orders: [(i64, Usd); 2],
}

/// Another assumption.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Instead {
    /// No room at the maker's own sites, where the job does not say how much there is.
    NoRoom,
    /// All customers who miss their month wait but those who leave by the maker's own orders, the share of a machine's margin that is lost then; before
    /// it the job's.
    AllWait([f64; 2]),
}

impl Otherwise {
    /// Each that changes the orders to place now.
    pub(crate) fn all(basis: &Basis<'_>, base: &Forecast, plan: &Plan, lateness: &Lateness) -> Vec<Self> {
        let job = basis.job;
        let proposed = now(plan);
        let none = Room {
            sockets: Some([0.0; HORIZON + 1]),
            watts: None,
            machine_watts: job.catalogue.models.iter().map(|model| model.power_w.get()).collect(),
            share: vec![0.0; job.catalogue.models.len()],
        };
        let no_room = Basis { values: Values { room: Some(&none), ..basis.values }, ..*basis };
        let least = lateness.lost_after(job.wafers.review_months);
        let all_wait = Basis { lost_share: least, ..*basis };
        let room_unknown = basis.values.room.is_none().then_some((Instead::NoRoom, no_room));
        let wait = Instead::AllWait([basis.lost_share, least]);
        let others = room_unknown.into_iter().chain([(wait, all_wait)]).map(|(instead, basis)| {
            let other = Plan::new(&basis, base, std::slice::from_ref(base));
            Self { instead, orders: [proposed, now(&other)] }
        });
        others.filter(|of| of.orders[0] != of.orders[1]).collect()
    }

    /// In a line; `grouped` writes numbers as its screen does.
    pub(crate) fn described(&self, grouped: impl Fn(i64) -> String) -> String {
        let percent = |share: f64| format!("{:.0}%", 100.0 * share);
        let (assumed, instead) = match self.instead {
            Instead::NoRoom => (
                "leftovers are taken to be mined with where that fetches more, and the job does not say for how many there is room (sockets or power_mw of [mining])".to_owned(),
                "with no room".to_owned(),
            ),
            Instead::AllWait([lost, least]) => (
                format!("a machine that misses its month is taken to lose {} of its margin (lost_share of [wafers])", percent(lost)),
                format!("at the {} whose customers leave by your own orders", percent(least)),
            ),
        };
        let [proposed, other] = self.orders;
        format!(
            "{assumed}: {instead} {} wafers would be ordered now for {} USD, in place of {} for {}",
            grouped(other.0),
            grouped(other.1.dollars().round() as i64),
            grouped(proposed.0),
            grouped(proposed.1.dollars().round() as i64),
        )
    }
}

/// Wafers to place before the next run, and their price.
fn now(plan: &Plan) -> (i64, Usd) {
    let orders = plan.orders.first().into_iter().flatten().filter(|o| o.decision == Decision::PlaceNow);
    orders.fold((0, Usd::ZERO), |(wafers, cost), order| (wafers + order.wafers, cost + order.cost))
}
