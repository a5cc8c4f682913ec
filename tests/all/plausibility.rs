//! Values that cannot be right: each test alters the fixtures in one way and looks at what becomes of it.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::common::{copy_of, edit, reported, root, rows, text, wafercast};

/// Codes of the checks tested here.
const CODES: [&str; 6] =
    ["[implausible-market]", "[flat-feed]", "[odd-price]", "[overpaid]", "[odd-quantity]", "[odd-stock]"];

/// The job of the fixtures with a change, in a folder of its own.
fn job(folder: &Path, change: &dyn Fn(String) -> String) -> PathBuf {
    let path = folder.join("job.toml");
    std::fs::copy(root().join("jobs/quarterly.toml"), &path).unwrap();
    edit(&path, |job| change(job.replace("paths = 2000", "paths = 200")));
    path
}

/// The fixtures with one file rewritten, row by row; `change` gets the cells of each row and its number from 0.
struct Altered {
    folder: tempfile::TempDir,
    job: PathBuf,
}

impl Altered {
    fn new(file: &str, change: impl Fn(usize, &mut Vec<String>)) -> Self {
        Self::with_job(&|job| job).and(file, change)
    }

    fn with_job(change: &dyn Fn(String) -> String) -> Self {
        let folder = copy_of("maker");
        let job = job(folder.path(), change);
        Self { folder, job }
    }

    fn and(self, file: &str, change: impl Fn(usize, &mut Vec<String>)) -> Self {
        edit(&self.folder.path().join(file), |text| {
            let mut lines = Vec::new();
            for (index, line) in text.lines().enumerate() {
                let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
                if index > 0 {
                    change(index - 1, &mut cells);
                }
                if !cells.is_empty() {
                    lines.push(cells.join(","));
                }
            }
            lines.join("\n") + "\n"
        });
        self
    }

    fn header(self, file: &str, change: impl Fn(&str) -> String) -> Self {
        edit(&self.folder.path().join(file), |text| {
            let (header, rest) = text.split_once('\n').unwrap();
            format!("{}\n{rest}", change(header))
        });
        self
    }

    fn command(&self, name: &str) -> Output {
        let inputs = self.folder.path().to_str().unwrap();
        let out = self.folder.path().join("out");
        match name {
            "check" => wafercast(&["check", self.job.to_str().unwrap(), "--inputs", inputs]),
            _ => wafercast(&[
                "run",
                self.job.to_str().unwrap(),
                "--inputs",
                inputs,
                "--out",
                out.to_str().unwrap(),
            ]),
        }
    }

    /// Checked: the exit code and everything that must be said.
    fn says(&self, code: i32, words: &[&str]) -> String {
        let output = self.command("check");
        let reported = reported(&output);
        assert_eq!(output.status.code(), Some(code), "{reported}");
        for word in words {
            assert!(reported.contains(word), "`{word}` is not in\n{reported}");
        }
        reported
    }

    /// A published table.
    fn table(&self, name: &str) -> Vec<std::collections::BTreeMap<String, String>> {
        let output = self.command("run");
        assert_eq!(output.status.code(), Some(0), "{}", reported(&output));
        rows(&self.folder.path().join("out/2025Q3").join(format!("{name}.csv")))
    }
}

fn times(cell: &mut String, factor: f64) {
    *cell = format!("{:.6}", cell.parse::<f64>().unwrap() * factor);
}

const HASHPRICE: &str = "hashprice.csv";
const DIFFICULTY: &str = "difficulty.csv";
const ORDERS: &str = "futures_orders.csv";

// Cells of an order.
const ID: usize = 0;
const SEGMENT: usize = 2;
const SIGNED: usize = 5;
const QUANTITY: usize = 6;
const PRICE: usize = 7;
const PREPAID: usize = 8;

