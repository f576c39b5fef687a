//! Who may call what, with `WALLET_AUTH` on.

pub mod callers;
mod headers;
mod journal;
mod password;
mod reach;
mod rows;
mod stored_passwords;
mod table;
mod token;
