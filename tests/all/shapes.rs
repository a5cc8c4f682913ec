//! Further shapes of exports, each read to what the plain file says, or refused for its reason.

use std::fmt::Write as _;

use crate::shaping::{ORDERS, customer, exports, maker, orders_of, plain, plain_text, section, status};

const FUTURES: &str = "step = \"constant\"\ncolumn = \"order_type\"\nvalue = \"futures\"";

/// The plain orders with a column a month.
fn wide(header: impl Fn(u32) -> String) -> String {
    let months: Vec<String> = (3..=12).map(header).collect();
    let mut text = format!(
        "order_id,line,customer,customer_segment,model,signed_date,{},unit_price_usd,prepaid_usd,delivered_quantity,status\n",
        months.join(",")
    );
    for (id, line, model, signed, quantity, price, paid, start, delivered) in ORDERS {
        let (customer, segment) = customer(id);
        let first: u32 = start[5..].parse().unwrap();
        let cell = |month: u32| {
            if (first..first + 3).contains(&month) { (quantity / 3).to_string() } else { String::new() }
        };
        let cells: Vec<String> = (3..=12).map(cell).collect();
        let state = status(quantity, delivered);
        writeln!(
            text,
            "{id},{line},\"{customer}\",{segment},{model},{signed},{},{price},{paid},{delivered},{state}",
            cells.join(",")
        )
        .unwrap();
    }
    text
}

#[test]
fn months_as_columns_in_other_languages_and_forms() {
    let steps = [
        FUTURES,
        "step = \"unpivot\"\nname = \"delivery_start\"\nvalues = { quantity = \"{month}\" }",
        "step = \"group\"\nby = [\"order_id\", \"line\"]\nfirst = \"delivery_start\"\nsum = \"quantity\"\ncount = \"delivery_months\"",
    ];
    let german = ["Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"];
    let french =
        ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
    let forms: [&dyn Fn(u32) -> String; 6] = [
        &|month| format!("{} 25", german[month as usize - 1]),
        &|month| format!("{} 2025", french[month as usize - 1]),
        &|month| format!("2025M{month:02}"),
        &|month| format!("2025{month:02}"),
        &|month| format!("{month:02}-2025"),
        &|month| format!("2025-{month:02}-01 00:00:00"),
    ];
    for form in forms {
        let text = wide(form);
        assert_eq!(orders_of("o.csv", "", &steps, &[("o.csv", &text)]).unwrap(), plain(), "{}", form(9));
    }
}

#[test]
fn days_with_the_month_in_other_languages() {
    for (may, form) in
        [("3. Februar 2025", "%d. %B %Y"), ("3-févr.-25", "%d-%b-%y"), ("03.ЯНВ.2025", "%d.%b.%Y")]
    {
        let day = if may.contains("ЯНВ") { "2025-01-03" } else { "2025-02-03" };
        let text = plain_text().replace("2025-02-03", may);
        let keys = format!("date_formats = {{ signed_date = \"{form}\" }}");
        let expected = plain_text().replace("2025-02-03", day);
        assert_eq!(
            orders_of("o.csv", &keys, &[], &[("o.csv", &text)]).unwrap(),
            orders_of("o.csv", "", &[], &[("o.csv", &expected)]).unwrap(),
            "{may}"
        );
    }
    // Numbers of days beside days written year first.
    let text = plain_text().replace("2025-02-03", "45691");
    assert_eq!(orders_of("o.csv", "date_format = \"serial\"", &[], &[("o.csv", &text)]).unwrap(), plain());
}

#[test]
fn cells_that_spreadsheets_keep_from_changing() {
    let text = plain_text()
        .replace("SO1,1,", "\"=\"\"SO1\"\"\",\"=\"\"1\"\"\",")
        .replace("60,1000,", "\"=\"\"60\"\"\",1000,");
    assert_eq!(orders_of("o.csv", "", &[], &[("o.csv", &text)]).unwrap(), plain());
    // The same where steps look at them.
    let numbered = "step = \"compute\"\ncolumn = \"quantity\"\nadd = \"quantity\"";
    assert_eq!(orders_of("o.csv", "", &[numbered], &[("o.csv", &text)]).unwrap(), plain());
}

