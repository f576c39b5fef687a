//! Why a row of a ledger was made, and by whom, as far as it says.

use tokio_postgres::Row;

use super::rows::Columns;
use crate::domain::{Principal, UserId};
use crate::storage::error::StorageError;

/// The reason and the author of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowNote {
    pub reason: Option<String>,
    pub actor: Option<Actor>,
    /// Recorded before it was applied: an adjustment.
    pub is_adjustment: bool,
}

/// Who made a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    Staff {
        id: i64,
        username: String,
    },
    /// As the ledger names them: no member of the staff, or one who was deleted by hand.
    Other(String),
}

impl RowNote {
    /// Reads the columns `reason`, `actor`, `staff` and `is_adjustment`; `None` if the row says nothing.
    pub(super) fn of(row: &Row) -> Result<Option<Self>, StorageError> {
        let reason: Option<String> = row.column("reason")?;
        let actor: Option<String> = row.column("actor")?;
        let staff: Option<String> = row.column("staff")?;
        if reason.is_none() && actor.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            reason,
            actor: actor.map(|actor| Actor::of(actor, staff)),
            is_adjustment: row.column("is_adjustment")?,
        }))
    }
}

impl Actor {
    /// Their number, if they are a member of the staff.
    #[must_use]
    pub fn staff_id(&self) -> Option<i64> {
        match self {
            Self::Staff { id, .. } => Some(*id),
            Self::Other(_) => None,
        }
    }

    /// The name that people know them by.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Staff { username, .. } => username,
            Self::Other(text) => text,
        }
    }

    fn of(text: String, username: Option<String>) -> Self {
        match (Principal::recorded(&text).staff_id(), username) {
            (Some(UserId(id)), Some(username)) => Self::Staff { id, username },
            _ => Self::Other(text),
        }
    }
}