#[test]
fn honest_exports_are_not_doubted() {
    let reported = Altered::new(HASHPRICE, |_, _| {}).says(0, &[]);
    assert!(
        CODES.iter().all(|code| !reported.contains(code)) && !reported.contains("[unit-slip]"),
        "{reported}"
    );
}

#[test]
fn days_in_another_unit_are_refused_by_their_dates_and_lines() {
    let per_th = Altered::new(HASHPRICE, |_, row| {
        if row[0].as_str() >= "2025-09-01" {
            times(&mut row[1], 1e-3);
        }
    });
    per_th.says(
        65,
        &["hashprice.csv:1890:", "from 2025-09-01 to 2025-09-30 (line 1919), 30 days", "USD per TH a day"],
    );
    let fifth = Altered::new(HASHPRICE, |_, row| {
        if row[0].as_str() >= "2024-06-01" {
            times(&mut row[1], 0.2);
        }
    });
    // Within what is known of those days, and yet no move of a market.
    fifth.says(65, &["more than a market moves", "2024-0"]);
}

#[test]
fn one_day_that_cannot_be_right_is_left_out_and_reported() {
    let spoiled = Altered::new(HASHPRICE, |_, row| {
        if row[0] == "2025-03-05" {
            times(&mut row[1], 1e8);
        }
    });
    spoiled.says(
        0,
        &["hashprice.csv:1710: hashprice:", "of 2025-03-05 is", "and is left out [implausible-market]"],
    );
    let without = Altered::new(HASHPRICE, |_, row| {
        if row[0] == "2025-03-05" {
            row.clear();
        }
    });
    assert_eq!(spoiled.table("market"), without.table("market"));
    let error = Altered::with_job(&|job| job.replace("[checks]", "[checks]\nimplausible-market = \"error\""))
        .and(HASHPRICE, |place, row| {
            if place == 700 {
                times(&mut row[1], 20.0);
            }
        });
    error.says(65, &["[implausible-market]"]);
}

#[test]
fn a_fall_by_half_in_a_day_that_lasts_is_a_move_of_the_market() {
    let fallen = Altered::new(HASHPRICE, |_, row| {
        if row[0].as_str() >= "2025-03-13" {
            times(&mut row[1], 0.45);
        }
    });
    let reported = fallen.says(0, &[]);
    assert!(!reported.contains("[implausible-market]"), "{reported}");
}

/// Adds the price of bitcoin that the fixtures imply, and four times the hashprice on one day.
fn with_prices(of_that_day: f64) -> Altered {
    let difficulty: Vec<f64> = text(&root().join("fixtures/maker/difficulty.csv"))
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap().1.parse().unwrap())
        .collect();
    Altered::new(HASHPRICE, move |place, row| {
        let subsidy = if row[0].as_str() < "2024-04-20" { 6.25 } else { 3.125 };
        let hashrate_ph = difficulty[place] * 4_294_967_296.0 / 600.0 / 1e15;
        let price = row[1].parse::<f64>().unwrap() * hashrate_ph / (144.0 * subsidy);
        let spoiled = row[0] == "2023-07-20";
        row.push(format!("{:.2}", if spoiled { price * of_that_day } else { price }));
        if spoiled {
            times(&mut row[1], 4.0);
        }
    })
    .header(HASHPRICE, |header| format!("{header},PriceUSD"))
}

#[test]
fn a_day_on_which_two_sources_agree_stays_and_one_that_contradicts_does_not() {
    let reported = with_prices(4.0).says(0, &[]);
    assert!(!reported.contains("[implausible-market]"), "{reported}");
    with_prices(1.0).says(0, &["of 2023-07-20 is 3", "the days around it"]);
    with_prices(0.5).says(0, &["of 2023-07-20 is ", "another column or export"]);
}

