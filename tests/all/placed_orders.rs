//! Quarter after quarter with orders placed, partly placed, declined and forgotten: what counts, what is reported, what adds up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::common::{copy_of, edit, reported, rows, text, wafercast, write};

const SUPPLY: &str = "date,kind,item,quantity,foundry,wafers,due_date,prepaid_usd,yield\n";
const HEAD: &str = "order,chip,foundry,place_by,proposed_wafers,status,wafers,date,approver,note\n";

/// The miniature with one foundry, lots of one wafer and no last order: 60 machines of 100 chips, 12 wafers, a month.
fn maker() -> tempfile::TempDir {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |job| {
        let (fast, foundry) = ("[[foundries]]\nname = \"Fast\"", "[[foundries]]\nname = \"Foundry\"");
        let (from, to) = (job.find(fast).unwrap(), job.find(foundry).unwrap());
        let job = format!("{}{}", &job[..from], &job[to..]);
        job.replace("last_order = 2026-03-31", "last_order = 2027-12-31")
            .replace("lot_wafers = 5", "lot_wafers = 1")
    });
    folder
}

/// `supply` with so many chips on hand, and wafer orders as placed, wafers and due.
fn supply(folder: &Path, day: &str, chips: u32, orders: &[(&str, u32, &str)]) {
    let orders: Vec<String> = orders
        .iter()
        .map(|(placed, wafers, due)| format!("{placed},wafer_order,CHIP,,Foundry,{wafers},{due},,\n"))
        .collect();
    let counted = format!("{day},machines_on_hand,MINI,0,,,,,\n{day},chips_on_hand,CHIP,{chips},,,,,\n");
    write(&folder.join("supply.csv"), &format!("{SUPPLY}{counted}{}", orders.concat()));
}

fn run(folder: &Path, as_of: &str) -> Output {
    let job = folder.join("job.toml");
    wafercast(&["run", job.to_str().unwrap(), "--as-of", as_of])
}

fn ran(folder: &Path, as_of: &str) -> String {
    let output = run(folder, as_of);
    assert!(output.status.success(), "{}", reported(&output));
    reported(&output)
}

fn template(folder: &Path, vintage: &str) -> PathBuf {
    folder.join("out").join(vintage).join("placed_orders.csv")
}

/// Fills in the row of an order: status, wafers, date, approver and note.
fn decide(folder: &Path, vintage: &str, place_by: &str, decided: &str) {
    edit(&template(folder, vintage), |text| {
        let row = format!("/{place_by},");
        assert!(text.lines().any(|line| line.contains(&row)), "{row} in {text}");
        text.lines()
            .map(|line| match line.strip_suffix("proposed,,,,") {
                Some(start) if line.contains(&row) => format!("{start}{decided}\n"),
                _ => format!("{line}\n"),
            })
            .collect()
    });
}

fn table(folder: &Path, vintage: &str, name: &str) -> Vec<BTreeMap<String, String>> {
    rows(&folder.join("out").join(vintage).join(format!("{name}.csv")))
}

/// Wafers to order by the day to place them by.
fn wafers(folder: &Path, vintage: &str) -> Vec<(String, i64)> {
    let orders = table(folder, vintage, "wafer_orders");
    orders.iter().map(|row| (row["place_by"].clone(), row["wafers"].parse().unwrap())).collect()
}

fn by_day(orders: &[(&str, i64)]) -> Vec<(String, i64)> {
    orders.iter().map(|(day, wafers)| ((*day).to_owned(), *wafers)).collect()
}

