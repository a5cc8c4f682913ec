//! Steps that count: columns of months to rows, batches, sums, reversals, prices per TH/s, currencies.

use std::fmt::Write as _;

use crate::shaping::{ORDERS, customer, exports, maker, orders_of, plain, plain_text, section, status};

/// The first columns of the orders, up to the price.
fn head(id: &str, line: u32, model: &str, signed: &str) -> String {
    let (customer, segment) = customer(id);
    format!("{id},{line},\"{customer}\",{segment},{model},futures,{signed}")
}

const HEAD: &str = "order_id,line,customer,customer_segment,model,order_type,signed_date";

/// Orders with a column a month; `header` writes a month of 2025.
fn wide(header: impl Fn(u32) -> String, batches: impl Fn(u32) -> [u32; 3]) -> String {
    let months: Vec<String> = (3..=12).map(header).collect();
    let mut text = format!(
        "{HEAD},{},quantity,unit_price_usd,prepaid_usd,delivered_quantity,status\n",
        months.join(",")
    );
    for (id, line, model, signed, quantity, price, paid, start, delivered) in ORDERS {
        let first: u32 = start[5..].parse().unwrap();
        let cell = |month: u32| match month.checked_sub(first) {
            Some(place @ 0..=2) => batches(quantity)[place as usize].to_string(),
            _ => String::new(),
        };
        let cells: Vec<String> = (3..=12).map(cell).collect();
        let state = status(quantity, delivered);
        writeln!(
            text,
            "{},{},{quantity},{price},{paid},{delivered},{state}",
            head(id, line, model, signed),
            cells.join(",")
        )
        .unwrap();
    }
    text
}

#[test]
fn a_delivery_schedule_with_a_column_a_month() {
    let steps = [
        "step = \"unpivot\"\nname = \"delivery_start\"\nvalues = { batch = \"{month}\" }",
        "step = \"group\"\nby = [\"order_id\", \"line\"]\nfirst = [\"delivery_start\"]\nsum = [\"batch\"]\ncount = \"batches\"",
    ];
    let keys = "columns = { delivery_months = \"batches\" }";
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = |month: u32| names[month as usize - 1];
    let forms: [&dyn Fn(u32) -> String; 7] = [
        &|month| format!("2025-{month:02}"),
        &|month| format!("{}-25", name(month)),
        &|month| format!("{month:02}/2025"),
        &|month| format!("2025年{month}月"),
        &|month| format!("2025-{month:02}-01"),
        &|month| format!("2025 {}", name(month)),
        &|month| format!("{} 2025", name(month)),
    ];
    for form in forms {
        let text = wide(form, |quantity| [quantity / 3; 3]);
        assert_eq!(orders_of("o.csv", keys, &steps, &[("o.csv", &text)]).unwrap(), plain(), "{}", form(9));
    }
    // A month that is none would be lost with its machines.
    let text = wide(
        |month| format!("{}-25", if month == 9 { "Spt" } else { name(month) }),
        |quantity| [quantity / 3; 3],
    );
    let refused = orders_of("o.csv", keys, &steps, &[("o.csv", &text)]).unwrap_err();
    assert!(refused.contains("`Spt-25` stands among the columns"), "{refused}");
    // The last one, too, or one without a header.
    for (wrong, said) in [("Dcm-25", "`Dcm-25` stands among"), ("", "`` stands among")] {
        let wrongly = |month: u32| {
            if month == 12 || wrong.is_empty() && month == 5 {
                wrong.to_owned()
            } else {
                format!("{}-25", name(month))
            }
        };
        let text = wide(wrongly, |quantity| [quantity / 3; 3]);
        let refused = orders_of("o.csv", keys, &steps, &[("o.csv", &text)]).unwrap_err();
        assert!(refused.contains(said), "{refused}");
    }
    // So would a year that the headers do not say.
    let text = wide(|month| name(month).to_owned(), |quantity| [quantity / 3; 3]);
    let refused = orders_of("o.csv", keys, &steps, &[("o.csv", &text)]).unwrap_err();
    assert!(refused.contains("has no column whose header is {month}"), "{refused}");
    let of_year = steps[0].to_owned() + "\nyear = 2025";
    assert_eq!(orders_of("o.csv", keys, &[&of_year, steps[1]], &[("o.csv", &text)]).unwrap(), plain());
}

