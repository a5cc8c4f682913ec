//! What the orders and the shipments export say of each other, order by order: exact sums, and the worst few.
//!
//! Compared are order numbers and models. Of an order that says what was delivered, and whose first batch is due from the
//! first month of the shipments export on, both must say the same: what is due earlier left before that export begins.

use std::collections::BTreeMap;

use crate::domain::Month;
use crate::job::ModelId;

/// Items kept of many; a few are shown.
const WORST: usize = 32;

/// One order number and model on which the exports differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Order number.
    pub order_id: String,
    /// Model; of [`Agreement::other_model`] the one shipped.
    pub model: ModelId,
    /// A model that was ordered under the number; of [`Agreement::other_model`] alone.
    pub ordered: Option<ModelId>,
    /// Machines by the orders export: delivered, or ordered where shipments are beyond that.
    pub by_orders: u64,
    /// Machines by the shipments export.
    pub by_shipments: u64,
}

impl Difference {
    /// Machines by which they differ.
    pub const fn machines(&self) -> u64 {
        self.by_orders.abs_diff(self.by_shipments)
    }
}

/// Differences of one kind: exact sums and the worst few, most machines first.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Differences {
    /// Machines by which the exports differ.
    pub machines: u64,
    /// Order numbers and models on which they do; lines where an order has several and none was shipped.
    pub items: u64,
    /// The worst, most machines first, then by order number and model.
    pub worst: Vec<Difference>,
}

impl Differences {
    pub(in crate::ingest) fn add(&mut self, difference: Difference) {
        self.machines += difference.machines();
        self.items += 1;
        let beats = |last: &Difference| rank(&difference) < rank(last);
        if self.worst.len() < WORST || self.worst.last().is_some_and(beats) {
            let index = self.worst.partition_point(|kept| rank(kept) <= rank(&difference));
            self.worst.insert(index, difference);
            self.worst.truncate(WORST);
        }
    }

    fn merge(&mut self, other: Self) {
        self.machines += other.machines;
        self.items += other.items;
        self.worst.extend(other.worst);
        self.worst.sort_by(|a, b| rank(a).cmp(&rank(b)));
        self.worst.truncate(WORST);
    }

    /// Lines of one order and model stand together.
    fn gather(&mut self) {
        let mut together: BTreeMap<(String, ModelId, Option<ModelId>), (u64, u64)> = BTreeMap::new();
        for kept in self.worst.drain(..) {
            let sums = together.entry((kept.order_id, kept.model, kept.ordered)).or_default();
            sums.0 += kept.by_orders;
            sums.1 += kept.by_shipments;
        }
        self.worst = together
            .into_iter()
            .map(|((order_id, model, ordered), (by_orders, by_shipments))| Difference {
                order_id,
                model,
                ordered,
                by_orders,
                by_shipments,
            })
            .collect();
        self.worst.sort_by(|a, b| rank(a).cmp(&rank(b)));
    }
}

/// Most machines first; the same order on any number of threads.
fn rank(of: &Difference) -> (std::cmp::Reverse<u64>, &str, ModelId, Option<ModelId>, u64) {
    (std::cmp::Reverse(of.machines()), &of.order_id, of.model, of.ordered, of.by_orders)
}

/// What the orders and the shipments up to the as-of date say of each other.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Agreement {
    /// First month of the shipments export.
    pub from: Option<Month>,
    /// Whether the orders export says what was delivered by the as-of date: it was not made later.
    pub delivered_known: bool,
    /// Machines shipped, by the shipments export.
    pub shipped: u64,
    /// Machines shipped under a number that stands in the orders export, of a model ordered under it.
    pub matched: u64,
    /// Open orders that do not say what was delivered.
    pub open_unsaid: u64,
    /// Machines delivered by the orders export, of the orders compared.
    pub compared_by_orders: u64,
    /// Machines shipped by the shipments export, of the orders compared.
    pub compared_by_shipments: u64,
    /// The orders export says more was delivered.
    pub less_shipped: Differences,
    /// The shipments export says more was delivered.
    pub more_shipped: Differences,
    /// Shipped under a number that does not stand in the orders export.
    pub unknown_order: Differences,
    /// Machines of them by model and month.
    pub unknown_by_model: BTreeMap<(ModelId, Month), u64>,
    /// Shipped beyond what was ordered of the model under the number.
    pub over_delivered: Differences,
    /// Shipped of a model that was not ordered under the number.
    pub other_model: Differences,
}

impl Agreement {
    /// Notes an order number and model that can be compared.
    pub(super) fn compare(&mut self, order_id: &str, model: ModelId, by_orders: u64, by_shipments: u64) {
        self.compared_by_orders += by_orders;
        self.compared_by_shipments += by_shipments;
        let kind = match by_orders.cmp(&by_shipments) {
            std::cmp::Ordering::Equal => return,
            std::cmp::Ordering::Greater => &mut self.less_shipped,
            std::cmp::Ordering::Less => &mut self.more_shipped,
        };
        kind.add(Difference { order_id: order_id.to_owned(), model, ordered: None, by_orders, by_shipments });
    }

    pub(in crate::ingest) fn merge(&mut self, other: Self) {
        self.shipped += other.shipped;
        self.matched += other.matched;
        self.open_unsaid += other.open_unsaid;
        self.compared_by_orders += other.compared_by_orders;
        self.compared_by_shipments += other.compared_by_shipments;
        self.less_shipped.merge(other.less_shipped);
        self.more_shipped.merge(other.more_shipped);
        self.unknown_order.merge(other.unknown_order);
        self.over_delivered.merge(other.over_delivered);
        self.other_model.merge(other.other_model);
    }

