//! Shipments whose order numbers stand in no order as written, but would if both were written alike: the rule that would
//! make them match. And the opposite: two orders that a declared rule would make one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::job::{Alike, OrderIdRule};

use super::shipments::Shipment;

/// Share of the machines shipped from which numbers that nearly match stop the run.
pub(super) const STOPS: f64 = 0.01;

/// Share of the nearly matching machines that a prefix must be of to be proposed.
const PREFIX_SHARE: f64 = 0.01;

fn of_width() -> Vec<Alike> {
    vec![Alike::ZeroWidth, Alike::Blanks, Alike::Apostrophe, Alike::Case]
}

fn lead(text: &str) -> &str {
    text.find(|c: char| c.is_ascii_digit()).map_or("", |first| &text[..first])
}

/// What is left of a number when everything is taken away that could be written differently.
pub(in crate::ingest) fn core(id: &str) -> String {
    let clean = OrderIdRule::new(of_width()).apply(id).into_owned();
    let rest = clean.strip_prefix(lead(&clean)).unwrap_or(&clean);
    OrderIdRule::new(vec![Alike::LeadingZeros, Alike::Marks]).apply(rest).into_owned()
}

/// A number up to its last mark, and that mark: `SO1000` and `/` of `SO1000/10`.
pub(in crate::ingest) fn head(id: &str) -> Option<(&str, char)> {
    let marks = ['/', '-', '_', '.', ':', ' ', '#'];
    let (head, _) = id.rsplit_once(marks)?;
    let mark = id.get(head.len()..)?.chars().next()?;
    (!head.is_empty()).then_some((head, mark))
}

/// What is said where shipments name the lines of orders in one cell with the number, as `SO1000/10`, from a share of the
/// machines shipped on.
pub(in crate::ingest) fn longer(shipments: &[Shipment], ordered: &BTreeSet<String>) -> Option<String> {
    let all: u64 = shipments.iter().map(|shipment| u64::from(shipment.quantity)).sum();
    let parted = || {
        let unknown = shipments.iter().filter(|shipment| !ordered.contains(&shipment.order_id));
        unknown.filter_map(|shipment| {
            let (number, mark) = head(&shipment.order_id)?;
            ordered.contains(number).then_some((shipment, number, mark))
        })
    };
    let machines: u64 = parted().map(|(shipment, _, _)| u64::from(shipment.quantity)).sum();
    let (first, number, mark) = parted().next()?;
    (machines as f64 >= STOPS * all as f64).then(|| {
        format!(
            "{machines} of {all} machines shipped are of order numbers that have more behind the number of the order, such as `{}`, where the order is `{number}`: take it apart by step = \"extract\", pattern = \"{{number}}{mark}*\", and name `number` in columns",
            first.order_id
        )
    })
}

/// The fewest parts of a rule under which two numbers are one; `None` when none does it.
fn difference(a: &str, b: &str) -> Option<Vec<Alike>> {
    let plain = OrderIdRule::new(vec![Alike::ZeroWidth, Alike::Blanks, Alike::Apostrophe]);
    let (clean_a, clean_b) = (plain.apply(a), plain.apply(b));
    let prefixes = [lead(&clean_a), lead(&clean_b)].into_iter().filter(|p| !p.is_empty());
    let prefixes = prefixes.map(|p| Alike::Prefix(p.to_owned()));
    let mut parts: Vec<Alike> =
        of_width().into_iter().chain(prefixes).chain([Alike::LeadingZeros, Alike::Marks]).collect();
    let same = |parts: &[Alike]| {
        let rule = OrderIdRule::new(parts.to_vec());
        rule.apply(a) == rule.apply(b)
    };
    if !same(&parts) {
        return None;
    }
    // Prefixes are given up first: what is left of a number without its prefix says least. Marks are given up next: they part
    // what would else be other numbers.
    let mut order = parts.clone();
    order.sort_by_key(|part| match part {
        Alike::Prefix(_) => 0,
        Alike::Marks => 1,
        _ => 2,
    });
    // Twice: without one prefix another may be given up, too.
    for part in order.iter().chain(&order) {
        let fewer: Vec<Alike> = parts.iter().filter(|p| *p != part).cloned().collect();
        if same(&fewer) {
            parts = fewer;
        }
    }
    Some(parts)
}

/// How shipments' numbers match those of the orders.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Near {
    /// Machines and rows shipped.
    pub all: (u64, u64),
    /// Of them, as written.
    pub as_written: (u64, u64),
    /// Beyond those, with the rule.
    pub with_rule: (u64, u64),
    pub rule: OrderIdRule,
    /// A number of the shipments, and that of the orders.
    pub sample: (String, String),
}

