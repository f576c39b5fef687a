//! Engines that end, and a database that is away.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use testkit::postgres;
use uuid::Uuid;

use crate::hook::{Hook, id_of};
use crate::process::Process;
use crate::receiver::{Receiver, Reply, Seen, first_of};

#[actix_web::test]
async fn another_engine_takes_over_within_ten_seconds_of_a_kill_and_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let receiver = Receiver::start_with(|_| Reply::Late(Duration::from_millis(5))).await;
    let mut leading = Process::start(data.path(), &[]);
    let hook = Hook::make(&postgres.connection(), &receiver.url()).await;
    let wallets = [
        leading.register("alice").await,
        leading.register("bob").await,
    ];
    leading.deposit(&wallets[0]).await;
    receiver.wait(1).await;
    let other = Process::start(data.path(), &[]);
    let engine: Option<Uuid> = hook.row().await.get("leased_by");
    assert!(engine.is_some());

    for _ in 0..20 {
        for wallet in &wallets {
            other.deposit(wallet).await;
        }
    }
    leading.signal(Signal::SIGKILL);
    leading.end();
    let (killed, before) = (Instant::now(), receiver.seen().len());
    for _ in 0..20 {
        for wallet in &wallets {
            other.deposit(wallet).await;
        }
    }
    receiver.wait(before + 1).await;
    assert!(
        killed.elapsed() < Duration::from_secs(10),
        "it took {:?}",
        killed.elapsed()
    );
    let all = |seen: &[_]| {
        let counts = [0, 1].map(|index| first_of(seen, id_of(&wallets[index])).len());
        counts == [41, 40]
    };
    let seen = receiver.wait_for("all of both wallets", all).await;
    for (wallet, last) in wallets.iter().zip([41, 40]) {
        let expected: Vec<_> = (1..=last).collect();
        assert_eq!(first_of(&seen, id_of(wallet)), expected);
    }
    let now: Option<Uuid> = hook.row().await.get("leased_by");
    assert!(now.is_some() && now != engine);
    drop(other);
    postgres.stop().await.unwrap();
}

#[actix_web::test]
async fn an_engine_that_is_stopped_gives_its_lease_back_and_sends_nothing_twice() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let receiver = Receiver::start().await;
    let mut leading = Process::start(data.path(), &[]);
    let hook = Hook::make(&postgres.connection(), &receiver.url()).await;
    let wallet = leading.register("alice").await;
    for _ in 0..10 {
        leading.deposit(&wallet).await;
    }
    receiver.wait(10).await;
    leading.signal(Signal::SIGTERM);
    leading.end();
    let row = hook.row().await;
    assert_eq!(row.get::<_, Option<Uuid>>("leased_by"), None);

    let other = Process::start(data.path(), &[]);
    other.deposit(&wallet).await;
    let seen = receiver.wait(11).await;
    let seqs: Vec<_> = seen.iter().map(Seen::seq).collect();
    assert_eq!(seqs, (1..=11).collect::<Vec<_>>());
    drop(other);
    postgres.stop().await.unwrap();
}

#[actix_web::test]
async fn deliveries_go_on_after_the_database_was_away() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let receiver = Receiver::start().await;
    let engine = Process::start(data.path(), &[]);
    Hook::make(&postgres.connection(), &receiver.url()).await;
    let wallet = engine.register("alice").await;
    engine.deposit(&wallet).await;
    receiver.wait(1).await;

    postgres.stop().await.unwrap();
    let postgres = postgres::private(data.path()).await;
    let body = r#"{"operationType": "DEPOSIT", "amount": "1.00"}"#;
    let url = format!("{}{wallet}operation/", engine.url);
    let http = reqwest::Client::new();
    let begun = Instant::now();
    // It may still find the sessions of before.
    loop {
        let sent = http
            .post(&url)
            .header("content-type", "application/json")
            .body(body);
        if sent.send().await.unwrap().status() == 200 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
    let what = "an operation of after the restart";
    let after = |seen: &[_]| first_of(seen, id_of(&wallet)).len() > 1;
    let seen = receiver.wait_for(what, after).await;
    assert_eq!(first_of(&seen, id_of(&wallet))[..2], [1, 2]);
    drop(engine);
    postgres.stop().await.unwrap();
}

#[actix_web::test]
async fn another_engine_s_lease_holds_until_its_time_by_the_database_s_clock() {
    const LEASE: Duration = Duration::from_secs(5);
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let receiver = Receiver::start().await;
    let mut engine = Process::start(data.path(), &[]);
    let wallet = engine.register("alice").await;
    engine.deposit(&wallet).await;
    engine.signal(Signal::SIGTERM);
    engine.end();
    let hook = Hook::make(&postgres.connection(), &receiver.url()).await;
    let leased = Instant::now();
    hook.set("leased_by = gen_random_uuid(), leased_until = clock_timestamp() + interval '5 s'")
        .await;

    let engine = Process::start(data.path(), &[]);
    let seen = receiver.wait(1).await;
    assert!(seen[0].at - leased >= LEASE);
    drop(engine);
    postgres.stop().await.unwrap();
}
