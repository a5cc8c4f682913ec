//! CSV files in the dialect that the job names, and vintages of any dialect or format read back.

use std::path::{Path, PathBuf};

use crate::common::{self, copy_of, edit, files, reported, root, text, wafercast, within};
use polars::prelude::{ParquetReader, SerReader};

const SEMICOLONS: &str = "csv_delimiter = \";\"\ncsv_decimal_mark = \",\"\ncsv_bom = true\n";

/// The job of the synthetic maker in a folder of its own, with this `[output]`.
fn job(folder: &Path, name: &str, output: &str) -> PathBuf {
    let path = folder.join(name);
    let text = text(&root().join("jobs/quarterly.toml"));
    let text = text.replace("../fixtures", root().join("fixtures").to_str().unwrap());
    let (before, rest) = text.split_once("[output]\n").unwrap();
    let after = rest.split_once("\n\n").unwrap().1;
    std::fs::File::create(&path)
        .and_then(|mut file| {
            std::io::Write::write_all(&mut file, format!("{before}[output]\n{output}\n\n{after}").as_bytes())
        })
        .unwrap();
    path
}

fn run(job: &Path, as_of: &str, out: &Path) -> PathBuf {
    let output = wafercast(&["run", job.to_str().unwrap(), "--as-of", as_of, "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    out.join("latest").canonicalize().unwrap()
}

#[test]
fn the_job_names_delimiter_decimal_mark_and_byte_order_mark() {
    let folder = tempfile::tempdir().unwrap();
    let formats = "formats = [\"csv\", \"parquet\"]\n";
    let plain = run(&job(folder.path(), "a.toml", formats), "2025-09-30", &folder.path().join("a"));
    let output = format!("{formats}{SEMICOLONS}");
    let commas = run(&job(folder.path(), "b.toml", &output), "2025-09-30", &folder.path().join("b"));
    // Every table: the file that people write in is none.
    for (name, bytes) in files(&plain).into_iter().filter(|(name, _)| name != "placed_orders.csv") {
        let path = Path::new(&name);
        match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => {
                let other = files(&commas)[&name].clone();
                assert!(
                    other.starts_with("\u{feff}".as_bytes()) && !bytes.starts_with("\u{feff}".as_bytes())
                );
                let read = |bytes: &[u8], delimiter| -> Vec<Vec<String>> {
                    let mut reader =
                        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(bytes);
                    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
                };
                let spec = wafercast::tables::SPECS
                    .iter()
                    .find(|spec| format!("{}.csv", spec.name) == name)
                    .unwrap();
                let (plain, commas) = (read(&bytes, b','), read(&other, b';'));
                assert_eq!(plain.len(), commas.len(), "{name}");
                for (a, b) in plain.iter().zip(&commas) {
                    for ((a, b), column) in a.iter().zip(b).zip(spec.columns) {
                        let real = matches!(column.kind, wafercast::table::Kind::Real(_));
                        let same = if real { *a == b.replace(',', ".") } else { a == b };
                        assert!(same && !(real && b.contains('.')), "{name}, {}: {a} and {b}", column.name);
                    }
                }
            }
            // The metadata name the job, which differs.
            Some("parquet") => assert_eq!(bytes.is_empty(), files(&commas)[&name].is_empty()),
            _ => {}
        }
    }
    // Non-ASCII names are as they were: the customer with an umlaut stands in the policy checks or nowhere.
    let checks = String::from_utf8(files(&commas)["policy_checks.csv"].clone()).unwrap();
    assert!(checks.contains("Distributor Süd"), "{checks}");
}

#[test]
fn settings_that_clash_are_refused_with_their_line_and_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for (output, wanted) in [
        ("csv_decimal_mark = \",\"", &["is the csv_delimiter too"][..]),
        ("csv_delimiter = \"x\"\ncsv_decimal_mark = \"'\"", &["must be one of , ; |", "must be . or ,"]),
        ("formats = [\"xlsx\"]", &["the next run reads this one's tables"]),
        ("formats = []", &["the next run reads this one's tables"]),
        ("formats = [\"csv\", \"csv\"]", &["formats has csv twice"]),
    ] {
        let job = job(folder.path(), "job.toml", output);
        let output = wafercast(&["check", job.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(78), "{}", reported(&output));
        let said = reported(&output);
        let lines = text(&job);
        for wanted in wanted {
            let line = said.lines().find(|line| line.contains(wanted)).unwrap_or_else(|| panic!("{said}"));
            let at = line.split("job.toml:").nth(1).and_then(|rest| rest.split(':').next()).unwrap();
            let at: usize = at.parse().unwrap();
            let key = lines.lines().nth(at - 1).unwrap();
            assert!(key.starts_with("csv_") || key.starts_with("formats"), "line {at} is `{key}`: {line}");
        }
    }
}

#[test]
fn vintages_of_any_dialect_and_format_are_compared_and_bridged() {
    let folder = tempfile::tempdir().unwrap();
    let formats = [
        ("both", "formats = [\"csv\", \"parquet\"]".to_owned()),
        ("csv", "formats = [\"csv\"]".to_owned()),
        ("parquet", "formats = [\"parquet\"]".to_owned()),
        ("semicolons", format!("formats = [\"csv\"]\n{SEMICOLONS}")),
        ("tabs", "formats = [\"csv\"]\ncsv_delimiter = \"\\t\"\ncsv_decimal_mark = \",\"".to_owned()),
    ];
    let mut revisions = Vec::new();
    let mut first: Option<PathBuf> = None;
    for (name, output) in &formats {
        let earlier = job(folder.path(), &format!("{name}.toml"), output);
        let out = folder.path().join(name);
        let made = run(&earlier, "2025-06-30", &out);
        // The same forecast, whatever it was written as: not a cell differs.
        let first = first.get_or_insert(made.clone());
        for pair in [[&*first, &made], [&made, &*first]] {
            let output = wafercast(&["compare", pair[0].to_str().unwrap(), pair[1].to_str().unwrap()]);
            assert!(output.status.success(), "{}", reported(&output));
            let differences = String::from_utf8(output.stdout).unwrap();
            assert_eq!(differences, "table,key,column,old,new,change\n", "{name}");
        }
        // The next quarter is written plainly, and bridges from each.
        let next = job(folder.path(), "next.toml", "formats = [\"csv\"]");
        let made = run(&next, "2025-09-30", &out);
        revisions.push((name, text(&made.join("revisions.csv"))));
    }
    assert!(revisions[0].1.lines().count() > 10, "{}", revisions[0].1);
    for (name, revision) in &revisions {
        assert_eq!(revision, &revisions[0].1, "{name}");
    }
}

/// As vintages were before schema version 4.
#[test]
fn a_vintage_with_all_files_side_by_side_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let job = job(folder.path(), "job.toml", "formats = [\"csv\", \"parquet\"]");
    let (now, before) = (folder.path().join("now"), folder.path().join("before"));
    for out in [&now, &before] {
        let made = run(&job, "2025-06-30", out);
        if out == &before {
            for tables in ["csv", "parquet"] {
                for entry in std::fs::read_dir(made.join(tables)).unwrap() {
                    let path = entry.unwrap().path();
                    std::fs::rename(&path, made.join(path.file_name().unwrap())).unwrap();
                }
                std::fs::remove_dir(made.join(tables)).unwrap();
            }
            edit(&made.join("manifest.json"), |text| {
                text.replace("\"csv/", "\"").replace("\"parquet/", "\"")
            });
        }
    }
    let pair = [&before, &now].map(|out| out.join("2025Q2").to_str().unwrap().to_owned());
    let output = wafercast(&["compare", &pair[0], &pair[1]]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "table,key,column,old,new,change\n");
    let [one, two] = [&now, &before].map(|out| text(&run(&job, "2025-09-30", out).join("revisions.csv")));
    assert!(one.lines().count() > 10, "{one}");
    assert_eq!(one, two);
}

