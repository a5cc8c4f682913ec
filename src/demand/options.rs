//! Options of customers on the paths: machines that they may still order at a price, up to a day.
//!
//! An option is taken on a path where the price of a machine is at or above its own on its last day; machines are taken to move
//! with the price of bitcoin. What is taken is part of the orders to come, and beyond them only where it is more.

use crate::domain::{Month, Usd};
use crate::history::Book;
use crate::ingest::OpenOption;
use crate::market::HORIZON;

/// Months of orders whose mean price a machine costs today.
const MONTHS: i32 = 12;

/// An option as paths look at it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Standing {
    pub(super) model: usize,
    /// Month ahead of its last day; 0 is the first.
    last: usize,
    /// Its price over what a machine costs today.
    strike: f64,
    /// Machines due in each month ahead if it is taken.
    due: [f64; HORIZON],
}

/// The options that stood at the book's date.
pub(super) fn options(book: &Book<'_>) -> Vec<Standing> {
    let of = |option: &&OpenOption| {
        let model = option.model.0;
        let (mut priced, mut value) = (0_u64, 0.0);
        for booked in &book.lots {
            let lot = booked.lot;
            if lot.terms.model == option.model && lot.terms.signed > book.as_of - MONTHS {
                priced += lot.money.priced;
                value += Usd::from(lot.money.value).dollars();
            }
        }
        let today = value / priced as f64;
        let strike = option.unit_price.map_or(1.0, |price| price.dollars() / today);
        let ahead = Month::of(option.until) - book.as_of - 1;
        Standing {
            model,
            last: usize::try_from(ahead).unwrap_or(0).min(HORIZON - 1),
            strike: if strike.is_finite() { strike } else { 1.0 },
            due: std::array::from_fn(|h| {
                f64::from(option.due_in(book.as_of + 1 + i32::try_from(h).unwrap_or(0)))
            }),
        }
    };
    book.options.iter().map(of).collect()
}

/// Raises what ships of orders to come on a path to what is taken of options there, by `month * places + place` of these `models`, which
/// are ascending; returns what that added to each.
pub(super) fn take(
    options: &[Standing],
    (price, start): (&[f64; HORIZON], f64),
    models: &[usize],
    new: &mut [f64],
) -> Vec<f64> {
    let mut taken = vec![0.0; new.len()];
    for option in options {
        if price.get(option.last).is_none_or(|price| *price < option.strike * start) {
            continue;
        }
        let Ok(place) = models.binary_search(&option.model) else { continue };
        for (h, due) in option.due.iter().enumerate() {
            if let Some(cell) = taken.get_mut(h * models.len() + place) {
                *cell += due;
            }
        }
    }
    for (cell, taken) in new.iter_mut().zip(&mut taken) {
        let more = (*taken - *cell).max(0.0);
        *cell += more;
        *taken = more;
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 machines of the second of two models, 20 a month from the second month on, to be taken by the end of the second at
    /// 1.5 of what a machine costs.
    fn option() -> Standing {
        let mut due = [0.0; HORIZON];
        due[1..4].fill(20.0);
        Standing { model: 1, last: 1, strike: 1.5, due }
    }

    #[test]
    fn an_option_is_taken_where_the_price_is_above_its_own() {
        let mut price = [1.0; HORIZON];
        let mut new = vec![5.0; HORIZON * 2];
        assert_eq!(take(&[option()], (&price, 1.0), &[0, 1], &mut new), vec![0.0; HORIZON * 2]);
        price[1] = 1.5;
        new[5] = 30.0;
        let added = take(&[option()], (&price, 1.0), &[0, 1], &mut new);
        // 5 were forecast of the 20 of the second and the fourth month; more than 20 in the third.
        assert_eq!((added[3], added[5], added[7], added[2]), (15.0, 0.0, 15.0, 0.0));
        assert_eq!((new[3], new[5], new[7], new[1]), (20.0, 30.0, 20.0, 5.0));
    }

    /// Machines cost 1,000 today. Five at 1,500 up to the end of November, two months after September, due in January and February: the third
    /// and fourth month after the first.
    #[test]
    fn an_option_as_paths_look_at_it_by_hand() {
        use crate::ingest::{Builder, Order};
        use crate::job::{Job, ModelId};

        let text = include_str!("../../fixtures/miniature/job.toml");
        let catalogue = Job::parse(text, std::path::Path::new("job.toml")).unwrap().catalogue;
        let day = |text: &str| text.parse().unwrap();
        let mut builder = Builder::new(day("2025-09-30"), false, None);
        builder.add(&Order {
            signed: day("2025-05-10"),
            unit_price: Some(Usd::new(1000.0)),
            start: "2025-10".parse().unwrap(),
            ..Order::usual()
        });
        let mut ledger = builder.finish();
        ledger.options.push(OpenOption {
            until: day("2025-11-30"),
            granted: day("2025-06-10"),
            model: ModelId(0),
            quantity: 5,
            unit_price: Some(Usd::new(1500.0)),
            start: "2026-01".parse().unwrap(),
            months: 2,
        });
        // One that stands longer than the twelve months is looked at in the last of them.
        let long = OpenOption { until: day("2027-06-30"), ..ledger.options[0].clone() };
        ledger.options.push(long);
        let book = Book::new(&ledger, &catalogue, "2025-09".parse().unwrap());
        let mut due = [0.0; HORIZON];
        (due[3], due[4]) = (3.0, 2.0);
        let standing = |last| Standing { model: 0, last, strike: 1.5, due };
        assert_eq!(options(&book), [standing(1), standing(11)]);
    }
}
