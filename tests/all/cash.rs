//! Cash on paths: a bear market worked by hand, deposits by their rules, and what must hold on the fixtures.

use std::path::Path;

use crate::common::{self, reported, root, rows, wafercast};
use wafercast::cash::{Case, Kind, PathCash, World, WorldOf};
use wafercast::demand::{Cells, Forecast};
use wafercast::job::Job;
use wafercast::market::{HORIZON, Path as MarketPath, Scenario};
use wafercast::run::{self, Inputs, Request};
use wafercast::selling::Prices;
use wafercast::supply::{Basis, Committed, Plan, ProposedOrder, Salvage, Values};

/// The miniature with other keys under `[cash]`.
fn inputs(keys: &str) -> Inputs {
    let request = Request {
        job: root().join("fixtures/miniature/job.toml"),
        inputs: None,
        as_of: None,
        out: None,
        now: chrono::DateTime::UNIX_EPOCH,
        no_create: false,
        deny_warnings: false,
    };
    let mut inputs = run::load(&request).unwrap();
    let text = format!("{}\n[cash]\n{keys}\n", inputs.job.text);
    inputs.job = Job::parse(&text, Path::new("job.toml")).unwrap();
    inputs
}

/// Ten machines of contracts and twenty of orders signed in the same month ship in each of twelve months; supply limits nothing.
/// `orders` makes of the plan the wafer orders that are placed.
fn play(
    keys: &str,
    hashprice: f64,
    case: Case,
    orders: impl Fn(&Plan) -> Vec<ProposedOrder>,
) -> Vec<PathCash> {
    let inputs = inputs(keys);
    let Inputs { job, exports, .. } = &inputs;
    let made = run::make(&inputs, &|_| ()).unwrap();
    let market = MarketPath {
        price: [79_536.43; HORIZON],
        difficulty: [1e14; HORIZON],
        hashprice: [hashprice; HORIZON],
    };
    let mut forecast = Forecast::fixed(Scenario::Bear, vec![[20; HORIZON]], market);
    forecast.simulation.backlog = Cells::alike(&[[10.0; HORIZON]], 1);
    forecast.simulation.cancelled = Cells::alike(&[[2.0; HORIZON]], 1);
    forecast.simulation.intake_th = [2000.0; HORIZON];
    forecast.simulation.intake_paths = vec![[2000.0; HORIZON]];
    let mut committed = Committed::new(&exports.supply, job, made.book.as_of);
    let prices = Prices::new(&made.book, job);
    let salvage = |_: usize, _: &MarketPath, _: usize| Salvage {
        clearance: wafercast::domain::Usd::ZERO,
        mining: wafercast::domain::Usd::ZERO,
    };
    let values = Values { list: &prices.list, expected: &prices.expected, salvage: &salvage, room: None };
    let firm = made.book.firm_with_deposit(&job.catalogue);
    let basis = Basis {
        job,
        as_of: made.book.as_of,
        committed: &committed,
        firm: &firm,
        values,
        errors: [9; 4],
        lost_share: 0.5,
    };
    let base = &made.forecasts[Scenario::Base as usize];
    let plan = Plan::new(&basis, base, std::slice::from_ref(base));
    committed.known = false;
    committed.open_from = vec![HORIZON];
    let of = WorldOf {
        job,
        book: &made.book,
        exports,
        market: &made.market,
        demand: &made.demand,
        committed: &committed,
        prices: &prices,
        values,
        late: wafercast::supply::Late { release: made.demand.rates.catch_up, lost: 0.0 },
        site: None,
    };
    let world = World::new(of, 1);
    let mut found = Vec::new();
    world
        .play(&world.price_paths(&forecast), &[(&orders(&plan), case)], &plan.chips, |_, path| {
            found.push(path.clone())
        })
        .unwrap();
    found
}

fn sum(path: &PathCash, kind: Kind) -> f64 {
    path.of[kind as usize].iter().sum()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
}

