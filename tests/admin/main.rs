//! Stories of the admin panel through HTTP, as a browser would, and as an attacker would.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod actors;
mod adjustment_keys;
mod adjustments;
mod admin;
mod approvals;
mod attacks;
mod audit;
mod confirmations;
mod engines;
mod holds;
mod journal;
mod keys;
mod kinds;
mod operations;
mod origins;
mod overview;
mod overview_totals;
mod pages;
mod process;
mod reversals;
mod roles;
mod rules;
mod scans;
mod second_factor;
mod sign_in;
mod spreadsheets;
mod stored_passwords;
mod transfers;
mod users;
mod wallet_export;
mod wallet_plans;
mod wallet_statement;
mod wallet_states;
mod wallets;
mod webhooks;

use testkit::{app, plan, postgres};