#[test]
fn other_marks_between_cells() {
    for mark in ['~', '^', ':'] {
        let text = plain_text()
            .replace("\"Borealis, Farm\"", "Borealis; Farm")
            .replace(',', &mark.to_string())
            .replace(';', ",");
        let keys = format!("delimiter = \"{mark}\"");
        assert_eq!(orders_of("o.csv", &keys, &[], &[("o.csv", &text)]).unwrap(), plain(), "{mark}");
    }
    let refused = orders_of("o.csv", "delimiter = \"x\"", &[], &[("o.csv", &plain_text())]).unwrap_err();
    assert!(refused.contains("delimiter = `x` must be a tab or a mark such as"), "{refused}");
}

#[test]
fn a_title_with_its_value_in_the_next_cell() {
    let rows: String = plain_text().lines().fold(String::new(), |mut text, line| {
        writeln!(text, "{}", line.replacen(",futures,", ",", 1).replacen(",order_type,", ",", 1)).unwrap();
        text
    });
    let text = format!("Sales report,,\nOrder type:,futures,\n\n{rows}");
    let steps = ["step = \"extract\"\nof = \"title\"\npattern = \"Order type: {order_type}\""];
    assert_eq!(orders_of("o.csv", "", &steps, &[("o.csv", &text)]).unwrap(), plain());
}

#[test]
fn the_first_cell_that_has_a_value() {
    let text = plain_text()
        .replace("delivery_start", "confirmed,requested")
        .replace(",2025-08,", ",2025-08,2025-07,")
        .replace(",2025-03,", ",,2025-03,")
        .replace(",2025-05,", ",2025-05,,")
        .replace(",2025-10,", ",,2025-10,");
    let keys = "columns = { delivery_start = \"start\" }";
    let steps = ["step = \"compute\"\ncolumn = \"start\"\nfirst_filled = [\"confirmed\", \"requested\"]"];
    assert_eq!(orders_of("o.csv", keys, &steps, &[("o.csv", &text)]).unwrap(), plain());
}

fn counts(steps: &[&str], text: &str) -> Result<String, String> {
    let plain = plain_text();
    let sections =
        section("futures_orders", "plain.csv", "", &[]) + &section("channel_inventory", "i.csv", "", steps);
    let folder = maker(&sections, &[("plain.csv", plain.as_str()), ("i.csv", text)]);
    exports(folder.path()).map(|exports| format!("{:?}", exports.stock))
}

#[test]
fn stock_below_zero_is_taken_off_the_stock_of_others() {
    let head = "snapshot_date,channel,model,quantity\n";
    let step = "step = \"net_reversals\"\nby = [\"snapshot_date\", \"model\"]\nquantity = \"quantity\"\ndate = \"snapshot_date\"";
    // Three short in the east are three of the twenty in the west, whatever the sign looks like.
    let expected = counts(&[], &format!("{head}2025-09-30,West,MINI,17\n2025-09-30,East,MAXI,5\n")).unwrap();
    for short in ["-3", "(3)", "3-"] {
        let text =
            format!("{head}2025-09-30,East,MINI,{short}\n2025-09-30,West,MINI,20\n2025-09-30,East,MAXI,5\n");
        assert_eq!(counts(&[step], &text).unwrap(), expected, "{short}");
        assert!(counts(&[], &text).unwrap_err().contains("i.csv:2"), "{short}");
    }
}

/// The machines that left, as orders know them, and what was said.
fn shipped(steps: &[&str], text: &str) -> Result<(String, String), String> {
    let plain = plain_text();
    let sections =
        section("futures_orders", "plain.csv", "", &[]) + &section("shipments", "s.csv", "", steps);
    let folder = maker(&sections, &[("plain.csv", plain.as_str()), ("s.csv", text)]);
    exports(folder.path()).map(|exports| {
        let ledger = &exports.ledger;
        let said: Vec<String> = exports.warnings.iter().map(ToString::to_string).collect();
        (format!("{:?} {:?} {:?}", ledger.lots, ledger.open, ledger.open_lines), said.join("\n"))
    })
}

const LEFT: &str = "2025-03-20,SO1,MINI,20\n2025-04-20,SO1,MINI,20\n2025-05-20,SO1,MINI,20\n2025-03-20,SO1,MAXI,10\n2025-04-20,SO1,MAXI,10\n2025-05-20,SO1,MAXI,10\n2025-05-21,SO2,MAXI,4\n2025-06-20,SO2,MAXI,4\n2025-07-20,SO2,MAXI,4\n2025-08-20,SO3,MINI,20\n2025-09-20,SO3,MINI,20\n2025-08-20,SO3,MAXI,10\n2025-09-20,SO3,MAXI,10\n";

