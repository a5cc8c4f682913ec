//! Which export a file resembles, and which of its columns is which.

use crate::ingest::cells::layout::{self, Column};
use crate::ingest::exports::{
    customers, drivers, inventory, order_changes, overrides, payments, pipeline, placed_orders, supply,
};
use crate::ingest::market::columns;
use crate::ingest::orders::{row, shipments};

use super::meaning::{self, SURE, by_name, likeness};
use super::profile::{Kind, Profile};

/// The exports that a file may be, with their columns.
pub(super) const EXPORTS: [(&str, &[Column]); 13] = [
    ("futures_orders", row::COLUMNS),
    ("channel_inventory", inventory::COLUMNS),
    ("shipments", shipments::COLUMNS),
    ("payments", payments::COLUMNS),
    ("supply", supply::COLUMNS),
    ("order_changes", order_changes::COLUMNS),
    ("customers", customers::COLUMNS),
    ("pipeline", pipeline::COLUMNS),
    ("overrides", overrides::COLUMNS),
    ("placed_orders", placed_orders::COLUMNS),
    ("drivers", drivers::COLUMNS),
    ("hashprice", columns::COLUMNS),
    ("difficulty", columns::COLUMNS),
];

/// Columns of which a market export needs one beside its date.
const HASHPRICE: [&str; 6] = [
    "hashprice_usd_per_ph_day",
    "hashprice_usd_per_th_day",
    "hashprice",
    "miner_revenue_usd",
    "IssTotUSD",
    "y",
];
const DIFFICULTY: [&str; 3] = ["difficulty", "hashrate", "y"];

/// Most different codes of a column of words.
const FEW_WORDS: usize = 12;

/// A column of the file that is taken for one of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// Place of our column.
    pub column: usize,
    /// Place in the file.
    pub place: usize,
    /// How like they are.
    pub likeness: u32,
    /// Whether another column of the file has as good a name.
    pub contested: bool,
}

/// An export that a file may be.
#[derive(Clone, Debug)]
pub(super) struct Resemblance {
    pub export: &'static str,
    pub columns: &'static [Column],
    pub matches: Vec<Match>,
    /// Columns that it must have, and those of them found.
    pub wanted: usize,
    pub found: usize,
}

impl Resemblance {
    /// Leaves out columns that are not read beside the one that gives the values of a market export.
    fn bare(mut self) -> Self {
        let direct = match self.export {
            "hashprice" => &HASHPRICE[..3],
            "difficulty" => &DIFFICULTY[..1],
            _ => return self,
        };
        let own = direct.iter().find(|name| self.of(name).is_some()).copied();
        let wanted: &[&str] = match (self.export, own) {
            (_, Some(own)) => &["date", "height", own],
            ("difficulty", None) => &["date", "height", "hashrate", "BlkCnt", "y"],
            _ => &[
                "date",
                "miner_revenue_usd",
                "IssTotUSD",
                "FeeTotUSD",
                "hashrate",
                "difficulty",
                "BlkCnt",
                "PriceUSD",
                "y",
            ],
        };
        let columns = self.columns;
        self.matches.retain(|m| columns.get(m.column).is_some_and(|c| wanted.contains(&c.name)));
        self
    }

    /// Whether it has all that a market export needs.
    pub(super) fn is_market(&self) -> bool {
        matches!(self.export, "hashprice" | "difficulty") && self.found == self.wanted
    }

    /// Whether it rests on a column whose name does not say what it is of.
    fn is_unnamed(&self) -> bool {
        let own: &[&str] = if self.export == "hashprice" { &HASHPRICE } else { &DIFFICULTY };
        let named = own.iter().filter(|name| **name != "y").any(|name| self.of(name).is_some());
        self.is_market() && self.of("y").is_some() && !named
    }

    /// Takes a column of the file for one of ours whose name does not say it.
    pub(super) fn take(&mut self, name: &str, place: usize) {
        if let Some(column) = self.columns.iter().position(|c| c.name == name) {
            self.matches.push(Match { column, place, likeness: SURE, contested: false });
        }
    }

    /// Columns that it must have and that are not found.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let has = |name: &str| self.of(name).is_some();
        let mut missing: Vec<&'static str> =
            self.columns.iter().filter(|c| c.required && !has(c.name)).map(|c| c.name).collect();
        match self.export {
            "hashprice" if !HASHPRICE.iter().any(|name| has(name)) => {
                missing.push("hashprice_usd_per_ph_day");
            }
            // Either says how long a contract delivers.
            "futures_orders" if !has("delivery_months") && !has("delivery_end") => {
                missing.push("delivery_months");
            }
            "difficulty" if !DIFFICULTY.iter().any(|name| has(name)) => missing.push("difficulty"),
            _ => {}
        }
        missing
    }

    /// The match of one of our columns that is sure enough to be taken over.
    pub(super) fn of(&self, name: &str) -> Option<&Match> {
        self.matches
            .iter()
            .find(|m| m.likeness >= SURE && self.columns.get(m.column).is_some_and(|c| c.name == name))
    }
}

/// Names of a row that some export has.
pub(super) fn known(headers: &[String]) -> usize {
    let of = |columns: &[Column]| {
        let known =
            |header: &&String| !header.is_empty() && columns.iter().any(|c| by_name(header, c) >= SURE);
        headers.iter().filter(known).count()
    };
    EXPORTS.iter().map(|(_, columns)| of(columns)).max().unwrap_or(0)
}

