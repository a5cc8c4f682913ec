//! Shipments against the order lines of their number: what of one the other does not have.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Month;
use crate::job::ModelId;

use super::agreement::{Agreement, Difference};
use super::dates::Dates;
use super::order::Order;
use super::schedule::comparable;
use super::sharing::Line;
use super::shipments::Shipment;

impl Agreement {
    /// Compares what orders and shipments say of one order number, model by model.
    pub(super) fn weigh(&mut self, dates: &Dates, (id, shipments): (&str, &[Shipment]), lines: &[Line]) {
        let shipped = by_model(shipments);
        let ordered = lines.iter().map(|l| l.terms.model);
        let models: BTreeSet<ModelId> = ordered.clone().chain(shipped.keys().copied()).collect();
        for model in models {
            let left = shipped.get(&model).copied().unwrap_or(0);
            self.shipped += left;
            let of_model: Vec<&Order<'_>> =
                lines.iter().map(|l| &l.terms).filter(|o| o.model == model).collect();
            let difference = |ordered, by_orders| Difference {
                order_id: id.to_owned(),
                model,
                ordered,
                by_orders,
                by_shipments: left,
            };
            if of_model.is_empty() {
                self.other_model.add(difference(ordered.clone().min(), 0));
                continue;
            }
            self.matched += left;
            let quantity: u64 = of_model.iter().map(|o| u64::from(o.quantity)).sum();
            if left > quantity {
                self.over_delivered.add(difference(None, quantity));
            }
            // All lines or none: shipments do not say which line they are of.
            let said: Option<u64> = of_model.iter().map(|o| comparable(dates, o).map(u64::from)).sum();
            if let Some(said) = said {
                self.compare(id, model, said, left);
            }
        }
    }

    /// Notes the shipments of order numbers that no order line has; `known` are the indices at which those of others begin.
    pub(super) fn unknown(&mut self, shipments: &[Shipment], known: &BTreeSet<usize>) {
        let (mut rest, mut index) = (shipments, 0);
        while let Some(head) = rest.first() {
            let length = rest.iter().take_while(|s| s.order_id == head.order_id).count();
            let (of_order, others) = rest.split_at(length);
            if !known.contains(&index) {
                for shipment in of_order {
                    let key = (shipment.model, Month::of(shipment.date));
                    *self.unknown_by_model.entry(key).or_default() += u64::from(shipment.quantity);
                }
                for (model, machines) in by_model(of_order) {
                    self.shipped += machines;
                    self.unknown_order.add(Difference {
                        order_id: head.order_id.clone(),
                        model,
                        ordered: None,
                        by_orders: 0,
                        by_shipments: machines,
                    });
                }
            }
            index += length;
            rest = others;
        }
    }
}

fn by_model(shipments: &[Shipment]) -> BTreeMap<ModelId, u64> {
    let mut shipped: BTreeMap<ModelId, u64> = BTreeMap::new();
    for shipment in shipments {
        *shipped.entry(shipment.model).or_default() += u64::from(shipment.quantity);
    }
    shipped
}