#[test]
fn difficulty_is_held_against_the_hashrate_beside_it() {
    let day = |of_hashrate: f64| {
        Altered::new(DIFFICULTY, move |_, row| {
            let terahash = row[1].parse::<f64>().unwrap() * 4_294_967_296.0 / 600.0 / 1e12;
            let spoiled = row[0] == "2023-07-20";
            row.push(format!("{:.0}", if spoiled { terahash * of_hashrate } else { terahash }));
            if spoiled {
                times(&mut row[1], 4.0);
            }
        })
        .header(DIFFICULTY, |header| format!("{header},hashrate_ths"))
    };
    day(1.0).says(0, &["difficulty.csv:1116: difficulty:", "of 2023-07-20 is 4 times the days around it"]);
    let reported = day(4.0).says(0, &[]);
    assert!(!reported.contains("difficulty.csv:1116"), "{reported}");
}

/// The difficulty export in another unit.
fn difficulty_times(factor: f64, unit: Option<&str>, header: &str) -> Altered {
    let declare = |job: String| match unit {
        Some(unit) => {
            job.replace("[exports.difficulty]", &format!("[exports.difficulty]\nunit = \"{unit}\""))
        }
        None => job,
    };
    Altered::with_job(&declare)
        .and(DIFFICULTY, |_, row| row[1] = format!("{:e}", row[1].parse::<f64>().unwrap() * factor))
        .header(DIFFICULTY, |_| header.to_owned())
}

#[test]
fn a_leap_of_difficulty_that_no_retarget_makes_is_reported() {
    let doubled = |from: &'static str, until: &'static str| {
        Altered::new(DIFFICULTY, move |_, row| {
            if (from..until).contains(&row[0].as_str()) {
                times(&mut row[1], 2.0);
            }
        })
    };
    let reported =
        doubled("2025-06-10", "2026").says(0, &["from 2025-06-10 on difficulty is about 2.00 times"]);
    assert_eq!(reported.matches("[implausible-market]").count(), 1, "{reported}");
    doubled("2025-06-10", "2025-06-20").says(0, &["difficulty is about", "what it was before"]);
    doubled("2025-06-10", "2025-06-11")
        .says(0, &["of 2025-06-10 is 1.9991 times the days around it", "is left out"]);
    // A list of retargets, every fourteenth day.
    let retargets = Altered::new(DIFFICULTY, |place, row| {
        let value: f64 = row[1].parse().unwrap();
        let factor = if row[0].as_str() >= "2025-06-10" { 2.0 } else { 1.0 };
        if place % 14 == 0 {
            row.push((value * factor).to_string());
        } else {
            row.clear();
        }
        if let [_, value, doubled] = row.as_mut_slice() {
            *value = doubled.clone();
            *doubled = (900_000 + 144 * place).to_string();
        }
    })
    .header(DIFFICULTY, |_| "date,difficulty,height".to_owned());
    retargets.says(0, &["times what it was before; since 2014 no retarget", "[implausible-market]"]);
}

#[test]
fn a_short_market_and_an_old_hole_are_reported() {
    let keep = |test: &'static dyn Fn(&str) -> bool| {
        Altered::new(HASHPRICE, move |_, row| {
            if !test(&row[0]) {
                row.clear();
            }
        })
    };
    keep(&|day| day >= "2024-10-01").says(
        0,
        &[
            "price volatility is measured on 11 months where volatility_months asks for 36",
            "go back to 2024-10",
        ],
    );
    keep(&|day| !("2022-01-01".."2023-01-01").contains(&day)).says(
        0,
        &["hashprice has no value between 2021-12-31 and 2023-01-01, 365 days: volatility", "[gap]"],
    );
}

#[test]
fn a_hole_of_days_left_out_names_them_and_their_warnings_come_along() {
    let spoiled = Altered::new(HASHPRICE, |_, row| {
        if ("2025-06-10".."2025-06-17").contains(&row[0].as_str()) {
            times(&mut row[1], 20.0);
        }
    });
    let reported = spoiled.says(
        69,
        &[
            "between 2025-06-09 and 2025-06-17: 7 of its 7 days cannot be right and were left out [gap]",
            "of 2025-06-10 is",
            "is left out [implausible-market]",
        ],
    );
    assert!(
        reported.find("[implausible-market]") < reported.find("error: "),
        "errors come last:\n{reported}"
    );
}

