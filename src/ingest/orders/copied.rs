//! Open orders that stand twice under two order numbers: as copies, as revisions beside what they revise, or as copies that
//! were entered again with one field changed.

use super::signed::Signed;

/// Copies named of many.
const NAMED: usize = 5;

/// Copies with one field changed, from which on they are more than chance: none with honest makers.
const SEVERAL: u64 = 3;

/// Share of completed orders alike but for the same field, over that of open ones, from which on it is how the maker's
/// customers order.
const HABIT: f64 = 0.5;

/// A field that one of two copies has otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// Who bought.
    Customer,
    /// Day of signature.
    Signed,
    /// Price of a machine.
    Price,
    /// First month of delivery.
    Start,
}

impl Field {
    /// Every field that may differ.
    const ALL: [Self; 4] = [Self::Customer, Self::Signed, Self::Price, Self::Start];

    /// As messages name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Signed => "day of signature",
            Self::Price => "price",
            Self::Start => "first month of delivery",
        }
    }

    /// Everything that two copies have in common.
    fn rest(self, order: &Signed) -> impl Ord + use<> {
        let kept = |field: Self| self != field;
        (
            (order.item, order.months),
            kept(Self::Customer).then_some(order.key),
            kept(Self::Signed).then_some(order.signed),
            kept(Self::Price).then_some(order.price),
            kept(Self::Start).then_some(order.start),
        )
    }

    /// Whether two orders that are alike in the rest differ in it.
    fn differs(self, a: &Signed, b: &Signed) -> bool {
        match self {
            Self::Customer => a.key != b.key,
            Self::Signed => a.signed != b.signed,
            Self::Price => a.price != b.price,
            Self::Start => a.start != b.start,
        }
    }
}

/// Open orders alike in customer, model, price, signature and delivery, under other order numbers.
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
    /// Looks for copies among the orders signed, each with its order number: alike in quantity, too.
    pub(super) fn new<'a>(signed: impl Iterator<Item = (&'a Signed, &'a str)>) -> Self {
        let alike = |order: &Signed| (order.key, order.signed, order.start, order.months, order.price);
        let open = open(signed, alike);
        let mut copied = Self::default();
        for likes in open.chunk_by(|a, b| alike(a.0) == alike(b.0)) {
            // Lines of one order number are one order.
            let mut orders = likes.chunk_by(|a, b| a.1 == b.1);
            let Some([first, ..]) = orders.next() else { continue };
            for lines in orders {
                copied.add(first.1, lines);
            }
        }
        copied.sorted()
    }

    /// Looks for revisions: another quantity under the order number of another with something put before or after it.
    pub(super) fn revised<'a>(signed: impl Iterator<Item = (&'a Signed, &'a str)>) -> Self {
        let alike = |order: &Signed| (order.buyer, order.signed, order.start, order.months, order.price);
        let open = open(signed, alike);
        let mut revised = Self::default();
        for likes in open.chunk_by(|a, b| alike(a.0) == alike(b.0)) {
            let orders: Vec<&[(&Signed, &str)]> = likes.chunk_by(|a, b| a.1 == b.1).collect();
            for (order, of) in orders.iter().zip(bases(&orders)) {
                if let Some(of) = of {
                    revised.add(of, order);
                }
            }
        }
        revised.sorted()
    }

    /// Looks for copies under another order number with one field changed, where they are several.
    pub(super) fn but_for_one<'a>(
        signed: &(impl Iterator<Item = (&'a Signed, &'a str)> + Clone),
    ) -> Vec<(Field, Self)> {
        let lines = |open: bool| -> Vec<(&'a Signed, &'a str)> {
            let standing = signed.clone().filter(|(order, _)| order.ended.is_none());
            standing.filter(|(order, _)| (order.left > 0) == open).collect()
        };
        let open = lines(true);
        let mut found = Vec::new();
        for field in Field::ALL {
            let copied = Self::but_for(&open, field);
            if copied.orders < SEVERAL {
                continue;
            }
            let closed = lines(false);
            let before = Self::but_for(&closed, field);
            let share = |orders: u64, of: usize| orders as f64 / of.max(1) as f64;
            if share(before.orders, closed.len()) < HABIT * share(copied.orders, open.len()) {
                found.push((field, copied.sorted()));
            }
        }
        found
    }

    fn but_for(lines: &[(&Signed, &str)], field: Field) -> Self {
        let mut lines = lines.to_vec();
        lines.sort_by(|a, b| field.rest(a.0).cmp(&field.rest(b.0)).then(a.1.cmp(b.1)));
        let mut copied = Self::default();
        for likes in lines.chunk_by(|a, b| field.rest(a.0) == field.rest(b.0)) {
            let orders: Vec<_> = likes.chunk_by(|a, b| a.1 == b.1).collect();
            // One order a month is how a contract is called off.
            if field == Field::Start && orders.len() > 2 {
                continue;
            }
            if let Some((first, more)) = orders.split_first() {
                for order in more.iter().filter(|order| field.differs(first[0].0, order[0].0)) {
                    copied.add(first[0].1, order);
                }
            }
        }
        copied
    }

    fn add(&mut self, first: &str, lines: &[(&Signed, &str)]) {
        let machines = lines.iter().map(|(line, _)| u64::from(line.left)).sum();
        self.orders += 1;
        self.machines += machines;
        self.worst.push((machines, first.to_owned(), lines[0].1.to_owned()));
    }

    fn sorted(mut self) -> Self {
        self.worst.sort_by(|a, b| b.0.cmp(&a.0).then(a.cmp(b)));
        self.worst.truncate(NAMED);
        self
    }
}

