//! Numbers of the job that its other numbers, or the exports, speak against: refused where they can never be right, else told.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

use crate::common::{self, edit, reported, wafercast};

/// Exit code and report of a run of the miniature with its job changed.
fn run(change: impl FnOnce(String) -> String) -> (Option<i32>, String) {
    let folder = common::copy_of("miniature");
    edit(&folder.path().join("job.toml"), |job| {
        let changed = change(job.clone());
        assert_ne!(changed, job, "nothing was changed");
        changed
    });
    let output = wafercast(&["run", folder.path().join("job.toml").to_str().unwrap()]);
    (output.status.code(), reported(&output))
}

/// A share written as percent, cents for dollars, and paths that are no multiples of today's value.
#[test]
fn numbers_that_are_never_right_are_refused_with_what_to_write() {
    let path = |numbers: &str| format!("[scenarios]\n{numbers}\n[wafers]");
    let twelve = |number: &str| [number; 12].join(", ");
    for (from, to, says) in [
        (
            "growth_per_year = 0",
            "growth_per_year = 7.5".to_owned(),
            "growth_per_year = 7.5 must be at most 1; write 0.075",
        ),
        (
            "spares_share = 0.25",
            "spares_share = 2".to_owned(),
            "spares_share = 2 must be at most 0.5; write 0.02",
        ),
        ("assembly_loss = 0.2", "assembly_loss = 0.9".to_owned(), "at most 0.5; write 0.01"),
        (
            "[wafers]",
            "[policy]\npower_usd_per_kwh = 5\n[wafers]".to_owned(),
            "at most 1; write 0.06 for six cents",
        ),
        (
            "[wafers]",
            "[mining]\npower_usd_per_kwh = 5\n[wafers]".to_owned(),
            "at most 1; write 0.06 for six cents",
        ),
        (
            "[wafers]",
            path(&format!("base = [{}]", twelve("113000"))),
            "base has 113000: its numbers are multiples of today's value",
        ),
        ("[wafers]", path(&format!("bear = [{}]", twelve("95"))), "bear has 95: "),
        ("[wafers]", path(&format!("base = [{}]", twelve("0.03"))), "base has 0.03: "),
        ("[wafers]", path(&format!("bull_difficulty = [{}]", twelve("100"))), "bull_difficulty has 100: "),
        (
            "[wafers]",
            path(&format!("bear = [{}]\nbull = [{}]", twelve("1.5"), twelve("0.5"))),
            "bear ends at 1.5, above bull with 0.5",
        ),
    ] {
        let (code, report) = run(|job| job.replacen(from, &to, 1));
        assert_eq!(code, Some(78), "{to}: {report}");
        assert!(report.contains("job.toml:") && report.contains(says), "{to}: {report}");
    }
    let edges = format!("[scenarios]\nbear = [{}]\nbull = [{}]\n[wafers]", twelve("0.05"), twelve("20"));
    let (code, report) = run(|job| job.replacen("[wafers]", &edges, 1));
    assert_eq!(code, Some(0), "{report}");
    assert!(!report.contains("[scenarios]"), "{report}");
}

/// MINI has 100 TH on 64 chips, 1.56 TH a chip; a second model of the chip with 640 chips has 0.16. The miniature needs some 60 wafers a year, ships 20 machines a month.
#[test]
fn numbers_that_others_speak_against_are_told() {
    let second = "[[models]]\nname = \"OTHER\"\nhashrate_th = 100\npower_w = 3000\nlaunch = \"2027-01\"\nend_of_life = \"2027-12\"\nchips_per_machine = 640\nchip = \"CHIP\"\n\n[[chips]]";
    let market = "[market]\nnext_halving = \"2026-04\"\n[wafers]";
    let bear = format!("[scenarios]\nbear = [{}]\n[wafers]", ["9"; 12].join(", "));
    for (from, to, says) in [
        ("[[chips]]", second, "makes 0.16 TH a chip, and 64 of MINI make 1.56 of the same chip `CHIP`"),
        (
            "power_w = 3000",
            "power_w = 30000",
            "power_w = 30000 and hashrate_th = 100 of MINI make 300.0 J/TH",
        ),
        (
            "yield = 0.4",
            "yield = 0.04",
            "yield = 0.04 of foundry Fast is far from the 0.50 of its chip `CHIP`",
        ),
        (
            "power_w = 3000",
            "power_w = 3000\nlist_price_usd = 20",
            "list_price_usd = 20 of MINI is far from the",
        ),
        (
            "lot_wafers = 5",
            "lot_wafers = 5\nmin_wafers = 5000",
            "min_wafers = 5000 of foundry Foundry is more than the",
        ),
        (
            "[wafers]",
            "[factory]\nmachines_per_month = 5\n[wafers]",
            "[factory] lets 5 machines be assembled in 2025-10, and ",
        ),
        ("[wafers]", market, "next_halving = \"2026-04\" is 24 months after that of 2024-04"),
        ("[wafers]", bear.as_str(), "the bear path of [scenarios] ends at "),
    ] {
        let (code, report) = run(|job| job.replacen(from, to, 1));
        assert_eq!(code, Some(0), "{to}: {report}");
        let told = report.lines().filter(|line| line.contains("[suspicious]") && line.contains(says)).count();
        assert_eq!(told, 1, "{to}: {report}");
    }
}