/// The bridge of the one chip from a vintage: previous, placed, declined, undecided, new months, need, now.
fn bridge(folder: &Path, vintage: &str, previous: &str) -> [i64; 7] {
    let bridges = table(folder, vintage, "order_revisions");
    let row = bridges.iter().find(|row| row["previous_vintage"] == previous).unwrap();
    let columns = ["previous", "placed", "declined", "undecided", "new_months", "need", "now"];
    let parts = columns.map(|column| row[column].parse::<i64>().unwrap());
    assert_eq!(parts[..6].iter().sum::<i64>(), parts[6], "{row:?}");
    let now: i64 = wafers(folder, vintage).iter().map(|(_, wafers)| wafers).sum();
    assert_eq!(parts[6], now, "what the table of orders says");
    parts
}

/// Order, standing, due, wafers in supply and wafers counted of every order decided before.
fn standings(folder: &Path, vintage: &str) -> Vec<[String; 5]> {
    let decided = table(folder, vintage, "order_decisions");
    decided
        .iter()
        .map(|row| ["order", "standing", "due", "supply_wafers", "counted_wafers"].map(|c| row[c].clone()))
        .collect()
}

fn standing(of: [&str; 5]) -> [String; 5] {
    of.map(str::to_owned)
}

/// Two quarters: of 24, 12 and 12 wafers proposed the first are placed and in `supply`, of the second 8, not in it yet, the
/// third are declined.
fn two_quarters(folder: &Path) -> String {
    supply(folder, "2025-03-31", 24_000, &[]);
    ran(folder, "2025-03-31");
    decide(folder, "2025Q1", "2025-04-30", "placed,24,2025-04-28,Kim,");
    decide(folder, "2025Q1", "2025-05-31", "Placed,8,2025-06-20,Kim,fewer for want of cash");
    decide(folder, "2025Q1", "2025-06-30", "declined,,,Kim,");
    supply(folder, "2025-06-30", 6_000, &[("2025-04-28", 24, "2025-08-28")]);
    ran(folder, "2025-06-30")
}

