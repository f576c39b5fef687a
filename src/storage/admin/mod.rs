//! What the admin panel asks of the database: each area in a file of its own.

mod audits;
mod overview;
mod sessions;
mod sign_in;
mod user_changes;
mod users;

pub use audits::{AuditState, BREACHES_KEPT, PastAudit, RunningAudit};
pub use overview::{OverviewTotals, ServerState};
pub use sessions::{Session, SessionMessage, TokenHash};
pub use sign_in::{Attempt, SignInUser};
pub use user_changes::{ChangedField, UserChange, UserChanges, UserEdit, UserEdited, UserSeen};
pub use users::{
    FOUND_MAX, User, UserFlags, UserOrder, UserPage, UserPageQuery, UserSought, UserWallet,
};
