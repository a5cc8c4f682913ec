//! Rules of the trade about the channel.

use crate::market::HORIZON;
use crate::selling::{CHANNEL_MONTHS, Channel};

use super::{Checks, Target};

/// What stands in the channel and what that does to sell-in.
pub(super) fn rules(checks: &mut Checks<'_, '_>) {
    let context = checks.context;
    let target = context.job.policy.channel_cover_months.get();
    let exports = context.exports;
    let Some(channel) = Channel::new(&exports.inventory, &exports.ledger.channel_sell_in, context.as_of)
    else {
        let note = exports.inventory.last().map_or_else(
            || "channel data is empty".to_owned(),
            |s| format!("the newest count, of {}, is older than three months", s.date),
        );
        checks.add("channel_cover_months", ("ALL", "months"), None, Target::AtMost(target), 0, note.clone());
        checks.add("channel_overhang", ("ALL", "machines"), None, Target::AtMost(0.0), 0, note);
        return;
    };
    let n = channel.each.len() as u64;
    let counted = format!("machines counted in the month of {}", channel.counted);
    checks.add(
        "channel_cover_months",
        ("ALL", "months"),
        channel.sell_in.map(|sell_in| channel.all.on_hand / sell_in),
        Target::AtMost(target),
        n,
        format!(
            "{} {counted} / mean monthly sell-in of the last {CHANNEL_MONTHS} months",
            channel.all.on_hand
        ),
    );
    let how = if channel.sell_through_given {
        "sell-through as the export has it"
    } else {
        "sell-through by sell-in less growth of stock, all distributors together"
    };
    let stocks = channel.each.iter().map(|(name, stock)| (name.as_str(), *stock));
    for (name, stock) in std::iter::once(("ALL", channel.all)).chain(stocks) {
        let rate = stock.sold_on.filter(|rate| *rate > 0.0);
        checks.add(
            "channel_sell_through_cover_months",
            (name, "months"),
            rate.map(|rate| stock.on_hand / rate),
            Target::AtMost(target),
            if name == "ALL" { n } else { 1 },
            format!("{} {counted} / mean monthly sell-through, {how}", stock.on_hand),
        );
        let overhang = if name == "ALL" { channel.overhang(target) } else { stock.overhang(target) };
        let sold = match (overhang, stock.months_to_clear(target)) {
            (Some(0.0), _) => String::new(),
            (Some(_), None) => "; nothing is sold on, so it stays".to_owned(),
            (Some(_), Some(months)) if name != "ALL" => format!("; sold off in {months:.1} months"),
            _ => String::new(),
        };
        checks.add(
            "channel_overhang",
            (name, "machines"),
            overhang,
            Target::AtMost(0.0),
            if name == "ALL" { n } else { 1 },
            format!("machines above {target} months of sell-through{sold}"),
        );
    }
    for (ahead, blocked) in channel.blocked(target, HORIZON).unwrap_or_default().into_iter().enumerate() {
        if blocked > 0.0 {
            checks.add(
                "channel_sell_in_blocked",
                (&context.month(ahead).to_string(), "machines"),
                Some(blocked),
                Target::Nothing,
                n,
                "machines that distributors sell from their overhang instead of buying them".to_owned(),
            );
        }
    }
}
