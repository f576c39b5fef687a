//! What the admin panel asks of the database: each area in a file of its own.

mod adjustments;
mod audits;
mod ledger;
mod overview;
mod rows;
mod sessions;
mod sign_in;
mod user_changes;
mod users;
mod wallets;

pub use adjustments::{Adjustment, AdjustmentRecorded, OpenAdjustment};
pub use audits::{AuditState, BREACHES_KEPT, PastAudit, RunningAudit};
pub use ledger::{BalanceAt, LedgerPage, LedgerRow, RowAdjustment};
pub use overview::{OverviewTotals, ServerState};
pub use sessions::{Session, SessionMessage, TokenHash};
pub use sign_in::{Attempt, SignInUser};
pub use user_changes::{ChangedField, UserChange, UserChanges, UserEdit, UserEdited, UserSeen};
pub use users::{
    USERS_FOUND_MAX, User, UserFlags, UserOrder, UserPage, UserPageQuery, UserSought, UserWallet,
};
pub use wallets::{
    ListedWallet, Owner, WALLETS_FOUND_MAX, WalletCursor, WalletList, WalletOrder, WalletQuery,
    WalletSought,
};
