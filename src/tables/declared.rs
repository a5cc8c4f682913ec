//! Every table by its name, as declared where its rows are made: `wafer_orders::place_by` is a column.

use crate::table::Spec;

pub(crate) use super::accounts::key_accounts;
pub(crate) use super::backtest::backtest;
pub(crate) use super::budget::{budget_frontier, budget_orders};
pub(crate) use super::cash::cash;
pub(crate) use super::cash_risk::{cash_low, cash_risk};
pub(crate) use super::chip_need::chip_need;
pub(crate) use super::commitments::{deposit_terms, keep_or_cancel};
pub(crate) use super::contributions::driver_contributions;
pub(crate) use super::inputs::{history, rejected_rows};
pub(crate) use super::market::market;
pub(crate) use super::model::regression;
pub(crate) use super::overrides::overrides;
pub(crate) use super::pegging::pegging;
pub(crate) use super::placed::{order_decisions, order_revisions};
pub(crate) use super::policy::policy_checks;
pub(crate) use super::pricing::pricing;
pub(crate) use super::quantities::{critical_ratio, order_quantities};
pub(crate) use super::realised::realised_accuracy;
pub(crate) use super::reconciliation::reconciliation;
pub(crate) use super::revisions::revisions;
pub(crate) use super::risk::{exposure, shortages};
pub(crate) use super::shipments::{shipment_forecast, shipment_forecast_quarterly};
pub(crate) use super::stock::{available_to_promise, stock};
pub(crate) use super::wafers::wafer_orders;
pub(crate) use super::waiting::open_orders;
pub(crate) use super::waterfall::waterfall;

/// Descriptions of every table, in the same order.
pub const SPECS: [&Spec; 35] = [
    &shipment_forecast::SPEC,
    &shipment_forecast_quarterly::SPEC,
    &wafer_orders::SPEC,
    &budget_orders::SPEC,
    &budget_frontier::SPEC,
    &keep_or_cancel::SPEC,
    &deposit_terms::SPEC,
    &pegging::SPEC,
    &order_quantities::SPEC,
    &critical_ratio::SPEC,
    &chip_need::SPEC,
    &stock::SPEC,
    &available_to_promise::SPEC,
    &shortages::SPEC,
    &open_orders::SPEC,
    &key_accounts::SPEC,
    &cash::SPEC,
    &cash_risk::SPEC,
    &cash_low::SPEC,
    &exposure::SPEC,
    &market::SPEC,
    &pricing::SPEC,
    &regression::SPEC,
    &driver_contributions::SPEC,
    &backtest::SPEC,
    &revisions::SPEC,
    &order_decisions::SPEC,
    &order_revisions::SPEC,
    &realised_accuracy::SPEC,
    &waterfall::SPEC,
    &overrides::SPEC,
    &policy_checks::SPEC,
    &reconciliation::SPEC,
    &rejected_rows::SPEC,
    &history::SPEC,
];
