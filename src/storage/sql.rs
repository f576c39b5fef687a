//! The statements, each in a file of its own under `sql/queries`.

pub(super) const WALLETS_LOAD: &str = include_str!("../../sql/queries/wallets_load.sql");
pub(super) const COMMIT: &str = include_str!("../../sql/queries/commit.sql");
pub(super) const COMMIT_WALLET: &str = include_str!("../../sql/queries/commit_wallet.sql");
pub(super) const COMMIT_OPERATION: &str = include_str!("../../sql/queries/commit_operation.sql");
pub(super) const COMMIT_CAREFULLY: &str = include_str!("../../sql/queries/commit_carefully.sql");
pub(super) const RECORDED: &str = include_str!("../../sql/queries/recorded.sql");
pub(super) const OPERATIONS_PAGE: &str = include_str!("../../sql/queries/operations_page.sql");
pub(super) const SESSION_END: &str = include_str!("../../sql/queries/session_end.sql");
pub(super) const SESSION_IDENTITY: &str = include_str!("../../sql/queries/session_identity.sql");
pub(super) const SESSION_MARK: &str = include_str!("../../sql/queries/session_mark.sql");
pub(super) const SESSION_LIMITS: &str = include_str!("../../sql/queries/session_limits.sql");
pub(super) const NAMES_TAKEN: &str = include_str!("../../sql/queries/names_taken.sql");
pub(super) const USER_INSERT: &str = include_str!("../../sql/queries/user_insert.sql");
pub(super) const USER_REGISTERED: &str = include_str!("../../sql/queries/user_registered.sql");
pub(super) const DURABILITY_OFF: &str = include_str!("../../sql/queries/durability_off.sql");
pub(super) const AUDIT_COUNTS: &str = include_str!("../../sql/queries/audit_counts.sql");
pub(super) const AUDIT_BREACHES: &str = include_str!("../../sql/queries/audit_breaches.sql");
pub(super) const ADMIN_FLASH_SET: &str = include_str!("../../sql/queries/admin_flash_set.sql");
pub(super) const ADMIN_FLASH_TAKE: &str = include_str!("../../sql/queries/admin_flash_take.sql");
pub(super) const ADMIN_OVERVIEW_CLOCK: &str =
    include_str!("../../sql/queries/admin_overview_clock.sql");
pub(super) const ADMIN_OVERVIEW_OPERATIONS: &str =
    include_str!("../../sql/queries/admin_overview_operations.sql");
pub(super) const ADMIN_OVERVIEW_SERVER: &str =
    include_str!("../../sql/queries/admin_overview_server.sql");
pub(super) const ADMIN_OVERVIEW_TOTALS: &str =
    include_str!("../../sql/queries/admin_overview_totals.sql");
pub(super) const ADMIN_OVERVIEW_USERS: &str =
    include_str!("../../sql/queries/admin_overview_users.sql");
pub(super) const ADMIN_PROMOTE: &str = include_str!("../../sql/queries/admin_promote.sql");
pub(super) const ADMIN_SESSION_BEGIN: &str =
    include_str!("../../sql/queries/admin_session_begin.sql");
pub(super) const ADMIN_SESSION_END: &str = include_str!("../../sql/queries/admin_session_end.sql");
pub(super) const ADMIN_SESSION_FIND: &str =
    include_str!("../../sql/queries/admin_session_find.sql");
pub(super) const ADMIN_SESSIONS_END_OF_USER: &str =
    include_str!("../../sql/queries/admin_sessions_end_of_user.sql");
pub(super) const ADMIN_SIGN_IN_ATTEMPT: &str =
    include_str!("../../sql/queries/admin_sign_in_attempt.sql");
pub(super) const ADMIN_SIGN_IN_FORGET: &str =
    include_str!("../../sql/queries/admin_sign_in_forget.sql");
pub(super) const ADMIN_SIGN_IN_NOT_JUDGED: &str =
    include_str!("../../sql/queries/admin_sign_in_not_judged.sql");
pub(super) const ADMIN_SIGN_IN_SUCCEEDED: &str =
    include_str!("../../sql/queries/admin_sign_in_succeeded.sql");
pub(super) const ADMIN_SIGN_IN_USER: &str =
    include_str!("../../sql/queries/admin_sign_in_user.sql");
pub(super) const ADMIN_USERS_NEWEST: &str =
    include_str!("../../sql/queries/admin_users_newest.sql");
pub(super) const ADMIN_USERS_OLDEST: &str =
    include_str!("../../sql/queries/admin_users_oldest.sql");