/// The same orders with batches of 1/6, 2/6 and 3/6, a line each.
#[test]
fn uneven_batches_are_lines_of_their_own() {
    let uneven = |quantity: u32| [quantity / 6, quantity / 3, quantity - quantity / 6 - quantity / 3];
    let text = wide(|month| format!("2025-{month:02}"), uneven);
    let keys = "columns = { delivery_months = \"one\", quantity = \"batch\", prepaid_usd = \"paid\", delivered_quantity = \"done\", status = \"state\", line = \"batch_line\" }";
    let steps = [
        "step = \"unpivot\"\nname = \"delivery_start\"\nvalues = { batch = \"{month}\" }",
        "step = \"compute\"\ncolumn = \"done\"\nfill = [\"delivered_quantity\", \"order_id\", \"line\", \"batch\"]",
        "step = \"compute\"\ncolumn = \"paid\"\nshare = [\"prepaid_usd\", \"order_id\", \"line\", \"batch\"]",
        "step = \"compute\"\ncolumn = \"state\"\nstatus = [\"batch\", \"done\"]",
        "step = \"constant\"\ncolumn = \"one\"\nvalue = \"1\"",
        "step = \"number_rows\"\ncolumn = \"batch_line\"\nby = [\"order_id\"]",
    ];
    let shaped = orders_of("o.csv", keys, &steps, &[("o.csv", &text)]).unwrap();
    let mut by_hand = format!(
        "{HEAD},quantity,unit_price_usd,prepaid_usd,delivery_start,delivery_months,delivered_quantity,status\n"
    );
    let mut line = std::collections::BTreeMap::new();
    for (id, _, model, signed, quantity, price, paid, start, delivered) in ORDERS {
        let first: u32 = start[5..].parse().unwrap();
        let mut left = delivered;
        // Paid by the share of the batch, in cents, the rest with the last: 10,605 over 3, 7 and 11 of 21 is 1,515, 3,535, 5,555.
        let parts: Vec<f64> = uneven(quantity)
            .iter()
            .map(|batch| f64::from(paid) * f64::from(*batch) / f64::from(quantity))
            .collect();
        for (index, batch) in uneven(quantity).into_iter().enumerate() {
            let done = left.min(batch);
            left -= done;
            let line = line.entry(id).and_modify(|line| *line += 1).or_insert(1);
            let state = status(batch, done);
            let cents = (parts[index] * 100.0 + 1e-6).floor() / 100.0;
            let cents = if index == 2 {
                f64::from(paid) - parts[..2].iter().map(|p| (p * 100.0 + 1e-6).floor() / 100.0).sum::<f64>()
            } else {
                cents
            };
            writeln!(
                by_hand,
                "{},{batch},{price},{cents:.2},2025-{:02},1,{done},{state}",
                head(id, *line, model, signed),
                first as usize + index
            )
            .unwrap();
        }
    }
    assert_eq!(shaped, orders_of("b.csv", "", &[], &[("b.csv", &by_hand)]).unwrap());
    // More delivered than all batches together is reported.
    let text = text.replacen(",60,1000,30000,60,", ",60,1000,30000,61,", 1);
    let refused = orders_of("o.csv", keys, &steps, &[("o.csv", &text)]).unwrap_err();
    assert!(refused.contains("o.csv:2") && refused.contains("step 2 (compute)"), "{refused}");
}