const NO_DEFAULTS: &str = "default_share = 0";

/// At 50 USD per PH/s a TH earns its buyer 0.050 - 0.0432 = 0.0068 USD a day, at 49 it earns 0.0058. No price of the miniature ever
/// moved, so the prior stands: 0.7, of it 0.4, 0.3, 0.2 and 0.1 after 0 to 3 months. A list price of 1,000 is 1,000 x (58 / 68)^0.28 =
/// 956.44 in October, then ^0.49, ^0.63, and ^0.7 = 894.63 from January on. A month brings 10 x 500 for contracts, 10 p of deposits and
/// 10 p of balances; in October the open wafer order takes 10 x 1,000 - 5,000.
#[test]
fn a_bear_market_worked_by_hand() {
    let bear = &play(NO_DEFAULTS, 49.0, Case::Plan, |_| Vec::new())[0];
    let price = |h: usize| 1000.0 * (58.0_f64 / 68.0).powf([0.28, 0.49, 0.63, 0.7][h.min(3)]);
    close((price(0) * 100.0).round(), 95_644.0);
    for h in 0..HORIZON {
        close(bear.of[Kind::Deposits as usize][h], 10.0 * price(h));
        close(bear.of[Kind::Balances as usize][h], 5000.0 + 10.0 * price(h));
        close(bear.net()[h], 5000.0 + 20.0 * price(h) - if h == 0 { 5000.0 } else { 0.0 });
        close(bear.advances[h], 0.0);
    }
    let base = &play(NO_DEFAULTS, 50.0, Case::Plan, |_| Vec::new())[0];
    close(base.net().iter().sum(), 12.0 * 25_000.0 - 5000.0);
    assert!(bear.net().iter().sum::<f64>() < base.net().iter().sum());
}

/// The contracts hold 120 machines and 60,000 USD of deposits. Used up first, they pay for the machines of six months whole; from
/// the seventh on ten machines bring 10,000 USD.
#[test]
fn deposits_are_used_pro_rata_or_until_nothing_is_left() {
    let contracts =
        |keys: &str| play(keys, 50.0, Case::ContractsOnly, |_| Vec::new())[0].of[Kind::Balances as usize];
    assert_eq!(contracts(NO_DEFAULTS), [5000.0; HORIZON]);
    let first = contracts(&format!("{NO_DEFAULTS}\ndeposit_use = \"until_used_up\""));
    assert_eq!(first, std::array::from_fn(|h| if h < 6 { 0.0 } else { 10_000.0 }));
}

/// Two machines a month are cancelled: of each 500 USD were paid.
#[test]
fn deposits_of_cancelled_orders_are_kept_or_paid_back() {
    let refunds = |keys: &str| play(keys, 50.0, Case::Plan, |_| Vec::new())[0].of[Kind::Refunds as usize];
    assert_eq!(refunds(NO_DEFAULTS), [0.0; HORIZON]);
    let back = refunds(&format!("{NO_DEFAULTS}\ncancelled_deposits = \"refunded\""));
    assert_eq!(back, [-1000.0; HORIZON]);
}

/// The one customer is gone: no contract ships, and what it has paid stays. Without new orders the orders to place now are placed,
/// 54,000 USD prepaid as in the miniature's README, and those of later runs are not.
#[test]
fn each_case_leaves_out_what_it_says() {
    let all = |plan: &Plan| plan.orders[0].clone();
    let gone = &play(NO_DEFAULTS, 50.0, Case::LargestGone, all)[0];
    // The one customer has all that is on order and signs all that is signed: wafer orders are left, and none planned after the first run.
    for kind in [Kind::Deposits, Kind::Balances] {
        close(sum(gone, kind), 0.0);
    }
    close(sum(gone, Kind::Prepayments), -54_000.0);
    let none = &play(NO_DEFAULTS, 50.0, Case::NoNewOrders, all)[0];
    let known = play(NO_DEFAULTS, 50.0, Case::Plan, all)[0].clone();
    close(sum(none, Kind::Deposits), 0.0);
    close(sum(none, Kind::Prepayments), -54_000.0);
    close(sum(&known, Kind::Prepayments), -76_500.0);
    let contracts = &play(NO_DEFAULTS, 50.0, Case::ContractsOnly, all)[0];
    close(sum(contracts, Kind::Prepayments), 0.0);
    close(sum(contracts, Kind::FoundryBalances), -5000.0);
}

