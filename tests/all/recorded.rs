//! What the fixture maker's tables hold: a digest of each, and figures that a reader knows, each worked out from the exports
//! by a few lines that use nothing of `src`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::common::{self, reported, root, rows, wafercast};
use sha2::{Digest, Sha256};

type Row = BTreeMap<String, String>;

fn run(out: &Path) -> PathBuf {
    let output = wafercast(&["run", "jobs/quarterly.toml", "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    out.join("2025Q3")
}

/// Compares the tables of a vintage with the digests recorded of them.
fn as_recorded(vintage: &Path, name: &str) {
    let mut found = String::new();
    for spec in wafercast::tables::SPECS {
        let bytes = std::fs::read(vintage.join(format!("csv/{}.csv", spec.name))).unwrap();
        let digest = Sha256::digest(&bytes).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let _ = writeln!(found, "{digest}  {}.csv", spec.name);
    }
    let recorded = root().join("tests/recorded").join(name);
    if std::env::var_os("WAFERCAST_BLESS").is_some() {
        std::fs::File::create(&recorded)
            .and_then(|mut f| std::io::Write::write_all(&mut f, found.as_bytes()))
            .unwrap();
    }
    let expected = common::text(&recorded);
    let changed: Vec<&str> = found.lines().filter(|line| !expected.lines().any(|e| e == *line)).collect();
    assert!(
        changed.is_empty() && found == expected,
        "changed since they were recorded in {name} (`make bless` accepts them):\n{}",
        changed.join("\n")
    );
}

/// Whoever changes a number on purpose accepts it with `make bless`, and says in the commit which and why.
#[test]
fn every_table_is_as_it_was_recorded() {
    let out = tempfile::tempdir().unwrap();
    as_recorded(&run(out.path()), "maker.sha256");
}

/// Three drivers by month from 2021-07 on: known when they happen, known a year ahead, and assumed by scenario.
fn drivers() -> String {
    let mut rows = "date,name,value,published_on,scenario\n".to_owned();
    for n in 0..63 {
        let month = format!("{}-{:02}", 2021 + (6 + n) / 12, (6 + n) % 12 + 1);
        let published = format!("{}-{:02}-15", 2020 + (6 + n) / 12, (6 + n) % 12 + 1);
        let _ = writeln!(rows, "{month}-01,contracts,{},{published},", 200 + 5 * n % 17);
        if n <= 50 {
            let _ =
                writeln!(rows, "{month}-01,power,{},,\n{month}-01,tariff,{},,", 50 + n * n % 11, 10 + n % 4);
        } else {
            for (scenario, value) in [("bear", 15), ("base", 12), ("bull", 10)] {
                let _ = writeln!(rows, "{month}-01,tariff,{value},,{scenario}");
            }
        }
    }
    rows
}

/// A quarter later: what became of the forecast and of the orders proposed then, after corrections of the exports, with an order
/// placed in part, one declined and one forgotten, two overrides and three drivers; deposits are used up by the first machines and
/// refunded.
#[test]
fn every_table_of_the_next_quarter_is_as_it_was_recorded() {
    let folder = common::copy_of("maker");
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::File::create(path)
            .and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes()))
            .unwrap();
    };
    let job = folder.path().join("job.toml");
    let kinds = "[[drivers]]\nname = \"contracts\"\nkind = \"known_in_advance\"\n\n[[drivers]]\nname = \"tariff\"\nkind = \"scenario\"\neffect = \"not_positive\"\n\n[wafers]";
    let text = common::text(&root().join("jobs/quarterly.toml"))
        .replace("[wafers]", kinds)
        .replace("deposit_use = \"pro_rata\"", "deposit_use = \"until_used_up\"")
        .replace("cancelled_deposits = \"forfeited\"", "cancelled_deposits = \"refunded\"");
    put("job.toml", &text);
    put("drivers.csv", &drivers());
    // Stock as it was counted a quarter before.
    let counts = [("machines", "M80-160", 900), ("machines", "M90-200", 2_100), ("chips", "C5", 1_400_000)];
    let counts = counts.iter().chain(&[("machines", "M95-245", 0), ("chips", "C3", 120_000)]);
    let june: String =
        counts.map(|(kind, item, count)| format!("2025-06-30,{kind}_on_hand,{item},{count},,,,\n")).collect();
    common::edit(&folder.path().join("supply.csv"), |text| {
        format!("{text}{june}2025-09-30,machines_on_hand,M80-160,40,,,,\n")
    });
    let (inputs, out) = (folder.path().to_str().unwrap(), folder.path().join("out"));
    let quarter = |day: &str| {
        let out = out.to_str().unwrap();
        let output =
            wafercast(&["run", job.to_str().unwrap(), "--inputs", inputs, "--as-of", day, "--out", out]);
        assert!(output.status.success(), "{}", reported(&output));
    };
    quarter("2025-06-30");
    common::edit(&out.join("2025Q2/placed_orders.csv"), |text| {
        let decided = |(place, line): (usize, &str)| match place {
            1 => line.replace(",proposed,,,,", ",placed,380,2025-07-10,Kim,first part"),
            2 => line.replace(",proposed,,,,", ",declined,,2025-08-12,Kim,"),
            4 => line.replace(",proposed,,,,", ",placed,50,2025-07-11,Lee,"),
            _ => line.to_owned(),
        };
        text.lines().enumerate().map(|row| decided(row) + "\n").collect()
    });
    common::rewrite(folder.path(), "futures_orders", |orders| {
        for (place, order) in orders.iter_mut().enumerate() {
            // Corrections of orders of before, later deliveries, and cancellations since.
            match (place % 37, order[12].as_str()) {
                (0, "open") => order[6] = (order[6].parse::<u32>().unwrap() + 20).to_string(),
                (1 | 2, "open") if order[9].as_str() > "2025-10" => order[9] = "2026-03".to_owned(),
                (3 | 4, "open") => {
                    (order[12], order[13]) = ("cancelled".to_owned(), "2025-09-03".to_owned());
                }
                _ => {}
            }
        }
    });
    put(
        "overrides.csv",
        "month,model,machines,reason,who,made_on\n2025-12,M90-200,4000,a tender,Kim,2025-09-20\n2026-02,M95-245,900,launch,Kim,2025-09-20\n",
    );
    quarter("2025-09-30");
    as_recorded(&out.join("2025Q3"), "next_quarter.sha256");
}

