//! Exports that are incomplete, keyed differently or contradict each other stop the run; slow makers do not.

use std::path::Path;
use std::process::Output;

use crate::common::{self, copy_of, edit, reported, rows, wafercast};

fn put(path: &Path, text: &str) {
    std::fs::File::create(path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
}

/// Runs the main job on a folder of exports.
fn run(inputs: &Path, more: &[&str]) -> Output {
    let out = inputs.join("out");
    let mut args = vec!["run", "jobs/quarterly.toml", "--inputs", inputs.to_str().unwrap()];
    args.extend(["--out", out.to_str().unwrap()]);
    args.extend(more);
    wafercast(&args)
}

/// Keeps the rows of an export whose cell in a column satisfies a test.
fn keep(folder: &Path, export: &str, column: usize, test: impl Fn(&str) -> bool) {
    edit(&folder.join(format!("{export}.csv")), |text| {
        let mut lines = text.lines();
        let header = lines.next().unwrap().to_owned() + "\n";
        let kept = lines.filter(|line| test(line.split(',').nth(column).unwrap()));
        kept.fold(header, |all, line| all + line + "\n")
    });
}

/// What is done to the fixture's exports, the exit code, and what is said.
type Case = (&'static str, fn(&Path), i32, &'static [&'static str]);

const SIGNED: usize = 5;

const CASES: &[Case] = &[
    (
        "shipments end a quarter early",
        |f| keep(f, "shipments", 0, |day| day < "2025-07-01"),
        69,
        &[
            "nothing was shipped in 2025-07 to 2025-09",
            "213362 machines delivered and shipments 196608",
            "[late-export]",
        ],
    ),
    (
        "shipments end within a month",
        |f| keep(f, "shipments", 0, |day| day < "2025-08-16"),
        69,
        &[
            "213362 machines delivered and shipments 207266: 6096 more by futures_orders (",
            "the last machine shipped on 2025-08-1",
            "shipments looks the older of the two",
            "[delivered-differs]",
        ],
    ),
    (
        "shipments with a header only",
        |f| keep(f, "shipments", 0, |_| false),
        69,
        &["may_be_empty = true in [exports.shipments]"],
    ),
    ("supply with a header only", |f| keep(f, "supply", 0, |_| false), 69, &["[empty-export]"]),
    ("inventory with a header only", |f| keep(f, "channel_inventory", 0, |_| false), 69, &["[empty-export]"]),
    (
        "orders two months old",
        |f| keep(f, "futures_orders", SIGNED, |day| day < "2025-08-01"),
        69,
        &["no order was signed in 2025-08 and 2025-09"],
    ),
    (
        "orders three months old",
        |f| keep(f, "futures_orders", SIGNED, |day| day < "2025-07-01"),
        69,
        &["no order was signed in 2025-07 to 2025-09"],
    ),
    (
        "orders six months old",
        |f| keep(f, "futures_orders", SIGNED, |day| day < "2025-04-01"),
        69,
        &["no order was signed in 2025-04 to 2025-09"],
    ),
    (
        "orders one month old",
        |f| keep(f, "futures_orders", SIGNED, |day| day < "2025-09-01"),
        0,
        &[
            "no order was signed in 2025-09",
            "[late-export]",
            "56 machines were shipped for orders that are not in futures_orders",
        ],
    ),
    (
        "inventory a quarter old",
        |f| keep(f, "channel_inventory", 0, |day| day < "2025-07-01"),
        69,
        &["[stale-count]"],
    ),
    (
        "no count of chips to be ordered",
        |f| keep(f, "supply", 3, |quantity| quantity != "350000"),
        69,
        &["has no count of chips_on_hand C3", "[uncounted-item]"],
    ),
    (
        "a shipment ten times its order",
        |f| edit(&f.join("shipments.csv"), |text| text + "2025-09-20,SO-00540,M95-245,40000\n"),
        65,
        &["40000 machines were shipped beyond what was ordered", "[over-delivery]"],
    ),
    (
        "quantities of a quarter's shipments times ten",
        |f| {
            edit(&f.join("shipments.csv"), |text| {
                let times = |line: &str| match line.rsplit_once(',') {
                    Some((head, quantity)) if ("2025-04".."2025-07").contains(&line) => {
                        format!("{head},{quantity}0\n")
                    }
                    _ => format!("{line}\n"),
                };
                text.lines().map(times).collect()
            });
        },
        65,
        &[
            "more by shipments, ",
            "of them beyond what was ordered",
            "their dates do not show that one is older",
        ],
    ),
    (
        "shipments under another model",
        |f| edit(&f.join("shipments.csv"), |text| text.replace(",M90-200,", ",M95-245,")),
        65,
        &["machines were shipped as another model than was ordered", "do not show that one is older"],
    ),
    (
        "a month missing inside",
        |f| keep(f, "shipments", 0, |day| !day.starts_with("2024-11")),
        69,
        &["[delivered-differs]"],
    ),
];

#[test]
fn incomplete_exports_are_refused_and_say_why() {
    let mut wrong = Vec::new();
    for (name, alter, code, texts) in CASES {
        let folder = copy_of("maker");
        alter(folder.path());
        let output = run(folder.path(), &[]);
        let reported = reported(&output);
        for text in *texts {
            if output.status.code() != Some(*code) || !reported.contains(text) {
                wrong.push(format!("{name}: {text} ({code})\n{reported}"));
            }
        }
        if *code != 0 && folder.path().join("out/2025Q3").exists() {
            wrong.push(format!("{name}: published"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_header_only_may_be_declared() {
    let folder = copy_of("maker");
    keep(folder.path(), "channel_inventory", 0, |_| false);
    let job = common::text(&common::root().join("jobs/quarterly.toml"));
    let job = job.replace("[exports.shipments]", "may_be_empty = true\n\n[exports.shipments]");
    let path = folder.path().join("job.toml");
    put(&path, &job);
    let (inputs, out) = (folder.path().to_str().unwrap(), folder.path().join("out"));
    let output =
        wafercast(&["run", path.to_str().unwrap(), "--inputs", inputs, "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
}

#[test]
fn an_export_that_goes_on_is_not_late() {
    // As of a quarter before: the same files have rows of later days.
    let folder = copy_of("maker");
    keep(folder.path(), "shipments", 0, |day| !("2025-04-01".."2025-07-01").contains(&day));
    let output = run(folder.path(), &["--as-of", "2025-06-30"]);
    assert!(!reported(&output).contains("late-export"), "{}", reported(&output));
}

#[test]
fn closed_months_are_set_against_the_vintage_before() {
    let folder = copy_of("maker");
    let first = run(folder.path(), &["--as-of", "2025-06-30"]);
    assert!(first.status.success(), "{}", reported(&first));
    // The year's intake twice: every closed order of 2025 and the half-year before stands there as another customer's, too.
    edit(&folder.path().join("futures_orders.csv"), |text| {
        let doubled = |line: &str| {
            line.split(',').nth(SIGNED).is_some_and(|day| ("2024-07-01".."2025-07-01").contains(&day))
                && !line.contains(",open,")
        };
        let more = text
            .lines()
            .filter(|l| doubled(l))
            .map(|l| l.replacen("SO-", "SP-", 1).replacen(',', ",New ", 1) + "\n");
        more.fold(text.clone(), |all, line| all + &line)
    });
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(65), "{}", reported(&output));
    let said = reported(&output);
    assert!(
        said.contains("in vintage 2025Q2") && said.contains("beyond intake_rise of [reconciliation]"),
        "{said}"
    );
}

#[test]
fn a_lost_shipments_month_is_seen_by_the_vintage_before_too() {
    let folder = copy_of("maker");
    assert!(run(folder.path(), &["--as-of", "2025-06-30"]).status.success());
    keep(folder.path(), "shipments", 0, |day| !day.starts_with("2025-03"));
    let said = reported(&run(folder.path(), &[]));
    assert!(said.contains("beyond closed_shipments_share of [reconciliation]; most in 2025-03"), "{said}");
}

#[test]
fn wafers_that_were_on_order_do_not_vanish_in_silence() {
    let folder = copy_of("maker");
    edit(&folder.path().join("supply.csv"), |text| {
        // M80-160 is still sold then: it has a count too.
        text.replace("2025-09-30,", "2025-06-30,") + "2025-06-30,machines_on_hand,M80-160,0,,,,\n"
    });
    assert!(run(folder.path(), &["--as-of", "2025-06-30"]).status.success());
    edit(&folder.path().join("supply.csv"), |text| {
        let text = text.replace("2025-06-30,", "2025-09-30,");
        let kept = text.lines().filter(|l| !l.contains(",325,") && !l.contains(",300,"));
        kept.fold(String::new(), |all, line| all + line + "\n")
    });
    let output = run(folder.path(), &[]);
    let said = reported(&output);
    assert_eq!(output.status.code(), Some(65), "{said}");
    assert!(
        said.contains("625 wafers of C5 were on order in vintage 2025Q2")
            && said.contains("[wafers-vanished]"),
        "{said}"
    );
}

/// Three orders that were open in the vintage before are gone from the book, with their shipments.
#[test]
fn open_orders_do_not_vanish_in_silence() {
    let folder = copy_of("maker");
    assert!(run(folder.path(), &["--as-of", "2025-06-30"]).status.success());
    let mut open: Vec<(i64, String)> = Vec::new();
    for row in rows(&folder.path().join("out/2025Q2/open_orders.csv")) {
        if row["kind"] == "1_contract" {
            let machines: i64 = row["machines"].parse().unwrap();
            match open.iter_mut().find(|(_, order)| *order == row["order"]) {
                Some(known) => known.0 += machines,
                None => open.push((machines, row["order"].clone())),
            }
        }
    }
    open.sort();
    let (machines, order) = open[open.len() / 2].clone();
    let gone = [order.as_str(), &open[0].1, &open[1].1];
    keep(folder.path(), "futures_orders", 0, |order| !gone.contains(&order));
    keep(folder.path(), "shipments", 1, |order| !gone.contains(&order));
    let output = run(folder.path(), &[]);
    let said = reported(&output);
    let all = machines + open[0].0 + open[1].0;
    let words = format!("3 order(s) of {all} machines that were open in vintage 2025Q2");
    assert!(said.contains(&words) && said.contains(&format!("{machines} of {order}, ")), "{words}\n{said}");
    assert!(said.contains("[closed-months-changed]"), "{said}");
}

#[test]
fn an_override_made_after_its_month_is_told() {
    let folder = copy_of("maker");
    put(
        &folder.path().join("overrides.csv"),
        "month,model,machines,reason,who,made_on\n2025-08,M90-200,900,launch,Planner,2025-09-10\n2025-09,M90-200,900,launch,Planner,2025-09-10\n",
    );
    let said = reported(&run(folder.path(), &[]));
    let words = "overrides.csv:2: month: `2025-08`, was over when the override was made, on 2025-09-10: it changes nothing";
    assert!(said.contains(words), "{said}");
    assert_eq!(said.matches("was over when").count(), 1, "{said}");
}

#[test]
fn the_table_has_every_comparison_and_its_limit() {
    let folder = copy_of("maker");
    assert!(run(folder.path(), &[]).status.success());
    let table = rows(&folder.path().join("out/2025Q3/reconciliation.csv"));
    let row = |check: &str, item: &str| {
        table
            .iter()
            .find(|row| row["check"] == check && row["item"] == item)
            .unwrap_or_else(|| panic!("{check} {item}"))
    };
    let delivered = row("delivered", "ALL");
    assert_eq!((delivered["ours"].as_str(), delivered["theirs"].as_str()), ("213362.0000", "213362.0000"));
    assert_eq!((delivered["limit"].as_str(), delivered["severity"].as_str()), ("0.020000", "ok"));
    assert_eq!(row("stock_counted", "chips_on_hand C5")["ours"], "1050000.0000");
    assert_eq!(row("wafers_on_order", "C5 due 2025-10")["ours"], "325.0000");
    assert_eq!(row("firm_over_forecast", "ALL")["limit"], "1.500000");
}

#[test]
fn an_override_outside_its_month_stands_first() {
    let folder = copy_of("maker");
    put(
        &folder.path().join("overrides.csv"),
        "month,model,machines,reason,who\n2025-11,M90-200,90000,launch,Planner\n",
    );
    let output = run(folder.path(), &[]);
    let said = reported(&output);
    assert!(output.status.success() && said.contains("[override-outside]"), "{said}");
    let first = String::from_utf8_lossy(&output.stdout).lines().nth(1).unwrap().to_owned();
    assert!(first.starts_with("first: override of 90000 machines of M90-200 in 2025-11"), "{first}");
    let page = common::text(&folder.path().join("out/2025Q3/report.html"));
    assert!(page.contains("Read first"));
    assert!(common::text(&folder.path().join("out/2025Q3/summary.md")).contains("## Read first"));
}

#[test]
fn a_year_without_an_order_has_an_upper_end() {
    // The miniature signs 60 machines a month; its last order is of August 2024 and all is delivered.
    let folder = copy_of("miniature");
    keep(folder.path(), "futures_orders", SIGNED, |day| day < "2024-09-01");
    let output = wafercast(&["run", folder.path().join("job.toml").to_str().unwrap()]);
    let said = reported(&output);
    assert!(output.status.success(), "{said}");
    // 60 machines in each of 11 months that are 13 to 23 months old: at half a weight a year 60 x 3.954 / 13.36 = 17.75 a month,
    // of which ten months' worth ships in 12. The miniature's job has no spread of intake.
    assert!(said.contains("12 months: 179 machines if supply allows"), "{said}");
    // ln 10 = 2.303 orders of 60 machines.
    assert!(said.contains("the upper end is at least 138 machines"), "{said}");
    assert!(
        said.contains("first: no order was signed in the 12 months up to 2025-09")
            && said.contains("no past origin had intake"),
        "{said}"
    );
}