#[test]
fn text_like_a_formula_is_harmless_in_csv_and_itself_everywhere_else() {
    let folder = copy_of("miniature");
    let names = ["=1+1", "+mini", "-mini", "@mini", "'=mini", "矿机=1"];
    for name in names {
        let here = tempfile::tempdir_in(folder.path()).unwrap();
        for file in ["futures_orders.csv", "hashprice.csv", "difficulty.csv", "supply.csv", "job.toml"] {
            std::fs::copy(folder.path().join(file), here.path().join(file)).unwrap();
        }
        for file in ["futures_orders.csv", "supply.csv", "job.toml"] {
            edit(&here.path().join(file), |text| text.replace("MINI", name));
        }
        let out = here.path().join("out");
        let job = here.path().join("job.toml");
        let made = run(&job, "2025-08-31", &out);
        let csv = text(&made.join("shipment_forecast.csv"));
        let harmless = match name {
            "矿机=1" => ",矿机=1,".to_owned(),
            other => format!(",\"'{other}\","),
        };
        assert!(csv.contains(&harmless), "{name}: {csv}");
        assert!(!csv.contains(&format!(",{name},")) || name == "矿机=1", "{name}");
        let file = std::fs::File::open(within(&made.join("shipment_forecast.parquet"))).unwrap();
        let frame = ParquetReader::new(file).finish().unwrap();
        let models = frame.column("model").unwrap().str().unwrap().iter().flatten().collect::<Vec<_>>();
        assert!(models.contains(&name), "{name}: Parquet keeps the text");
        // Read back and bridged from, it is the model that it was.
        let next = run(&job, "2025-09-30", &out);
        let revisions = common::rows(&next.join("revisions.csv"));
        assert!(revisions.iter().any(|row| row["model"].ends_with(name)), "{name}");
    }
}

#[test]
fn parquet_says_where_it_comes_from() {
    let out = tempfile::tempdir().unwrap();
    let output = wafercast(&["run", "fixtures/miniature/job.toml", "--out", out.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    let made = out.path().join("2025Q3");
    let manifest: serde_json::Value = serde_json::from_str(&text(&made.join("manifest.json"))).unwrap();
    for spec in wafercast::tables::SPECS {
        let file = std::fs::File::open(within(&made.join(format!("{}.parquet", spec.name)))).unwrap();
        let mut reader = ParquetReader::new(file);
        let pairs = reader.get_metadata().unwrap().key_value_metadata().clone().unwrap();
        let value = |key: &str| {
            pairs
                .iter()
                .find(|pair| pair.key == format!("wafercast.{key}"))
                .and_then(|pair| pair.value.clone())
        };
        assert_eq!(value("vintage").unwrap(), "2025Q3", "{}", spec.name);
        assert_eq!(value("as_of").unwrap(), "2025-09-30");
        assert_eq!(value("version").unwrap(), env!("CARGO_PKG_VERSION"));
        assert_eq!(value("schema_version").unwrap(), wafercast::table::SCHEMA_VERSION.to_string());
        assert_eq!(value("job_sha256").unwrap(), manifest["job_sha256"].as_str().unwrap());
        let inputs = manifest["inputs"].as_array().unwrap();
        assert_eq!(inputs.len(), 4);
        for input in inputs {
            let key = format!("input.{}.sha256", input["export"].as_str().unwrap());
            assert_eq!(value(&key).unwrap(), input["sha256"].as_str().unwrap());
        }
    }
}
