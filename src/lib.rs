//! wafercast
pub mod demand;
pub mod diagnostic;
pub mod domain;
pub mod error;
pub mod fit;
pub mod history;
pub mod ingest;
pub mod job;
pub mod market;
pub mod supply;
