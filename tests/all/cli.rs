//! What goes wrong for a user, and what the program says and does then.

use std::path::Path;
use std::process::Output;

use crate::common::{self, copy_of, edit, files, reported, wafercast};

/// Runs the miniature in `folder`; nothing may be published when it fails.
fn run(folder: &Path) -> Output {
    wafercast(&["run", folder.join("job.toml").to_str().unwrap()])
}

fn refused(folder: &Path, code: i32, said: &[&str]) {
    let output = run(folder);
    assert_eq!(output.status.code(), Some(code), "{}", reported(&output));
    let text = reported(&output);
    for part in said {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
    assert!(!folder.join("out").join("2025Q3").exists(), "nothing may be published");
}

#[test]
fn every_bad_cell_of_every_file_is_reported_in_one_run() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("futures_orders.csv"), |text| {
        text.replacen(",60,1000,", ",-3,1000,", 1)
            .replacen("MINI,futures,2023-12-01", "MAXI,futures,2023-13-01", 1)
            .replacen("O05", "O04", 1)
    });
    edit(&folder.path().join("hashprice.csv"), |text| text.replacen("2024-05-02,50", "2024-05-02,abc", 1));
    refused(
        folder.path(),
        65,
        &[
            "futures_orders.csv:2: quantity: `-3`, is not a whole number",
            "futures_orders.csv:4: model: `MAXI`, is not a model of the job (known: MINI)",
            "futures_orders.csv:4: signed_date: `2023-13-01`, is not a date (write YYYY-MM-DD",
            "futures_orders.csv:6: order_id: `O04`, is already the order of line 5",
            "hashprice.csv:3: hashprice_usd_per_ph_day: `abc`, is not a number",
            "hint: bad-number:",
            "5 problem(s) in 2 file(s); nothing was published",
        ],
    );
}

#[test]
fn files_that_cannot_be_read_have_their_own_codes() {
    let folder = copy_of("miniature");
    let orders = folder.path().join("futures_orders.csv");
    let original = common::text(&orders);
    edit(&orders, |text| text.replacen("quantity", "amount", 1));
    refused(folder.path(), 65, &["has no column `quantity`", "hint: missing-column"]);
    edit(&orders, |_| String::new());
    refused(folder.path(), 65, &["futures_orders.csv: is empty"]);
    std::fs::remove_file(&orders).unwrap();
    refused(folder.path(), 66, &["cannot read the futures_orders export"]);
    std::fs::copy(env!("CARGO_BIN_EXE_wafercast"), &orders).unwrap();
    refused(folder.path(), 65, &["it is not a text file"]);
    edit(&folder.path().join("job.toml"), |text| text.replace("as_of = 2025-09-30", "as_of = 2025-12-31"));
    std::fs::remove_file(&orders).unwrap();
    std::fs::File::create(&orders)
        .and_then(|mut f| std::io::Write::write_all(&mut f, original.as_bytes()))
        .unwrap();
    refused(
        folder.path(),
        69,
        &["hashprice stops on 2025-09-30, 92 days before 2025-12-31", "difficulty stops on"],
    );
}

