//! `show` and `explain`: what a stored vintage says, and where its numbers come from.

use std::collections::BTreeSet;
use std::path::Path;

use wafercast::explain::{Asked, Detail, explain};

use crate::common::{self, copy_of, edit, reported, rows, wafercast};

fn asked(what: &str) -> Asked {
    Asked { what: what.to_owned(), model: None, vintage: None, detail: Detail::Column }
}

/// The lines that a run printed, and its output folder.
fn ran(folder: &Path) -> (Vec<String>, std::path::PathBuf) {
    let output = wafercast(&["run", folder.join("job.toml").to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    (text.lines().map(str::to_owned).collect(), folder.join("out"))
}

fn said(args: &[&str]) -> (i32, String) {
    let output = wafercast(args);
    (output.status.code().unwrap(), reported(&output))
}

#[test]
fn every_order_and_every_month_of_the_fixtures_is_explained_and_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let output = wafercast(&["run", "--quiet", "jobs/quarterly.toml", "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    let vintage = out.join("latest");
    let orders = rows(&vintage.join("wafer_orders.csv"));
    assert!(orders.len() > 5);
    for row in &orders {
        let name = format!("2025Q3/{}/{}/{}", row["chip"], row["foundry"], row["place_by"]);
        let text = explain(&out, &asked(&name)).unwrap();
        for column in ["wafers", "net_wafers", "chips_required", "cost_usd", "machines_covered"] {
            assert!(text.contains(&format!("wafer_orders.{column}\n")), "{column} is not in\n{text}");
        }
        // Underage, ratio, level for orders decided now, what is missing, budget, money, pegs and uses.
        let sums = if row["decision"] == "place_now" { 8 } else { 7 };
        assert!(text.matches(": adds up").count() >= sums - 1, "{text}");
        assert_eq!(text, explain(&out, &asked(name.strip_prefix("2025Q3/").unwrap())).unwrap());
    }
    let forecast = rows(&vintage.join("shipment_forecast.csv"));
    for row in forecast.iter().filter(|row| row["scenario"] == "base") {
        let month = &row["month"][..7];
        let model = (row["model"] != "ALL").then(|| row["model"].clone());
        let text = explain(&out, &Asked { model, ..asked(month) }).unwrap();
        assert!(text.contains("shipment_forecast.units\n") && text.contains(": adds up"), "{text}");
    }
    let open = rows(&vintage.join("open_orders.csv"));
    let customers: BTreeSet<&str> =
        open.iter().map(|row| row["order"].as_str()).filter(|order| !order.is_empty()).collect();
    assert!(customers.len() > 10);
    for order in customers {
        let machines: i64 = open
            .iter()
            .filter(|row| row["order"] == order)
            .map(|row| row["machines"].parse::<i64>().unwrap())
            .sum();
        let text = explain(&out, &asked(order)).unwrap();
        let first = text.lines().next().unwrap().replace(',', "");
        assert!(first.contains(&format!(": {machines} machines still to ship")), "{text}");
        assert!(text.contains("expected ") && text.contains("open_orders.machines\n"), "{text}");
    }
    // 12 machines of SO-00447 are served by nothing: of M80-160 9 are expected to be cancelled and 3 to leave while they are late.
    let of_nothing: Vec<&str> =
        open.iter().filter(|row| row["supply"] == "5_none").map(|row| row["machines"].as_str()).collect();
    assert_eq!(of_nothing, ["12"]);
    let text = explain(&out, &asked("SO-00447")).unwrap();
    let reason = "not expected to ship within the twelve months: of open orders of M80-160 the forecast takes 9 machines for cancelled and 3 for lost while late (shipment_forecast), and none waits for chips at the end";
    assert!(text.contains(reason) && !text.contains("nothing serves them"), "{text}");
    // Everything that `run` printed, and below it the quarters as the guide shows them.
    let shown = said(&["show", "--out", out.to_str().unwrap()]).1;
    let quarters = rows(&vintage.join("shipment_forecast_quarterly.csv"));
    let year =
        quarters.iter().find(|r| r["scenario"] == "base" && r["model"] == "ALL" && r["quarter"] == "12M");
    let chart: Vec<&str> = shown.lines().skip_while(|line| !line.starts_with("machines ")).collect();
    assert_eq!(chart.len(), 6, "{shown}");
    assert_eq!(chart[5].split_whitespace().nth(3).unwrap().replace(',', ""), year.unwrap()["units"]);
    let guide = common::text(&common::root().join("docs/guide/reading.md"));
    assert!(
        guide.contains(&format!("```\n{}\n```", chart.join("\n"))),
        "docs/guide/reading.md shows another chart than:\n{shown}"
    );
}

#[test]
fn show_prints_what_the_run_printed() {
    let folder = copy_of("miniature");
    // Markup in names is shown as it is.
    edit(&folder.path().join("job.toml"), |text| {
        text.replacen("name = \"miniature\"", "name = \"mini *a* <b>\"", 1)
    });
    let (printed, out) = ran(folder.path());
    let (code, shown) = said(&["show", "--job", folder.path().join("job.toml").to_str().unwrap()]);
    assert_eq!(code, 0, "{shown}");
    let lines: Vec<&str> = shown.lines().skip(1).collect();
    assert!(lines[0].starts_with("vintage 2025Q3 of job "), "{shown}");
    assert!(printed[0].starts_with("published "), "{printed:#?}");
    assert!(printed.len() > 5);
    assert_eq!(lines[1..printed.len()], printed[1..], "{shown}");
    assert_eq!(lines[printed.len()], "", "{shown}");
    // The newest stands, an older one can be named, and one that is not there is told with those that are.
    edit(&folder.path().join("supply.csv"), |text| text.replacen(",30,", ",31,", 1));
    ran(folder.path());
    let out = out.to_str().unwrap();
    assert!(said(&["show", "--out", out]).1.contains("vintage 2025Q3-r2 of job"));
    assert!(said(&["show", "2025Q3", "--out", out]).1.contains("vintage 2025Q3 of job"));
    let (code, text) = said(&["show", "2024Q1", "--out", out]);
    assert_eq!(code, 2);
    assert!(
        text.contains("there is no vintage 2024Q1") && text.contains("(there are: 2025Q3, 2025Q3-r2)"),
        "{text}"
    );
    let (code, text) = said(&["withdraw", "2025Q3-r2", "--reason", "wrong stock", "--out", out]);
    assert_eq!(code, 0, "{text}");
    assert!(said(&["show", "--out", out]).1.contains("vintage 2025Q3 of job"));
    assert!(said(&["show", "2025Q3-r2", "--out", out]).1.contains("2025Q3-r2 was withdrawn: wrong stock"));
    let (code, text) = said(&["show", "--out", "nowhere"]);
    assert!(code == 2 && text.contains("there is no folder nowhere"), "{text}");
    // What is no longer as it was published is not shown.
    edit(&Path::new(out).join("2025Q3/summary.md"), |text| text.replace("12 months", "13 months"));
    let (code, text) = said(&["show", "--out", out]);
    assert!(code == 73 && text.contains("summary.md was changed after it was published"), "{text}");
    let empty = tempfile::tempdir().unwrap();
    let (code, text) = said(&["show", "--out", empty.path().to_str().unwrap()]);
    assert!(code == 2 && text.contains("no vintage stands in"), "{text}");
}

#[test]
fn what_is_not_there_is_told_with_what_was_probably_meant() {
    let folder = copy_of("miniature");
    let (_, out) = ran(folder.path());
    let out = out.to_str().unwrap();
    let refused = |args: &[&str], parts: &[&str]| {
        let (code, text) = said(&[args, &["--out", out]].concat());
        assert_eq!(code, 2, "{text}");
        parts.iter().for_each(|part| assert!(text.contains(part), "`{part}` is not in\n{text}"));
    };
    refused(
        &["explain", "O99"],
        &["`O99` is no wafer order, no open order of a customer and no month of vintage 2025Q3"],
    );
    refused(&["explain", "2025Q3/CHIP/FAB/2025-10-13"], &["did you mean 2025Q3/CHIP/"]);
    refused(
        &["explain", "2027-01"],
        &["vintage 2025Q3 has no forecast of 2027-01", "it has 2025-10 to 2026-09"],
    );
    refused(&["explain", "2025-10", "--model", "MINJ"], &["`MINJ` is no model", "did you mean MINI?"]);
    refused(&["explain", "2024Q4/CHIP/FAB/2025-10-31"], &["there is no vintage 2024Q4"]);
    refused(&["explain", "2025-10", "--vintage", "2025Q1"], &["there is no vintage 2025Q1"]);
    let (code, text) = said(&["explain", "2025-10-01", "--model", "MINI", "-v", "--out", out]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("2025-10: ")
            && text.contains("of MINI")
            && text.contains("from [wafers] leave_share_per_month"),
        "{text}"
    );
}

/// The numbers are those of fixtures/miniature/README.md.
#[test]
fn the_miniature_is_explained_number_by_number() {
    let folder = copy_of("miniature");
    let (_, out) = ran(folder.path());
    let has = |what: &str, parts: &[&str]| {
        let text = explain(&out, &asked(what)).unwrap();
        for part in parts {
            assert!(text.contains(part), "`{part}` is not in\n{text}");
        }
    };
    has(
        "2025Q3/CHIP/Fast/2025-10-31",
        &[
            "2025Q3/CHIP/Fast/2025-10-31: 20 wafers of CHIP from Fast (vintage 2025Q3, as of 2025-09-30)\n",
            "   0.3000 x (1,000.00 - 0.00 - 309.09) = 207.27: adds up\n",
            "   207.27 / (207.27 + 60.73) = 0.7734: adds up\n",
            "   the larger of 27,000 and 9,000 = 27,000: adds up\n",
            // 10 wafers of 400 chips are on order, 5,000 chips in stock; 18,000 / 400 = 45, of which 20 a month at most.
            "   (27,000 - 5,000 - 4,000 - 0) / 400.00 rounded up = 45: adds up\n",
            "               25 wafers       still missing with every order in time         wafer_orders.short_wafers\n",
            "   24,000.00 + 0.00 = 24,000.00: adds up\n",
            "   rows of pegging: 20 + 40 + 20 = 80: adds up\n",
            "   open orders, forecast, safety, rounding: 20 + 60 = 80: adds up\n",
        ],
    );
    // 32 wafers of 500 chips are missing to 33,000 with the 20 wafers of Fast: 16,000 / 500.
    has(
        "CHIP/Foundry/2025-10-31",
        &["   (33,000 - 5,000 - 4,000 - 8,000) / 500.00 rounded up = 32: adds up\n"],
    );
    has(
        "O24",
        &[
            "O24 of Only Customer: 60 machines still to ship",
            "expected 2025-10, in time, on four of five paths by 2025-10: from chips on hand\n",
            "               14 machines     MINI, promised 2025-12                         open_orders.machines\n",
            "expected 2026-02, 2 months late, on four of five paths by 2026-02: from the proposed wafer order 2025Q3/CHIP/Fast/2025-10-31, chips in hand by 2026-01-31\n",
            "   CHIP due 2025-10-15: 26 machines\n",
        ],
    );
    // Of the orders of August and September 20 each, and a third of the 60 machines of October.
    has(
        "2025-11",
        &[
            "   rows of open_orders, less those not secured: 20 + 20 = 40: adds up\n",
            "   open orders, orders to come, drivers: 40 + 20 = 60: adds up\n",
            "        79,536.43 USD          bitcoin price, fees counted in                 market.implied_price_usd\n",
        ],
    );
}

#[test]
fn the_command_line_helps_with_examples_and_what_was_probably_meant() {
    let (_, help) = said(&["--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() >= 13, "{help}");
    for command in commands {
        let (code, text) = said(&[command, "--help"]);
        let example = text.lines().any(|line| line.starts_with(&format!("  wafercast {command}")));
        assert!(code == 0 && text.contains("\nExample") && example, "{text}");
    }
    let (code, text) = said(&["explian", "O24"]);
    assert!(code == 2 && text.contains("a similar subcommand exists: 'explain'"), "{text}");
    let (code, text) = said(&["run", "job.toml", "--as-of", "31.12.2025"]);
    assert!(code == 2 && text.contains("is not written YYYY-MM-DD; write 2025-12-31"), "{text}");
    let (code, text) = said(&["run", "job.toml", "--as-of", "06/09/2025"]);
    assert!(code == 2 && text.contains("can be 2025-06-09 or 2025-09-06"), "{text}");
}

#[test]
fn verbose_names_the_stages_on_stderr() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    let output = wafercast(&["run", "--verbose", "--quiet", job.to_str().unwrap()]);
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{}", reported(&output));
    assert!(stderr.starts_with("reading the exports\nfitting the regressions\n"), "{stderr}");
    assert!(stderr.contains("\npublishing\n"), "{stderr}");
}
