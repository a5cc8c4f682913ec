//! Orders with what left of them, added up.

#![expect(
    clippy::disallowed_types,
    reason = "hash maps of a million rows; sorted before anything is read out"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use foldhash::fast::FixedState;

use crate::domain::{MicroUsd, Month, Usd};
use crate::job::ModelId;

use super::accounts::Account;
use super::amended::{Amended, Cancelled, Watch};
use super::copied::{Copied, Field};
use super::dates::Dates;
use super::gaps::Gaps;
use super::lots::{Counted, Lots, Paid, State, Terms};
use super::money::Money;
use super::named::Named;
use super::numbers::OrderNumbers;
use super::open_lines::{OpenLine, OpenLines, still_due};
use super::order::{Order, OrderType, Segment, Status};
use super::settled::Receivable;
use super::standing::{Contracts, Standing};
use super::states::States;
use super::totals::{MOST_DELIVERY_MONTHS, OpenOrders, Sold};
use crate::ingest::exports::payments::PaymentKind;

/// Index of the first month that dates are read from.
const FIRST_MONTH: i32 = 2009 * 12;

/// Kinds of sale, each with its own sum in every month.
const KINDS: usize = Segment::ALL.len() * OrderType::ALL.len();

/// Index of a kind of sale in a list by month.
fn sold_index(signed: Month, segment: Segment, order_type: OrderType) -> usize {
    let month = usize::try_from(signed.index() - FIRST_MONTH).unwrap_or(0);
    (month * Segment::ALL.len() + segment as usize) * OrderType::ALL.len() + order_type as usize
}

/// Oldest orders of which the names are kept.
const OLDEST: usize = 8;

/// Sums over the orders of a customer.
#[derive(Default)]
struct Customer {
    /// Machines signed in the trailing year.
    machines: u64,
    /// What is still to deliver, by model.
    open: Vec<OpenOrders>,
    /// What it bought and takes.
    account: Account,
}

impl Customer {
    fn open(&mut self, model: ModelId) -> &mut OpenOrders {
        if model.0 >= self.open.len() {
            self.open.resize(model.0 + 1, OpenOrders::default());
        }
        &mut self.open[model.0]
    }
}

/// Machines signed in the trailing year, what is still to deliver by model, and what was bought, by customer.
type ByCustomer =
    (BTreeMap<String, u64>, BTreeMap<String, BTreeMap<ModelId, OpenOrders>>, BTreeMap<String, Account>);

/// Orders that are added to their lots at a time.
const IN_HAND: usize = 64;

/// Sums over orders.
pub(super) struct Sums {
    dates: Dates,
    /// From what on a contract counts.
    pub contracts: Contracts,
    pub lots: Lots,
    in_hand: Vec<Counted>,
    watch: Watch,
    /// By [`sold_index`].
    sold: Vec<Sold>,
    pub channel_sell_in: BTreeMap<Month, u64>,
    /// Places of customers in the list, by name.
    places: HashMap<Box<str>, usize, FixedState>,
    customers: Vec<Customer>,
    pub futures_by_delivery: [u64; MOST_DELIVERY_MONTHS],
    pub open_lines: OpenLines,
    pub lapsed: (Named, u64),
    /// Open orders with machines delivered that payments say nothing of, and what those owe, by use of deposits.
    pub not_said: [(Named, MicroUsd); 2],
    pub states: States,
    pub copied: Copied,
    pub revised: Copied,
    pub near_copies: Vec<(Field, Copied)>,
    pub gaps: Option<Gaps>,
    /// Order numbers of every order; `None` where they are too many.
    pub numbers: Option<OrderNumbers>,
    pub oldest: BTreeSet<(Month, Box<str>)>,
    /// What is due on dates to come; of orders that were cancelled, what will be paid back alone.
    pub receivable: Receivable,
}

impl Sums {
    pub(super) fn new(dates: Dates) -> Self {
        Self {
            dates,
            contracts: Contracts::default(),
            lots: Lots::default(),
            in_hand: Vec::new(),
            watch: Watch::default(),
            sold: Vec::new(),
            channel_sell_in: BTreeMap::new(),
            places: HashMap::default(),
            customers: Vec::new(),
            futures_by_delivery: [0; MOST_DELIVERY_MONTHS],
            open_lines: OpenLines::default(),
            lapsed: (Named::default(), 0),
            not_said: <[(Named, MicroUsd); 2]>::default(),
            states: States::default(),
            copied: Copied::default(),
            revised: Copied::default(),
            near_copies: Vec::new(),
            gaps: None,
            numbers: None,
            oldest: BTreeSet::new(),
            receivable: Receivable::default(),
        }
    }