/// The one customer of the miniature is gone: on every path 41,500 are prepaid and 5,000 due in October, 5,000 and 7,500 prepaid in November and
/// December, and 17,500, 5,000 and 7,500 due from February on. That is what no new orders leave, -29,000, less the balances of the 120 machines
/// of its contracts, 500 each.
#[test]
fn without_its_one_customer_the_miniature_pays_for_wafers_alone() {
    let expected = root().join("fixtures/miniature/expected");
    let cash: Vec<_> = rows(&expected.join("cash_risk.csv"))
        .into_iter()
        .filter(|row| row["scenario"] == "base" && row["case"] == "largest_customer_gone")
        .collect();
    let by_hand = [
        -46_500, -51_500, -59_000, -59_000, -76_500, -81_500, -89_000, -89_000, -89_000, -89_000, -89_000,
        -89_000,
    ];
    for column in ["cash_p5_usd", "cash_p50_usd", "cash_p95_usd", "cash_mean_usd"] {
        let found: Vec<String> = cash.iter().map(|row| row[column].clone()).collect();
        assert_eq!(found, by_hand.map(|usd| format!("{usd}.00")), "{column}");
    }
    let low = rows(&expected.join("cash_low.csv"));
    let low =
        low.iter().find(|row| row["scenario"] == "base" && row["case"] == "largest_customer_gone").unwrap();
    assert_eq!(
        ["low_p50_usd", "low_month", "below_limit_probability"].map(|column| low[column].as_str()),
        ["-89000.00", "2026-04-01", "1.0000"]
    );
}

