//! Who waits: open order lines against what ships, what can be promised and what is short.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::common::{self, copy_of, edit, reported, root, rows, wafercast};

type Row = BTreeMap<String, String>;

fn ran(job: &Path, out: &Path) -> PathBuf {
    let output = wafercast(&["run", job.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    out.join("2025Q3")
}

fn whole(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: `{}`", row[column]))
}

/// Machines by month and model.
type ByMonth = BTreeMap<(String, String), i64>;

fn sums<'a>(rows: impl Iterator<Item = &'a Row>, month: &str, machines: &str) -> ByMonth {
    let mut sums = ByMonth::new();
    for row in rows.filter(|row| whole(row, machines) != 0) {
        *sums.entry((row[month].clone(), row["model"].clone())).or_default() += whole(row, machines);
    }
    sums
}

/// What every vintage must hold: nothing is handed out that does not ship, and everything that ships is.
fn adds_up(vintage: &Path) {
    let table = |name: &str| rows(&vintage.join(format!("{name}.csv")));
    let open = table("open_orders");
    let keys: BTreeSet<Vec<&String>> = open
        .iter()
        .map(|row| {
            ["kind", "order", "line", "model", "promised_month", "expected_month", "supply", "supply_order"]
                .map(|column| &row[column])
                .to_vec()
        })
        .collect();
    assert_eq!(keys.len(), open.len(), "a key stands once");
    // By model and month what is handed out is what ships.
    let forecast: Vec<Row> = table("shipment_forecast")
        .into_iter()
        .filter(|row| {
            row["scenario"] == "base" && row["model"] != "ALL" && row["month"].as_str() > "2025-09-30"
        })
        .collect();
    let shipped = open.iter().filter(|row| !row["expected_month"].is_empty());
    let ships = sums(forecast.iter(), "month", "constrained_units");
    assert_eq!(sums(shipped, "expected_month", "machines"), ships);
    // What waits at the end of a month is what was wanted less what was handed out and whose customers left.
    let wanted = sums(forecast.iter(), "month", "units");
    let waits: i64 = table("shortages")
        .iter()
        .filter(|row| row["month"] == "2025-12-01")
        .map(|row| whole(row, "waiting_units"))
        .sum();
    let by = |sums: &ByMonth| {
        sums.iter().filter(|((month, _), _)| month.as_str() <= "2025-12-01").map(|(_, n)| n).sum::<i64>()
    };
    let lost = sums(forecast.iter(), "month", "lost_units");
    assert_eq!(by(&wanted) - by(&ships) - by(&lost), waits);
    // What is promised is what the firm orders of available_to_promise are, cumulated.
    for row in table("available_to_promise") {
        let of_model = open.iter().filter(|open| {
            open["kind"] == "1_contract"
                && open["model"] == row["model"]
                && open["promised_month"] <= row["month"]
        });
        let (unsecured, firm): (Vec<&Row>, Vec<&Row>) =
            of_model.partition(|open| open["secured"] == "unsecured");
        let due = |of: &[&Row]| of.iter().map(|open| whole(open, "machines")).sum::<i64>();
        assert_eq!(due(&firm), whole(&row, "firm_cumulative"), "{row:?}");
        assert_eq!(due(&unsecured), whole(&row, "unsecured_cumulative"), "{row:?}");
    }
    for row in &open {
        let firm = row["kind"] == "1_contract";
        assert_eq!(
            firm,
            !row["order"].is_empty() && !row["customer"].is_empty() && !row["promised_month"].is_empty(),
            "{row:?}"
        );
        assert_eq!(row["late_months"].is_empty(), !firm || row["expected_month"].is_empty(), "{row:?}");
        assert!(
            !firm || row["expected_month"].is_empty() || row["expected_month"].as_str() > "2025-09-30",
            "{row:?}"
        );
        let ordered = matches!(row["supply"].as_str(), "3_on_order" | "4_proposed");
        assert_eq!(ordered, !row["supply_order"].is_empty() && !row["supply_in_hand"].is_empty(), "{row:?}");
        // Four of five paths are never ahead of the base path.
        let at_80 = &row["expected_month_80"];
        assert!(
            at_80.is_empty() || (*at_80 >= row["expected_month"] && !row["expected_month"].is_empty()),
            "{row:?}"
        );
        // Chips are in hand before the month in which the machines ship.
        assert!(!ordered || row["supply_in_hand"] < row["expected_month"], "{row:?}");
    }
}

/// Order, promised, expected, supply, machines and months late of firm lines.
fn firm(vintage: &Path) -> Vec<String> {
    let open = rows(&vintage.join("open_orders.csv"));
    let columns = [
        "order",
        "promised_month",
        "expected_month",
        "supply_order",
        "machines",
        "late_months",
        "expected_month_80",
    ];
    let firm = open.iter().filter(|row| row["kind"] == "1_contract");
    firm.map(|row| columns.map(|column| row[column].as_str()).join(" ")).collect()
}

#[test]
fn what_is_handed_out_is_what_ships_on_the_fixtures() {
    let out = tempfile::tempdir().unwrap();
    adds_up(&ran(&root().join("jobs/quarterly.toml"), out.path()));
    let out = tempfile::tempdir().unwrap();
    adds_up(&ran(&root().join("fixtures/miniature/job.toml"), out.path()));
    let out = tempfile::tempdir().unwrap();
    adds_up(&ran(&root().join("fixtures/second/job.toml"), out.path()));
}

#[test]
fn the_miniature_by_hand() {
    let out = tempfile::tempdir().unwrap();
    let vintage = ran(&root().join("fixtures/miniature/job.toml"), out.path());
    // October ships 60, 30 of them built before: the orders of July, August and September have 20 each. November ships 54, 20
    // of dies and 34 of the 4,000 chips on order: 40 firm, 14 for orders to come. December ships the 6 that are left; 14 of
    // its 20 wait for the wafers of Fast, in hand by January, and ship in February.
    assert_eq!(
        firm(&vintage),
        [
            "O22 2025-10-01 2025-10-01  20 0 2025-10-01",
            "O23 2025-10-01 2025-10-01  10 0 2025-10-01",
            "O23 2025-10-01 2025-10-01  10 0 2025-10-01",
            "O23 2025-11-01 2025-11-01  20 0 2025-11-01",
            "O24 2025-10-01 2025-10-01  20 0 2025-10-01",
            "O24 2025-11-01 2025-11-01 CHIP due 2025-10-15 20 0 2025-11-01",
            "O24 2025-12-01 2025-12-01 CHIP due 2025-10-15 6 0 2026-02-01",
            "O24 2025-12-01 2026-02-01 2025Q3/CHIP/Fast/2025-10-31 14 2 2026-02-01",
        ]
    );
    let page = common::text(&vintage.join("report.html"));
    let waits =
        page.find("Who waits: 14 machines of open orders ship after their promised month, these").unwrap();
    assert!(page[waits..].find("Only Customer").is_some_and(|index| index < 3000));
}

#[test]
fn the_declared_priority_decides_among_firm_orders() {
    let folder = copy_of("miniature");
    let folder = folder.path();
    // Half of the order of September is of a retail customer, who has paid nine tenths of it.
    edit(&folder.join("futures_orders.csv"), |text| {
        let mut text = text.replacen(
            "O24,Only Customer,key_account,MINI,futures,2025-09-01,60,1000,,",
            "O24,Only Customer,key_account,MINI,futures,2025-09-01,30,1000,,",
            1,
        );
        text.push_str("O23b,Small,retail,MINI,futures,2025-09-01,30,1000,27000,2025-10,3,,open,\n");
        text
    });
    // Nothing on order: 30 machines, 30 of chips and 25 of dies; then nothing before February.
    edit(&folder.join("supply.csv"), |text| {
        let stock = text.lines().filter(|l| !l.contains("wafer_order")).map(|l| format!("{l}\n"));
        stock.collect::<String>().replace("dies_on_hand,CHIP,2000", "dies_on_hand,CHIP,2500")
    });
    let late = |priority: &str| -> BTreeMap<String, i64> {
        edit(&folder.join("job.toml"), |job| {
            let kept = job.lines().filter(|l| !l.starts_with("[policy]") && !l.starts_with("priority"));
            let bare = kept.collect::<Vec<_>>().join("\n");
            bare.replacen("[wafers]", &format!("[policy]\npriority = {priority}\n[wafers]"), 1)
        });
        let out = tempfile::tempdir().unwrap();
        let vintage = ran(&folder.join("job.toml"), out.path());
        let mut late = BTreeMap::new();
        for row in rows(&vintage.join("open_orders.csv")).iter().filter(|r| r["kind"] == "1_contract") {
            if row["late_months"] != "0" {
                *late.entry(row["order"].clone()).or_default() += whole(row, "machines");
            }
        }
        late
    };
    let of = |orders: &[(&str, i64)]| -> BTreeMap<String, i64> {
        orders.iter().map(|(order, machines)| ((*order).to_owned(), *machines)).collect()
    };
    // November has 25 for 40: 20 of O23, 10 of O24 and 10 of O23b. December has none for 10 and 10.
    assert_eq!(late(r#"["date"]"#), of(&[("O23b", 15), ("O24", 20)]), "then by signature, then by number");
    assert_eq!(late(r#"["segment"]"#), of(&[("O23b", 20), ("O24", 15)]));
    assert_eq!(late(r#"["date", "deposit"]"#), of(&[("O23", 5), ("O23b", 10), ("O24", 20)]));
    let output = {
        edit(&folder.join("job.toml"), |job| job.replacen(r#"["date", "deposit"]"#, r#"["price"]"#, 1));
        wafercast(&["check", folder.join("job.toml").to_str().unwrap()])
    };
    assert!(
        !output.status.success()
            && reported(&output).contains("expected one of `date`, `segment`, `deposit`"),
        "{}",
        reported(&output)
    );
}
