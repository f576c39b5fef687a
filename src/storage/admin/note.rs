//! Why a row of a ledger was made, and by whom, as far as it says.

use tokio_postgres::Row;

use super::rows::Columns;
use crate::domain::Principal;
use crate::storage::error::StorageError;

/// The reason and the author of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowNote {
    pub reason: Option<String>,
    pub actor: Option<Actor>,
    /// Recorded before it was applied: an adjustment.
    pub is_adjustment: bool,
    /// Who approved it, if a second person did.
    pub approver: Option<Approver>,
}

/// The second person of an adjustment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    pub id: i64,
    /// `None` if the user was deleted by hand.
    pub username: Option<String>,
}

/// Who made a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    Staff {
        id: i64,
        username: String,
    },
    /// The holder of the API key of this name.
    Key(String),
    /// The owner of a wallet, with a token.
    Owner {
        id: i64,
        username: String,
    },
    /// As the ledger names them: nobody that this engine knows, or a user who was deleted by hand.
    Other(String),
}

impl RowNote {
    /// Reads the columns `reason`, `actor`, `username`, `is_adjustment` and those of [`Approver`]; `None` if the row says nothing.
    pub(super) fn of(row: &Row) -> Result<Option<Self>, StorageError> {
        let reason: Option<String> = row.column("reason")?;
        let actor: Option<String> = row.column("actor")?;
        let username: Option<String> = row.column("username")?;
        if reason.is_none() && actor.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            reason,
            actor: actor.map(|actor| Actor::of(actor, username)),
            is_adjustment: row.column("is_adjustment")?,
            approver: Approver::of(row)?,
        }))
    }
}

impl Approver {
    /// The name that people know them by.
    #[must_use]
    pub fn name(&self) -> String {
        let number = || format!("staff:{}", self.id);
        self.username.clone().unwrap_or_else(number)
    }

    /// Reads the columns `approver_id` and `approver`.
    fn of(row: &Row) -> Result<Option<Self>, StorageError> {
        let id: Option<i64> = row.column("approver_id")?;
        let username = row.column("approver")?;
        Ok(id.map(|id| Self { id, username }))
    }
}

impl Actor {
    /// Their number, if they are a user.
    #[must_use]
    pub fn user_id(&self) -> Option<i64> {
        match self {
            Self::Staff { id, .. } | Self::Owner { id, .. } => Some(*id),
            Self::Key(_) | Self::Other(_) => None,
        }
    }

    /// The name that people know them by.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Staff { username, .. } | Self::Owner { username, .. } => username,
            Self::Key(text) | Self::Other(text) => text,
        }
    }

    fn of(text: String, username: Option<String>) -> Self {
        let principal = Principal::recorded(&text);
        if let Some(name) = principal.key_name() {
            return Self::Key(name.to_owned());
        }
        let staff = principal.staff_id().map(|id| id.0);
        let owner = principal.owner_id().map(|id| id.0);
        match (staff, owner, username) {
            (Some(id), _, Some(username)) => Self::Staff { id, username },
            (_, Some(id), Some(username)) => Self::Owner { id, username },
            _ => Self::Other(text),
        }
    }
}