#[test]
fn a_job_that_is_wrong_is_reported_with_its_line() {
    for (from, to, said) in [
        ("seed = 1", "seed = \"many\"", "text `many` stands here, expected a whole number from 0 on"),
        ("seed = 1", "seed = 1\nsed = 2", "unknown field `sed`"),
        ("seed = 1\n", "", "missing field `seed`"),
        ("yield = 0.5", "yield = 87", "`87` is not a share"),
        ("lead_months = 4", "lead_months = 0", "`0` is not a lead time"),
        (
            "chip = \"CHIP\"\n\n[[chips]]",
            "chip = \"CHOP\"\n\n[[chips]]",
            "chip `CHOP` has no [[chips]] entry",
        ),
        ("paths = 200", "paths = 2", "paths = 2 must lie between"),
        ("as_of = 2025-09-30", "as_of = 2025-09-29", "must be the last day of a month"),
    ] {
        let folder = copy_of("miniature");
        edit(&folder.path().join("job.toml"), |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        refused(folder.path(), 78, &[said, "job.toml:", "hint: "]);
    }
}

#[test]
fn every_missing_key_of_a_job_is_named_at_once() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("job.toml"), |text| {
        let kept = text.lines().filter(|line| {
            !["seed", "lead_months", "chips_per_machine", "prepayment_share"]
                .iter()
                .any(|key| line.starts_with(key))
        });
        kept.collect::<Vec<_>>().join("\n")
    });
    refused(
        folder.path(),
        78,
        &[
            "missing field `seed` in [job]",
            "missing field `lead_months` in [[foundries]]",
            "missing field `prepayment_share` in [[foundries]]",
            "missing field `chips_per_machine` in [[models]]",
            "hint: add each key to its section",
        ],
    );
}

#[test]
fn a_tolerance_lets_bad_rows_be_left_out_and_lists_them() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("futures_orders.csv"), |text| text.replacen(",60,1000,", ",=3,1000,", 1));
    edit(&folder.path().join("job.toml"), |text| text + "\n[reading]\nrejected_rows_allowed = 1\n");
    let output = run(folder.path());
    assert!(output.status.success(), "{}", reported(&output));
    let rejected = common::rows(&folder.path().join("out/2025Q3/rejected_rows.csv"));
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0]["line"], "2");
    assert_eq!(rejected[0]["value"], "'=3", "made harmless for a spreadsheet");
    assert_eq!(rejected[0]["code"], "bad-number");
}

#[test]
fn the_same_run_again_changes_nothing_and_other_inputs_make_a_revision() {
    let folder = copy_of("miniature");
    let out = folder.path().join("out");
    assert!(run(folder.path()).status.success());
    let first = files(&out.join("2025Q3"));
    let again = run(folder.path());
    assert!(reported(&again).contains("unchanged:"), "{}", reported(&again));
    edit(&folder.path().join("supply.csv"), |text| text.replacen(",30,", ",31,", 1));
    assert!(run(folder.path()).status.success());
    assert!(out.join("2025Q3-r2/manifest.json").exists());
    assert_eq!(files(&out.join("2025Q3")), first, "the earlier vintage is untouched");
}

#[test]
fn a_killed_run_leaves_nothing_in_the_way() {
    let folder = copy_of("miniature");
    let out = folder.path().join("out");
    std::fs::create_dir_all(out.join(".staging-dead")).unwrap();
    assert!(run(folder.path()).status.success());
    assert!(!out.join(".staging-dead").exists());
    assert!(out.join("2025Q3/manifest.json").exists());
}

#[test]
fn a_locked_folder_and_one_that_cannot_be_written_publish_nothing() {
    let folder = copy_of("miniature");
    let out = folder.path().join("out");
    std::fs::create_dir_all(&out).unwrap();
    let lock = std::fs::File::create(out.join(".lock")).unwrap();
    lock.lock().unwrap();
    refused(folder.path(), 75, &["another run is writing to", "hint: wait for it to end"]);
    drop(lock);
    std::fs::remove_dir_all(&out).unwrap();
    std::fs::File::create(&out).unwrap();
    let output = run(folder.path());
    assert_eq!(output.status.code(), Some(73), "{}", reported(&output));
}