/// Compares figures and counts them.
#[derive(Default)]
struct Known {
    compared: usize,
    wrong: Vec<String>,
}

impl Known {
    /// A published figure and the one worked out, equal within half of the last digit published.
    fn is(&mut self, what: &str, published: f64, worked_out: f64, digit: f64) {
        self.compared += 1;
        if (published - worked_out).abs() > 0.51 * digit {
            self.wrong.push(format!("{what}: published {published}, worked out {worked_out}"));
        }
    }
}

fn number(row: &Row, column: &str) -> f64 {
    if row[column].is_empty() {
        0.0
    } else {
        row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?}"))
    }
}

/// The one row of a table with these cells.
fn one<'a>(table: &'a [Row], cells: &[(&str, &str)]) -> &'a Row {
    let mut own = table.iter().filter(|row| cells.iter().all(|(column, value)| row[*column] == *value));
    let row = own.next().unwrap_or_else(|| panic!("no row {cells:?}"));
    assert!(own.next().is_none(), "several rows {cells:?}");
    row
}

/// Months since year 0 of `YYYY-MM...`.
fn month(date: &str) -> usize {
    date[..4].parse::<usize>().unwrap() * 12 + date[5..7].parse::<usize>().unwrap() - 1
}

/// The first month after the as-of date, October 2025.
const FIRST: usize = 2025 * 12 + 9;

struct Open<'a> {
    order: &'a Row,
    /// Machines by month ahead, past due in the first.
    due: BTreeMap<usize, u64>,
}

impl Open<'_> {
    fn machines(&self) -> f64 {
        self.due.values().sum::<u64>() as f64
    }

    fn value(&self) -> f64 {
        self.machines() * number(self.order, "unit_price_usd")
    }

    /// Paid on the machines still to deliver: the same share of every machine.
    fn paid(&self) -> f64 {
        let share = self.machines() / number(self.order, "quantity");
        (number(self.order, "prepaid_usd") * share).clamp(0.0, self.value())
    }
}