#[test]
fn three_quarters_with_orders_placed_partly_placed_declined_and_forgotten() {
    let folder = maker();
    let folder = folder.path();
    supply(folder, "2025-03-31", 24_000, &[]);
    ran(folder, "2025-03-31");
    // 36,000 chips to September less 24,000 on hand are 24 wafers, then 6,000 chips, 12 wafers, a month.
    assert_eq!(
        text(&template(folder, "2025Q1")),
        format!(
            "{HEAD}2025Q1/CHIP/Foundry/2025-04-30,CHIP,Foundry,2025-04-30,24,proposed,,,,\n\
             2025Q1/CHIP/Foundry/2025-05-31,CHIP,Foundry,2025-05-31,12,proposed,,,,\n\
             2025Q1/CHIP/Foundry/2025-06-30,CHIP,Foundry,2025-06-30,12,proposed,,,,\n"
        )
    );
    let second = two_quarters(folder);

    // July to December take 36,000 chips: 6,000 on hand, 12,000 in supply, 8 wafers or 4,000 placed beside it, due in
    // October: 14,000 are missing, 28 wafers.
    assert_eq!(
        wafers(folder, "2025Q2"),
        by_day(&[
            ("2025-07-31", 28),
            ("2025-08-31", 12),
            ("2025-09-30", 12),
            ("2025-10-31", 12),
            ("2025-11-30", 12),
            ("2025-12-31", 12),
            ("2026-01-31", 12),
        ])
    );
    let first = &table(folder, "2025Q2", "wafer_orders")[0];
    assert_eq!((first["wafers_on_order"].as_str(), first["chips_on_order"].as_str()), ("32", "16000"));
    assert_eq!(
        standings(folder, "2025Q2"),
        [
            standing(["2025Q1/CHIP/Foundry/2025-04-30", "in_supply", "2025-08-28", "24", "0"]),
            standing(["2025Q1/CHIP/Foundry/2025-05-31", "on_order", "2025-10-20", "", "8"]),
            standing(["2025Q1/CHIP/Foundry/2025-06-30", "declined", "", "", "0"]),
        ]
    );
    // 24 + 6 x 12 before; 32 placed, 4 + 12 declined; April to June 2026 are new; what was declined is still needed.
    assert_eq!(bridge(folder, "2025Q2", "2025Q1"), [96, -32, -16, 0, 36, 16, 100]);
    assert!(!second.contains("neither placed nor declined"), "{second}");
    assert!(!second.contains("[placed-orders]"), "{second}");
    assert!(
        second.contains("wafers to order, from 2025Q1 to now: CHIP 96 to 100 (placed -32, declined -16, new months +36, need +16)"),
        "{second}"
    );
    // Half of the 8 wafers' price was paid when they were placed, the other half is due in October.
    let cash = table(folder, "2025Q2", "cash");
    let due: Vec<(&str, &str)> = cash
        .iter()
        .filter(|row| row["scenario"] == "base" && row["month"] == "2025-10-01")
        .map(|row| (row["month"].as_str(), row["foundry_balances_usd"].as_str()))
        .collect();
    assert_eq!(due, [("2025-10-01", "-4000.00")], "{:?}", cash[0]);

    // The template has what is still to come, so that the next run finds all of it in one file.
    let carried = text(&template(folder, "2025Q2"));
    let carried: Vec<&str> = carried.lines().skip(4).collect();
    assert_eq!(
        carried,
        [
            "2025Q1/CHIP/Foundry/2025-04-30,CHIP,Foundry,2025-04-30,24,placed,24,2025-04-28,Kim,",
            "2025Q1/CHIP/Foundry/2025-05-31,CHIP,Foundry,2025-05-31,12,placed,8,2025-06-20,Kim,fewer for want of cash",
        ]
    );

    // The first is placed, and supply has it two days later with 30 wafers; the second is forgotten; the third is placed
    // after the as-of date. Supply has 5 wafers that nobody wrote down, and still not the 8 of June.
    decide(folder, "2025Q2", "2025-07-31", "placed,28,2025-07-10,Kim,");
    decide(folder, "2025Q2", "2025-09-30", "placed,12,2025-10-02,Kim,late");
    supply(folder, "2025-09-30", 0, &[("2025-07-12", 30, "2025-11-12"), ("2025-08-15", 5, "2025-12-15")]);
    let third = ran(folder, "2025-09-30");
    // October to March take 36,000 chips: 15,000 and 2,500 in supply, 4,000 beside it: 14,500 are missing, 29 wafers.
    assert_eq!(wafers(folder, "2025Q3")[..2], by_day(&[("2025-10-31", 29), ("2025-11-30", 12)]));
    assert_eq!(
        standings(folder, "2025Q3"),
        [
            // Was in supply, and came: nothing of it counts any more.
            standing(["2025Q1/CHIP/Foundry/2025-04-30", "in_supply", "2025-08-28", "", "0"]),
            standing(["2025Q1/CHIP/Foundry/2025-05-31", "on_order", "2025-10-20", "", "8"]),
            standing(["2025Q2/CHIP/Foundry/2025-07-31", "in_supply", "2025-11-10", "30", "0"]),
            standing(["2025Q2/CHIP/Foundry/2025-08-31", "undecided", "", "", "0"]),
            standing(["2025Q2/CHIP/Foundry/2025-09-30", "decided_later", "2026-02-02", "", "0"]),
        ]
    );
    // July to September 2026 are new; of the 17 more 12 and 12 were not decided in time, 7 came otherwise.
    assert_eq!(bridge(folder, "2025Q3", "2025Q2"), [100, -28, 0, -24, 36, 17, 101]);
    for message in [
        "placed_orders.csv:2: wafers: `28`, 2025Q2/CHIP/Foundry/2025-07-31 has 30 wafers in supply, which counts",
        "placed_orders.csv:4: date: `2025-10-02`, lies after the as-of date 2025-09-30, on which 2025Q2/CHIP/Foundry/2025-09-30 was not decided",
        "placed_orders.csv:6: date: `2025-06-20`, 2025Q1/CHIP/Foundry/2025-05-31 was placed more than 31 days before 2025-09-30 and is not in supply; it counts as on order, due 2025-10-20",
        "supply.csv: wafer orders placed after 2025-06-30 are in supply and not written down as placed: 5 wafers of CHIP from Foundry placed 2025-08-15; they count",
        "neither placed nor declined in 2025Q2/placed_orders.csv: 2025Q2/CHIP/Foundry/2025-08-31 (12 wafers); none counts as on order unless supply has it",
    ] {
        assert!(third.contains(message), "{message}\n{third}");
    }
    assert_eq!(third.matches("[placed-orders]").count(), 4, "{third}");
    let carried = text(&template(folder, "2025Q3"));
    let carried: Vec<&str> = carried.lines().skip(4).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(
        carried,
        [
            "2025Q1/CHIP/Foundry/2025-05-31",
            "2025Q2/CHIP/Foundry/2025-07-31",
            "2025Q2/CHIP/Foundry/2025-09-30",
        ]
    );
}

