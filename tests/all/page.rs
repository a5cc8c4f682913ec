//! The page that people read, without a browser: its markup, its words and its numbers. `tests/page/check.mjs` looks at it in one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::common::{copy_of, edit, reported, root, rows, text, wafercast};
use roxmltree::{Document, Node};

/// A run's page, and the folder of the vintage.
fn run(job: &Path, more: &[&str]) -> (tempfile::TempDir, String) {
    let out = tempfile::tempdir().unwrap();
    let mut args = vec!["run", job.to_str().unwrap(), "--out", out.path().to_str().unwrap()];
    args.extend(more);
    let output = wafercast(&args);
    assert!(output.status.success(), "{}", reported(&output));
    let page = text(&out.path().join("latest/report.html"));
    (out, page)
}

fn maker() -> (tempfile::TempDir, String) {
    run(&root().join("jobs/quarterly.toml"), &[])
}

/// The page as XML: HTML but for its first line and the elements that have no end.
fn xml(page: &str) -> String {
    let body = page.strip_prefix("<!DOCTYPE html>").unwrap();
    let parts = body.split("<meta ").enumerate().map(|(index, part)| match (index, part.split_once('>')) {
        (0, _) | (_, None) => part.to_owned(),
        (_, Some((meta, rest))) => format!("<meta {meta}/>{rest}"),
    });
    parts.collect()
}

