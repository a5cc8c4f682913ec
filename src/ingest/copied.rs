//! Open orders that stand twice under two order numbers.

use super::amended::Signed;

/// Copies named of many.
const NAMED: usize = 5;

/// Open orders alike in customer, model, quantity, price, signature and delivery, under other order numbers.
#[derive(Clone, Default, Debug)]
pub struct Copied {
    /// Orders beyond the first of their likes.
    pub orders: u64,
    /// Machines that are still to deliver of them.
    pub machines: u64,
    /// The first order number of their likes and the copy's, most machines first.
    pub worst: Vec<(u64, String, String)>,
}

impl Copied {
    /// Looks for copies among the orders signed, each with its order number.
    pub(super) fn new<'a>(signed: impl Iterator<Item = (&'a Signed, &'a str)>) -> Self {
        let alike = |order: &Signed| (order.key, order.signed, order.start, order.months, order.price);
        let mut open: Vec<(&Signed, &str)> = signed.filter(|(order, _)| order.left > 0).collect();
        open.sort_by(|a, b| alike(a.0).cmp(&alike(b.0)).then(a.1.cmp(b.1)));
        let mut copied = Self::default();
        for likes in open.chunk_by(|a, b| alike(a.0) == alike(b.0)) {
            // Lines of one order number are one order.
            let mut orders = likes.chunk_by(|a, b| a.1 == b.1);
            let Some([first, ..]) = orders.next() else { continue };
            for lines in orders {
                let machines = lines.iter().map(|(line, _)| u64::from(line.left)).sum();
                copied.orders += 1;
                copied.machines += machines;
                copied.worst.push((machines, first.1.to_owned(), lines[0].1.to_owned()));
            }
        }
        copied.worst.sort_by(|a, b| b.0.cmp(&a.0).then(a.cmp(b)));
        copied.worst.truncate(NAMED);
        copied
    }
}
