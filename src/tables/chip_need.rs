//! `chip_need`: the curve that levels are read from, and what leftovers fetch along it.

use crate::job::ChipId;
use crate::market::HORIZON;
use crate::supply::ChipPlan;

use super::Context;
use crate::table::{Table, table};

/// One percent of the paths.
pub(super) struct OfPercent<'a> {
    context: &'a Context<'a>,
    chip: ChipId,
    plan: &'a ChipPlan,
    h: usize,
    percent: usize,
    chips: f64,
}

table! {
    chip_need of OfPercent<'_>: "one chip, month and percent of the paths: chips that so many percent of the paths stay within; base scenario",
    key {
        chip(Text, "", "chip") = |r| r.context.job.catalogue.chips[r.chip].name();
        month(Month, "", "month up to which demand is counted, by its first day") = |r| r.context.month(r.h);
        percent(Whole, "percent", "percent of the paths, 1 to 100, those of the lowest demand first") = |r| i64::try_from(r.percent).unwrap_or(100);
    }
    columns {
        chips(Real(0), "chips", "chips for demand from the first month ahead through the month beyond machines on hand, and with [spares] for machines in the field, that so many percent of the paths stay within: chips_required of an order to place now is that of its service level, or firm_chips where that is more")
            .source("simulated paths; [[models]] chips_per_machine, [wafers]")
            .label("Needed", "chips")
            = |r| r.chips;
        leftover_value_usd(Real(2), "USD/machine", "value of a machine left over in the mix of the chip, mean over the paths of this percent: the better of clearance and own mining, clearance where at the level of the critical ratio more is left over than [mining] has room for; in the month that critical_ratio is judged at, empty in others and without a price")
            .source("docs/concepts/orders.md; docs/concepts/selling.md")
            .label("Left over", "is worth")
            = |r| r.value();
    }
}

impl OfPercent<'_> {
    fn value(&self) -> Option<crate::domain::Usd> {
        let economics = self.plan.economics.iter().find_map(|(_, found)| found.as_ref().ok());
        let found = economics.filter(|_| self.h == self.plan.judged())?;
        found.fetched.get(self.percent - 1).copied()
    }
}

pub(super) fn table(context: &Context<'_>) -> Table {
    let chips = context.job.catalogue.chip_ids().zip(&context.plan.chips);
    let rows = chips.flat_map(|(chip, plan)| {
        (0..HORIZON).flat_map(move |h| {
            let curve = plan.need.curve(h).into_iter().enumerate();
            curve.map(move |(index, chips)| OfPercent { context, chip, plan, h, percent: index + 1, chips })
        })
    });
    Table::of(&context.stamp(), rows)
}
