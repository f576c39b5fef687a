//! The feed, for many readers at once: pages, and waiting for something new.
//!
//! 1. A page is read by one of [`READS_MAX`] at a time, so that readers leave the pool to others; [`QUEUED_MAX`] more wait for that.
//! 2. A reader that finds nothing new waits, without a thread and without a session, until the feed's head moves. One task
//!    ([`Feed::watch`]) queries the head for all of them, every [`EVERY`], and only while somebody waits.
//! 3. Once the head has moved, waiting readers read again. Those of one wallet do so at most every [`PAUSE`], as most of what
//!    moves the head is of other wallets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, TryAcquireError, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tracing::warn;

use super::Cursor;
use super::source::{Page, Query, Source, SourceError};
use crate::telemetry::chain;

/// Pages that are read at once.
const READS_MAX: usize = 2;
/// Readers that wait for their page to be read.
const QUEUED_MAX: usize = 256;
/// Readers that wait for something new.
const WAITING_MAX: usize = 1_000;
/// The interval between two queries of the head.
const EVERY: Duration = Duration::from_millis(50);
/// The same after one failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How soon a reader of one wallet reads again.
const PAUSE: Duration = Duration::from_millis(250);

/// The feed. Cheap to clone.
#[derive(Clone)]
pub struct Feed(Arc<Shared>);

struct Shared {
    source: Arc<dyn Source>,
    reads: Semaphore,
    queued: Semaphore,
    waiting: Semaphore,
    waits: AtomicUsize,
    /// Notified when a reader begins to wait.
    began: Notify,
    head: watch::Sender<Head>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    /// `None`: not known yet.
    At(Option<Cursor>),
    /// Nothing is waited for any more: the engine stops.
    Closed,
}

/// Why a page is not read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Too many readers. It can be asked for again.
    #[error("too many readers of the feed")]
    Overloaded,
    /// It was not read in time. It can be asked for again.
    #[error("the feed was not read in time")]
    TooSlow,
    #[error("could not read the feed")]
    Source(#[source] SourceError),
}

impl Feed {
    #[must_use]
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self(Arc::new(Shared {
            source,
            reads: Semaphore::new(READS_MAX),
            queued: Semaphore::new(QUEUED_MAX + READS_MAX),
            waiting: Semaphore::new(WAITING_MAX),
            waits: AtomicUsize::new(0),
            began: Notify::new(),
            head: watch::Sender::new(Head::At(None)),
        }))
    }

    /// Returns the place after everything that can be read now.
    ///
    /// # Errors
    /// [`FeedError`].
    pub async fn head(&self, until: Instant) -> Result<Cursor, FeedError> {
        self.read(until, self.0.source.head()).await
    }

    /// Returns a page, by `until`. One without events only if nothing new came in `wait`.
    ///
    /// # Errors
    /// [`FeedError`].
    pub async fn page(
        &self,
        mut query: Query,
        wait: Duration,
        limit: Duration,
    ) -> Result<Page, FeedError> {
        let wait_until = Instant::now() + wait;
        let mut waiting = None;
        loop {
            // Before the page: what comes meanwhile moves it.
            let mut head = self.0.head.subscribe();
            let read = self.0.source.page(query);
            let page = self.read(Instant::now() + limit, read).await?;
            if !page.events.is_empty() || (!page.has_more && Instant::now() >= wait_until) {
                return Ok(page);
            }
            query.after = page.next;
            if page.has_more {
                continue;
            }
            if waiting.is_none() {
                waiting = Some(self.wait()?);
            }
            let moved = self.moved(&mut head, &query, wait_until);
            if !moved.await {
                return Ok(page);
            }
        }
    }

    /// Queries the head while readers wait, until the feed is closed.
    pub async fn watch(self) {
        let shared = &self.0;
        loop {
            if *shared.head.borrow() == Head::Closed {
                return;
            }
            if shared.waits.load(Ordering::Acquire) == 0 {
                shared.began.notified().await;
                continue;
            }
            let pause = match self.head(Instant::now() + AFTER_FAILURE).await {
                Ok(head) => {
                    shared.head.send_if_modified(|known| {
                        let moves = *known != Head::Closed && *known != Head::At(Some(head));
                        if moves {
                            *known = Head::At(Some(head));
                        }
                        moves
                    });
                    EVERY
                }
                Err(error) => {
                    warn!(error = %chain(&error), "could not find out whether the feed has something new");
                    AFTER_FAILURE
                }
            };
            sleep(pause).await;
        }
    }

    /// Ends all waiting.
    pub fn close(&self) {
        self.0.head.send_replace(Head::Closed);
        self.0.began.notify_one();
    }

    async fn read<T>(
        &self,
        until: Instant,
        read: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<T, FeedError> {
        let queued = self.0.queued.try_acquire();
        let _queued = queued.map_err(|_| FeedError::Overloaded)?;
        let read = async {
            // It is never closed.
            let _permit = self.0.reads.acquire().await;
            read.await.map_err(FeedError::Source)
        };
        timeout_at(until, read)
            .await
            .unwrap_or(Err(FeedError::TooSlow))
    }

    /// Begins to wait.
    fn wait(&self) -> Result<Waiting<'_>, FeedError> {
        let permit = self.0.waiting.try_acquire();
        let permit = permit.map_err(|_: TryAcquireError| FeedError::Overloaded)?;
        self.0.waits.fetch_add(1, Ordering::AcqRel);
        self.0.began.notify_one();
        Ok(Waiting {
            waits: &self.0.waits,
            _permit: permit,
        })
    }

    /// Waits until the head has moved; returns whether it has, before the time is over or the feed closed.
    async fn moved(&self, head: &mut watch::Receiver<Head>, query: &Query, until: Instant) -> bool {
        let soonest = query.wallet.map(|_| Instant::now() + PAUSE);
        let changed = async {
            // Whoever holds the feed holds the sender.
            let _ = head.changed().await;
            if let Some(soonest) = soonest {
                sleep_until(soonest).await;
            }
            *head.borrow() != Head::Closed
        };
        if *self.0.head.borrow() == Head::Closed {
            return false;
        }
        timeout_at(until, changed).await.unwrap_or(false)
    }
}

/// A reader that waits.
struct Waiting<'a> {
    waits: &'a AtomicUsize,
    _permit: tokio::sync::SemaphorePermit<'a>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.waits.fetch_sub(1, Ordering::AcqRel);
    }
}
