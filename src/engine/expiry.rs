//! Releases what expired holds still hold where no operation does it: a wallet that is asked for something releases its own first.
//!
//! 1. About every second, the database is asked for wallets with such holds, those that expired first, and each wallet's actor is
//!    sent [`Expire`]. An idle actor writes the releases; a busy one has them in its next batch anyway.
//! 2. A full portion is followed by the next one soon, so that what expired while no engine was up is released at a pace that
//!    leaves the queues to clients; unless it is the one before again, because nothing can be written at present.
//! 3. Every engine does it. The guard of the write lets one of them release a hold; the others find it released.
//!
//! An actor that was spawned for it comes to rest afterwards.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use tokio::time::{sleep, timeout};
use tracing::{error, warn};
use uuid::Uuid;

use super::admission::Admission;
use super::registry::Registry;
use super::wallet::{Expire, Joined};
use super::{Cause, Journal};
use crate::domain::WalletId;
use crate::telemetry::chain;

/// How often expired holds are asked for.
const PAUSE: Duration = Duration::from_secs(1);
/// Added at random, so that engines do not ask at the same time for ever.
const JITTER_MAX_MS: u128 = 250;
/// Wallets of one portion.
const PORTION_MAX: usize = 256;
/// The time for a portion's releases to be written, before what is left is asked for.
const PORTION_PAUSE: Duration = Duration::from_millis(100);
/// Actors that are spawned at once.
const SPAWNED_AT_ONCE: usize = 32;

pub(super) struct Sweep {
    pub registry: Weak<Registry>,
    pub admission: Arc<Admission>,
    pub journal: Arc<dyn Journal>,
    /// The longest that the database is waited for.
    pub wait: Duration,
}

#[derive(Debug, thiserror::Error)]
#[error("expired holds were not found within {0:?}")]
struct TooSlow(Duration);

impl Sweep {
    /// Runs until the registry is dropped.
    pub async fn run(self) {
        let mut was_away = false;
        let mut pause = PAUSE;
        let mut last = Vec::new();
        loop {
            let jitter = u64::try_from(Uuid::new_v4().as_u128() % JITTER_MAX_MS);
            let jitter = Duration::from_millis(jitter.unwrap_or_default());
            sleep(if pause < PAUSE { pause } else { pause + jitter }).await;
            let Some(registry) = self.registry.upgrade() else {
                return;
            };
            pause = PAUSE;
            match AssertUnwindSafe(self.portion(&registry))
                .catch_unwind()
                .await
            {
                Ok(Ok(wallets)) => {
                    was_away = false;
                    if wallets.len() == PORTION_MAX && wallets != last {
                        pause = PORTION_PAUSE;
                    }
                    last = wallets;
                }
                // It is asked again, and logged once.
                Ok(Err(cause)) if was_away => drop(cause),
                Ok(Err(cause)) => {
                    was_away = true;
                    warn!(error = %chain(&*cause), "could not find expired holds; they are released later");
                }
                Err(_) => error!("a search for expired holds panicked"),
            }
        }
    }

    /// Has the first expired holds released. Returns their wallets.
    async fn portion(&self, registry: &Arc<Registry>) -> Result<Vec<WalletId>, Cause> {
        let wallets = timeout(self.wait, self.journal.expired(PORTION_MAX)).await;
        let wallets = wallets.unwrap_or_else(|_| Err(Arc::new(TooSlow(self.wait))))?;
        stream::iter(&wallets)
            .for_each_concurrent(SPAWNED_AT_ONCE, |wallet| self.expire(registry, *wallet))
            .await;
        Ok(wallets)
    }

    /// Has the expired holds of the wallet released. What hinders it now is tried again at the next search.
    async fn expire(&self, registry: &Arc<Registry>, wallet: WalletId) {
        let (is_new, is_loaded) = (!registry.has_actor(wallet), !registry.is_in_memory(wallet));
        let Ok(active) = registry.find(wallet).await else {
            return;
        };
        let Ok(ticket) = self.admission.enter() else {
            return;
        };
        if let Joined::In(place) = active.shared.join(ticket) {
            let _ = active.addr.try_send(Expire {
                is_new,
                is_loaded,
                place,
            });
        }
    }
}
