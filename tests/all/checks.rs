//! Every check raised by a small change of the exports, with its severity, and what the job can make of it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::format_collect,
    missing_docs,
    reason = "a test may fail loudly"
)]

use std::path::Path;

use crate::common::{self, copy_of, edit, reported, wafercast};

pub(crate) fn put(path: &Path, text: &str) {
    std::fs::File::create(path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
}

/// Adds an export to the miniature's job.
pub(crate) fn export(folder: &Path, name: &str, text: &str) {
    put(&folder.join(format!("{name}.csv")), text);
    let section = format!("[exports.{name}]\npath = \"{name}.csv\"\n\n[wafers]");
    edit(&folder.join("job.toml"), |job| job.replacen("[wafers]", &section, 1));
}

pub(crate) fn change(folder: &Path, file: &str, from: &str, to: &str) {
    edit(&folder.join(file), |text| {
        assert!(text.contains(from), "{file} has no `{from}`");
        text.replacen(from, to, 1)
    });
}

pub(crate) fn check(folder: &Path) -> (i32, String) {
    let output = wafercast(&["check", folder.join("job.toml").to_str().unwrap()]);
    (output.status.code().unwrap(), reported(&output))
}

/// What is reported of a folder, without its path; on every miniature difficulty and hashprice stand still.
pub(crate) fn said(folder: &Path, text: &str) -> String {
    let problems = text.lines().filter(|line| line.starts_with("warning: ") || line.starts_with("error: "));
    let own = problems.filter(|line| !line.contains("[flat-feed]"));
    own.map(|line| line.replace(&format!("{}/", folder.display()), "") + "\n").collect()
}

/// Compares texts with those recorded of them; `make bless` accepts others.
pub(crate) fn as_recorded(name: &str, found: &str) {
    let path = common::root().join("tests/recorded").join(name);
    if std::env::var_os("WAFERCAST_BLESS").is_some() {
        put(&path, found);
    }
    let recorded = common::text(&path);
    let differ = found.lines().zip(recorded.lines()).find(|(found, recorded)| found != recorded);
    assert!(found == recorded, "{name} differs, first {differ:#?}");
}

const SHIPMENTS: &str = "shipped_date,order_id,model,quantity\n";

/// What left of the miniature's orders: 20 machines a month in the three months after each was signed.
pub(crate) fn all_shipments() -> String {
    let month = |n: usize| format!("{}-{:02}", 2023 + (9 + n) / 12, (9 + n) % 12 + 1);
    let rows = (0..24).flat_map(|order| (1..=3).map(move |batch| (order, order + batch)));
    let rows = rows.filter(|(_, n)| *n < 24);
    rows.fold(SHIPMENTS.to_owned(), |all, (order, n)| {
        format!("{all}{}-15,O{:02},MINI,20\n", month(n), order + 1)
    })
}

/// A vintage as of the quarter before.
fn vintage_before(folder: &Path) {
    let output = wafercast(&["run", folder.join("job.toml").to_str().unwrap(), "--as-of", "2025-06-30"]);
    assert!(output.status.success(), "{}", reported(&output));
}

/// A check, a change that raises it, whether it stops the run by itself, its exit code as an error, its message.
type Case = (&'static str, fn(&Path), bool, i32, &'static str);

const CASES: &[Case] = &[
    (
        "no-data",
        |f| {
            std::fs::remove_file(f.join("supply.csv")).unwrap();
            change(f, "job.toml", "[exports.supply]\npath = \"supply.csv\"\n", "");
        },
        false,
        65,
        "supply is absent",
    ),
    (
        "stale",
        |f| change(f, "job.toml", "as_of = 2025-09-30", "as_of = 2025-10-31"),
        true,
        69,
        "hashprice stops on",
    ),
    (
        "gap",
        |f| {
            edit(&f.join("difficulty.csv"), |text| {
                let kept = |line: &&str| !(line.starts_with("2025-06-1") || line.starts_with("2025-06-0"));
                text.lines().filter(kept).map(|line| line.to_owned() + "\n").collect()
            });
        },
        true,
        69,
        "difficulty has no value between 2025-05-31 and 2025-06-20",
    ),
    (
        "unit-slip",
        |f| edit(&f.join("hashprice.csv"), |text| text.replace(",50\n", ",0.05\n")),
        true,
        65,
        "looks per TH, not per PH",
    ),
    (
        "total-row",
        |f| edit(&f.join("supply.csv"), |text| text + "Total,,,5030,,10,,,\n"),
        false,
        65,
        "supply.csv:6: looks like a row of totals and was left out",
    ),
    (
        "unended-line",
        |f| edit(&f.join("futures_orders.csv"), |text| text.trim_end().to_owned()),
        false,
        65,
        "futures_orders.csv:25: the last line is not ended",
    ),
    (
        "estimated",
        |f| {
            edit(&f.join("difficulty.csv"), |text| {
                text.replacen("difficulty", "HashRate", 1).replace("100000000000000", "715827883")
            });
        },
        false,
        65,
        "difficulty is estimated from hashrate",
    ),
    (
        "late-export",
        |f| {
            // Three orders in every month before the last, and none in it.
            edit(&f.join("futures_orders.csv"), |text| {
                let mut lines = text.lines();
                let header = lines.next().unwrap().to_owned() + "\n";
                let again = |line: &str, id, of| line.replacen('O', id, 1).replace("Only", of);
                lines.filter(|l| !l.contains("2025-09-01")).fold(header, |all, line| {
                    all + &format!("{line}\n{}\n{}\n", again(line, "P", "Second"), again(line, "Q", "Third"))
                })
            });
        },
        false,
        69,
        "no order was signed in 2025-09: the newest is of 2025-08",
    ),
    (
        "same-export-twice",
        |f| {
            export(f, "shipments", &all_shipments());
            // Of what is read twice more is shipped than was ordered.
            change(f, "job.toml", "[wafers]", "[reconciliation]\nover_delivered_share = 1.0\n\n[wafers]");
            std::fs::copy(f.join("shipments.csv"), f.join("shipments-b.csv")).unwrap();
            change(f, "job.toml", "\"shipments.csv\"", "\"shipments*.csv\"");
        },
        true,
        65,
        "is the same file as",
    ),
    (
        "stale-count",
        |f| edit(&f.join("supply.csv"), |text| text.replace("2025-09-30,", "2025-06-30,")),
        true,
        69,
        "its newest count is of 2025-06-30, 92 days before 2025-09-30",
    ),
    (
        "never-shipped",
        |f| {
            let model = "[[models]]\nname = \"NOVA\"\nhashrate_th = 100\npower_w = 3000\nlaunch = \"2025-01\"\nend_of_life = \"2027-12\"\nchips_per_machine = 100\nchip = \"CHIP\"\n\n[[chips]]";
            change(f, "job.toml", "[[chips]]", model);
            export(f, "channel_inventory", "snapshot_date,channel,model,quantity\n2025-09-30,East,NOVA,5\n");
        },
        false,
        65,
        "channels hold NOVA, of which none was ever shipped",
    ),
    (
        "delivery-before-signature",
        |f| change(f, "futures_orders.csv", "2023-10-01,60,1000,,2023-11", "2023-10-01,60,1000,,2023-09"),
        false,
        65,
        "1 delivery is due or was made (O01) before the order was signed",
    ),
    (
        "unknown-order",
        |f| export(f, "shipments", &format!("{}2025-09-01,X99,MINI,7\n", all_shipments())),
        false,
        65,
        "7 machines were shipped for orders that are not in futures_orders",
    ),
    (
        "missing-month",
        |f| {
            let text = all_shipments();
            let kept = text.lines().filter(|line| !line.starts_with("2025-05"));
            export(f, "shipments", &kept.map(|line| format!("{line}\n")).collect::<String>());
        },
        false,
        69,
        "60 machines due then never left: nothing was shipped in 2025-05",
    ),
    ("empty-export", |f| export(f, "shipments", SHIPMENTS), true, 69, "has a header and no row"),
    (
        "delivered-differs",
        |f| {
            // One of three batches of an order that says all was delivered: 20 of the 240 of a year.
            change(
                f,
                "futures_orders.csv",
                "2024-07-01,60,1000,,2024-08,3,,",
                "2024-07-01,60,1000,,2024-08,3,60,",
            );
            export(f, "shipments", &all_shipments().replacen("2024-09-15,O10,MINI,20\n", "", 1));
        },
        true,
        69,
        "futures_orders has 60 machines delivered and shipments 40",
    ),
    (
        "wafers-vanished",
        |f| {
            vintage_before(f);
            edit(&f.join("supply.csv"), |text| {
                text.lines().filter(|l| !l.contains("wafer_order")).map(|l| format!("{l}\n")).collect()
            });
        },
        true,
        65,
        "10 wafers of CHIP were on order in vintage 2025Q2",
    ),
    (
        "stock-unchanged",
        |f| {
            export(f, "shipments", &all_shipments());
            edit(&f.join("supply.csv"), |text| text.replace("2025-09-30,", "2025-06-30,"));
            vintage_before(f);
            edit(&f.join("supply.csv"), |text| text.replace("2025-06-30,", "2025-09-30,"));
        },
        false,
        69,
        "chips_on_hand CHIP is 3000 as in vintage 2025Q2, to the unit, while 180 machines with this chip left since",
    ),
    (
        "uncounted-item",
        |f| change(f, "supply.csv", "2025-09-30,chips_on_hand,CHIP,3000,,,,,\n", ""),
        true,
        69,
        "has no count of chips_on_hand CHIP, which was taken for 0; wafers of CHIP to order now depend on it",
    ),
    (
        "closed-months-changed",
        |f| {
            vintage_before(f);
            edit(&f.join("futures_orders.csv"), |text| text.replace(",60,1000,", ",90,1000,"));
        },
        true,
        65,
        "orders signed 2024-07 to 2025-06 are 1080 machines and were 720 in vintage 2025Q2: 50.0% more",
    ),
    (
        "contradicts-itself",
        |f| change(f, "job.toml", "[wafers]", "[reconciliation]\nfirm_over_forecast = 0.01\n\n[wafers]"),
        true,
        69,
        "120 machines are on order for the next 12 months, 0.2 times the 720 that are forecast to ship",
    ),
    (
        "override-outside",
        |f| export(f, "overrides", "month,model,machines,reason,who\n2025-12,MINI,9000,launch,Planner\n"),
        false,
        65,
        "9000 machines of MINI in 2025-12: outside the interval of its own month, 10th to 90th percentile 60 to 60",
    ),
    (
        "order-numbers",
        |f| export(f, "shipments", &all_shipments().replace("O01,", "o0001,")),
        true,
        65,
        "of 1320 machines shipped (66 rows) 1260 (63 rows) are of order numbers of futures_orders as written; 60 (3 rows) more would be with order_id_rule = [\"case\", \"leading_zeros\"]",
    ),
    (
        "over-delivery",
        |f| export(f, "shipments", &format!("{}2025-09-20,O01,MINI,15\n", all_shipments())),
        false,
        65,
        "15 machines were shipped beyond what was ordered, which does not count against any order (1.1% of 1335 shipped): order O01 (MINI): 60 by orders, 75 by shipments",
    ),
    (
        "other-model",
        |f| {
            let model = "[[models]]\nname = \"NOVA\"\nhashrate_th = 100\npower_w = 3000\nlaunch = \"2023-01\"\nend_of_life = \"2027-12\"\nchips_per_machine = 100\nchip = \"CHIP\"\n\n[[chips]]";
            change(f, "job.toml", "[[chips]]", model);
            change(
                f,
                "supply.csv",
                "2025-09-30,machines_on_hand,MINI",
                "2025-09-30,machines_on_hand,NOVA,0,,,,,\n2025-09-30,machines_on_hand,MINI",
            );
            export(f, "shipments", &all_shipments().replacen("O01,MINI,20", "O01,NOVA,20", 1));
        },
        false,
        65,
        "20 machines were shipped as another model than was ordered, and count as delivered of their orders (1.5% of 1320 shipped): order O01 is of MINI, 20 of NOVA were shipped",
    ),
    (
        "amended-orders",
        |f| {
            edit(&f.join("futures_orders.csv"), |text| {
                let last = text.lines().last().unwrap().to_owned();
                let old = last.replacen("O24", "O24-old", 1).replace(",open,", ",cancelled,2025-09-09");
                format!("{text}{old}\n")
            });
        },
        false,
        65,
        "60 machines of 1 order(s) were cancelled and signed again by the same customer within 31 days, and are demand once: 60 of O24-old as O24",
    ),
    (
        "stray-orders",
        |f| {
            edit(&f.join("futures_orders.csv"), |text| {
                let last = text.lines().last().unwrap().replacen("O24", "OLD", 1).replace(",60,", ",20,");
                format!("{text}{}\n", last.replace("2025-09-01", "2019-02-01").replace("2025-10", "2019-03"))
            });
        },
        false,
        65,
        "1 order was signed (OLD) of 20 machines, more than a year before the next: history begins in 2023-10",
    ),
    (
        "lapsed-orders",
        |f| {
            let text = all_shipments();
            let kept = text.lines().filter(|line| !line.contains(",O02,"));
            export(f, "shipments", &kept.map(|line| format!("{line}\n")).collect::<String>());
        },
        false,
        65,
        "are past due for more than 12 months and do not count as firm",
    ),
    (
        "overdue-wafers",
        |f| change(f, "supply.csv", "2025-10-15", "2025-09-15"),
        false,
        65,
        "count as received and paid, their chips in the counts or used: 10 wafers of CHIP from Foundry due 2025-09-15, 15 days before",
    ),
    (
        "unknown-foundry",
        |f| change(f, "supply.csv", ",Foundry,10,", ",Foundry West,10,"),
        false,
        65,
        "10 wafers of CHIP are on order at `Foundry West`",
    ),
    (
        "after-end-of-life",
        |f| change(f, "job.toml", "end_of_life = \"2027-12\"", "end_of_life = \"2025-10\""),
        false,
        65,
        "machines of MINI are due after 2025-10, its end of life in the job",
    ),
    (
        "before-launch",
        |f| change(f, "job.toml", "launch = \"2023-10\"", "launch = \"2026-03\""),
        false,
        65,
        "machines of MINI are due before 2026-03, its launch in the job",
    ),
    (
        "placed-orders",
        |f| {
            let head = "order,chip,foundry,proposed_wafers,status,wafers,date,approver\n";
            export(f, "placed_orders", &format!("{head}PO-7,CHIP,Foundry,,placed,5,2025-10-06,Kim\n"));
        },
        false,
        65,
        "placed_orders.csv:2: date: `2025-10-06`, lies after the as-of date 2025-09-30, on which PO-7 was not decided",
    ),
    (
        "odd-payments",
        |f| {
            let head = "order_id,paid_date,amount_usd,kind\n";
            export(f, "payments", &format!("{head}O24,2025-09-05,30000,deposit\n"));
            change(f, "futures_orders.csv", "2025-09-01,60,1000,,", "2025-09-01,60,1000,12000,");
        },
        false,
        65,
        "payments are used: O24 (prepaid_usd 12000.00, received by payments 30000.00)",
    ),
    (
        "unsecured",
        |f| change(f, "futures_orders.csv", "2025-08-01,60,1000,,", "2025-08-01,60,1000,0,"),
        false,
        65,
        "40 of 120 machines signed (33.3%) are not secured",
    ),
    ("deposit-unknown", |_| (), false, 65, "all 120 machines signed count as firm, secured or not"),
    (
        "identical-rows",
        |f| edit(&f.join("supply.csv"), |text| text.clone() + text.lines().last().unwrap() + "\n"),
        false,
        65,
        "1 row is a copy of another (10 wafers from Foundry due 2025-10-15)",
    ),
    (
        "title-row",
        |f| edit(&f.join("supply.csv"), |text| format!("Stock report,\nprinted 2025-10-01,,\n\n{text}")),
        false,
        65,
        "supply.csv:4: the header was found here",
    ),
    (
        "unread-column",
        |f| change(f, "futures_orders.csv", "prepaid_usd", "prepayd_usd"),
        false,
        65,
        "futures_orders.csv:1: has a column `prepayd_usd`, which is not read, and no `prepaid_usd`",
    ),
    (
        "implausible-market",
        |f| change(f, "hashprice.csv", "2025-06-10,50", "2025-06-10,200"),
        false,
        65,
        "of 2025-06-10 is 4 times the days around it (50)",
    ),
    (
        "flat-feed",
        |f| change(f, "hashprice.csv", "2025-06-10,50", "2025-06-10,50.5"),
        false,
        65,
        "stands still from 2024-05-01 to 2025-06-09, 405 days",
    ),
    (
        "odd-price",
        |f| change(f, "futures_orders.csv", "2025-09-01,60,1000,", "2025-09-01,60,1000000,"),
        false,
        65,
        "1 of 17 prices stand for more than 4 times",
    ),
    (
        "overpaid",
        |f| change(f, "futures_orders.csv", "2025-09-01,60,1000,,", "2025-09-01,60,1000,90000,"),
        false,
        65,
        "more was received on 1 order(s) than their whole value, up to 1.50 times it",
    ),
    (
        "odd-quantity",
        |f| change(f, "futures_orders.csv", "2025-09-01,60,", "2025-09-01,600,"),
        false,
        65,
        "order O24 of 600 machines is 10.0 times the next largest of 24",
    ),
    (
        "odd-stock",
        |f| change(f, "supply.csv", "MINI,30,", "MINI,3000,"),
        true,
        65,
        "3000 machines of MINI on hand would last 4.2 times the maker's best year of orders",
    ),
    (
        "odd-wafers",
        |f| change(f, "supply.csv", "2025-10-15,5000,", "2025-10-15,50000,"),
        true,
        65,
        "10 wafers of CHIP from Foundry placed 2025-06-01: 50000 USD prepaid is 5000 USD a wafer, by the terms 1000 USD",
    ),
    (
        "odd-dates",
        |f| {
            edit(&f.join("supply.csv"), |text| {
                text + "2026-06-01,wafer_order,CHIP,,Foundry,10,2026-10-15,5000,0.4\n"
            });
        },
        false,
        65,
        "a row of supply is dated 2026-06-01, 244 days after the last row of any other export (2025-09-30)",
    ),
    (
        "copied-orders",
        |f| {
            edit(&f.join("futures_orders.csv"), |text| {
                let last = text.lines().last().unwrap().replacen("O24", "P24", 1);
                format!("{text}{last}\n")
            });
        },
        false,
        65,
        "1 open order(s) of 60 machines still to deliver, of 180 in all",
    ),
    (
        "closed-short",
        |f| {
            edit(&f.join("futures_orders.csv"), |text| {
                let last = text.lines().last().unwrap();
                text.replace(last, &last.replace(",,open,", ",55,completed,"))
            });
        },
        false,
        65,
        "5 of 60 machines of completed orders were never delivered (8.3%), of 1 order (O24)",
    ),
];

#[test]
fn every_check_is_raised_at_its_severity_and_the_job_can_set_another() {
    let mut recorded = String::new();
    for (code, raise, stops, exit, message) in CASES.iter().copied() {
        let folder = copy_of("miniature");
        raise(folder.path());
        let (status, text) = check(folder.path());
        recorded += &format!("{code}:\n{}\n", said(folder.path(), &text));
        assert_eq!(status, if stops { exit } else { 0 }, "{code}: {text}");
        let line = text.lines().find(|line| line.contains(&format!("[{code}]")) && line.contains(message));
        let line = line.unwrap_or_else(|| panic!("{code}: `{message}` is not in\n{text}"));
        assert_eq!(line.contains("warning: "), !stops, "{line}");

        let job = folder.path().join("job.toml");
        let original = common::text(&job);
        for (severity, expected) in [("error", exit), ("warning", 0), ("off", 0)] {
            edit(&job, |_| format!("{original}\n[checks]\n{code} = \"{severity}\"\n"));
            let (status, text) = check(folder.path());
            // Where data are missing for the as-of month itself there is no forecast, whatever the check says.
            let expected = if code == "stale" && severity != "error" { 69 } else { expected };
            // Nor is a warning of a slip of a thousand a way to run with it: the values stay as they are.
            assert_eq!(
                status,
                if stops && exit == 65 && severity != "error" { 0 } else { expected },
                "{code} = {severity}: {text}"
            );
            assert_eq!(
                text.contains(&format!("[{code}]")),
                severity != "off" || code == "stale",
                "{code} = {severity}: {text}"
            );
        }
    }
    as_recorded("checks.txt", &recorded);
}

#[test]
fn every_check_has_its_case() {
    let tested: std::collections::BTreeSet<&str> = CASES.iter().map(|case| case.0).collect();
    let checks: std::collections::BTreeSet<&str> =
        wafercast::diagnostic::Code::CHECKS.iter().map(|code| code.name()).collect();
    assert_eq!(tested, checks);
}

#[test]
fn a_check_that_does_not_exist_is_reported_with_those_that_do() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| text + "\n[checks]\nstael = \"off\"\n");
    let (status, text) = check(folder.path());
    assert_eq!(status, 78, "{text}");
    assert!(text.contains("stael") && text.contains("late-export"), "{text}");
}

