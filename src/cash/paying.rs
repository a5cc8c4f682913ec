//! What customers pay for the machines of a model on a path, and what those cost.

use std::ops::Range;

use crate::demand::Demand;
use crate::domain::Usd;
use crate::history::Book;
use crate::ingest::{PaymentKind, Receivable};
use crate::job::{CancelledDeposits, Cash, DepositUse, Job};
use crate::market::HORIZON;
use crate::selling::Prices;

use super::path::{Kind, PathCash};
use super::queue::{Queue, Shipped};

/// A model's terms, USD a machine.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) list: Option<f64>,
    pub(super) contract: Option<f64>,
    /// Share of the value of open contracts that is paid.
    pub(super) paid: f64,
    /// Share of it that is not billed on delivery, and the amount: paid, credited, or due on a date.
    pub(super) not_on_delivery: (f64, f64),
    /// What contracts have due on dates, by month ahead: deposits, other payments, and what is paid back; `None` where nothing is.
    pub(super) dated: Option<[[f64; 3]; HORIZON]>,
    /// Of what is not billed on delivery, what is neither paid nor will be repaid: due on dates, or credited; share and amount.
    pub(super) ahead: (f64, f64),
    /// Machines of open contracts.
    pub(super) open: f64,
    pub(super) other_cost: f64,
    /// Machines of a TH signed in each month.
    pub(super) signed: [f64; HORIZON],
}

/// Machines of a model on a path, by month ahead.
#[derive(Clone, Copy)]
pub(super) struct Machines<'a> {
    pub(super) wanted: &'a [Shipped; HORIZON],
    pub(super) ships: &'a [f64; HORIZON],
    pub(super) built: &'a [f64; HORIZON],
    /// Cancelled of contracts.
    pub(super) cancelled: &'a [f64; HORIZON],
    /// Share of the contracts whose customers still pay.
    pub(super) paying: &'a [f64; HORIZON],
    /// List prices, USD.
    pub(super) list: &'a [f64; HORIZON],
    /// Machines that waited and whose customers leave.
    pub(super) lost: &'a [f64; HORIZON],
}

/// Where a model stands on a path at the beginning of a month.
#[derive(Clone, Copy, Default)]
pub(super) struct Account {
    queue: Queue,
    signed: Signed,
    /// Value of the contracts delivered, and what of it is paid.
    delivered: f64,
    paid: f64,
    /// Machines cancelled, and what was paid on dates.
    cancelled: f64,
    dated: f64,
}

/// What is paid with the machines of a model by month, USD: what comes in, what is paid back, and what they cost.
#[derive(Clone, Copy, Default)]
pub(super) struct Paid {
    deposits: [f64; HORIZON],
    balances: [f64; HORIZON],
    refunds: [f64; HORIZON],
    machines: [f64; HORIZON],
    /// Deposits on what has not shipped: of contracts, and of what was signed since.
    advances: [[f64; HORIZON]; 2],
    /// Deposits, other payments and refunds that are due on dates.
    dated: [[f64; HORIZON]; 3],
}

impl Paid {
    /// Adds it to what is paid on a path.
    pub(super) fn add_to(&self, cash: &mut PathCash, dated: bool) {
        let add = |to: &mut [f64; HORIZON], from: &[f64; HORIZON]| {
            to.iter_mut().zip(from).for_each(|(cell, usd)| *cell += usd);
        };
        let subtract = |to: &mut [f64; HORIZON], from: &[f64; HORIZON]| {
            to.iter_mut().zip(from).for_each(|(cell, usd)| *cell -= usd);
        };
        add(&mut cash.of[Kind::Deposits as usize], &self.deposits);
        if dated {
            let [deposits, others, refunds] = &self.dated;
            add(&mut cash.of[Kind::Deposits as usize], deposits);
            add(&mut cash.of[Kind::Balances as usize], others);
            subtract(&mut cash.of[Kind::Refunds as usize], refunds);
        }
        add(&mut cash.of[Kind::Balances as usize], &self.balances);
        subtract(&mut cash.of[Kind::Refunds as usize], &self.refunds);
        subtract(&mut cash.of[Kind::Machines as usize], &self.machines);
        self.advances.iter().for_each(|usd| add(&mut cash.advances, usd));
    }
}

