//! Learns what has changed, so that what is revoked on one engine is refused by all within a second.
//!
//! A session listens, and asks every [`EVERY`] in any case: a notification may be lost with its connection, and a pooler in between
//! passes none on. Each answer has the changes of the last [`WINDOW`], as one may commit long after it was made; those known already
//! are left out. After a gap of more than half of that nothing that is known is believed.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use tokio::time::sleep;
use tracing::{info, warn};

use super::access::Access;
use super::directory::{Cause, Changes};

/// The interval between two questions.
const EVERY: Duration = Duration::from_millis(500);
/// The time between two attempts to open a session.
const RETRY: Duration = Duration::from_millis(250);
/// How far back each answer goes.
const WINDOW: Duration = Duration::from_secs(60);
/// Changes above this are not looked at one by one.
const CHANGES_MAX: usize = 1_000;
/// How often the use of keys is recorded.
const USED_EVERY: Duration = Duration::from_secs(30);
/// Keys whose use is recorded at once; the others follow.
const USED_MAX: usize = 1_000;
/// An outage as long is no outage: a question may be slow.
const OUTAGE_MIN: Duration = Duration::from_secs(2);

impl Access {
    /// Watches until it is dropped.
    pub async fn watch(self) {
        let mut heard = Instant::now();
        let mut seen = HashSet::new();
        let mut session: Option<Box<dyn Changes>> = None;
        let mut is_away = false;
        let mut recorded = Instant::now();
        loop {
            match self.learn(&mut session, &mut seen, heard).await {
                Ok(asked) => {
                    if is_away {
                        info!("changes of keys and tokens are learnt again");
                    }
                    (heard, is_away) = (asked, false);
                    if recorded.elapsed() >= USED_EVERY && self.record_used().await {
                        recorded = Instant::now();
                    }
                }
                Err(error) => {
                    session = None;
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
            if heard.elapsed() > self.0.terms.outage.max(OUTAGE_MIN) {
                self.forget_all();
            }
        }
    }

    /// Learns what has changed; returns when that was asked for.
    async fn learn(
        &self,
        session: &mut Option<Box<dyn Changes>>,
        seen: &mut HashSet<i64>,
        heard: Instant,
    ) -> Result<Instant, Cause> {
        let (changes, at_most) = match session {
            Some(open) => (open, EVERY),
            None => {
                let open = self.0.directory.listen().await?;
                // It may be a session of another server, or of an older state.
                self.forget_all();
                seen.clear();
                (session.insert(open), Duration::ZERO)
            }
        };
        let changed = changes.next(at_most, WINDOW).await?;
        let asked = Instant::now();
        if heard.elapsed() > WINDOW / 2 || changed.len() > CHANGES_MAX {
            self.forget_all();
        } else {
            let new = changed.iter().filter(|(id, _)| !seen.contains(id));
            let subjects: Vec<_> = new.map(|(_, subject)| *subject).collect();
            if !subjects.is_empty() {
                self.forget(&subjects);
            }
        }
        seen.clear();
        seen.extend(changed.into_iter().map(|(id, _)| id));
        Ok(asked)
    }

    /// Records which keys were used; returns whether that were all.
    async fn record_used(&self) -> bool {
        let used = self.take_used(USED_MAX);
        if used.is_empty() {
            return true;
        }
        if let Err(error) = self.0.directory.used(&used).await {
            warn!(
                error = &*error as &(dyn std::error::Error + 'static),
                "the use of keys could not be recorded"
            );
        }
        used.len() < USED_MAX
    }
}