/// Orders of which something is still to deliver, those alike together, by order number.
fn open<'a, K: Ord>(
    signed: impl Iterator<Item = (&'a Signed, &'a str)>,
    alike: impl Fn(&Signed) -> K,
) -> Vec<(&'a Signed, &'a str)> {
    let mut open: Vec<_> = signed.filter(|(order, _)| order.left > 0).collect();
    open.sort_by(|a, b| alike(a.0).cmp(&alike(b.0)).then(a.1.cmp(b.1)));
    open
}

/// The order number that each one's is made from; `None` for an original, and for one of the same quantity: a copy.
fn bases<'a>(orders: &[&[(&Signed, &'a str)]]) -> Vec<Option<&'a str>> {
    let mut bases = vec![None; orders.len()];
    if orders.len() < 2 {
        return bases;
    }
    for backwards in [false, true] {
        let letters = |index: usize| -> Vec<char> {
            let id = orders[index][0].1.chars();
            if backwards { id.rev().collect() } else { id.collect() }
        };
        let mut sorted: Vec<(Vec<char>, usize)> = (0..orders.len()).map(|p| (letters(p), p)).collect();
        sorted.sort();
        // What a text begins with stands before it, and nothing that begins otherwise between them.
        let mut begun: Vec<usize> = Vec::new();
        for (at, (id, index)) in sorted.iter().enumerate() {
            while begun.last().is_some_and(|last| !id.starts_with(&sorted[*last].0)) {
                begun.pop();
            }
            let of = begun
                .iter()
                .map(|at| &sorted[*at])
                .find(|(base, of)| parted(base, id) && orders[*of][0].0.key != orders[*index][0].0.key);
            if let Some((_, of)) = of {
                bases[*index] = Some(orders[*of][0].1);
            }
            begun.push(at);
        }
    }
    bases
}

/// Whether what comes after the `base` is a part of its own: 12 and 12-1 or 12A, not 12 and 123.
fn parted(base: &[char], id: &[char]) -> bool {
    let (Some(last), Some(next)) = (base.last(), id.get(base.len())) else { return false };
    !next.is_alphanumeric() || last.is_ascii_digit() != next.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_added_part_is_known_by_its_sign_or_letter() {
        let parts =
            |base: &str, id: &str| parted(&base.chars().collect::<Vec<_>>(), &id.chars().collect::<Vec<_>>());
        assert!(parts("SO-12", "SO-12-R1") && parts("SO-12", "SO-12A") && parts("SO-12", "SO-12/2"));
        assert!(!parts("SO-12", "SO-123") && !parts("SO-12", "SO-12"));
    }
}