/// Names that say little.
const BARE: Column = layout::required("name", &["num", "no", "number", "id", "document", "nr", "reference"]);

/// What kind of cells a column of ours has.
fn fits(name: &str, profile: &Profile) -> bool {
    let is_day =
        name.ends_with("date") || matches!(name, "made_on" | "published_on" | "place_by" | "option_until");
    match profile.kind {
        Kind::Empty => true,
        Kind::Date | Kind::Month if is_day || matches!(name, "delivery_start" | "delivery_end" | "month") => {
            true
        }
        _ if is_day => !profile.days.is_empty(),
        _ if matches!(name, "delivery_start" | "delivery_end" | "month") => {
            !profile.months.is_empty() || !profile.days.is_empty()
        }
        _ if matches!(
            name,
            "quantity"
                | "delivery_months"
                | "delivered_quantity"
                | "cancelled_quantity"
                | "wafers"
                | "proposed_wafers"
                | "machines"
                | "sell_through_quantity"
        ) =>
        {
            profile.is_whole()
        }
        _ if name.ends_with("_usd")
            || name.contains("hashprice")
            || matches!(
                name,
                "power_mw" | "probability" | "difficulty" | "hashrate" | "value" | "yield" | "PriceUSD" | "y"
            ) =>
        {
            profile.kind == Kind::Number
        }
        // A column that is merely called a name or number is that of orders where each has a figure.
        _ if name == "order_id" && meaning::by_name(&profile.header, &BARE) > 0 => {
            profile.values.iter().all(|(value, _)| value.chars().any(|c| c.is_ascii_digit()))
        }
        // `Item` is the line in one system and the product in another.
        _ if name == "line" => {
            profile.values.iter().all(|(value, _)| value.chars().any(|c| c.is_ascii_digit()))
        }
        // Words may be codes of digits, of which there are few.
        kind if !meaning::allowed(name).is_empty() => kind == Kind::Text || profile.values.len() <= FEW_WORDS,
        // Names of customers, models and kinds are words.
        kind if matches!(
            name,
            "customer"
                | "parent"
                | "segment"
                | "customer_segment"
                | "order_type"
                | "status"
                | "channel"
                | "kind"
                | "foundry"
                | "reason"
                | "who"
        ) =>
        {
            kind == Kind::Text
        }
        _ => true,
    }
}

/// Every export that a file may be, the likeliest first.
pub(super) fn resemblances(profiles: &[Profile], file_name: &str) -> Vec<Resemblance> {
    let mut all: Vec<(u64, Resemblance)> = EXPORTS
        .iter()
        .map(|(export, columns)| {
            let found = of_export(export, columns, profiles);
            let named = file_name.to_lowercase().contains(export);
            let sure = found.matches.iter().filter(|m| m.likeness >= SURE).count() as u64;
            let score = 1000 * found.found as u64 / found.wanted.max(1) as u64
                + 40 * sure
                + if named { 500 } else { 0 };
            (score, found)
        })
        .filter(|(_, found)| {
            // An export that needs one column alone is known by the others that it may have.
            let sure = found.matches.iter().filter(|m| m.likeness >= SURE).count();
            2 * found.found >= found.wanted
                && (found.found > 1 || (found.wanted == 1 && found.found == 1 && sure > 3))
        })
        .collect();
    all.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let mut all: Vec<Resemblance> = all.into_iter().map(|(_, found)| found.bare()).collect();
    // Unnamed values are those of a file that names none: prices stand beside difficulty.
    if all.iter().any(|found| found.is_market() && !found.is_unnamed()) {
        all.retain(|found| !found.is_unnamed());
    }
    all
}

fn of_export(export: &'static str, columns: &'static [Column], profiles: &[Profile]) -> Resemblance {
    let mut pairs: Vec<Match> = Vec::new();
    for (column, ours) in columns.iter().enumerate() {
        for (place, profile) in profiles.iter().enumerate() {
            let alike = likeness(&profile.header, ours);
            if alike == 0 {
                continue;
            }
            let fitting = fits(ours.name, profile);
            // A telling name with cells of another kind stands as a comment.
            let alike = if fitting { alike } else { alike.min(SURE - 1).saturating_sub(20) };
            if alike > 0 {
                pairs.push(Match { column, place, likeness: alike, contested: false });
            }
        }
    }
    pairs.sort_by_key(|m| (std::cmp::Reverse(m.likeness), m.column, m.place));
    let mut matches: Vec<Match> = Vec::new();
    for pair in &pairs {
        if matches.iter().all(|m| m.column != pair.column && m.place != pair.place) {
            let contested = pairs.iter().any(|other| {
                other.column == pair.column && other.place != pair.place && other.likeness == pair.likeness
            });
            matches.push(Match { contested, ..*pair });
        }
    }
    matches.sort_by_key(|m| m.column);
    let required = columns.iter().filter(|c| c.required).count();
    // One column of several, of values, or of how long a contract delivers.
    let market = usize::from(matches!(export, "hashprice" | "difficulty" | "futures_orders"));
    let mut found = Resemblance { export, columns, matches, wanted: required + market, found: 0 };
    found.found = found.wanted.saturating_sub(found.missing().len());
    found
}
