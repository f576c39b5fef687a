//! Tokens of owners.

use wallet_engine::auth::Directory;
use wallet_engine::domain::UserId;

use super::{HOUR, READ, Stored};

#[actix_web::test]
async fn a_token_is_made_for_an_active_user_with_the_password_that_was_checked() {
    let stored = Stored::new().await;
    let alice = stored.user("alice", "old").await;
    assert!(!stored.token(alice, "other", HOUR).await.0);
    assert!(!stored.token(UserId(alice.0 + 1), "old", HOUR).await.0);
    let (begun, token) = stored.token(alice, "old", HOUR).await;
    assert!(begun && stored.is_valid(token).await);
    let owner = stored.database.token(token, READ).await.unwrap().unwrap();
    assert_eq!(owner.principal.as_str(), format!("user:{}", alice.0));

    // Also where nothing ends them, as by hand.
    let deactivate = "UPDATE users SET is_active = NOT is_active";
    stored.client.batch_execute(deactivate).await.unwrap();
    assert!(!stored.is_valid(token).await);
    assert!(!stored.token(alice, "old", HOUR).await.0);
    stored.client.batch_execute(deactivate).await.unwrap();
    assert!(stored.is_valid(token).await);
    let password = "UPDATE users SET password_hash = 'new'";
    stored.client.batch_execute(password).await.unwrap();
    assert!(!stored.is_valid(token).await);
    assert_eq!(stored.count("user_tokens").await, 1);
}

#[actix_web::test]
async fn a_user_has_twenty_tokens_and_expired_ones_are_deleted() {
    let stored = Stored::new().await;
    let (alice, bob) = (
        stored.user("alice", "a").await,
        stored.user("bob", "b").await,
    );
    let mut tokens = Vec::new();
    for _ in 0..21 {
        tokens.push(stored.token(alice, "a", HOUR).await.1);
    }
    assert_eq!(stored.count("user_tokens").await, 20);
    assert!(!stored.is_valid(tokens[0]).await);
    for token in &tokens[1..] {
        assert!(stored.is_valid(*token).await);
    }

    let expire = "
        UPDATE user_tokens SET expires_at = now()
        WHERE digest IN (SELECT digest FROM user_tokens ORDER BY created_at LIMIT 5);
        INSERT INTO users (username, email, password_hash, wallet_id)
        SELECT 'u' || n, 'u' || n, '', gen_random_uuid() FROM generate_series(1, 150) n;
        INSERT INTO user_tokens (digest, user_id, password, expires_at)
        SELECT sha256(username::bytea), id, sha256(''), now() - interval '1 day' FROM users WHERE password_hash = ''";
    stored.client.batch_execute(expire).await.unwrap();
    assert!(!stored.is_valid(tokens[1]).await);
    assert!(stored.token(bob, "b", HOUR).await.0);
    let expired = "user_tokens WHERE expires_at <= now()";
    assert_eq!(stored.count(expired).await, 55, "a hundred at a time");
    assert!(stored.token(bob, "b", HOUR).await.0);
    assert_eq!(stored.count(expired).await, 0);
    assert_eq!(stored.count("user_tokens").await, 15 + 2);
}
