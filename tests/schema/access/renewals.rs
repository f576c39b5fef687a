//! A password hash that is replaced by another one of the same password, and the decoys of sign-ins.

use std::collections::BTreeMap;

use wallet_engine::auth::Directory;
use wallet_engine::domain::UserId;

use super::{HOUR, Stored};

impl Stored {
    async fn renew(&self, user: UserId, compared: &str, hash: &str) -> bool {
        let renewed = self.database.password_renew(user, compared, hash).await;
        renewed.unwrap()
    }

    async fn set(&self, user: UserId, checked: &str, hash: &str) -> bool {
        let set = self.database.password_set(user, checked, hash).await;
        set.unwrap()
    }

    async fn decoy(&self, name: &str) -> Option<String> {
        let named = self.database.user(name).await.unwrap();
        assert!(named.user.is_none(), "{name} exists");
        named.decoy
    }
}

#[actix_web::test]
async fn tokens_outlive_renewals_and_end_with_the_password() {
    let stored = Stored::new().await;
    let alice = stored.user("alice", "set").await;
    let first = stored.token(alice, "set", HOUR).await.1;
    assert!(!stored.renew(alice, "other", "renewed").await);
    assert!(!stored.renew(UserId(alice.0 + 1), "set", "renewed").await);
    assert!(stored.renew(alice, "set", "renewed").await);
    assert!(
        !stored.renew(alice, "set", "late").await,
        "another was first"
    );
    assert!(stored.is_valid(first).await);
    assert_eq!(stored.count("access_changes").await, 0);
    assert_eq!(stored.count("user_changes").await, 0);

    // Who was compared with the earlier one is as good.
    let (late_begun, late) = stored.token(alice, "set", HOUR).await;
    let (begun, own) = stored.token(alice, "renewed", HOUR).await;
    assert!(late_begun && begun && !stored.token(alice, "other", HOUR).await.0);
    assert!(stored.renew(alice, "renewed", "again").await);
    for token in [first, late, own] {
        assert!(stored.is_valid(token).await);
    }

    // By hand, without a thought of renewals.
    let by_hand = "UPDATE users SET password_hash = 'by hand'";
    stored.client.batch_execute(by_hand).await.unwrap();
    for token in [first, late, own] {
        assert!(!stored.is_valid(token).await);
    }
    for checked in ["set", "renewed", "again"] {
        assert!(!stored.token(alice, checked, HOUR).await.0, "{checked}");
        assert!(!stored.set(alice, checked, "new").await, "{checked}");
    }
    let (begun, token) = stored.token(alice, "by hand", HOUR).await;
    assert!(begun && stored.renew(alice, "by hand", "renewed").await);
    assert!(stored.is_valid(token).await);
    assert!(
        stored.set(alice, "by hand", "new").await,
        "it was renewed meanwhile"
    );
    assert!(!stored.is_valid(token).await);
}

#[actix_web::test]
async fn a_name_without_a_user_has_one_decoy_and_never_an_unusable_one() {
    let stored = Stored::new().await;
    assert_eq!(stored.decoy("nobody").await, None, "there are no users");
    let fill = |from: i64, to: i64| {
        format!(
            "INSERT INTO users (username, email, password_hash, wallet_id)
             SELECT 'u' || n, 'u' || n, CASE n % 3 WHEN 0 THEN '!x' WHEN 1 THEN '' ELSE 'hash ' || n END, gen_random_uuid()
             FROM generate_series({from}, {to}) n"
        )
    };
    // 600 of at most 1 023 that the same bits draw.
    stored.client.batch_execute(&fill(1, 600)).await.unwrap();
    let names: Vec<_> = (0..100).map(|n| format!("nobody {n}")).collect();
    let mut first = BTreeMap::new();
    for name in &names {
        let decoy = stored.decoy(name).await.unwrap();
        assert!(decoy.starts_with("hash "), "{decoy}");
        first.insert(name, decoy);
    }
    let mut different: Vec<_> = first.values().collect();
    different.sort_unstable();
    different.dedup();
    assert!(different.len() > 50, "{}", different.len());

    stored.client.batch_execute(&fill(601, 610)).await.unwrap();
    let mut changed = 0;
    for (name, decoy) in &first {
        changed += usize::from(stored.decoy(name).await.as_ref() != Some(decoy));
    }
    assert!(changed < 10, "{changed} of 100 by ten new users");
    // A user has one too, as theirs may be unusable.
    let named = stored.database.user("u3").await.unwrap();
    assert!(named.user.is_some() && named.decoy.is_some());

    let unusable = "UPDATE users SET password_hash = '!'";
    stored.client.batch_execute(unusable).await.unwrap();
    assert_eq!(stored.decoy("nobody").await, None);
}
