//! All engines of the database: this one from memory, the others as they reported.

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;
use tracing::debug;
use uuid::Uuid;

use super::cached::{Cached, Reading};
use super::counters::{Interval, Sample};
use super::report::Report;
use super::sampler::HISTORY;
use super::this_engine::ThisEngine;
use crate::storage::Database;
use crate::storage::admin::{EngineIdentity, StoredEngine, StoredSample};

/// How long the engines' rows are fresh: for less than the interval of the page.
const FRESH: Duration = Duration::from_secs(3);
/// An engine that has not reported for so long does not count as running: it reports every five seconds.
const RUNNING_MAX: Duration = Duration::from_secs(20);
/// Two engines of one name ran at once if they overlap for longer than a restart may.
const OVERLAP: Duration = Duration::from_secs(10);

/// The rows of all engines.
pub struct Engines(Cached<Stored>);

struct Stored {
    engines: Vec<StoredEngine>,
    samples: HashMap<Uuid, Vec<Sample>>,
    /// When they were read, by this process's clocks.
    read: (Instant, OffsetDateTime),
}

/// One engine.
pub struct EngineState {
    pub identity: EngineIdentity,
    pub started_at: OffsetDateTime,
    pub seen_at: OffsetDateTime,
    /// How long ago it reported; zero for this one.
    pub age: Duration,
    pub is_this: bool,
    /// Another that runs has the same name.
    pub shares_name: bool,
    /// It ended, and another of its name has followed it.
    pub is_followed: bool,
    pub report: Report,
    pub samples: Vec<Sample>,
}

impl EngineState {
    pub fn is_running(&self) -> bool {
        self.age < RUNNING_MAX
    }

    /// Returns how many operations it commits a second now.
    pub fn rate(&self) -> Option<f64> {
        let interval = Interval::newest(&self.samples).filter(|_| self.is_running())?;
        interval.rate(|counters| counters.committed)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.seen_at > other.started_at + OVERLAP && other.seen_at > self.started_at + OVERLAP
    }
}

impl Engines {
    pub fn new() -> Self {
        Self(Cached::new(FRESH))
    }

    /// Returns all engines in the order of their names, this one among them, and whether the others' rows could not be read.
    pub async fn all(&self, this: &ThisEngine, database: &Database) -> (Vec<EngineState>, bool) {
        let load = || {
            let (database, besides) = (database.clone(), this.identity.id);
            async move {
                let engines = database.engines().await?;
                let samples = database.engine_samples(HISTORY, besides).await?;
                let read = (Instant::now(), OffsetDateTime::now_utc());
                Ok(Stored {
                    engines,
                    samples: by_engine(samples),
                    read,
                })
            }
        };
        let (Reading { value, failed }, report) =
            futures_util::join!(self.0.get(load), this.report());
        let stored = value.as_deref();
        let mut all = vec![this_one(
            this,
            report,
            stored.map_or(time::Duration::ZERO, ahead),
        )];
        if let Some(stored) = stored {
            let others = stored.engines.iter();
            let others = others.filter(|engine| engine.identity.id != this.identity.id);
            all.extend(others.map(|engine| other_one(engine, stored)));
        }
        compare(&mut all);
        (all, failed)
    }
}

/// Returns how far the database's clock is ahead of this process's.
fn ahead(stored: &Stored) -> time::Duration {
    let newest = stored.engines.first();
    newest.map_or(time::Duration::ZERO, |engine| {
        engine.seen_at.saturating_add(long(engine.age)) - stored.read.1
    })
}

fn this_one(this: &ThisEngine, report: Report, ahead: time::Duration) -> EngineState {
    let mut samples = this.samples.all();
    for sample in &mut samples {
        sample.at = sample.at.saturating_add(ahead);
    }
    EngineState {
        identity: this.identity.clone(),
        started_at: this.started.saturating_add(ahead),
        seen_at: OffsetDateTime::now_utc().saturating_add(ahead),
        age: Duration::ZERO,
        is_this: true,
        shares_name: false,
        is_followed: false,
        report,
        samples,
    }
}