#[test]
fn a_unit_of_difficulty_is_named_and_can_be_declared() {
    let hashes = 4_294_967_296.0;
    for (factor, header, name, unit) in [
        (1e-12, "date,difficulty", "difficulty in trillions (T)", "difficulty_t"),
        (hashes, "date,difficulty", "raw hashes for a block", "hashes_per_block"),
        (hashes / 600.0 / 1e9, "date,value", "hashrate in GH/s", "gh_per_s"),
        (hashes / 600.0 / 1e18, "date,HashRate", "hashrate in EH/s", "eh_per_s"),
    ] {
        let reported =
            difficulty_times(factor, None, header).says(65, &[name, "difficulty.csv: its difficulty", unit]);
        assert!(!reported.contains("hashprice.csv: "), "{reported}");
        let reported = difficulty_times(factor, Some(unit), header).says(0, &[]);
        assert!(!reported.contains("[implausible-market]"), "{reported}");
    }
}

#[test]
fn hashprice_in_bitcoin_is_named() {
    let btc =
        Altered::new(HASHPRICE, |_, row| row[1] = format!("{:e}", row[1].parse::<f64>().unwrap() / 1e5));
    btc.says(65, &["hashprice.csv: its hashprice", "BTC per PH a day, not USD", "[unit-slip]"]);
}

#[test]
fn zeros_of_years_ago_are_no_values_and_zeros_between_are_reported() {
    let old = Altered::new(HASHPRICE, |_, _| {})
        .header(HASHPRICE, |header| format!("{header}\n2009-01-03,0\n2009-01-04,0.0"));
    let reported = old.says(0, &[]);
    assert!(!reported.contains("[implausible-market]"), "{reported}");
    let between = Altered::new(DIFFICULTY, |place, row| {
        if place == 500 {
            row[1] = "0".to_owned();
        }
    });
    between.says(0, &["difficulty.csv:502: 1 day(s) have a difficulty of 0, which is taken for no value"]);
}

#[test]
fn a_feed_that_stands_still_longer_than_an_epoch_is_reported() {
    let still = Altered::new(HASHPRICE, |_, row| {
        if row[0].as_str() >= "2025-09-08" {
            row[1] = "70".to_owned();
        }
    });
    still.says(0, &["stands still from 2025-09-08 to 2025-09-30, 23 days, up to its end", "[flat-feed]"]);
}

#[test]
fn hashprice_that_stands_still_for_four_days_is_reported() {
    let still = |from: &'static str| {
        Altered::new(HASHPRICE, move |_, row| {
            if row[0].as_str() >= from {
                row[1] = "52".to_owned();
            }
        })
        .says(0, &[])
    };
    let said = still("2025-09-27");
    assert!(said.contains("stands still from 2025-09-27 to 2025-09-30, 4 days, up to its end"), "{said}");
    assert!(!still("2025-09-28").contains("[flat-feed]"));
}

/// The last two months are those of a year before.
#[test]
fn days_of_another_time_stop_the_run() {
    let mut before = std::collections::BTreeMap::new();
    for line in text(&root().join("fixtures/maker").join(HASHPRICE)).lines().skip(1) {
        let (day, value) = line.split_once(',').unwrap();
        before.insert(day.to_owned(), value.to_owned());
    }
    let copied = |from: &'static str| {
        let before = before.clone();
        Altered::new(HASHPRICE, move |_, row| {
            if row[0].as_str() >= from {
                row[1] = before[&row[0].replace("2025", "2024")].clone();
            }
        })
    };
    copied("2025-08-01").says(
        65,
        &[
            "from 2025-08-01 to 2025-09-30 every value is that of the days from 2024-08-01 on, in the same order",
            "[implausible-market]",
        ],
    );
    let few = copied("2025-09-22").says(0, &[]);
    assert!(!few.contains("every value is that of"), "{few}");
}

