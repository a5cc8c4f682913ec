//! Machines, chips and foundries: what is sold, what it is made of and where that comes from.

use chrono::NaiveDate;
use serde::Deserialize;
use toml::Spanned;

use crate::domain::{Month, Share, Usd};

use super::ids::{ChipId, FoundryId, ModelId};
use super::values::{AtLeastZero, LeadMonths, Positive};

/// A machine that the maker sells.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Name, as the exports write it.
    pub name: Spanned<String>,
    /// Other spellings that exports use for it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Hashrate of one machine, TH/s.
    pub hashrate_th: Positive,
    /// Power draw of one machine, watts.
    pub power_w: Positive,
    /// First month in which it ships.
    pub launch: Month,
    /// Last month in which it ships.
    pub end_of_life: Month,
    /// Last month in which orders for it are signed. Empty: `end_of_life`.
    pub last_sale: Option<Month>,
    /// Chips in one machine.
    pub chips_per_machine: u32,
    /// The chip it uses.
    pub chip: String,
    /// List price of one machine, USD. Empty: the median unit price of the machines ordered in the last three months.
    pub list_price_usd: Option<Positive>,
    /// Cost of one machine besides its chips, USD.
    #[serde(default)]
    pub other_cost_usd: AtLeastZero,
    /// Share of new TH signed that goes to this model while no order for it has been seen.
    pub new_model_share: Option<Share>,
    /// The model that it follows: while no order for it has been seen, it takes `substitution_share` of what this one would be signed for,
    /// all the same when that one is no longer sold, at that one's price per TH.
    pub predecessor: Option<String>,
    /// Share of the predecessor's new TH that goes to this model from the month on in which both could ship.
    #[serde(default = "all")]
    pub substitution_share: Share,
    /// Months by which its launch may slip: what forecast and orders would be then is told beside them, at most 24; of a model already launched nothing can slip, which is told. 0: not told.
    #[serde(default)]
    pub launch_slip_months: u32,
}

impl Model {
    /// Name, as the exports write it.
    pub fn name(&self) -> &str {
        self.name.as_ref()
    }

    /// Efficiency, joules per terahash: watts over TH/s.
    pub fn joules_per_th(&self) -> f64 {
        self.power_w.get() / self.hashrate_th.get()
    }

    /// Whether it ships in `month`.
    pub fn ships_in(&self, month: Month) -> bool {
        (self.launch..=self.end_of_life).contains(&month)
    }

    /// Last month in which orders for it are signed.
    pub fn last_sale(&self) -> Month {
        self.last_sale.map_or(self.end_of_life, |last| last.min(self.end_of_life))
    }

    /// Whether it is still offered in `month`: launched, and orders for it are signed.
    pub fn offered_in(&self, month: Month) -> bool {
        (self.launch..=self.last_sale()).contains(&month)
    }

    /// Months ahead of `as_of` in which it ships, 0 is the first: none before its launch, none after its end of life.
    pub fn months_ahead(&self, as_of: Month) -> std::ops::Range<usize> {
        let ahead = |month: Month| usize::try_from(month - as_of).unwrap_or(0);
        ahead(self.launch).saturating_sub(1)..ahead(self.end_of_life)
    }
}

fn all() -> Share {
    Share::new(1.0).unwrap_or(Share::ZERO)
}

/// A chip: what a wafer yields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chip {
    /// Name, as models, foundries and supply write it.
    pub name: Spanned<String>,
    /// Whole dies printed on one wafer. Empty: computed from `die_area_mm2`; one of the two is needed.
    pub gross_dies_per_wafer: Option<u32>,
    /// Area of one die, mm2; needed where gross dies or yield are computed.
    pub die_area_mm2: Option<Positive>,
    /// Wafer diameter, mm.
    #[serde(default = "three_hundred")]
    pub wafer_diameter_mm: Positive,
    /// Share of dies that are good. Empty: computed from `defects_per_cm2` and `die_area_mm2` by Murphy's model; one of them is needed.
    #[serde(rename = "yield")]
    pub yield_share: Option<Share>,
    /// Defect density, per cm2.
    pub defects_per_cm2: Option<AtLeastZero>,
    /// Last day on which wafers of this chip can be ordered anywhere. Empty: none is announced.
    #[serde(default, deserialize_with = "super::values::day")]
    pub last_order: Option<NaiveDate>,
}

impl Chip {
    /// Name.
    pub fn name(&self) -> &str {
        self.name.as_ref()
    }
}

const fn default_lot() -> u32 {
    25
}

fn three_hundred() -> Positive {
    Positive::try_from(300.0).unwrap_or_else(|_| unreachable!("300 is above 0"))
}

