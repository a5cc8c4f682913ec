//! How signed TH spreads over delivery months and models.

use crate::domain::Month;
use crate::history::Book;
use crate::job::{Catalogue, ModelId};

/// Share of signed TH due j months after signing, j = 0, 1, ...; sums to 1.
///
/// Measured on the contracts of recent orders, which are known in full when they are signed: nothing is cut off,
/// and a change in lead times shows at once. Slip and cancellation come on top, as for the backlog.
#[derive(Clone, Debug)]
pub struct BookingCurve {
    /// The shares.
    pub shares: Vec<f64>,
    /// Orders that it was measured on.
    pub n: u64,
}

impl BookingCurve {
    /// From the orders signed in the last `months`; from all orders when there are none.
    pub fn measure(book: &Book<'_>, catalogue: &Catalogue, months: u32) -> Self {
        let since = book.as_of - (months.cast_signed() - 1);
        let recent = Self::of(book, catalogue, since);
        if recent.n > 0 { recent } else { Self::of(book, catalogue, book.first) }
    }

    fn of(book: &Book<'_>, catalogue: &Catalogue, since: Month) -> Self {
        let mut th: Vec<f64> = Vec::new();
        let mut n = 0;
        for booked in book.lots.iter().filter(|l| l.lot.terms.signed >= since && l.is_demand() && !l.amended)
        {
            let lot = booked.lot;
            let size = catalogue.model(lot.terms.model).hashrate_th.get();
            for month in lot.terms.start.to(lot.last_month()) {
                // Due before it was signed: shipped in the month of signing.
                let after = usize::try_from(month - lot.terms.signed).unwrap_or(0);
                if th.len() <= after {
                    th.resize(after + 1, 0.0);
                }
                th[after] += lot.due_in(month) as f64 * size;
            }
            n += lot.orders;
        }
        let sum: f64 = th.iter().sum();
        if sum > 0.0 {
            th.iter_mut().for_each(|share| *share /= sum);
        }
        Self { shares: th, n }
    }
}

/// Share of each model in new TH signed, by month of signature and of delivery.
#[derive(Clone, Debug)]
pub struct Mix {
    /// `shares[h][after][model]` of what is signed in month h ahead (0 is the first) and due so many months later; adds up
    /// to 1, or to 0 where no model is sold then and ships by then.
    shares: Vec<Vec<Vec<f64>>>,
    /// What was assumed, for the report.
    pub notes: Vec<String>,
}

impl Mix {
    /// The mix of the last `months` of intake, among models that are sold when it is signed and ship when it is due: what
    /// would fall before a launch or after an end of life goes to those that ship. A new model without orders takes the
    /// share that the job gives it. Deliveries reach `reach` months beyond the signature.
    pub fn measure(
        book: &Book<'_>,
        catalogue: &Catalogue,
        months: u32,
        (horizon, reach): (usize, usize),
    ) -> Self {
        let length = book.intake.first().map_or(0, Vec::len);
        let tail = length.saturating_sub(months as usize)..length;
        let mut recent: Vec<f64> = catalogue
            .ids()
            .map(|id| {
                let machines: u64 = book.intake[id.0][tail.clone()].iter().sum();
                machines as f64 * catalogue.model(id).hashrate_th.get()
            })
            .collect();
        let mut notes = Vec::new();
        if recent.iter().sum::<f64>() == 0.0 {
            recent = catalogue.ids().map(|id| book.intake[id.0].iter().sum::<u64>() as f64).collect();
            notes.push(format!("no order in the last {months} months: the mix of all orders is used"));
        }
        let month = |h: usize| book.as_of + i32::try_from(h + 1).unwrap_or(0);
        let shares = (0..horizon)
            .map(|h| (0..reach.max(1)).map(|j| one_mix(&recent, catalogue, month(h), month(h + j))).collect())
            .collect();
        for id in catalogue.ids() {
            let model = catalogue.model(id);
            let launches = model.launch > book.as_of && model.launch <= book.as_of + 12;
            if launches && recent[id.0] == 0.0 && model.new_model_share.is_none() {
                notes.push(format!(
                    "model `{}` launches in {} without orders or new_model_share: its new orders are forecast as 0",
                    model.name(),
                    model.launch
                ));
            }
        }
        Self { shares, notes }
    }

    /// Shares of what is signed in month `h` ahead and due `after` months later, by model.
    pub fn due(&self, h: usize, after: usize) -> &[f64] {
        let row = &self.shares[h];
        &row[after.min(row.len() - 1)]
    }

