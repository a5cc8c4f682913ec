//! The job file as it is written, before its sections are checked against each other.

use serde::Deserialize;

use super::assumptions::Assumption;
use super::budget::Budget;
use super::cash::Cash;
use super::drivers::Driver;
use super::export::Exports;
use super::factory::Factory;
use super::parts::Part;
use super::plausibility::Plausibility;
use super::policy::Policy;
use super::pricing::{Mining, Pricing};
use super::products::{Chip, Foundry, Model};
use super::reconciliation::Limits;
use super::sections::{Checks, Demand, Market, Output, Reading, Run, Scenarios, Wafers};
use super::spares::Spares;

/// Every section, as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) job: Run,
    pub(super) exports: Exports,
    #[serde(default)]
    pub(super) reading: Reading,
    #[serde(default)]
    pub(super) checks: Checks,
    #[serde(default)]
    pub(super) plausibility: Plausibility,
    #[serde(default)]
    pub(super) reconciliation: Limits,
    #[serde(default)]
    pub(super) market: Market,
    #[serde(default)]
    pub(super) demand: Demand,
    #[serde(default)]
    pub(super) drivers: Vec<Driver>,
    #[serde(default)]
    pub(super) scenarios: Scenarios,
    #[serde(default)]
    pub(super) wafers: Wafers,
    #[serde(default)]
    pub(super) spares: Option<Spares>,
    #[serde(default)]
    pub(super) assumptions: Vec<Assumption>,
    #[serde(default)]
    pub(super) factory: Factory,
    #[serde(default)]
    pub(super) parts: Vec<Part>,
    #[serde(default)]
    pub(super) cash: Cash,
    #[serde(default)]
    pub(super) budget: Budget,
    #[serde(default)]
    pub(super) policy: Policy,
    #[serde(default)]
    pub(super) pricing: Pricing,
    #[serde(default)]
    pub(super) mining: Mining,
    #[serde(default)]
    pub(super) output: Output,
    pub(super) models: Vec<Model>,
    pub(super) chips: Vec<Chip>,
    pub(super) foundries: Vec<Foundry>,
}
