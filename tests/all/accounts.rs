//! Key accounts: who the machines are for, who cannot plug them in, who owes too much; and overrides with roles.

use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

use crate::common::{copy_of, edit, reported, rows, text, wafercast, write};

const CUSTOMERS: &str =
    "customer,parent,segment,region,kind,power_mw,power_from,credit_limit_usd,currency,known_on\n";
const PIPELINE: &str = "customer,model,machines,month,probability,entered_on\n";

/// Alpha is written in capitals and belongs to a group; Beta has 0.15 MW, and 1 MW more from February on.
const BY_HAND: &str = "ALPHA MINING,Alpha Group,key_account,Norway,listed,,,,,
Beta-Hash,,,Chile,private,0.15,,50000,,
beta hash,,,,,1,2026-02-01,,,2025-09-01
";

/// 400 machines at a half, 100 at 0.3; one that ships after the twelve months.
const DEALS: &str = "beta hash,MINI,400,2026-03,0.5,2025-09-30
Gamma New,MINI,100,2026-09,0.3,
Gamma New,MINI,1000,2026-10,1,
";

/// The miniature with two customers: of the 24 orders the first 18 are Alpha's. The exports are given where they have a text.
fn maker(customers: Option<&str>, pipeline: Option<&str>) -> TempDir {
    let folder = copy_of("miniature");
    edit(&folder.path().join("futures_orders.csv"), |orders| {
        let rows = orders.lines().enumerate().map(|(row, line)| {
            let name = if row <= 18 { "Alpha Mining" } else { "Beta Hash" };
            line.replace("Only Customer", name) + "\n"
        });
        rows.collect()
    });
    let mut sections = String::new();
    for (export, header, content) in [("customers", CUSTOMERS, customers), ("pipeline", PIPELINE, pipeline)] {
        let Some(content) = content else { continue };
        write(&folder.path().join(format!("{export}.csv")), &format!("{header}{content}"));
        sections += &format!("[exports.{export}]\npath = \"{export}.csv\"\n");
    }
    edit(&folder.path().join("job.toml"), |job| {
        job.replace("[exports.supply]", &format!("{sections}[exports.supply]"))
    });
    folder
}

fn command(folder: &Path, name: &str) -> Output {
    let (job, out) = (folder.join("job.toml"), folder.join("out"));
    let job = job.to_str().unwrap();
    match name {
        "check" => wafercast(&["check", job]),
        _ => wafercast(&["run", job, "--out", out.to_str().unwrap()]),
    }
}

fn ran(folder: &Path) -> (PathBuf, String) {
    let output = command(folder, "run");
    assert!(output.status.success(), "{}", reported(&output));
    (folder.join("out/2025Q3"), reported(&output))
}

/// Cells of every row of `key_accounts`, the group first.
fn groups(vintage: &Path, columns: &[&str]) -> Vec<Vec<String>> {
    let rows = rows(&vintage.join("key_accounts.csv")).into_iter();
    rows.map(|row| {
        let cells = columns.iter().map(|column| row[*column].clone());
        std::iter::once(row["group"].clone()).chain(cells).collect()
    })
    .collect()
}

const MACHINES: [&str; 6] =
    ["firm_units", "signed_units", "backlog_units", "pipeline_units", "usual_units", "units"];

/// 720 machines, 120 of them signed, all by Beta. Of the 1,440 machines signed in 24 months Alpha signed three quarters, in 18 months:
/// 0.75 x 18 / 18.5 of 600 are 437.8; Beta a quarter, in 6: 0.25 x 6 / 6.5 are 138.5; the rest, 23.7, is the others'. Of what left in 12
/// months 480 of 720 were Alpha's: 480,000 USD; Beta's 240, and 120 open, are 360,000.
#[test]
fn from_orders_alone_the_unsigned_are_who_usually_signs() {
    let folder = maker(None, None);
    let (vintage, said) = ran(folder.path());
    let expected = [
        ["Alpha Mining", "0", "0", "0", "0", "438", "438"],
        ["Beta Hash", "120", "120", "120", "0", "138", "258"],
        ["others", "0", "0", "0", "0", "24", "24"],
        ["ALL", "120", "120", "120", "0", "600", "720"],
    ];
    assert_eq!(groups(&vintage, &MACHINES), expected);
    let shares =
        groups(&vintage, &["delivered_share", "revenue_share", "segment", "power_mw", "credit_limit_usd"]);
    assert_eq!(shares[0], ["Alpha Mining", "0.6667", "0.6667", "key_account", "", ""]);
    assert!(!said.contains("not signed yet") && !said.contains("key_accounts"), "{said}");
    assert!(!text(&vintage.join("report.html")).contains("Who the machines"));
}

