//! What the exports say of each group of customers: that of its parent, or the customer itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Month, Usd};
use crate::ingest::{Account, Customer, Deal, Exports, Money, Worth, customer_key};
use crate::job::{Cash, Job, ModelId, Policy};

use super::Group;
use super::power::{Power, Waiting};

/// What is known of a group.
#[derive(Clone, Default, Debug)]
pub(super) struct Gathered {
    name: String,
    /// Its customers, as names are compared.
    customers: BTreeSet<String>,
    /// Machines ordered, taken and due.
    account: Account,
    open: Money,
    /// What is said of its customers, its head first.
    said: Vec<Customer>,
    /// Deals within the twelve months: machines x probability, by model.
    deals: BTreeMap<ModelId, f64>,
}

/// The groups that have orders or deals, by name as names are compared. `last` is the last month of deals that count.
pub(super) fn gather(exports: &Exports, last: Month) -> BTreeMap<String, Gathered> {
    let nobody = crate::ingest::Customers::default();
    let customers = exports.customers.as_ref().unwrap_or(&nobody);
    let mut groups: BTreeMap<String, Gathered> = BTreeMap::new();
    let ledger = &exports.ledger;
    // Names as orders write them go before those of other exports.
    let written: BTreeMap<String, &str> =
        ledger.accounts.keys().rev().map(|name| (customer_key(name), name.as_str())).collect();
    let mut of = |name: &str| -> (String, String) {
        let (key, as_written) = customers.group(name);
        let name = written.get(&key).copied().unwrap_or(as_written).to_owned();
        (key, name)
    };
    let add = |groups: &mut BTreeMap<String, Gathered>,
               name: &str,
               of: &mut dyn FnMut(&str) -> (String, String)| {
        let (key, display) = of(name);
        let group =
            groups.entry(key.clone()).or_insert_with(|| Gathered { name: display, ..Gathered::default() });
        group.customers.insert(customer_key(name));
        key
    };
    for (name, account) in &ledger.accounts {
        let key = add(&mut groups, name, &mut of);
        if let Some(group) = groups.get_mut(&key) {
            group.account.merge(account);
            for open in ledger.open.get(name).into_iter().flat_map(BTreeMap::values) {
                group.open.merge(&open.money);
            }
        }
    }
    for deal in exports.pipeline.iter().flatten().filter(|deal| deal.month <= last) {
        let key = add(&mut groups, &deal.customer, &mut of);
        if let Some(group) = groups.get_mut(&key) {
            *group.deals.entry(deal.model).or_default() += Deal::weighted(deal);
        }
    }
    for (name, customer) in &customers.by_name {
        let (key, _) = of(&customer.name);
        if let Some(group) = groups.get_mut(&key) {
            if *name == key {
                group.said.insert(0, customer.clone());
            } else {
                group.said.push(customer.clone());
            }
        }
    }
    groups
}

impl Gathered {
    /// What it comes to, before the forecast is shared out.
    pub(super) fn group(&self, job: &Job, list: &[Option<Usd>], as_of: Month) -> Group {
        let worth = |model: &ModelId, of: &Worth| {
            let unpriced = (of.machines - of.priced) as f64;
            Usd::from(of.value) + list[model.0].map_or(Usd::ZERO, |price| price * unpriced)
        };
        let taken = &self.account.taken;
        let (open_value, owed) = (self.open_value(), self.owed(&job.cash));
        let limits: Vec<Usd> = self.said.iter().filter_map(|customer| customer.credit_limit).collect();
        let credit_limit = (!limits.is_empty()).then(|| limits.iter().copied().sum::<Usd>());
        Group {
            name: self.name.clone(),
            customers: self.customers.len() as u64,
            segment: self.common(|customer| customer.segment).or_else(|| self.account.segment()),
            region: self.common(|customer| customer.region.clone()),
            kind: self.common(|customer| customer.kind.clone()),
            taken: taken.values().map(|of| of.machines).sum(),
            taken_value: taken.iter().map(|(model, of)| worth(model, of)).sum(),
            open_value,
            owed,
            credit_limit,
            over_limit: credit_limit.map(|limit| (owed - limit).max(Usd::ZERO)),
            power: self.power(job, as_of),
            ..Group::default()
        }
    }

