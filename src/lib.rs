//! wafercast
pub mod diagnostic;
pub mod domain;
pub mod error;
pub mod history;
pub mod ingest;
pub mod job;