    pub(in crate::ingest) fn finish(&mut self) {
        self.less_shipped.gather();
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::ingest::orders::builder::Builder;
    use crate::ingest::orders::ledger::Ledger;
    use crate::ingest::orders::order::{Order, Segment, Status};
    use crate::ingest::orders::shipments::Shipment;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn order(
        id: &'static str,
        line: &'static str,
        model: usize,
        quantity: u32,
        start: &str,
    ) -> Order<'static> {
        Order {
            id,
            line,
            segment: Segment::KeyAccount,
            model: ModelId(model),
            signed: day("2025-01-10"),
            quantity,
            start: start.parse().unwrap(),
            ..Order::usual()
        }
    }

    fn shipment(order_id: &str, model: usize, date: &str, quantity: u32) -> Shipment {
        Shipment { order_id: order_id.to_owned(), model: ModelId(model), date: day(date), quantity }
    }

    /// The orders through so many builders, in turn.
    fn ledger(orders: &[Order<'_>], shipments: &[Shipment], builders: usize) -> Ledger {
        let mut rows = shipments.to_vec();
        rows.sort();
        let new = || Builder::new(day("2025-12-31"), false, Some(&rows));
        let mut hands: Vec<Builder<'_>> = (0..builders).map(|_| new()).collect();
        for (place, order) in orders.iter().enumerate() {
            hands[place % builders].add(order);
        }
        let mut all = new();
        hands.into_iter().for_each(|hand| all.merge(hand));
        all.finish()
    }

    #[test]
    fn each_kind_of_difference_has_its_sums_and_names() {
        let said = |delivered, order| Order { delivered: Some(delivered), ..order };
        let completed = |order| Order { status: Status::Completed, ..order };
        let orders = [
            said(30, order("A", "", 0, 40, "2025-03")),  // 30 shipped: agrees
            completed(order("B", "", 0, 50, "2025-03")), // nothing shipped: 50 fewer
            said(10, order("C", "", 0, 20, "2025-03")),  // 25 shipped: 15 more, 5 beyond the order
            said(7, order("D", "1", 0, 10, "2025-03")),  // two lines, 12 shipped: agrees
            said(5, order("D", "2", 0, 10, "2025-03")),
            completed(order("E", "", 0, 60, "2025-03")), // shipped as model 1
            said(99, order("F", "", 0, 99, "2025-01")),  // due before the export begins: not compared
            order("G", "", 0, 10, "2025-03"),            // does not say what was delivered
        ];
        let shipments = [
            shipment("A", 0, "2025-02-20", 30),
            shipment("C", 0, "2025-03-20", 25),
            shipment("D", 0, "2025-03-20", 12),
            shipment("E", 1, "2025-03-20", 60),
            shipment("G", 0, "2025-03-20", 3),
            shipment("X", 0, "2025-03-20", 4),
        ];
        let found = ledger(&orders, &shipments, 1).agreement.unwrap();
        let one = |of: &Differences| (of.machines, of.items, of.worst[0].order_id.clone());
        assert_eq!(found.from, Some("2025-02".parse().unwrap()));
        assert_eq!((found.shipped, found.matched), (134, 70));
        assert_eq!((found.compared_by_orders, found.compared_by_shipments), (162, 67));
        assert_eq!((found.less_shipped.machines, found.less_shipped.items), (110, 2));
        let fewer: Vec<(&str, u64)> =
            found.less_shipped.worst.iter().map(|d| (d.order_id.as_str(), d.machines())).collect();
        assert_eq!(fewer, [("E", 60), ("B", 50)]);
        assert_eq!(one(&found.more_shipped), (15, 1, "C".to_owned()));
        assert_eq!(one(&found.over_delivered), (5, 1, "C".to_owned()));
        assert_eq!(one(&found.unknown_order), (4, 1, "X".to_owned()));
        assert_eq!(one(&found.other_model), (60, 1, "E".to_owned()));
        let other = &found.other_model.worst[0];
        assert_eq!((other.model, other.ordered), (ModelId(1), Some(ModelId(0))));
        assert_eq!(ledger(&orders, &shipments, 3).agreement.unwrap(), found, "whoever reads the lines");
    }

    #[test]
    fn the_worst_of_many_do_not_depend_on_who_read_them() {
        let ids: Vec<&'static str> = (0..500).map(|i| &*format!("O{i:04}").leak()).collect();
        let orders: Vec<Order<'_>> = ids
            .iter()
            .enumerate()
            .map(|(i, id)| Order {
                status: Status::Completed,
                ..order(id, "", 0, u32::try_from(i * 7919 % 499 + 1).unwrap(), "2025-03")
            })
            .collect();
        let shipments = [shipment("none", 0, "2025-01-01", 1)];
        let one = ledger(&orders, &shipments, 1).agreement.unwrap();
        let four = ledger(&orders, &shipments, 4).agreement.unwrap();
        assert_eq!(one, four);
        assert_eq!((one.less_shipped.items, one.less_shipped.worst.len()), (500, WORST));
        assert_eq!(one.less_shipped.worst[0].machines(), 499);
    }

    #[test]
    fn an_export_without_rows_says_nothing() {
        let ledger = ledger(&[order("A", "", 0, 10, "2025-03")], &[], 1);
        assert!(ledger.agreement.is_none() && ledger.shipped.is_none());
    }
}
