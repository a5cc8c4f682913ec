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
    /// Looks for copies among the orders signed.
    pub(super) fn new(signed: &[Signed]) -> Self {
        let alike = |order: &Signed| (order.key, order.signed, order.start, order.months, order.price);
        let mut open: Vec<&Signed> = signed.iter().filter(|order| order.left > 0).collect();
        open.sort_by(|a, b| alike(a).cmp(&alike(b)).then(a.id.cmp(&b.id)));
        let mut copied = Self::default();
        for likes in open.chunk_by(|a, b| alike(a) == alike(b)) {
            // Lines of one order number are one order.
            let mut orders = likes.chunk_by(|a, b| a.id == b.id);
            let Some([first, ..]) = orders.next() else { continue };
            for lines in orders {
                let machines = lines.iter().map(|line| u64::from(line.left)).sum();
                copied.orders += 1;
                copied.machines += machines;
                copied.worst.push((machines, first.id.to_string(), lines[0].id.to_string()));
            }
        }
        copied.worst.sort_by(|a, b| b.0.cmp(&a.0).then(a.cmp(b)));
        copied.worst.truncate(NAMED);
        copied
    }
}
