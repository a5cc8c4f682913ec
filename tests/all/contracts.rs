//! Contracts as they are signed and changed: each way of writing one is read to the very same orders as its parts written by hand.

use std::fmt::Write as _;

use crate::common::{copy_of, edit, reported, rows, wafercast};
use crate::shaping::{exports, maker, orders_of, plain, plain_text, section};

/// The plain orders with another text in place of a line's.
fn with(old: &str, new: &str) -> String {
    let text = plain_text();
    assert!(text.contains(old), "{old}\n{text}");
    text.replace(old, new)
}

/// What is read; parts written by hand are of line 1, as those that changes make are.
fn read(text: &str) -> Result<String, String> {
    orders_of("o.csv", "", &[], &[("o.csv", text)]).map(|read| read.replace("line: \"1b\"", "line: \"1\""))
}

/// The orders with a file of changes.
fn changed(orders: &str, keys: &str, changes: &str) -> Result<String, String> {
    let sections =
        section("futures_orders", "o.csv", "", &[]) + &section("order_changes", "c.csv", keys, &[]);
    let folder = maker(&sections, &[("o.csv", orders), ("c.csv", changes)]);
    exports(folder.path()).map(|exports| format!("{:?}", exports.ledger))
}

/// Third line of the plain orders with deliveries: 60 machines in August to October, of which 40 left.
const LINE: &str =
    "SO3,1,\"Acme Mining\",key_account,MINI,futures,2025-07-05,60,1000,30000,2025-08,3,40,open,";

#[test]
fn first_and_last_delivery_say_how_many_months() {
    let mut text = String::new();
    for (row, line) in plain_text().lines().enumerate() {
        let mut cells: Vec<&str> = line.rsplitn(5, ',').collect();
        cells.reverse();
        let [before, _, delivered, state, ended] = cells.as_slice() else { panic!("{line}") };
        let start: i32 = before.rsplit('-').next().unwrap().parse().unwrap_or(0);
        let end = if row == 0 { "Last delivery".to_owned() } else { format!("2025-{:02}", start + 2) };
        writeln!(text, "{before},{end},{delivered},{state},{ended}").unwrap();
    }
    assert_eq!(read(&text).unwrap(), plain());
    // Before the first; beside another number of months; neither of the two.
    let refused = read(&text.replace("2025-08,2025-10", "2025-08,2025-07")).unwrap_err();
    assert!(
        refused.contains("o.csv:5") && refused.contains("2025-07, is before its first, 2025-08"),
        "{refused}"
    );
    let both = plain_text().replace("cancelled_date", "delivery_end").replace("40,open,", "40,open,2025-12");
    let refused = read(&both).unwrap_err();
    assert!(
        refused.contains("o.csv:5") && refused.contains("are 5 months, and delivery_months says 3"),
        "{refused}"
    );
    let refused = read(&plain_text().replace("delivery_months", "term")).unwrap_err();
    assert!(refused.contains("has no column `delivery_months`, nor `delivery_end`"), "{refused}");
}

#[test]
fn machines_cancelled_of_a_line_are_its_last_batches() {
    let header = |text: String| text.replacen("cancelled_date", "cancelled_date,cancelled_quantity", 1);
    let text = header(with(LINE, &format!("{LINE}2025-09-10,20")))
        .replace("open,\n", "open,,\n")
        .replace("completed,\n", "completed,,\n");
    // 20 a month: what is left is August and September, all of it delivered; October's 20 were cancelled.
    let by_hand = with(
        LINE,
        "SO3,1,\"Acme Mining\",key_account,MINI,futures,2025-07-05,40,1000,30000,2025-08,2,40,open,\nSO3,1b,\"Acme Mining\",key_account,MINI,futures,2025-07-05,20,1000,,2025-10,1,0,cancelled,2025-09-10",
    );
    assert_eq!(read(&text).unwrap(), read(&by_hand).unwrap());
    // A cancellation of October is not known in September.
    assert_eq!(read(&text.replace("2025-09-10,20", "2025-10-05,20")).unwrap(), plain());
    let refused = read(&text.replace("2025-09-10,20", "2025-09-10,30")).unwrap_err();
    assert!(
        refused.contains("o.csv:5") && refused.contains("`30`, and the 40 delivered are more than"),
        "{refused}"
    );
    let refused = read(&text.replace("2025-09-10,20", ",20")).unwrap_err();
    assert!(refused.contains("o.csv:5") && refused.contains("has no cancelled_date"), "{refused}");
    // All of it is a cancelled line.
    let none = text.replace("2025-08,3,40,open,2025-09-10,20", "2025-08,3,0,open,2025-09-10,60");
    let gone = with(LINE, &LINE.replace("40,open,", "0,cancelled,2025-09-10"));
    assert_eq!(read(&none).unwrap(), read(&gone).unwrap());
}

