//! How an actor comes to rest: it leaves the wallet to the registry as it was last committed, and stops.

use std::mem;
use std::time::Duration;

use actix::{AsyncContext, Context};

use super::{Phase, WalletActor};
use crate::config::EngineConfig;

/// The longest that an actor waits for something to do. An actor takes some ten times the memory of a wallet at rest, so those of
/// the last seconds should be few beside all wallets; making one costs some microseconds, so a wallet that is asked for an
/// operation every second or so should keep its own.
const UNUSED_MAX: Duration = Duration::from_secs(1);

/// Returns the time without operations after which an actor comes to rest, at most twice as long: well before the wallet is
/// retired.
pub(in crate::engine) fn rest_after(config: &EngineConfig) -> Duration {
    UNUSED_MAX.min(config.idle / 4)
}

impl WalletActor {
    /// Comes to rest when nothing was asked for between two checks.
    pub(super) fn rest_once_unused(&mut self, ctx: &mut Context<Self>) {
        ctx.run_later(rest_after(&self.services.config), |actor, ctx| {
            let was_used = mem::take(&mut actor.is_used);
            if was_used || !actor.rest(ctx) {
                actor.rest_once_unused(ctx);
            }
        });
    }

    /// Comes to rest if nothing waits; `false`: something does, or what is committed is unknown.
    pub(super) fn rest(&mut self, ctx: &mut Context<Self>) -> bool {
        let rests = matches!(self.phase, Phase::Idle) && self.shared.come_to_rest();
        if rests {
            debug_assert!(
                self.queue.is_empty() && self.attending.is_empty(),
                "what holds no place waits"
            );
            debug_assert_eq!(
                self.wallet,
                self.shared.last_committed(),
                "what rests is not what was published"
            );
            self.leave(ctx);
        }
        rests
    }
}
