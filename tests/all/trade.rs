//! The miniature with contracts that are not secured, a successor and little assembly, against what fixtures/miniature/README.md works out by hand.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{copy_of, reported, rows, wafercast};

type Row = BTreeMap<String, String>;

fn number(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

/// Cells of the base scenario of a model, by month from October 2025 on.
fn months(folder: &Path, model: &str, column: &str) -> Vec<i64> {
    let all = rows(&folder.join("shipment_forecast.csv")).into_iter();
    let own = all.filter(|row| row["scenario"] == "base" && row["model"] == model);
    own.map(|row| row[column].parse().unwrap_or(0)).collect()
}

#[test]
fn the_trade_of_the_miniature_by_hand() {
    let folder = copy_of("miniature");
    let [job, out] = ["trade.toml", "out"].map(|name| folder.path().join(name).display().to_string());
    let output = wafercast(&["run", &job, "--out", &out]);
    let said = reported(&output);
    assert!(output.status.success(), "{said}");
    let folder = &folder.path().join("out/2025Q3");

    // Contracts: 54, 34 and 14 are firm, 6 a month are not; of these some leave.
    assert_eq!(months(folder, "ALL", "firm_units")[..4], [54, 34, 14, 0]);
    assert_eq!(months(folder, "ALL", "unsecured_units")[..4], [6, 6, 6, 0]);
    assert_eq!(months(folder, "ALL", "expected_units")[..4], [60, 39, 19, 0]);
    let promise: Vec<[i64; 3]> = rows(&folder.join("available_to_promise.csv"))
        .iter()
        .filter(|row| row["model"] == "MINI")
        .map(|row| {
            ["firm_cumulative", "unsecured_cumulative", "promise_committed"].map(|column| number(row, column))
        })
        .collect();
    assert_eq!(promise[..3], [[54, 6, 6], [88, 12, 18], [102, 18, 18]]);

    // The factory: 40 of October ship, 20 wait for assembly, and who they are.
    assert_eq!(months(folder, "ALL", "constrained_units")[0], 40);
    assert_eq!(months(folder, "ALL", "waiting_for_assembly_units")[..3], [20, 0, 0]);
    let short = rows(&folder.join("shortages.csv"));
    let of = |month: &str| short.iter().find(|row| row["month"].starts_with(month)).unwrap();
    let cells = ["waiting_units", "waiting_for_assembly_units", "cause", "chips_short"];
    assert_eq!(cells.map(|cell| of("2025-10")[cell].as_str()), ["20", "20", "assembly", "0"]);
    assert_eq!(
        cells[1..3].iter().map(|cell| of("2025-11")[*cell].as_str()).collect::<Vec<_>>(),
        ["0", "lead_time"]
    );
    let mut october: Vec<[String; 6]> = rows(&folder.join("open_orders.csv"))
        .iter()
        .filter(|row| row["promised_month"].starts_with("2025-10"))
        .map(|row| {
            ["order", "machines", "expected_month", "late_months", "waits_for", "secured"]
                .map(|cell| row[cell].clone())
        })
        .collect();
    october.sort();
    let sum = |order: &str, month: &str| -> i64 {
        let own = october.iter().filter(|row| row[0] == order && row[2].starts_with(month));
        own.map(|row| row[1].parse::<i64>().unwrap()).sum()
    };
    assert_eq!(["O22", "O23", "O24", "U1", "U2"].map(|order| sum(order, "2025-10")), [20, 20, 0, 0, 0]);
    assert_eq!(["O22", "O23", "O24", "U1", "U2"].map(|order| sum(order, "2025-11")), [0, 0, 14, 3, 3]);
    for row in &october {
        let late = row[0] != "O22" && row[0] != "O23";
        assert_eq!(
            (row[3].as_str(), row[4].as_str()),
            if late { ("1", "assembly") } else { ("0", "") },
            "{row:?}"
        );
        assert_eq!(row[5], if row[0].starts_with('U') { "unsecured" } else { "not_said" }, "{row:?}");
    }

    // The roadmap: a fifth of the TH from March on, half as many machines a TH.
    let near = |found: i64, expected: i64| (found - expected).abs() <= 1;
    let (mini, next) =
        (months(folder, "MINI", "booking_curve_units"), months(folder, "NEXT", "booking_curve_units"));
    assert!(mini[3..5].iter().all(|machines| near(*machines, 60)), "{mini:?}");
    assert!(mini[5..].iter().all(|machines| near(*machines, 48)), "{mini:?}");
    let (before, after) = next.split_at(next.len() - 7);
    assert!(before.iter().all(|machines| *machines == 0), "{next:?}");
    assert!(after.iter().all(|machines| near(*machines, 6)), "{next:?}");
    assert!((40..=42).contains(&after.iter().sum::<i64>()), "{next:?}");

    // Wafers ordered, and the money in and out.
    let wafers: Vec<(String, i64)> = rows(&folder.join("wafer_orders.csv"))
        .iter()
        .map(|row| (row["foundry"].clone(), number(row, "wafers")))
        .collect();
    let of = |foundry: &str| -> Vec<i64> {
        wafers.iter().filter(|(name, _)| name == foundry).map(|(_, wafers)| *wafers).collect()
    };
    assert_eq!((of("Fast"), of("Foundry")), (vec![20], vec![35, 10, 10, 10, 10, 25]));
    let cash: Vec<Row> =
        rows(&folder.join("cash.csv")).into_iter().filter(|row| row["scenario"] == "base").collect();
    let column = |name: &str| -> Vec<f64> { cash.iter().map(|row| row[name].parse().unwrap()).collect() };
    assert_eq!(column("customer_deposits_usd"), [30_000.0; 12]);
    assert_eq!(
        column("customer_balances_usd")[..8],
        [22_700.0, 40_982.5, 3_067.5, 0.0, 41_215.0, 79_000.0, 30_000.0, 30_000.0]
    );
    assert_eq!(
        column("foundry_prepayments_usd")[..7],
        [-41_500.0, -5_000.0, -5_000.0, -5_000.0, -5_000.0, -12_500.0, 0.0]
    );
    assert_eq!(
        column("foundry_balances_usd")[..11],
        [-5_000.0, 0.0, 0.0, 0.0, -17_500.0, -5_000.0, -5_000.0, -5_000.0, -5_000.0, -12_500.0, 0.0]
    );

    // Both are named to whoever has to look.
    for name in ["U1", "U2", "assembly capacity holds back 20 machines at worst, in 2025-10"] {
        assert!(said.contains(name), "{name}: {said}");
    }
}