/// Of 120,000 USD on order one customer has 102,000, half of it received, and of the 1,440 machines of 24 months all but 18: 85% and 98.75%.
/// Where the two others belong to its group, all is gone with it, as above.
#[test]
fn the_largest_customer_is_a_group_where_groups_are_given() {
    let ran = |customers: &str| {
        let folder = common::copy_of("miniature");
        let job = folder.path().join("trade.toml");
        if !customers.is_empty() {
            std::fs::File::create(folder.path().join("customers.csv"))
                .and_then(|mut file| std::io::Write::write_all(&mut file, customers.as_bytes()))
                .unwrap();
            common::edit(&job, |text| {
                text.replacen(
                    "[exports.supply]",
                    "[exports.customers]\npath = \"customers.csv\"\n[exports.supply]",
                    1,
                )
            });
        }
        let out = folder.path().join("out");
        let output = wafercast(&["run", job.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        let said = reported(&output);
        assert!(output.status.success(), "{said}");
        let cash = rows(&out.join("2025Q3/cash_risk.csv"));
        let row = cash.iter().find(|row| row["scenario"] == "base" && row["case"] == "largest_customer_gone");
        (said, ["cash_p5_usd", "cash_p95_usd"].map(|column| row.unwrap()[column].parse::<f64>().unwrap()))
    };
    let (said, alone) = ran("");
    let told = "without the largest customer (Only Customer: 85.0% of what is on order, 51,000 USD of it still to be paid, and 98.8% of the machines signed in 24 months) it is lowest at";
    assert!(said.contains(told), "{said}");
    assert!(alone[0] > -46_500.0, "the others still pay: {alone:?}");
    let (said, group) = ran(
        "customer,parent,known_on\nNothing Paid,Only Customer,2025-09-01\nA Tenth Paid,Only Customer,2025-09-01\n",
    );
    let told = "without the largest customer (Only Customer: 100.0% of what is on order, 68,100 USD of it still to be paid, and 100.0% of the machines";
    assert!(said.contains(told), "{said}");
    assert_eq!(group, [-46_500.0; 2]);
}

/// On the fixtures: bear below base below bull, quantiles in order, a probability between 0 and 1 that never falls from month to
/// month, kinds that add up, and the lowest month end no higher than any month.
#[test]
fn what_holds_on_the_fixtures() {
    let folder = tempfile::tempdir().unwrap();
    let text = common::text(&root().join("jobs/quarterly.toml"));
    let text = text
        .replace("paths = 2000", "paths = 200")
        .replace("opening_cash_usd = 0", "opening_cash_usd = 5000000");
    let job = folder.path().join("job.toml");
    std::fs::File::create(&job).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
    let (inputs, out) = (root().join("fixtures/maker"), folder.path().join("out"));
    let given = [&job, &inputs, &out].map(|path| path.to_str().unwrap());
    let output = wafercast(&["run", given[0], "--inputs", given[1], "--out", given[2]]);
    assert!(output.status.success(), "{}", reported(&output));
    let tables = out.join("2025Q3");
    let number =
        |row: &std::collections::BTreeMap<String, String>, column: &str| row[column].parse::<f64>().unwrap();
    let low = rows(&tables.join("cash_low.csv"));
    let of = |scenario: &str, column: &str| {
        let row = low.iter().find(|row| row["scenario"] == scenario && row["case"] == "plan").unwrap();
        number(row, column)
    };
    for column in ["low_p5_usd", "low_p50_usd"] {
        let [bear, base, bull] = ["bear", "base", "bull"].map(|scenario| of(scenario, column));
        assert!(bear < base && base < bull, "{column}: {bear} {base} {bull}");
    }
    let (bear, base) = (of("bear", "below_limit_probability"), of("base", "below_limit_probability"));
    assert!(bear > base && base >= 0.0 && bear <= 1.0, "{bear} {base}");
    let quantiles = |row: &_, of: &str| {
        ["p5", "p10", "p50", "p90", "p95"].map(|at| number(row, &format!("{of}_{at}_usd")))
    };
    let months = rows(&tables.join("cash_risk.csv"));
    assert_eq!((months.len(), low.len()), (3 * 4 * 12, 3 * 4));
    for row in &low {
        assert!(quantiles(row, "low").is_sorted(), "{row:?}");
    }
    let mut before: Option<&std::collections::BTreeMap<String, String>> = None;
    for row in &months {
        assert!(quantiles(row, "cash").is_sorted(), "{row:?}");
        let key =
            |row: &std::collections::BTreeMap<String, String>| (row["scenario"].clone(), row["case"].clone());
        if let Some(before) = before.filter(|before| key(before) == key(row)) {
            let below = |row| number(row, "below_limit_probability");
            assert!(below(row) >= below(before), "{row:?}");
        }
        let lowest = low.iter().find(|low| key(low) == key(row)).unwrap();
        assert!(number(lowest, "low_p5_usd") <= number(row, "cash_p5_usd"), "{row:?}");
        before = Some(row);
    }
    for row in rows(&tables.join("cash.csv")) {
        let parts = [
            "customer_deposits_usd",
            "customer_balances_usd",
            "customer_refunds_usd",
            "foundry_prepayments_usd",
            "foundry_balances_usd",
            "machine_costs_usd",
        ];
        let all: f64 = parts.iter().map(|part| number(&row, part)).sum();
        assert!((all - number(&row, "net_usd")).abs() < 0.04, "{row:?}");
    }
    for row in rows(&tables.join("exposure.csv")) {
        let of = |column: &str| number(&row, &format!("write_down_{column}"));
        let rising = [of("p90_usd"), of("p95_usd"), of("p99_usd")];
        assert!(rising.is_sorted() && of("shortfall_usd") >= of("p95_usd"), "{row:?}");
        assert!((0.0..=1.0).contains(&of("probability")), "{row:?}");
    }
}

/// Two vintages of the miniature. By hand: the twelve months from October 2025 bring 586,000 USD and the four orders to place ask for
/// 54,000 ahead. What the vintage before said, and where cash is lowest on the paths, stands in the tables of both.
#[test]
fn what_changed_in_cash_since_the_vintage_before_is_told() {
    let folder = common::copy_of("miniature");
    let job = folder.path().join("job.toml");
    for as_of in ["2025-06-30", "2025-09-30"] {
        let output = wafercast(&["run", job.to_str().unwrap(), "--as-of", as_of]);
        assert!(output.status.success(), "{}", reported(&output));
    }
    let vintage = |name: &str| folder.path().join("out").join(name);
    let said = |name: &str| {
        let plan = |row: &&std::collections::BTreeMap<String, String>| {
            row["scenario"] == "base" && row["case"] == "plan"
        };
        let low = rows(&vintage(name).join("cash_low.csv")).iter().find(plan).unwrap().clone();
        let whole = |cell: &str| {
            let usd = cell.parse::<f64>().unwrap().round();
            let digits = format!("{:.0}", usd.abs());
            let mut text = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index) % 3 == 0 {
                    text.push(',');
                }
                text.push(digit);
            }
            if usd < 0.0 { format!("-{text}") } else { text }
        };
        let months = rows(&vintage(name).join("cash.csv"));
        let last = months.iter().rfind(|row| row["scenario"] == "base").unwrap();
        let orders = rows(&vintage(name).join("wafer_orders.csv"));
        let now = orders.iter().filter(|row| row["decision"] == "place_now");
        let prepaid: f64 = now.map(|row| row["prepayment_usd"].parse::<f64>().unwrap()).sum();
        [
            whole(&low["low_p50_usd"]),
            low["low_month"][..7].to_owned(),
            format!("{:.1}%", 100.0 * low["below_limit_probability"].parse::<f64>().unwrap()),
            whole(&last["cumulative_usd"]),
            whole(&prepaid.to_string()),
        ]
    };
    let (before, now) = (said("2025Q2"), said("2025Q3"));
    assert_eq!(now[3..], ["586,000", "54,000"]);
    assert_ne!(before, now);
    let lines = [
        format!(
            "cash at its lowest, half of the paths: {} USD in {}, 2025Q2 said {} in {}; below the limit on {} of the paths ({})",
            now[0], now[1], before[0], before[1], now[2], before[2]
        ),
        format!(
            "cash of the 12 months ahead: {} USD, 2025Q2 said {} of its own; to prepay for the orders to place: {} ({})",
            now[3], before[3], now[4], before[4]
        ),
    ];
    let summary = common::text(&vintage("2025Q3").join("summary.md"));
    let changed = summary.split_once("## What changed").unwrap().1.split_once("## ").unwrap().0;
    let printed: Vec<&str> = changed.lines().filter_map(|line| line.strip_prefix("- cash ")).collect();
    assert_eq!(printed, lines.each_ref().map(|line| line.strip_prefix("cash ").unwrap()));
    let page = common::text(&vintage("2025Q3").join("report.html"));
    assert!(lines.iter().all(|line| page.contains(&line[5..])), "the section of what changed");
    // A vintage without these tables, as earlier versions made them, says nothing that could be compared.
    let manifest = vintage("2025Q2").join("manifest.json");
    common::edit(&manifest, |text| text.replace("/cash_low.", "/cash_lowest."));
    common::edit(&folder.path().join("job.toml"), |text| text + "\n");
    let output = wafercast(&["run", job.to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    assert!(
        reported(&output)
            .contains("changed: cash is not comparable: 2025Q2 is of a version without its tables"),
        "{}",
        reported(&output)
    );
}