/// Median price of a machine of some orders, none of which counts for more than a quarter of the machines.
fn median_price<'a>(orders: impl Iterator<Item = &'a Row>) -> f64 {
    let mut prices: Vec<(f64, f64)> =
        orders.map(|o| (number(o, "unit_price_usd"), number(o, "quantity"))).collect();
    prices.sort_by(|a, b| a.0.total_cmp(&b.0));
    let most = prices.iter().map(|(_, machines)| machines).sum::<f64>() / 4.0;
    prices.iter_mut().for_each(|(_, machines)| *machines = machines.min(most));
    let half = prices.iter().map(|(_, machines)| machines).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    let found = prices.iter().find(|(_, machines)| {
        sum += machines;
        sum >= half
    });
    found.unwrap().0
}

/// Orders with machines still to deliver: batches as equal as whole machines allow, the first ones larger; what has left is
/// taken off the earliest.
fn open<'a>(orders: &'a [Row], shipments: &[Row]) -> Vec<Open<'a>> {
    let mut left: BTreeMap<&str, u64> = BTreeMap::new();
    for row in shipments {
        *left.entry(&row["order_id"]).or_default() += row["quantity"].parse::<u64>().unwrap();
    }
    let mut found = Vec::new();
    for order in orders.iter().filter(|order| order["status"] != "cancelled") {
        let (quantity, months) = (number(order, "quantity") as u64, number(order, "delivery_months") as u64);
        let mut gone = left.get(order["order_id"].as_str()).copied().unwrap_or(0);
        let mut due = BTreeMap::new();
        for batch in 0..months {
            let machines = quantity / months + u64::from(batch < quantity % months);
            let taken = machines.min(gone);
            gone -= taken;
            let ahead = (month(&order["delivery_start"]) + batch as usize).saturating_sub(FIRST);
            if machines > taken {
                *due.entry(ahead).or_default() += machines - taken;
            }
        }
        if !due.is_empty() {
            found.push(Open { order, due });
        }
    }
    found
}

/// Largest first.
fn largest(sums: &BTreeMap<&str, f64>) -> Vec<f64> {
    let mut sums: Vec<f64> = sums.values().copied().collect();
    sums.sort_by(|a, b| b.total_cmp(a));
    sums
}

const TH: [(&str, f64); 4] = [("M70-130", 130.0), ("M80-160", 160.0), ("M90-200", 200.0), ("M95-245", 245.0)];