/// A foundry's terms for one chip.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foundry {
    /// Name of the foundry.
    pub name: Spanned<String>,
    /// The chip these terms are for.
    pub chip: String,
    /// Share of dies that are good at this foundry. Empty: as the chip has it.
    #[serde(rename = "yield")]
    pub yield_share: Option<Share>,
    /// Price of one wafer, USD.
    pub wafer_cost_usd: Positive,
    /// Months from placing the order to chips in hand, packaging and test included.
    pub lead_months: LeadMonths,
    /// Share of the order's cost paid when it is placed; the rest is paid when the wafers are out.
    pub prepayment_share: Share,
    /// Wafers in one lot; orders are whole lots.
    #[serde(default = "default_lot")]
    pub lot_wafers: u32,
    /// Smallest order, wafers.
    #[serde(default)]
    pub min_wafers: u32,
    /// Most wafers that can be ordered in one month. Empty: no limit.
    pub max_wafers_per_month: Option<u32>,
    /// Fee for each of the `max_wafers_per_month` that are reserved, USD a month, whether they are taken or not.
    #[serde(default)]
    pub reservation_fee_usd: AtLeastZero,
    /// What cancelling an order loses, as a share of its price, so many whole months or more before the day on which its wafers are out; later than the last step all of it.
    /// Empty: what is prepaid.
    #[serde(default)]
    pub cancellation: Vec<CancellationStep>,
    /// First day on which an order can be placed. Empty: always.
    #[serde(default, deserialize_with = "super::values::day")]
    pub from: Option<NaiveDate>,
    /// Last day on which an order can be placed. Empty: always.
    #[serde(default, deserialize_with = "super::values::day")]
    pub until: Option<NaiveDate>,
}

/// A step of a foundry's schedule of cancellation.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancellationStep {
    /// Whole months before the wafers are out, or more, counted from day to day.
    pub months_before_due: u32,
    /// Share of the order's price that is lost.
    pub forfeit_share: Share,
}

impl Foundry {
    /// Fee for reserved wafers in `month`, while orders can be placed.
    pub fn reservation_fee(&self, month: Month) -> Usd {
        let from = self.from.is_none_or(|day| Month::of(day) <= month);
        let until = self.until.is_none_or(|day| Month::of(day) >= month);
        let reserved = self.max_wafers_per_month.filter(|_| from && until).unwrap_or(0);
        Usd::new(self.reservation_fee_usd.get()) * f64::from(reserved)
    }

    /// Name of the foundry.
    pub fn name(&self) -> &str {
        self.name.as_ref()
    }

    /// Last day of `month` on which an order can be placed, of this foundry or of the chip; `None` when there is none.
    pub fn last_day_to_place(&self, month: Month, chip: &Chip) -> Option<NaiveDate> {
        let ends = [Some(month.last_day()), self.until, chip.last_order];
        let last = ends.into_iter().flatten().min()?;
        let first = self.from.map_or(month.first_day(), |from| from.max(month.first_day()));
        (first <= last).then_some(last)
    }

    /// Price of one wafer.
    pub fn wafer_cost(&self) -> Usd {
        Usd::new(self.wafer_cost_usd.get())
    }
}

/// The job's models, chips and foundries, with names resolved.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Models in the job's order; a [`ModelId`] is an index into it.
    pub models: Vec<Model>,
    /// Chips in the job's order.
    pub chips: Vec<Chip>,
    /// Foundry terms in the job's order.
    pub foundries: Vec<Foundry>,
    pub(super) chip_of_model: Vec<ChipId>,
    /// Predecessor of each model.
    pub(super) predecessors: Vec<Option<ModelId>>,
}

impl Catalogue {
    /// The model that an export calls `name`: its name or one of its aliases, to the letter.
    pub fn find(&self, name: &str) -> Option<ModelId> {
        self.models.iter().position(|m| m.name() == name || m.aliases.iter().any(|a| a == name)).map(ModelId)
    }

    /// A model by its index.
    pub fn model(&self, id: ModelId) -> &Model {
        &self.models[id.0]
    }

    /// Every model's index, in the job's order.
    pub fn ids(&self) -> impl Iterator<Item = ModelId> + use<> {
        (0..self.models.len()).map(ModelId)
    }

    /// Every chip, in the job's order.
    pub fn chip_ids(&self) -> impl Iterator<Item = ChipId> + use<> {
        (0..self.chips.len()).map(ChipId)
    }

    /// The chip that a model uses.
    pub fn chip_of(&self, id: ModelId) -> ChipId {
        self.chip_of_model[id]
    }

    /// The model that a model follows.
    pub fn predecessor(&self, id: ModelId) -> Option<ModelId> {
        self.predecessors.get(id.0).copied().flatten()
    }

    /// Every model, each after its predecessor.
    pub fn predecessors_first(&self) -> Vec<ModelId> {
        let mut ids: Vec<(usize, ModelId)> = self.ids().map(|id| (self.generation(id), id)).collect();
        ids.sort_unstable();
        ids.into_iter().map(|(_, id)| id).collect()
    }

    /// How many models came before it, one after another.
    fn generation(&self, id: ModelId) -> usize {
        std::iter::successors(Some(id), |id| self.predecessor(*id)).take(self.models.len()).count()
    }

    /// Indices of the models that use a chip.
    pub fn models_of(&self, chip: ChipId) -> Vec<usize> {
        (0..self.models.len()).filter(|model| self.chip_of_model[*model] == chip).collect()
    }

    /// The foundry terms for a chip, in the job's order.
    pub fn foundries_of(&self, chip: ChipId) -> Vec<FoundryId> {
        let name = self.chips[chip].name();
        let places = (0..self.foundries.len()).map(FoundryId);
        places.filter(|foundry| self.foundries[*foundry].chip == name).collect()
    }

    /// The chip called `name`.
    pub fn find_chip(&self, name: &str) -> Option<ChipId> {
        self.chips.iter().position(|c| c.name() == name).map(ChipId)
    }
}
