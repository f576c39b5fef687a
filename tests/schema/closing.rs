//! What is left of a database that is closed.

use std::time::Duration;

use crate::old_databases::storage;
use crate::postgres;

/// A private server that stops next would break a connection that is still there, and a command would warn of it.
#[actix_web::test]
async fn a_close_returns_when_the_connections_in_use_have_ended() {
    let config = postgres::database().await;
    let database = storage(&config, Duration::from_secs(60));
    database.migrate().await.unwrap();
    let other = postgres::connect(&config).await;
    other
        .batch_execute("BEGIN; LOCK TABLE wallets")
        .await
        .unwrap();
    let audit = {
        let database = database.clone();
        actix_web::rt::spawn(async move { database.audit().await })
    };
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database =
        (SELECT oid FROM pg_database WHERE datname = current_database())";
    while other
        .query_one(waiting, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        == 0
    {
        tokio::task::yield_now().await;
    }
    let ((), unlocked) = tokio::join!(database.close(), other.batch_execute("ROLLBACK"));
    unlocked.unwrap();
    assert!(audit.is_finished());
    audit.await.unwrap().unwrap();
}
