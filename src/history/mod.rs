//! Rows into monthly series. A gap stays a gap; a month that is not complete is not a month.

mod book;
#[cfg(test)]
mod book_cases;
mod booked;
mod market;
mod rates;

pub use book::{Book, Delivered};
pub use booked::BookedLot;
pub use market::{MarketHistory, MarketMonth};
pub use rates::Rates;