#[test]
fn an_untouched_file_decides_nothing_and_is_no_input() {
    let folder = maker();
    let folder = folder.path();
    supply(folder, "2025-03-31", 24_000, &[]);
    ran(folder, "2025-03-31");
    supply(folder, "2025-06-30", 6_000, &[]);
    let second = ran(folder, "2025-06-30");
    assert!(second.contains("neither placed nor declined in 2025Q1/placed_orders.csv: 2025Q1/CHIP/Foundry/2025-04-30 (24 wafers), "), "{second}");
    assert!(!second.contains("[placed-orders]"), "{second}");
    // 36,000 chips less 6,000 on hand.
    assert_eq!(wafers(folder, "2025Q2")[0], ("2025-07-31".to_owned(), 60));
    assert_eq!(bridge(folder, "2025Q2", "2025Q1"), [96, 0, 0, -48, 36, 48, 132]);
    let manifest = text(&folder.join("out/2025Q2/manifest.json"));
    assert!(!manifest.contains("\"export\": \"placed_orders\""), "{manifest}");
    assert!(ran(folder, "2025-06-30").contains("unchanged"), "the same job and exports");

    // A decision is an input: the same run again is a revision.
    decide(folder, "2025Q1", "2025-04-30", "placed,24,2025-04-28,Kim,");
    ran(folder, "2025-06-30");
    assert_eq!(wafers(folder, "2025Q2-r2")[0], ("2025-07-31".to_owned(), 36));
    assert!(text(&folder.join("out/2025Q2-r2/manifest.json")).contains("placed_orders: new, 3 rows used"));
    // What people write in a published file is no damage of its vintage.
    assert!(!ran(folder, "2025-06-30").contains("changed after it was published"));
}

#[test]
fn decisions_pass_to_a_revision_and_count_once() {
    let once = maker();
    two_quarters(once.path());
    let twice = maker();
    let folder = twice.path();
    two_quarters(folder);
    for folder in [once.path(), folder] {
        decide(folder, "2025Q2", "2025-07-31", "placed,28,2025-07-10,Kim,");
        decide(folder, "2025Q2", "2025-08-31", "declined,,,Kim,");
    }
    // The count of June was wrong: 1,000 chips fewer. The revision proposes 30 wafers, of which 28 are placed already.
    supply(folder, "2025-06-30", 5_000, &[("2025-04-28", 24, "2025-08-28")]);
    ran(folder, "2025-06-30");
    let revised = text(&template(folder, "2025Q2-r2"));
    assert_eq!(
        revised.lines().skip(1).take(3).collect::<Vec<_>>(),
        [
            "2025Q2/CHIP/Foundry/2025-07-31,CHIP,Foundry,2025-07-31,30,placed,28,2025-07-10,Kim,",
            "2025Q2/CHIP/Foundry/2025-08-31,CHIP,Foundry,2025-08-31,12,declined,,,Kim,",
            "2025Q2/CHIP/Foundry/2025-09-30,CHIP,Foundry,2025-09-30,12,proposed,,,,",
        ]
    );
    // Between a vintage and its revision nothing is decided.
    assert_eq!(bridge(folder, "2025Q2-r2", "2025Q2"), [100, 0, 0, 0, 0, 2, 102]);
    for folder in [once.path(), folder] {
        supply(folder, "2025-09-30", 0, &[]);
        ran(folder, "2025-09-30");
        // 36,000 chips less 8 + 28 wafers, 18,000.
        assert_eq!(wafers(folder, "2025Q3")[0], ("2025-10-31".to_owned(), 36), "{}", folder.display());
    }
    assert_eq!(bridge(once.path(), "2025Q3", "2025Q2"), [100, -28, -12, -12, 36, 24, 108]);
    assert_eq!(bridge(folder, "2025Q3", "2025Q2-r2"), [102, -28, -14, -12, 36, 24, 108]);
}

