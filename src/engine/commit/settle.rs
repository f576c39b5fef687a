//! Settling the session of a write with an unknown outcome: it is retried until it succeeds.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::{Instant, sleep, timeout};
use tracing::{error, warn};

use super::request::{CommitProblem, SetError, settling};
use crate::engine::{Cause, Journal, SessionNumber, SetOutcome, WriteSet};
use crate::telemetry::chain;

/// The longest delay between two attempts to settle a session.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// A session whose last write, of these sets, has an unknown outcome.
pub(super) struct Unsettled<'a> {
    pub journal: &'a dyn Journal,
    pub session: SessionNumber,
    pub sets: &'a [WriteSet],
    /// The timeout of an attempt.
    pub wait: Duration,
}

impl Unsettled<'_> {
    /// Settles it, whose cause is this one. Returns since when the ledger has each of the sets, as [`Journal::settle`] does.
    ///
    /// If that is not known by the deadline, `answer` is called with what makes the error for each actor that waits.
    pub async fn settle(
        &self,
        cause: &Cause,
        deadline: Instant,
        mut answer: impl FnMut(&mut dyn FnMut() -> SetError),
    ) -> Vec<Option<OffsetDateTime>> {
        let SessionNumber { lane, number } = self.session;
        warn!(commit.lane = lane.0, commit.session = number, commit.wallets = self.sets.len(), error = %chain(cause),
            "outcome of a group commit unknown; settling it");
        let mut pause = Duration::from_millis(10);
        // Dropped when the session is settled, which the actors that received `Unknown` wait for.
        let mut unsettled = Vec::new();
        let mut is_late = false;
        loop {
            let settled = timeout(self.wait, self.journal.settle(self.session, self.sets));
            let settled = settled
                .await
                .unwrap_or_else(|_| Err(Arc::new(CommitProblem::SettleTooSlow)));
            let error = match settled {
                Ok(committed) => {
                    debug_assert_eq!(committed.len(), self.sets.len(), "an answer for each set");
                    return committed;
                }
                Err(error) => error,
            };
            if Instant::now() + pause >= deadline && !is_late {
                is_late = true;
                error!(commit.lane = lane.0, commit.session = number, commit.wallets = self.sets.len(), error = %chain(&error),
                    "outcome of a group commit still unknown; its wallets wait for it");
                answer(&mut || {
                    let (until, settled) = settling();
                    unsettled.push(until);
                    let cause = Arc::clone(&error);
                    SetError::Unknown { cause, settled }
                });
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

/// Returns the outcome of a set after settling.
pub(super) fn outcome_of_settled(committed: Option<OffsetDateTime>) -> SetOutcome {
    match committed {
        Some(at) => SetOutcome::Committed(Some(at)),
        None => SetOutcome::Stale,
    }
}
