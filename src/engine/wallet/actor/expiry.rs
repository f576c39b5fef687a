//! Holds that have expired while nobody asked the wallet for anything (see [`expiry`](crate::engine::expiry)).

use std::time::Duration;

use actix::Handler;

use super::{Expire, Phase, WalletActor};

impl Handler<Expire> for WalletActor {
    type Result = ();

    /// If nothing is due by what the actor remembers, another engine placed the hold, or has released it: the wallet is loaded again.
    fn handle(&mut self, expire: Expire, ctx: &mut Self::Context) {
        let Expire {
            is_new,
            is_loaded,
            place,
        } = expire;
        drop(place);
        self.only_expires |= is_new && self.queue.is_empty() && self.attending.is_empty();
        self.recall_empty();
        if !matches!(self.phase, Phase::Idle) {
            return; // What is decided next releases them; if nothing is, they are found again.
        }
        if self.wallet.is_due(self.services.loads.now()) {
            self.decide(0, true, ctx);
        } else if is_loaded {
            self.leave_if_away(ctx);
        } else {
            self.reload(0, Duration::ZERO, ctx);
        }
        // What was taken back for it.
        self.advance(ctx);
    }
}
