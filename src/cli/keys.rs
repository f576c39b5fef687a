//! `keys`: a table of all API keys, newest first, with no secret: none is stored.

use std::process::ExitCode;

use clap::Command;
use time::OffsetDateTime;

use super::key_arguments::joined;
use super::output::{self, CommandResult};
use super::prepared::on_prepared;
use crate::config::Config;
use crate::domain::time_text::{RFC_3339, utc};
use crate::storage::{Database, ListedKey, StorageError};

/// Keys that are read at once.
const PAGE: i64 = 1_000;

/// What may be long is last, so that a terminal breaks no other column.
const HEAD: [&str; 8] = [
    "number",
    "name",
    "state",
    "created",
    "expires",
    "last-used",
    "scopes",
    "wallets",
];

type Cells = [String; HEAD.len()];

pub(super) fn command() -> Command {
    Command::new("keys")
        .about("List the API keys, newest first; the keys themselves are not stored")
}

pub(super) async fn keys(config: &Config) -> CommandResult {
    let keys = on_prepared(config, async |database| Ok(all(database).await?)).await?;
    output::text(table(&keys))?;
    Ok(ExitCode::SUCCESS)
}

async fn all(database: &Database) -> Result<Vec<ListedKey>, StorageError> {
    let mut keys: Vec<ListedKey> = Vec::new();
    loop {
        let below = keys.last().map(|key| key.id);
        let page = database.keys(below, PAGE).await?;
        if page.is_empty() {
            return Ok(keys);
        }
        keys.extend(page);
    }
}

/// The lines, whose columns are as wide as their longest cell.
fn table(keys: &[ListedKey]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(keys.iter().map(cells));
    let widths: [usize; HEAD.len()] = std::array::from_fn(|column| {
        let widths = rows.iter().map(|row| row[column].len());
        widths.max().unwrap_or_default()
    });
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    });
    lines.collect()
}

/// A key's cells; none has a space, so that scripts can split a line.
fn cells(key: &ListedKey) -> Cells {
    let scopes: Vec<_> = key.scopes.iter().collect();
    [
        key.id.to_string(),
        key.name.clone(),
        state(key).to_owned(),
        time(Some(key.created_at), "-"),
        time(key.expires_at, "never"),
        time(key.last_used_at, "never"),
        joined(&scopes, ","),
        key.wallets
            .as_deref()
            .map_or("all".to_owned(), |wallets| joined(wallets, ",")),
    ]
}

fn state(key: &ListedKey) -> &'static str {
    match (key.revoked_at, key.expires_at) {
        _ if key.is_live => "live",
        // Made room for another one after it had expired.
        (Some(revoked), Some(expired)) if expired <= revoked => "expired",
        (Some(_), _) => "revoked",
        (None, _) => "expired",
    }
}

fn time(at: Option<OffsetDateTime>, absent: &str) -> String {
    at.map_or_else(|| absent.to_owned(), |at| utc(at, RFC_3339))
}