fn words(node: Node<'_, '_>) -> String {
    let all: String = node.descendants().filter(Node::is_text).filter_map(|n| n.text()).collect();
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn named<'a, 'input>(
    document: &'a Document<'input>,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'input>> + 'a {
    document.descendants().filter(move |node| node.has_tag_name(name))
}

/// Rows of the table whose caption begins so, as words by cell.
fn table(page: &str, caption: &str) -> Vec<Vec<String>> {
    let xml = xml(page);
    let document = Document::parse(&xml).unwrap();
    let of = |name: &'static str, node: Node<'_, '_>| node.descendants().any(|n| n.has_tag_name(name));
    let table = named(&document, "table")
        .find(|t| t.descendants().any(|n| n.has_tag_name("caption") && words(n).starts_with(caption)))
        .unwrap_or_else(|| panic!("no table `{caption}`"));
    let found = table.descendants().filter(|n| n.has_tag_name("tr") && of("td", *n));
    found.map(|tr| tr.children().filter(Node::is_element).map(words).collect()).collect()
}

/// What every page has to be, whatever is in it.
fn well_made(page: &str) {
    let xml = xml(page);
    let document = Document::parse(&xml).unwrap_or_else(|e| panic!("{e}"));
    let all = || document.descendants().filter(Node::is_element);
    assert_eq!(document.root_element().attribute("lang"), Some("en"));
    for landmark in ["header", "nav", "main", "footer", "h1", "title"] {
        let count = all().filter(|n| n.has_tag_name(landmark) && !in_svg(*n)).count();
        assert_eq!(count, 1, "{landmark}");
    }
    let mut level = 0;
    for heading in all().filter(|n| matches!(n.tag_name().name(), "h1" | "h2" | "h3" | "h4")) {
        let next: u32 = heading.tag_name().name()[1..].parse().unwrap();
        assert!(next <= level + 1, "{} follows h{level}", words(heading));
        level = next;
    }
    for table in named(&document, "table") {
        let first = table.children().find(Node::is_element).unwrap();
        assert!(first.has_tag_name("caption") && !words(first).is_empty());
        let region = table.parent().unwrap();
        assert_eq!((region.attribute("tabindex"), region.attribute("role")), (Some("0"), Some("region")));
        let columns = table.descendants().filter(|n| n.attribute("scope") == Some("col")).count();
        for row in table.descendants().filter(|n| n.has_tag_name("tr")) {
            assert_eq!(row.children().filter(Node::is_element).count(), columns, "{}", words(first));
        }
    }
    assert!(named(&document, "th").all(|n| matches!(n.attribute("scope"), Some("col" | "row"))));
    let mut ids = BTreeSet::new();
    for id in all().filter_map(|n| n.attribute("id")) {
        assert!(ids.insert(id), "the id {id} twice");
    }
    for svg in named(&document, "svg").filter(|n| n.attribute("aria-hidden") != Some("true")) {
        assert_eq!(svg.attribute("role"), Some("img"));
        let reported: Vec<&str> = svg.attribute("aria-labelledby").unwrap().split(' ').collect();
        let of: Vec<Node<'_, '_>> = svg.children().filter(|n| n.attribute("id").is_some()).collect();
        assert_eq!(of.iter().map(|n| n.attribute("id").unwrap()).collect::<Vec<_>>(), reported);
        assert!(of[0].has_tag_name("title") && of[1].has_tag_name("desc"));
        assert!(
            of.iter().all(|n| words(*n).len() > 5),
            "{:?}",
            of.iter().map(|n| words(*n)).collect::<Vec<_>>()
        );
    }
    for node in all() {
        assert!(!matches!(node.tag_name().name(), "script" | "link" | "iframe" | "img" | "object" | "form"));
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on"), "{name}");
            if matches!(name, "href" | "src" | "data" | "action" | "poster") {
                let id = value.strip_prefix('#').unwrap_or_else(|| panic!("{name} leads to {value}"));
                assert!(ids.contains(id), "{value} leads nowhere");
            }
        }
    }
    let style: String = named(&document, "style").map(words).collect();
    assert!(!style.contains("@import") && !style.contains("http") && !style.contains("url(\""));
    assert_eq!(style.matches("url(").count(), style.matches("url(#").count());
    for bad in ["NaN", "inf ", "-0<", "Some(", "None)"] {
        assert!(!page.contains(bad), "{bad}");
    }
}

fn in_svg(node: Node<'_, '_>) -> bool {
    node.ancestors().any(|n| n.has_tag_name("svg"))
}

#[test]
fn the_page_is_well_made() {
    let (_out, page) = maker();
    well_made(&page);
    let mut from = page.find("chart-shipments").unwrap();
    for title in [
        "What to order now",
        "Why",
        "How sure this is",
        "If the market turns",
        "What changed",
        "Who waits",
        "What to check",
    ] {
        let at = page.find(&format!(">{title}</h2>")).unwrap_or_else(|| panic!("{title}"));
        assert!(at > from, "{title} comes after what is above it");
        from = at;
    }
    for chart in ["shipments", "parts", "cash", "hashprice"] {
        assert!(page.contains(&format!("id=\"chart-{chart}\"")), "{chart}");
    }
}

#[test]
fn the_order_list_is_the_table_of_wafer_orders() {
    let (out, page) = maker();
    let mut orders = rows(&out.path().join("latest/wafer_orders.csv"));
    orders.sort_by_key(|order| (order["place_by"].clone(), order["chip"].clone()));
    let number = |text: &str| text.replace(',', "").replace('−', "-").parse::<f64>().unwrap();
    let day = |iso: &str| iso.parse::<chrono::NaiveDate>().unwrap();
    let mut seen = 0;
    for (decision, caption) in
        [("place_now", "Wafer orders to place before"), ("planned", "Planned: a later run")]
    {
        let expected: Vec<_> = orders.iter().filter(|order| order["decision"] == decision).collect();
        let mut shown = table(&page, caption);
        let total = shown.pop().unwrap();
        assert_eq!(shown.len(), expected.len(), "{caption}");
        for (cells, order) in shown.iter().zip(&expected) {
            assert_eq!(cells[0], day(&order["place_by"]).format("%-d %b %Y").to_string());
            assert_eq!([&cells[1], &cells[2]], [&order["chip"], &order["foundry"]]);
            assert_eq!(cells[6], day(&order["balance_due"]).format("%-d %b %Y").to_string());
            assert_eq!(cells[7], day(&order["ship_month"]).format("%b %Y").to_string());
            let exact = [
                (3, "wafers"),
                (4, "prepayment_usd"),
                (5, "balance_usd"),
                (8, "machines_covered"),
                (11, "expected_excess_wafers"),
            ];
            for (index, column) in exact {
                assert_eq!(number(&cells[index]), number(&order[column]), "{column}");
                seen += 1;
            }
            for (index, column) in [(9, "secured_share"), (10, "prob_short")] {
                let percent = number(cells[index].trim_end_matches('%'));
                assert!((percent - 100.0 * number(&order[column])).abs() <= 0.5, "{column}");
            }
        }
        let sum = |column: &str| expected.iter().map(|order| number(&order[column])).sum::<f64>();
        for (index, column) in
            [(3, "wafers"), (4, "prepayment_usd"), (5, "balance_usd"), (8, "machines_covered")]
        {
            assert_eq!(number(&total[index]), sum(column), "total of {column}");
        }
    }
    assert!(seen > 30, "the fixture has orders of both decisions");
    let paid = table(&page, "What to pay when");
    let now = orders.iter().filter(|order| order["decision"] == "place_now");
    let cost: f64 = now.map(|order| number(&order["cost_usd"])).sum();
    assert_eq!(number(&paid.last().unwrap()[3]), cost);
}

#[test]
fn machines_and_cash_are_those_of_the_tables() {
    let (out, page) = maker();
    let number = |text: &str| text.replace(',', "").replace('−', "-").parse::<f64>().ok();
    let month = |iso: &str| iso.parse::<chrono::NaiveDate>().unwrap().format("%b %Y").to_string();
    let of = |name: &str| -> Vec<BTreeMap<String, String>> {
        let mut rows = rows(&out.path().join(format!("latest/{name}.csv")));
        rows.retain(|row| row["scenario"] == "base" && row.get("model").is_none_or(|model| model == "ALL"));
        rows
    };
    let machines = [
        "firm_units",
        "unsecured_units",
        "expected_units",
        "units",
        "units_p10",
        "units_p90",
        "supply_units",
    ];
    let machines = [&machines[..], &["constrained_units", "short_units", "waiting_units"]].concat();
    let shown = table(&page, "Machines by month");
    assert_eq!(shown.len(), 12);
    for (cells, row) in shown.iter().zip(of("shipment_forecast")) {
        assert_eq!(cells[0], month(&row["month"]));
        for (cell, column) in cells[1..].iter().zip(&machines) {
            assert_eq!(number(cell), number(&row[*column]), "{column}: a dash is what is missing");
        }
    }
    // Cash is told as quantiles over the paths, and in no other way.
    assert!(!page.contains("Cash by month") && !page.contains("cumulative"));
    let shown = table(&page, "The lowest month end of cash");
    let published = of("cash_low");
    assert_eq!((shown.len(), published.len()), (4, 4));
    for (cells, row) in shown.iter().zip(published) {
        assert_eq!(cells[0], row["case"].replace('_', " "));
        for (cell, column) in cells[1..3].iter().zip(["low_p50_usd", "low_p5_usd"]) {
            assert!((number(cell).unwrap() - number(&row[column]).unwrap()).abs() <= 0.5, "{column}");
        }
        assert_eq!(cells[3], month(&row["low_month"]));
    }
}

/// The four figures of the first screen against the tables that they are from.
#[test]
fn the_first_screen_has_the_figures_of_the_tables() {
    let (out, page) = maker();
    let grouped = |number: f64| {
        let digits = format!("{:.0}", number.abs());
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
        format!("{}{}", if number < 0.0 { "−" } else { "" }, groups.join(","))
    };
    let of = |name: &str, column: &str, value: &str| -> Vec<BTreeMap<String, String>> {
        let mut rows = rows(&out.path().join(format!("latest/{name}.csv")));
        rows.retain(|row| row[column] == value);
        rows
    };
    let number = |row: &BTreeMap<String, String>, column: &str| row[column].parse::<f64>().unwrap();
    let orders = of("wafer_orders", "decision", "place_now");
    let sum = |column: &str| orders.iter().map(|row| number(row, column)).sum::<f64>();
    let secured: f64 =
        orders.iter().map(|row| number(row, "secured_share") * number(row, "machines_covered")).sum();
    let (frontier, exposure) = (of("budget_frontier", "chosen", "yes"), of("exposure", "scenario", "base"));
    let low = of("cash_low", "scenario", "base").into_iter().find(|row| row["case"] == "plan").unwrap();
    let xml = xml(&page);
    let document = Document::parse(&xml).unwrap();
    let said = words(document.descendants().find(|n| n.attribute("class") == Some("figures")).unwrap());
    for part in [
        format!("Order now {} wafers", grouped(sum("wafers"))),
        format!("{} USD in all", grouped(sum("cost_usd"))),
        format!("{:.0}% of their machines", 100.0 * secured / sum("machines_covered")),
        format!("Expected to earn {} USD", grouped(number(&frontier[0], "expected_profit_usd"))),
        format!("Cash at its lowest {} USD", grouped(number(&low, "low_p50_usd"))),
        format!("1 path in 20: {} or less", grouped(number(&low, "low_p5_usd"))),
        format!("on {:.0}%", 100.0 * number(&low, "below_limit_probability")),
        format!("Worst credible write-down {} USD", grouped(number(&exposure[0], "write_down_p95_usd"))),
    ] {
        let plain: String = part.split_whitespace().collect();
        let all: String = said.split_whitespace().collect();
        assert!(all.contains(&plain), "{part}\n{said}");
    }
    for place in ["warnings", "doubts", "rules", "read"] {
        assert!(page.contains(&format!("href=\"#{place}\"")), "{place}");
    }
}

/// The mean of 12 months is 50,399, half of the paths stay below 41,750, and bear's mean of 45,874 lies above that: every first line
/// says which of them it is.
#[test]
fn the_headline_is_the_mean_beside_the_median() {
    let (out, page) = maker();
    let years = rows(&out.path().join("latest/shipment_forecast_quarterly.csv"));
    let of = |scenario: &str, column: &str| {
        let year = years
            .iter()
            .find(|row| row["scenario"] == scenario && row["quarter"] == "12M" && row["model"] == "ALL");
        year.unwrap()[column].clone()
    };
    assert_eq!(
        [of("base", "units"), of("base", "units_p50"), of("bear", "units")],
        ["50399", "41750", "45874"]
    );
    let summary = text(&out.path().join("latest/summary.md"));
    let first =
        "12 months: 50,399 machines if supply allows, on the mean; half of the paths stay below 41,750";
    assert!(summary.contains(first), "{summary}");
    let said = words(Document::parse(&xml(&page)).unwrap().root_element());
    assert!(said.contains("on the mean; half of the paths stay below 41,750 (80% interval"), "{said}");
    assert!(
        said.contains(
            "bear's mean of 45,874 lies above the 41,750 that half of the paths of base stay below"
        )
    );
    let quarters = table(&page, "Machines by quarter");
    assert_eq!((quarters[4][4].as_str(), quarters[4][5].as_str()), ("50,399", "41,750"));
}

/// By the table two of the six orders to place now have 994,745 USD of leftovers against 720,815 of sales, and no open one is better
/// cancelled; what is expected to be earned is told as what it is.
#[test]
fn orders_not_yet_placed_are_judged_without_a_forfeit() {
    let (out, page) = maker();
    let keep = rows(&out.path().join("latest/keep_or_cancel.csv"));
    let number = |row: &BTreeMap<String, String>, column: &str| row[column].parse::<f64>().unwrap();
    let losing = |status: &str, forfeit: bool| -> Vec<String> {
        let of = keep.iter().filter(|row| row["status"] == status);
        let losing = of.filter(|row| {
            let kept = if forfeit { number(row, "forfeit_usd") } else { 0.0 };
            kept + number(row, "lost_profit_usd") < number(row, "keep_loss_usd")
        });
        losing.map(|row| format!("{} {}", row["chip"], row["placed"])).collect()
    };
    assert_eq!(losing("open", true), [""; 0]);
    assert_eq!(losing("place_now", false), ["C5 2025-11-30", "C5 2025-12-31"]);
    let said: String = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("7 open wafer orders, all of them, lose less kept than cancelled"), "{said}");
    assert!(said.contains(
        "Of the 6 orders to place now 2, each alone as the last one used, would lose more in leftovers"
    ));
    assert!(said.contains(
        "C5 by 30 Nov 2025 (994,745 against 720,815 USD) and C5 by 31 Dec 2025 (994,745 against 720,815 USD)"
    ));
    assert!(said.contains("sales saved, less leftovers at what the order rule counts for them"));
    assert!(said.contains("not the write-downs beside it, which count losses alone: 3,218,872 on the mean"));
}