#[test]
fn shipments_without_order_numbers_go_to_the_lines_due_first() {
    let numbered = format!("shipped_date,order_id,model,quantity\n{LEFT}");
    let (orders, _) = shipped(&[], &numbered).unwrap();
    let without: String = LEFT.lines().fold("shipped_date,model,quantity\n".to_owned(), |mut text, line| {
        let [day, _, model, quantity]: [&str; 4] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        writeln!(text, "{day},{model},{quantity}").unwrap();
        text
    });
    let (found, said) = shipped(&[], &without).unwrap();
    assert_eq!(found, orders);
    assert!(
        said.contains("s.csv: has no order numbers: its 162 machines count as shipped by model"),
        "{said}"
    );
    // A column of them that is empty throughout is none; one that is not has holes.
    let empty = numbered.replace(",SO1,", ",,").replace(",SO2,", ",,").replace(",SO3,", ",,");
    assert_eq!(shipped(&[], &empty).unwrap().0, orders);
    let refused = shipped(&[], &numbered.replace(",SO2,", ",,")).unwrap_err();
    assert!(
        refused.contains("s.csv:8: order_id: ``, is empty, while other rows have an order number"),
        "{refused}"
    );
}

#[test]
fn rows_of_one_machine_each_are_counted() {
    let mut text = "shipped_date,order_id,model,serial\n".to_owned();
    for line in LEFT.lines() {
        let [day, order, model, quantity]: [&str; 4] =
            line.split(',').collect::<Vec<_>>().try_into().unwrap();
        for machine in 0..quantity.parse::<u32>().unwrap() {
            writeln!(text, "{day},{order},{model},{order}{model}{day}{machine}").unwrap();
        }
    }
    let step = "step = \"group\"\nby = [\"shipped_date\", \"order_id\", \"model\"]\ndrop = \"serial\"\ncount = \"quantity\"";
    let plain = format!("shipped_date,order_id,model,quantity\n{LEFT}");
    assert_eq!(shipped(&[step], &text).unwrap().0, shipped(&[], &plain).unwrap().0);
}

#[test]
fn a_sum_over_days_does_not_reach_beyond_the_as_of_date() {
    let step =
        "step = \"group\"\nby = [\"order_id\", \"model\"]\nlast = \"shipped_date\"\nsum = \"quantity\"";
    let text = format!("shipped_date,order_id,model,quantity\n{LEFT}2025-10-02,SO3,MINI,20\n");
    let refused = shipped(&[step], &text).unwrap_err();
    let said = "s.csv:15: shipped_date: `2025-10-02`, step 1 (group): is after the as-of date, 2025-09-30, and line 11 of the same key is not";
    assert!(refused.contains(said), "{refused}");
    // By day, or without later rows, it may.
    assert!(shipped(&[step], &text.replace("2025-10-02,SO3,MINI,20\n", "")).is_ok());
}

#[test]
fn what_was_prepaid_on_wafers_in_another_currency() {
    let supply = |keys: &str, text: &str| {
        let folder = crate::common::copy_of("miniature");
        crate::shaping::put(&folder.path().join("supply.csv"), text);
        crate::common::edit(&folder.path().join("job.toml"), |job| {
            job.replace("path = \"supply.csv\"\n", &format!("path = \"supply.csv\"\n{keys}\n"))
        });
        exports(folder.path()).map(|exports| format!("{:?}", exports.supply))
    };
    let rows = "date,kind,item,quantity,foundry,wafers,due_date,prepaid_usd,yield,currency\n2025-09-30,chips_on_hand,CHIP,3000,,,,,,\n2025-06-01,wafer_order,CHIP,,Foundry,10,2025-10-15,PAID,0.4,WHICH\n";
    let text = |paid: &str, which: &str| rows.replace("PAID", paid).replace("WHICH", which);
    let plain = supply("", &text("5000", "")).unwrap();
    assert_eq!(supply("usd_per = { TWD = 0.03125 }", &text("160000", "TWD")).unwrap(), plain);
    assert_eq!(supply("currency = \"TWD\"\nper_usd = { TWD = 32 }", &text("160000", "")).unwrap(), plain);
    let refused = supply("", &text("160000", "TWD")).unwrap_err();
    assert!(refused.contains("supply.csv:3: currency: `TWD`, is in TWD, not USD"), "{refused}");
    let header = text("160000", "").replace("prepaid_usd", "Anzahlung TWD");
    let refused = supply("columns = { prepaid_usd = \"Anzahlung TWD\" }", &header).unwrap_err();
    assert!(refused.contains("its column `Anzahlung TWD` is in TWD by its header"), "{refused}");
}