/// Beta's deals come to 200 machines, more than the 138.5 that it usually signs; Gamma's to 30. The other 370 are 0.8017 of what
/// Alpha (437.8) and the others (23.7) usually sign: 351 and 19. Beta's 0.15 MW let 50 machines of 3,000 W run: 10 of October's 60
/// wait, all 40 of November and 20 of December, until February. Half of its 120,000 USD is not received: 10,000 above its limit.
#[test]
fn the_pipeline_names_machines_first_and_the_forecast_stays() {
    let folder = maker(Some(BY_HAND), Some(DEALS));
    let (vintage, said) = ran(folder.path());
    let expected = [
        ["Beta Hash", "120", "120", "120", "200", "0", "320"],
        ["Alpha Group", "0", "0", "0", "0", "351", "351"],
        ["Gamma New", "0", "0", "0", "30", "0", "30"],
        ["others", "0", "0", "0", "0", "19", "19"],
        ["ALL", "120", "120", "120", "230", "370", "720"],
    ];
    assert_eq!(groups(&vintage, &MACHINES), expected);
    let of_beta = groups(
        &vintage,
        &[
            "region",
            "kind",
            "owed_usd",
            "credit_limit_usd",
            "over_limit_usd",
            "power_mw",
            "without_power_units",
            "power_month",
        ],
    );
    assert_eq!(
        of_beta[0],
        ["Beta Hash", "Chile", "private", "60000.00", "50000.00", "10000.00", "1.150", "70", "2026-02-01"]
    );
    assert_eq!(of_beta[1][1..3], ["Norway", "listed"]);
    for line in [
        "not signed yet: 600 of the 720 machines, 230 of them in the pipeline by its probabilities; expected of Alpha Group 351, Beta Hash 200 (200 in the pipeline), Gamma New 30 (30 in the pipeline), others 19 (table key_accounts)",
        "signed machines that come before their customer has power for them: 70 of Beta Hash (all have power from 2026-02 on)",
        "over their credit limit: Beta Hash owes 60,000 USD, 10,000 beyond it",
        "pipeline.csv: 1 customer (Gamma New) in no order and not in customers",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(
        text(&vintage.join("report.html"))
            .contains("Who the machines of the 12 months are for: 600 are not signed yet")
    );
    let checks = rows(&vintage.join("policy_checks.csv"));
    let value = |check: &str, item: &str| {
        checks.iter().find(|row| row["check"] == check && row["item"] == item).map(|row| row["value"].clone())
    };
    // Alpha signed first in October 2023 and again in November; Beta's twelve months are not over. Beta has all that is open.
    assert_eq!(value("key_account_retention", "2023").as_deref(), Some("1.0000"));
    assert_eq!(value("key_account_retention", "2025"), None);
    assert_eq!(value("backlog_concentration", "groups").as_deref(), Some("1.0000"));
    // Signed in the year: 360 of each.
    assert_eq!(value("top_fifth_of_customers_share", "groups_by_revenue").as_deref(), Some("0.5000"));
}

/// What is said of customers is told and changes no number of any other table.
#[test]
fn nothing_but_what_is_told_of_customers_changes() {
    let (plain, told) = (maker(None, None), maker(Some(BY_HAND), Some(DEALS)));
    let ((plain, _), (told, _)) = (ran(plain.path()), ran(told.path()));
    for table in std::fs::read_dir(plain.join("csv")).unwrap() {
        let name = table.unwrap().file_name().into_string().unwrap();
        if !["key_accounts.csv", "policy_checks.csv"].contains(&name.as_str()) {
            assert_eq!(text(&plain.join(&name)), text(&told.join(&name)), "{name}");
        }
    }
}

/// 2,000 machines at 0.9 are more than the 600 that are not signed: all of those are Beta's, and that is told.
#[test]
fn a_pipeline_beyond_the_forecast_is_cut_and_told() {
    let folder = maker(None, Some("Beta Hash,MINI,2000,2026-03,0.9,\nGamma New,MINI,200,2026-03,1,\n"));
    let (vintage, said) = ran(folder.path());
    let expected = [
        ["Beta Hash", "120", "120", "120", "540", "0", "660"],
        ["Alpha Mining", "0", "0", "0", "0", "0", "0"],
        ["Gamma New", "0", "0", "0", "60", "0", "60"],
        ["others", "0", "0", "0", "0", "0", "0"],
        ["ALL", "120", "120", "120", "600", "0", "720"],
    ];
    assert_eq!(groups(&vintage, &MACHINES), expected);
    assert!(said.contains("pipeline.csv: the deals of the pipeline come to 2000 machines by their probabilities within the 12 months, and the forecast has 600 that are not signed"), "{said}");
}

#[test]
fn what_became_known_later_is_not_seen() {
    let later_customers = format!("{BY_HAND}Alpha Mining,,,,,9,,1,,2025-10-01\n");
    let later_deals = format!("{DEALS}Alpha Mining,MINI,300,2026-03,1,2025-10-01\n");
    let (plain, later) =
        (maker(Some(BY_HAND), Some(DEALS)), maker(Some(&later_customers), Some(&later_deals)));
    let ((plain, _), (later, _)) = (ran(plain.path()), ran(later.path()));
    assert_eq!(text(&plain.join("key_accounts.csv")), text(&later.join("key_accounts.csv")));
}

#[test]
fn what_is_unknown_past_or_twice_is_told() {
    let customers = format!("{BY_HAND}Nobody Ltd,,,,,5,,,,\nBeta Hash,,channel,,,,,,,\n");
    let deals = format!(
        "{DEALS}Beta Hash,MINI,70,2025-09,0.5,\nBeta Hash,MINI,40,2026-01,0.5,\nBeta Hash,MINI,40,2026-01,0.5,\n"
    );
    let folder = maker(Some(&customers), Some(&deals));
    let output = command(folder.path(), "check");
    let said = reported(&output);
    assert!(output.status.success(), "{said}");
    for line in [
        "customers.csv: 1 customer (Nobody Ltd) in no order, no deal of the pipeline and parent of none",
        "customers.csv: the segment differs from that of most machines ordered: Beta Hash (channel, by its orders key_account)",
        "pipeline.csv: 1 row(s) with 70 machines are of a month that has passed by 2025-09-30 (MINI of Beta Hash in 2025-09)",
        "pipeline.csv: 1 row is a copy of another (40 machines of Beta Hash in 2026-01) [identical-rows]",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_file_line_and_value() {
    for (customers, pipeline, told) in [
        (
            "Beta Hash,,,,,-1,,,,\n",
            None,
            "customers.csv:2: power_mw: `-1`, must lie between 0 and 100000 megawatts",
        ),
        ("Beta Hash,,,,,1e9,,,,\n", None, "customers.csv:2: power_mw: `1e9`"),
        ("Beta Hash,,,,,NaN,,,,\n", None, "customers.csv:2: power_mw: `NaN`"),
        (
            "Beta Hash,,,,,,2026-01-01,,,\n",
            None,
            "customers.csv:2: power_mw: ``, is empty, and power_from is not",
        ),
        ("Beta Hash,,,,,,,-5,,\n", None, "customers.csv:2: credit_limit_usd: `-5`, is below 0"),
        ("Beta Hash,,,,,,,5,XYZ,\n", None, "customers.csv:2: currency: `XYZ`"),
        ("Beta Hash,,whale,,,,,,,\n", None, "customers.csv:2: segment: `whale`"),
        (",Alpha Group,,,,,,,,\n", None, "customers.csv:2: customer: ``, is empty"),
        (
            "Beta Hash,,,Norway,,,,,,\nbeta_hash,,,Chile,,,,,,\n",
            None,
            "customers.csv:3: region: `Chile`, differs from `Norway` on line 2",
        ),
        (
            "Beta Hash,,,,,1,2026-01-01,,,\nBeta Hash,,,,,2,2026-01-01,,,\n",
            None,
            "customers.csv:3: power_mw: `2`, is the second power of this customer from 2026-01-01 on, beside 1 MW",
        ),
        (
            "Beta Hash,Alpha Mining,,,,,,,,\nAlpha Mining,beta hash,,,,,,,,\n",
            None,
            "customers.csv:2: parent: `Alpha Mining`, belongs to itself by way of its own parents",
        ),
        ("", None, "customers.csv"),
        (
            BY_HAND,
            Some("Beta Hash,MINI,5,2026-01,1.2,\n"),
            "pipeline.csv:2: probability: `1.2`, must lie between 0 and 1",
        ),
        (BY_HAND, Some("Beta Hash,MINI,5,2026-01,,\n"), "pipeline.csv:2: probability: ``, is empty"),
        (BY_HAND, Some("Beta Hash,MINI,5,2026-01,NaN,\n"), "pipeline.csv:2: probability: `NaN`"),
        (BY_HAND, Some("Beta Hash,MINI,-5,2026-01,1,\n"), "pipeline.csv:2: machines: `-5`"),
        (BY_HAND, Some("Beta Hash,MINI,9999999999,2026-01,1,\n"), "pipeline.csv:2: machines: `9999999999`"),
        (BY_HAND, Some("Beta Hash,NONE,5,2026-01,1,\n"), "pipeline.csv:2: model: `NONE`"),
        (BY_HAND, Some("Beta Hash,MINI,5,soon,1,\n"), "pipeline.csv:2: month: `soon`"),
        (BY_HAND, Some(""), "[empty-export]"),
    ] {
        let folder = maker(Some(customers), pipeline);
        let output = command(folder.path(), "check");
        let said = reported(&output);
        assert!(!output.status.success() && said.contains(told), "{customers}{pipeline:?}\n{said}");
    }
}

#[test]
fn inspect_knows_both_files() {
    let folder = maker(Some(BY_HAND), Some(DEALS));
    for export in ["customers", "pipeline"] {
        // By what is in it: its name tells nothing.
        let (from, to) = (folder.path().join(format!("{export}.csv")), folder.path().join("file.csv"));
        std::fs::copy(from, &to).unwrap();
        let output = wafercast(&["inspect", to.to_str().unwrap()]);
        let said = reported(&output);
        assert!(said.contains(&format!("[exports.{export}]")), "{said}");
    }
}

/// The miniature with overrides.
fn overridden(rows: &str) -> TempDir {
    let folder = copy_of("miniature");
    write(
        &folder.path().join("overrides.csv"),
        &format!("month,model,machines,reason,who,role,final,made_on\n{rows}"),
    );
    edit(&folder.path().join("job.toml"), |job| {
        job.replacen("[wafers]", "[exports.overrides]\npath = \"overrides.csv\"\n\n[wafers]", 1)
    });
    folder
}

/// Planners who replace all of the months from the second quarter on make bear and bull alike: told where their prices lie a fifth apart, and
/// not where they nearly meet.
#[test]
fn machines_that_no_price_moves_are_told_where_prices_differ() {
    let months: String = (1..=9).map(|month| format!("2026-0{month},MINI,60,a,Ada,sales,,\n")).collect();
    for (bull, told) in [("1.19", false), ("1.21", true)] {
        let folder = overridden(&months);
        let path = |name: &str, number: &str| format!("{name} = [{}]\n", [number; 12].join(", "));
        let prices = format!("[scenarios]\n{}{}\n[wafers]", path("bear", "1.0"), path("bull", bull));
        edit(&folder.path().join("job.toml"), |job| job.replacen("[wafers]", &prices, 1));
        let output = wafercast(&["run", folder.path().join("job.toml").to_str().unwrap()]);
        let said = reported(&output);
        assert!(output.status.success(), "{said}");
        let line = "bear and bull differ by 0 of 540 machines from the second quarter on, at prices of ";
        assert_eq!(said.contains(line), told, "{bull}: {said}");
    }
}

#[test]
fn of_several_overrides_the_final_one_counts() {
    let folder = overridden(
        "2026-01,MINI,100,one large deal,Ada,Sales,,\n2026-01,MINI,80,launch,Bo,product,yes,\n2026-02,MINI,90,maybe,Ada,sales,no,\n",
    );
    let (vintage, _) = ran(folder.path());
    let forecast = rows(&vintage.join("shipment_forecast.csv"));
    let units = |month: &str| {
        let row =
            forecast.iter().find(|r| r["scenario"] == "base" && r["model"] == "ALL" && r["month"] == month);
        row.unwrap()["units"].clone()
    };
    assert_eq!([units("2026-01-01"), units("2026-02-01")], ["80", "60"]);
    let listed: Vec<[String; 4]> = rows(&vintage.join("overrides.csv"))
        .into_iter()
        .map(|row| ["month", "role", "counts", "override_units"].map(|column| row[column].clone()))
        .collect();
    assert_eq!(
        listed,
        [
            ["2026-01-01", "Sales", "no", "40"],
            ["2026-01-01", "product", "yes", "20"],
            ["2026-02-01", "sales", "no", "30"]
        ]
    );
}

#[test]
fn overrides_that_leave_open_which_counts_are_refused() {
    for (rows, told) in [
        (
            "2026-01,MINI,1,a,Ada,sales,,\n2026-01,MINI,2,b,Bo,finance,,\n",
            "overrides.csv:3: month: `2026-01`, is adjusted for this model on lines 2 (sales, 1) and 3 (finance, 2), and none is marked final",
        ),
        (
            "2026-01,MINI,1,a,Ada,sales,yes,\n2026-01,MINI,2,b,Bo,finance,x,\n",
            "overrides.csv:3: month: `2026-01`, has more than one final override for this model, on lines 2 (sales, 1) and 3 (finance, 2)",
        ),
        (
            "2026-01,MINI,1,a,Ada,sales,yes,\n2026-01,MINI,2,b,Bo,SALES,no,\n",
            "overrides.csv:3: month: `2026-01`, is already adjusted for this model on line 2 of",
        ),
        (
            "2026-01,MINI,1,a,Ada,sales,yes,\n2026-01,MINI,2,b,Bo,,no,\n",
            "several may stand beside each other when each has a role",
        ),
        ("2026-01,MINI,1,a,Ada,sales,perhaps,\n", "overrides.csv:2: final: `perhaps`"),
    ] {
        let folder = overridden(rows);
        let output = command(folder.path(), "check");
        let said = reported(&output);
        assert!(!output.status.success() && said.contains(told), "{rows}\n{said}");
    }
}

/// 60 machines leave in every month. As of June sales said 100 and 50 of July and August, 50 machines off of 120; the final word of product
/// was 66 in August.
#[test]
fn value_added_by_role_is_told_from_stored_vintages() {
    let folder = overridden(
        "2025-07,MINI,100,a,Ada,Sales,,2025-06-20\n2025-08,MINI,50,b,Ada,sales,no,2025-06-20\n2025-08,MINI,66,c,Bo,product,yes,2025-06-20\n",
    );
    let (job, out) = (folder.path().join("job.toml"), folder.path().join("out"));
    let [job, out] = [&job, &out].map(|path| path.to_str().unwrap());
    for day in ["2025-06-30", "2025-09-30"] {
        let output = wafercast(&["run", job, "--out", out, "--as-of", day]);
        assert!(output.status.success(), "{}", reported(&output));
    }
    let before = rows(&folder.path().join("out/2025Q2/overrides.csv"));
    let off = |role: &str| -> f64 {
        let of = before.iter().filter(|row| row["role"].eq_ignore_ascii_case(role));
        of.map(|row| (row["baseline_units"].parse::<f64>().unwrap() - 60.0).abs()).sum()
    };
    let vintage = folder.path().join("out/2025Q3");
    let scored = rows(&vintage.join("realised_accuracy.csv"));
    let of = |role: &str| -> Vec<String> {
        let mut found = scored.iter().filter(|row| row["role"] == role && row["model"] == "ALL");
        let row = found.next().unwrap();
        assert!(found.next().is_none(), "one lag");
        ["lag", "level", "n", "forecast_units", "actual_units", "wape", "baseline_wape"]
            .map(|column| row[column].clone())
            .to_vec()
    };
    let baseline = |role: &str, actual: f64| format!("{:.4}", off(role) / actual);
    assert_eq!(of("sales"), ["1", "role", "2", "150", "120", "0.4167", &baseline("sales", 120.0)]);
    assert_eq!(of("product"), ["1", "role", "1", "66", "60", "0.1000", &baseline("product", 60.0)]);
    let page = text(&vintage.join("report.html"));
    assert!(page.contains("Overrides by role against what shipped"));
}