#[test]
fn names_from_exports_are_text_whatever_they_hold() {
    let name = "<script>alert(\"x\")</script> & 'M' <img src=x onerror=alert(1)>";
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    edit(&job, |text| {
        text.replace("name = \"MINI\"", &format!("name = '''{name}'''"))
            .replace("name = \"Foundry\"", "name = \"Foundry <b> & Söhne 晶圓\"")
            .replace("[wafers]", "[reading]\nrejected_rows_allowed = 1\n\n[wafers]")
    });
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    edit(&folder.path().join("futures_orders.csv"), |text| {
        text.replace("MINI", &quoted)
            + &format!("X1,c,retail,{quoted},futures,2025-09-01,<svg onload=alert(1)>,1,,2025-10,1,,open,\n")
    });
    edit(&folder.path().join("supply.csv"), |text| text.replace("MINI", &quoted));
    let (_out, page) = run(&job, &[]);
    well_made(&page);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<svg onload"));
    let models = table(&page, "Machines by model");
    assert_eq!(models[0][0], name);
    assert!(table(&page, "Wafer orders to place").iter().any(|cells| cells[2] == "Foundry <b> & Söhne 晶圓"));
    assert_eq!(table(&page, "Rows left out")[0][3], "<svg onload=alert(1)>");
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let pages: Vec<String> = ["1", "2", "7"]
        .into_iter()
        .map(|threads| {
            let out = tempfile::tempdir().unwrap();
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_wafercast"))
                .args(["run", "jobs/quarterly.toml", "--quiet", "--out", out.path().to_str().unwrap()])
                .current_dir(root())
                .env("POLARS_MAX_THREADS", threads)
                .env("RAYON_NUM_THREADS", threads)
                .env("LC_ALL", if threads == "2" { "de_DE.UTF-8" } else { "C" })
                .status();
            assert!(output.unwrap().success());
            text(&out.path().join("2025Q3/report.html"))
        })
        .collect();
    assert!(pages[0] == pages[1] && pages[0] == pages[2]);
}

