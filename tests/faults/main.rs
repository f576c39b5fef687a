//! Nothing acknowledged is lost and nothing is applied twice, whatever dies: what that means, to the letter.
//!
//! `checker` judges a history of requests and answers by the ledger that they left; it is itself tested, with planted
//! defects.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod checker;
mod history;
mod ledger;
mod random;
