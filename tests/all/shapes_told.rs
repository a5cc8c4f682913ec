//! Exports that need a word more in the job: what is read without it, and what the message says to write.

use std::fmt::Write as _;

use crate::common::{edit, quoted};
use crate::shaping::{ORDERS, customer, exports, maker, orders_of, plain, plain_text, put, section, status};
use wafercast::ingest::Quote;

fn read(keys: &str, steps: &[&str], text: &str) -> Result<String, String> {
    orders_of("o.csv", keys, steps, &[("o.csv", text)])
}

/// Asserts that a file is refused, and that the message has what leads on.
fn refused(keys: &str, steps: &[&str], text: &str, words: &[&str]) {
    let said = read(keys, steps, text).unwrap_err();
    for word in words {
        assert!(said.contains(word), "{word}\n{said}");
    }
}

#[test]
fn words_are_read_in_any_case_with_blanks_and_dashes() {
    let text = plain_text().replace("key_account", "Key Account").replace("futures", "FUTURES");
    assert_eq!(read("", &[], &text).unwrap(), plain());
    assert_eq!(read("", &[], &text.replace("Key Account", "key-account")).unwrap(), plain());
    let text = plain_text().replace("completed", "DONE").replace(",open,", ",Offen,");
    assert_eq!(read("words = { done = \"completed\", offen = \"open\" }", &[], &text).unwrap(), plain());
    // A mark more is another word.
    let text = plain_text().replace("completed", "completed?");
    refused("", &[], &text, &["status: `completed?`, is not one of open, completed, cancelled"]);
}

#[test]
fn an_apostrophe_before_a_number_or_day_is_none_of_it() {
    let text = plain_text().replace(",60,1000,", ",'60,'1000,").replace(",2025-0", ",'2025-0");
    assert!(text.contains(",'2025-02-03,'60,'1000,30000,'2025-03,"), "{text}");
    assert_eq!(read("", &[], &text).unwrap(), plain());
    // Swiss thousands stay what they are.
    let text = plain_text().replace(",30000,", ",30'000,");
    assert_eq!(read("", &[], &text).unwrap(), plain());
}

#[test]
fn a_row_that_lacks_most_is_told_once_with_the_step_to_write() {
    let head = plain_text();
    // 9 cells must be filled; the sum has the number and the quantity.
    let sum = format!("{head}Alles zusammen,,,,,,,213,,,,,,,\n");
    let words = [
        "o.csv:8: the row lacks 7 of the 9 cells that it must have (customer, customer_segment, model, order_type, signed_date, delivery_start, status): where it is a sum, heading or note, leave it out by step = \"skip_rows\", column = \"customer\", empty = true",
    ];
    refused("", &[], &sum, &words);
    assert_eq!(read("", &[], &sum).unwrap_err().matches("o.csv:8").count(), 1);
    assert_eq!(
        read("", &["step = \"skip_rows\"\ncolumn = \"customer\"\nempty = true"], &sum).unwrap(),
        plain()
    );
    // A line below its head has more: 4 of 9.
    let below = format!("{head},2,,,MAXI,futures,,30,2100,,2025-03,3,30,,\n");
    refused("", &[], &below, &["lacks 5 of the 9 cells", "fill it by step = \"fill_down\""]);
    // One that lacks a few cells is told by each.
    let few = format!("{head}SO9,1,Acme Mining,key_account,MAXI,futures,,30,2100,,,3,30,open,\n");
    refused("", &[], &few, &["signed_date: ``, is empty", "delivery_start: ``, is empty"]);
}

#[test]
fn sums_in_other_words_are_left_out() {
    for word in ["** Total **", "Total (6)", "Összesen", "Tổng cộng:", "Σ"] {
        let text = format!("{}{word},,,,,,,213,,,,,,,\n", plain_text());
        assert_eq!(read("", &[], &text).unwrap(), plain(), "{word}");
    }
}

