//! Who is served first: what was wanted first ships first, in a month contracts before orders to come.

use crate::market::HORIZON;

/// Machines of one model that ship in a month, by where they come from.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Shipped {
    /// Of contracts signed by the as-of date.
    pub contracts: f64,
    /// Of orders still to come.
    pub new: f64,
}

/// Machines of one model that wait, by the month in which they were wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Queue {
    waiting: [Shipped; HORIZON],
    /// Of the months of which machines wait the first, and the one after the last.
    first: usize,
    end: usize,
}

impl Queue {
    /// So many of the machines that wait leave, of all alike; what they are.
    /// # Example
    /// 10 machines of contracts and 5 of orders to come wait, and 3 leave; of 8 and 4 that are left 8 and 1 ship.
    /// ```
    /// use wafercast::cash::{Queue, Shipped};
    ///
    /// let mut queue = Queue::default();
    /// let of = |contracts, new| Shipped { contracts, new };
    /// queue.ship(0, of(10.0, 5.0), 0.0);
    /// assert_eq!(queue.leave(3.0), of(2.0, 1.0));
    /// assert_eq!(queue.ship(1, of(0.0, 0.0), 9.0), of(8.0, 1.0));
    /// ```
    pub fn leave(&mut self, machines: f64) -> Shipped {
        let mut left = Shipped::default();
        if machines <= 0.0 {
            return left;
        }
        let waiting = &mut self.waiting[self.first..self.end];
        let all: f64 = waiting.iter().map(|of| of.contracts + of.new).sum();
        if all <= 0.0 {
            return left;
        }
        let share = (machines / all).min(1.0);
        for of in waiting {
            let gone = Shipped { contracts: of.contracts * share, new: of.new * share };
            of.contracts -= gone.contracts;
            of.new -= gone.new;
            left.contracts += gone.contracts;
            left.new += gone.new;
        }
        left
    }

    /// In month `h` more machines are `wanted` and `ships` of all that wait ship.
    /// # Example
    /// Wanted are 10 machines of contracts and 5 of orders to come in the first month, 2 and 1 in the second. 6, 10 and 2 ship.
    /// ```
    /// use wafercast::cash::{Queue, Shipped};
    ///
    /// let mut queue = Queue::default();
    /// let of = |contracts, new| Shipped { contracts, new };
    /// assert_eq!(queue.ship(0, of(10.0, 5.0), 6.0), of(6.0, 0.0));
    /// assert_eq!(queue.ship(1, of(2.0, 1.0), 10.0), of(5.0, 5.0));
    /// assert_eq!(queue.ship(2, of(0.0, 0.0), 2.0), of(1.0, 1.0));
    /// ```
    pub fn ship(&mut self, h: usize, wanted: Shipped, ships: f64) -> Shipped {
        self.waiting[h] = wanted;
        self.end = h + 1;
        let (mut left, mut out) = (ships, Shipped::default());
        while left > 0.0 && self.first <= h {
            let waiting = &mut self.waiting[self.first];
            let contracts = waiting.contracts.min(left);
            let new = waiting.new.min(left - contracts);
            waiting.contracts -= contracts;
            waiting.new -= new;
            out.contracts += contracts;
            out.new += new;
            left -= contracts + new;
            if waiting.contracts > 0.0 || waiting.new > 0.0 {
                break;
            }
            self.first += 1;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(contracts: f64, new: f64) -> Shipped {
        Shipped { contracts, new }
    }

    /// 6 and 2 wait from the first month, 2 and 2 from the second: of these 12 three leave, a quarter of each. 7 of the 4.5, 1.5, 1.5
    /// and 1.5 that are left ship: all of the first month, and 1 of the second's contracts.
    #[test]
    fn machines_of_all_months_leave_alike_and_the_first_wanted_ship_first() {
        let mut queue = Queue::default();
        assert_eq!(queue.ship(0, of(6.0, 2.0), 0.0), of(0.0, 0.0));
        assert_eq!(queue.ship(1, of(2.0, 2.0), 0.0), of(0.0, 0.0));
        assert_eq!(queue.leave(3.0), of(2.0, 1.0));
        assert_eq!(queue.ship(2, of(0.0, 0.0), 7.0), of(5.5, 1.5));
        assert_eq!(queue.leave(100.0), of(0.5, 1.5), "no more than wait");
        assert_eq!(queue.ship(3, of(0.0, 0.0), 9.0), of(0.0, 0.0));
    }
}