#[test]
fn prices_per_th_amounts_in_other_currencies_and_first_and_last_months() {
    // 100 and 200 TH/s a machine; a yuan is an eighth of a dollar here.
    let mut text = format!("{HEAD},quantity,USD/TH,Total,Deposit,Ccy,From,To,delivered_quantity,Cancelled\n");
    for (id, line, model, signed, quantity, price, paid, start, delivered) in ORDERS {
        let per_th = f64::from(price) / if model == "MINI" { 100.0 } else { 200.0 };
        let last: u32 = start[5..].parse::<u32>().unwrap() + 2;
        let (currency, times) = if line == 2 { ("CNY", 8) } else { ("USD", 1) };
        let total = price * quantity * times;
        writeln!(
            text,
            "{},{quantity},{per_th},{total},{},{currency},{start},2025-{last:02},{delivered},0",
            head(id, line, model, signed),
            paid * times
        )
        .unwrap();
    }
    let common = [
        "step = \"compute\"\ncolumn = \"n\"\nmonths = [\"From\", \"To\"]",
        "step = \"compute\"\ncolumn = \"status\"\nstatus = [\"quantity\", \"delivered_quantity\", \"Cancelled\"]",
        "step = \"compute\"\ncolumn = \"Ccy\"\nconvert = [\"Total\", \"Deposit\"]\nrates = { CNY = 0.125 }",
    ];
    let keys = "columns = { unit_price_usd = \"Price\", prepaid_usd = \"Deposit\", delivery_start = \"From\", delivery_months = \"n\", currency = \"Ccy\" }";
    for price in ["price_per_th = [\"USD/TH\", \"model\"]", "divide = [\"Total\", \"quantity\"]"] {
        let price = format!("step = \"compute\"\ncolumn = \"Price\"\n{price}");
        let steps: Vec<&str> = common.into_iter().chain([price.as_str()]).collect();
        assert_eq!(orders_of("o.csv", keys, &steps, &[("o.csv", &text)]).unwrap(), plain(), "{price}");
    }
    let refused = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert!(changed != text);
        orders_of("o.csv", keys, &common, &[("o.csv", &changed)]).unwrap_err()
    };
    let reported = refused("CNY", "EUR");
    assert!(
        reported.contains("o.csv:3") && reported.contains("is no currency with a rate (rates: CNY)"),
        "{reported}"
    );
    let reported = refused("2025-03,2025-05", "2025-03,2025-02");
    assert!(reported.contains("o.csv:2") && reported.contains("is before `From`, 2025-03"), "{reported}");
}

const PLAIN: &[(&str, &str)] = &[];

/// Channel counts of two distributors at three month ends.
fn counts() -> String {
    let mut text = "snapshot_date,channel,model,quantity,sell_through_quantity\n".to_owned();
    for (index, day) in ["2025-07-31", "2025-08-31", "2025-09-30"].iter().enumerate() {
        for (channel, model, first) in [("Ost", "MINI", 30), ("Ost", "MAXI", 12), ("West", "MINI", 37)] {
            writeln!(text, "{day},{channel},{model},{},{}", first + 5 * index, 9 + index).unwrap();
        }
    }
    text
}

fn stock(path: &str, keys: &str, steps: &[&str], files: &[(&str, &str)]) -> Result<String, String> {
    let plain = plain_text();
    let sections =
        section("futures_orders", "plain.csv", "", &[]) + &section("channel_inventory", path, keys, steps);
    let files: Vec<(&str, &str)> =
        files.iter().copied().chain([("plain.csv", plain.as_str())]).chain(PLAIN.iter().copied()).collect();
    let folder = maker(&sections, &files);
    exports(folder.path()).map(|exports| format!("{:?}", exports.stock))
}