#[test]
fn a_second_vintage_shows_the_bridge_from_the_first() {
    let out = tempfile::tempdir().unwrap();
    for as_of in ["2025-06-30", "2025-09-30"] {
        let args = ["run", "jobs/quarterly.toml", "--as-of", as_of, "--out", out.path().to_str().unwrap()];
        let output = wafercast(&args);
        assert!(output.status.success(), "{}", reported(&output));
    }
    let page = text(&out.path().join("2025Q3/report.html"));
    well_made(&page);
    assert!(page.contains("id=\"chart-bridge\""));
    let number =
        |text: &str| text.replace(',', "").replace('−', "-").replace('+', "").parse::<f64>().unwrap();
    let shown = table(&page, "Wafer orders from the vintage before");
    let published = rows(&out.path().join("2025Q3/order_revisions.csv"));
    assert_eq!(shown.len(), published.len());
    for (cells, row) in shown.iter().zip(&published) {
        let parts: f64 = cells[2..cells.len() - 1].iter().map(|cell| number(cell)).sum();
        assert_eq!(parts, number(cells.last().unwrap()), "before and the steps shown add up to now");
        assert_eq!(number(cells.last().unwrap()), number(&row["now"]));
    }
}

/// What the page and the summary say of the change, from the tables of both vintages.
#[test]
fn what_changed_is_reported_by_model_and_in_wafers() {
    let out = tempfile::tempdir().unwrap();
    for as_of in ["2025-06-30", "2025-09-30"] {
        let args = ["run", "jobs/quarterly.toml", "--as-of", as_of, "--out", out.path().to_str().unwrap()];
        let output = wafercast(&args);
        assert!(output.status.success(), "{}", reported(&output));
    }
    let whole = |text: &str| text.parse::<i64>().unwrap();
    let mut models: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for row in rows(&out.path().join("2025Q3/revisions.csv")) {
        if row["model"] != "ALL" && row["status"] == "forecast" {
            let sums = models.entry(row["model"].clone()).or_default();
            sums.0 += whole(&row["previous"]);
            sums.1 += whole(&row["now"]);
        }
    }
    let (before, now) = models["M95-245"];
    assert!(now > before + 1000, "the fixture moves to its newest model");
    let (page, summary) =
        (text(&out.path().join("2025Q3/report.html")), text(&out.path().join("2025Q3/summary.md")));
    let grouped = |number: i64| match number / 1000 {
        0 => number.to_string(),
        thousands => format!("{thousands},{:03}", number % 1000),
    };
    let said = format!("M95-245 +{} to {}", grouped(now - before), grouped(now));
    assert!(summary.contains(&said) && page.contains(&said), "{said}\n{summary}");
    // Orders that can still be placed, for machines up to the last month of the vintage before.
    let wafers = |vintage: &str| -> i64 {
        let orders = rows(&out.path().join(vintage).join("wafer_orders.csv"));
        let still = |order: &&BTreeMap<String, String>| {
            order["chip"] == "C5"
                && order["place_by"].as_str() > "2025-09-30"
                && order["ship_month"].as_str() <= "2026-06-01"
        };
        orders.iter().filter(still).map(|order| whole(&order["wafers"])).sum()
    };
    let said = format!("C5 {} ({})", grouped(wafers("2025Q3")), grouped(wafers("2025Q2")));
    assert!(summary.contains(&said) && page.contains(&said), "{said}\n{summary}");
}

