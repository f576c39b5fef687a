//! What a role needs that does not own the tables.

use std::time::Duration;

use wallet_engine::auth::Directory;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;

use super::{HOUR, PATIENCE, READ, Stored, number};

#[actix_web::test]
async fn a_role_without_the_tables_works_with_what_the_upgrade_grants_it() {
    let mut stored = Stored::new().await;
    let role = format!("access_{}", stored.config.get_dbname().unwrap());
    let alice = stored.user("alice", "old").await;
    // Of the tables of before it has everything; of the new ones, what is documented.
    let grant = format!(
        "CREATE ROLE {role};
         GRANT pg_read_all_stats, pg_signal_backend TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
         REVOKE ALL ON api_keys, user_tokens, access_changes FROM {role};
         GRANT SELECT, INSERT, UPDATE ON api_keys TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON user_tokens TO {role};
         GRANT SELECT, INSERT, DELETE ON access_changes TO {role}"
    );
    stored.client.batch_execute(&grant).await.unwrap();
    stored.config.options(format!("-c role={role}"));
    let limits = DatabaseLimits::of(PATIENCE);
    stored.database = Database::new(&stored.config, 2, 1, &limits).unwrap();

    let (made, digest) = stored.make("shop", Some(HOUR)).await;
    let key = number(made);
    assert!(stored.database.key(digest).await.unwrap().is_some());
    Directory::used(&stored.database, &[key]).await.unwrap();
    assert_eq!(stored.keys().await.len(), 1);
    let mut changes = stored.database.listen().await.unwrap();
    assert!(stored.database.key_revoke(key, None).await.unwrap());
    let (begun, token) = stored.token(alice, "old", HOUR).await;
    assert!(begun && stored.database.token(token, READ).await.unwrap().is_some());
    stored.database.token_end(token).await.unwrap();
    assert!(
        stored
            .database
            .password_set(alice, "old", "new")
            .await
            .unwrap()
    );
    let window = Duration::from_secs(60);
    let changes = changes.next(Duration::ZERO, window).await.unwrap();
    assert_eq!(changes.len(), 3);
}