#[test]
fn stock_with_months_as_columns_with_its_day_in_a_title_or_a_name_and_by_warehouse() {
    let plain = stock("c.csv", "", &[], &[("c.csv", &counts())]).unwrap();
    let wide = "Stock and sales,,,,,,,\nDistributor,Model,Jul-25 on hand,Jul-25 sold,Aug-25 on hand,Aug-25 sold,Sep-25 on hand,Sep-25 sold\nOst,MINI,30,9,35,10,40,11\nOst,MAXI,12,9,17,10,22,11\nWest,MINI,37,9,42,10,47,11\n";
    let keys = "columns = { channel = \"Distributor\" }";
    let unpivot = "step = \"unpivot\"\nname = \"snapshot_date\"\nvalues = { quantity = \"{month} on hand\", sell_through_quantity = \"{month} sold\" }\nday = \"last\"";
    assert_eq!(stock("w.csv", keys, &[unpivot], &[("w.csv", wide)]).unwrap(), plain);

    let of = |day: &str| -> String {
        let rows = counts();
        let of_day =
            rows.lines().filter_map(|row| row.strip_prefix(day)).map(|row| format!("{}\n", &row[1..]));
        "channel,model,quantity,sell_through_quantity\n".to_owned() + &of_day.collect::<String>()
    };
    let days = ["2025-07-31", "2025-08-31", "2025-09-30"];
    let names = days.map(|day| format!("stock {day}.csv"));
    let texts = days.map(of);
    let files: Vec<(&str, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let extract = "step = \"extract\"\nof = \"file_name\"\npattern = [\"stock {snapshot_date}.csv\"]";
    assert_eq!(stock("stock *.csv", "", &[extract], &files).unwrap(), plain);
    let titled =
        days.map(|day| format!("Stock list,,,\nCounted at the end of {},,,\n{}", &day[..7], of(day)));
    let files: Vec<(&str, &str)> =
        names.iter().zip(&titled).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let steps = [
        "step = \"extract\"\nof = \"title\"\npattern = [\"counted * of {m}\"]",
        "step = \"compute\"\ncolumn = \"snapshot_date\"\nlast_day = \"m\"",
    ];
    assert_eq!(stock("stock *.csv", "", &steps, &files).unwrap(), plain);
    // The newest file alone, by name and by the as-of date.
    let newest = stock("stock *.csv", "newest = true", &[extract], &files).unwrap();
    assert!(newest.contains("2025-09-30") && !newest.contains("2025-08-31"), "{newest}");
    assert_eq!(stock("stock {as_of}.csv", "", &[extract], &files).unwrap(), newest);

    let mut halves =
        "snapshot_date,channel,warehouse,model,on hand,reserved,sell_through_quantity\n".to_owned();
    for row in counts().lines().skip(1) {
        let [day, channel, model, quantity, sold]: [&str; 5] =
            row.split(',').collect::<Vec<_>>().try_into().unwrap();
        writeln!(
            halves,
            "{day},{channel},1,{model},{},3,{sold}\n{day},{channel},2,{model},-4,,0",
            quantity.parse::<u32>().unwrap() + 7
        )
        .unwrap();
    }
    let keys = "columns = { quantity = \"net\" }";
    let steps = [
        "step = \"group\"\nby = [\"snapshot_date\", \"channel\", \"model\"]\nsum = [\"on hand\", \"reserved\", \"sell_through_quantity\"]\ndrop = [\"warehouse\"]",
        "step = \"compute\"\ncolumn = \"net\"\nsubtract = [\"on hand\", \"reserved\"]",
    ];
    assert_eq!(stock("h.csv", keys, &steps, &[("h.csv", &halves)]).unwrap(), plain);
    let refused = stock(
        "h.csv",
        keys,
        &[&steps[0].replace("drop = [\"warehouse\"]", ""), steps[1]],
        &[("h.csv", &halves)],
    )
    .unwrap_err();
    assert!(refused.contains("h.csv:3") && refused.contains("differs from `1` of line 2"), "{refused}");
    let below = halves.replacen("-4", "-40", 1);
    let refused = stock("h.csv", keys, &steps, &[("h.csv", &below)]).unwrap_err();
    // 37 in one warehouse and 40 short in the other.
    assert!(refused.contains("h.csv:3") && refused.contains("adds up to -3 over line(s) 2, 3"), "{refused}");
}

fn shipped(steps: &[&str], text: &str) -> Result<String, String> {
    let plain = plain_text();
    let sections =
        section("futures_orders", "plain.csv", "", &[]) + &section("shipments", "s.csv", "", steps);
    let folder = maker(&sections, &[("plain.csv", plain.as_str()), ("s.csv", text)]);
    exports(folder.path()).map(|exports| format!("{:?}", exports.ledger))
}

#[test]
fn reversals_are_taken_off_what_they_reverse() {
    let rows = "shipped_date,order_id,model,quantity\n2025-03-20,SO1,MINI,40\n2025-04-20,SO1,MINI,20\n2025-03-20,SO1,MAXI,30\n2025-05-20,SO2,MAXI,12\n2025-08-20,SO3,MINI,25\n2025-09-20,SO3,MINI,15\n2025-09-20,SO3,MAXI,20\n";
    // Twenty-five of the forty and of the fifteen that are there came back: the last fifteen go first.
    let reversed = format!(
        "{}2025-10-05,SO2,MAXI,-12\n2025-09-25,SO3,MINI,-18\n",
        rows.replace("SO3,MINI,25", "SO3,MINI,28")
            .replace("2025-09-20,SO3,MINI,15\n", "2025-09-20,SO3,MINI,15\n2025-09-22,SO3,MINI,15\n")
    );
    let net = "step = \"net_reversals\"\nby = [\"order_id\", \"model\"]\nquantity = \"quantity\"\ndate = \"shipped_date\"";
    // 15 of 09-22 and 3 of the 15 of 09-20: 28 and 12 are left, as here.
    let by_hand = rows
        .replace("SO3,MINI,25", "SO3,MINI,28")
        .replace("2025-09-20,SO3,MINI,15", "2025-09-20,SO3,MINI,12");
    assert_eq!(shipped(&[net], &reversed).unwrap(), shipped(&[], &by_hand).unwrap());
    let refused = shipped(&[net], &format!("{rows}2025-09-25,SO2,MAXI,-13\n")).unwrap_err();
    assert!(refused.contains("s.csv:9") && refused.contains("reverses 1 more than there is"), "{refused}");
    let refused = shipped(&[], &format!("{rows}2025-09-25,SO2,MAXI,-2\n")).unwrap_err();
    assert!(refused.contains("s.csv:9"), "{refused}");
}

#[test]
fn rows_that_steps_make_of_one_line_are_still_two() {
    let text = format!("{}\n", plain_text().trim_end()).replace("2025-03,3,60", "2025-03;2025-03,3,60");
    let steps = ["step = \"split_rows\"\ncolumn = \"delivery_start\"\nby = \";\""];
    let refused = orders_of("o.csv", "", &steps, &[("o.csv", &text)]).unwrap_err();
    assert!(refused.contains("o.csv:2") && refused.contains("is already the order of line 2"), "{refused}");
}

#[test]
fn json_by_its_path_with_orders_around_their_lines() {
    let mut orders: Vec<serde_json::Value> = Vec::new();
    for (id, line, model, signed, quantity, price, paid, start, delivered) in ORDERS {
        let item = serde_json::json!({"line": line, "item": {"sku": model}, "quantity": quantity, "price": price, "paid": paid, "start": start, "done": delivered, "status": status(quantity, delivered)});
        if line == 1 {
            let (customer, segment) = customer(id);
            orders.push(serde_json::json!({"name": id, "created": signed, "buyer": {"name": customer, "class": segment}, "items": []}));
        }
        orders.last_mut().unwrap()["items"].as_array_mut().unwrap().push(item);
    }
    let text = serde_json::json!({"meta": [{"page": 1}], "data": {"orders": orders}}).to_string();
    let keys = "json_path = \"data.orders.items\"\ncolumns = { order_id = \"orders.name\", customer = \"orders.buyer.name\", customer_segment = \"orders.buyer.class\", model = \"item.sku\", signed_date = \"orders.created\", unit_price_usd = \"price\", prepaid_usd = \"paid\", delivery_start = \"start\", delivered_quantity = \"done\" }";
    let steps = [
        "step = \"constant\"\ncolumn = \"order_type\"\nvalue = \"futures\"",
        "step = \"constant\"\ncolumn = \"delivery_months\"\nvalue = \"3\"",
    ];
    assert_eq!(orders_of("o.json", keys, &steps, &[("o.json", &text)]).unwrap(), plain());
    let wrong = keys.replace("data.orders.items", "data.sales.items");
    let refused = orders_of("o.json", &wrong, &steps, &[("o.json", &text)]).unwrap_err();
    assert!(refused.contains("has no `sales` at `data` of its json_path (its names: orders)"), "{refused}");
}

/// Distributors as columns, models as rows, a file a month: `{text}` takes the columns that the export does not read itself.
#[test]
fn distributors_as_columns_beside_the_model_and_day() {
    let steps = [
        "step = \"extract\"\nof = \"file_name\"\npattern = [\"stock {snapshot_date}.csv\"]",
        "step = \"unpivot\"\nname = \"channel\"\nvalues = { quantity = \"{text}\" }",
    ];
    let section = |path: &str, steps: &[&str]| {
        section("futures_orders", "plain.csv", "", &[]) + &section("channel_inventory", path, "", steps)
    };
    let read = |sections: &str, files: &[(&str, &str)]| {
        let plain = plain_text();
        let files: Vec<(&str, &str)> = files.iter().copied().chain([("plain.csv", plain.as_str())]).collect();
        exports(maker(sections, &files).path()).map(|exports| format!("{:?}", exports.stock))
    };
    let wide = read(
        &section("stock *.csv", &steps),
        &[
            ("stock 2025-08-31.csv", "Model,Ost,West\nMINI,5,7\nMAXI,,2\n"),
            ("stock 2025-09-30.csv", "Model,Ost,West\nMINI,4,6\nMAXI,1,2\n"),
        ],
    );
    let long = "snapshot_date,channel,model,quantity\n2025-08-31,Ost,MINI,5\n2025-08-31,West,MINI,7\n2025-08-31,West,MAXI,2\n2025-09-30,Ost,MINI,4\n2025-09-30,West,MINI,6\n2025-09-30,Ost,MAXI,1\n2025-09-30,West,MAXI,2\n";
    assert_eq!(wide.unwrap(), read(&section("long.csv", &[]), &[("long.csv", long)]).unwrap());
}
