//! The API's page and the admin panel in a real browser: Chromium, told what to do by chromedriver. `make browser`
//! installs and runs it. Pictures of the panel's pages are left in `target/screens/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod approvals;
mod audit;
mod docs;
mod engine;
mod journal;
mod keys;
mod office;
mod operations;
mod overview;
mod panel;
mod second_factor;
mod sign_in;
mod statement;
mod terms;
mod users;
mod wallets;
mod webdriver;
mod webhooks;