fn other_one(engine: &StoredEngine, stored: &Stored) -> EngineState {
    EngineState {
        identity: engine.identity.clone(),
        started_at: engine.started_at,
        seen_at: engine.seen_at,
        age: engine.age.saturating_add(stored.read.0.elapsed()),
        is_this: false,
        shares_name: false,
        is_followed: false,
        report: serde_json::from_str(&engine.report).unwrap_or_default(),
        samples: stored
            .samples
            .get(&engine.identity.id)
            .cloned()
            .unwrap_or_default(),
    }
}

/// Finds namesakes, and sorts by name.
fn compare(all: &mut [EngineState]) {
    for at in 0..all.len() {
        let engine = &all[at];
        let namesakes = || {
            let others = all
                .iter()
                .filter(|other| other.identity.id != engine.identity.id);
            others.filter(|other| other.identity.name == engine.identity.name)
        };
        let running = |other: &&EngineState| other.is_running() && other.overlaps(engine);
        let shares_name = engine.is_running() && namesakes().any(|other| running(&other));
        let later = |other: &EngineState| other.started_at > engine.started_at;
        let is_followed = !engine.is_running() && namesakes().any(later);
        (all[at].shares_name, all[at].is_followed) = (shares_name, is_followed);
    }
    all.sort_by(|one, other| {
        let key = |engine: &EngineState| (engine.started_at, engine.identity.id);
        let by_name = one.identity.name.cmp(&other.identity.name);
        by_name.then_with(|| key(one).cmp(&key(other)))
    });
}

/// What cannot be read is of another version, and left out.
fn by_engine(rows: Vec<StoredSample>) -> HashMap<Uuid, Vec<Sample>> {
    let mut samples: HashMap<Uuid, Vec<Sample>> = HashMap::new();
    for StoredSample {
        engine,
        at,
        counters,
    } in rows
    {
        match serde_json::from_str(&counters) {
            Ok(counters) => samples
                .entry(engine)
                .or_default()
                .push(Sample { at, counters }),
            Err(error) => debug!(%engine, %error, "a sample of an engine cannot be read"),
        }
    }
    samples
}

fn long(duration: Duration) -> time::Duration {
    duration.try_into().unwrap_or(time::Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine that started at one second, and was seen last at another, when it is now 1 000.
    fn engine(id: u128, name: &str, started: i64, seen: i64) -> EngineState {
        let at = |second| OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second);
        EngineState {
            identity: EngineIdentity {
                id: Uuid::from_u128(id),
                name: name.to_owned(),
                address: "host:1".to_owned(),
            },
            started_at: at(started),
            seen_at: at(seen),
            age: Duration::from_secs((1_000 - seen).unsigned_abs()),
            is_this: false,
            shares_name: false,
            is_followed: false,
            report: Report::default(),
            samples: Vec::new(),
        }
    }

    fn compared(mut all: Vec<EngineState>) -> Vec<(u128, bool, bool)> {
        compare(&mut all);
        all.iter()
            .map(|engine| {
                (
                    engine.identity.id.as_u128(),
                    engine.shares_name,
                    engine.is_followed,
                )
            })
            .collect()
    }

    #[test]
    fn two_that_run_under_one_name_are_both_told() {
        let all = vec![
            engine(1, "b", 0, 999),
            engine(2, "a", 0, 998),
            engine(3, "b", 500, 1_000),
        ];
        assert_eq!(
            compared(all),
            [(2, false, false), (1, true, false), (3, true, false)]
        );
    }

    #[test]
    fn a_restart_is_no_second_engine_and_what_it_followed_is_no_engine_that_is_missed() {
        let restarted = vec![engine(1, "a", 0, 995), engine(2, "a", 997, 1_000)];
        assert_eq!(compared(restarted), [(1, false, false), (2, false, false)]);
        let later = vec![engine(1, "a", 0, 900), engine(2, "a", 905, 1_000)];
        assert_eq!(compared(later), [(1, false, true), (2, false, false)]);
        let missed = vec![engine(1, "a", 0, 900), engine(2, "b", 0, 1_000)];
        assert_eq!(compared(missed), [(1, false, false), (2, false, false)]);
    }
}