/// Looks for a rule. `ordered` are the order numbers whose [`core`] is that of some shipment; `declared` is the rule that
/// both were read with.
pub(in crate::ingest) fn near(
    shipments: &[Shipment],
    ordered: &BTreeSet<String>,
    declared: &OrderIdRule,
) -> Option<Near> {
    let mut shipped: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for shipment in shipments {
        let sums = shipped.entry(&shipment.order_id).or_default();
        sums.0 += u64::from(shipment.quantity);
        sums.1 += 1;
    }
    let mut by_core: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for id in ordered {
        by_core.entry(core(id)).or_default().push(id);
    }
    let (mut all, mut as_written, mut with_rule) = ((0, 0), (0, 0), (0, 0));
    let mut weights: BTreeMap<Alike, u64> = BTreeMap::new();
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (id, sums) in &shipped {
        all = (all.0 + sums.0, all.1 + sums.1);
        if ordered.contains(*id) {
            as_written = (as_written.0 + sums.0, as_written.1 + sums.1);
            continue;
        }
        let partners = by_core.get(&core(id)).into_iter().flatten();
        // A prefix distinguishes orders where the other number has shipments of its own.
        let best = partners
            .filter_map(|order| Some((difference(order, id)?, *order)))
            .filter(|(parts, order)| {
                let prefix = parts.iter().any(|part| matches!(part, Alike::Prefix(_)));
                !prefix || !shipped.contains_key(order)
            })
            .min_by_key(|(parts, order)| (parts.len(), *order));
        if let Some((parts, order)) = best {
            parts.into_iter().for_each(|part| *weights.entry(part).or_default() += sums.0);
            pairs.push((id, order));
        }
    }
    let machines: u64 = pairs.iter().map(|(id, _)| shipped[id].0).sum();
    let counts = |part: &Alike, weight: u64| {
        !matches!(part, Alike::Prefix(_)) || weight as f64 >= PREFIX_SHARE * machines as f64
    };
    let parts = weights.into_iter().filter(|(part, weight)| counts(part, *weight)).map(|(part, _)| part);
    let rule = OrderIdRule::new(declared.parts().iter().cloned().chain(parts).collect());
    pairs.retain(|(id, order)| rule.apply(id) == rule.apply(order));
    for (id, _) in &pairs {
        let sums = shipped[id];
        with_rule = (with_rule.0 + sums.0, with_rule.1 + sums.1);
    }
    let (id, order) = pairs.first()?;
    Some(Near { all, as_written, with_rule, rule, sample: ((*id).to_owned(), (*order).to_owned()) })
}

impl Near {
    /// In words, with what to put into the job.
    pub(in crate::ingest) fn reported(&self) -> String {
        let (id, order) = &self.sample;
        format!(
            "of {} machines shipped ({} rows) {} ({} rows) are of order numbers of futures_orders as written; {} ({} rows) more would be with order_id_rule = {} in the job's [reading]: `{id}` would be order `{order}`",
            self.all.0,
            self.all.1,
            self.as_written.0,
            self.as_written.1,
            self.with_rule.0,
            self.with_rule.1,
            self.rule
        )
    }

    /// Whether so many machines are of such numbers that a forecast would be wrong.
    pub(in crate::ingest) fn stops(&self) -> bool {
        self.with_rule.0 as f64 >= STOPS * self.all.0 as f64
    }
}

/// Order numbers as written with who bought and when, by the number that a rule makes of them.
#[derive(Default)]
pub(in crate::ingest) struct Written(BTreeMap<String, (String, String, NaiveDate)>, Vec<String>);

impl Written {
    /// Notes an order; one that the rule makes one with another order, of another customer or day, is reported.
    pub(in crate::ingest) fn note(&mut self, number: &str, written: &str, customer: &str, signed: NaiveDate) {
        let new = (written.to_owned(), customer.to_owned(), signed);
        let Some(known) = self.0.get_mut(number) else {
            self.0.insert(number.to_owned(), new);
            return;
        };
        // The smaller one stays: what is reported does not depend on who read what first.
        let greater = if *known <= new { new } else { std::mem::replace(known, new) };
        if known.0 != greater.0 && (&known.1, known.2) != (&greater.1, greater.2) {
            let [one, other] =
                [&*known, &greater].map(|(written, of, on)| format!("`{written}` ({of}, signed {on})"));
            self.1.push(format!(
                "order_id_rule makes one order of {one} and {other}: leave out the part of the rule that does"
            ));
        }
    }

    /// Takes over what another has seen.
    pub(in crate::ingest) fn merge(&mut self, other: Self) {
        for (number, (written, customer, signed)) in other.0 {
            self.note(&number, &written, &customer, signed);
        }
        self.1.extend(other.1);
    }