/// A maker whose replays have intervals much too narrow: what held 3 of 10 times is called that and no 80% interval.
#[test]
fn an_interval_that_held_too_seldom_is_called_80_percent_nowhere() {
    let (folder, maker) = (tempfile::tempdir().unwrap(), root().join("fixtures/maker"));
    let job = folder.path().join("job.toml");
    std::fs::copy(root().join("jobs/quarterly.toml"), &job).unwrap();
    edit(&job, |text| text.replace("intake_spread = 1.0", "intake_spread = 0.02"));
    let out = folder.path().join("out");
    let args =
        ["run", job.to_str().unwrap(), "--inputs", maker.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = wafercast(&args);
    assert!(output.status.success(), "{}", reported(&output));
    let scores = rows(&out.join("latest/backtest.csv"));
    let year = scores.iter().find(|row| {
        row["method"] == "model"
            && row["level"] == "12M"
            && row["target"] == "shipments"
            && row["model"] == "ALL"
    });
    assert_eq!((year.unwrap()["n"].as_str(), year.unwrap()["coverage_80"].as_str()), ("10", "0.3000"));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let page = text(&out.join("latest/report.html"));
    well_made(&page);
    for (screen, said) in
        [("stdout", stdout), ("summary", text(&out.join("latest/summary.md"))), ("page", page.clone())]
    {
        assert!(said.contains("interval that held 3 of 10"), "{screen}");
        assert!(!said.contains("80% interval") && !said.contains("80%:"), "{screen}");
    }
    // Quarter 4 held 3 of 10 times; what the quarters share a head with is named by the worst of them.
    assert!(page.contains("Interval that held 3 of 10 at worst"));
    let file = std::fs::File::open(out.join("latest/forecast.xlsx")).unwrap();
    let mut workbook = zip::ZipArchive::new(file).unwrap();
    for place in 0..workbook.len() {
        let mut part = String::new();
        std::io::Read::read_to_string(&mut workbook.by_index(place).unwrap(), &mut part).unwrap();
        assert!(!part.contains("80% interval"), "part {place}");
    }
}

#[test]
fn without_optional_exports_the_page_says_what_is_not_known() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    edit(&job, |text| text.replace("[exports.supply]\npath = \"supply.csv\"", ""));
    let (_out, page) = run(&job, &[]);
    well_made(&page);
    assert!(page.contains("Not net of supply."));
    assert!(page.contains("No earlier vintage to compare with."));
}