#[test]
fn check_and_schema_write_nothing() {
    let folder = copy_of("miniature");
    let output = wafercast(&["check", folder.path().join("job.toml").to_str().unwrap()]);
    assert!(
        output.status.success() && reported(&output).contains("no errors, 6 warning(s)"),
        "{}",
        reported(&output)
    );
    assert!(!folder.path().join("out").exists());
    let schema = String::from_utf8(wafercast(&["schema"]).stdout).unwrap();
    for table in ["shipment_forecast", "wafer_orders", "cash", "rejected_rows"] {
        assert!(schema.lines().any(|line| line.starts_with(&format!("{table},"))));
    }
    let usage =
        wafercast(&["run", folder.path().join("job.toml").to_str().unwrap(), "--as-of", "2025-09-29"]);
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn overrides_stand_beside_what_was_forecast_and_empty_is_not_zero() {
    let folder = copy_of("miniature");
    assert!(run(folder.path()).status.success());
    let text = "month,model,machines,reason,who,made_on\n\
                2026-01,MINI,100,one large deal,Ada,2025-09-20\n\
                2026-02,MINI,,no opinion,Ada,2025-09-20\n\
                2026-03,MINI,0,plant closed,Bo,2025-09-21\n\
                2026-04,MINI,5,made too late,Bo,2025-10-01\n";
    let path = folder.path().join("overrides.csv");
    std::fs::File::create(&path)
        .and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes()))
        .unwrap();
    edit(&folder.path().join("job.toml"), |job| {
        job.replacen("[wafers]", "[exports.overrides]\npath = \"overrides.csv\"\n\n[wafers]", 1)
    });
    let output = run(folder.path());
    assert!(output.status.success(), "{}", reported(&output));
    let vintage = folder.path().join("out/2025Q3-r2");
    let told_as = |month: &str| {
        let rows = common::rows(&vintage.join("shipment_forecast.csv"));
        let row = rows.iter().find(|r| r["scenario"] == "base" && r["model"] == "ALL" && r["month"] == month);
        let row = row.unwrap();
        (row["baseline_units"].clone(), row["override_units"].clone(), row["units"].clone())
    };
    let cells = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(told_as("2026-01-01"), cells("60", "40", "100"));
    assert_eq!(told_as("2026-02-01"), cells("60", "", "60"), "empty is not zero");
    assert_eq!(told_as("2026-03-01"), cells("60", "-60", "0"));
    assert_eq!(told_as("2026-04-01"), cells("60", "", "60"), "made after the as-of date");
    let listed = common::rows(&vintage.join("overrides.csv"));
    assert_eq!(listed.len(), 2);
    assert_eq!((listed[0]["who"].as_str(), listed[0]["reason"].as_str()), ("Ada", "one large deal"));
    // The revision's bridge puts the change down to them and to nothing else.
    for row in common::rows(&vintage.join("revisions.csv")).iter().filter(|r| r["model"] == "ALL") {
        let change: i64 = row["now"].parse::<i64>().unwrap() - row["previous"].parse::<i64>().unwrap();
        assert_eq!(row["overrides"], change.to_string(), "{row:?}");
    }
    edit(&path, |text| text + "2026-03,MINI,7,again,Bo,\n2026-05,MAXI,x,,Bo,\n");
    let output = run(folder.path());
    assert_eq!(output.status.code(), Some(65));
    for part in [
        "overrides.csv:6: month: `2026-03`, is already adjusted for this model on line 4",
        "overrides.csv:7: model: `MAXI`, is not a model of the job",
        "overrides.csv:7: machines: `x`",
    ] {
        assert!(reported(&output).contains(part), "`{part}` is not in\n{}", reported(&output));
    }
}

