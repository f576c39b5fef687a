//! Retires resting wallets: those unused for `WALLET_IDLE_S`, and above `WALLET_ACTIVE_MAX` those unused longest of a few that
//! are compared. An actor comes to rest first (`wallet/actor/rest.rs`).
//!
//! On a thread of its own, in portions of some microseconds each, so that nothing waits for it:
//!
//! 1. The unused ones are found by a round over all shards, which takes a part of the idle time.
//! 2. Of too many, each newcomer retires two ([`Registry::make_room`]): so newcomers do not outrun it, and what one costs does not
//!    depend on how many wallets there are. What they could not retire, as it was in use, is retired here.

use std::sync::Weak;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

use super::registry::Registry;

/// Rounds within one idle time: a wallet is retired at most so much later.
const ROUNDS_PER_IDLE_TIME: u32 = 4;

/// Pauses within a round, and their bounds.
const PAUSES_PER_ROUND: u32 = 64;
const PAUSE_MIN: Duration = Duration::from_millis(1);
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// Runs until the registry is dropped.
pub(super) async fn passivate(registry: Weak<Registry>, idle: Duration) {
    let round = idle / ROUNDS_PER_IDLE_TIME;
    let pause = (round / PAUSES_PER_ROUND).clamp(PAUSE_MIN, PAUSE_MAX);
    let mut shard = 0;
    loop {
        sleep(pause).await;
        let Some(registry) = registry.upgrade() else {
            return;
        };
        for _ in 0..part(registry.shards(), pause, round) {
            let mut place = usize::MAX;
            while place > 0 {
                place = registry.retire_unused(shard, place, idle);
                yield_now().await;
            }
            shard = (shard + 1) % registry.shards();
        }
        while registry.make_room() {
            yield_now().await;
        }
    }
}

/// Returns how many shards are checked after a pause, so that a round has them all.
fn part(shards: usize, pause: Duration, round: Duration) -> usize {
    let pauses = (round.as_micros() / pause.as_micros()).max(1);
    shards.div_ceil(usize::try_from(pauses).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_has_all_shards_whatever_the_idle_time() {
        let part = |pause_ms, round_ms| {
            let [pause, round] = [pause_ms, round_ms].map(Duration::from_millis);
            part(1_024, pause, round)
        };
        assert_eq!(part(1, 1), 1_024);
        assert_eq!(part(1, 0), 1_024);
        assert_eq!(part(3, 250), 13);
        assert_eq!(part(250, 75_000), 4);
        assert_eq!(part(250, 21_600_000), 1, "a day");
    }
}
