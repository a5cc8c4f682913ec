//! Key accounts: who the machines of the forecast are for, who can plug them in, and who owes how much.
//!
//! Nothing here has a part in the forecast: it is shared out. `docs/concepts/accounts.md` has the rules and an example of each.

mod expected;
mod groups;
mod largest;
mod power;
mod retention;

pub use expected::{named, usual_weight};
pub use largest::Largest;
pub use power::{Power, Waiting};
pub use retention::{Cohort, accounts, cohorts};

use std::cmp::Reverse;

use crate::demand::{Forecast, split};
use crate::domain::{Month, Usd};
use crate::ingest::{Exports, Segment};
use crate::job::Job;
use crate::market::HORIZON;

use groups::Gathered;

/// Share of the value of groups that the smallest set of key accounts has.
const KEY_SHARE: f64 = 0.8;

/// Most groups named.
const MOST: usize = 20;

/// One group of customers, or several.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Group {
    /// The parent, or the customer where it has none.
    pub name: String,
    /// Customers with an order or a deal.
    pub customers: u64,
    /// What kind of customer it is; of several groups none.
    pub segment: Option<Segment>,
    /// Where it is.
    pub region: Option<String>,
    /// What kind of miner it is.
    pub kind: Option<String>,
    /// Machines that left in the trailing year.
    pub taken: u64,
    /// Their value, at today's list price where an order has none.
    pub taken_value: Usd,
    /// Firm machines due by contract within the twelve months.
    pub firm: i64,
    /// Signed machines due, firm or not.
    pub signed: i64,
    /// Of the forecast, what is expected of signed contracts.
    pub backlog: i64,
    /// Of the forecast, what is not signed and the pipeline has.
    pub pipeline: i64,
    /// Of the forecast, what is not signed, beyond the pipeline.
    pub usual: i64,
    /// Value still to deliver.
    pub open_value: Usd,
    /// Of it what was not received.
    pub owed: Usd,
    /// The most that it may owe.
    pub credit_limit: Option<Usd>,
    /// What it owes beyond that; `None` where no limit is known.
    pub over_limit: Option<Usd>,
    /// Power for the machines signed; `None` where none is given.
    pub power: Option<Waiting>,
}

impl Group {
    /// Machines forecast for it.
    pub const fn units(&self) -> i64 {
        self.backlog + self.unsigned()
    }

    /// Of them not signed yet.
    pub const fn unsigned(&self) -> i64 {
        self.pipeline + self.usual
    }

    /// Adds another group; what only one group has is left out.
    fn add(&mut self, other: &Self) {
        self.customers += other.customers;
        self.taken += other.taken;
        self.taken_value += other.taken_value;
        self.firm += other.firm;
        self.signed += other.signed;
        self.backlog += other.backlog;
        self.pipeline += other.pipeline;
        self.usual += other.usual;
        self.open_value += other.open_value;
        self.owed += other.owed;
        self.over_limit = match (self.over_limit, other.over_limit) {
            (Some(one), Some(two)) => Some(one + two),
            (one, two) => one.or(two),
        };
        if let Some(power) = &other.power {
            let sum = self.power.get_or_insert_default();
            sum.mw += power.mw;
            sum.machines += power.machines;
            // Each group has a month of its own.
            sum.until = None;
        }
    }
}

/// The groups of customers of a forecast.
#[derive(Clone, PartialEq, Debug)]
pub struct KeyAccounts {
    /// Those that matter, the largest first.
    pub groups: Vec<Group>,
    /// All others, and customers not known yet.
    pub others: Group,
    /// All of them.
    pub all: Group,
    /// Whether the exports say anything of customers beside their orders.
    pub given: bool,
    /// Machines of the pipeline within the twelve months, times their probability.
    pub weighted: f64,
}

impl KeyAccounts {
    /// Shares out the machines of the base forecast. `list` has a list price by model.
    pub fn new(exports: &Exports, job: &Job, base: &Forecast, list: &[Option<Usd>], as_of: Month) -> Self {
        let gathered = groups::gather(exports, as_of.plus(HORIZON));
        let mut groups: Vec<(Group, Gathered)> = gathered
            .into_values()
            .map(|of| {
                let group = of.group(job, list, as_of);
                (group, of)
            })
            .collect();
        let weight = |(group, of): &(Group, Gathered)| {
            let value = group.taken_value + group.open_value + of.pipeline_value(list);
            (value.dollars(), group.taken + of.machines_open())
        };
        groups.sort_by(|a, b| {
            let (of_a, of_b) = (weight(a), weight(b));
            of_b.0.total_cmp(&of_a.0).then(of_b.1.cmp(&of_a.1)).then_with(|| a.0.name.cmp(&b.0.name))
        });
        let weights: Vec<f64> = groups
            .iter()
            .map(|of| match groups.first().map(|first| weight(first).0) {
                // Without a price machines tell who matters.
                Some(0.0) => weight(of).1 as f64,
                _ => weight(of).0,
            })
            .collect();
        let unclaimed = share_out(&mut groups, base, (job, list, as_of));
        let key = matter(&weights, |place| {
            let (group, of) = &groups[place];
            of.pipeline() > 0.0 || group.power.as_ref().is_some_and(|power| power.machines > 0)
        });
        let weighted = groups.iter().map(|(_, of)| of.pipeline()).sum();
        // What the rest and the unknown are expected to sign is shared out with the key accounts, so that all adds up.
        let mut accounts = Self {
            groups: Vec::new(),
            others: Group { name: "others".to_owned(), ..Group::default() },
            all: Group { name: "ALL".to_owned(), ..Group::default() },
            given: exports.customers.is_some() || exports.pipeline.is_some(),
            weighted,
        };
        let (mut named_of, mut rest) = (Vec::new(), Gathered::default());
        for (place, (group, of)) in groups.into_iter().enumerate() {
            if key.contains(&place) {
                named_of.push(of);
                accounts.groups.push(group);
            } else {
                rest.merge(&of);
                accounts.others.add(&group);
            }
        }
        accounts.others.firm += unclaimed.firm;
        accounts.others.signed += unclaimed.signed;
        accounts.others.backlog += unclaimed.backlog;
        accounts.unsigned(base, (&named_of, &rest));
        for group in accounts.groups.iter().chain([&accounts.others]) {
            accounts.all.add(group);
        }
        accounts
    }