    /// Counts order lines together with other sums of the same orders.
    pub(super) fn count_in(&mut self, lines: &Arc<AtomicUsize>) {
        self.watch = Watch::counting(Arc::clone(lines));
    }

    pub(super) fn lapse_after(&mut self, months: u32) {
        self.dates.past_due_months = months;
    }

    /// Adds an order with what left of it by month. A cancelled one waits for [`Sums::settle_cancelled`].
    pub(super) fn put(&mut self, order: &Order<'_>, shipped: &[(Month, u32)]) {
        let assumed = self.dates.begins.is_none() && (order.delivered.is_none() || self.dates.exported_later);
        let (kept, let_go) = self.watch.note(order, self.dates.as_of, shipped, assumed);
        self.settle_all(let_go);
        if !kept {
            self.settle(order, shipped, None);
        }
    }

    fn settle_all(&mut self, cancelled: Vec<Cancelled>) {
        for Cancelled { id, customer, terms, shipped, .. } in cancelled {
            self.settle(&Order { id: &id, customer: &customer, ..terms }, &shipped, None);
        }
    }

    /// Settles the cancelled orders, once every order is put; returns those that were signed again, and whether there
    /// were too many orders to look for them.
    pub(super) fn settle_cancelled(&mut self) -> (Vec<Amended>, bool) {
        let watch = std::mem::take(&mut self.watch);
        (self.copied, self.revised, self.near_copies) = watch.copied();
        self.gaps = watch.gaps(Month::of(self.dates.as_of));
        self.numbers = watch.order_numbers();
        let too_many = watch.too_many;
        let (cancelled, amended) = watch.finish();
        for (Cancelled { id, customer, terms, mut shipped, assumed, .. }, known) in cancelled {
            if assumed && known.is_some() {
                shipped.clear();
            }
            self.settle(&Order { id: &id, customer: &customer, ..terms }, &shipped, known);
        }
        self.put_down();
        (amended, too_many)
    }

    fn settle(&mut self, order: &Order<'_>, shipped: &[(Month, u32)], amended: Option<Month>) {
        let customer = self.customer(order.customer);
        self.states.note(&self.dates, order, shipped);
        let as_of = Month::of(self.dates.as_of);
        let signed = Month::of(order.signed);
        let delivered: u32 = shipped.iter().map(|(_, machines)| machines).sum();
        let state = match order.status {
            Status::Cancelled(date) if date <= self.dates.as_of => State::Cancelled(Month::of(date)),
            Status::Completed if self.dates.exported_later => State::Open,
            Status::Completed if self.dates.begins.is_none() => State::Completed,
            Status::Completed if delivered < order.quantity => {
                State::Closed(shipped.last().map_or(order.last_month(), |(month, _)| *month).min(as_of))
            }
            _ => State::Open,
        };
        let until = match state {
            State::Cancelled(month) => as_of.min(month),
            _ => as_of,
        };
        let (ahead, off_schedule) = compare(order, shipped, until);
        let last = as_of - self.dates.past_due_months.cast_signed() - 1;
        let lapsed = order.due_by(last).saturating_sub(delivered);
        let left = if state == State::Open { order.quantity.saturating_sub(delivered + lapsed) } else { 0 };
        let standing =
            if left > 0 { Standing::of(order, self.dates.as_of, &self.contracts) } else { Standing::Secured };
        let terms = Terms {
            signed,
            model: order.model,
            start: order.start,
            months: order.months,
            state,
            segment: order.segment,
            paid: Paid::of(order),
            amended,
            off_schedule,
            standing,
            ahead: ahead.then(|| Box::new((order.quantity, shipped.to_vec()))),
        };
        // Of a completed order nobody waits for more, whenever it was exported; one cancelled after the as-of date is reported
        // as that, unless it was exported later.
        let waits =
            order.status == Status::Open || (self.dates.exported_later && order.status != Status::Completed);
        if state == State::Open && lapsed > 0 && waits {
            self.lapsed.0.add(order.id);
            self.lapsed.1 += u64::from(lapsed);
        }
        let money = Money::of(order, left);
        if left > 0 {
            for (sum, amount) in self.not_said.iter_mut().zip(money.not_said) {
                // A dollar is rounding.
                if Usd::from(amount).dollars() > 1.0 {
                    sum.0.add(order.id);
                    sum.1 += amount;
                }
            }
            let open = OpenOrders { orders: 1, machines: u64::from(left), money };
            self.customers[customer].open(order.model).merge(&open);
            self.customers[customer].account.owes(
                order.model,
                still_due(order, order.quantity - left),
                standing,
                as_of,
            );
            self.open_lines.add(|| OpenLine::new(order, order.quantity - left, standing));
        }
        self.customers[customer].account.took(order, shipped, as_of);
        if let Some(settled) = &order.settled {
            // Of a cancelled order nothing is paid any more; what is agreed to be paid back is.
            let cancelled = matches!(state, State::Cancelled(_));
            let plan = settled.plan.iter();
            for ((month, kind), amount) in
                plan.filter(|((_, kind), _)| !cancelled || *kind == PaymentKind::Refund)
            {
                *self.receivable.entry((order.model, *month, *kind)).or_default() += *amount;
            }
        }
        if off_schedule {
            self.lots.of(&terms).add(order.quantity, shipped, &money);
        } else {
            self.in_hand.push(Counted { terms, quantity: order.quantity, money });
            if self.in_hand.len() == IN_HAND {
                self.put_down();
            }
        }
        if order.segment == Segment::Channel {
            for (month, machines) in shipped {
                *self.channel_sell_in.entry(*month).or_default() += u64::from(*machines);
            }
        }
        let older = |(last, id): &(Month, Box<str>)| (signed, order.id) < (*last, &**id);
        if self.oldest.len() < OLDEST || self.oldest.last().is_some_and(older) {
            self.oldest.insert((signed, order.id.into()));
            if self.oldest.len() > OLDEST {
                self.oldest.pop_last();
            }
        }
        if amended.is_none() && state != State::Cancelled(signed) {
            self.count_sale(order, customer, signed, as_of);
        }
    }