#[test]
fn cells_that_mean_nothing_in_their_kind_of_row_must_be_empty() {
    let refused: [(&str, &str, &str); 4] = [
        (",3000,,", ",300,0,", "supply.csv:3: foundry: `0`, must be empty in a row of chips_on_hand"),
        (",30,,,,", ",30,,,,5", "supply.csv:2: prepaid_usd: `5`, must be empty in a row of machines_on_hand"),
        (",2000,,,", ",2000,,7,", "supply.csv:4: wafers: `7`, must be empty in a row of dies_on_hand"),
        ("CHIP,,F", "CHIP,9,F", "supply.csv:5: quantity: `9`, must be empty in a row of wafer_order"),
    ];
    for (before, after, said) in refused {
        let folder = copy_of("miniature");
        change(folder.path(), "supply.csv", before, after);
        let (status, text) = check(folder.path());
        assert_eq!(status, 65, "{text}");
        assert!(text.contains(said) && text.contains("[contradiction]"), "{text}");
    }
    // Zeros say as little as nothing.
    let folder = copy_of("miniature");
    change(folder.path(), "supply.csv", "CHIP,3000,,,,,", "CHIP,3000,,0,,0.00,0");
    change(folder.path(), "supply.csv", "CHIP,,Foundry", "CHIP,0,Foundry");
    let (status, text) = check(folder.path());
    assert_eq!(status, 0, "{text}");
}