impl Terms {
    /// Whether contracts are open, or something is still due on them.
    pub(super) const fn has_open(&self) -> bool {
        self.open > 0.0 || self.dated.is_some()
    }

    /// What customers of a model pay, and what its machines cost, in these months; `th` are signed in each month.
    pub(super) fn pay(
        &self,
        rules: &Cash,
        th: &[f64; HORIZON],
        of: Machines<'_>,
        months: Range<usize>,
        (account, usd): (&mut Account, &mut Paid),
    ) {
        let (terms, list) = (self, of.list);
        let contract = terms.contract.unwrap_or(0.0);
        let deposit = rules.customer_deposit_share.get();
        let refunded = rules.cancelled_deposits == CancelledDeposits::Refunded;
        for h in months.start..months.end.min(HORIZON) {
            let machines = th[h] * terms.signed[h];
            account.signed.add(machines, list[h]);
            usd.deposits[h] = machines * list[h] * deposit;
            let lost = account.queue.leave(of.lost[h]);
            let forfeited = account.signed.take(lost.new, list[h]) * deposit;
            let out = account.queue.ship(h, of.wanted[h], of.ships[h]);
            account.delivered += out.contracts * contract;
            let due = match rules.deposit_use {
                DepositUse::ProRata => account.delivered * (1.0 - terms.not_on_delivery.0),
                DepositUse::UntilUsedUp => (account.delivered - terms.not_on_delivery.1).max(0.0),
            };
            if let Some(dated) = &terms.dated {
                // Who cancels or defaults does not pay what is due on dates, either.
                account.cancelled += of.cancelled[h];
                let kept =
                    if terms.open > 0.0 { (1.0 - account.cancelled / terms.open).max(0.0) } else { 1.0 };
                let kept = kept * of.paying[h];
                let [deposits, others, refunds] = dated[h];
                // What is agreed to be paid back is, whoever cancels.
                let [deposits, others] = [deposits, others].map(|usd| usd * kept);
                (usd.dated[0][h], usd.dated[1][h], usd.dated[2][h]) = (deposits, others, refunds);
                account.dated += deposits + others;
            }
            usd.advances[0][h] =
                (account.dated.min(terms.ahead.1) - account.delivered * terms.ahead.0).max(0.0);
            let balance = (1.0 - deposit) * account.signed.take(out.new, list[h]);
            usd.balances[h] = due - account.paid + balance;
            account.paid = due;
            if refunded {
                usd.refunds[h] =
                    (of.cancelled[h] * of.paying[h] + lost.contracts) * contract * terms.paid + forfeited;
            }
            usd.machines[h] = of.built[h] * terms.other_cost;
            usd.advances[1][h] = account.signed.value * deposit;
        }
    }

    /// The same from the first month to the last.
    pub(super) fn pay_all(&self, rules: &Cash, th: &[f64; HORIZON], of: Machines<'_>, cash: &mut PathCash) {
        let (mut account, mut usd) = (Account::default(), Paid::default());
        self.pay(rules, th, of, 0..HORIZON, (&mut account, &mut usd));
        usd.add_to(cash, self.dated.is_some());
    }
}

/// Machines signed on a path that have not shipped, and their value at the list prices of their months.
#[derive(Clone, Copy, Default)]
struct Signed {
    machines: f64,
    value: f64,
}

impl Signed {
    fn add(&mut self, machines: f64, price: f64) {
        self.machines += machines;
        self.value += machines * price;
    }

    /// Value of machines that ship: at the mean price of what was signed; what was not, at today's.
    fn take(&mut self, machines: f64, price: f64) -> f64 {
        if machines == 0.0 {
            return 0.0;
        }
        let known = machines.min(self.machines);
        let value = if self.machines > 0.0 { self.value * known / self.machines } else { 0.0 };
        self.machines -= known;
        self.value -= value;
        value + (machines - known) * price
    }
}

