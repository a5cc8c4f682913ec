//! `customers`: who belongs to whom, what power they have for machines and when, and up to what they may owe.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::Usd;
use crate::ingest::cells::currency;
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::names::folded;
use crate::ingest::orders::order::Segment;
use crate::ingest::rows::reading::Reading;

use super::rates::Rates;

/// What is said of a customer.
#[derive(Clone, PartialEq, Debug)]
pub struct Customer {
    /// Its name, as its first row has it.
    pub name: String,
    /// Who it belongs to; `None`: it stands for itself.
    pub parent: Option<String>,
    /// What kind of customer it is.
    pub segment: Option<Segment>,
    /// Where it is.
    pub region: Option<String>,
    /// What kind of miner it is.
    pub kind: Option<String>,
    /// Megawatts that become free for machines still to be delivered, by the day from which on; `None`: by the as-of date.
    pub power_mw: BTreeMap<Option<NaiveDate>, f64>,
    /// The most that it may owe.
    pub credit_limit: Option<Usd>,
}

/// Every customer of the export.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Customers {
    /// By [`key`] of its name.
    pub by_name: BTreeMap<String, Customer>,
}

/// A customer's name as names are compared: without case, blanks, `_` and `-`.
pub fn key(name: &str) -> String {
    let key = folded(name);
    if key.is_empty() { name.to_owned() } else { key }
}

impl Customers {
    /// The group that a customer belongs to: the parent of the parent and so on, else the customer itself; as it is compared,
    /// and as it is written.
    pub fn group<'a>(&'a self, name: &'a str) -> (String, &'a str) {
        let (mut place, mut written) = (key(name), name);
        // Circles were refused when the export was read.
        for _ in 0..=self.by_name.len() {
            let Some(parent) = self.by_name.get(&place).and_then(|known| known.parent.as_deref()) else {
                break;
            };
            (place, written) = (key(parent), parent);
        }
        (place, written)
    }

    /// Whether any customer belongs to another.
    pub fn has_parents(&self) -> bool {
        self.by_name.values().any(|customer| customer.parent.is_some())
    }
}

pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("customer", &["customer name", "account"]),
    optional("parent", &["parent customer", "parent account", "group"]),
    optional("segment", &["customer_segment"]),
    optional("region", &["country"]),
    optional("kind", &["kind of miner"]),
    optional("power_mw", &["mw", "power"]),
    optional("power_from", &["power date"]),
    optional("credit_limit_usd", &["credit limit"]),
    optional("currency", currency::NAMES),
    optional("known_on", &["known date"]),
];

const CUSTOMER: usize = 0;
const PARENT: usize = 1;
const SEGMENT: usize = 2;
const REGION: usize = 3;
const KIND: usize = 4;
const POWER: usize = 5;
const POWER_FROM: usize = 6;
const LIMIT: usize = 7;
const CURRENCY: usize = 8;
const KNOWN: usize = 9;

/// Most megawatts of one row: all mining of the world takes a fifth of it.
const MOST_MW: f64 = 100_000.0;

/// One row.
struct Said {
    name: String,
    parent: Option<String>,
    segment: Option<Segment>,
    region: Option<String>,
    kind: Option<String>,
    power: Option<(Option<NaiveDate>, f64)>,
    limit: Option<f64>,
    line: u64,
}

/// A customer with the place of each thing said of it.
struct Gathered {
    customer: Customer,
    places: BTreeMap<&'static str, Place>,
}

/// Reads what was known of customers on `as_of`. A customer may have several rows: each may give power from another day on, and
/// what they say beside it must not differ.
pub(in crate::ingest) fn read(reading: &mut Reading<'_>, located: &Located, as_of: NaiveDate) -> Customers {
    let rates = Rates::of(reading, &located.export);
    let mut found: BTreeMap<String, Gathered> = BTreeMap::new();
    let each = |table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<Said>| {
        let said = said(table, row, &rates, as_of);
        let used = said.is_some();
        rows.extend(said);
        used
    };
    let mut of_parents = Vec::new();
    reading.of_amounts(located, (COLUMNS, &[LIMIT]), each, |path, rows| {
        let mut problems = Vec::new();
        let mut rows: Vec<Said> = rows.into_iter().flatten().collect();
        rows.sort_by_key(|said| said.line);
        for said in rows {
            let line = said.line;
            let place = |column: &str, value: String| Place {
                path: path.to_owned(),
                line,
                column: column.to_owned(),
                value,
            };
            let known = found.entry(key(&said.name)).or_insert_with(|| Gathered {
                customer: Customer {
                    name: said.name.clone(),
                    parent: None,
                    segment: None,
                    region: None,
                    kind: None,
                    power_mw: BTreeMap::new(),
                    credit_limit: None,
                },
                places: BTreeMap::new(),
            });
            known.take(said, &place, &mut problems);
        }
        problems
    });
    let mut customers = Customers::default();
    for (name, gathered) in found {
        of_parents.extend(gathered.places.get("parent").map(|place| (name.clone(), place.clone())));
        customers.by_name.insert(name, gathered.customer);
    }
    reading.problems.extend(circles(&customers, of_parents));
    customers
}

