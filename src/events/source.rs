//! Where events are read from, as a trait: `storage` implements it on PostgreSQL.

use futures_util::future::BoxFuture;

use super::{Cursor, Event};
use crate::domain::WalletId;

/// A query for a page of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    pub after: Cursor,
    /// Of this wallet alone.
    pub wallet: Option<WalletId>,
    /// The most events of the page.
    pub limit: u16,
}

/// A page of the feed.
#[derive(Clone, Debug)]
pub struct Page {
    /// Oldest first.
    pub events: Vec<Event>,
    /// Where the next page begins. A page without events may have another one than it was asked for.
    pub next: Cursor,
    /// Whether the next page is known to have something: this one ended for its size.
    pub has_more: bool,
}

/// Reads the feed.
pub trait Source: Send + Sync + 'static {
    /// Returns the place after everything that can be read now.
    fn head(&self) -> BoxFuture<'_, Result<Cursor, SourceError>>;

    /// Returns a page of the feed. What is still being committed is never skipped: a page ends before the oldest transaction that
    /// is still running.
    fn page(&self, query: Query) -> BoxFuture<'_, Result<Page, SourceError>>;
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It was not reached, or the query failed or timed out.
    #[error("could not query the feed")]
    Unanswered(#[source] Cause),
    /// A retry does not help: it holds something that the engine does not understand.
    #[error("the rows of the feed cannot be read")]
    Unreadable(#[source] Cause),
}

/// Why something failed.
pub type Cause = std::sync::Arc<dyn std::error::Error + Send + Sync>;
