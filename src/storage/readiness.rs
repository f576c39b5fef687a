//! Whether the database answers.
//!
//! Whoever asks is told what the last look found, if it is fresh; one looks at a time. So however often it is
//! asked, the pool is missing one connection for it at most.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{Database, StorageError, query_failed};

/// An answer that takes longer is none.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// How long what was found counts as fresh.
const FRESH: Duration = Duration::from_millis(250);

/// The last look, and what it found.
pub(super) type LastLook = Mutex<Option<(Instant, Result<(), Arc<StorageError>>)>>;

impl Database {
    /// Asks the database whether it is there.
    ///
    /// # Errors
    /// Why it did not answer.
    pub async fn answers(&self) -> Result<(), Arc<StorageError>> {
        let mut last = self.last_look.lock().await;
        if let Some((at, found)) = &*last
            && at.elapsed() < FRESH
        {
            return found.clone();
        }
        let found = timeout(ANSWER_MAX, self.look())
            .await
            .unwrap_or(Err(StorageError::Silent(ANSWER_MAX)))
            .map_err(Arc::new);
        *last = Some((Instant::now(), found.clone()));
        found
    }

    async fn look(&self) -> Result<(), StorageError> {
        let client = self.pooled().await?;
        let answered = client.check_connection().await;
        answered.map_err(query_failed("ask the database whether it is there"))?;
        client.give_back();
        Ok(())
    }
}
