//! The order book at a month end: what was signed, what left the door, what is still due and when.

use crate::domain::{Month, Usd};
use crate::ingest::{Ledger, OpenOption, Standing};
use crate::job::{Catalogue, ModelId, Policy};

use super::booked::{BookedLot, booked};

/// How deliveries are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivered {
    /// From the shipments export.
    Shipments,
    /// From the contract schedule and the order's delivered quantity.
    Schedule,
}

/// Everything that the orders and shipments of an as-of date say, by month.
#[derive(Clone, Debug)]
pub struct Book<'a> {
    /// Last month known.
    pub as_of: Month,
    /// First month of the series below: that of the first order signed, strays of years before left out.
    pub first: Month,
    /// Orders signed up to the as-of date.
    pub lots: Vec<BookedLot<'a>>,
    /// Machines signed, by model and month since `first`.
    pub intake: Vec<Vec<u64>>,
    /// Machines that left the door, by model and month since `first`.
    pub deliveries: Vec<Vec<u64>>,
    /// Months by which machines may be past due and count as firm.
    pub past_due_months: i32,
    /// How deliveries are known.
    pub delivered: Delivered,
    /// Options that stood then.
    pub options: Vec<&'a OpenOption>,
    /// First month whose deliveries are known; `first` unless the shipments export begins later.
    pub deliveries_from: Month,
}

impl<'a> Book<'a> {
    /// The book as it stood at the end of `as_of`, which may be earlier than the exports' own date: what was
    /// exported about later events is not looked at.
    pub fn new(ledger: &'a Ledger, catalogue: &Catalogue, as_of: Month) -> Self {
        // Lots are sorted by their month of signature.
        let known = ledger.lots.partition_point(|lot| lot.terms.signed <= as_of);
        let known = ledger.lots.iter().take(known);
        let lots: Vec<BookedLot<'a>> = known.map(|lot| booked(ledger, lot, as_of)).collect();
        let first = lots.iter().map(|l| l.lot.terms.signed).min().unwrap_or(as_of);
        let first = if ledger.begins <= as_of { first.max(ledger.begins) } else { first };
        let length = usize::try_from(as_of - first + 1).unwrap_or(0);
        let shipped = ledger.shipped.as_ref();
        let deliveries_from = shipped.and_then(|s| s.first).filter(|begins| *begins <= as_of);
        let mut book = Self {
            as_of,
            first,
            lots,
            intake: vec![vec![0; length]; catalogue.models.len()],
            deliveries: vec![vec![0; length]; catalogue.models.len()],
            past_due_months: ledger.past_due_months.cast_signed(),
            delivered: if shipped.is_some() { Delivered::Shipments } else { Delivered::Schedule },
            deliveries_from: deliveries_from.unwrap_or(first).max(first),
            options: ledger
                .options
                .iter()
                .filter(|option| Month::of(option.granted) <= as_of && option.until >= as_of.last_day())
                .collect(),
        };
        book.fill(ledger);
        book
    }

    fn fill(&mut self, ledger: &Ledger) {
        let place = |month: Month| usize::try_from(month - self.first).ok();
        for booked in &self.lots {
            let terms = &booked.lot.terms;
            if let Some(cell) = place(terms.signed).and_then(|m| self.intake[terms.model.0].get_mut(m)) {
                *cell += booked.intake();
            }
        }
        // Orders that stand in the place of cancelled ones are no demand of their own.
        for amended in &ledger.amended {
            if amended.once_from.is_some_and(|month| month <= self.as_of)
                && let Some(cell) = place(amended.again).and_then(|m| self.intake[amended.model.0].get_mut(m))
            {
                *cell = cell.saturating_sub(amended.machines);
            }
        }
        let mut add = |model: ModelId, month: Month, machines: u64| {
            if let Some(cell) = place(month).and_then(|m| self.deliveries[model.0].get_mut(m)) {
                *cell += machines;
            }
        };
        match &ledger.shipped {
            Some(shipped) => {
                shipped.by_model.iter().for_each(|((model, month), machines)| add(*model, *month, *machines));
            }
            None => {
                for booked in &self.lots {
                    let model = booked.lot.terms.model;
                    booked.shipped.iter().for_each(|(month, machines)| add(model, *month, *machines));
                }
            }
        }
    }