#[test]
fn check_shows_what_was_read_so_that_a_mapping_is_verified_in_one_look() {
    let folder = copy_of("miniature");
    let folder = folder.path();
    edit(&folder.join("futures_orders.csv"), |text| {
        let mut lines: Vec<String> = text.lines().map(|line| format!("{line},n")).collect();
        lines[0] = lines[0].replacen("quantity", "Qty", 1).replace(",n", ",note");
        // One order is completed, one is signed after the as-of date.
        lines[1] = lines[1].replacen(",open,", ",completed,", 1);
        lines.push("Z1,New,retail,MINI,futures,2025-10-01,60,1000,,2025-11,3,,open,,n".to_owned());
        lines.join("\n") + "\n"
    });
    edit(&folder.join("job.toml"), |text| {
        let path = "path = \"futures_orders.csv\"";
        text.replacen(path, &format!("{path}\ncolumns = {{ quantity = \"Qty\" }}"), 1)
    });
    let output = wafercast(&["check", folder.join("job.toml").to_str().unwrap()]);
    let orders = common::text(&folder.join("futures_orders.csv")).lines().count() - 2;
    let machines = 60 * orders;
    for part in [
        &format!("  futures_orders.csv: {} rows read, {orders} used, 2023-10-01 to 2025-", orders + 1),
        ", 1 left out",
        "    columns: order_id, customer, customer_segment, model, order_type, signed_date, quantity = `Qty`, ",
        "    not read: `note`",
        &format!("  {orders} order lines of {} machines, due from 2023-11 to ", thousands(machines)),
        &format!("  machines by status: open {}, completed 60, cancelled 0", thousands(machines - 60)),
        &format!("  machines by model: MINI {}", thousands(machines)),
        &format!(
            "  value: {} USD for {} machines with a price",
            thousands(1000 * machines),
            thousands(machines)
        ),
        "  machines on hand: MINI 30",
        "  open wafer orders: 1, of 10 wafers",
        "  from 50 USD per PH/s per day on 2024-05-01 to 50 USD per PH/s per day on 2025-09-30",
    ] {
        assert!(reported(&output).contains(part), "`{part}` is not in\n{}", reported(&output));
    }
}

#[test]
fn check_shows_how_shipments_and_orders_go_together() {
    let output = wafercast(&["check", "jobs/quarterly.toml"]);
    for part in [
        "  shipments.csv: 1,312 rows read, 1,312 used, 2021-07-15 to 2025-09-24, 0 left out",
        "  machines of orders that are not in futures_orders: 0 of 213,362",
        "  machines by model: M70-130 84,850, ",
        "  machines by model on 2025-09-30: M80-160 3, M90-200 128, M95-245 18",
    ] {
        assert!(reported(&output).contains(part), "`{part}` is not in\n{}", reported(&output));
    }
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let (head, tail) = digits.split_at(digits.len() % 3);
    let groups = tail.as_bytes().chunks(3).map(|group| String::from_utf8(group.to_vec()).unwrap());
    std::iter::once(head.to_owned())
        .filter(|head| !head.is_empty())
        .chain(groups)
        .collect::<Vec<_>>()
        .join(",")
}

#[test]
fn like_problems_are_folded_unless_all_are_asked_for() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("futures_orders.csv"), |text| text.replace(",60,1000,", ",x,1000,"));
    let job = folder.path().join("job.toml");
    let bad = common::text(&folder.path().join("futures_orders.csv")).matches(",x,").count();
    for command in ["run", "check"] {
        let folded = wafercast(&[command, job.to_str().unwrap()]);
        assert_eq!(folded.status.code(), Some(65));
        let text = reported(&folded);
        assert_eq!(text.matches("quantity: `x`").count(), 3, "{text}");
        assert!(
            text.contains(&format!("quantity: and {} more like it, lines 5 to {}", bad - 3, bad + 1)),
            "{text}"
        );
        let all = reported(&wafercast(&[command, job.to_str().unwrap(), "--all"]));
        assert_eq!(all.matches("quantity: `x`").count(), bad, "{all}");
    }
}

#[test]
fn the_manifest_has_rows_dates_and_columns_of_every_file() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("supply.csv"), |text| {
        text.replacen("yield", "yield,note", 1).replace('\n', ",\n").replacen("note,\n", "note\n", 1)
    });
    let output = run(folder.path());
    assert!(output.status.success(), "{}", reported(&output));
    let manifest = wafercast::publish::Manifest::read(&folder.path().join("out/2025Q3")).unwrap();
    let supply = manifest.inputs.iter().find(|input| input.export == "supply").unwrap();
    assert_eq!((supply.rows_read, supply.rows_used), (4, 4));
    assert_eq!(supply.first_date.as_deref(), Some("2025-06-01"));
    assert_eq!(supply.last_date.as_deref(), Some("2025-09-30"));
    assert_eq!(supply.columns["item"], "item");
    assert_eq!(supply.columns_not_read, ["note"]);
}

