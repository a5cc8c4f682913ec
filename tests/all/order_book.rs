//! Order books as sellers' systems export them: what is said and forecast must not depend on how they are written.

use std::fmt::Write as _;
use std::path::Path;

use crate::common::{self, copy_of, edit, reported, wafercast};

/// Exit code and what was printed of a run on the fixtures' job with the exports of `folder`.
fn run_maker(folder: &Path) -> (i32, String) {
    let (inputs, out) = (folder.to_str().unwrap(), folder.join("out"));
    let output =
        wafercast(&["run", "jobs/quarterly.toml", "--inputs", inputs, "--out", out.to_str().unwrap()]);
    (output.status.code().unwrap(), reported(&output))
}

/// The same of the job in `folder`.
fn run(folder: &Path) -> (i32, String) {
    let output = wafercast(&["run", folder.join("job.toml").to_str().unwrap()]);
    (output.status.code().unwrap(), reported(&output))
}

fn year(text: &str) -> &str {
    text.lines().find(|line| line.starts_with("12 months: ")).unwrap_or(text)
}

#[test]
fn orders_given_as_two_lines_are_forecast_as_one() {
    let folder = copy_of("maker");
    let (_, whole) = run_maker(folder.path());
    edit(&folder.path().join("futures_orders.csv"), |text| {
        let mut lines = text.lines();
        let mut split = format!("{},line\n", lines.next().unwrap());
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            let halves = |cell: &str| {
                let all: u32 = cell.parse().unwrap();
                [all / 2, all - all / 2].map(|half| half.to_string())
            };
            let (quantity, delivered) = (halves(cells[6]), halves(cells[11]));
            for half in (0..2).filter(|half| quantity[*half] != "0") {
                let mut row: Vec<&str> = cells.clone();
                (row[6], row[11]) = (&quantity[half], &delivered[half]);
                writeln!(split, "{},{}", row.join(","), half + 1).unwrap();
            }
        }
        split
    });
    let _ = std::fs::remove_dir_all(folder.path().join("out"));
    let (code, halves) = run_maker(folder.path());
    assert_eq!(code, 0, "{halves}");
    assert!(year(&halves).starts_with("12 months: "), "{halves}");
    assert_eq!(year(&halves), year(&whole));
}

/// The miniature with the last twelve orders cancelled and signed again.
fn amended(cancelled: impl Fn(&str) -> String) -> (i32, String) {
    let folder = copy_of("miniature");
    edit(&folder.path().join("futures_orders.csv"), |text| {
        let (mut all, orders) = (String::new(), text.lines().count() - 1);
        for (index, line) in text.lines().enumerate() {
            if index + 12 > orders {
                let (id, rest) = line.split_once(',').unwrap();
                let signed = rest.split(',').nth(4).unwrap();
                let old = rest.replace(",open,", &format!(",cancelled,{}", cancelled(signed)));
                writeln!(all, "{id}-old,{old}").unwrap();
            }
            writeln!(all, "{line}").unwrap();
        }
        all
    });
    run(folder.path())
}

#[test]
fn orders_cancelled_and_signed_again_are_demand_once() {
    let (_, plain) = run(copy_of("miniature").path());
    for days in [0, 14, 29] {
        let (code, text) = amended(|signed| {
            let day: chrono::NaiveDate = signed.parse().unwrap();
            (day + chrono::Days::new(days)).to_string()
        });
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("720 machines of 12 order(s) were cancelled and signed again"), "{text}");
        assert_eq!(year(&text), year(&plain), "{days}");
    }
}

#[test]
fn a_stray_order_moves_no_forecast() {
    let (_, plain) = run(copy_of("miniature").path());
    let folder = copy_of("miniature");
    edit(&folder.path().join("futures_orders.csv"), |text| {
        let last = text.lines().last().unwrap().replacen("O24", "OLD", 1).replace(",60,", ",20,");
        let last = last.replace("2025-09-01", "2019-02-01").replace(",2025-10,", ",2019-03,");
        format!("{text}{last}\n")
    });
    let (code, text) = run(folder.path());
    assert_eq!((code, year(&text)), (0, year(&plain)), "{text}");
    assert!(text.contains("[stray-orders]"), "{text}");
}

#[test]
fn a_rule_makes_order_numbers_match_and_never_two_orders_one() {
    let folder = copy_of("miniature");
    let shipped: String = common::text(&folder.path().join("futures_orders.csv"))
        .lines()
        .skip(1)
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[9] < "2025-10")
                .then(|| format!("{}-15,{},MINI,20\n", cells[9], cells[0].replace('O', "so 000")))
        })
        .collect();
    std::fs::File::create(folder.path().join("shipments.csv"))
        .and_then(|mut file| {
            let text = format!("shipped_date,order_id,model,quantity\n{shipped}");
            std::io::Write::write_all(&mut file, text.as_bytes())
        })
        .unwrap();
    let job = folder.path().join("job.toml");
    edit(&job, |job| {
        job.replacen("[wafers]", "[exports.shipments]\npath = \"shipments.csv\"\n\n[wafers]", 1)
    });
    let check = || {
        let output = wafercast(&["check", job.to_str().unwrap()]);
        (output.status.code().unwrap(), reported(&output))
    };
    let (code, text) = check();
    assert_eq!(code, 65, "{text}");
    let (_, rule) = text.split_once("order_id_rule = ").unwrap_or_else(|| panic!("{text}"));
    let rule = rule.split_inclusive(']').next().unwrap().to_owned();
    edit(&job, |job| format!("{job}\n[reading]\norder_id_rule = {rule}\n"));
    let (code, text) = check();
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("order-numbers") && !text.contains("unknown-order"), "{text}");

    // Another customer's order whose number is the same without its zeros.
    edit(&folder.path().join("futures_orders.csv"), |text| {
        let last = text.lines().last().unwrap().replace("O24,Only Customer", "O0024,Newco");
        format!("{text}{last}\n")
    });
    let (code, text) = check();
    assert_eq!(code, 65, "{text}");
    assert!(
        text.contains("order_id_rule makes one order of `O0024` (Newco, signed 2025-09-01) and `O24`")
            || text.contains(
                "order_id_rule makes one order of `O24` (Only Customer, signed 2025-09-01) and `O0024`"
            ),
        "{text}"
    );
}