    /// Lots with machines still due.
    pub fn open(&self) -> impl Iterator<Item = &BookedLot<'a>> {
        self.lots.iter().filter(|lot| lot.past_due > 0 || !lot.due.is_empty())
    }

    /// Machines past due by age, those that are not firm included: less than 3, 6 and 12 months after their month, and more.
    pub fn past_due_by_age(&self) -> [u64; 4] {
        let mut ages = [0; 4];
        for booked in self.lots.iter().filter(|l| l.past_due + l.lapsed > 0) {
            let delivered: u64 = booked.shipped.values().sum();
            let older = |months| booked.lot.due_by(self.as_of - months).saturating_sub(delivered);
            let at_least = [older(0), older(3), older(6), older(12), 0];
            for (age, pair) in ages.iter_mut().zip(at_least.windows(2)) {
                *age += pair[0] - pair[1];
            }
        }
        ages
    }

    /// TH signed in each month since `first`.
    pub fn intake_th(&self, catalogue: &Catalogue) -> Vec<f64> {
        let months = self.intake.first().map_or(0, Vec::len);
        (0..months)
            .map(|m| {
                let models = self.intake.iter().zip(&catalogue.models);
                models.map(|(machines, model)| machines[m] as f64 * model.hashrate_th.get()).sum()
            })
            .collect()
    }

    /// Machines of all models that left in each month since `first`.
    pub fn deliveries_all(&self) -> Vec<f64> {
        let months = self.deliveries.first().map_or(0, Vec::len);
        (0..months).map(|m| self.deliveries.iter().map(|d| d[m] as f64).sum()).collect()
    }

    /// Signed machines by model and month ahead (0 is the first), firm or not; what is past due counts in the first.
    pub fn signed<const MONTHS: usize>(&self, models: usize) -> Vec<[i64; MONTHS]> {
        self.open_of(models, |_| true, |_, ahead| Some(ahead))
    }

    /// Firm machines, alike: of contracts that are secured, or whose deposit is not due yet.
    pub fn firm<const MONTHS: usize>(&self, models: usize) -> Vec<[i64; MONTHS]> {
        self.open_of(models, |booked| booked.standing.is_firm(), |_, ahead| Some(ahead))
    }

    /// Signed machines in the months in which they ship: what is due before its model's launch at the launch; what is due
    /// after its end of life is left out, for it does not ship.
    pub fn signed_to_ship<const MONTHS: usize>(&self, catalogue: &Catalogue) -> Vec<[i64; MONTHS]> {
        self.to_ship(catalogue, |_| true)
    }

    /// Firm machines in the months in which they ship.
    pub fn firm_to_ship<const MONTHS: usize>(&self, catalogue: &Catalogue) -> Vec<[i64; MONTHS]> {
        self.to_ship(catalogue, |booked| booked.standing.is_firm())
    }

    /// The same of orders on which something was received. Lots that do not say count: a deposit is the rule.
    pub fn firm_with_deposit<const MONTHS: usize>(&self, catalogue: &Catalogue) -> Vec<[i64; MONTHS]> {
        self.to_ship(catalogue, |booked| booked.standing.is_firm() && !booked.lot.money.nothing_received())
    }

    /// Machines still to deliver of contracts that count so.
    pub fn machines(&self, counts: impl Fn(Standing) -> bool) -> u64 {
        self.open().filter(|booked| counts(booked.standing)).map(BookedLot::remaining).sum()
    }

    /// Judges contracts without a price by the list price of their model, at the share of `[policy]`.
    pub fn judge_by_list(&mut self, list: &[Option<Usd>], policy: &Policy) {
        for booked in &mut self.lots {
            let terms = &booked.lot.terms;
            booked.standing = booked.standing.by_list(list[terms.model.0], terms.segment, policy);
        }
    }

    fn to_ship<const MONTHS: usize>(
        &self,
        catalogue: &Catalogue,
        counts: impl Fn(&BookedLot<'_>) -> bool,
    ) -> Vec<[i64; MONTHS]> {
        self.open_of(catalogue.models.len(), counts, |model, ahead| {
            let months = catalogue.model(model).months_ahead(self.as_of);
            (ahead < months.end).then(|| ahead.max(months.start))
        })
    }

    fn open_of<const MONTHS: usize>(
        &self,
        models: usize,
        counts: impl Fn(&BookedLot<'_>) -> bool,
        month: impl Fn(ModelId, usize) -> Option<usize>,
    ) -> Vec<[i64; MONTHS]> {
        let mut found = vec![[0; MONTHS]; models];
        for booked in self.open().filter(|booked| counts(booked)) {
            let model = booked.lot.terms.model;
            let row = &mut found[model.0];
            let due = booked.due.iter().map(|(month, machines)| (*month - self.as_of - 1, *machines));
            for (ahead, machines) in due.chain([(0, booked.past_due)]) {
                let ships = usize::try_from(ahead).ok().and_then(|ahead| month(model, ahead));
                if let Some(cell) = ships.and_then(|ahead| row.get_mut(ahead)) {
                    *cell += i64::try_from(machines).unwrap_or(i64::MAX);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Builder, Order, Shipment, Status};
    use crate::job::Job;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn catalogue() -> Catalogue {
        let text = include_str!("../../fixtures/miniature/job.toml");
        Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue
    }

    fn day(month: u32, day: u32) -> chrono::NaiveDate {
        chrono::NaiveDate::from_ymd_opt(2025, month, day).unwrap()
    }

    /// An order signed in 2025 and what shipped of it; small ranges, so that terms repeat.
    fn order() -> impl Strategy<Value = (Order<'static>, Vec<(u32, u32)>)> {
        let status = prop_oneof![
            4 => Just(Status::Open),
            1 => Just(Status::Completed),
            1 => (1..=12_u32).prop_map(|m| Status::Cancelled(day(m, 15))),
        ];
        let delivered = proptest::option::of(0..9_u32);
        let shipped = proptest::collection::vec((1..=12_u32, 1..4_u32), 0..4);
        ((1..=3_u32, 1..9_u32, 0..5, 1..=4_u32), delivered, status, shipped).prop_map(
            |((signed, quantity, wait, months), delivered, status, shipped)| {
                let order = Order {
                    id: "",
                    signed: day(signed, 10),
                    quantity,
                    unit_price: Some(crate::domain::Usd::new(7.5)),
                    start: Month::of(day(signed, 1)) + wait,
                    months,
                    delivered: delivered.map(|d| d.min(quantity)),
                    status,
                    ..Order::usual()
                };
                (order, shipped)
            },
        )
    }

    /// Machines past due and machines due by month, summed over the lots.
    fn due(book: &Book<'_>) -> (u64, BTreeMap<Month, u64>) {
        let mut months = BTreeMap::new();
        for (month, machines) in book.open().flat_map(|lot| &lot.due) {
            *months.entry(*month).or_default() += machines;
        }
        (book.open().map(|lot| lot.past_due).sum(), months)
    }

    proptest! {
        /// Adding orders up to lots loses nothing: the book of all is the sum of the books of each, at the exports'
        /// own date and at every earlier one, with and without shipments.
        #[test]
        fn a_book_of_lots_is_the_sum_of_its_orders(
            orders in proptest::collection::vec(order(), 1..12),
            with_shipments: bool,
            as_of in 3..=12_u32,
        ) {
            let catalogue = catalogue();
            let ids: Vec<String> = (0..orders.len()).map(|i| format!("{i:03}")).collect();
            let shipments = |only: Option<usize>| -> Vec<Shipment> {
                let places = (0..orders.len()).filter(|i| only.is_none_or(|only| only == *i));
                // A first shipment of an order that is not in the book: all books know deliveries from January.
                let begin = Shipment {
                    order_id: "none".to_owned(), model: ModelId(0), date: day(1, 1), quantity: 1,
                };
                let mut rows: Vec<Shipment> = places
                    .flat_map(|i| orders[i].1.iter().map(move |row| (i, row)))
                    .map(|(i, (month, quantity))| Shipment {
                        order_id: ids[i].clone(), model: ModelId(0), date: day(*month, 20), quantity: *quantity,
                    })
                    .filter(|s| s.date <= day(12, 31))
                    .chain([begin])
                    .collect();
                rows.sort();
                rows
            };
            let ledger = |only: Option<usize>| {
                let rows = shipments(only);
                let mut builder = Builder::new(day(12, 31), false, with_shipments.then_some(&rows));
                for (i, (order, _)) in orders.iter().enumerate().filter(|(i, _)| only.is_none_or(|o| o == *i)) {
                    builder.add(&Order { id: &ids[i], customer: &ids[i], ..order.clone() });
                }
                builder.finish()
            };
            let as_of = Month::of(day(as_of, 1));
            let all = ledger(None);
            let book = Book::new(&all, &catalogue, as_of);
            let (mut late, mut months, mut intake) = (0, BTreeMap::<Month, u64>::new(), 0);
            let mut shipped = BTreeMap::<Month, u64>::new();
            for i in 0..orders.len() {
                let one = ledger(Some(i));
                let alone = Book::new(&one, &catalogue, as_of);
                let (past_due, due) = due(&alone);
                late += past_due;
                due.into_iter().for_each(|(month, machines)| *months.entry(month).or_default() += machines);
                intake += alone.lots.iter().map(BookedLot::intake).sum::<u64>();
                for (month, machines) in alone.lots.iter().flat_map(|l| &l.shipped) {
                    *shipped.entry(*month).or_default() += machines;
                }
            }
            prop_assert_eq!(due(&book), (late, months));
            prop_assert_eq!(book.intake.iter().flatten().sum::<u64>(), intake);
            let mut of_all = BTreeMap::<Month, u64>::new();
            for (month, machines) in book.lots.iter().flat_map(|l| &l.shipped) {
                *of_all.entry(*month).or_default() += machines;
            }
            prop_assert_eq!(of_all, shipped);
            // The lines themselves fall due in the same months.
            let (mut line_late, mut line_months) = (0, BTreeMap::<Month, u64>::new());
            let at_end = Book::new(&all, &catalogue, all.as_of);
            for (month, machines) in all.open_lines.iter().flatten().flat_map(|line| &line.due) {
                if *month <= all.as_of {
                    line_late += u64::from(*machines);
                } else {
                    *line_months.entry(*month).or_default() += u64::from(*machines);
                }
            }
            prop_assert_eq!(due(&at_end), (line_late, line_months));
            // What customers still are to get is what the book has open at the exports' own date.
            let now = Book::new(&all, &catalogue, all.as_of);
            let of_customers = all.open.values().flat_map(BTreeMap::values).map(|open| open.machines);
            prop_assert_eq!(of_customers.sum::<u64>(), now.open().map(BookedLot::remaining).sum::<u64>());
        }
    }

    /// 30 machines are due in October to December and ten left in September: October is done, and 20 are due in the two months after.
    #[test]
    fn what_left_ahead_of_schedule_is_taken_off_the_first_batch() {
        let mut builder = Builder::new(day(9, 30), false, None);
        builder.add(&Order {
            signed: day(8, 10),
            quantity: 30,
            start: Month::of(day(10, 1)),
            months: 3,
            delivered: Some(10),
            ..Order::usual()
        });
        let ledger = builder.finish();
        let book = Book::new(&ledger, &catalogue(), Month::of(day(9, 30)));
        let due: Vec<(Month, u64)> = book.open().flat_map(|booked| booked.due.clone()).collect();
        assert_eq!(due, [(Month::of(day(11, 1)), 10), (Month::of(day(12, 1)), 10)]);
    }
}
