//! `evaluate` plays wafer orders through: within budgets, the rule orders less.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

use std::path::Path;

use crate::common::{reported, root, wafercast, write};

const MODELS: &str = "model,hashrate_th,power_w,launch,end_of_life,chips_per_machine,chip,gross_dies_per_wafer,yield,wafer_cost_usd,lead_months,prepayment_share
M50-090,90,3060,2017-06,2021-06,300,C7,3600,0.90,9300,4,1.0
M60-110,110,3250,2020-04,2022-09,342,C7,3600,0.90,9300,4,1.0
M70-130,130,3400,2021-04,2023-12,330,C5,3500,0.85,17000,5,0.5
M80-160,160,3500,2022-10,2025-09,324,C5,3500,0.85,17000,5,0.5
M90-200,200,3500,2024-01,2028-12,318,C5,3500,0.85,17000,5,0.5
M95-245,245,3600,2025-03,2028-12,312,C3,3400,0.80,19000,5,0.5
";

/// A maker with the fixtures' exports on two quarter ends; what shipped is what they say.
fn maker(folder: &Path) {
    for vintage in ["2025-03-31", "2025-09-30"] {
        let to = folder.join("maker-x").join(vintage);
        std::fs::create_dir_all(&to).unwrap();
        for export in
            ["futures_orders", "shipments", "channel_inventory", "hashprice", "difficulty", "supply"]
        {
            let name = format!("{export}.csv");
            std::fs::copy(root().join("fixtures/maker").join(&name), to.join(&name)).unwrap();
        }
    }
    write(&folder.join("models.csv"), MODELS);
    let shipped: String = (2023..=2025)
        .flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02},M90-200,4000\n")))
        .collect();
    write(&folder.join("maker-x/history.csv"), &format!("month,model,quantity\n{shipped}"));
}

/// Wafers paid for, M USD, by way of ordering, where customers wait three months.
fn wafers(folder: &Path, keys: &str) -> impl Fn(&str) -> f64 + use<> {
    let output = wafercast(&["evaluate", folder.to_str().unwrap(), "--orders", "--keys", keys]);
    let text = reported(&output);
    assert!(output.status.success(), "{text}");
    move |way| {
        let row = text.lines().find(|line| line.starts_with(way)).unwrap_or_else(|| panic!("{way}: {text}"));
        row.split_whitespace().nth(3).unwrap().parse().unwrap()
    }
}

/// Without a limit half of the rule's prepayments buy less than all; a limit of the job holds for the rule, and for half of what it asks for
/// it does not.
#[test]
fn a_budget_is_played() {
    let folder = tempfile::tempdir().unwrap();
    maker(folder.path());
    let free = wafers(folder.path(), "");
    let none = wafers(folder.path(), "budget.prepayment_usd = 0");
    let (all, half) = (free("order_up_to"), free("half_budget"));
    assert!(none("order_up_to") < half && half < all, "{} {half} {all}", none("order_up_to"));
    assert_eq!(none("mean_forecast"), free("mean_forecast"));
}
