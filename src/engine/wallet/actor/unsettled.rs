//! The end of an actor whose write has an unknown outcome.

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::super::batch::Batch;
use super::super::mailbox::refuse;
use super::{Phase, WalletActor};
use crate::engine::commit::Settled;
use crate::engine::{Cause, EngineError};

impl WalletActor {
    /// Answers everything with the error, and continues, so that the wallet is not loaded while the write may still be
    /// committed. Once it is settled the actor stops.
    pub(super) fn wait_until_settled(
        &mut self,
        lost: Batch,
        cause: Cause,
        mut settled: Settled,
        ctx: &mut Context<Self>,
    ) {
        if settled.has_ended() {
            self.give_up(&cause, ctx);
            return refuse(lost.into_operations(), EngineError::Unavailable, &cause);
        }
        self.shared.set_unsettled();
        refuse(lost.into_operations(), EngineError::Unavailable, &cause);
        refuse(self.queue.drain(..), EngineError::NotDone, &cause);
        self.attending.clear();
        self.enter(Phase::Unsettled(cause));
        ctx.spawn(settled.ended().into_actor(self).map(|(), actor, ctx| {
            let Phase::Unsettled(cause) = actor.enter(Phase::Idle) else {
                debug_assert!(false, "an unsettled actor began something else");
                return;
            };
            actor.give_up(&cause, ctx);
        }));
    }
}