#[test]
fn one_price_that_cannot_be_right_counts_as_not_given() {
    let spoiled = Altered::new(ORDERS, |_, row| {
        if row[ID] == "SO-00530" {
            times(&mut row[PRICE], 1000.0);
        }
    });
    spoiled.says(0, &["futures_orders.csv:531: 1 of 541 prices", "SO-00530 on line 531", "[odd-price]"]);
    let without = Altered::new(ORDERS, |_, row| {
        if row[ID] == "SO-00530" {
            row[PRICE].clear();
        }
    });
    for table in ["pricing", "policy_checks", "cash"] {
        assert_eq!(spoiled.table(table), without.table(table), "{table}");
    }
}

#[test]
fn many_prices_in_another_currency_or_unit_are_refused_or_reported() {
    let recent = Altered::new(ORDERS, |_, row| {
        if row[SIGNED].as_str() >= "2025-07-01" {
            times(&mut row[PRICE], 7.1);
            times(&mut row[PREPAID], 7.1);
        }
    });
    recent.says(65, &["prices stand for more than 4 times", "another currency", "[odd-price]"]);
    let per_th = Altered::new(ORDERS, |_, row| times(&mut row[PRICE], 1.0 / 200.0));
    per_th.says(0, &["months of the machine's gross mining income", "of what its chips alone cost"]);
}

#[test]
fn more_paid_than_an_order_is_worth_is_reported_and_no_share_is_above_one() {
    let paid = Altered::new(ORDERS, |_, row| times(&mut row[PREPAID], 20.0));
    paid.says(0, &["more was received on", "[overpaid]"]);
    let checks = paid.table("policy_checks");
    let share =
        checks.iter().find(|row| row["check"].contains("prepayment") && row["unit"] == "share").unwrap();
    assert!(share["value"].parse::<f64>().unwrap() <= 1.0, "{share:?}");
}

#[test]
fn an_order_ten_times_too_large_is_reported_and_the_limit_is_a_key() {
    let ten_times = |row: &mut Vec<String>| {
        if row[ID] == "SO-00514" {
            row[QUANTITY] = (row[QUANTITY].parse::<u32>().unwrap() * 10).to_string();
        }
    };
    let spoiled = Altered::new(ORDERS, |_, row| ten_times(row));
    spoiled.says(
        0,
        &["futures_orders.csv:515:", "times the next largest of", "5.0% of its value paid", "[odd-quantity]"],
    );
    let wider = Altered::with_job(&|job| job.replace("order_factor = 5", "order_factor = 20"))
        .and(ORDERS, |_, row| ten_times(row));
    assert!(!wider.says(0, &[]).contains("times the next largest of"));
    let narrow = Altered::with_job(&|job| job.replace("order_factor = 5", "order_factor = 1"));
    let output = narrow.command("check");
    assert_eq!(output.status.code(), Some(78), "{}", reported(&output));
    assert!(reported(&output).contains("order_factor = 1 must be above 1"), "{}", reported(&output));
    // A quantity of a distributor's is held against distributors' only.
    let channel = Altered::new(ORDERS, |_, row| {
        if row[ID] == "SO-00539" {
            assert_eq!(row[SEGMENT], "channel");
            row[QUANTITY] = "2000".to_owned();
        }
    });
    channel.says(0, &["order SO-00539 of 2000 machines", "distributors"]);
}

#[test]
fn stock_far_beyond_what_was_ever_sold_stops_the_run() {
    for (item, cell, factor) in [("C5", 3, 1000), ("M90-200", 3, 1000), ("C3", 5, 1000)] {
        let spoiled = Altered::new("supply.csv", |_, row| {
            if row[2] == item && !row[cell].is_empty() {
                row[cell] = (row[cell].parse::<u64>().unwrap() * factor).to_string();
            }
        });
        spoiled.says(65, &[item, "the maker's best year of orders", "[odd-stock]"]);
    }
    let held = Altered::new("channel_inventory.csv", |_, row| {
        if row[0] == "2025-09-30" {
            row[3] += "000";
        }
    });
    held.says(0, &["distributors hold", "ever ordered", "[odd-stock]"]);
}

