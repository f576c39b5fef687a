//! Locks that a migration does not get at once.

use std::error::Error;
use std::time::Duration;

use tokio_postgres::error::SqlState;

/// The delay before a migration that did not get its locks within 200 ms is tried again: the writers that queued behind it run
/// meanwhile.
pub(super) const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Returns whether a lock was not available, so that it is worth another attempt.
pub(super) fn is_lock_unavailable(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let database = error.downcast_ref::<tokio_postgres::Error>();
        if let Some(code) = database.and_then(tokio_postgres::Error::code) {
            return [
                SqlState::LOCK_NOT_AVAILABLE,
                SqlState::T_R_DEADLOCK_DETECTED,
            ]
            .contains(code);
        }
        cause = error.source();
    }
    false
}
