//! What the engine's database has, beside what the service's has.

use tokio_postgres::{Client, Config};

use testkit::postgres;

/// A user with their wallet, as text, so that nothing is rounded on its way.
const OF_DJANGO: &str = "SELECT concat_ws('|', u.id, u.username, u.email, u.password, u.is_active, u.is_staff, \
         u.date_joined AT TIME ZONE 'UTC', w.id, w.balance) \
     FROM auth_user u JOIN wallets_wallet w ON w.user_id = u.id ORDER BY u.id";
const OF_ENGINE: &str = "SELECT concat_ws('|', u.id, u.username, u.email, u.password_hash, u.is_active, u.is_staff, \
         u.created_at AT TIME ZONE 'UTC', w.id, w.balance) \
     FROM users u JOIN wallets w ON w.id = u.wallet_id AND w.user_id = u.id ORDER BY u.id";

/// Asserts that both have the same users, wallets and balances, and that every ledger agrees with its wallet.
pub async fn assert_equal(source: &Client, target: &Config) {
    assert_eq!(
        texts(target, OF_ENGINE).await,
        rows(source, OF_DJANGO).await
    );
    assert_audited(target).await;
}

/// The same of all but one user, who has no wallet in Django.
pub async fn assert_equal_but(username: &str, source: &Client, target: &Config) {
    let mut engine = texts(target, OF_ENGINE).await;
    engine.retain(|row| row.split('|').nth(1) != Some(username));
    assert_eq!(engine, rows(source, OF_DJANGO).await);
    assert_audited(target).await;
}

pub async fn assert_audited(target: &Config) {
    let audit = postgres::audit(target).await;
    assert!(audit.breaches.is_empty(), "{:?}", audit.breaches);
}

pub async fn users(target: &Config) -> i64 {
    number(target, "SELECT count(*) FROM users").await
}

/// Opening entries and reductions of every ledger.
pub async fn openings(target: &Config) -> i64 {
    number(
        target,
        "SELECT count(*) FROM operations WHERE kind IN ('OPENING', 'OPENING_REDUCTION')",
    )
    .await
}

/// One number of the engine's database.
pub async fn number(target: &Config, select: &str) -> i64 {
    let engine = postgres::connect(target).await;
    engine.query_one(select, &[]).await.unwrap().get(0)
}

/// One text of each row of the engine's database.
pub async fn texts(target: &Config, select: &str) -> Vec<String> {
    rows(&postgres::connect(target).await, select).await
}

async fn rows(client: &Client, select: &str) -> Vec<String> {
    let rows = client.query(select, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