#[test]
fn an_order_seen_in_supply_never_counts_beside_it_again() {
    let folder = maker();
    let folder = folder.path();
    // Else the run stops there, and people look.
    edit(&folder.join("job.toml"), |job| {
        job.replacen("[wafers]", "[checks]\nwafers-vanished = \"warning\"\n\n[wafers]", 1)
    });
    two_quarters(folder);
    // The 24 wafers came early, or were cancelled by the foundry: supply has neither them nor their chips.
    supply(folder, "2025-07-31", 0, &[]);
    ran(folder, "2025-07-31");
    assert_eq!(
        standings(folder, "2025-07")[0],
        standing(["2025Q1/CHIP/Foundry/2025-04-30", "in_supply", "2025-08-28", "", "0"])
    );
    let first = &table(folder, "2025-07", "wafer_orders")[0];
    assert_eq!(first["wafers_on_order"], "8");
}

#[test]
fn a_file_of_the_job_stands_in_for_the_template() {
    let folder = maker();
    let folder = folder.path();
    supply(folder, "2025-03-31", 24_000, &[]);
    ran(folder, "2025-03-31");
    decide(folder, "2025Q1", "2025-04-30", "placed,24,2025-04-28,Kim,");
    edit(&folder.join("job.toml"), |job| {
        job.replacen("[wafers]", "[exports.placed_orders]\npath = \"decided.csv\"\n\n[wafers]", 1)
    });
    // A log of people's own: an order that was never proposed, and nothing of those that were.
    let log = format!("{HEAD}PO-7,CHIP,Foundry,,,placed,10,2025-05-02,Kim,\n");
    write(&folder.join("decided.csv"), &log);
    supply(folder, "2025-06-30", 6_000, &[]);
    let second = ran(folder, "2025-06-30");
    // 36,000 chips less 6,000 on hand and 5,000 on order.
    assert_eq!(wafers(folder, "2025Q2")[0], ("2025-07-31".to_owned(), 50));
    assert!(second.contains("neither placed nor declined in the placed_orders export: 2025Q1/CHIP/Foundry/2025-04-30 (24 wafers), "), "{second}");
    assert_eq!(bridge(folder, "2025Q2", "2025Q1"), [96, -10, 0, -48, 36, 48, 122]);
}

