//! Every test that runs the command or the library from outside: one file a subject, one program to link.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]
#![allow(
    clippy::semicolon_if_nothing_returned,
    clippy::assigning_clones,
    clippy::format_push_string,
    clippy::format_collect,
    reason = "tables of small changes, read once"
)]

#[allow(unreachable_pub, reason = "shared by the test files")]
mod common;

mod accounts;
mod assumed;
mod bridge;
mod budget;
mod cash;
mod cells;
mod chain;
mod channel;
mod checks;
mod cli;
mod contracts;
mod dialects;
mod dist;
mod docs;
mod drivers;
mod evaluate;
mod explain;
mod factory;
mod first_run;
mod first_run_orders;
mod first_run_supply;
mod fiscal;
mod foundry_terms;
mod golden;
mod hostile;
mod implausible;
mod injection;
mod inspect;
mod inspect_changes;
mod invariants;
mod job_reference;
mod keys;
mod leak;
mod limits;
mod lines;
mod made_later;
mod market_shapes;
mod mutations;
mod one_reading;
mod open_orders;
mod order_book;
mod orders;
mod own_mining;
mod page;
mod parquet;
mod payments;
mod placed_orders;
mod plausibility;
mod published;
mod publishing;
mod quarters;
mod queries;
mod readers;
mod readings;
mod recomputed;
mod reconciliation;
mod recorded;
mod roadmap;
mod schedule;
mod secured;
mod shapes;
mod shapes_told;
mod shaping;
mod shaping_mutations;
mod shaping_numbers;
mod shaping_sheets;
mod ship_months;
mod spares;
mod spreadsheet_csv;
mod survival;
mod systems;
mod trade;
mod workbook;
