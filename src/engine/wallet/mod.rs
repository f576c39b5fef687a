//! One active wallet: its shared state, its mailbox, and the actor that owns it.
//!
//! `mailbox` <- `batch` <- `actor`, in which every file imports only those before it: `state` is what is known of the wallet
//! without asking its actor, `withdrawal` how a caller takes an operation back, `set_limit` how many operations are submitted
//! at once, `affinity` whether another thread would be the better place for the actor.

mod actor;
mod affinity;
mod batch;
mod mailbox;
mod set_limit;
mod state;
mod withdrawal;

pub(super) use actor::WalletActor;
pub(super) use mailbox::{Apply, Retire};
pub(super) use state::{ActiveWallet, Joined, SharedState};
pub(super) use withdrawal::{Handover, Withdrawal};
