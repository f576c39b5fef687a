//! Whose a credential is, asked for as seldom as may be, and never believed for too long.

use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use time::Duration;
use tokio::task::yield_now;

use super::super::access::Access;
use super::super::identity::Subject;
use super::fake::{Fake, NOW, access, credential, find};
use crate::domain::UserId;

const KEY: Subject = Subject::Key(7);

#[tokio::test]
async fn what_is_known_is_not_asked_for_again_and_what_is_not_is_asked_for_each_time() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    directory.add(1, KEY);
    for _ in 0..3 {
        assert_eq!(find(&access, 1).await, Some(KEY));
    }
    assert_eq!(directory.asked(), 1);
    for made_up in 2..100 {
        assert_eq!(find(&access, made_up).await, None);
        assert_eq!(find(&access, made_up).await, None);
    }
    assert_eq!(directory.asked(), 1 + 2 * 98);
    assert_eq!(access.remembered_count(), 1, "they take no place");
    directory.add(2, Subject::Key(8));
    assert_eq!(find(&access, 2).await, Some(Subject::Key(8)));
}

#[tokio::test]
async fn what_is_remembered_has_a_limit_in_memory() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    for number in 0..=255 {
        directory.add(number, KEY);
        find(&access, number).await;
    }
    assert_eq!(access.remembered_count(), 256);
    let (memory, max) = access.memory();
    assert_eq!(memory, 256 * (256 + 16), "each with one wallet");
    assert!(max <= 64 * 1024 * 1024, "{max}");
}

#[tokio::test]
async fn many_that_ask_for_one_credential_at_once_ask_few_times() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    directory.add(1, KEY);
    let found = join_all((0..1_000).map(|_| find(&access, 1))).await;
    assert_eq!(found, vec![Some(KEY); 1_000]);
    assert!(directory.asked() <= 4, "{}", directory.asked());
}

#[tokio::test]
async fn what_was_known_does_not_wait_behind_what_was_not() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    directory.add(1, KEY);
    find(&access, 1).await;
    access.forget(&[KEY]);
    directory.answers.forget_permits(usize::MAX >> 3);
    let made_up: Vec<_> = (10..30).map(|number| spawn_find(&access, number)).collect();
    until(|| directory.asked() == 1 + 4).await;
    let known = spawn_find(&access, 1);
    until(|| directory.asked() == 1 + 4 + 1).await;
    directory.answers.add_permits(100);
    assert_eq!(known.await.unwrap(), Some(KEY));
    for made_up in made_up {
        assert_eq!(made_up.await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_change_is_of_its_key_or_of_all_tokens_of_its_owner() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    let owner = Subject::Owner(UserId(7));
    let other = Subject::Owner(UserId(8));
    for (number, subject) in [(1, KEY), (2, owner), (3, owner), (4, other)] {
        directory.add(number, subject);
        assert_eq!(find(&access, number).await, Some(subject));
    }
    for number in 1..=4 {
        directory.remove(number);
    }
    access.forget(&[owner]);
    assert_eq!(find(&access, 1).await, Some(KEY));
    assert_eq!(find(&access, 2).await, None);
    assert_eq!(find(&access, 3).await, None);
    assert_eq!(find(&access, 4).await, Some(other));
    access.forget(&[KEY]);
    assert_eq!(find(&access, 1).await, None);
    assert_eq!(access.remembered_count(), 1);
}

/// The question was sent before the key was revoked, and its answer comes after that was learnt.
#[tokio::test]
async fn an_answer_that_is_older_than_a_change_is_not_believed_afterwards() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    directory.add(1, KEY);
    directory.answers.forget_permits(usize::MAX >> 3);
    let late = spawn_find(&access, 1);
    until(|| directory.asked() == 1).await;
    directory.remove(1);
    access.forget(&[KEY]);
    directory.answers.add_permits(100);
    assert_eq!(late.await.unwrap(), Some(KEY), "it was sent before");
    assert_eq!(find(&access, 1).await, None);
}