/// Customers that belong to themselves by way of others.
fn circles(customers: &Customers, of_parents: Vec<(String, Place)>) -> Vec<Diagnostic> {
    let in_circle = |name: &str| {
        let mut place = name.to_owned();
        (0..customers.by_name.len()).any(|_| {
            match customers.by_name.get(&place).and_then(|known| known.parent.as_deref()) {
                Some(parent) => {
                    place = key(parent);
                    place == name
                }
                None => false,
            }
        })
    };
    let problem = |(_, place)| {
        let reason =
            "belongs to itself by way of its own parents: leave the parent of the group's head empty";
        Diagnostic::error(Code::Contradiction, place, reason)
    };
    of_parents.into_iter().filter(|(name, _)| in_circle(name)).map(problem).collect()
}

impl Gathered {
    /// Takes over what a row says; what it contradicts is reported.
    fn take(&mut self, said: Said, place: &dyn Fn(&str, String) -> Place, problems: &mut Vec<Diagnostic>) {
        let Self { customer, places } = self;
        let mut differs = |column: &'static str, before: Option<String>, now: Option<String>| {
            let Some(now) = now else { return false };
            let here = place(column, now.clone());
            match before.zip(places.get(column)) {
                None => drop(places.insert(column, here)),
                Some((before, _)) if before == now => {}
                Some((before, first)) => {
                    let reason = format!(
                        "differs from `{before}` on line {} of {}: a customer's rows may differ in power alone",
                        first.line,
                        first.path.display()
                    );
                    problems.push(Diagnostic::error(Code::Contradiction, here, reason));
                    return false;
                }
            }
            true
        };
        // A parent written otherwise is the same parent.
        let same_parent = |now: &String| customer.parent.clone().filter(|before| key(before) == key(now));
        let parent = said.parent.map(|now| same_parent(&now).unwrap_or(now));
        if differs("parent", customer.parent.clone(), parent.clone()) {
            customer.parent = parent;
        }
        let word = |segment: Option<Segment>| segment.map(|segment| segment.name().to_owned());
        if differs("segment", word(customer.segment), word(said.segment)) {
            customer.segment = said.segment;
        }
        if differs("region", customer.region.clone(), said.region.clone()) {
            customer.region = said.region;
        }
        if differs("kind", customer.kind.clone(), said.kind.clone()) {
            customer.kind = said.kind;
        }
        let limit = |usd: Option<f64>| usd.map(|usd| format!("{usd:.2}"));
        if differs("credit_limit_usd", limit(customer.credit_limit.map(Usd::dollars)), limit(said.limit)) {
            customer.credit_limit = said.limit.map(Usd::new);
        }
        if let Some((from, mw)) = said.power {
            match customer.power_mw.get(&from) {
                None => drop(customer.power_mw.insert(from, mw)),
                Some(before) => {
                    let day = from.map_or_else(|| "without a day".to_owned(), |day| format!("from {day} on"));
                    let reason = format!(
                        "is the second power of this customer {day}, beside {before} MW: write what comes on a day in one row"
                    );
                    problems.push(Diagnostic::error(
                        Code::DuplicateRow,
                        place("power_mw", mw.to_string()),
                        reason,
                    ));
                }
            }
        }
    }
}

fn said(table: &mut Table<'_>, row: &Row<'_>, rates: &Rates, as_of: NaiveDate) -> Option<Said> {
    let before = table.problems();
    let known = table.maybe_date(row, KNOWN);
    if let Some(day) = known.flatten().filter(|day| *day > as_of) {
        table.found.goes_on = true;
        table.found.seen.later(day, row.line);
        return None;
    }
    let name = table.need_text(row, CUSTOMER).map(str::to_owned);
    let text = |table: &Table<'_>, column: usize| table.text(row, column).map(str::to_owned);
    let (parent, region, kind) = (text(table, PARENT), text(table, REGION), text(table, KIND));
    let segment = table.maybe_word(row, SEGMENT, &Segment::WORDS);
    let power = table.maybe_number(row, POWER);
    let from = table.maybe_date(row, POWER_FROM);
    let limit = table.maybe_number(row, LIMIT);
    let mut refuse = |column: usize, code: Code, reason: String| {
        let value = table.text(row, column).unwrap_or_default().to_owned();
        table.reject(row.line, Some(column), &value, (code, reason));
    };
    match (power, from) {
        (Some(Some(mw)), _) if !(0.0..=MOST_MW).contains(&mw) => {
            refuse(POWER, Code::BadNumber, format!("must lie between 0 and {MOST_MW} megawatts"));
        }
        (Some(None), Some(Some(_))) => {
            refuse(POWER, Code::EmptyCell, "is empty, and power_from is not: write the megawatts".to_owned());
        }
        _ => {}
    }
    if limit.flatten().is_some_and(|limit| limit < 0.0) {
        refuse(LIMIT, Code::BadNumber, "is below 0: leave it empty where there is no limit".to_owned());
    }
    if table.problems() > before {
        return None;
    }
    let limit = match limit? {
        Some(limit) => Some(rates.taken(table, row, CURRENCY, (limit, as_of))?),
        None => None,
    };
    let name = name?;
    Some(Said {
        parent: parent.filter(|parent| key(parent) != key(&name)),
        name,
        segment: segment?,
        region,
        kind,
        power: power?.map(|mw| (from.flatten(), mw)),
        limit,
        line: row.line,
    })
}
