//! `[spares]`: chips for machines in the field, worked out on the miniature, and told where they are not known.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{copy_of, edit, files, reported, rows, wafercast};

type Row = BTreeMap<String, String>;

/// One in eight and a third comes back in a year, a hundredth in a month; half of its 64 chips are replaced.
const SPARES: &str = "[spares]\nreturn_rate_by_year = [0.12]\nchips_share = 0.5\nwarranty_months = 12";

/// Runs the miniature with more keys; its folder and what was said.
fn run(keys: &str) -> (tempfile::TempDir, String) {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| format!("{text}\n{keys}\n"));
    let [job, out] = ["job.toml", "out"].map(|name| folder.path().join(name).display().to_string());
    let said = reported(&wafercast(&["run", &job, "--out", &out]));
    (folder, said)
}

fn table(folder: &Path, name: &str) -> Vec<Row> {
    rows(&folder.join("out/2025Q3").join(name))
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

/// 60 machines ship in every month, so that 12 x 60 x 0.01 = 7.2 come back in each and draw 230.4 chips. A machine draws 64 / 0.8 = 80: of the
/// 3,000 chips October builds 30 machines, 1,920 built in and 480 lost, and 369.6 are left. Up to May (480 - 30) x 80 + 8 x 230.4 = 37,843.2 are needed.
#[test]
fn the_fleet_of_the_miniature_by_hand() {
    let (folder, said) = run(SPARES);
    let folder = folder.path();
    assert!(
        said.contains(
            "spares: 720 machines are under warranty; they and those that ship draw 2,765 chips for repairs in 12 months (CHIP 2,765)"
        ),
        "{said}"
    );
    let chips: Vec<Row> =
        table(folder, "stock.csv").into_iter().filter(|row| row["kind"] == "chips").collect();
    let october = chips.iter().find(|row| row["scenario"] == "base" && row["month"] == "2025-10-01").unwrap();
    let parts = ["start", "on_hand", "machines", "spares", "lost", "end"].map(|part| number(october, part));
    assert_eq!(parts, [0.0, 3000.0, 1920.0, 230.0, 480.0, 370.0], "{october:?}");
    for row in &chips {
        let sum = |parts: &[&str]| parts.iter().map(|part| number(row, part)).sum::<f64>();
        let (come, go) =
            (["start", "on_hand", "on_order", "proposed"], ["machines", "spares", "lost", "end"]);
        assert_eq!(sum(&come), sum(&go), "{row:?}");
    }
    let need = table(folder, "chip_need.csv");
    let may = need.iter().find(|row| row["month"] == "2026-05-01" && row["percent"] == "50").unwrap();
    assert_eq!(may["chips"], "37844");
    let pegs = table(folder, "pegging.csv");
    let repairs = pegs.iter().filter(|row| row["purpose"] == "repairs");
    let (chips, machines) = repairs.fold((0.0, 0.0), |(chips, machines), row| {
        (chips + number(row, "chips"), machines + number(row, "machines"))
    });
    assert!((chips - 2764.8).abs() < 0.1 && machines == 0.0, "{chips} {machines}");
    let orders = table(folder, "wafer_orders.csv");
    assert!(orders.iter().any(|row| row["covers"].contains("chips for repairs of")), "{orders:?}");
    // The chips of a machine cost 80 x 2 USD, those of its repair 12 x 0.01 x 32 x 2 = 7.68 more.
    let price = table(folder, "pricing.csv");
    assert_eq!(price[0]["machine_cost_usd"], "167.68");
}

/// Without the section a share of what is built is kept, and nothing is said of a fleet; with it the share is not used.
#[test]
fn the_share_of_what_is_built_stands_where_the_section_is_absent() {
    let (plain, said) = run("");
    assert!(!said.contains("spares:"), "{said}");
    assert!(table(plain.path(), "pegging.csv").iter().all(|row| row["purpose"] != "repairs"));
    let with = |share: &str| {
        let (folder, said) = run(&format!("{SPARES}\n"));
        assert!(said.contains("spares: 720"), "{said}");
        edit(&folder.path().join("job.toml"), |text| text.replace("spares_share = 0.25", share));
        let job = folder.path().join("job.toml").display().to_string();
        let out = folder.path().join("again").display().to_string();
        let output = wafercast(&["run", &job, "--out", &out]);
        assert!(output.status.success(), "{}", reported(&output));
        let mut found = files(&folder.path().join("again/2025Q3"));
        found.retain(|name, _| std::path::Path::new(name).extension().is_some_and(|ending| ending == "csv"));
        found
    };
    assert_eq!(with("spares_share = 0.25"), with("spares_share = 0.5"));
}

#[test]
fn machines_shipped_before_deliveries_are_known_are_told() {
    let (_folder, said) = run(&SPARES.replace("= 12", "= 36"));
    assert!(
        said.contains("deliveries are known from 2023-10 on: machines shipped in the 12 months of the warranty before are not counted"),
        "{said}"
    );
}

/// Half of the machines come back in a month and all of their chips are replaced: no chip is left to build a machine of, and what is missing is told.
#[test]
fn repairs_that_supply_does_not_have_are_told() {
    let (folder, said) = run("[spares]\nreturn_rate_by_year = [1]\nchips_share = 1\nwarranty_months = 12");
    assert!(said.contains("chips for repairs under warranty are missing, at the end of"), "{said}");
    let machines = table(folder.path(), "stock.csv");
    let october = machines
        .iter()
        .find(|r| r["kind"] == "machines" && r["scenario"] == "base" && r["month"] == "2025-10-01")
        .unwrap();
    // 720 / 12 = 60 machines x 64 chips are wanted of 3,000.
    assert_eq!(october["built"], "0", "{october:?}");
}

#[test]
fn what_no_rate_can_be_is_refused() {
    for (keys, why) in [
        ("return_rate_by_year = [-0.1]", "-0.1"),
        ("return_rate_by_year = [nan]", "NaN"),
        ("return_rate_by_year = [1.5]", "1.5"),
        ("return_rate_by_year = []", "return_rate_by_year is empty; write a rate for the first year"),
        ("chips_share = 2", "`2`"),
        ("warranty_months = 0", "warranty_months = 0 must lie between 1 and 120"),
        ("warranty_months = 500", "warranty_months = 500 must lie between 1 and 120"),
        ("rate = 0.1", "unknown field `rate`"),
    ] {
        let (folder, said) = run(&format!("[spares]\n{keys}"));
        assert!(said.contains(why) && !folder.path().join("out").exists(), "{keys}: {said}");
    }
}
