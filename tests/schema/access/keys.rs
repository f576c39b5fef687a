//! Keys.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use uuid::Uuid;
use wallet_engine::auth::{Directory, Reach, Scope, Scopes, Secret};
use wallet_engine::domain::staff_journal::{Action, Actor, StaffAction};
use wallet_engine::domain::{UserId, WalletId};
use wallet_engine::storage::{KeyMade, KeyName, NewKey};

use super::{HOUR, PATIENCE, READ, Stored, number};

#[actix_web::test]
async fn two_keys_of_a_name_are_live_however_many_are_made_at_once() {
    let stored = Stored::new().await;
    let made = join_all((0..8).map(|_| stored.make("shop", None))).await;
    let made = made.iter().filter(|(made, _)| *made != KeyMade::TwoLive);
    assert_eq!(made.count(), 2);
    let [newest, oldest] = stored.live("shop").await[..] else {
        panic!("not two");
    };
    for id in [oldest, newest] {
        assert!(stored.database.key_revoke(id, None).await.unwrap());
        let made = join_all((0..8).map(|_| stored.make("shop", None))).await;
        let made = made.iter().filter(|(made, _)| *made != KeyMade::TwoLive);
        assert_eq!(made.count(), 1);
        assert_eq!(stored.live("shop").await.len(), 2);
    }
    number(stored.make("Shop", None).await.0);
}

#[actix_web::test]
async fn a_key_that_has_expired_makes_room_and_is_known_as_expired() {
    let stored = Stored::new().await;
    let moment = Some(Duration::from_millis(1));
    let (_, expired) = stored.make("shop", moment).await;
    let begun = Instant::now();
    while stored.keys().await[0].is_live {
        assert!(begun.elapsed() < PATIENCE);
    }
    assert!(stored.database.key(expired).await.unwrap().is_none());
    assert_eq!(stored.live("shop").await, [0; 0]);
    let (second, third) = (
        stored.make("shop", None).await.0,
        stored.make("shop", None).await.0,
    );
    assert_eq!(stored.live("shop").await, [number(third), number(second)]);
    let keys = stored.keys().await;
    let first = keys.last().unwrap();
    assert_eq!(first.revoked_at, first.expires_at);
    assert!(!first.is_live);
}

#[actix_web::test]
async fn a_form_that_is_sent_again_makes_no_other_key() {
    let stored = Stored::new().await;
    let staff = stored.user("olga", "").await;
    let name = KeyName::parse("shop").unwrap();
    let form = Some(Uuid::new_v4());
    let entry = of(staff, Action::KeyMade);
    let send = async || {
        let key = NewKey {
            name: &name,
            digest: Secret::new_key().unwrap().digest(),
            scopes: READ,
            wallets: None,
            lasts: Some(HOUR),
            form,
            entry: Some(&entry),
        };
        stored.database.key_create(&key).await.unwrap()
    };
    let at_once = join_all((0..4).map(|_| send())).await;
    let made = at_once.iter().filter(|made| **made != KeyMade::FormSent);
    assert_eq!(made.count(), 1);
    assert_eq!(send().await, KeyMade::FormSent);
    // Also where no other could be made.
    number(stored.make("shop", None).await.0);
    assert_eq!(send().await, KeyMade::FormSent);
    assert_eq!(stored.make("shop", None).await.0, KeyMade::TwoLive);
    let keys = stored.keys().await;
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[1].created_by.as_deref(), Some("olga"));
    assert_eq!(keys[0].created_by, None);
}

#[actix_web::test]
async fn a_key_is_found_as_it_was_made_until_it_is_revoked_once() {
    let stored = Stored::new().await;
    let staff = stored.user("olga", "").await;
    let wallets = "INSERT INTO wallets (id, user_id, balance, version)
                   SELECT wallet_id, id, 0, 0 FROM users RETURNING id";
    let row = stored.client.query_one(wallets, &[]).await.unwrap();
    let wallet = WalletId(row.get(0));
    let absent = WalletId(Uuid::new_v4());
    let missing = stored.database.wallets_missing(&[wallet, absent]).await;
    assert_eq!(missing.unwrap(), [absent]);

    let digest = Secret::new_key().unwrap().digest();
    let key = NewKey {
        name: &KeyName::parse("shop").unwrap(),
        digest,
        scopes: Scopes::of(&[Scope::HoldsWrite, Scope::WalletsRead]),
        wallets: Some(&[wallet]),
        lasts: Some(HOUR),
        form: None,
        entry: None,
    };
    let id = number(stored.database.key_create(&key).await.unwrap());
    // As of a later version, which knows more.
    let later = "UPDATE api_keys SET scopes = array_append(scopes, 'moons:write')";
    stored.client.batch_execute(later).await.unwrap();
    let found = stored.database.key(digest).await.unwrap().unwrap();
    assert_eq!(found.principal.as_str(), "key:shop");
    assert_eq!(found.scopes, key.scopes);
    assert_eq!(found.reach, Reach::of(vec![wallet]));
    assert!(found.expires_at.is_some());

    assert_eq!(stored.keys().await[0].last_used_at, None);
    Directory::used(&stored.database, &[id, id + 1])
        .await
        .unwrap();
    assert!(stored.keys().await[0].last_used_at.is_some());

    let entry = of(staff, Action::KeyRevoked);
    assert!(stored.database.key_revoke(id, Some(&entry)).await.unwrap());
    assert!(!stored.database.key_revoke(id, None).await.unwrap());
    assert!(!stored.database.key_revoke(id + 1, None).await.unwrap());
    assert!(stored.database.key(digest).await.unwrap().is_none());
    let revoked = &stored.keys().await[0];
    assert_eq!(revoked.revoked_by.as_deref(), Some("olga"));
    assert!(!revoked.is_live);
}

fn of(staff: UserId, action: Action) -> StaffAction {
    let actor = Actor {
        staff: Some(staff),
        ..Actor::COMMAND_LINE
    };
    actor.did(action)
}