/// Open contracts of a model, added up.
#[derive(Clone, Copy, Default)]
struct Open {
    paid: Usd,
    not_on_delivery: Usd,
    left: Usd,
    machines: u64,
}

/// The terms of every model.
pub(super) fn terms(
    job: &Job,
    book: &Book<'_>,
    demand: &Demand,
    prices: &Prices,
    receivable: &Receivable,
) -> Vec<Terms> {
    let models = job.catalogue.models.len();
    let mut sums = vec![Open::default(); models];
    for booked in book.open() {
        let sum = &mut sums[booked.lot.terms.model.0];
        sum.paid += booked.lot.money.held(&job.cash);
        sum.not_on_delivery += booked.lot.money.not_on_delivery(&job.cash);
        sum.left += Usd::from(booked.lot.money.left_value);
        sum.machines += booked.remaining();
    }
    let mut dated = vec![[[0.0; 3]; HORIZON]; models];
    for ((model, month, kind), amount) in receivable {
        let part = match kind {
            PaymentKind::Deposit => 0,
            PaymentKind::Instalment | PaymentKind::Balance => 1,
            PaymentKind::Refund => 2,
            PaymentKind::Coupon => continue,
        };
        let ahead = usize::try_from(*month - book.as_of - 1).ok();
        if let Some(cells) = ahead.and_then(|h| dated[model.0].get_mut(h)) {
            cells[part] += Usd::from(*amount).dollars();
        }
    }
    let mixes: Vec<Vec<f64>> =
        (0..HORIZON).map(|h| demand.mix.signed(h, &demand.lead_times.pooled)).collect();
    let each = job.catalogue.models.iter().enumerate();
    each.map(|(m, model)| {
        let Open { paid, not_on_delivery, left, machines } = sums[m];
        let usual = job.cash.customer_deposit_share.get();
        let share = |part: Usd| if left > Usd::ZERO { part / left } else { usual };
        let (paid_share, settled_share) = (share(paid), share(not_on_delivery));
        let dollars = |price: Option<Usd>| price.map(Usd::dollars);
        Terms {
            list: dollars(prices.list[m]),
            contract: dollars(prices.contract[m].or(prices.list[m])),
            paid: paid_share,
            not_on_delivery: (settled_share, not_on_delivery.dollars()),
            dated: dated[m].iter().flatten().any(|usd| *usd != 0.0).then_some(dated[m]),
            ahead: ((settled_share - paid_share).max(0.0), (not_on_delivery - paid).max(Usd::ZERO).dollars()),
            open: machines as f64,
            other_cost: model.other_cost_usd.get(),
            signed: std::array::from_fn(|h| mixes[h][m] / model.hashrate_th.get()),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the first months.
    fn months(first: &[f64]) -> [f64; HORIZON] {
        std::array::from_fn(|h| first.get(h).copied().unwrap_or(0.0))
    }

    fn of_contracts() -> Terms {
        Terms {
            list: Some(1000.0),
            contract: Some(800.0),
            paid: 0.5,
            not_on_delivery: (0.5, 2000.0),
            dated: None,
            ahead: (0.0, 0.0),
            open: 5.0,
            other_cost: 30.0,
            signed: [0.01; HORIZON],
        }
    }

    /// A machine of 100 TH sells at 1,000 USD in the first month, 1,200 after, and has contracts at 800, half of them paid, 2,000 USD in all.
    /// Ten are signed in the first month. Wanted are 4 of contracts, then 2 of contracts and 6 of the ten; 3, 5 and 3 ship; one of those that
    /// wait leaves in the third month. Two of contracts are cancelled, half of whose customers still pay.
    fn paid(deposit_use: DepositUse, cancelled_deposits: CancelledDeposits) -> PathCash {
        let share = |value| crate::domain::Share::new(value).unwrap();
        let rules =
            Cash { customer_deposit_share: share(0.25), deposit_use, cancelled_deposits, ..Cash::default() };
        let terms = of_contracts();
        let mut wanted = [Shipped::default(); HORIZON];
        wanted[0] = Shipped { contracts: 4.0, new: 0.0 };
        wanted[1] = Shipped { contracts: 2.0, new: 6.0 };
        let mut list = [1200.0; HORIZON];
        list[0] = 1000.0;
        let of = Machines {
            wanted: &wanted,
            ships: &months(&[3.0, 5.0, 3.0]),
            built: &months(&[3.0, 0.0, 4.0]),
            cancelled: &months(&[2.0]),
            paying: &months(&[0.5]),
            list: &list,
            lost: &months(&[0.0, 0.0, 1.0]),
        };
        let mut th = [0.0; HORIZON];
        th[0] = 1000.0;
        let mut cash = PathCash::none();
        terms.pay_all(&rules, &th, of, &mut cash);
        cash
    }

    fn assert_months(found: &[f64; HORIZON], first: [f64; 4], what: &str) {
        let rest = std::iter::repeat(first[3]);
        for (h, expected) in first.into_iter().chain(rest).take(HORIZON).enumerate() {
            assert!((found[h] - expected).abs() < 1e-9, "{what} of month {h}: {} {expected}", found[h]);
        }
    }

    #[test]
    fn deposits_balances_and_refunds_by_hand() {
        let cash = paid(DepositUse::ProRata, CancelledDeposits::Refunded);
        let of = |kind: Kind| &cash.of[kind as usize];
        // 10 x 1,000 x 0.25.
        assert_months(of(Kind::Deposits), [2500.0, 0.0, 0.0, 0.0], "deposits");
        // Half of 3 x 800; half of 3 x 800 and three quarters of 2 x 1,000; three quarters of 3 x 1,000.
        assert_months(of(Kind::Balances), [1200.0, 2700.0, 2250.0, 0.0], "balances");
        // Half of 800 for one of the two cancelled; the deposit of the one that left.
        assert_months(of(Kind::Refunds), [-400.0, 0.0, -250.0, 0.0], "refunds");
        assert_months(of(Kind::Machines), [-90.0, 0.0, -120.0, 0.0], "machines");
        // 10, 8 and 4 of the ten have not shipped, at 250 each.
        assert_months(&cash.advances, [2500.0, 2000.0, 1000.0, 1000.0], "advances");
    }

    /// 100 USD of deposits, 10 others and 40 to be paid back in the first month; two of five machines were cancelled, and half of the
    /// customers pay: 0.6 x 0.5 of the first two are paid. What is paid back is paid back whole.
    #[test]
    fn what_is_agreed_to_be_paid_back_does_not_shrink_with_the_orders() {
        let mut terms = of_contracts();
        let mut dated = [[0.0; 3]; HORIZON];
        dated[0] = [100.0, 10.0, 40.0];
        terms.dated = Some(dated);
        let zero = [0.0; HORIZON];
        let of = Machines {
            wanted: &[Shipped::default(); HORIZON],
            ships: &zero,
            built: &zero,
            cancelled: &months(&[2.0]),
            paying: &months(&[0.5]),
            list: &[1000.0; HORIZON],
            lost: &zero,
        };
        let mut cash = PathCash::none();
        terms.pay_all(&Cash::default(), &zero, of, &mut cash);
        // 100 and 10 x (1 - 2/5) x 0.5.
        assert!((cash.of[Kind::Deposits as usize][0] - 30.0).abs() < 1e-9);
        assert!((cash.of[Kind::Balances as usize][0] - 3.0).abs() < 1e-9);
        assert!((cash.of[Kind::Refunds as usize][0] + 40.0).abs() < 1e-9);
    }

    #[test]
    fn the_first_machines_are_paid_by_what_was_received_and_a_deposit_may_be_kept() {
        let cash = paid(DepositUse::UntilUsedUp, CancelledDeposits::Forfeited);
        // 2,400 delivered less 2,000; then all of 2,400, and 1,500 and 2,250 as before.
        assert_months(&cash.of[Kind::Balances as usize], [400.0, 3900.0, 2250.0, 0.0], "balances");
        assert_months(&cash.of[Kind::Refunds as usize], [0.0; 4], "refunds");
    }
}