#[test]
fn changes_are_applied_as_they_were_known() {
    let head = "order_id,line,changed_date,quantity,model,unit_price_usd,delivery_start,delivery_months\n";
    let plain = plain_text();
    let change =
        |rows: &str| changed(&plain, "", &format!("{head}{rows}")).unwrap_or_else(|e| panic!("{rows}: {e}"));
    // A lower price and a later delivery are the line's terms.
    assert_eq!(
        change("SO4,1,2025-09-25,,,900,2026-01,6\n"),
        read(&with("21,1010,10605,2025-10,3", "21,900,10605,2026-01,6")).unwrap()
    );
    // Fewer machines: the last batches were cancelled on the day. More: signed on the day.
    assert_eq!(
        change("SO3,1,2025-09-10,40,,,,\n"),
        read(&with(
            LINE,
            "SO3,1,\"Acme Mining\",key_account,MINI,futures,2025-07-05,40,1000,30000,2025-08,2,40,open,\nSO3,1b,\"Acme Mining\",key_account,MINI,futures,2025-07-05,20,1000,,2025-10,1,0,cancelled,2025-09-10"
        ))
        .unwrap()
    );
    assert_eq!(
        change("SO3,1,2025-09-10,100,,,,\n"),
        read(&with(
            LINE,
            &format!("{LINE}\nSO3,1b,\"Acme Mining\",key_account,MINI,futures,2025-09-10,40,1000,,2025-09,2,0,open,")
        ))
        .unwrap()
    );
    // Another model: the old one was cancelled, the new one signed on the day.
    let line = "SO4,1,\"Kanal Ost\",channel,MINI,futures,2025-09-17,21,1010,10605,2025-10,3,0,open,";
    assert_eq!(
        change("SO4,,2025-09-25,,MAXI,2000,,\n"),
        read(&with(
            line,
            "SO4,1,\"Kanal Ost\",channel,MAXI,futures,2025-09-25,21,2000,10605,2025-10,3,0,open,\nSO4,1b,\"Kanal Ost\",channel,MINI,futures,2025-09-17,21,2000,,2025-10,3,0,cancelled,2025-09-25"
        ))
        .unwrap()
    );
    // What is dated after the as-of date does not exist; a line that says its present state is not changed again.
    assert_eq!(change("SO4,1,2025-10-01,1,,,,\n"), read(&plain).unwrap());
    assert_eq!(change("SO4,1,2025-09-20,40,,,,\nSO4,1,2025-09-25,21,,,,\n"), read(&plain).unwrap());
    // A later delivery may be of the whole order; prices in another currency are taken at its rate.
    assert_eq!(
        change("SO3,,2025-09-25,,,,2025-12,\n"),
        read(&plain.replace("2025-08,3", "2025-12,3")).unwrap()
    );
    assert_eq!(
        changed(
            &plain,
            "currency = \"CNY\"\nper_usd = { CNY = 8 }",
            &format!("{head}SO4,1,2025-09-25,,,7200,,\n")
        )
        .unwrap(),
        read(&with("21,1010,10605", "21,900,10605")).unwrap()
    );
}

