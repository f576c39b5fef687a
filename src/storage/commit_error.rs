//! What a failed commit statement means.

use std::sync::Arc;

use tokio_postgres::error::{Severity, SqlState};

use super::constraint::is_duplicate_of;
use crate::engine::{Cause, CommitError};

/// Why an optimistic write failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    KnownKey,
    Locked,
}

/// Returns the conflict by which an optimistic write failed, if it was one.
pub(super) fn conflict(error: &tokio_postgres::Error) -> Option<Conflict> {
    let server = error.as_db_error()?;
    let code = server.code();
    if is_duplicate_of(server, "operations_idempotency_key") {
        Some(Conflict::KnownKey)
    } else if [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ]
    .contains(code)
    {
        Some(Conflict::Locked)
    } else {
        None
    }
}

/// Returns what an error means for the write: by an `ERROR`, the server confirms that the transaction was rolled back; after a
/// broken connection or a terminated session, the outcome is unknown.
pub(super) fn commit_error(error: tokio_postgres::Error) -> CommitError {
    let Some(server) = error.as_db_error() else {
        return CommitError::Unknown(Arc::new(error));
    };
    let code = server.code();
    let busy = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
    ];
    // A pooler may report a lost server, and a server a terminated session, as an ordinary error.
    let is_unknown = ["08", "57P"]
        .iter()
        .any(|class| code.code().starts_with(class));
    match server.parsed_severity() {
        Some(Severity::Error) if is_unknown => CommitError::Unknown(Arc::new(error)),
        Some(Severity::Error) if busy.contains(code) => CommitError::Busy(Arc::new(error)),
        Some(Severity::Error) if accepts_no_writes(code) => CommitError::NotSent(Arc::new(error)),
        Some(Severity::Error) => CommitError::Rejected(Arc::new(error)),
        _ => CommitError::Unknown(Arc::new(error)),
    }
}

/// Returns whether the server accepts no writes at all at the moment: it has become a standby or was fenced, or is out of disk
/// space or another resource (SQLSTATE class 53).
fn accepts_no_writes(code: &SqlState) -> bool {
    *code == SqlState::READ_ONLY_SQL_TRANSACTION || code.code().starts_with("53")
}

/// Returns whether a group was rejected because of its contents (SQLSTATE classes 22 and 23), so that others would succeed.
pub(super) fn is_caused_by_contents(cause: &Cause) -> bool {
    let error = cause.downcast_ref::<tokio_postgres::Error>();
    let code = error.and_then(tokio_postgres::Error::code);
    code.is_some_and(|code| code.code().starts_with("22") || code.code().starts_with("23"))
}
