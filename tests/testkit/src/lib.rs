//! What the tests and benches share, and no part of the product.
//!
//! * [`app`] is the whole application in the test's process, on a database of [`postgres`]: one server for all tests of a
//!   process, and a database for each; or a server of one's own.
//! * [`distributed`] are databases on a Citus cluster that was given.
//! * [`django`] is the service that the engine replaces, to import from.
//! * [`servers`] are PostgreSQL servers that replicate, fail and take over; [`proxy`] stands before one, and [`disk`] fills up.
//! * [`raw_http`] sends any bytes and shows the answer's; [`replay`] sends the recorded contract with it.
//! * [`failure`] is why a program that measures ended. [`random`] repeats itself from its seed. [`ports`] are free. [`watchdog`] ends what a test started, however the test ends.
//!
//! The program itself is started by the tests of the root package: cargo tells no other where it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_errors_doc,
    clippy::new_without_default,
    clippy::return_self_not_must_use,
    reason = "what a test needs and cannot have fails the test; nothing here is called from elsewhere"
)]

pub mod app;
pub mod disk;
pub mod distributed;
pub mod django;
pub mod failure;
pub mod plan;
pub mod ports;
pub mod postgres;
pub mod proxy;
pub mod random;
pub mod raw_http;
pub mod replay;
pub mod servers;
pub mod watchdog;