/// An option whose day has passed is over; one that was changed is what it was changed to.
#[test]
fn options_are_read_as_they_stand() {
    let orders = |until: &str| {
        let text = plain_text().replacen("cancelled_date", "cancelled_date,option_until", 1);
        let text = text.replace("open,\n", "open,,\n").replace("completed,\n", "completed,,\n");
        format!(
            "{text}OPT,1,\"Acme Mining\",key_account,MINI,option,2025-08-01,500,900,,2026-01,5,,open,,{until}\n"
        )
    };
    let options = |until: &str, changes: &str| {
        let head =
            "order_id,line,changed_date,quantity,model,unit_price_usd,delivery_start,delivery_months\n";
        let read =
            changed(&orders(until), "", &format!("{head}{changes}SO4,1,2025-09-25,,,1010,,\n")).unwrap();
        let (_, rest) = read.split_once("options: ").unwrap();
        rest.split_once(", oddities").unwrap().0.to_owned()
    };
    let standing = options("2025-12-31", "");
    let expected = "[OpenOption { until: 2025-12-31, granted: 2025-08-01, model: ModelId(0), quantity: 500, unit_price: Some(Usd(900.0)), start: 2026-01, months: 5 }]";
    assert_eq!(standing, expected);
    assert_eq!(options("2025-09-29", ""), "[]");
    let moved = "[OpenOption { until: 2025-12-31, granted: 2025-08-01, model: ModelId(1), quantity: 300, unit_price: Some(Usd(1900.0)), start: 2026-03, months: 3 }]";
    assert_eq!(options("2025-12-31", "OPT,1,2025-09-01,300,MAXI,1900,2026-03,3\n"), moved);
    assert_eq!(options("2025-12-31", "OPT,1,2025-09-01,0,,,,\n"), "[]");
    // Nothing of it is an order.
    let ledger = |text: &str| read(text).unwrap().split_once("options: ").unwrap().0.to_owned();
    assert_eq!(ledger(&orders("2025-12-31")), ledger(&plain_text()));
    let refused = read(&orders("")).unwrap_err();
    assert!(refused.contains("o.csv:8: option_until: ``, is empty, but the row is an option"), "{refused}");
    let refused = read(&orders("2025-07-31")).unwrap_err();
    assert!(
        refused.contains("o.csv:8: option_until: `2025-07-31`, is before the option was granted"),
        "{refused}"
    );
}

#[test]
fn changes_that_cannot_be_are_refused_by_their_line() {
    let head = "order_id,line,changed_date,quantity,model\n";
    for (rows, said) in [
        ("SO9,1,2025-09-10,40,\n", "c.csv:2: order_id: `SO9`, is changed, but no order line"),
        ("SO3,7,2025-09-10,40,\n", "c.csv:2: order_id: `SO3`, is changed, but no order line"),
        ("SO3,,2025-09-10,40,\n", "c.csv:2: order_id: `SO3`, is changed, but has several lines"),
        ("SO3,1,2025-09-10,30,\n", "leaves 30 machines, fewer than the 40 that were delivered"),
        ("SO3,1,2025-07-01,50,\n", "before the order was signed on 2025-07-05"),
        ("SO3,1,2025-09-10,,\n", "c.csv:2: order_id: `SO3`, changes nothing"),
        ("SO3,1,2025-09-10,50,\nSO3,1,2025-09-10,45,\n", "c.csv:3: order_id: `SO3`, is the second change"),
        ("SO3,1,2025-09-10,,MIDI\n", "c.csv:2: model: `MIDI`"),
    ] {
        let refused = changed(&plain_text(), "", &format!("{head}{rows}")).unwrap_err();
        assert!(refused.contains(said), "{rows}{refused}");
    }
}

/// A line a batch comes to the orders that the contracts in one line each come to, with the first batch's line.
#[test]
fn level_batches_as_lines_are_one_contract() {
    let mut text = String::new();
    for (row, line) in plain_text().lines().enumerate() {
        if row == 0 {
            writeln!(text, "{line}").unwrap();
            continue;
        }
        let cells: Vec<&str> = line.rsplitn(9, ',').collect();
        let [_, _, delivered, months, first, paid, price, quantity, head] = cells.as_slice() else {
            panic!("{line}")
        };
        let number = |cell: &str| cell.parse::<u32>().unwrap();
        let (count, quantity, mut left) = (number(months), number(quantity), number(delivered));
        let (order, rest) = head.split_once(',').unwrap();
        let (line, rest) = rest.split_once(',').unwrap();
        for k in 0..count {
            let batch = quantity / count;
            let done = left.min(batch);
            left -= done;
            let state = if done == batch { "completed" } else { "open" };
            let month = number(first.rsplit('-').next().unwrap()) + k;
            writeln!(
                text,
                "{order},{line}.{k},{rest},{batch},{price},{},2025-{month:02},1,{done},{state},",
                number(paid) / count + if k == 0 { number(paid) % count } else { 0 }
            )
            .unwrap();
        }
    }
    assert_eq!(text.lines().count(), 1 + 6 * 3, "{text}");
    // How many machines are open or completed is counted as the export says it.
    let told = |read: String| {
        let read = read.replace("line: \"1.0\"", "line: \"1\"").replace("line: \"2.0\"", "line: \"2\"");
        let (before, rest) = read.split_once("by_status").unwrap();
        let after = rest.split_once(']').unwrap().1;
        format!("{before}{after}")
    };
    assert_eq!(told(read(&text).unwrap()), told(plain()));
}

