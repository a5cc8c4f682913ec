//! wafercast
pub mod backtest;
pub mod cli;
pub mod demand;
pub mod diagnostic;
pub mod domain;
pub mod error;
pub mod fit;
pub mod history;
pub mod ingest;
pub mod job;
pub mod market;
pub mod pricing;
pub mod publish;
pub mod run;
pub mod supply;
pub mod tables;