#[test]
fn what_can_be_read_in_two_ways_is_an_error_that_names_the_choice() {
    type Change = fn(&Path);
    let cases: [(Change, &[&str]); 8] = [
        (
            |f| change(f, "futures_orders.csv", "2023-10-01", "03/04/2024"),
            &[
                "futures_orders.csv:2: signed_date: `03/04/2024`, may be day or month first",
                "date_format = \"%d/%m/%Y\" or date_format = \"%m/%d/%Y\"",
            ],
        ),
        (
            |f| edit(&f.join("futures_orders.csv"), |text| text.replace(",1000,", ",1.000,")),
            &[
                "futures_orders.csv:2: unit_price_usd: `1.000`, may be thousands or decimals",
                "decimal_mark = \".\" or decimal_mark = \",\"",
            ],
        ),
        (
            |f| change(f, "supply.csv", ",3000,", ",\"3,000\","),
            &["supply.csv:3: quantity: `3,000`, may be thousands or decimals", "decimal_mark"],
        ),
        (
            |f| change(f, "hashprice.csv", "hashprice_usd_per_ph_day", "hashprice"),
            &[
                "hashprice.csv: its header does not say whether hashprice is per TH or per PH",
                "unit = \"usd_per_ph_day\" or \"usd_per_th_day\"",
            ],
        ),
        (
            |f| change(f, "futures_orders.csv", "prepaid_usd", "Order No"),
            &["futures_orders.csv:1: has several columns for `order_id`: `order_id`, `Order No`"],
        ),
        (
            |f| edit(&f.join("difficulty.csv"), |text| text.replacen("difficulty", "hashrate", 1)),
            &["difficulty.csv: has a hashrate whose unit its header does not say", "unit = \"th_per_s\""],
        ),
        (
            |f| change(f, "futures_orders.csv", ",open,", ",pending,"),
            &[
                "futures_orders.csv:2: status: `pending`, is not one of open, completed, cancelled",
                "words = {",
            ],
        ),
        (
            |f| change(f, "supply.csv", "2025-09-30", "45930"),
            &["supply.csv:2: date: `45930`, may be a date number: declare date_format = \"serial\""],
        ),
    ];
    for (raise, said) in cases {
        let folder = copy_of("miniature");
        raise(folder.path());
        let (status, text) = check(folder.path());
        assert_eq!(status, 65, "{text}");
        for part in said {
            assert!(text.contains(part), "`{part}` is not in\n{text}");
        }
    }
}