#[tokio::test]
async fn a_key_expires_by_the_given_clock_and_is_asked_for_then() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    let expires_at = NOW + Duration::SECOND;
    directory.add_until(1, KEY, Some(expires_at));
    find(&access, 1).await;
    let just_before = expires_at - Duration::NANOSECOND;
    assert!(access.known(&credential(1), just_before).is_some());
    assert!(access.known(&credential(1), expires_at).is_none());
    directory.remove(1);
    let found = access.find(&credential(1), expires_at).await.unwrap();
    assert!(found.is_none());
}

#[tokio::test]
async fn what_is_old_is_asked_for_again_though_no_change_was_learnt() {
    let directory = Fake::new();
    let (access, clock) = access(&directory, 60);
    directory.add(1, KEY);
    find(&access, 1).await;
    directory.remove(1);
    hear_for(&access, &clock, 299);
    assert_eq!(find(&access, 1).await, Some(KEY));
    hear_for(&access, &clock, 1);
    assert_eq!(find(&access, 1).await, None);
}

#[tokio::test]
async fn in_an_outage_what_is_known_goes_on_for_the_settings_time_and_nothing_else_is_found() {
    let directory = Fake::new();
    let (access, clock) = access(&directory, 1_000);
    directory.add(1, KEY);
    find(&access, 1).await;
    directory.is_away.store(true, Ordering::SeqCst);
    let asked = directory.asked();
    for _ in 0..10 {
        clock.pass(100);
        assert_eq!(find(&access, 1).await, Some(KEY));
    }
    assert_eq!(directory.asked(), asked, "there is nobody to ask");
    assert!(access.find(&credential(2), NOW).await.is_err());
    clock.pass(1);
    assert!(access.find(&credential(1), NOW).await.is_err());
    // It is back: what is found is right, and believed as soon as changes are learnt.
    directory.is_away.store(false, Ordering::SeqCst);
    assert_eq!(find(&access, 1).await, Some(KEY));
    let asked = directory.asked();
    hear_for(&access, &clock, 1);
    find(&access, 1).await;
    assert_eq!(find(&access, 1).await, Some(KEY));
    assert_eq!(directory.asked(), asked);
}

/// Changes are learnt, but nobody answers what asks for keys.
#[tokio::test]
async fn what_is_old_and_cannot_be_asked_for_goes_on_unless_it_is_revoked_meanwhile() {
    let directory = Fake::new();
    let (access, clock) = access(&directory, 60);
    directory.add(1, KEY);
    find(&access, 1).await;
    hear_for(&access, &clock, 301);
    directory.is_away.store(true, Ordering::SeqCst);
    assert_eq!(find(&access, 1).await, Some(KEY));
    // Not even with an error: it is not waited for for long.
    directory.answers.forget_permits(usize::MAX >> 3);
    assert_eq!(find(&access, 1).await, Some(KEY));
    let asked = directory.asked();
    let revoked = spawn_try_find(&access, 1);
    until(|| directory.asked() == asked + 1).await;
    access.forget(&[KEY]);
    directory.answers.add_permits(1);
    assert!(revoked.await.unwrap(), "it is an error");
}

/// Time passes, and no change.
fn hear_for(access: &Access, clock: &super::fake::Clock, seconds: u64) {
    clock.pass(seconds);
    access.0.learnt.heard(access.0.now());
}

fn spawn_find(access: &Access, number: u8) -> tokio::task::JoinHandle<Option<Subject>> {
    let access = access.clone();
    tokio::spawn(async move { find(&access, number).await })
}

fn spawn_try_find(access: &Access, number: u8) -> tokio::task::JoinHandle<bool> {
    let access = access.clone();
    tokio::spawn(async move { access.find(&credential(number), NOW).await.is_err() })
}

async fn until(condition: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if condition() {
            return;
        }
        yield_now().await;
    }
    panic!("in vain");
}
