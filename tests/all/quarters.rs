//! A small maker (`fixtures/readings`) over three quarters and a revision of the last, with corrections, slips, cancellations and another
//! job in between: what became of the forecasts and of the wafer orders, and what the commands say of them, as it was recorded in
//! `tests/recorded/quarters`; `make bless` accepts it anew.

#![allow(clippy::too_many_lines, clippy::type_complexity, reason = "one quarter after the other")]

use std::fmt::Write as _;
use std::path::Path;

use crate::checks::as_recorded;
use crate::common::{copy_of, edit, reported, rewrite, text, wafercast};

const OF_CHAIN: [&str; 5] =
    ["order_decisions", "order_revisions", "realised_accuracy", "revisions", "waterfall"];

fn run(folder: &Path, day: &str) -> String {
    let job = folder.join("job.toml");
    let output = wafercast(&["run", job.to_str().unwrap(), "--as-of", day]);
    assert!(output.status.success(), "{}", reported(&output));
    reported(&output).replace(&format!("{}/", folder.display()), "")
}

/// Decides on the first of the orders that a vintage proposed.
fn decide(file: &Path, decisions: &[&str]) {
    edit(file, |text| {
        let decided = |(place, line): (usize, &str)| match place
            .checked_sub(1)
            .and_then(|place| decisions.get(place))
        {
            Some(decision) => line.replace(",proposed,,,,", decision) + "\n",
            None => line.to_owned() + "\n",
        };
        text.lines().enumerate().map(decided).collect()
    });
}

/// The tables of a vintage that look back.
fn look_back(folder: &Path, vintage: &str) -> String {
    OF_CHAIN.iter().fold(String::new(), |mut all, table| {
        let path = folder.join(format!("out/{vintage}/csv/{table}.csv"));
        let _ = writeln!(all, "{table} of {vintage}\n{}", text(&path));
        all
    })
}

#[test]
fn three_quarters_and_a_revision() {
    let folder = copy_of("readings");
    let folder = folder.path();
    let job = folder.join("job.toml");
    edit(&job, |job| {
        job.replace("[exports.placed_orders]\npath = \"placed_orders.csv\"\n", "")
            .replace("[exports.payments]\npath = \"payments.csv\"\n", "")
            .replace("[wafers]\n", "[output]\nformats = [\"csv\"]\n\n[wafers]\nlost_share = 0.9\n")
    });
    // What was counted at the ends of the quarters before.
    for (day, [mini, maxi, chips, dies, cores]) in
        [("2025-03-31", [12, 3, 900, 500, 700]), ("2025-06-30", [20, 6, 1500, 800, 1000])]
    {
        let kinds = [
            ("machines", "MINI", mini),
            ("machines", "MAXI", maxi),
            ("chips", "CHIP", chips),
            ("dies", "CORE", dies),
            ("chips", "CORE", cores),
        ];
        edit(&folder.join("supply.csv"), |text| {
            kinds.iter().fold(text, |text, (kind, item, count)| {
                format!("{text}{day},{kind}_on_hand,{item},{count},,,,,,\n")
            })
        });
    }
    let mut said = run(folder, "2025-03-31");
    decide(
        &folder.join("out/2025Q1/placed_orders.csv"),
        &[
            ",placed,12,2025-04-10,Kim,a part",
            ",placed,4,2025-05-20,Kim,",
            ",proposed,,,,",
            ",declined,,2025-04-12,Lee,",
            ",placed,6,2025-05-12,Lee,two more",
        ],
    );
    rewrite(folder, "futures_orders", |orders| {
        // Signed before: one is corrected, one of the open ones comes later.
        orders[9][7] = "33".to_owned();
        orders[13][10] = "2025-07".to_owned();
    });
    said += &run(folder, "2025-06-30");
    decide(
        &folder.join("out/2025Q2/placed_orders.csv"),
        &[",placed,8,2025-07-10,Kim,", ",proposed,,,,", ",declined,,2025-07-01,Lee,"],
    );
    rewrite(folder, "futures_orders", |orders| {
        orders[21][13] = "cancelled".to_owned();
        orders[21][14] = "2025-09-12".to_owned();
        orders[22][10] = "2025-11".to_owned();
        orders[22][12] = "0".to_owned();
    });
    rewrite(folder, "shipments", |rows| rows.retain(|row| row[1] != "F23"));
    edit(&job, |job| job.replace("lost_share = 0.9\n", "lost_share = 0.9\nassembly_loss = 0.05\n"));
    said += &run(folder, "2025-09-30");
    edit(&job, |job| format!("{job}\n[demand]\ngrowth_per_year = 0.4\n"));
    said += &run(folder, "2025-09-30");
    let mut vintages: Vec<String> = std::fs::read_dir(folder.join("out"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with("2025"))
        .collect();
    vintages.sort();
    let [_, second, third, revised] = [0, 1, 2, 3].map(|n| vintages[n].clone());
    as_recorded("quarters/second.csv", &look_back(folder, &second));
    as_recorded("quarters/third.csv", &look_back(folder, &third));
    as_recorded("quarters/revised.csv", &look_back(folder, &revised));
    let out = folder.join("out");
    let at = |vintage: &str| out.join(vintage).to_str().unwrap().to_owned();
    let out = out.to_str().unwrap().to_owned();
    let (third, revised) = (at(&third), at(&revised));
    let proposed = text(&folder.join("out/latest/placed_orders.csv"));
    let proposed = proposed.lines().nth(1).and_then(|line| line.split(',').next()).unwrap_or_default();
    let asked: [&[&str]; 9] = [
        &["compare", &third, &revised, "--table", "wafer_orders"],
        &["compare", &third, &revised, "--table", "policy_checks"],
        &["show", "--out", &out],
        &["show", "2025Q2", "--out", &out],
        &["explain", "F25", "--out", &out],
        &["explain", "F30", "--out", &out, "-v"],
        &["explain", "2025-12", "--model", "MINI", "--out", &out],
        &["explain", "2026-02", "--out", &out],
        &["explain", proposed, "--out", &out],
    ];
    for asked in asked {
        let output = wafercast(asked);
        let _ = writeln!(said, "{}\n{}", asked.join(" "), reported(&output));
    }
    let said = said.replace(&format!("{}/", folder.display()), "");
    as_recorded("quarters/said.txt", &said);
}