#[test]
#[expect(clippy::too_many_lines, reason = "one figure after another")]
fn figures_that_a_reader_knows_follow_from_the_exports() {
    let out = tempfile::tempdir().unwrap();
    let vintage = run(out.path());
    let table = |name: &str| rows(&vintage.join(format!("{name}.csv")));
    let export = |name: &str| rows(&root().join(format!("fixtures/maker/{name}.csv")));
    let (orders, shipments) = (export("futures_orders"), export("shipments"));
    let mut known = Known::default();

    // The order book: machines by quarter and by model.
    let open = open(&orders, &shipments);
    let quarterly = table("shipment_forecast_quarterly");
    for (place, quarter) in ["2025Q4", "2026Q1", "2026Q2", "2026Q3", "12M"].into_iter().enumerate() {
        let months = if quarter == "12M" { 0..12 } else { 3 * place..3 * place + 3 };
        let due: u64 =
            open.iter().flat_map(|o| &o.due).filter(|(h, _)| months.contains(h)).map(|(_, n)| n).sum();
        let row = one(&quarterly, &[("scenario", "base"), ("quarter", quarter), ("model", "ALL")]);
        known.is(&format!("firm {quarter}"), number(row, "firm_units"), due as f64, 1.0);
    }
    for (model, _) in TH {
        let own = open.iter().filter(|o| o.order["model"] == model).flat_map(|o| &o.due);
        let due: u64 = own.filter(|(h, _)| **h < 12).map(|(_, n)| n).sum();
        let row = one(&quarterly, &[("scenario", "base"), ("quarter", "12M"), ("model", model)]);
        known.is(&format!("firm {model}"), number(row, "firm_units"), due as f64, 1.0);
    }

    // What was signed and what left, in all and in the last month.
    let history = table("history");
    for (model, th) in TH {
        let sum = |column: &str| -> f64 {
            history.iter().filter(|row| row["model"] == model).map(|row| number(row, column)).sum()
        };
        let signed: f64 = orders.iter().filter(|o| o["model"] == model).map(|o| number(o, "quantity")).sum();
        let gone: f64 = shipments.iter().filter(|s| s["model"] == model).map(|s| number(s, "quantity")).sum();
        known.is(&format!("signed {model}"), sum("intake_units"), signed, 1.0);
        known.is(&format!("signed TH {model}"), sum("intake_th"), signed * th, 1.0);
        known.is(&format!("delivered {model}"), sum("delivered_units"), gone, 1.0);
    }
    let last = one(&history, &[("month", "2025-09-01"), ("model", "ALL")]);
    let in_last = |rows: &[Row], column: &str| -> f64 {
        rows.iter().filter(|row| row[column].starts_with("2025-09")).map(|row| number(row, "quantity")).sum()
    };
    known.is("signed in September", number(last, "intake_units"), in_last(&orders, "signed_date"), 1.0);
    known.is(
        "delivered in September",
        number(last, "delivered_units"),
        in_last(&shipments, "shipped_date"),
        1.0,
    );

    // Policy: who bought in the trailing year, who still is to get machines, and who has paid.
    let policy = table("policy_checks");
    let check = |name: &str, item: &str| number(one(&policy, &[("check", name), ("item", item)]), "value");
    let year: Vec<&Row> = orders.iter().filter(|o| o["signed_date"].as_str() > "2024-09-30").collect();
    let machines = |of: &dyn Fn(&Row) -> bool| -> f64 {
        year.iter().filter(|o| of(o)).map(|o| number(o, "quantity")).sum()
    };
    let all = machines(&|_| true);
    let futures = machines(&|o| o["order_type"] == "futures");
    known.is("futures", check("futures_share", "ALL"), futures / all, 1e-4);
    let level = machines(&|o| o["order_type"] == "futures" && number(o, "delivery_months") >= 6.0);
    known.is("level delivery", check("level_delivery_share", "ALL"), level / futures, 1e-4);
    let key = machines(&|o| o["customer_segment"] == "key_account");
    known.is("key accounts", check("key_account_share", "ALL"), key / all, 1e-4);
    let mut customers: BTreeMap<&str, f64> = BTreeMap::new();
    year.iter().for_each(|o| *customers.entry(&o["customer"]).or_default() += number(o, "quantity"));
    let fifth = customers.len().div_ceil(5);
    let top: f64 = largest(&customers)[..fifth].iter().sum();
    known.is("largest fifth", check("top_fifth_of_customers_share", "ALL"), top / all, 1e-4);
    let mut customers: BTreeMap<&str, f64> = BTreeMap::new();
    open.iter().for_each(|o| *customers.entry(&o.order["customer"]).or_default() += o.machines());
    let all: f64 = customers.values().sum();
    let index: f64 = customers.values().map(|machines| (machines / all).powi(2)).sum();
    known.is("concentration", check("backlog_concentration", "ALL"), index, 1e-4);
    let (name, most) = customers.iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    known.is("largest customer", check("largest_customer_default_machines", name), *most, 1.0);
    known.is("its share", check("largest_customer_machines_share", name), most / all, 1e-4);
    let of_largest = || open.iter().filter(|o| o.order["customer"] == *name);
    let value: f64 = of_largest().map(Open::value).sum();
    known.is("its value", check("largest_customer_default_revenue", name), value, 0.01);
    let paid: f64 = of_largest().map(Open::paid).sum();
    known.is("its deposits", check("largest_customer_default_deposits_kept", name), paid, 0.01);
    let value: f64 = open.iter().map(Open::value).sum();
    let deposits: f64 = open.iter().map(Open::paid).sum();
    known.is("backlog", check("backlog_value", "ALL"), value, 0.01);
    known.is("deposits", check("deposits_held", "ALL"), deposits, 0.01);

    // Supply: what is there and on order, what it still costs and has cost.
    let (supply, stock) = (export("supply"), table("stock"));
    let good = |chip: &str| if chip == "C5" { 3900.0 * 0.85 } else { 4200.0 * 0.75 };
    for chip in ["C5", "C3"] {
        let own = |kind: &'static str| supply.iter().filter(move |s| s["kind"] == kind && s["item"] == chip);
        let rows =
            stock.iter().filter(|s| s["scenario"] == "base" && s["kind"] == "chips" && s["item"] == chip);
        let sum = |column: &str| rows.clone().map(|row| number(row, column)).sum::<f64>();
        let there: f64 = own("chips_on_hand").map(|s| number(s, "quantity")).sum();
        known.is(&format!("{chip} on hand"), sum("on_hand"), there, 1.0);
        let wafers: f64 = own("wafer_order").map(|s| number(s, "wafers")).sum();
        known.is(&format!("{chip} on order"), sum("on_order"), wafers * good(chip), 5.0);
    }
    let ahead: f64 = supply.iter().map(|s| number(s, "prepaid_usd")).sum();
    let exposure = table("exposure");
    let forfeit = number(one(&exposure, &[("scenario", "base")]), "forfeit_open_usd");
    known.is("paid ahead", forfeit, ahead, 0.01);
    known.is("covered", check("foundry_prepayments_covered", "ALL"), deposits / ahead, 1e-4);
    let cash = table("cash");
    let october = one(&cash, &[("scenario", "base"), ("month", "2025-10-01")]);
    let due = supply.iter().filter(|s| s["due_date"].starts_with("2025-10"));
    let balance: f64 = due.map(|s| number(s, "wafers") * 16_900.0 - number(s, "prepaid_usd")).sum();
    known.is("balances in October", number(october, "foundry_balances_usd"), -balance, 0.01);

    // The market of September: means of its days, and what the market identity makes of them.
    let market = table("market");
    let september = one(&market, &[("scenario", "base"), ("month", "2025-09-01")]);
    let mean = |name: &str, column: &str| -> f64 {
        let days = export(name);
        let own: Vec<f64> =
            days.iter().filter(|d| d["date"].starts_with("2025-09")).map(|d| number(d, column)).collect();
        own.iter().sum::<f64>() / own.len() as f64
    };
    let hashprice = mean("hashprice", "hashprice_usd_per_ph_day");
    known.is("hashprice", number(september, "hashprice_usd_per_ph_day"), hashprice, 1e-4);
    let hashrate = mean("difficulty", "difficulty") * 2_f64.powi(32) / 600.0 / 1e15;
    known.is("network", number(september, "network_hashrate_ph"), hashrate, 1.0);

    // Prices: list price of the last three months' orders, what a buyer earns with it, what a machine costs.
    let (pricing, wafers) = (table("pricing"), table("wafer_orders"));
    let earns =
        number(one(&market, &[("scenario", "base"), ("month", "2025-10-01")]), "hashprice_usd_per_ph_day");
    for (model, th, power_kw, chips, other, chip, wafer) in [
        ("M90-200", 200.0, 3.5, 318.0, 1100.0, "C5", 16_900.0),
        ("M95-245", 245.0, 3.48, 312.0, 1300.0, "C3", 20_000.0),
    ] {
        let row = one(&pricing, &[("scenario", "base"), ("month", "2025-10-01"), ("model", model)]);
        let recent =
            orders.iter().filter(|o| o["model"] == model && o["signed_date"].as_str() > "2025-06-30");
        let list = median_price(recent);
        known.is(&format!("list price {model}"), number(row, "list_price_usd"), list, 0.01);
        let revenue = earns / 1000.0 * th;
        let margin = (revenue - power_kw * 24.0 * 0.06) * 30.436_875;
        known.is(&format!("payback {model}"), number(row, "payback_months"), list / margin, 0.1);
        let power = revenue / (power_kw * 24.0);
        known.is(
            &format!("break-even power {model}"),
            number(row, "break_even_power_usd_per_kwh"),
            power,
            1e-4,
        );
        let cleared = 0.5 * list.min(24.0 * margin);
        known.is(&format!("clearance {model}"), number(row, "clearance_price_usd"), cleared, 0.2);
        let cost = chips * 1.02 / 0.99 * wafer / good(chip) + other;
        known.is(&format!("cost {model}"), number(row, "machine_cost_usd"), cost, 0.01);
        let order = wafers.iter().find(|row| row["chip"] == chip).unwrap();
        known.is(
            &format!("order of {chip}"),
            number(order, "cost_usd"),
            number(order, "wafers") * wafer,
            0.01,
        );
        known.is(
            &format!("deposit on {chip}"),
            number(order, "prepayment_usd"),
            number(order, "cost_usd") / 2.0,
            0.01,
        );
    }

    assert!(
        known.wrong.is_empty(),
        "{} of {}:\n{}",
        known.wrong.len(),
        known.compared,
        known.wrong.join("\n")
    );
    assert!(known.compared >= 40, "{}", known.compared);
}
