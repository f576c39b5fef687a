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
pub(super) const ADMIN_PROMOTE: &str = include_str!("../../sql/queries/admin_promote.sql");
pub(super) const ADMIN_SESSION_BEGIN: &str =
    include_str!("../../sql/queries/admin_session_begin.sql");
pub(super) const ADMIN_SESSION_END: &str = include_str!("../../sql/queries/admin_session_end.sql");
pub(super) const ADMIN_SESSION_FIND: &str =
    include_str!("../../sql/queries/admin_session_find.sql");
pub(super) const ADMIN_SESSION_HEARD: &str =
    include_str!("../../sql/queries/admin_session_heard.sql");
pub(super) const ADMIN_SESSION_SAY: &str = include_str!("../../sql/queries/admin_session_say.sql");
pub(super) const ADMIN_SESSIONS_END_OF_USER: &str =
    include_str!("../../sql/queries/admin_sessions_end_of_user.sql");
pub(super) const ADMIN_SIGN_IN_ATTEMPT: &str =
    include_str!("../../sql/queries/admin_sign_in_attempt.sql");
pub(super) const ADMIN_SIGN_IN_FORGET: &str =
    include_str!("../../sql/queries/admin_sign_in_forget.sql");
pub(super) const ADMIN_SIGN_IN_SUCCEEDED: &str =
    include_str!("../../sql/queries/admin_sign_in_succeeded.sql");
pub(super) const ADMIN_SIGN_IN_USER: &str =
    include_str!("../../sql/queries/admin_sign_in_user.sql");