#[test]
fn messages_name_the_step_that_reads_the_row() {
    let head = plain_text();
    let back =
        format!("{head}SO3,9,Acme Mining,key_account,MINI,futures,2025-07-05,-5,1000,,2025-08,3,0,open,\n");
    refused("", &[], &back, &["quantity: `-5`", "step = \"net_reversals\"", "\"skip_rows\""]);
    let none =
        format!("{head}SO3,9,Acme Mining,key_account,MINI,futures,2025-07-05,0,1000,,2025-08,3,0,open,\n");
    refused("", &[], &none, &["quantity: `0`", "step = \"skip_rows\", zero = true"]);
    let twice =
        format!("{head}SO3,1,Acme Mining,key_account,MINI,futures,2025-07-05,60,1000,,2025-08,3,0,open,\n");
    refused("", &[], &twice, &["step = \"number_rows\"", "revisions of a line", "\"group\""]);
    let undated = format!(
        "{head}SO9,1,Acme Mining,key_account,MINI,futures,2025-07-05,5,1000,,2025-08,3,0,cancelled,\n"
    );
    refused("", &[], &undated, &["cancelled_date: ``", "step = \"skip_rows\""]);
    let steps = [
        "step = \"skip_rows\"\ncolumn = \"status\"\nis = [\"cancelled\"]\nand = [{ column = \"cancelled_date\", empty = true }]",
    ];
    assert_eq!(read("", &steps, &undated).unwrap(), plain());
    refused(
        "",
        &[],
        &head.replace("2025-10,3", "FY26 P07,3"),
        &["`FY26 P07`, is of a fiscal year", "step = \"join\""],
    );
    let stock = "snapshot_date,channel,model,quantity\n2025-09-30,Ost,MINI,5\n2025-09-30,Ost,MINI,4\n";
    let sections =
        section("futures_orders", "o.csv", "", &[]) + &section("channel_inventory", "i.csv", "", &[]);
    let folder = maker(&sections, &[("o.csv", &head), ("i.csv", stock)]);
    let said = exports(folder.path()).unwrap_err();
    assert!(said.contains("add them up by step = \"group\"") && said.contains("\"keep_rows\""), "{said}");
}

/// The plain orders with a column a week or quarter: each batch in that of the 15th of its month.
fn wide(header: impl Fn(u32) -> String) -> String {
    let columns: Vec<String> = (3..=12).map(header).collect();
    let mut text = format!(
        "order_id,line,customer,customer_segment,model,order_type,signed_date,unit_price_usd,prepaid_usd,delivered_quantity,status,{}\n",
        columns.join(",")
    );
    for (id, line, model, signed, quantity, price, paid, start, delivered) in ORDERS {
        let (customer, segment) = customer(id);
        let first: u32 = start[5..].parse().unwrap();
        let cell = |month: u32| {
            if (first..first + 3).contains(&month) { (quantity / 3).to_string() } else { String::new() }
        };
        let cells: Vec<String> = (3..=12).map(cell).collect();
        writeln!(
            text,
            "{id},{line},\"{customer}\",{segment},{model},futures,{signed},{price},{paid},{delivered},{},{}",
            status(quantity, delivered),
            cells.join(",")
        )
        .unwrap();
    }
    text
}

#[test]
fn weeks_and_quarters_as_columns() {
    let group = "step = \"group\"\nby = [\"order_id\", \"line\"]\nfirst = [\"delivery_start\"]\nsum = [\"quantity\"]\ncount = \"delivery_months\"";
    let turn = |keys: &str| format!("step = \"unpivot\"\nname = \"delivery_start\"\n{keys}");
    let week = |month: u32| {
        let week = chrono::NaiveDate::from_ymd_opt(2025, month, 15).unwrap();
        chrono::Datelike::iso_week(&week).week()
    };
    let text = wide(|month| format!("2025-W{:02}", week(month)));
    let steps = turn("values = { quantity = \"{week}\" }\nday = \"first\"");
    assert_eq!(read("", &[&steps, group], &text).unwrap(), plain());
    // Without a day the week stands as it is, and is read by its form.
    let steps = turn("values = { quantity = \"{week}\" }");
    let keys = "date_formats = { delivery_start = \"iso_week\" }";
    assert_eq!(read(keys, &[&steps, group], &text).unwrap(), plain());
    let text = wide(|month| format!("KW{:02} 2025 Stk", week(month)));
    let steps = turn("values = { quantity = \"{week} Stk\" }\nday = \"last\"");
    assert_eq!(read("", &[&steps, group], &text).unwrap(), plain());
    refused(
        "",
        &[&turn("values = { quantity = \"{fortnight}\" }")],
        &text,
        &["{month}, {date}, {week}, {quarter} and {text}"],
    );
    // 2025-10-01 to 2025-12-31 is the fourth quarter.
    let stock = "channel,model,Q3 2025,Q4 2024\nOst,MINI,5,3\n";
    let steps =
        "step = \"unpivot\"\nname = \"snapshot_date\"\nvalues = { quantity = \"{quarter}\" }\nday = \"last\"";
    let sections =
        section("futures_orders", "o.csv", "", &[]) + &section("channel_inventory", "i.csv", "", &[steps]);
    let folder = maker(&sections, &[("o.csv", &plain_text()), ("i.csv", stock)]);
    let inventory = format!("{:?}", exports(folder.path()).unwrap().stock);
    assert!(inventory.contains("2024-12-31") && inventory.contains("2025-09-30"), "{inventory}");
}

