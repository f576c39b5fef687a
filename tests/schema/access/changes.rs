//! What engines are told.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::{AsyncMessage, Client, Config, NoTls};
use wallet_engine::auth::Directory;
use wallet_engine::domain::Role;
use wallet_engine::domain::registration::Email;
use wallet_engine::storage::admin::{UserEdit, UserEdited, UserSeen};

use super::{HOUR, PATIENCE, Stored, number};

const ALICE: &str = "alice@example.com";

/// Counts the notifications of a session that listens, as each engine has one.
async fn listen(config: &Config) -> (Client, Arc<AtomicUsize>) {
    let (client, mut connection) = config.connect(NoTls).await.unwrap();
    let heard = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let listen = include_str!("../../../sql/queries/access_listen.sql");
    client.batch_execute(listen).await.unwrap();
    (client, heard)
}

/// A change by every statement that makes one; whether it was one, and whom it concerns.
#[actix_web::test]
async fn every_change_of_what_one_may_do_is_recorded_once_and_notified() {
    let stored = Stored::new().await;
    let (staff, alice) = (
        stored.user("olga", "").await,
        stored.user("alice", "0").await,
    );
    let (_session, heard) = listen(&stored.config).await;
    let database = &stored.database;
    let key = number(stored.make("shop", None).await.0);
    let edit = async |seen, is_active| {
        let seen = UserSeen {
            email: ALICE.to_owned(),
            is_active: seen,
            role: Some(Role::Viewer),
        };
        let edit = UserEdit {
            password_hash: None,
            email: Email::new(ALICE).unwrap(),
            is_active,
            role: Some(Role::Viewer),
        };
        let edited = database.user_edit(staff, alice, &seen, &edit, None).await;
        edited.unwrap() == UserEdited::Done
    };
    let (of_key, of_alice) = ((Some(key), None), (None, Some(alice.0)));
    let (mut recorded, mut expected) = (0, 0);
    for step in 0..10 {
        // With a token and a session, which the change may end.
        let hash = "SELECT password_hash FROM users WHERE username = 'alice'";
        let row = stored.client.query_one(hash, &[]).await.unwrap();
        let hash: String = row.get(0);
        let (_, token) = stored.token(alice, &hash, HOUR).await;
        let (changed, subject) = match step {
            // Twice.
            0 | 1 => (database.key_revoke(key, None).await.unwrap(), of_key),
            2 => {
                let promoted = database
                    .promote("alice", Some("1"), Role::Viewer)
                    .await
                    .unwrap();
                (promoted == Some(alice), of_alice)
            }
            3 => {
                let promoted = database
                    .promote("nobody", Some("1"), Role::Viewer)
                    .await
                    .unwrap();
                (promoted.is_some(), of_alice)
            }
            4 => {
                let set = database
                    .user_password_set(staff, alice, "2", true, true, None)
                    .await;
                (set.unwrap(), of_alice)
            }
            5 => {
                let set = database.password_set(alice, &hash, "3").await;
                (set.unwrap(), of_alice)
            }
            6 => {
                let set = database.password_set(alice, "another", "4").await;
                (set.unwrap(), of_alice)
            }
            7 => {
                database.token_end(token).await.unwrap();
                (true, of_alice)
            }
            8 => (edit(false, true).await, of_alice),
            _ => (edit(true, false).await, of_alice),
        };
        assert_eq!(changed, ![1, 3, 6, 8].contains(&step), "{step}");
        let ends_tokens = changed && step != 0;
        assert_eq!(stored.is_valid(token).await, !ends_tokens, "{step}");
        expected += usize::from(changed);
        let rows = "SELECT key_id, user_id FROM access_changes ORDER BY id DESC";
        let rows = stored.client.query(rows, &[]).await.unwrap();
        assert_eq!(rows.len(), expected, "{step}");
        if changed {
            recorded += 1;
            assert_eq!((rows[0].get(0), rows[0].get(1)), subject, "{step}");
        }
        let begun = Instant::now();
        while heard.load(Ordering::Relaxed) < recorded {
            assert!(begun.elapsed() < PATIENCE, "{step}: not notified");
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(
        stored.count("user_tokens").await,
        0,
        "an inactive user has none"
    );
    let by_themselves = "user_changes WHERE user_id = staff_id AND field = 'password'";
    assert_eq!(stored.count(by_themselves).await, 1);
}

#[actix_web::test]
async fn changes_that_every_engine_has_learnt_are_forgotten() {
    let stored = Stored::new().await;
    let alice = stored.user("alice", "a").await;
    let old = "INSERT INTO access_changes (user_id, changed_at) VALUES
               (1001, now() - interval '11 minutes'), (1002, now() - interval '9 minutes')";
    for forget in 0..2 {
        stored.client.batch_execute(old).await.unwrap();
        if forget == 0 {
            let key = number(stored.make("shop", None).await.0);
            stored.database.key_revoke(key, None).await.unwrap();
        } else {
            let (_, token) = stored.token(alice, "a", HOUR).await;
            stored.database.token_end(token).await.unwrap();
        }
        assert_eq!(stored.count("access_changes WHERE user_id = 1001").await, 0);
    }
    assert_eq!(stored.count("access_changes").await, 4);
    let mut changes = stored.database.listen().await.unwrap();
    let window = Duration::from_secs(60);
    let changes = changes.next(Duration::ZERO, window).await.unwrap();
    assert_eq!(changes.len(), 2);
}
