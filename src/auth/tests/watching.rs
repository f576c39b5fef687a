//! What a session says is learnt, and what it may have missed is not believed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::access::Access;
use super::super::identity::Subject;
use super::fake::{Fake, access, away, find};

const KEY: Subject = Subject::Key(7);
const OTHER: Subject = Subject::Key(8);

/// Two keys are known that the directory has no more, and the session has begun.
async fn known(directory: &Arc<Fake>, access: &Access) {
    for (number, subject) in [(1, KEY), (2, OTHER)] {
        directory.add(number, subject);
        find(access, number).await;
        directory.remove(number);
    }
}

async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        sleep(Duration::from_millis(1)).await;
    }
}

async fn until_refused(access: &Access, number: u8) {
    until("it is refused", async || {
        find(access, number).await.is_none()
    })
    .await;
}

#[tokio::test]
async fn a_change_is_learnt_once_and_concerns_its_subject_alone() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    let tell = directory.session();
    let watch = tokio::spawn(access.clone().watch());
    tell.send(Ok(Vec::new())).unwrap();
    until("it is taken", async || {
        tell.is_closed() || access.0.learnt.changes() == 1
    })
    .await;
    known(&directory, &access).await;

    tell.send(Ok(vec![(1, KEY)])).unwrap();
    until_refused(&access, 1).await;
    assert_eq!(find(&access, 2).await, Some(OTHER));

    // The answers of the next minute have it as well.
    let asked = directory.asked();
    let changes = access.0.learnt.changes();
    for _ in 0..3 {
        tell.send(Ok(vec![(1, KEY)])).unwrap();
    }
    tell.send(Ok(vec![(2, OTHER), (1, KEY)])).unwrap();
    until_refused(&access, 2).await;
    assert_eq!(access.0.learnt.changes(), changes + 1);
    assert!(directory.asked() > asked);
    watch.abort();
}

#[tokio::test]
async fn a_new_session_has_everything_asked_for_again() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    let tell = directory.session();
    let watch = tokio::spawn(access.clone().watch());
    tell.send(Ok(Vec::new())).unwrap();
    until("it is taken", async || access.0.learnt.changes() == 1).await;
    known(&directory, &access).await;

    tell.send(Err(away())).unwrap();
    until("the session has ended", async || tell.is_closed()).await;
    assert_eq!(find(&access, 1).await, Some(KEY), "an outage so far");
    let tell = directory.session();
    tell.send(Ok(Vec::new())).unwrap();
    until_refused(&access, 1).await;
    until_refused(&access, 2).await;
    watch.abort();
}

/// An answer goes back a minute, so whatever was changed before may be missing.
#[tokio::test]
async fn after_a_gap_everything_is_asked_for_again() {
    let directory = Fake::new();
    let (access, clock) = access(&directory, 600);
    let tell = directory.session();
    let watch = tokio::spawn(access.clone().watch());
    tell.send(Ok(Vec::new())).unwrap();
    until("it is taken", async || access.0.learnt.changes() == 1).await;
    known(&directory, &access).await;

    clock.pass(31);
    assert_eq!(find(&access, 1).await, Some(KEY));
    tell.send(Ok(Vec::new())).unwrap();
    until_refused(&access, 1).await;
    until_refused(&access, 2).await;
    watch.abort();
}

#[tokio::test]
async fn the_use_of_keys_is_recorded_once_for_as_long_as_it_lasts() {
    let directory = Fake::new();
    let (access, _) = access(&directory, 60);
    directory.add(1, KEY);
    directory.add(2, OTHER);
    let tick = Duration::from_millis(1);
    let access_too = access.clone();
    let recording = tokio::spawn(async move { access_too.record_uses(tick).await });
    let used = || directory.used.lock().unwrap().clone();
    for _ in 0..3 {
        find(&access, 1).await;
    }
    until("it is recorded", async || used() == [7]).await;
    find(&access, 2).await;
    until("another is", async || used() == [7, 8]).await;
    find(&access, 1).await;
    until("it is again", async || used() == [7, 8, 7]).await;
    recording.abort();
}
