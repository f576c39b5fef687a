//! The states of a proposal, as pages name them.

use crate::messages::{Id, id};
use crate::storage::admin::ApprovalState;

/// The name of a state.
pub fn name(state: ApprovalState) -> Id {
    match state {
        ApprovalState::Waiting => id!("approvals-waiting"),
        ApprovalState::Expired => id!("approvals-expired"),
        ApprovalState::Approved => id!("approvals-approved"),
        ApprovalState::Done => id!("approvals-done"),
        ApprovalState::Declined => id!("approvals-declined"),
        ApprovalState::Withdrawn => id!("approvals-withdrawn"),
    }
}

/// The CSS class of its badge.
pub fn badge(state: ApprovalState) -> &'static str {
    match state {
        ApprovalState::Waiting => "badge--accent",
        ApprovalState::Approved => "badge--warn",
        ApprovalState::Done => "badge--good",
        ApprovalState::Declined | ApprovalState::Withdrawn | ApprovalState::Expired => "",
    }
}

/// Why a proposal in this state cannot be decided.
pub fn closed(state: ApprovalState) -> Id {
    match state {
        ApprovalState::Waiting => id!("approvals-may-not"),
        ApprovalState::Expired => id!("approvals-is-expired"),
        ApprovalState::Approved | ApprovalState::Done => id!("approvals-is-approved"),
        ApprovalState::Declined => id!("approvals-is-declined"),
        ApprovalState::Withdrawn => id!("approvals-is-withdrawn"),
    }
}
