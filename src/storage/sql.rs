//! The statements, each in a file of its own under `sql/queries`.

pub(super) const WALLETS_LOAD: &str = include_str!("../../sql/queries/wallets_load.sql");
pub(super) const COMMIT: &str = include_str!("../../sql/queries/commit.sql");
pub(super) const COMMIT_WALLET: &str = include_str!("../../sql/queries/commit_wallet.sql");
pub(super) const COMMIT_KEYED: &str = include_str!("../../sql/queries/commit_keyed.sql");
pub(super) const RECORDED: &str = include_str!("../../sql/queries/recorded.sql");
pub(super) const OPERATIONS_PAGE: &str = include_str!("../../sql/queries/operations_page.sql");
pub(super) const SESSION_END: &str = include_str!("../../sql/queries/session_end.sql");
pub(super) const NAMES_TAKEN: &str = include_str!("../../sql/queries/names_taken.sql");
pub(super) const USER_INSERT: &str = include_str!("../../sql/queries/user_insert.sql");
pub(super) const DURABILITY_OFF: &str = include_str!("../../sql/queries/durability_off.sql");
pub(super) const AUDIT_COUNTS: &str = include_str!("../../sql/queries/audit_counts.sql");
pub(super) const AUDIT_BREACHES: &str = include_str!("../../sql/queries/audit_breaches.sql");
