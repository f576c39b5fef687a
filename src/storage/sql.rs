//! The statements, each in a separate file under `sql/queries`.

macro_rules! statements {
    ($($name:ident $file:literal;)+) => {
        $(pub(super) const $name: &str = include_str!(concat!("../../sql/queries/", $file));)+
    };
}

statements! {
    WALLETS_LOAD "wallets_load.sql";
    WALLET_SPENT "wallet_spent.sql";
    COMMIT "commit.sql";
    COMMIT_WALLET "commit_wallet.sql";
    COMMIT_OPERATION "commit_operation.sql";
    COMMIT_TERMS "commit_terms.sql";
    COMMIT_CAREFULLY "commit_carefully.sql";
    COMMIT_FULL "commit_full.sql";
    RECORDED "recorded.sql";
    OPERATIONS_PAGE "operations_page.sql";
    OPERATION_ORIGINAL "operation_original.sql";
    WALLET_BALANCE_AT "wallet_balance_at.sql";
    HOLDS_PAGE "holds_page.sql";
    HOLDS_EXPIRED "holds_expired.sql";
    SESSION_END "session_end.sql";
    SESSION_IDENTITY "session_identity.sql";
    SESSION_MARK "session_mark.sql";
    SESSION_LIMITS "session_limits.sql";
    NAMES_TAKEN "names_taken.sql";
    USER_INSERT "user_insert.sql";
    USER_REGISTERED "user_registered.sql";
    DURABILITY_OFF "durability_off.sql";
    AUDIT_COUNTS "audit_counts.sql";
    AUDIT_BREACHES "audit_breaches.sql";
    ADMIN_FLASH_SET "admin_flash_set.sql";
    ADMIN_FLASH_TAKE "admin_flash_take.sql";
    ADMIN_OVERVIEW_CLOCK "admin_overview_clock.sql";
    ADMIN_OVERVIEW_OPERATIONS "admin_overview_operations.sql";
    ADMIN_OVERVIEW_SERVER "admin_overview_server.sql";
    ADMIN_OVERVIEW_TOTALS "admin_overview_totals.sql";
    ADMIN_OVERVIEW_USERS "admin_overview_users.sql";
    ADMIN_PROMOTE "admin_promote.sql";
    ADMIN_SESSION_BEGIN "admin_session_begin.sql";
    ADMIN_SESSION_END "admin_session_end.sql";
    ADMIN_SESSION_FIND "admin_session_find.sql";
    ADMIN_SESSIONS_END_OF_USER "admin_sessions_end_of_user.sql";
    ADMIN_SIGN_IN_ATTEMPT "admin_sign_in_attempt.sql";
    ADMIN_SIGN_IN_FORGET "admin_sign_in_forget.sql";
    ADMIN_SIGN_IN_NOT_JUDGED "admin_sign_in_not_judged.sql";
    ADMIN_SIGN_IN_SUCCEEDED "admin_sign_in_succeeded.sql";
    ADMIN_SIGN_IN_USER "admin_sign_in_user.sql";
    ADMIN_USERS_NEWEST "admin_users_newest.sql";
    ADMIN_USERS_OLDEST "admin_users_oldest.sql";
    ADMIN_USERS_BY_USERNAME "admin_users_by_username.sql";
    ADMIN_USERS_BY_EMAIL "admin_users_by_email.sql";
    ADMIN_USERS_FOUND "admin_users_found.sql";
    ADMIN_USER_FIND "admin_user_find.sql";
    ADMIN_USER_CHANGES "admin_user_changes.sql";
    ADMIN_USER_EDIT "admin_user_edit.sql";
    ADMIN_USER_PASSWORD_SET "admin_user_password_set.sql";
    ADMIN_AUDIT_LOCK "admin_audit_lock.sql";
    ADMIN_AUDIT_BEGIN "admin_audit_begin.sql";
    ADMIN_AUDIT_PROGRESS "admin_audit_progress.sql";
    ADMIN_AUDITS "admin_audits.sql";
    ADMIN_WALLETS_NEWEST "admin_wallets_newest.sql";
    ADMIN_WALLETS_OLDEST "admin_wallets_oldest.sql";
    ADMIN_WALLETS_SCAN "admin_wallets_scan.sql";
    ADMIN_WALLETS_FOUND "admin_wallets_found.sql";
    ADMIN_WALLETS_IN_STATE "admin_wallets_in_state.sql";
    ADMIN_HOLD_ROWS "admin_hold_rows.sql";
    ADMIN_WALLET_RULES "admin_wallet_rules.sql";
    ADMIN_WALLET "admin_wallet.sql";
    ADMIN_WALLET_LEDGER "admin_wallet_ledger.sql";
    ADMIN_WALLET_EXPORT "admin_wallet_export.sql";
    ADMIN_WALLET_BALANCES "admin_wallet_balances.sql";
    ADMIN_ADJUSTMENTS_OPEN "admin_adjustments_open.sql";
    ADMIN_ADJUSTMENT_INSERT "admin_adjustment_insert.sql";
    MIGRATE_HAS_HISTORY "migrate_has_history.sql";
    MIGRATE_HISTORY "migrate_history.sql";
    MIGRATE_INDEX_STATES "migrate_index_states.sql";
    MIGRATE_MISSING_INDEXES "migrate_missing_indexes.sql";
    MIGRATE_LOCK "migrate_lock.sql";
    MIGRATE_LOCK_HOLDER "migrate_lock_holder.sql";
    MIGRATE_UNLOCK "migrate_unlock.sql";
    MIGRATE_LOWER_DOMAINS "migrate_lower_domains.sql";
    MIGRATE_SHARED_EMAILS "migrate_shared_emails.sql";
    MIGRATE_UNVALIDATED "migrate_unvalidated.sql";
    SCHEMA_DEFAULT "schema_default.sql";
    SCHEMA_FIND "schema_find.sql";
    SCHEMA_CATALOGUE "schema_catalogue.sql";
    SCHEMA_KINDS "schema_kinds.sql";
    OPERATIONS_IN_THE_FUTURE "operations_in_the_future.sql";
}
