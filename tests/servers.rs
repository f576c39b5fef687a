//! The servers that other tests are run on do what those tests take for granted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

use std::time::Duration;
use testkit::servers::{Rewound, Server, Servers};
use tokio::time::timeout;

/// Long enough for a commit that waits for nothing.
const A_WHILE: Duration = Duration::from_millis(500);

async fn note(server: &Server, text: &str) {
    let insert = format!("INSERT INTO notes VALUES ('{text}')");
    server.execute(&[&insert]).await;
}

async fn notes(server: &Server) -> String {
    let all = "SELECT coalesce(string_agg(note, ' '), '') FROM notes";
    let client = server.connect().await;
    client.query_one(all, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_standby_follows_takes_over_and_is_followed_by_the_rewound_old_primary() {
    let servers = Servers::new();
    let mut old = servers.primary("one").await;
    old.execute(&["CREATE TABLE notes (note text)"]).await;
    let mut new = servers.standby("two", &old).await;
    assert!(new.is_in_recovery().await);
    note(&old, "replicated").await;
    new.catch_up(&old).await;
    assert_eq!(notes(&new).await, "replicated");

    // A commit that waits for a standby waits for as long as it is frozen.
    old.wait_for_standby(Some(&new)).await;
    new.freeze();
    assert!(timeout(A_WHILE, note(&old, "waits")).await.is_err());
    new.thaw();
    old.wait_for_standby(None).await;

    // Paused, it receives what it does not show; away, it does not even receive.
    new.pause_replay().await;
    note(&old, "paused").await;
    new.resume_replay().await;
    new.catch_up(&old).await;
    new.stop().await;
    note(&old, "lost").await;
    old.kill().await;
    new.start().await;
    new.promote().await;
    assert!(!new.is_in_recovery().await);
    note(&new, "after").await;
    assert_eq!(notes(&new).await, "replicated waits paused after");

    assert_eq!(old.rewind(&new).await, Rewound::Done);
    old.follow(new.address());
    old.start().await;
    new.wait_for_standby(Some(&old)).await;
    note(&new, "both").await;
    old.catch_up(&new).await;
    assert_eq!(notes(&old).await, "replicated waits paused after both");

    // The same by a fresh copy, after a switchover in order.
    new.stop().await;
    old.promote().await;
    old.wait_for_standby(None).await;
    new.copy(&old).await;
    new.follow(old.address());
    new.start().await;
    new.catch_up(&old).await;
    assert_eq!(notes(&new).await, notes(&old).await);

    let directory = servers.directory().to_owned();
    new.freeze();
    drop(servers);
    assert!(!directory.exists(), "something is left");
}
