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

/// Share of each model in new TH signed, by month ahead.
#[derive(Clone, Debug)]
pub struct Mix {
    /// `shares[h][model]`, h = 0 for the first month ahead; each month sums to 1, or to 0 when no model sells.
    pub shares: Vec<Vec<f64>>,
    /// What was assumed, for the report.
    pub notes: Vec<String>,
}

impl Mix {
    /// The mix of the last `months` of intake, among models that can still be sold; a new model without orders
    /// takes the share that the job gives it.
    pub fn measure(book: &Book<'_>, catalogue: &Catalogue, months: u32, horizon: usize) -> Self {
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
        let shares = (1..=horizon)
            .map(|h| month_mix(&recent, catalogue, book.as_of + i32::try_from(h).unwrap_or(0)))
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
}

fn month_mix(recent: &[f64], catalogue: &Catalogue, month: Month) -> Vec<f64> {
    let sells = |id: ModelId| month <= catalogue.model(id).end_of_life;
    let mut shares: Vec<f64> = catalogue.ids().map(|id| if sells(id) { recent[id.0] } else { 0.0 }).collect();
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        shares.iter_mut().for_each(|share| *share /= sum);
    }
    for id in catalogue.ids() {
        let model = catalogue.model(id);
        if let (Some(share), true) = (model.new_model_share, recent[id.0] == 0.0 && model.ships_in(month)) {
            shares.iter_mut().for_each(|other| *other *= share.complement());
            shares[id.0] = if sum > 0.0 { share.get() } else { 1.0 };
        }
    }
    shares
}