    /// Shares out what is not signed: the pipeline first, then what groups usually sign.
    fn unsigned(&mut self, base: &Forecast, (groups, rest): (&[Gathered], &Gathered)) {
        let units: i64 = base.units.iter().flatten().sum();
        let backlog: i64 = self.groups.iter().map(|group| group.backlog).sum::<i64>() + self.others.backlog;
        let total = (units - backlog).max(0);
        let signed: u64 = groups.iter().map(Gathered::usual).sum::<u64>() + rest.usual();
        let share = |of: &Gathered| {
            let own = if signed > 0 { of.usual() as f64 / signed as f64 } else { 0.0 };
            own * usual_weight(of.months_signed())
        };
        let mut shares: Vec<f64> = groups.iter().map(share).collect();
        shares.push((1.0 - shares.iter().sum::<f64>()).max(0.0));
        let usual: Vec<f64> = shares.iter().map(|share| share * total as f64).collect();
        let pipeline: Vec<f64> = groups.iter().chain([rest]).map(Gathered::pipeline).collect();
        let parts = named(&pipeline, &usual, total as f64);
        let both: Vec<f64> = parts.iter().flat_map(|(pipeline, usual)| [*pipeline, *usual]).collect();
        let whole = split(total, &both);
        for (group, cells) in self.groups.iter_mut().chain([&mut self.others]).zip(whole.chunks_exact(2)) {
            (group.pipeline, group.usual) = (cells[0], cells[1]);
        }
    }

    /// Groups that get machines before they have power for them, most first.
    pub fn without_power(&self) -> Vec<(&Group, &Waiting)> {
        let waits = |group: &'_ Group| group.power.as_ref().is_some_and(|power| power.machines > 0);
        let mut found: Vec<_> = self
            .groups
            .iter()
            .filter(|group| waits(group))
            .filter_map(|group| Some((group, group.power.as_ref()?)))
            .collect();
        found.sort_by_key(|(_, power)| Reverse(power.machines));
        found
    }
}

/// Places of the groups that matter: the smallest set that has [`KEY_SHARE`] of the weight, then those that must be named; at
/// most [`MOST`]. Weights are sorted, the largest first.
fn matter(weights: &[f64], must: impl Fn(usize) -> bool) -> Vec<usize> {
    let all: f64 = weights.iter().sum();
    let mut sum = 0.0;
    let mut key: Vec<usize> = Vec::new();
    for (place, weight) in weights.iter().enumerate() {
        if sum >= KEY_SHARE * all || *weight <= 0.0 {
            break;
        }
        sum += weight;
        key.push(place);
    }
    let further = (key.len()..weights.len()).filter(|place| must(*place));
    key.extend(further.collect::<Vec<_>>());
    key.truncate(MOST);
    key
}

/// Shares out, model by model, what contracts have due and what is expected of them; what nobody's contracts have due is returned.
fn share_out(
    groups: &mut [(Group, Gathered)],
    base: &Forecast,
    (job, list, as_of): (&Job, &[Option<Usd>], Month),
) -> Group {
    let mut unclaimed = Group::default();
    for id in job.catalogue.ids() {
        let sum = |of: &[[i64; HORIZON]]| -> i64 { of.get(id.0).map_or(0, |row| row.iter().sum()) };
        let (firm, unsecured, units) = (sum(&base.firm), sum(&base.unsecured), sum(&base.units));
        // An override may put less than is signed in place of the forecast.
        let backlog = sum(&base.expected).min(units).max(0);
        let due: Vec<[f64; 2]> =
            groups.iter().map(|(_, of)| of.due(id, list[id.0], &job.policy, as_of)).collect();
        let part = |total: i64, weight: &dyn Fn(&[f64; 2]) -> f64| {
            split(total, &due.iter().map(weight).collect::<Vec<f64>>())
        };
        let firms = part(firm, &|[firm, _]| *firm);
        let others = part(unsecured, &|[_, unsecured]| *unsecured);
        let expected = part(backlog, &|[firm, unsecured]| firm + unsecured);
        let left = |total: i64, parts: &[i64]| total - parts.iter().sum::<i64>();
        unclaimed.firm += left(firm, &firms);
        unclaimed.signed += left(firm, &firms) + left(unsecured, &others);
        unclaimed.backlog += left(backlog, &expected);
        for (place, (group, _)) in groups.iter_mut().enumerate() {
            group.firm += firms[place];
            group.signed += firms[place] + others[place];
            group.backlog += expected[place];
        }
    }
    unclaimed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 50 and 30 of 100 are the first 80%; the fourth has a deal, the last has nothing.
    #[test]
    fn the_smallest_set_of_four_fifths_and_who_must_be_named() {
        assert_eq!(matter(&[50.0, 30.0, 12.0, 8.0, 0.0], |place| place == 3), [0, 1, 3]);
        assert_eq!(matter(&[50.0, 29.0, 13.0, 8.0], |_| false), [0, 1, 2]);
        assert_eq!(matter(&[0.0, 0.0], |_| false), [0_usize; 0]);
        assert_eq!(matter(&[1.0; 100], |_| true).len(), MOST);
    }
}
