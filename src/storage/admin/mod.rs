//! What the admin panel reads and writes, a file an area.

#![expect(
    clippy::missing_errors_doc,
    reason = "each fails with a `StorageError` alone, as its signature says"
)]

mod adjustments;
mod approvals;
mod audits;
mod ceiling;
mod engines;
mod factors;
mod ledger;
mod note;
mod overview;
mod own_sessions;
mod page;
mod rows;
mod sessions;
mod sign_in;
mod terms;
mod transaction;
mod user_changes;
mod users;
mod wallets;

pub use adjustments::{Adjustment, AdjustmentRecorded, OpenAdjustment};
pub use approvals::{Approval, ApprovalState, Decision, Verdict};
pub use audits::{AuditState, BREACHES_KEPT, PastAudit, RunningAudit};
pub use ceiling::{FormAmount, Reserved};
pub use engines::{EngineIdentity, SentSample, StoredEngine, StoredSample};
pub use factors::{Factor, OfferedSecret};
pub use ledger::{BalanceAt, LedgerRow, RowTransfer};
pub use note::{Actor, Approver, RowNote};
pub use overview::{OverviewTotals, ServerState};
pub use own_sessions::{ListedSession, SESSIONS_LISTED, UserAccess};
pub use page::Page;
pub use sessions::{Client, FlashMessage, Session, SessionFactor, TokenHash};
pub use terms::{HoldRow, RulesRow};
pub use user_changes::{ChangedField, UserChange, UserEdit, UserEdited, UserSeen};
pub use users::{USERS_FOUND_MAX, User, UserFlags, UserOrder, UserQuery, UserSearch, UserWallet};
pub use wallets::{
    ListedWallet, Owner, WALLETS_FOUND_MAX, WalletCursor, WalletOrder, WalletQuery, WalletSearch,
    WalletState,
};