#[test]
fn rows_that_contradict_themselves_are_reported() {
    let cases = [
        (",3,,open,", ",3,61,open,", "delivered_quantity: `61`, is more than the quantity ordered, 60"),
        (",3,,open,", ",3,,cancelled,", "cancelled_date: ``, is empty, but the order is cancelled"),
        (
            ",3,,open,",
            ",3,,cancelled,2023-09-30",
            "cancelled_date: `2023-09-30`, is before the order was signed",
        ),
    ];
    for (from, to, said) in cases {
        let folder = copy_of("miniature");
        change(folder.path(), "futures_orders.csv", from, to);
        let (status, text) = check(folder.path());
        assert_eq!(status, 65, "{text}");
        assert!(text.contains(said), "`{said}` is not in\n{text}");
    }
}

#[test]
fn a_folder_of_exports_with_one_of_them_twice_is_refused() {
    let folder = copy_of("miniature");
    std::fs::copy(folder.path().join("supply.csv"), folder.path().join("supply.tsv")).unwrap();
    let job = folder.path().join("job.toml");
    let output = wafercast(&["check", job.to_str().unwrap(), "--inputs", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(65));
    assert!(reported(&output).contains("several times: supply.csv, supply.tsv"), "{}", reported(&output));
}

#[test]
fn like_problems_are_counted_and_all_of_them_can_be_had() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("hashprice.csv"), |text| text.replacen(",50\n", ",fifty\n", 100));
    let (status, text) = check(folder.path());
    assert_eq!((status, text.matches("[bad-number]").count()), (65, 4), "{text}");
    assert!(text.contains(": and 97 more like it, lines 5 to 101 [bad-number]"), "{text}");
    for command in ["check", "run"] {
        let output = wafercast(&[command, "--all", folder.path().join("job.toml").to_str().unwrap()]);
        let text = reported(&output);
        assert_eq!(text.matches("[bad-number]").count(), 100, "{text}");
        assert!(text.contains("hashprice.csv:101: "));
    }
}
