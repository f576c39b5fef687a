//! Nothing acknowledged is lost and nothing is applied twice, whatever dies: the real program on a real PostgreSQL with
//! a standby, under load, while all of them are killed, frozen and cut off from each other, and the standby takes over.
//! What a failover under asynchronous replication may lose is known to the row, and nothing beyond is lost.
//!
//! `run` tells what a run is, `checker` what is demanded of it. The checker is itself tested, with planted defects.
//! As a part of the tests a run is short; `make faults SECONDS=600 SEED=17` makes a long one, and the same seed makes
//! the same faults at the same moments, and the same clients, again. On a machine that is busy with other things it takes
//! longer, for no fault begins before the one before it is undone. History and logs are in `target/faults`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod api;
mod branch;
mod checker;
mod client;
mod cluster;
mod engine;
mod failover;
mod fault;
mod follower;
mod group;
mod history;
mod ledger;
mod recorder;
mod run;
mod schedule;
mod summary;
mod system;
mod told;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use run::{Plan, run};

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run that is a part of the tests, and the time between its faults.
const SHORT_S: u64 = 10;
const SHORT_EVERY: Duration = Duration::from_secs(2);
/// The time between the faults of a long run.
const LONG_EVERY: Duration = Duration::from_millis(3_200);

#[tokio::test]
async fn whatever_dies_nothing_acknowledged_is_lost_and_nothing_is_applied_twice() {
    let length_s = setting("FAULTS_SECONDS");
    let plan = Plan {
        seed: setting("FAULTS_SEED").unwrap_or(1),
        length: Duration::from_secs(length_s.unwrap_or(SHORT_S)),
        every: length_s.map_or(SHORT_EVERY, |_| LONG_EVERY),
        folder: folder(),
    };
    println!("seed {}, {} s", plan.seed, plan.length.as_secs());

    let verdict = run(&plan).await;

    println!("{}", verdict.summary);
    println!("history and logs: {}", plan.folder.display());
    if let Some(problems) = verdict.problems() {
        panic!("seed {}:\n{problems}", plan.seed);
    }
    // A run in which nothing happened proves nothing.
    let summary = &verdict.summary;
    for (what, count) in [
        ("faults", summary.faults.len()),
        ("acknowledged", summary.acknowledged),
        ("refused", summary.refused),
        ("transfers", summary.transfers),
        ("atomic batches", summary.atomic_batches),
        (
            "unknown",
            summary.resolved_applied + summary.resolved_refused,
        ),
        ("replays", summary.replays),
        ("misuses", summary.misuses),
        ("reads", summary.reads),
        (
            "failovers",
            summary.synchronous_failovers + summary.asynchronous_failovers,
        ),
        ("lost as permitted", summary.lost),
        ("holds that expired", summary.expired),
        ("events", summary.events),
    ] {
        assert!(count > 0, "{what}: none");
    }
    for kind in [
        "HOLD",
        "CAPTURE",
        "RELEASE",
        "REVERSAL_IN",
        "REVERSAL_OUT",
        "FREEZE",
        "UNFREEZE",
        "LIMIT",
    ] {
        assert!(summary.kinds.contains_key(kind), "{kind}: none");
    }
    assert_eq!(
        summary.rows,
        summary.acknowledged - summary.lost + summary.untold_applied
    );
    let untold = summary.untold_applied + summary.untold_missing;
    assert_eq!(
        summary.operations,
        summary.acknowledged + summary.refused + summary.not_begun + untold
    );
}

/// A number from the environment.
fn setting<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} should be a number, not {text}")))
}

/// An empty folder for what a run leaves.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("faults");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