    /// Adds the orders in hand to their lots.
    fn put_down(&mut self) {
        self.lots.add_all(&self.in_hand);
        self.in_hand.clear();
    }

    /// The place of a customer in the list.
    fn customer(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.customers.len();
        self.places.insert(name.into(), place);
        self.customers.push(Customer::default());
        place
    }

    /// Counts an order among the sales: not one that was signed again, or cancelled in its month of signing.
    fn count_sale(&mut self, order: &Order<'_>, customer: usize, signed: Month, as_of: Month) {
        let quantity = u64::from(order.quantity);
        self.customers[customer].account.signed(order, as_of);
        if signed > as_of - 12 {
            self.customers[customer].machines += quantity;
            if order.order_type == OrderType::Futures
                && let Some(machines) = self.futures_by_delivery.get_mut(order.months as usize - 1)
            {
                *machines += quantity;
            }
        }
        let place = sold_index(signed, order.segment, order.order_type);
        if place >= self.sold.len() {
            self.sold.resize(place + 1, Sold::default());
        }
        let sold = &mut self.sold[place];
        sold.orders += 1;
        sold.machines += quantity;
    }

    /// Takes over what another has of the same date.
    pub(super) fn merge(&mut self, mut other: Self) {
        other.put_down();
        self.lots.merge(other.lots);
        self.sold.resize(self.sold.len().max(other.sold.len()), Sold::default());
        for (sold, more) in self.sold.iter_mut().zip(other.sold) {
            sold.orders += more.orders;
            sold.machines += more.machines;
        }
        for (month, machines) in other.channel_sell_in {
            *self.channel_sell_in.entry(month).or_default() += machines;
        }
        for (sum, (orders, amount)) in self.not_said.iter_mut().zip(other.not_said) {
            sum.0.merge(orders);
            sum.1 += amount;
        }
        self.lapsed.0.merge(other.lapsed.0);
        self.lapsed.1 += other.lapsed.1;
        self.states.merge(other.states);
        self.oldest.extend(other.oldest);
        while self.oldest.len() > OLDEST {
            self.oldest.pop_last();
        }
        for (name, index) in sorted(other.places) {
            let (of_other, index) = (&other.customers[index], self.customer(&name));
            let customer = &mut self.customers[index];
            customer.machines += of_other.machines;
            customer.account.merge(&of_other.account);
            for (model, more) in of_other.open.iter().enumerate() {
                customer.open(ModelId(model)).merge(more);
            }
        }
        for (index, more) in other.futures_by_delivery.into_iter().enumerate() {
            self.futures_by_delivery[index] += more;
        }
        self.open_lines.merge(other.open_lines);
        for (key, amount) in other.receivable {
            *self.receivable.entry(key).or_default() += amount;
        }
        let let_go = self.watch.merge(other.watch);
        self.settle_all(let_go);
    }

