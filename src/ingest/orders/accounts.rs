//! What each customer bought, took and is still to get: what key accounts are told by.

use std::collections::BTreeMap;

use crate::domain::{MicroUsd, Month};
use crate::job::ModelId;

use super::order::{Order, OrderType, Segment};
use super::standing::Standing;

/// Months of signing that a customer's usual share is taken from.
pub const USUAL_MONTHS: i32 = 24;

/// Months ahead of which machines still to deliver are kept by month: those of the forecast.
const AHEAD: usize = 12;

/// Machines and what they were worth.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Worth {
    /// Machines.
    pub machines: u64,
    /// Of them with a price.
    pub priced: u64,
    /// The value of those.
    pub value: MicroUsd,
}

impl Worth {
    fn add(&mut self, order: &Order<'_>, machines: u32) {
        self.machines += u64::from(machines);
        if let Some(price) = order.unit_price {
            self.priced += u64::from(machines);
            self.value += MicroUsd::from(price) * machines;
        }
    }

    /// Takes over others.
    pub fn merge(&mut self, other: &Self) {
        self.machines += other.machines;
        self.priced += other.priced;
        self.value += other.value;
    }
}

/// One customer's orders, or those of several.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Account {
    /// Machines ordered as each kind of customer, in the order of [`Segment::ALL`].
    pub by_segment: [u64; Segment::ALL.len()],
    /// First month of signing.
    pub first_signed: Option<Month>,
    /// First month after it in which another order was signed.
    pub signed_again: Option<Month>,
    /// Months of the last [`USUAL_MONTHS`] in which it signed, one bit each.
    months: u32,
    /// Machines signed in them.
    pub usual: u64,
    /// Signed in the trailing year.
    pub sold: Worth,
    /// Of that as futures.
    pub futures: Worth,
    /// Machines still to deliver, of any month.
    pub open: u64,
    /// What left in the trailing year, by model.
    pub taken: BTreeMap<ModelId, Worth>,
    /// Machines still to deliver in each of the next twelve months, by model and whether the contract counts; what is past due in the
    /// first month, which stands beside.
    due: BTreeMap<(ModelId, Standing), [u64; AHEAD]>,
    first_due: Option<Month>,
}

impl Account {
    /// Months of the last [`USUAL_MONTHS`] in which it signed.
    pub const fn months_signed(&self) -> u32 {
        self.months.count_ones()
    }

    /// The kind of customer that most of its machines were ordered as; of equals the first.
    pub fn segment(&self) -> Option<Segment> {
        let most = Segment::ALL.into_iter().rev().max_by_key(|segment| self.by_segment[*segment as usize])?;
        (self.by_segment[most as usize] > 0).then_some(most)
    }

    /// Counts an order that was signed.
    pub(super) fn signed(&mut self, order: &Order<'_>, as_of: Month) {
        let month = Month::of(order.signed);
        self.by_segment[order.segment as usize] += u64::from(order.quantity);
        self.met(month);
        if let Ok(ago) = u32::try_from(as_of - month)
            && ago < USUAL_MONTHS.unsigned_abs()
        {
            self.months |= 1 << ago;
            self.usual += u64::from(order.quantity);
        }
        if month > as_of - 12 {
            self.sold.add(order, order.quantity);
            if order.order_type == OrderType::Futures {
                self.futures.add(order, order.quantity);
            }
        }
    }

    /// Keeps the first two months of signing.
    fn met(&mut self, month: Month) {
        match self.first_signed {
            Some(first) if month == first => {}
            Some(first) if month > first => {
                self.signed_again = Some(self.signed_again.map_or(month, |again| again.min(month)));
            }
            first => {
                self.signed_again = first;
                self.first_signed = Some(month);
            }
        }
    }

    /// Counts what left of an order.
    pub(super) fn took(&mut self, order: &Order<'_>, shipped: &[(Month, u32)], as_of: Month) {
        let year: u32 = shipped
            .iter()
            .filter(|(month, _)| *month > as_of - 12 && *month <= as_of)
            .map(|(_, machines)| machines)
            .sum();
        if year > 0 {
            self.taken.entry(order.model).or_default().add(order, year);
        }
    }

    /// Counts what is still to deliver of an order.
    pub(super) fn owes(
        &mut self,
        model: ModelId,
        due: impl Iterator<Item = (Month, u32)>,
        standing: Standing,
        as_of: Month,
    ) {
        let first = as_of + 1;
        let mut soon = [0; AHEAD];
        for (month, machines) in due {
            self.open += u64::from(machines);
            let place = usize::try_from((month - first).max(0)).unwrap_or(0);
            if let Some(cell) = soon.get_mut(place) {
                *cell += u64::from(machines);
            }
        }
        if soon.iter().any(|machines| *machines > 0) {
            self.first_due = Some(first);
            let months = self.due.entry((model, standing)).or_default();
            months.iter_mut().zip(soon).for_each(|(machines, more)| *machines += more);
        }
    }

    /// Machines still to deliver within the next twelve months, by model, month and whether the contract counts; what is past due in
    /// the first month.
    pub fn due(&self) -> impl Iterator<Item = (ModelId, Month, Standing, u64)> {
        let months = self.due.iter().zip(self.first_due.into_iter().cycle());
        let each = months.flat_map(|(((model, standing), machines), first)| {
            first.run(12).zip(machines).map(move |(month, machines)| (*model, month, *standing, *machines))
        });
        each.filter(|(.., machines)| *machines > 0)
    }

    /// Takes over the orders of another.
    pub fn merge(&mut self, other: &Self) {
        for (machines, more) in self.by_segment.iter_mut().zip(other.by_segment) {
            *machines += more;
        }
        [other.first_signed, other.signed_again].into_iter().flatten().for_each(|month| self.met(month));
        self.months |= other.months;
        self.usual += other.usual;
        self.open += other.open;
        self.sold.merge(&other.sold);
        self.futures.merge(&other.futures);
        for (model, more) in &other.taken {
            self.taken.entry(*model).or_default().merge(more);
        }
        self.first_due = self.first_due.or(other.first_due);
        for (key, months) in &other.due {
            let mine = self.due.entry(*key).or_default();
            mine.iter_mut().zip(months).for_each(|(machines, more)| *machines += more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First signed in March and again in January before: whatever comes first, the first two months stay.
    #[test]
    fn the_first_two_months_of_signing_are_kept_in_any_order() {
        let month = |text: &str| -> Month { text.parse().unwrap() };
        let of = |months: &[&str]| {
            let mut account = Account::default();
            months.iter().for_each(|text| account.met(month(text)));
            (account.first_signed, account.signed_again)
        };
        let expected = (Some(month("2024-01")), Some(month("2024-03")));
        assert_eq!(of(&["2024-03", "2024-01", "2024-05", "2024-01"]), expected);
        assert_eq!(of(&["2024-05", "2024-03", "2024-03", "2024-01"]), expected);
        assert_eq!(of(&["2024-03"]), (Some(month("2024-03")), None));
        assert_eq!(of(&[]), (None, None));
    }
}
