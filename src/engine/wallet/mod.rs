//! One active wallet: its shared state, its mailbox, and the actor that owns it.
//!
//! `state` <- `mailbox` <- `batch` <- `actor`: each file imports only those before it. `state` is what is known of the wallet
//! without a message to its actor, `withdrawal` how a caller takes an operation back, `set_limit` how many operations are submitted
//! at once, `affinity` whether the actor should live on another thread, `contention` whether other engines write it all the time, `leave` how
//! its end is reported.

mod actor;
mod affinity;
mod batch;
mod contention;
mod leave;
mod mailbox;
mod set_limit;
mod state;
mod withdrawal;

pub(super) use actor::{ActiveWallet, Services, Unstarted, WalletActor, rest_after};
pub(super) use leave::LeaveGuard;
pub(super) use mailbox::{Apply, ApplyAll, Attend, Expire, Retire};
pub(super) use state::{Joined, Place, SharedState};
pub(super) use withdrawal::Withdrawal;