pub(super) const ADMIN_USERS_BY_USERNAME: &str =
    include_str!("../../sql/queries/admin_users_by_username.sql");
pub(super) const ADMIN_USERS_BY_EMAIL: &str =
    include_str!("../../sql/queries/admin_users_by_email.sql");
pub(super) const ADMIN_USERS_FOUND: &str = include_str!("../../sql/queries/admin_users_found.sql");
pub(super) const ADMIN_USER_FIND: &str = include_str!("../../sql/queries/admin_user_find.sql");
pub(super) const ADMIN_USER_CHANGES: &str =
    include_str!("../../sql/queries/admin_user_changes.sql");
pub(super) const ADMIN_USER_EDIT: &str = include_str!("../../sql/queries/admin_user_edit.sql");
pub(super) const ADMIN_USER_PASSWORD_SET: &str =
    include_str!("../../sql/queries/admin_user_password_set.sql");
pub(super) const ADMIN_AUDIT_LOCK: &str = include_str!("../../sql/queries/admin_audit_lock.sql");
pub(super) const ADMIN_AUDIT_BEGIN: &str = include_str!("../../sql/queries/admin_audit_begin.sql");
pub(super) const ADMIN_AUDIT_PROGRESS: &str =
    include_str!("../../sql/queries/admin_audit_progress.sql");
pub(super) const ADMIN_AUDITS: &str = include_str!("../../sql/queries/admin_audits.sql");
pub(super) const ADMIN_WALLETS_NEWEST: &str =
    include_str!("../../sql/queries/admin_wallets_newest.sql");
pub(super) const ADMIN_WALLETS_OLDEST: &str =
    include_str!("../../sql/queries/admin_wallets_oldest.sql");
pub(super) const ADMIN_WALLETS_SCAN: &str =
    include_str!("../../sql/queries/admin_wallets_scan.sql");
pub(super) const ADMIN_WALLETS_FOUND: &str =
    include_str!("../../sql/queries/admin_wallets_found.sql");
pub(super) const ADMIN_WALLET: &str = include_str!("../../sql/queries/admin_wallet.sql");
pub(super) const ADMIN_WALLET_LEDGER: &str =
    include_str!("../../sql/queries/admin_wallet_ledger.sql");
pub(super) const ADMIN_WALLET_EXPORT: &str =
    include_str!("../../sql/queries/admin_wallet_export.sql");
pub(super) const ADMIN_WALLET_BALANCES: &str =
    include_str!("../../sql/queries/admin_wallet_balances.sql");
pub(super) const ADMIN_ADJUSTMENTS_OPEN: &str =
    include_str!("../../sql/queries/admin_adjustments_open.sql");
pub(super) const ADMIN_ADJUSTMENT_INSERT: &str =
    include_str!("../../sql/queries/admin_adjustment_insert.sql");
pub(super) const MIGRATE_HAS_HISTORY: &str =
    include_str!("../../sql/queries/migrate_has_history.sql");
pub(super) const MIGRATE_HISTORY: &str = include_str!("../../sql/queries/migrate_history.sql");
pub(super) const MIGRATE_INDEX_STATES: &str =
    include_str!("../../sql/queries/migrate_index_states.sql");
pub(super) const MIGRATE_LOCK: &str = include_str!("../../sql/queries/migrate_lock.sql");
pub(super) const MIGRATE_LOCK_HOLDER: &str =
    include_str!("../../sql/queries/migrate_lock_holder.sql");
pub(super) const MIGRATE_UNLOCK: &str = include_str!("../../sql/queries/migrate_unlock.sql");
pub(super) const MIGRATE_LOWER_DOMAINS: &str =
    include_str!("../../sql/queries/migrate_lower_domains.sql");
pub(super) const MIGRATE_SHARED_EMAILS: &str =
    include_str!("../../sql/queries/migrate_shared_emails.sql");
pub(super) const MIGRATE_UNVALIDATED: &str =
    include_str!("../../sql/queries/migrate_unvalidated.sql");
pub(super) const SCHEMA_DEFAULT: &str = include_str!("../../sql/queries/schema_default.sql");
pub(super) const SCHEMA_FIND: &str = include_str!("../../sql/queries/schema_find.sql");
pub(super) const SCHEMA_CATALOGUE: &str = include_str!("../../sql/queries/schema_catalogue.sql");
pub(super) const SCHEMA_KINDS: &str = include_str!("../../sql/queries/schema_kinds.sql");
pub(super) const OPERATIONS_IN_THE_FUTURE: &str =
    include_str!("../../sql/queries/operations_in_the_future.sql");
