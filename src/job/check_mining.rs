//! The maker's own sites: what runs there against the room for it.

use std::collections::BTreeSet;

use crate::domain::Month;

use super::file::File;
use super::pricing::Mining;
use super::problems::Problems;

/// Adds what is wrong with `[mining]`'s sockets, power, fleet and moves.
pub(super) fn check_mining(file: &File, problems: &mut Problems<'_>) {
    let mining = &file.mining;
    let months = [
        ("sockets_from", mining.sockets_from.keys().collect::<Vec<_>>()),
        ("power_mw_from", mining.power_mw_from.keys().collect()),
    ];
    let mut bad = false;
    for (key, months) in months {
        for month in months {
            // Months are looked up as they are written.
            if !month.parse::<Month>().is_ok_and(|read| read.to_string() == **month) {
                problems.key("mining", key, format!("{key}: `{month}` is not a month; write it as 2026-02"));
                bad = true;
            }
        }
    }
    let moved = mining.moves.iter().map(|of| ("moves", of.model.as_str()));
    for (key, name) in mining.fleet.keys().map(|name| ("fleet", name.as_str())).chain(moved) {
        if !file.models.iter().any(|model| model.name() == name) {
            let message =
                format!("{key}: model `{name}` has no [[models]] entry; add one or correct the name");
            problems.key("mining", key, message);
            bad = true;
        }
    }
    let (first, machines) =
        if mining.fleet.is_empty() { ("moves", !mining.moves.is_empty()) } else { ("fleet", true) };
    if machines && !mining.room_known() {
        let message = format!(
            "{first} says what runs, and nothing says for how many there is room; write sockets or power_mw"
        );
        problems.key("mining", first, message);
        bad = true;
    }
    if !bad && mining.room_known() {
        check_room(file, mining, problems);
    }
}

/// Every month in which something changes: what runs is not below 0, and has room.
fn check_room(file: &File, mining: &Mining, problems: &mut Problems<'_>) {
    let as_of = file.job.as_of.map(Month::of);
    let written = mining.sockets_from.keys().chain(mining.power_mw_from.keys());
    let mut months: BTreeSet<Month> = written.filter_map(|month| month.parse().ok()).collect();
    months.extend(mining.moves.iter().map(|of| of.month));
    months.extend(mining.site_sold_in);
    if let Some(as_of) = as_of {
        months.retain(|month| *month > as_of);
        months.insert(as_of + 1);
    }
    let after = |of: &Month| mining.site_sold_in.is_some_and(|sold| *of >= sold);
    if let Some(of) = mining.moves.iter().find(|of| after(&of.month)) {
        let message =
            format!("moves: nothing moves in {}: the sites are sold by then (site_sold_in)", of.month);
        problems.key("mining", "moves", message);
    }
    for month in months {
        let (mut machines, mut watts) = (0, 0.0);
        for model in &file.models {
            let running = mining.running(model.name(), month, as_of);
            if running < 0 {
                let message = format!(
                    "moves: {} more machines of `{}` come out by {month} than are there; correct fleet or moves",
                    -running,
                    model.name()
                );
                problems.key("mining", "moves", message);
                return;
            }
            machines += running;
            watts += running as f64 * model.power_w.get();
        }
        let key = if mining.moves.is_empty() { "fleet" } else { "moves" };
        if let Some(sockets) = mining.sockets_in(month).filter(|sockets| machines as f64 > *sockets) {
            let message = format!(
                "{key}: {machines} machines are to run in {month}, in {sockets} sockets; correct one of them"
            );
            problems.key("mining", key, message);
            return;
        }
        if let Some(power) = mining.watts_in(month).filter(|power| watts > power * (1.0 + 1e-9)) {
            let message = format!(
                "{key}: what is to run in {month} takes {:.3} MW, and there are {:.3}; correct one of them",
                watts / 1e6,
                power / 1e6
            );
            problems.key("mining", key, message);
            return;
        }
    }
}
