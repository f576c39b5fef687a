//! What the last readiness check of a server said.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use super::error::StorageError;

/// The result of the last check, and when it was made. `None` before the first.
pub(super) type LastCheck = watch::Sender<Option<(Instant, Result<(), Arc<StorageError>>)>>;
