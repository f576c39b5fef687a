//! Which faults happen when: drawn from the seed alone, before anything runs.
//!
//! Kinds are dealt like cards: every kind comes once before any comes again, so that a short run has a bit of
//! everything; the very first is a failover that loses something, so that the shortest run has one. Each kind comes
//! under synchronous and under asynchronous replication in turn. Moments are a fixed time apart, give or take a fifth
//! of it.

use std::fmt;
use std::time::Duration;

use crate::engine::ENGINES;
use crate::fault::{Back, Fault, Lead};
use testkit::random::Random;

/// The stream of the seed that faults are drawn from.
const STREAM: u64 = u64::MAX;

/// The longest that something stays down between its death and its next start, and frozen or silent.
const DOWN_MAX_MS: u64 = 1_000;
const FROZEN_MS: (u64, u64) = (500, 4_000);
/// How long something lasts that a failover puts an end to.
const LEAD_MS: (u64, u64) = (300, 2_000);

/// A fault and its moment, from the beginning of the load on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    pub at: Duration,
    /// Whether commits wait for the standby.
    pub synchronous: bool,
    pub fault: Fault,
}

/// The faults of a run of this length.
pub fn schedule(seed: u64, length: Duration, every: Duration) -> Vec<Planned> {
    let mut random = Random::stream(seed, STREAM);
    let mut decks = 0;
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
            dealt = deck(&mut random, decks);
            decks += 1;
        }
        planned.extend(dealt.pop().map(|(synchronous, fault)| Planned {
            at,
            synchronous,
            fault,
        }));
    }
    planned
}

/// Every kind of fault once, in any order, and whether under synchronous replication: what it is in one deck, it is not
/// in the next.
fn deck(random: &mut Random, number: usize) -> Vec<(bool, Fault)> {
    let mut kinds = failovers(random);
    kinds.extend(others(random));
    let mut deck: Vec<(bool, Fault)> = kinds
        .into_iter()
        .enumerate()
        .map(|(place, fault)| ((place + number) % 2 == 1, fault))
        .collect();
    random.shuffle(&mut deck);
    if number == 0 {
        // The first to be dealt is the last.
        let behind = |(_, fault): &(bool, Fault)| matches!(fault, Fault::FailOverBehind { .. });
        let first = deck.iter().position(behind).unwrap();
        let last = deck.len() - 1;
        deck.swap(first, last);
    }
    deck
}

/// One of each failover; the first of them is the one that loses what was acknowledged under asynchronous replication.
fn failovers(random: &mut Random) -> Vec<Fault> {
    let lead = |random: &mut Random| millis(random, LEAD_MS);
    vec![
        Fault::FailOverBehind {
            time: lead(random),
            cancel: random.one_in(2),
            back: back(random),
        },
        Fault::FailOver {
            lead: match random.below(3) {
                0 => Lead::Nothing,
                1 => Lead::Frozen(lead(random)),
                _ => Lead::Paused(lead(random)),
            },
            back: back(random),
        },
        Fault::TwoPrimaries {
            engine: random.index(ENGINES),
            time: lead(random),
            both: random.one_in(2),
            back: back(random),
        },
        Fault::FailOverSilent {
            time: lead(random),
            back: back(random),
        },
        Fault::SwitchOver,
    ]
}

fn others(random: &mut Random) -> Vec<Fault> {
    let down = |random: &mut Random| millis(random, (0, DOWN_MAX_MS));
    let time = |random: &mut Random| millis(random, FROZEN_MS);
    let mut faults: Vec<Fault> = (0..ENGINES)
        .map(|engine| Fault::KillEngine {
            engine,
            down: down(random),
        })
        .collect();
    faults.extend([
        Fault::KillPrimary { down: down(random) },
        Fault::KillAll { down: down(random) },
        Fault::FreezeEngine {
            engine: random.index(ENGINES),
            time: time(random),
        },
        Fault::FreezePrimary { time: time(random) },
        Fault::CutConnections,
        Fault::LoseAnswers { time: time(random) },
        Fault::TerminateSessions,
        Fault::KillStandby { down: down(random) },
        Fault::FreezeStandby { time: time(random) },
        Fault::PauseReplay { time: time(random) },
    ]);
    faults
}

fn millis(random: &mut Random, (from, to): (u64, u64)) -> Duration {
    Duration::from_millis(from + random.below(to - from + 1))
}

fn back(random: &mut Random) -> Back {
    if random.one_in(2) {
        Back::Rewound
    } else {
        Back::Copied
    }
}

impl fmt::Display for Planned {
    /// With everything that was drawn.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.synchronous { "" } else { "a" };
        write!(
            f,
            "{} ({mode}synchronous): {:?}",
            self.fault.kind(),
            self.fault
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{LONG_EVERY, SHORT_EVERY, SHORT_S};

    fn of(seed: u64, length_s: u64) -> Vec<Planned> {
        schedule(seed, Duration::from_secs(length_s), LONG_EVERY)
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
    fn ten_minutes_have_at_least_sixty_faults_and_twenty_kills_and_one_minute_has_every_kind() {
        for seed in 0..100 {
            let long = of(seed, 600);
            assert!(long.len() >= 60, "seed {seed}: {}", long.len());
            let kills = long.iter().filter(|planned| planned.fault.is_kill());
            assert!(kills.count() >= 20, "seed {seed}");
            let kinds = |faults: &[Planned]| -> BTreeSet<&str> {
                faults.iter().map(|planned| planned.fault.kind()).collect()
            };
            assert_eq!(kinds(&of(seed, 60)), kinds(&long), "seed {seed}");
        }
    }

    #[test]
    fn every_kind_comes_under_both_modes_of_replication_and_a_minute_has_failovers_under_both() {
        for seed in 0..100 {
            let modes = |faults: &[Planned], wanted: fn(Fault) -> bool| -> BTreeSet<(&str, bool)> {
                let wanted = faults.iter().filter(|planned| wanted(planned.fault));
                wanted
                    .map(|planned| (planned.fault.kind(), planned.synchronous))
                    .collect()
            };
            let all = modes(&of(seed, 600), |_| true);
            let kinds: BTreeSet<&str> = all.iter().map(|(kind, _)| *kind).collect();
            assert_eq!(all.len(), 2 * kinds.len(), "seed {seed}: {all:?}");
            let minute = modes(&of(seed, 60), Fault::is_failover);
            for synchronous in [false, true] {
                let of_mode = minute.iter().filter(|(_, mode)| *mode == synchronous);
                assert!(of_mode.count() >= 2, "seed {seed}: {minute:?}");
            }
        }
    }

    #[test]
    fn the_shortest_run_has_a_failover_that_loses_something() {
        for seed in 0..100 {
            let first = schedule(seed, Duration::from_secs(SHORT_S), SHORT_EVERY)[0];
            assert!(matches!(first.fault, Fault::FailOverBehind { .. }));
            assert!(!first.synchronous, "seed {seed}");
        }
    }
}
