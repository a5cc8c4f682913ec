//! The examples of `docs/concepts/selling.md`, recomputed.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::*;
use crate::domain::{HashPrice, MicroUsd, Usd};
use crate::ingest::{Money, OpenOrders};
use crate::job::{Job, Model, ModelId};
use crate::market::HORIZON;

fn job() -> Job {
    let text = include_str!("../../fixtures/miniature/job.toml");
    Job::parse(text, std::path::Path::new("job.toml")).unwrap()
}

fn number(table: &Table, key: &str) -> f64 {
    match &table[key] {
        Value::Integer(number) => *number as f64,
        Value::Float(number) => *number,
        other => panic!("{key} = {other}"),
    }
}

fn numbers(table: &Table, key: &str) -> Vec<f64> {
    let items = table[key].as_array().unwrap();
    items.iter().map(|v| v.as_float().unwrap_or_else(|| v.as_integer().unwrap() as f64)).collect()
}

/// Compares with what the document says, to half of its last decimal.
fn same(table: &Table, text: &str, key: &str, found: f64) {
    let written = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, value)| name.trim() == key && value.trim().parse_prefix() == number(table, key))
        .unwrap()
        .1;
    let digits = written.split('#').next().unwrap().trim();
    let decimals = digits.split_once('.').map_or(0, |(_, after)| after.len());
    let half = 0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap());
    let expected = number(table, key);
    assert!((found - expected).abs() <= half + 1e-9, "{key}: the document has {expected}, the code {found}");
}

trait ParsePrefix {
    /// The number before a comment.
    fn parse_prefix(&self) -> f64;
}

impl ParsePrefix for str {
    fn parse_prefix(&self) -> f64 {
        self.split('#').next().unwrap().trim().parse().unwrap_or(f64::NAN)
    }
}

fn model(table: &Table) -> Model {
    let mut model = job().catalogue.models[0].clone();
    model.hashrate_th = number(table, "hashrate_th").try_into().unwrap();
    model.power_w = number(table, "power_w").try_into().unwrap();
    model
}

fn payback(table: &Table, text: &str) {
    let hashprice = HashPrice::per_ph_day(number(table, "hashprice")).unwrap();
    let model = model(table);
    let margin = monthly_margin(&model, hashprice, number(table, "power"));
    same(table, text, "margin", margin.dollars());
    let months = payback_months(Usd::new(number(table, "price")), margin).unwrap();
    same(table, text, "payback", months);
    let target = job().pricing.target_payback_months.get();
    same(table, text, "target_price", price_for_payback(target, margin).dollars());
    same(table, text, "break_even", break_even_power(&model, hashprice));
}

fn overhang(table: &Table, text: &str) {
    let (on_hand, sold_on) = (number(table, "on_hand"), Some(number(table, "sold_on")));
    let stock = Stock { on_hand, sold_on };
    let cover = number(table, "cover");
    same(table, text, "overhang", stock.overhang(cover).unwrap());
    same(table, text, "months", stock.months_to_clear(cover).unwrap());
    let channel = Channel {
        counted: "2025-09-30".parse().unwrap(),
        sell_in: None,
        all: stock,
        by_model: BTreeMap::new(),
        each: BTreeMap::from([("One".to_owned(), stock)]),
        sell_through_given: true,
    };
    assert_eq!(channel.blocked(cover, 4).unwrap(), numbers(table, "blocked"));
}

fn backlog(table: &Table, text: &str) {
    let price = MicroUsd::from(Usd::new(number(table, "price")));
    let open: BTreeMap<String, BTreeMap<ModelId, OpenOrders>> = numbers(table, "machines")
        .into_iter()
        .enumerate()
        .map(|(index, machines)| {
            let left_value = price * machines as u32;
            let money = Money { left: machines as u64, left_value, ..Money::default() };
            let orders = OpenOrders { orders: 1, machines: machines as u64, money };
            (format!("Customer {index}"), BTreeMap::from([(ModelId(0), orders)]))
        })
        .collect();
    let job = job();
    let backlog = Backlog::new(&open, &job);
    same(table, text, "concentration", backlog.concentration().unwrap());
    let loss = backlog.largest().unwrap();
    same(table, text, "largest_share", loss.machines_share);
    same(table, text, "revenue", loss.revenue.unwrap().dollars());
    same(table, text, "deposits", loss.deposits.unwrap().dollars());
}

fn check(rule: &str, table: &Table, text: &str) {
    let job = job();
    match rule {
        "payback" => payback(table, text),
        "machine_cost" => {
            let drawn = number(table, "chips_drawn");
            same(table, text, "cost", machine_cost(&job, ModelId(0), drawn).unwrap().dollars());
        }
        "mining" => {
            let path = [number(table, "hashprice"); HORIZON];
            let value = Mining::new(&job, "2025-09".parse().unwrap()).value(&model(table), &path, 0);
            same(table, text, "value", value.dollars());
        }
        "clearance" => {
            let (list, margin) = (number(table, "list"), number(table, "margin"));
            let price = clearance_price(Some(Usd::new(list)), Usd::new(margin), &job.pricing);
            same(table, text, "price", price.dollars());
        }
        "overhang" => overhang(table, text),
        "backlog" => backlog(table, text),
        other => panic!("no rule is called {other}"),
    }
}

#[test]
fn every_example_of_the_selling_document_holds() {
    let text = include_str!("../../docs/concepts/selling.md");
    let mut rules = Vec::new();
    for block in text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let mut parts = block.split("[[also]]");
        let first = parts.next().unwrap();
        let rule = first.parse::<Table>().unwrap()["rule"].as_str().unwrap().to_owned();
        for part in std::iter::once(first).chain(parts) {
            // What stands behind [[also]] is a comment.
            let part = if part == first { part } else { part.split_once('\n').unwrap().1 };
            check(&rule, &part.parse().unwrap(), part);
        }
        rules.push(rule);
    }
    rules.sort();
    assert_eq!(rules, ["backlog", "clearance", "machine_cost", "mining", "overhang", "payback"]);
}
