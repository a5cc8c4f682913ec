//! What each key of the job moves: a small maker with every export (`fixtures/readings`) forecast as its job says, and with one key,
//! model, foundry or export otherwise. Which tables differ then, and the first cell of each that does, stands in
//! `tests/recorded/keys`: `make bless` accepts it anew.

#![allow(
    clippy::too_many_lines,
    clippy::format_collect,
    clippy::type_complexity,
    reason = "lists of changes, and a test may be slow"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest, Sha256};
use wafercast::inputs::load;

use crate::checks::as_recorded;
use crate::common::{copy_of, edit, request};

/// The lines of each table.
type Tables = BTreeMap<&'static str, Vec<Vec<String>>>;

fn tables(folder: &Path) -> Result<Tables, String> {
    let plain = |text: String| text.replace(&format!("{}/", folder.display()), "");
    let inputs = load(&request(folder)).map_err(|refused| plain(refused.to_string()))?;
    let outcome = wafercast::run::forecast(&inputs, &|_| ()).map_err(|refused| plain(refused.to_string()))?;
    let lines = |table: &wafercast::table::Table| -> Vec<Vec<String>> {
        let csv = wafercast::publish::csv(table, inputs.job.output.dialect());
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_slice());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let mut all: Tables = outcome.tables.iter().map(|table| (table.spec.name, lines(table))).collect();
    let told = |lines: &[String]| lines.iter().map(|line| vec![line.clone()]).collect();
    all.insert("told: first", told(&outcome.first));
    all.insert("told: summary", told(&outcome.summary));
    all.insert("told: doubts", told(&outcome.doubts));
    let warnings: Vec<String> = outcome.warnings.iter().map(|warning| plain(warning.to_string())).collect();
    all.insert("told: warnings", told(&warnings));
    Ok(all)
}