#[test]
fn keys_that_no_longer_do_anything_are_reported() {
    let folder = copy_of("miniature");
    let job = folder.path().join("job.toml");
    edit(&job, |text| text.replacen("[demand]", "[demand]\npenalty = 1.0\nbooking_months = 12", 1));
    let said = reported(&wafercast(&["check", job.to_str().unwrap()]));
    assert!(said.contains("booking_months, penalty in the job's [demand] no longer do anything"), "{said}");
}

/// The miniature by `--inputs`: exit code and what it said, as text or as JSON.
fn by_folder(folder: &Path, log: &str) -> (Option<i32>, String) {
    let job = folder.join("job.toml");
    let output =
        wafercast(&["check", job.to_str().unwrap(), "--inputs", folder.to_str().unwrap(), "--log", log]);
    (output.status.code(), reported(&output))
}

#[test]
fn files_that_are_nearly_an_export_are_reported_and_unrelated_ones_are_not() {
    let folder = copy_of("miniature");
    let path = |name: &str| folder.path().join(name);
    let (code, before) = by_folder(folder.path(), "text");
    assert_eq!(code, Some(0), "{before}");
    for name in ["README.csv", ".DS_Store", "~$supply.xlsx", "regions.csv", "supply_old.csv"] {
        drop(std::fs::File::create(path(name)).unwrap());
    }
    assert_eq!(by_folder(folder.path(), "text").1, before, "unrelated files are not spoken of");
    std::fs::copy(path("supply.csv"), path("supply (1).csv")).unwrap();
    drop(std::fs::File::create(path("Channel-Inventory.csv")).unwrap());
    drop(std::fs::File::create(path("overrides.xls")).unwrap());
    let (code, said) = by_folder(folder.path(), "text");
    assert_eq!(code, Some(0), "{said}");
    for part in [
        "supply (1).csv: is not read: the supply export is read from the file without a number",
        "Channel-Inventory.csv: is not read: the channel_inventory export must be named channel_inventory.csv",
        "overrides.xls: is not read: the overrides export must be named overrides.csv",
    ] {
        assert!(said.contains(part), "`{part}` is not in\n{said}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/nowhere/drivers.csv", path("drivers.csv")).unwrap();
        let (code, said) = by_folder(folder.path(), "text");
        assert_eq!(code, Some(66), "{said}");
        assert!(said.contains("(it is a link to /nowhere/drivers.csv)"), "{said}");
    }
}

#[test]
fn warnings_come_with_errors_and_before_them() {
    let folder = copy_of("miniature");
    let path = |name: &str| folder.path().join(name);
    edit(&path("futures_orders.csv"), |text| text.replacen(",60,1000,", ",-3,1000,", 1));
    drop(std::fs::File::create(path("Overrides.csv")).unwrap());
    let (code, said) = by_folder(folder.path(), "text");
    assert_eq!(code, Some(65));
    let (warning, error) = (said.find("warning: ").unwrap(), said.find("error: ").unwrap());
    assert!(warning < error && said.contains("Overrides.csv: is not read"), "{said}");
    assert!(said.contains("1 problem(s) in 1 file(s); nothing was published"), "{said}");
    let (code, said) = by_folder(folder.path(), "json");
    assert_eq!(code, Some(65));
    let levels: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("\"event\":\"problem\"") || line.contains("\"event\":\"failed\""))
        .map(|line| if line.contains("\"level\":\"warning\"") { "warning" } else { "error" })
        .collect();
    let first = levels.iter().position(|level| *level == "error").unwrap();
    assert!(first > 0 && levels[first..] == ["error", "error"], "{said}");
}
