//! Retires unused actors: those idle for `WALLET_IDLE_S`, and above `WALLET_ACTIVE_MAX` those idle longest. An actor that
//! receives [`Retire`] stops only if no operation waits, so no message is ever lost.

use std::cmp::Reverse;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::timeout;

use super::registry::Registry;
use super::wallet::{ActiveWallet, Retire};

/// How often idleness is checked within one idle time.
const CHECKS_PER_IDLE_TIME: u32 = 4;

/// Runs until the registry is dropped.
pub(super) async fn passivate(registry: Weak<Registry>, idle: Duration, active_max: usize) {
    let pause = idle / CHECKS_PER_IDLE_TIME;
    loop {
        let Some(registry) = registry.upgrade() else {
            return;
        };
        // The same pass serves the timer and the limit.
        let _ = timeout(pause, registry.crowded.notified()).await;
        retire(&registry, idle, active_max);
    }
}

fn retire(registry: &Registry, idle: Duration, active_max: usize) {
    let mut active: Vec<(Duration, Arc<ActiveWallet>)> = Vec::new();
    registry.for_each(|wallet| active.push((registry.unused(wallet), Arc::clone(wallet))));
    let surplus = surplus(active.len(), active_max);
    active.sort_unstable_by_key(|(unused, _)| Reverse(*unused));
    for (at, (unused, wallet)) in active.iter().enumerate() {
        if *unused < idle && at >= surplus {
            return;
        }
        // A full mailbox belongs to an actor that is not idle.
        let _ = wallet.addr.try_send(Retire);
    }
}

/// Returns how many actors have to be retired: a sixteenth more than necessary, so that not every newcomer causes a pass.
fn surplus(active: usize, active_max: usize) -> usize {
    match active.checked_sub(active_max) {
        None | Some(0) => 0,
        Some(above) => above + active_max / 16,
    }
}
