//! What a wallet is asked to do: operations, one or several, and to retire.

use std::sync::Arc;

use actix::Handler;

use super::{Apply, ApplyAll, Phase, Retire, WalletActor, refuse};
use crate::engine::EngineError;
use crate::failpoint;

impl Handler<Apply> for WalletActor {
    type Result = ();

    fn handle(&mut self, apply: Apply, ctx: &mut Self::Context) {
        if let Phase::Unsettled(cause) = &self.phase {
            let cause = Arc::clone(cause);
            return apply.answer(Err(EngineError::NotDone(cause)));
        }
        self.affinity.note(apply.from);
        self.only_expires = false;
        self.is_used = true;
        self.queue.push_back(apply);
        failpoint::reach("actor takes");
        self.recall_empty();
        self.advance(ctx);
    }
}

impl Handler<ApplyAll> for WalletActor {
    type Result = ();

    fn handle(&mut self, ApplyAll(operations): ApplyAll, ctx: &mut Self::Context) {
        if let Phase::Unsettled(cause) = &self.phase {
            let cause = Arc::clone(cause);
            return refuse(operations.into_iter(), EngineError::NotDone, &cause);
        }
        if let Some(first) = operations.first() {
            self.affinity.note(first.from);
        }
        self.only_expires = false;
        self.is_used = true;
        self.queue.extend(operations);
        self.recall_empty();
        self.advance(ctx);
    }
}

impl Handler<Retire> for WalletActor {
    type Result = ();

    fn handle(&mut self, _: Retire, ctx: &mut Self::Context) {
        // Waiting operations hold places. On an unsettled wallet none waits, and its actor must continue.
        if matches!(self.phase, Phase::Idle) && self.shared.retire() {
            self.leave(ctx);
        }
    }
}
