//! Learns what has changed, so that what is revoked on one engine is refused by all within a second; and records the use of keys.
//!
//! 1. A session listens, and asks every [`EVERY`] in any case: a notification may be lost with its connection, and a pooler in between
//!    passes none on.
//! 2. A change may commit long after it was made, so every [`EVERY`] the answer has all changes of the last [`WINDOW`], and those known
//!    already are left out. The answers in between, after notifications, go back [`WINDOW_SHORT`] only.
//! 3. After a gap of more than half of [`WINDOW`], and with each new session, nothing that is known is believed: it may be a session
//!    of another server, or of an older state.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::future::join;
use tokio::time::sleep;
use tracing::{info, warn};

use super::access::Access;
use super::directory::{Cause, Changes};

/// The interval between two questions.
const EVERY: Duration = Duration::from_millis(500);
/// The least time between two questions: many notifications are one.
const PAUSE: Duration = Duration::from_millis(20);
/// The time between two attempts to open a session.
const RETRY: Duration = Duration::from_millis(250);
/// How far back answers go.
const WINDOW: Duration = Duration::from_secs(60);
const WINDOW_SHORT: Duration = Duration::from_secs(5);
/// How often the use of keys is recorded.
const USED_EVERY: Duration = Duration::from_secs(30);
/// Keys whose use one statement records.
const USED_MAX: usize = 1_000;

/// A session, and what was learnt on it.
struct Learning {
    session: Box<dyn Changes>,
    /// Changes of the last [`WINDOW`].
    seen: HashSet<i64>,
    /// When all of these were last asked for.
    asked_all: Option<Instant>,
}

impl Access {
    /// Watches until it is dropped.
    pub async fn watch(self) {
        join(self.learn_changes(), self.record_uses(USED_EVERY)).await;
    }

    async fn learn_changes(&self) {
        let mut learning = None;
        let mut is_away = false;
        loop {
            match self.learn(&mut learning).await {
                Ok(()) => {
                    if is_away {
                        info!("changes of keys and tokens are learnt again");
                    }
                    is_away = false;
                    sleep(PAUSE).await;
                }
                Err(error) => {
                    learning = None;
                    if !is_away {
                        warn!(
                            error = &*error as &(dyn std::error::Error + 'static),
                            "changes of keys and tokens cannot be learnt"
                        );
                    }
                    is_away = true;
                    sleep(RETRY).await;
                }
            }
        }
    }

    /// Waits until something may have changed, and learns it.
    async fn learn(&self, learning: &mut Option<Learning>) -> Result<(), Cause> {
        let learnt = &self.0.learnt;
        let learning = match learning {
            Some(learning) => learning,
            None => learning.insert(Learning {
                session: self.0.directory.listen().await?,
                seen: HashSet::new(),
                asked_all: None,
            }),
        };
        let is_new = learning.asked_all.is_none();
        let since_all = learning.asked_all.map_or(EVERY, |at| at.elapsed());
        let at_most = EVERY.saturating_sub(since_all);
        let asks_all = at_most.is_zero();
        let window = if asks_all { WINDOW } else { WINDOW_SHORT };
        let changes = learning.session.next(at_most, window).await?;
        let now = self.0.now();
        if is_new || learnt.silence(now) > WINDOW / 2 {
            learnt.all_changed();
        } else {
            let new = changes.iter().filter(|(id, _)| !learning.seen.contains(id));
            let subjects: Vec<_> = new.map(|(_, subject)| *subject).collect();
            if !subjects.is_empty() {
                self.forget(&subjects);
            }
        }
        if asks_all {
            learning.asked_all = Some(Instant::now());
            learning.seen.clear();
        }
        learning.seen.extend(changes.into_iter().map(|(id, _)| id));
        learnt.heard(now);
        Ok(())
    }

    pub(super) async fn record_uses(&self, every: Duration) {
        loop {
            sleep(every).await;
            for keys in self.take_used().chunks(USED_MAX) {
                if let Err(error) = self.0.directory.used(keys).await {
                    warn!(
                        error = &*error as &(dyn std::error::Error + 'static),
                        "the use of keys could not be recorded"
                    );
                    break;
                }
            }
        }
    }
}