    /// The first of what was reported, and how many more.
    pub(in crate::ingest) fn reported(mut self) -> Option<String> {
        self.1.sort();
        let more = self.1.len().checked_sub(1)?;
        let first = self.1.swap_remove(0);
        Some(if more > 0 { format!("{first} (and {more} more such pairs)") } else { first })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::ModelId;

    fn shipment(id: &str, quantity: u32) -> Shipment {
        let date = "2025-01-01".parse().unwrap();
        Shipment { order_id: id.to_owned(), model: ModelId(0), date, quantity }
    }

    fn found(orders: &[&str], shipments: &[(&str, u32)]) -> Option<Near> {
        let rows: Vec<Shipment> = shipments.iter().map(|(id, quantity)| shipment(id, *quantity)).collect();
        let orders = orders.iter().map(|id| (*id).to_owned()).collect();
        near(&rows, &orders, &OrderIdRule::default())
    }

    #[test]
    fn the_smallest_rule_that_matches_is_named() {
        for (orders, shipped, rule) in [
            (["SO1000", "SO1001"], ["0000001000", "0000001001"], r#"["prefix SO", "leading_zeros"]"#),
            (["'O01", "'O02"], ["O01", "O02"], r#"["apostrophe"]"#),
            (["so-1", "so-2"], ["SO-1", "SO-2"], r#"["case"]"#),
            (["SO 1", "SO 2"], ["SO1", "SO\u{a0}2"], r#"["blanks"]"#),
            (["A\u{200b}1", "A\u{200b}2"], ["A1", "A2"], r#"["zero_width"]"#),
            (["0012", "0013"], ["12", "13"], r#"["leading_zeros"]"#),
            (["SO-12", "SO-13"], ["PO-12", "PO-13"], r#"["prefix PO-", "prefix SO-"]"#),
            (["SO1000", "SO1001"], ["SO-1000", "SO-1001"], r#"["marks"]"#),
            (["2025/0012", "2025/0013"], ["2025-12", "2025-13"], r#"["leading_zeros", "marks"]"#),
        ] {
            let near = found(&orders, &[(shipped[0], 30), (shipped[1], 12)]).unwrap();
            assert_eq!(near.rule.to_string(), rule);
            assert_eq!((near.all, near.as_written, near.with_rule), ((42, 2), (0, 0), (42, 2)));
            assert!(near.stops());
            assert!(near.reported().contains(rule), "{}", near.reported());
        }
    }

    #[test]
    fn numbers_that_are_others_match_nothing() {
        assert_eq!(found(&["SO-12"], &[("SO-13", 5)]), None);
        assert_eq!(found(&["ABC"], &[("ABD", 5)]), None);
        // RMA-12 is another document: SO-12 has shipments of its own.
        assert_eq!(found(&["SO-12"], &[("SO-12", 5), ("RMA-12", 5)]), None);
    }

    #[test]
    fn a_line_behind_the_number_is_told() {
        let rows = [shipment("SO1000/10", 30), shipment("SO-7.1", 12), shipment("SO9", 1)];
        let orders: BTreeSet<String> = ["SO1000", "SO-7", "SO9"].map(str::to_owned).into();
        let reported = longer(&rows, &orders).unwrap();
        assert!(reported.starts_with("42 of 43 machines"), "{reported}");
        assert!(
            reported.contains("`SO1000/10`, where the order is `SO1000`") && reported.contains("{number}/*"),
            "{reported}"
        );
        assert_eq!(longer(&rows[2..], &orders), None);
        assert!(longer(&[shipment("SO-1", 5)], &["SO".to_owned()].into()).is_some());
    }

    #[test]
    fn a_part_that_matches_is_weighed() {
        let near = found(&["SO-1", "SO-2"], &[("SO-1", 995), ("so-2", 5)]).unwrap();
        assert_eq!((near.as_written, near.with_rule), ((995, 1), (5, 1)));
        assert!(!near.stops());
        // From one in a hundred on it stops.
        assert!(found(&["SO-1", "SO-2"], &[("SO-1", 990), ("so-2", 10)]).unwrap().stops());
    }

    #[test]
    fn a_rule_that_makes_one_order_of_two_is_reported() {
        let day = |text: &str| text.parse().unwrap();
        let mut written = Written::default();
        written.note("1", "SO-1", "A", day("2025-01-01"));
        written.note("1", "SO-1", "A", day("2025-01-01"));
        let mut other = Written::default();
        other.note("1", "PO-1", "B", day("2025-02-01"));
        written.merge(other);
        let one = "order_id_rule makes one order of `PO-1` (B, signed 2025-02-01) and `SO-1` (A, signed 2025-01-01): leave out the part of the rule that does";
        assert_eq!(Written(written.0.clone(), written.1.clone()).reported().unwrap(), one);
        // Another such pair is counted, and the first by name is told.
        written.note("2", "X-2", "A", day("2025-01-01"));
        written.note("2", "Y-2", "B", day("2025-01-01"));
        assert_eq!(written.reported().unwrap(), format!("{one} (and 1 more such pairs)"));
    }
}
