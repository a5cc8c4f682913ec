//! What changed since the vintages before, in a few lines.

use std::collections::BTreeMap;

use crate::publish::Manifest;
use crate::views::words::grouped;
use crate::vintages::{
    Bridge, BridgeRow, CashChanged, CashRead, CashSaid, Chain, OrderBridge, WafersChanged,
};

/// What is not as it was in the vintages before: in all, by model, and in wafers.
pub(super) fn lines(manifest: &Manifest, chain: &Chain) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(revised) = &manifest.revises {
        lines.push(format!("revises {revised}: {}", manifest.changed.join("; ")));
    }
    for bridge in &chain.bridges {
        let of = |delivered: bool| {
            let mut sum = BridgeRow::default();
            let mut months = Vec::new();
            for ((month, model), row) in &bridge.rows {
                if model == "ALL" && row.delivered == delivered {
                    sum.add(row);
                    months.push(*month);
                }
            }
            Some((*months.first()?, *months.last()?, sum))
        };
        if let Some((first, last, sum)) = of(true) {
            lines.push(format!(
                "{first} to {last}: {} machines left, {} said {}",
                grouped(sum.now),
                bridge.previous,
                grouped(sum.previous)
            ));
        }
        if let Some((first, last, sum)) = of(false) {
            let parts: Vec<String> = sum
                .parts()
                .iter()
                .filter(|(_, machines)| *machines != 0)
                .map(|(name, machines)| {
                    format!("{name} {}{}", if *machines > 0 { "+" } else { "" }, grouped(*machines))
                })
                .collect();
            let parts = if parts.is_empty() { "no change".to_owned() } else { parts.join(", ") };
            lines.push(format!(
                "{first} to {last}: {} machines, {} said {}: {parts}",
                grouped(sum.now),
                bridge.previous,
                grouped(sum.previous)
            ));
            lines.extend(by_model(bridge));
        }
        lines.extend(chain.wafers.iter().filter(|w| w.previous == bridge.previous).map(wafers));
        lines.extend(chain.orders.iter().filter(|o| o.previous == bridge.previous).filter_map(decided));
        lines.extend(chain.cash.iter().filter(|c| c.previous == bridge.previous).flat_map(cash));
    }
    lines.extend(chain.settled.reminder.clone());
    if lines.is_empty() {
        lines.push("no earlier vintage to compare with".to_owned());
    }
    lines
}

/// Models named in a line; the others are summed.
const NAMED: usize = 3;

/// What the forecast of the months that both vintages look at changed by model, the largest changes first; `None` where
/// one model alone changed.
fn by_model(bridge: &Bridge) -> Option<String> {
    let mut models: BTreeMap<&str, BridgeRow> = BTreeMap::new();
    for ((_, model), row) in bridge.rows.iter().filter(|((_, model), row)| model != "ALL" && !row.delivered) {
        models.entry(model).or_default().add(row);
    }
    let mut changes: Vec<(&str, i64, i64)> =
        models.iter().map(|(model, row)| (*model, row.now - row.previous, row.now)).collect();
    changes.retain(|(_, change, _)| *change != 0);
    changes.sort_by_key(|(model, change, _)| (-change.abs(), *model));
    let (named, rest) = changes.split_at(changes.len().min(NAMED));
    let signed = |change: i64| format!("{}{}", if change > 0 { "+" } else { "" }, grouped(change));
    let mut parts: Vec<String> = named
        .iter()
        .map(|(model, change, now)| format!("{model} {} to {}", signed(*change), grouped(*now)))
        .collect();
    if !rest.is_empty() {
        let sum = rest.iter().map(|(_, change, _)| change).sum();
        parts.push(format!("{} other models {}", rest.len(), signed(sum)));
    }
    (changes.len() > 1).then(|| format!("by model: {}", parts.join(", ")))
}

/// Wafers still to order against what the vintage before planned, by chip.
fn wafers(changed: &WafersChanged) -> String {
    let mut chips: Vec<(&String, &(i64, i64))> = changed.chips.iter().collect();
    chips.sort_by_key(|(chip, (before, now))| (-before.max(now), *chip));
    let (named, rest) = chips.split_at(chips.len().min(NAMED));
    let part =
        |name: &str, (before, now): (i64, i64)| format!("{name} {} ({})", grouped(now), grouped(before));
    let mut parts: Vec<String> = named.iter().map(|(chip, both)| part(chip, **both)).collect();
    if !rest.is_empty() {
        let sum = rest.iter().fold((0, 0), |sum, (_, both)| (sum.0 + both.0, sum.1 + both.1));
        parts.push(part(&format!("{} other chips", rest.len()), sum));
    }
    format!(
        "wafers still to order for machines up to {} ({} planned): {}",
        changed.through,
        changed.previous,
        parts.join(", ")
    )
}

/// What became of the wafers proposed and planned in the vintage before, by chip; `None` where nobody decided anything.
fn decided(bridge: &OrderBridge) -> Option<String> {
    let signed = |n: i64| format!("{}{}", if n > 0 { "+" } else { "" }, grouped(n));
    let chips: Vec<String> = bridge
        .chips
        .iter()
        .filter(|(_, row)| row.placed != 0 || row.declined != 0)
        .map(|(chip, row)| {
            let parts = [
                ("placed", row.placed),
                ("declined", row.declined),
                ("undecided", row.undecided),
                ("new months", row.new_months),
                ("need", row.need),
            ];
            let parts: Vec<String> = parts
                .iter()
                .filter(|(_, wafers)| *wafers != 0)
                .map(|(name, wafers)| format!("{name} {}", signed(*wafers)))
                .collect();
            format!("{chip} {} to {} ({})", grouped(row.previous), grouped(row.now), parts.join(", "))
        })
        .collect();
    (!chips.is_empty())
        .then(|| format!("wafers to order, from {} to now: {}", bridge.previous, chips.join("; ")))
}

