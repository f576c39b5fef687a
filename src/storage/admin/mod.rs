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
mod feed_places;
mod found;
mod ledger;
mod note;
mod operation_filter;
mod operations;
mod overview;
mod own_sessions;
mod page;
pub(super) mod rows;
mod search;
mod sessions;
mod sign_in;
mod terms;
mod user_changes;
mod users;
mod wallets;

pub use adjustments::{Adjustment, AdjustmentRecorded, OpenAdjustment};
pub use approvals::{Approval, ApprovalState, Decision, Verdict};
pub use audits::{AuditState, BREACHES_KEPT, PastAudit, RunningAudit};
pub use ceiling::{FormAmount, Reserved};
pub use engines::{EngineIdentity, SentSample, StoredEngine, StoredSample};
pub use factors::{Factor, OfferedSecret};
pub use found::FoundOperation;
pub use ledger::{BalanceAt, LedgerRow, RowTransfer};
pub use note::{Actor, Approver, RowNote};
pub use operation_filter::{COUNT_MAX, OperationCount, OperationFilter, OperationPlace};
pub use operations::{FoundPage, OperationRead, OperationSearch};
pub use overview::{OverviewTotals, ServerState};
pub use own_sessions::{ListedSession, SESSIONS_LISTED, UserAccess};
pub use page::{Page, Reach};
pub use search::{TextSearch, USERS_FOUND_MAX, UserFlags};
pub use sessions::{Client, FlashMessage, Session, SessionFactor, TokenHash};
pub use terms::{HoldRow, RulesRow};
pub use user_changes::{ChangedField, UserChange, UserEdit, UserEdited, UserSeen};
pub use users::{User, UserOrder, UserQuery, UserWallet};
pub use wallets::{
    ListedWallet, Owner, WALLETS_FOUND_MAX, WalletCursor, WalletOrder, WalletQuery, WalletState,
};
