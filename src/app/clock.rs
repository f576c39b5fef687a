//! Checks every minute whether the ledger holds times of the future: a metric, and a log line when that begins and ends.

use std::time::Duration;

use prometheus::core::Collector;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use crate::storage::Database;
use crate::telemetry::chain;
use crate::telemetry::metrics::{Gauge, gauge};

/// One connection of the pool is used for a moment as often as this.
const CHECK_EVERY: Duration = Duration::from_secs(60);

/// The check, until it is dropped.
pub(super) struct ClockCheck {
    task: JoinHandle<()>,
    future: Gauge,
}

/// What a check logs.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    Began,
    Ended,
    None,
}

impl ClockCheck {
    /// Begins to check.
    pub fn start(database: &Database) -> Self {
        let future = gauge(
            "wallet_engine_operations_in_the_future",
            "Operations with a time more than a minute ahead of the database's clock, up to 1000.",
        );
        let task = actix_web::rt::spawn(check(database.clone(), future.clone()));
        Self { task, future }
    }

    pub fn collector(&self) -> Box<dyn Collector> {
        Box::new(self.future.clone())
    }
}

impl Drop for ClockCheck {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn check(database: Database, future: Gauge) {
    loop {
        match database.operations_in_the_future().await {
            Ok(operations) => {
                let operations = operations.unsigned_abs();
                match change(future.get(), operations) {
                    Change::Began => warn!(
                        operations,
                        "operations are of a time in the future: the database's clock was ahead, or is behind now; \
                         their order is right, and `wallet-engine verify` names their wallets"
                    ),
                    Change::Ended => info!("no operation is of a time in the future any more"),
                    Change::None => {}
                }
                future.set(operations);
            }
            // Reported elsewhere.
            Err(error) => debug!(error = %chain(&error), "could not check the times of operations"),
        }
        sleep(CHECK_EVERY).await;
    }
}

fn change(before: u64, now: u64) -> Change {
    match (before, now) {
        (0, 1..) => Change::Began,
        (1.., 0) => Change::Ended,
        _ => Change::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_future_is_logged_when_it_is_seen_first_and_when_it_has_come() {
        let seen = [0, 3, 3, 5, 0, 0, 1];
        let changes: Vec<_> = seen.windows(2).map(|two| change(two[0], two[1])).collect();
        let (began, ended, none) = (Change::Began, Change::Ended, || Change::None);
        assert_eq!(
            changes,
            [began, none(), none(), ended, none(), Change::Began]
        );
    }
}