/// A changed row or header, and what is said of it.
const WRONG: [(&str, &str, &str); 12] = [
    (
        "24,proposed,,,,",
        "24,orderd,,,,",
        "placed_orders.csv:2: status: `orderd`, is not one of proposed, placed, declined, cancelled",
    ),
    ("24,proposed,,,,", "24,placed,24,30.04.25,Kim,", "placed_orders.csv:2: date: `30.04.25`"),
    ("24,proposed,,,,", "24,placed,24.5,2025-04-28,Kim,", "placed_orders.csv:2: wafers: `24.5`"),
    (
        "24,proposed,,,,",
        "24,placed,24,2025-04-28,,",
        "placed_orders.csv:2: approver: ``, is empty: write who decided",
    ),
    (
        "24,proposed,,,,",
        "24,placed,,2025-04-28,Kim,",
        "placed_orders.csv:2: wafers: ``, is empty: write how many wafers were placed",
    ),
    (
        "24,proposed,,,,",
        "24,placed,24,,Kim,",
        "placed_orders.csv:2: date: ``, is empty: write the day on which the order was placed",
    ),
    (
        "24,proposed,,,,",
        "24,proposed,24,2025-04-28,Kim,",
        "placed_orders.csv:2: wafers: `24`, is filled in while the status is still proposed",
    ),
    (
        "24,proposed,,,,",
        "24,declined,24,,Kim,",
        "placed_orders.csv:2: wafers: `24`, is filled in while the order is declined",
    ),
    (
        ",24,proposed",
        ",42,proposed",
        "placed_orders.csv:2: proposed_wafers: `42`, was changed: vintage 2025Q1 wrote `24`",
    ),
    (
        ",CHIP,Foundry,2025-04-30,24,proposed,,,,",
        ",CHIP,Fundry,2025-04-30,24,placed,24,2025-04-28,Kim,",
        "placed_orders.csv:2: foundry: `Fundry`, was changed: vintage 2025Q1 wrote `Foundry`",
    ),
    (
        "Foundry/2025-04-30",
        "Foundry/2025-04-03",
        "placed_orders.csv:2: order: `2025Q1/CHIP/Foundry/2025-04-03`, is no order that vintage 2025Q1 proposed",
    ),
    (
        "2025Q1/CHIP/Foundry/2025-05-31",
        "2025Q1/CHIP/Foundry/2025-04-30",
        "placed_orders.csv:3: order: `2025Q1/CHIP/Foundry/2025-04-30`, stands already on line 2 of",
    ),
];

#[test]
fn what_is_wrong_in_the_file_stops_the_run_and_is_reported_with_its_place() {
    let folder = maker();
    let folder = folder.path();
    // Whatever other exports may leave out: a decision never.
    edit(&folder.join("job.toml"), |job| {
        job.replacen("[wafers]", "[reading]\nrejected_rows_allowed = 5\n\n[wafers]", 1)
    });
    supply(folder, "2025-03-31", 24_000, &[]);
    ran(folder, "2025-03-31");
    supply(folder, "2025-06-30", 6_000, &[]);
    let file = template(folder, "2025Q1");
    let before = text(&file);
    for (old, new, message) in WRONG {
        assert!(before.contains(old), "{old}");
        write(&file, &before.replacen(old, new, 1));
        let output = run(folder, "2025-06-30");
        assert_eq!(output.status.code(), Some(65), "{new}\n{}", reported(&output));
        assert!(reported(&output).contains(message), "{message}\n{}", reported(&output));
        assert!(!folder.join("out/2025Q2").exists(), "{new}");
    }
}

#[test]
fn a_file_that_is_gone_is_reported() {
    let folder = maker();
    let folder = folder.path();
    supply(folder, "2025-03-31", 24_000, &[]);
    ran(folder, "2025-03-31");
    std::fs::remove_file(template(folder, "2025Q1")).unwrap();
    supply(folder, "2025-06-30", 6_000, &[]);
    let second = ran(folder, "2025-06-30");
    assert!(second.contains("placed_orders.csv: is gone: nothing counts as decided"), "{second}");
}