    /// What was sold, by month of signature, kind of customer and type of order.
    pub(super) fn sold(&self) -> BTreeMap<(Month, Segment, OrderType), Sold> {
        let kinds = Segment::ALL
            .into_iter()
            .flat_map(|segment| OrderType::ALL.map(|order_type| (segment, order_type)));
        let months = (0..=(self.sold.len() / KINDS)).filter_map(|m| i32::try_from(m).ok());
        months
            .map(|month| Month::from_index(FIRST_MONTH + month))
            .flat_map(|month| kinds.clone().map(move |(segment, order_type)| (month, segment, order_type)))
            .filter_map(|key| {
                let sold = self.sold.get(sold_index(key.0, key.1, key.2))?;
                (sold.orders > 0).then_some((key, *sold))
            })
            .collect()
    }

    /// Machines signed in the trailing year by customer, what each still is to get by model, and what each bought and takes;
    /// only what is above 0.
    pub(super) fn customers(&mut self) -> ByCustomer {
        let (mut machines, mut open, mut accounts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut customers = std::mem::take(&mut self.customers);
        for (name, place) in sorted(std::mem::take(&mut self.places)) {
            let customer = &mut customers[place];
            let account = std::mem::take(&mut customer.account);
            if account != Account::default() {
                accounts.insert(name.to_string(), account);
            }
            if customer.machines > 0 {
                machines.insert(name.to_string(), customer.machines);
            }
            let models = customer.open.iter().enumerate().filter(|(_, open)| open.orders > 0);
            let models: BTreeMap<ModelId, OpenOrders> =
                models.map(|(model, open)| (ModelId(model), *open)).collect();
            if !models.is_empty() {
                open.insert(name.into(), models);
            }
        }
        (machines, open, accounts)
    }
}

/// Customers in the order of their names.
fn sorted(places: HashMap<Box<str>, usize, FixedState>) -> Vec<(Box<str>, usize)> {
    let mut all: Vec<_> = places.into_iter().collect();
    all.sort_unstable();
    all
}

/// Whether an order ever ran ahead of its schedule, and whether it left it at all, up to `until`.
fn compare(order: &Order<'_>, shipped: &[(Month, u32)], until: Month) -> (bool, bool) {
    let mut delivered = 0;
    let mut off = false;
    for (month, machines) in shipped {
        delivered += machines;
        if delivered > order.due_by(*month) {
            return (true, true);
        }
        off |= *machines != order.due_in(*month);
    }
    (false, off || delivered != order.due_by(until))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What two threads counted of what distributors bought adds up, month by month.
    #[test]
    fn sums_of_two_threads_add_up() {
        let dates = Dates {
            as_of: chrono::NaiveDate::from_ymd_opt(2025, 9, 30).unwrap(),
            exported_later: false,
            begins: None,
            past_due_months: 12,
        };
        let month = |text: &str| text.parse::<Month>().unwrap();
        let of = |cells: &[(&str, u64)]| Sums {
            channel_sell_in: cells.iter().map(|(of, machines)| (month(of), *machines)).collect(),
            ..Sums::new(dates)
        };
        let mut all = of(&[("2025-01", 5), ("2025-02", 1)]);
        all.merge(of(&[("2025-01", 7), ("2025-03", 2)]));
        let expected = [("2025-01", 12), ("2025-02", 1), ("2025-03", 2)].map(|(of, n)| (month(of), n));
        assert_eq!(all.channel_sell_in.into_iter().collect::<Vec<_>>(), expected);
    }

    /// Every month, kind of customer and type of order has a place of its own, one after the other.
    #[test]
    fn kinds_of_sale_stand_one_after_the_other() {
        let of = |month: i32| {
            let month = Month::from_index(FIRST_MONTH + month);
            let of = move |segment| OrderType::ALL.map(|order_type| sold_index(month, segment, order_type));
            Segment::ALL.into_iter().flat_map(of).collect::<Vec<_>>()
        };
        assert_eq!([of(0), of(1), of(2)].concat(), (0..3 * KINDS).collect::<Vec<_>>());
    }
}
