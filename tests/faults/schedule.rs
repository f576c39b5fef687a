//! Which faults happen when: drawn from the seed alone, before anything runs.
//!
//! Kinds are dealt like cards: every kind comes once before any comes again, so that a short run has a bit of
//! everything. Moments are a fixed time apart, give or take a fifth of it.

use std::fmt;
use std::time::Duration;

use crate::random::Random;

/// The engines that run side by side.
pub const ENGINES: usize = 2;

/// The stream of the seed that faults are drawn from.
const STREAM: u64 = u64::MAX;

/// The longest that something stays down between its death and its next start, and frozen or silent.
const DOWN_MAX_MS: u64 = 1_000;
const FROZEN_MS: (u64, u64) = (500, 4_000);

/// Something that is done to the system, and undone after a while where it does not pass by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// kill -9 of one engine.
    KillEngine { engine: usize, down: Duration },
    /// kill -9 of every process of PostgreSQL.
    KillPostgres { down: Duration },
    /// kill -9 of both engines and PostgreSQL.
    KillAll { down: Duration },
    /// SIGSTOP of one engine.
    FreezeEngine { engine: usize, time: Duration },
    /// SIGSTOP of every process of PostgreSQL.
    FreezePostgres { time: Duration },
    /// Every connection between engines and PostgreSQL breaks.
    CutConnections,
    /// What engines say reaches PostgreSQL, what it says reaches nobody; then every connection breaks.
    LoseAnswers { time: Duration },
    /// `pg_terminate_backend` of every session of the engines.
    TerminateSessions,
}

/// A fault and its moment, from the beginning of the load on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    pub at: Duration,
    pub fault: Fault,
}

/// The faults of a run of this length.
pub fn schedule(seed: u64, length: Duration, every: Duration) -> Vec<Planned> {
    let mut random = Random::stream(seed, STREAM);
    let mut dealt = Vec::new();
    let mut planned = Vec::new();
    for number in 1.. {
        let percent = 100 * number - 20 + u32::try_from(random.below(41)).unwrap();
        let at = every * percent / 100;
        // The last one has time to show what it does.
        if at + every / 2 > length {
            break;
        }
        if dealt.is_empty() {
            dealt = deck(&mut random);
        }
        planned.extend(dealt.pop().map(|fault| Planned { at, fault }));
    }
    planned
}

/// Every kind of fault once, in any order.
fn deck(random: &mut Random) -> Vec<Fault> {
    let millis =
        |random: &mut Random, from, to| Duration::from_millis(from + random.below(to - from + 1));
    let down = |random: &mut Random| millis(random, 0, DOWN_MAX_MS);
    let time = |random: &mut Random| millis(random, FROZEN_MS.0, FROZEN_MS.1);
    let mut deck: Vec<Fault> = (0..ENGINES)
        .map(|engine| Fault::KillEngine {
            engine,
            down: down(random),
        })
        .collect();
    deck.extend([
        Fault::KillPostgres { down: down(random) },
        Fault::KillAll { down: down(random) },
        Fault::FreezeEngine {
            engine: random.index(ENGINES),
            time: time(random),
        },
        Fault::FreezePostgres { time: time(random) },
        Fault::CutConnections,
        Fault::LoseAnswers { time: time(random) },
        Fault::TerminateSessions,
    ]);
    random.shuffle(&mut deck);
    deck
}

impl Fault {
    /// What it is called in the summary.
    pub fn kind(self) -> &'static str {
        match self {
            Self::KillEngine { .. } => "kill -9 of an engine",
            Self::KillPostgres { .. } => "kill -9 of PostgreSQL",
            Self::KillAll { .. } => "kill -9 of both engines and PostgreSQL",
            Self::FreezeEngine { .. } => "SIGSTOP of an engine",
            Self::FreezePostgres { .. } => "SIGSTOP of PostgreSQL",
            Self::CutConnections => "connections cut",
            Self::LoseAnswers { .. } => "answers of PostgreSQL lost",
            Self::TerminateSessions => "sessions terminated",
        }
    }

    pub fn is_kill(self) -> bool {
        matches!(
            self,
            Self::KillEngine { .. } | Self::KillPostgres { .. } | Self::KillAll { .. }
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::KillEngine { engine, down } => {
                write!(f, " ({engine}), down for {} ms", down.as_millis())
            }
            Self::KillPostgres { down } | Self::KillAll { down } => {
                write!(f, ", down for {} ms", down.as_millis())
            }
            Self::FreezeEngine { engine, time } => {
                write!(f, " ({engine}) for {} ms", time.as_millis())
            }
            Self::FreezePostgres { time } | Self::LoseAnswers { time } => {
                write!(f, " for {} ms", time.as_millis())
            }
            Self::CutConnections | Self::TerminateSessions => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const EVERY: Duration = Duration::from_secs(5);

    fn of(seed: u64, length_s: u64) -> Vec<Planned> {
        schedule(seed, Duration::from_secs(length_s), EVERY)
    }

    #[test]
    fn a_seed_always_gives_the_same_faults_and_another_seed_gives_others() {
        for seed in 0..100 {
            assert_eq!(of(seed, 600), of(seed, 600));
            assert_ne!(of(seed, 600), of(seed + 1, 600));
            // A longer run begins like a shorter one.
            let short = of(seed, 60);
            assert_eq!(of(seed, 600)[..short.len()], short);
        }
    }

    #[test]
    fn ten_minutes_have_at_least_forty_faults_and_twenty_kills_and_one_minute_has_every_kind() {
        for seed in 0..100 {
            let long = of(seed, 600);
            assert!(long.len() >= 40, "seed {seed}: {}", long.len());
            let kills = long.iter().filter(|planned| planned.fault.is_kill());
            assert!(kills.count() >= 20, "seed {seed}");
            let kinds = |faults: &[Planned]| -> BTreeSet<&str> {
                faults.iter().map(|planned| planned.fault.kind()).collect()
            };
            assert_eq!(kinds(&of(seed, 60)), kinds(&long), "seed {seed}");
        }
    }
}