fn digest(of: &str) -> String {
    Sha256::digest(of.as_bytes()).iter().take(4).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// The first cell that differs, with the first cells of its row.
fn first(plain: &[Vec<String>], changed: &[Vec<String>]) -> String {
    let Some((before, after)) = plain.iter().zip(changed).find(|(before, after)| before != after) else {
        return format!("{} lines, {} before", changed.len(), plain.len());
    };
    let column = before.iter().zip(after).position(|(before, after)| before != after).unwrap_or(0);
    let head = plain[0].get(column).filter(|_| plain[0].len() > 1);
    let (was, is) =
        (before.get(column).map_or("", String::as_str), after.get(column).map_or("", String::as_str));
    let row = if after.len() > 1 { after[1..column.clamp(1, 4)].join(" ") } else { String::new() };
    match head {
        Some(head) => format!("{row}: {head} {is} ({was} before)"),
        None => is.to_owned(),
    }
}

/// Changes of the job or the exports, by what they are called.
fn recorded(name: &str, changes: &[(&str, &dyn Fn(&Path))]) {
    let plain = tables(copy_of("readings").path()).unwrap();
    let mut text = String::new();
    for (called, change) in changes {
        let folder = copy_of("readings");
        change(folder.path());
        let _ = writeln!(text, "{called}");
        match tables(folder.path()) {
            Err(refused) => drop(writeln!(text, "  refused: {}", refused.lines().next().unwrap_or_default())),
            Ok(changed) => {
                let differ: Vec<(&&str, &Vec<Vec<String>>)> =
                    changed.iter().filter(|(table, lines)| plain[*table] != **lines).collect();
                for (table, lines) in differ.iter().take(6) {
                    let _ = writeln!(text, "  {table}: {}", first(&plain[**table], lines));
                }
                let names: Vec<&str> = differ.iter().map(|(table, _)| **table).collect();
                let all = differ.iter().map(|(_, lines)| format!("{lines:?}")).collect::<String>();
                let rest = names.get(6..).unwrap_or_default().join(", ");
                let _ = writeln!(text, "  {}: {}", if rest.is_empty() { "all" } else { &rest }, digest(&all));
            }
        }
    }
    as_recorded(&format!("keys/{name}.txt"), &text);
}

/// Sets a key of a section, which may not be there yet.
fn set(folder: &Path, section: &str, key: &str) {
    edit(&folder.join("job.toml"), |job| {
        let head = format!("[{section}]\n");
        if job.contains(&head) {
            job.replacen(&head, &format!("{head}{key}\n"), 1)
        } else {
            format!("{job}\n{head}{key}\n")
        }
    });
}

fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    edit(&folder.join(file), |text| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
}

/// An earlier date, as of which nothing that was paid later was known.
fn as_of(folder: &Path, day: &str) {
    replace(folder, "job.toml", "as_of = 2025-09-30", &format!("as_of = {day}"));
    replace(folder, "job.toml", "[exports.payments]\npath = \"payments.csv\"\n", "");
}

/// Keys of sections, one at a time.
fn keys(name: &str, keys: &[(&str, &str)]) {
    let called: Vec<String> = keys.iter().map(|(section, key)| format!("[{section}] {key}")).collect();
    let changes: Vec<Box<dyn Fn(&Path)>> = keys
        .iter()
        .map(|(section, key)| Box::new(|folder: &Path| set(folder, section, key)) as Box<dyn Fn(&Path)>)
        .collect();
    let changes: Vec<(&str, &dyn Fn(&Path))> =
        called.iter().zip(&changes).map(|(called, change)| (called.as_str(), &**change)).collect();
    recorded(name, &changes);
}

#[test]
fn of_wafers() {
    keys(
        "wafers",
        &[
            ("wafers", "spares_share = 0.1"),
            ("wafers", "assembly_loss = 0.1"),
            ("wafers", "packaging_months = 3"),
            ("wafers", "overdue_days = 0"),
            ("wafers", "capital_rate_per_month = 0.05"),
            ("wafers", "lost_share = 1"),
            ("wafers", "leave_share_per_month = 0.2"),
            ("wafers", "shortage_penalty_usd = 500"),
            ("wafers", "price_months = 2"),
            ("wafers", "price_months = 0"),
            ("wafers", "list_price_share = 0.5"),
            ("wafers", "clearable_months = 6"),
            ("wafers", "value_loss_per_month = 0.2"),
            ("wafers", "service_level = 0.6"),
            ("wafers", "service_level = 0.95"),
            ("wafers", "most_service_level = 0.5"),
            ("factory", "machines_per_month = 20"),
            ("factory", "level_within = 0.1\nmonths = { \"2026-02\" = 5 }"),
            ("spares", "return_rate_by_year = [0.2, 0.1]\nchips_share = 0.5\nwarranty_months = 18"),
            (
                "[parts]",
                "name = \"fan\"\nper_machine = { MINI = 2, MAXI = 4 }\nstock = 150\narrivals = { \"2025-12\" = 90 }\nlead_months = 3",
            ),
        ],
    );
}

#[test]
fn of_money_and_policy() {
    keys(
        "money",
        &[
            ("cash", "customer_deposit_share = 0.2"),
            ("cash", "deposit_use = \"until_used_up\""),
            ("cash", "cancelled_deposits = \"refunded\""),
            ("cash", "default_share = 0.3"),
            ("cash", "price_protection_share = 1"),
            ("cash", "opening_cash_usd = 100000\ncredit_line_usd = 50000"),
            ("budget", "prepayment_usd = 9000"),
            ("budget", "below_limit_probability = 0.02"),
            ("budget", "shortfall_weight = 0.9\nprepayment_usd = 9000"),
            ("policy", "effective_deposit_share = 0.5"),
            (
                "policy",
                "effective_deposit_share = { key_account = 0.6, retail = 1, channel = 0.2 }\ndeposit_due_days = 3",
            ),
            ("policy", "priority = [\"segment\", \"date\", \"deposit\"]"),
            ("policy", "machine_cost_covered = 1.0\nleast_look_ahead_months = 3\nmost_look_ahead_months = 4"),
            (
                "policy",
                "futures_share = 0.5\ndelivery_months = 3\nlevel_delivery_share = 0.6\nprepayment_share = 0.3",
            ),
            (
                "policy",
                "top_fifth_share = 0.2\nkey_account_share = 0.5\nlargest_customer_share = 0.5\nbacklog_concentration = 0.4\nchannel_cover_months = 1.0",
            ),
            ("policy", "power_usd_per_kwh = 0.1"),
            ("policy", "efficiency_tolerance_share = 0.2"),
            ("pricing", "target_payback_months = 9\nlongest_payback_months = 12"),
            ("pricing", "payback_bands_months = [5, 8, 12, 20]\nefficiency_classes_j_per_th = [17, 29, 31]"),
            ("pricing", "clearance_share = 0.9"),
            ("mining", "months = 12\ndiscount_per_month = 0.05"),
            (
                "mining",
                "hashprice_decline_per_month = 0.06\npower_usd_per_kwh = 0.02\nhosting_usd_per_month = 9",
            ),
            ("mining", "sockets = 10\nsockets_from = { \"2026-03\" = 40 }\nfleet = { MINI = 5 }"),
            (
                "mining",
                "power_mw = 0.06\nfleet = { MINI = 5 }\nmoves = [{ month = \"2026-02\", model = \"MAXI\", machines = 3 }, { month = \"2026-04\", model = \"MINI\", machines = -2, usd = 1900 }]",
            ),
        ],
    );
}

#[test]
fn of_market_and_demand() {
    keys(
        "market",
        &[
            ("market", "volatility_months = 12"),
            ("market", "next_halving = \"2026-02\""),
            ("demand", "rate_months = 6"),
            ("demand", "past_due_months = 1"),
            ("demand", "mix_months = 2"),
            ("demand", "growth_per_year = 0.5"),
            ("demand", "intake_spread = 0.2"),
            ("scenarios", "bear = [0.95, 0.90, 0.85, 0.80, 0.75, 0.70, 0.65, 0.60, 0.60, 0.60, 0.60, 0.60]"),
            (
                "scenarios",
                "base = [1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.4]\nbase_difficulty = [1.0, 1.0, 0.98, 0.97, 0.96, 0.95, 0.95, 0.95, 0.96, 0.97, 0.98, 1.0]",
            ),
            ("job", "fiscal_year_starts = 2"),
            ("reading", "stale_days = 3\nrejected_rows_allowed = 3"),
            ("exports", "exported_on = 2025-10-08"),
            ("reconciliation", "delivered_share = 0.5\nunmatched_share = 0.5\nfirm_over_forecast = 0.2"),
            (
                "plausibility",
                "market_factor = 2\nday_factor = 1.1\nprice_factor = 1.5\norder_factor = 1.2\nstock_years = 0.1",
            ),
            (
                "[assumptions]",
                "text = \"Foundry keeps its price\"\nowner = \"procurement\"\ndate = 2025-05-15\nexpires = 2025-08-31",
            ),
        ],
    );
}

#[test]
fn of_models_and_foundries() {
    recorded(
        "makers",
        &[
            ("MINI ends in 2026-02", &|f| {
                replace(f, "job.toml", "end_of_life = \"2027-12\"", "end_of_life = \"2026-02\"")
            }),
            ("MINI is last sold in 2025-10", &|f| {
                replace(
                    f,
                    "job.toml",
                    "end_of_life = \"2027-12\"",
                    "last_sale = \"2025-10\"\nend_of_life = \"2027-12\"",
                )
            }),
            ("MINI launches in 2025-12", &|f| {
                replace(f, "job.toml", "launch = \"2024-06\"", "launch = \"2025-12\"")
            }),
            ("MINI has a list price", &|f| {
                replace(
                    f,
                    "job.toml",
                    "power_w = 3000",
                    "power_w = 3000\nlist_price_usd = 1100\nother_cost_usd = 250",
                )
            }),
            ("MINI uses less power", &|f| replace(f, "job.toml", "power_w = 3000", "power_w = 1500")),
            ("MAXI slips", &|f| {
                replace(f, "job.toml", "power_w = 3400", "power_w = 3400\nlaunch_slip_months = 4")
            }),
            ("a successor", &|f| {
                replace(
                    f,
                    "job.toml",
                    "[[chips]]",
                    "[[models]]\nname = \"NOVA\"\nhashrate_th = 250\npower_w = 3300\nlaunch = \"2026-01\"\nend_of_life = \"2029-12\"\nchips_per_machine = 100\nchip = \"CORE\"\nlist_price_usd = 4000\npredecessor = \"MAXI\"\nsubstitution_share = 0.6\nlaunch_slip_months = 2\n\n[[chips]]",
                )
            }),
            ("a new model with a share", &|f| {
                replace(
                    f,
                    "job.toml",
                    "[[chips]]",
                    "[[models]]\nname = \"NOVA\"\nhashrate_th = 250\npower_w = 3300\nlaunch = \"2026-01\"\nend_of_life = \"2029-12\"\nchips_per_machine = 100\nchip = \"CORE\"\nlist_price_usd = 4000\nnew_model_share = 0.3\n\n[[chips]]",
                )
            }),
            ("one chip for both", &|f| {
                replace(f, "job.toml", "chip = \"CORE\"\nother_cost_usd", "chip = \"CHIP\"\nother_cost_usd")
            }),
            ("fewer good dies", &|f| replace(f, "job.toml", "yield = 0.5", "yield = 0.25")),
            ("dies by area and defects", &|f| {
                replace(
                    f,
                    "job.toml",
                    "gross_dies_per_wafer = 1000\nyield = 0.5",
                    "die_area_mm2 = 18.5\ndefects_per_cm2 = 0.9",
                )
            }),
            ("CORE is last ordered in 2025-11", &|f| {
                replace(f, "job.toml", "yield = 0.6", "yield = 0.6\nlast_order = 2025-11-30")
            }),
            ("a second foundry of CHIP, dearer and faster", &|f| {
                replace(
                    f,
                    "job.toml",
                    "[[foundries]]",
                    "[[foundries]]\nname = \"Near\"\nchip = \"CHIP\"\nyield = 0.45\nwafer_cost_usd = 1100\nlead_months = 1\nprepayment_share = 1.0\nlot_wafers = 1\nmin_wafers = 2\nmax_wafers_per_month = 2\nreservation_fee_usd = 30\n\n[[foundries]]",
                )
            }),
            ("a limit of wafers", &|f| {
                replace(
                    f,
                    "job.toml",
                    "wafer_cost_usd = 1200",
                    "wafer_cost_usd = 1200\nmax_wafers_per_month = 2\ncancellation = [{ months_before_due = 3, forfeit_share = 0.3 }, { months_before_due = 1, forfeit_share = 0.7 }]",
                )
            }),
            ("larger lots", &|f| replace(f, "job.toml", "lot_wafers = 2", "lot_wafers = 7\nmin_wafers = 14")),
            ("a foundry that ends", &|f| {
                replace(
                    f,
                    "job.toml",
                    "lot_wafers = 2",
                    "lot_wafers = 2\nfrom = 2025-01-01\nuntil = 2025-12-31",
                )
            }),
            ("dearer wafers", &|f| replace(f, "job.toml", "wafer_cost_usd = 1000", "wafer_cost_usd = 3000")),
            ("a longer lead", &|f| replace(f, "job.toml", "lead_months = 4", "lead_months = 9")),
            ("a month before", &|f| as_of(f, "2025-08-31")),
            ("half a year before", &|f| as_of(f, "2025-03-31")),
        ],
    );
}

#[test]
fn of_exports() {
    let without = |name: &'static str| {
        move |f: &Path| replace(f, "job.toml", &format!("[exports.{name}]\npath = \"{name}.csv\"\n"), "")
    };
    let every = |file: &'static str, from: &'static str, to: &'static str| {
        move |f: &Path| edit(&f.join(file), |text| text.replace(from, to))
    };
    recorded(
        "exports",
        &[
            ("no channel_inventory", &without("channel_inventory")),
            ("no shipments", &without("shipments")),
            ("no payments", &without("payments")),
            ("no supply", &without("supply")),
            ("no order_changes", &without("order_changes")),
            ("no customers", &without("customers")),
            ("no pipeline", &without("pipeline")),
            ("no overrides", &without("overrides")),
            ("no drivers", &without("drivers")),
            ("no placed_orders", &without("placed_orders")),
            (
                "all of one customer",
                &every("futures_orders.csv", "Borealis,key_account", "Acme Mining,key_account"),
            ),
            ("all of key accounts", &every("futures_orders.csv", ",retail,", ",key_account,")),
            ("all spot", &every("futures_orders.csv", ",futures,", ",spot,")),
            ("no spot", &every("futures_orders.csv", ",spot,", ",futures,")),
            ("all of MINI", &|f| {
                for file in ["futures_orders.csv", "shipments.csv", "payments.csv"] {
                    edit(&f.join(file), |text| text.replace(",MAXI,", ",MINI,"));
                }
            }),
            ("more on hand", &|f| {
                replace(f, "supply.csv", "machines_on_hand,MINI,30", "machines_on_hand,MINI,60")
            }),
            ("nothing on hand", &|f| {
                edit(&f.join("supply.csv"), |text| {
                    text.lines().filter(|l| !l.contains("_on_hand")).map(|l| l.to_owned() + "\n").collect()
                })
            }),
            ("more on order", &|f| {
                replace(f, "supply.csv", "Foundry,6,2025-10-15,3000", "Foundry,40,2025-10-15,20000")
            }),
            ("an order overdue", &|f| replace(f, "supply.csv", "2025-10-15", "2025-08-15")),
            ("an option taken", &every("futures_orders.csv", ",option,", ",futures,")),
            ("a full channel", &every("channel_inventory.csv", ",MINI,1", ",MINI,4")),
        ],
    );
}
