//! What changed since the vintages before, in a few lines.

use std::collections::BTreeMap;

use crate::publish::Manifest;
use crate::vintages::{Bridge, BridgeRow, Chain, WafersChanged};

use super::grouped;

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
    }
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
