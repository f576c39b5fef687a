//! What the engine counts where a client sees no difference.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use prometheus::{Registry, TextEncoder};
use wallet_engine::config::EngineConfig;
use wallet_engine::domain::linked::{LinkedSet, Step};

use super::journal::Fault;
use super::linked::transfer;
use super::{TestEngine, config, deposit, holds, until, withdraw};

/// The sample of that name and these labels, as they are written.
fn told(test: &TestEngine, name: &str) -> f64 {
    let registry = Registry::new();
    for collector in test.engine.metrics() {
        registry.register(collector).unwrap();
    }
    let written = TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    let sample = written.lines().find_map(|line| {
        let value = line.strip_prefix("wallet_engine_")?.strip_prefix(name)?;
        value.strip_prefix(' ')?.parse().ok()
    });
    sample.unwrap_or_else(|| panic!("{name} is not in\n{written}"))
}

#[actix_web::test]
async fn an_unknown_outcome_is_counted_with_what_it_turned_out_to_be() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.journal.fail_next([Fault::LostAfter]);
    assert_eq!(test.deposit(wallet, 1).await, Ok(1));
    test.journal.fail_next([Fault::LostBefore]);
    assert_eq!(test.deposit(wallet, 1).await, Ok(2));

    for (name, times) in [
        ("commits_total{outcome=\"unknown\"}", 2.0),
        ("commits_total{outcome=\"committed\"}", 1.0),
        ("settled_total{found=\"committed\"}", 1.0),
        ("settled_total{found=\"nothing\"}", 1.0),
        ("operations_total{outcome=\"committed\"}", 2.0),
    ] {
        assert_eq!(told(&test, name).to_bits(), f64::to_bits(times), "{name}");
    }
}

#[actix_web::test]
async fn linked_sets_are_counted_by_outcome_and_their_steps_as_operations() {
    let test = TestEngine::start();
    let (a, b) = (test.store.wallet_with(100), test.store.wallet_with(0));
    let pay = async |steps: Vec<Step>| {
        let set = LinkedSet::new(steps).unwrap();
        test.engine.apply_linked(set).await
    };
    pay(vec![transfer(a, b, 60)]).await.unwrap();
    pay(vec![transfer(b, a, 10), transfer(b, a, 10)])
        .await
        .unwrap();
    pay(vec![transfer(a, b, 1), transfer(a, b, 500)])
        .await
        .unwrap_err();
    test.journal.fail_next([Fault::NotSent]);
    pay(vec![transfer(a, b, 1)]).await.unwrap_err();

    for (name, times) in [
        ("linked_sets_total{outcome=\"committed\"}", 2.0),
        ("linked_sets_total{outcome=\"refused\"}", 1.0),
        ("linked_sets_total{outcome=\"failed\"}", 1.0),
        ("linked_wait_seconds_count", 4.0),
        ("operations_total{outcome=\"committed\"}", 3.0),
        ("operations_total{outcome=\"insufficient_funds\"}", 1.0),
        ("operations_total{outcome=\"not_done\"}", 1.0),
    ] {
        assert_eq!(told(&test, name).to_bits(), f64::to_bits(times), "{name}");
    }
}

#[actix_web::test]
async fn a_group_a_full_queue_and_a_retired_actor_are_counted() {
    let mut config = config();
    config.queue_max = 10;
    config.idle = Duration::from_millis(20);
    let test = TestEngine::with(&config);
    let wallet = test.store.wallet_with(0);
    test.journal.hold_commits();
    let engine = test.engine.clone();
    let first = actix_web::rt::spawn(async move { engine.apply(wallet, deposit(1)).await });
    let mut waiting = join_all((0..9).map(|_| test.deposit(wallet, 1))).boxed_local();
    until("the first is being written", || test.journal.commits() == 1).await;
    assert!(poll!(&mut waiting).is_pending());
    assert!(test.deposit(wallet, 1).await.is_err());
    test.journal.let_commits(10);
    first.await.unwrap().unwrap();
    assert!(waiting.await.iter().all(Result::is_ok));

    until("the actor is retired", || test.engine.active_wallets() == 0).await;
    for (name, times) in [
        ("operations_total{outcome=\"wallet_full\"}", 1.0),
        ("operations_total{outcome=\"committed\"}", 10.0),
        ("commit_operations_sum", 10.0),
        ("commit_operations_count", 2.0),
        ("commit_operations_bucket{le=\"1\"}", 1.0),
        ("actors_spawned_total", 1.0),
        ("actors_retired_total", 1.0),
    ] {
        assert_eq!(told(&test, name).to_bits(), f64::to_bits(times), "{name}");
    }
}

#[actix_web::test]
async fn expired_holds_are_counted_once_and_each_refusal_by_its_reason() {
    let test = TestEngine::with(&EngineConfig {
        holds_max: 2,
        ..config()
    });
    let wallet = test.store.wallet_with(100);
    let ask = async |request| holds::apply(&test.engine, wallet, request).await;
    ask(holds::hold(10)).await.unwrap();
    ask(holds::hold(10)).await.unwrap();
    for request in [
        holds::hold(10),
        holds::void(7),
        holds::capture(1, Some(11)),
        withdraw(81).into(),
    ] {
        ask(request).await.unwrap_err();
    }
    test.journal.fail_next([Fault::LostAfter]);
    test.store.pass(time::Duration::DAY);
    let is_released = || test.store.wallet(wallet).terms.is_none();
    until("the releases", is_released).await;
    // The next sweep is over once it has released another wallet's hold.
    let other = test.store.wallet_with(100);
    let placed = holds::apply(&test.engine, other, holds::hold(10)).await;
    placed.unwrap();
    test.store.pass(time::Duration::DAY);
    until("another release", || {
        told(&test, "holds_expired_total") > 2.5
    })
    .await;

    for (name, times) in [
        ("holds_expired_total", 3.0),
        ("operations_total{outcome=\"committed\"}", 3.0),
        ("operations_total{outcome=\"limit_exceeded\"}", 1.0),
        ("operations_total{outcome=\"no_open_hold\"}", 1.0),
        ("operations_total{outcome=\"exceeds_hold\"}", 1.0),
        ("operations_total{outcome=\"insufficient_funds\"}", 1.0),
    ] {
        assert_eq!(told(&test, name).to_bits(), f64::to_bits(times), "{name}");
    }
}
