//! The proposals that wait, on the overview of those who may approve them.

use askama::Template;

use super::super::page::Shell;
use super::list::Table;
use crate::domain::Role;
use crate::messages::{Lang, text};
use crate::storage::{Database, StorageError};

/// Proposals that are counted.
const COUNTED_MAX: i64 = 1_000;
/// Proposals that are shown.
const SHOWN: i64 = 5;

/// A part of the overview.
#[derive(Template)]
#[template(path = "approvals/waiting.html")]
pub struct Waiting {
    lang: Lang,
    count: String,
    table: Table,
}

impl Waiting {
    /// Returns what waits for the reader; `None`: nothing, or they may not approve.
    pub async fn of(shell: &Shell, database: &Database) -> Result<Option<Self>, StorageError> {
        if shell.staff.role < Role::Supervisor {
            return Ok(None);
        }
        let count = database.approvals_waiting_count(COUNTED_MAX + 1).await?;
        if count == 0 {
            return Ok(None);
        }
        let approvals = database.approvals_waiting(SHOWN).await?;
        let lang = shell.lang;
        let count = match i64::try_from(count) {
            Ok(count) if count <= COUNTED_MAX => count.to_string(),
            _ => format!("{COUNTED_MAX}+"),
        };
        Ok(Some(Self {
            lang,
            count,
            table: Table { lang, approvals },
        }))
    }
}