/// Cash at its lowest, over the twelve months and to be prepaid, then and now.
fn cash(changed: &CashChanged) -> Vec<String> {
    let previous = changed.previous;
    let before = match changed.before {
        CashRead::Said(before) => before,
        CashRead::NoPrice => return vec![format!("cash is not comparable: {previous} has no price")],
        CashRead::NoTables => {
            return vec![format!("cash is not comparable: {previous} is of a version without its tables")];
        }
    };
    let now = &changed.now;
    let usd = |amount: f64| grouped(amount.round() as i64);
    let share = |of: &CashSaid| format!("{:.1}%", crate::table::round(100.0 * of.below_limit, 1));
    vec![
        format!(
            "cash at its lowest, half of the paths: {} USD in {}, {previous} said {} in {}; below the limit on {} of the paths ({})",
            usd(now.low),
            now.low_month,
            usd(before.low),
            before.low_month,
            share(now),
            share(&before)
        ),
        format!(
            "cash of the 12 months ahead: {} USD, {previous} said {} of its own; to prepay for the orders to place: {} ({})",
            usd(now.twelve_months),
            usd(before.twelve_months),
            usd(now.prepayments),
            usd(before.prepayments)
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bridge(models: &[(&str, [i64; 2])]) -> Bridge {
        let month: crate::domain::Month = "2026-01".parse().unwrap();
        let row = |delivered, [previous, now]: [i64; 2]| BridgeRow {
            delivered,
            previous,
            now,
            ..BridgeRow::default()
        };
        let mut rows: BTreeMap<_, _> = models
            .iter()
            .flat_map(|(model, units)| {
                let half = |n: i64, units: [i64; 2]| {
                    ((month + i32::try_from(n).unwrap(), (*model).to_owned()), row(false, units))
                };
                [half(0, [units[0], 0]), half(1, [0, units[1]])]
            })
            .collect();
        // What has left the door and the sum of all models are no part of it.
        rows.insert((month + -1, "A".to_owned()), row(true, [5, 5000]));
        rows.insert((month, "ALL".to_owned()), row(false, [0, 9999]));
        Bridge { previous: "2025Q3".parse().unwrap(), rows }
    }

    /// A falls by 10 to 90, B rises by 2,000 to 2,100, C is as it was, D falls by 30, E rises by 1, F falls by 3.
    #[test]
    fn the_three_largest_changes_are_named_and_the_rest_summed() {
        let all = [
            ("A", [100, 90]),
            ("B", [100, 2100]),
            ("C", [7, 7]),
            ("D", [40, 10]),
            ("E", [0, 1]),
            ("F", [3, 0]),
        ];
        assert_eq!(
            by_model(&bridge(&all)).unwrap(),
            "by model: B +2,000 to 2,100, D -30 to 10, A -10 to 90, 2 other models -2"
        );
        assert_eq!(by_model(&bridge(&all[..1])), None, "the line above says it");
    }

    #[test]
    fn cash_is_reported_beside_what_the_vintage_before_said() {
        let now = CashSaid {
            low: -1_250_000.4,
            low_month: "2026-02".parse().unwrap(),
            below_limit: 0.0325,
            twelve_months: 40_000_000.0,
            prepayments: 18_485_000.0,
        };
        let before = CashSaid {
            low: 300_000.0,
            low_month: "2025-11".parse().unwrap(),
            below_limit: 0.0,
            twelve_months: 51_000_000.0,
            prepayments: 0.0,
        };
        let line = |before| cash(&CashChanged { previous: "2025Q2".parse().unwrap(), before, now });
        assert_eq!(
            line(CashRead::Said(before)),
            [
                "cash at its lowest, half of the paths: -1,250,000 USD in 2026-02, 2025Q2 said 300,000 in 2025-11; below the limit on 3.3% of the paths (0.0%)",
                "cash of the 12 months ahead: 40,000,000 USD, 2025Q2 said 51,000,000 of its own; to prepay for the orders to place: 18,485,000 (0)"
            ]
        );
        assert_eq!(line(CashRead::NoPrice), ["cash is not comparable: 2025Q2 has no price"]);
        assert_eq!(
            line(CashRead::NoTables),
            ["cash is not comparable: 2025Q2 is of a version without its tables"]
        );
    }

    #[test]
    fn wafers_are_reported_by_chip_beside_those_planned() {
        let chips = [("C1", (0, 25)), ("C2", (1500, 1200)), ("C3", (100, 0)), ("C4", (5, 0)), ("C5", (3, 8))];
        let changed = WafersChanged {
            previous: "2025Q2".parse().unwrap(),
            through: "2026-06".parse().unwrap(),
            chips: chips.map(|(chip, both)| (chip.to_owned(), both)).into(),
        };
        assert_eq!(
            wafers(&changed),
            "wafers still to order for machines up to 2026-06 (2025Q2 planned): C2 1,200 (1,500), C3 0 (100), C1 25 (0), 2 other chips 8 (8)"
        );
    }
}