    /// What the head of the group has, else what all of its customers that say anything have in common.
    fn common<T: PartialEq>(&self, of: impl Fn(&Customer) -> Option<T>) -> Option<T> {
        let mut said = self.said.iter().filter_map(&of);
        let head = self.said.first().filter(|head| customer_key(&head.name) == customer_key(&self.name));
        if let Some(own) = head.and_then(&of) {
            return Some(own);
        }
        let first = said.next()?;
        said.all(|other| other == first).then_some(first)
    }

    /// Power of all its customers for the machines due to all of them; `None` where none is given.
    fn power(&self, job: &Job, as_of: Month) -> Option<Waiting> {
        let mut power = Power::new();
        for (from, mw) in self.said.iter().flat_map(|customer| &customer.power_mw) {
            *power.entry(*from).or_default() += mw;
        }
        if power.is_empty() {
            return None;
        }
        let mut due: BTreeMap<(Month, ModelId), u64> = BTreeMap::new();
        for (model, month, _, machines) in self.account.due() {
            *due.entry((month, model)).or_default() += machines;
        }
        let due: Vec<(Month, f64, u64)> = due
            .into_iter()
            .map(|((month, model), machines)| (month, job.catalogue.model(model).power_w.get(), machines))
            .collect();
        Some(Waiting::new(&due, &power, as_of + 12))
    }

    /// Firm machines of a model due within the twelve months, and others signed.
    pub(super) fn due(&self, model: ModelId, list: Option<Usd>, policy: &Policy, as_of: Month) -> [f64; 2] {
        let mut due = [0.0; 2];
        for (of, month, standing, machines) in self.account.due() {
            if of == model && month <= as_of + 12 {
                let firm = match self.account.segment() {
                    Some(segment) => standing.by_list(list, segment, policy).is_firm(),
                    None => standing.is_firm(),
                };
                due[usize::from(!firm)] += machines as f64;
            }
        }
        due
    }

    /// Machines of its deals, times their probability.
    pub(super) fn pipeline(&self) -> f64 {
        self.deals.values().sum()
    }

    /// The same in USD at list prices.
    pub(super) fn pipeline_value(&self, list: &[Option<Usd>]) -> Usd {
        self.deals.iter().filter_map(|(model, machines)| Some(list[model.0]? * *machines)).sum()
    }

    /// Its parent, or the customer itself.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its customers, as names are compared.
    pub(super) const fn customers(&self) -> &BTreeSet<String> {
        &self.customers
    }

    /// Value still to deliver.
    pub(super) fn open_value(&self) -> Usd {
        Usd::from(self.open.left_value)
    }

    /// Of it what was not received.
    pub(super) fn owed(&self, cash: &Cash) -> Usd {
        (self.open_value() - self.open.held(cash)).max(Usd::ZERO)
    }

    /// Machines still to deliver.
    pub(super) const fn machines_open(&self) -> u64 {
        self.account.open
    }

    /// Machines that it usually signs: those of the last two years.
    pub(super) const fn usual(&self) -> u64 {
        self.account.usual
    }

    /// Months of them in which it signed.
    pub(super) const fn months_signed(&self) -> u32 {
        self.account.months_signed()
    }

    /// Takes over another group.
    pub(super) fn merge(&mut self, other: &Self) {
        self.account.merge(&other.account);
        for (model, machines) in &other.deals {
            *self.deals.entry(*model).or_default() += machines;
        }
    }

    /// Its orders.
    pub(super) const fn account(&self) -> &Account {
        &self.account
    }
}