/// Changes of nothing are told once, and the run goes on; where that is so, the job says it.
#[test]
fn an_export_of_changes_without_a_row_is_told() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |job| {
        job.replace("[exports.supply]", "[exports.order_changes]\npath = \"changes.csv\"\n[exports.supply]")
    });
    std::fs::File::create(folder.path().join("changes.csv"))
        .and_then(|mut f| std::io::Write::write_all(&mut f, b"order_id,line,changed_date,quantity\n"))
        .unwrap();
    let run = || {
        let [job, out] = ["job.toml", "out"].map(|name| folder.path().join(name).display().to_string());
        let output = wafercast(&["run", &job, "--out", &out]);
        assert!(output.status.success(), "{}", reported(&output));
        reported(&output).matches("it says that no order was ever changed").count()
    };
    assert_eq!(run(), 1);
    edit(&folder.path().join("job.toml"), |job| {
        job.replace("path = \"changes.csv\"", "path = \"changes.csv\"\nmay_be_empty = true")
    });
    assert_eq!(run(), 0);
}

/// An option is no order: nothing of it is firm or was signed. It ships where the price on its last day is above its own.
#[test]
fn an_option_is_not_firm_and_in_the_range() {
    let option = "\nOPT,Customer,key_account,MINI,option,2025-09-01,";
    let cells = "1200,PRICE,,2026-03,3,0,open,,2025-12-31";
    let run = |price: Option<&str>| {
        let folder = copy_of("miniature");
        edit(&folder.path().join("futures_orders.csv"), |text| {
            let mut lines = text.trim_end().lines();
            let header = lines.next().unwrap();
            let rows: String = lines.map(|line| format!("\n{line},")).collect();
            let more =
                price.map_or_else(String::new, |price| format!("{option}{}", cells.replace("PRICE", price)));
            format!("{header},option_until{rows}{more}\n")
        });
        let job = folder.path().join("job.toml");
        let output =
            wafercast(&["run", job.to_str().unwrap(), "--out", folder.path().join("out").to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", reported(&output));
        let said = reported(&output).contains("1200 machines of 1 option(s) are no orders");
        assert_eq!(said, price.is_some(), "{}", reported(&output));
        let odd = price.map(|price| {
            format!("an option of 1200 machines of MINI until 2025-12-31 has a price of {price} USD, and the newest orders of it 1000")
        });
        let words = odd.as_deref().unwrap_or("an option of");
        let far = price.is_some_and(|price| price != "900");
        assert_eq!(reported(&output).contains(words), far, "{words}: {}", reported(&output));
        let table = rows(&folder.path().join("out/2025Q3/shipment_forecast.csv"));
        let cells: Vec<(f64, f64, f64)> = table
            .iter()
            .filter(|row| row["scenario"] == "base" && row["level"] == "total")
            .map(|row| {
                let number = |name: &str| row[name].parse().unwrap();
                (number("firm_units"), number("units"), number("units_p90"))
            })
            .collect();
        cells
    };
    let (without, cheap, dear) = (run(None), run(Some("1")), run(Some("90000")));
    assert_eq!(run(Some("900")), cheap, "a price near that of orders is not doubted, and taken at 1,000");
    assert_eq!(dear, without, "at ninety times the price it is never taken");
    for (month, (cheap, without)) in cheap.iter().zip(&without).enumerate() {
        assert_eq!(cheap.0, without.0, "firm");
        if (5..8).contains(&month) {
            // March to May: 400 each on every path, in place of fewer to come.
            assert!(cheap.1 >= 400.0 && cheap.2 >= 400.0, "{month}: {cheap:?} {without:?}");
        } else {
            assert_eq!(cheap, without, "{month}");
        }
    }
}
