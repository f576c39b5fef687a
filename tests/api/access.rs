//! Who may call what, with `WALLET_AUTH` on.

pub mod callers;
mod password;
mod token;
