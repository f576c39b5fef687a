//! The linked sets that a wallet is asked to attend (see [`commit`](crate::engine::commit)).
//!
//! What the actor submits attends all of them that are not over. If it has nothing to write, it submits an empty set for
//! that, which it takes back when an operation comes. A set that waits already attends one more.

use actix::Handler;

use super::{Attend, Phase, WalletActor};
use crate::engine::commit::LinkedTicket;
use crate::failpoint;

impl WalletActor {
    /// Returns the linked sets that the next set attends.
    pub(super) fn attends(&mut self) -> Vec<LinkedTicket> {
        self.attending
            .retain(|attend| !attend.linked.request.is_over());
        self.attending
            .iter()
            .map(|attend| attend.linked.clone())
            .collect()
    }

    /// Takes back what was submitted, if it has nothing to write and no committer has it.
    pub(super) fn recall_empty(&mut self) {
        if let Phase::Writing(in_flight) = &self.phase
            && in_flight.is_empty
            && self.services.commits.recall(in_flight.number)
        {
            self.enter(Phase::Idle);
        }
    }
}

impl Handler<Attend> for WalletActor {
    type Result = ();

    fn handle(&mut self, attend: Attend, ctx: &mut Self::Context) {
        if matches!(self.phase, Phase::Unsettled(_)) {
            return; // Nothing can be decided on the wallet: the linked set is given up.
        }
        if let Phase::Writing(in_flight) = &self.phase
            && !in_flight.batch.then.has_to_be_loaded()
        {
            // As long as no committer has the set, it attends one more.
            let commits = &self.services.commits;
            commits.attend(in_flight.number, attend.linked.clone());
        }
        self.only_expires = false;
        self.is_used = true;
        self.attending.push(attend);
        failpoint::reach("actor takes");
        self.advance(ctx);
    }
}