    /// Shares of all that is signed in month `h` ahead, by model, when it is due along `curve`.
    pub fn signed(&self, h: usize, curve: &BookingCurve) -> Vec<f64> {
        let row = &self.shares[h];
        if row.windows(2).all(|pair| pair[0] == pair[1]) {
            return row[0].clone();
        }
        let mut sum = vec![0.0; row[0].len()];
        for (after, share) in curve.shares.iter().enumerate() {
            sum.iter_mut().zip(self.due(h, after)).for_each(|(sum, part)| *sum += share * part);
        }
        sum
    }
}

/// The mix of what is signed in one month and due in another.
fn one_mix(recent: &[f64], catalogue: &Catalogue, signed: Month, due: Month) -> Vec<f64> {
    let sells = |id: ModelId| {
        let model = catalogue.model(id);
        signed <= model.last_sale() && model.ships_in(due)
    };
    let mut shares: Vec<f64> = catalogue.ids().map(|id| if sells(id) { recent[id.0] } else { 0.0 }).collect();
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        shares.iter_mut().for_each(|share| *share /= sum);
    }
    for id in catalogue.ids() {
        let model = catalogue.model(id);
        if let (Some(share), true) = (model.new_model_share, recent[id.0] == 0.0 && sells(id)) {
            shares.iter_mut().for_each(|other| *other *= share.complement());
            shares[id.0] = if sum > 0.0 { share.get() } else { 1.0 };
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Builder, Order, OrderType, Segment, Status};
    use crate::job::Job;

    fn day(year: i32, month: u32) -> chrono::NaiveDate {
        chrono::NaiveDate::from_ymd_opt(year, month, 10).unwrap()
    }

    fn order(
        model: usize,
        signed: (i32, u32),
        quantity: u32,
        start: (i32, u32),
        months: u32,
    ) -> Order<'static> {
        Order {
            id: "",
            line: "",
            customer: "C",
            segment: Segment::Retail,
            model: ModelId(model),
            order_type: OrderType::Futures,
            signed: day(signed.0, signed.1),
            quantity,
            unit_price: None,
            prepaid: None,
            start: Month::of(day(start.0, start.1)),
            months,
            delivered: None,
            status: Status::Open,
        }
    }

    /// The second fixture's job: MINI (100 TH) is sold to 2026-03 and ships to 2026-07, NOVA (200 TH, a quarter of new TH
    /// until orders for it are seen) ships from 2026-01 on.
    fn measure(orders: &[Order<'_>]) -> (BookingCurve, Mix) {
        let text = include_str!("../../fixtures/second/job.toml");
        let catalogue = Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue;
        let end = chrono::NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
        let mut builder = Builder::new(end, false, None);
        orders.iter().for_each(|order| builder.add(order));
        let ledger = builder.finish();
        let book = Book::new(&ledger, &catalogue, Month::of(end));
        let curve = BookingCurve::measure(&book, &catalogue, 12);
        let mix = Mix::measure(&book, &catalogue, 6, (12, curve.shares.len()));
        (curve, mix)
    }

    #[test]
    fn a_booking_curve_worked_by_hand() {
        // Signed within the year: 10 MINI in batches of 4, 3 and 3 from the month after on, 1,000 TH; 5 NOVA in the month of
        // signature, 1,000 TH. The order of 2024-09 is one month too old. TH by months after: 1,000, 400, 300, 300.
        let orders = [
            order(0, (2025, 7), 10, (2025, 8), 3),
            order(1, (2025, 9), 5, (2025, 9), 1),
            order(0, (2024, 9), 99, (2025, 3), 1),
        ];
        let (curve, _) = measure(&orders);
        assert_eq!((curve.n, curve.shares), (2, vec![0.5, 0.2, 0.15, 0.15]));
        // Without an order in the window all orders are taken.
        let (curve, _) = measure(&orders[2..]);
        assert_eq!((curve.n, curve.shares.last()), (1, Some(&1.0)));
    }

    #[test]
    fn the_mix_follows_launch_last_sale_and_end_of_life() {
        let (_, mix) = measure(&[order(0, (2025, 7), 12, (2025, 8), 6)]);
        // Place 0 is October 2025. Due in December NOVA has not launched; from January on it takes its quarter.
        assert_eq!(mix.due(0, 2), [1.0, 0.0]);
        assert_eq!(mix.due(0, 3), [0.75, 0.25]);
        // March 2026 is MINI's last sale; what is due after July does not ship and goes to NOVA.
        assert_eq!(mix.due(5, 4), [0.75, 0.25]);
        assert_eq!(mix.due(5, 5), [0.0, 1.0]);
        assert_eq!(mix.due(6, 0), [0.0, 1.0]);
        // Of all that October signs, due along a curve of half at once and half three months later.
        let curve = BookingCurve { shares: vec![0.5, 0.0, 0.0, 0.5], n: 1 };
        assert_eq!(mix.signed(0, &curve), [0.875, 0.125]);
    }
}