#[test]
fn order_numbers_that_differ_in_marks_or_have_the_line_behind() {
    let shipped = |id: &dyn Fn(&str) -> String| {
        let mut text = "shipped_date,order_id,model,quantity\n".to_owned();
        for (number, _, model, _, _, _, _, start, delivered) in ORDERS {
            for batch in 0..3 {
                let month: u32 = start[5..].parse::<u32>().unwrap() + batch;
                if delivered > 0 && month <= 9 {
                    let each = if number == "SO3" { delivered / 2 } else { delivered / 3 };
                    writeln!(text, "2025-{month:02}-20,{},{model},{each}", id(number)).unwrap();
                }
            }
        }
        text
    };
    let checked = |steps: &[&str], keys: &str, rule: &str, text: &str| {
        let sections =
            section("futures_orders", "o.csv", "", &[]) + &section("shipments", "s.csv", keys, steps);
        let folder = maker(&sections, &[("o.csv", &plain_text()), ("s.csv", text)]);
        edit(&folder.path().join("job.toml"), |job| format!("{job}\n[reading]\n{rule}\n"));
        exports(folder.path()).map(|exports| format!("{:?}", exports.ledger))
    };
    let as_written = checked(&[], "", "", &shipped(&str::to_owned)).unwrap();
    let dashed = shipped(&|id| format!("SO-{}", &id[2..]));
    let said = checked(&[], "", "", &dashed).unwrap_err();
    assert!(said.contains("order_id_rule = [\"marks\"]"), "{said}");
    assert_eq!(checked(&[], "", "order_id_rule = [\"marks\"]", &dashed).unwrap(), as_written);
    let with_line = shipped(&|id| format!("{id}/10"));
    let said = checked(&[], "", "", &with_line).unwrap_err();
    assert!(said.contains("step = \"extract\", pattern = \"{number}/*\""), "{said}");
    let step = "step = \"extract\"\ncolumn = \"order_id\"\npattern = \"{number}/*\"";
    assert_eq!(checked(&[step], "columns = { order_id = \"number\" }", "", &with_line).unwrap(), as_written);
}

#[test]
fn a_suffix_may_stand_for_trillions() {
    let folder = maker(&section("futures_orders", "o.csv", "", &[]), &[("o.csv", &plain_text())]);
    let path = folder.path().join("difficulty.csv");
    let before = quoted(&exports(folder.path()).unwrap(), Quote::Difficulty);
    let text = before.iter().fold("date,difficulty\n".to_owned(), |mut text, day| {
        writeln!(text, "{},{} T", day.date, day.value / 1e12).unwrap();
        text
    });
    put(&path, &text);
    edit(&folder.path().join("job.toml"), |job| {
        job.replace("path = \"difficulty.csv\"\n", "path = \"difficulty.csv\"\nsuffixes = { T = 1e12 }\n")
    });
    let after = quoted(&exports(folder.path()).unwrap(), Quote::Difficulty);
    assert_eq!(after.len(), before.len());
    assert!(
        after.iter().zip(&before).all(|(a, b)| a.date == b.date && (a.value / b.value - 1.0).abs() < 1e-12)
    );
}