#[test]
fn with_nothing_to_order_it_says_so() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    edit(&folder.path().join("supply.csv"), |text| text.replace("MINI,30,", "MINI,2000,"));
    let (out, page) = run(&job, &[]);
    assert!(rows(&out.path().join("latest/wafer_orders.csv")).is_empty(), "nothing to order");
    well_made(&page);
    assert!(page.contains("No wafer order has to be placed before the next run."));
}

#[test]
fn the_page_is_made_when_the_job_asks_for_it() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    edit(&job, |text| text + "\n[output]\nformats = [\"csv\"]\n");
    let out = tempfile::tempdir().unwrap();
    let output = wafercast(&["run", job.to_str().unwrap(), "--out", out.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    assert!(!out.path().join("latest/report.html").exists());
    edit(&job, |text| text.replace("[\"csv\"]", "[\"html\"]"));
    let output = wafercast(&["check", job.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(78), "a page alone has no tables to be compared with");
    edit(&job, |text| text.replace("[\"html\"]", "[\"parquet\", \"html\"]"));
    let (out, page) = run(&job, &[]);
    well_made(&page);
    let manifest: serde_json::Value =
        serde_json::from_str(&text(&out.path().join("latest/manifest.json"))).unwrap();
    let named = manifest["outputs"].as_array().unwrap().iter().any(|file| file["file"] == "report.html");
    assert!(named && !out.path().join("latest/csv").exists());
}
