//! A wallet engine: every active wallet is owned by one actor, which writes through to PostgreSQL.

pub mod config;
pub mod domain;
pub mod embedded;
pub mod engine;
pub mod http;
pub mod storage;
pub mod telemetry;