#[test]
fn a_file_in_the_dialect_of_another_country_is_read_back() {
    let folder = maker();
    let folder = folder.path();
    edit(&folder.join("job.toml"), |job| {
        let dialect = "[output]\ncsv_delimiter = \";\"\ncsv_decimal_mark = \",\"\ncsv_bom = true\n\n[wafers]";
        job.replacen("[wafers]", dialect, 1)
    });
    supply(folder, "2025-03-31", 24_000, &[]);
    ran(folder, "2025-03-31");
    edit(&template(folder, "2025Q1"), |text| {
        text.replacen("24;proposed;;;;", "24;placed;24;2025-04-28;\"Kim; Lee\";=1+1", 1)
    });
    supply(folder, "2025-06-30", 6_000, &[]);
    ran(folder, "2025-06-30");
    let carried = text(&template(folder, "2025Q2"));
    let last = carried.lines().last().unwrap();
    assert_eq!(
        last,
        "2025Q1/CHIP/Foundry/2025-04-30;CHIP;Foundry;2025-04-30;24;placed;24;2025-04-28;\"Kim; Lee\";\"'=1+1\""
    );
}

/// A vintage with decimal commas: who decides writes 24 as it was published or as a spreadsheet of that country does. A number with a point
/// before two decimals is of another country, and refused.
#[test]
fn wafers_have_the_decimal_mark_of_their_vintage() {
    for (wafers, read) in
        [("24,00", Some("24")), ("1.300", Some("1300")), ("1.300,0", Some("1300")), ("24.00", None)]
    {
        let folder = maker();
        let folder = folder.path();
        edit(&folder.join("job.toml"), |job| {
            let dialect = "[output]\ncsv_delimiter = \";\"\ncsv_decimal_mark = \",\"\n\n[wafers]";
            job.replacen("[wafers]", dialect, 1)
        });
        supply(folder, "2025-03-31", 24_000, &[]);
        ran(folder, "2025-03-31");
        edit(&template(folder, "2025Q1"), |text| {
            text.replacen("24;proposed;;;;", &format!("24;placed;{wafers};2025-04-28;Kim;"), 1)
        });
        supply(folder, "2025-06-30", 6_000, &[]);
        let output = run(folder, "2025-06-30");
        let said = reported(&output);
        let Some(read) = read else {
            assert_eq!(output.status.code(), Some(65), "{said}");
            assert!(said.contains("placed_orders.csv:2: wafers: `24.00`"), "{said}");
            continue;
        };
        assert!(output.status.success(), "{wafers}: {said}");
        let carried = text(&template(folder, "2025Q2"));
        let last = carried.lines().last().unwrap();
        assert!(last.ends_with(&format!("24;placed;{read};2025-04-28;Kim;")), "{wafers}: {last}");
    }
}

/// Excel in Germany saves it as windows-1252, with days as day, month, year; a day that could be two is refused with the way out.
#[test]
fn a_file_saved_by_a_german_spreadsheet_is_read_back() {
    let folder = maker();
    let folder = folder.path();
    supply(folder, "2025-03-31", 24_000, &[]);
    ran(folder, "2025-03-31");
    let path = template(folder, "2025Q1");
    let published = text(&path);
    let saved = |date: &str| {
        let decided = format!("24,placed,24,{date},Müller,früher");
        let text = published.replacen("24,proposed,,,,", &decided, 1).replace(',', ";").replace('\n', "\r\n");
        assert_ne!(text, published);
        let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        std::fs::File::create(&path).and_then(|mut f| std::io::Write::write_all(&mut f, &bytes)).unwrap();
    };
    saved("4/28/2025");
    supply(folder, "2025-06-30", 6_000, &[]);
    let refused = run(folder, "2025-06-30");
    assert_eq!(refused.status.code(), Some(65), "{}", reported(&refused));
    let said = reported(&refused);
    assert!(
        said.contains("date: `4/28/2025`")
            && said.contains("[exports.placed_orders] with path and date_format"),
        "{said}"
    );
    saved("28.04.2025");
    ran(folder, "2025-06-30");
    let carried = text(&template(folder, "2025Q2"));
    let last = carried.lines().last().unwrap();
    assert_eq!(
        last,
        "2025Q1/CHIP/Foundry/2025-04-30,CHIP,Foundry,2025-04-30,24,placed,24,2025-04-28,Müller,früher"
    );
}
