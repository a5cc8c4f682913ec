//! What other columns of a market export say of the day: to be held against the number that is wanted.

use chrono::NaiveDate;

use crate::domain::{BLOCK_SECONDS, DAY_SECONDS, HASHES_PER_BLOCK};
use crate::ingest::cells::layout::Layout;
use crate::ingest::cells::table::{Row, Table};

use super::columns::{
    self, BLOCKS, DIFFICULTY, HASHPRICE_PH, HASHPRICE_TH, HASHRATE, PRICE, REVENUE, Recipe, Role,
};
use super::said::Said;

/// By which columns a row says a hashprice or difficulty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    /// Hashrate, and for hashprice miners' revenue over it.
    Hashrate,
    /// A column of it.
    Own,
}

/// Which columns are looked at beside the one that is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    price: bool,
    hashprice: Option<By>,
    difficulty: Option<By>,
    /// TH/s of one unit of the hashrate column, where its header says.
    terahash: Option<f64>,
}

impl Other {
    pub(super) fn new(layout: &Layout, recipe: Recipe, role: Role) -> Self {
        let has = |column: usize| layout.positions[column].is_some();
        let header = layout.positions[HASHRATE].map_or("", |index| layout.headers[index].as_str());
        let by_hashrate =
            matches!(recipe, Recipe::FromHashrate { .. } | Recipe::Derived { hashrate: Some(_) });
        let from_difficulty = matches!(recipe, Recipe::Derived { hashrate: None });
        let terahash = columns::terahash(header, None).filter(|_| has(HASHRATE));
        Self {
            price: has(PRICE) && !matches!(recipe, Recipe::Derived { .. } | Recipe::Revenue),
            hashprice: if matches!(recipe, Recipe::Scaled { .. }) && has(REVENUE) && terahash.is_some() {
                Some(By::Hashrate)
            } else if (role == Role::Difficulty || !matches!(recipe, Recipe::Scaled { .. }))
                && (has(HASHPRICE_PH) || has(HASHPRICE_TH))
            {
                Some(By::Own)
            } else {
                None
            },
            difficulty: if role == Role::Hashprice && has(DIFFICULTY) && !from_difficulty {
                Some(By::Own)
            } else {
                (terahash.is_some() && !by_hashrate && !from_difficulty).then_some(By::Hashrate)
            },
            terahash,
        }
    }

    /// What the row says; `None` when that is nothing. A cell that is no plain number says nothing.
    pub(super) fn said(self, table: &Table<'_>, row: &Row<'_>, date: NaiveDate) -> Option<Said> {
        if !(self.price || self.hashprice.is_some() || self.difficulty.is_some()) {
            return None;
        }
        let number = |column: usize| -> Option<f64> {
            let value: f64 = table.text(row, column)?.parse().ok()?;
            (value.is_finite() && value > 0.0).then_some(value)
        };
        let terahash = || Some(number(HASHRATE)? * self.terahash?);
        let by_rate = || {
            let seconds = number(BLOCKS).map_or(BLOCK_SECONDS, |blocks| DAY_SECONDS / blocks);
            Some(terahash()? * 1e12 * seconds / HASHES_PER_BLOCK)
        };
        let difficulty = self.difficulty.and_then(|by| match by {
            By::Hashrate => by_rate(),
            By::Own => number(DIFFICULTY),
        });
        let by_revenue = || Some(number(REVENUE)? / (terahash()? / 1e3));
        let own = || number(HASHPRICE_PH).or_else(|| Some(number(HASHPRICE_TH)? * 1e3));
        let hashprice = self.hashprice.and_then(|by| match by {
            By::Hashrate => by_revenue(),
            By::Own => own(),
        });
        let price = number(PRICE).filter(|_| self.price);
        let said = Said { date, price, hashprice, difficulty };
        said.something().then_some(said)
    }
}