/// A column of currencies at the end of the orders.
fn in_currency(name: &'static str, word: &'static str, from: usize) -> Altered {
    Altered::new(ORDERS, move |place, row| row.push(if place < from { "USD" } else { word }.to_owned()))
        .header(ORDERS, |header| format!("{header},{name}"))
}

#[test]
fn another_currency_is_refused_by_its_name() {
    in_currency("Currency", "CNY", 540)
        .says(65, &["futures_orders.csv:542: Currency: `CNY`", "[other-currency]"]);
    in_currency("币别", "人民币", 0).says(65, &["币别: `人民币`"]);
    for word in ["USD", "US$", "$", "美元", "US Dollar", "доллар США", "usd"] {
        in_currency("币别", word, 0).says(0, &[]);
    }
    for (header, name) in
        [("Unit price (CNY)", "CNY"), ("单价(元)", "CNY"), ("Preis €", "EUR"), ("RMB", "RMB")]
    {
        let renamed = Altered::with_job(&|job| {
            job.replace(
                "[exports.futures_orders]",
                &format!("[exports.futures_orders]\ncolumns = {{ unit_price_usd = \"{header}\" }}"),
            )
        });
        let renamed = renamed.header(ORDERS, |line| line.replace("unit_price_usd", header));
        renamed.says(65, &[header, &format!("is in {name} by its header"), "[other-currency]"]);
    }
}

/// The inventory with a further channel on every day, of all machines of a model and some more.
fn with_sums(name: &str, more: impl Fn(&str) -> u32) -> Altered {
    let altered = Altered::new("channel_inventory.csv", |_, _| {});
    edit(&altered.folder.path().join("channel_inventory.csv"), |text| {
        let mut sums: std::collections::BTreeMap<(String, String), u32> = std::collections::BTreeMap::new();
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            *sums.entry((cells[0].to_owned(), cells[2].to_owned())).or_default() +=
                cells[3].parse::<u32>().unwrap();
        }
        let rows: Vec<String> = sums
            .iter()
            .map(|((date, model), sum)| format!("{date},{name},{model},{},\n", sum + more(date)))
            .collect();
        text + &rows.concat()
    });
    altered
}

#[test]
fn rows_of_sums_are_left_out_and_a_sum_by_chance_is_not() {
    let honest = Altered::new("channel_inventory.csv", |_, _| {}).table("policy_checks");
    for (name, why) in [("合计", "is named like a sum"), ("Region Nord", "others")] {
        let summed = with_sums(name, |_| 0);
        summed.says(0, &[why, "rows are left out [total-row]"]);
        assert_eq!(summed.table("policy_checks"), honest, "{name}");
    }
    let by_chance = with_sums("Region Nord", |date| u32::from(date == "2024-05-31"));
    let reported = by_chance.says(0, &[]);
    assert!(!reported.contains("[total-row]"), "{reported}");
}

#[test]
fn a_price_in_another_currency_that_is_not_read_is_refused_too() {
    for header in ["unit_price_eur", "Unit price (CNY)", "单价(人民币)"] {
        let folder = copy_of("maker");
        edit(&folder.path().join("futures_orders.csv"), |text| text.replacen("unit_price_usd", header, 1));
        let job = root().join("jobs/quarterly.toml");
        let inputs = folder.path().to_str().unwrap();
        let output = wafercast(&["check", job.to_str().unwrap(), "--inputs", inputs]);
        let said = reported(&output);
        assert_eq!(output.status.code(), Some(65), "{header}: {said}");
        assert!(said.contains(&format!("its column `{header}` is in")), "{said}");
    }
}
