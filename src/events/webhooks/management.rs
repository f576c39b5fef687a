//! Webhooks, as those who make and change them use them.

use std::sync::Arc;

use super::guard::Guard;
use super::store::Store;
use crate::events::{Cursor, Source, SourceError};

/// The webhooks. Part of the application's data.
#[derive(Clone)]
pub struct Webhooks {
    store: Arc<dyn Store>,
    source: Arc<dyn Source>,
    guard: Guard,
}

impl Webhooks {
    #[must_use]
    pub fn new(store: Arc<dyn Store>, source: Arc<dyn Source>, guard: Guard) -> Self {
        Self {
            store,
            source,
            guard,
        }
    }

    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Where deliveries may go.
    #[must_use]
    pub fn guard(&self) -> Guard {
        self.guard
    }

    /// Returns the place in the feed after everything that has happened.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn head(&self) -> Result<Cursor, SourceError> {
        self.source.head().await
    }
}
