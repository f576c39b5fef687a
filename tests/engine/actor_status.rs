//! The state of an actor, as an observer sees it.

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use wallet_engine::engine::{ActorPhase, Engine};

use super::{TestEngine, balance_after, config, deposit, under, until, withdraw, within};

#[actix_web::test]
async fn looking_at_a_wallet_neither_loads_it_nor_spawns_its_actor() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.journal.hold_loads();
    assert_eq!(test.engine.actor_state(wallet), None);

    let mut loading = test.deposit(wallet, 1).boxed_local();
    assert!(poll!(&mut loading).is_pending());
    assert_eq!(
        test.engine.actor_state(wallet),
        None,
        "it is not active yet"
    );
    test.journal.let_loads(100);
    assert_eq!(within("the answer", loading).await, Ok(1));

    assert_eq!(test.journal.loads(), 1);
    let state = test.engine.actor_state(wallet).unwrap();
    assert_eq!(state.phase, ActorPhase::Idle);
    assert_eq!((state.waiting, state.waiting_max), (0, config().queue_max));
    assert_eq!(state.last_batch.unwrap().operations, 1);

    // Its key is looked up, and nothing is written.
    let refused = test.engine.apply(wallet, under("key", withdraw(5))).await;
    assert!(refused.is_err());
    let state = test.engine.actor_state(wallet).unwrap();
    assert_eq!(state.last_batch.unwrap().operations, 1);
}

#[actix_web::test]
async fn the_queue_and_the_batches_of_an_actor_can_be_seen() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    assert_eq!(test.engine.actor_state(wallet), None, "a read needs none");
    test.journal.hold_commits();

    let mut sent = join_all((0..10).map(|_| test.deposit(wallet, 1))).boxed_local();
    assert!(poll!(&mut sent).is_pending());
    until("the first batch", || test.journal.commits() == 1).await;
    let state = test.engine.actor_state(wallet).unwrap();
    assert_eq!((state.phase, state.waiting), (ActorPhase::Writing, 10));
    assert_eq!(state.last_batch, None);

    test.journal.let_commits(100);
    within("the answers", sent).await;
    let state = test.engine.actor_state(wallet).unwrap();
    assert_eq!((state.phase, state.waiting), (ActorPhase::Idle, 0));
    let batch = state.last_batch.unwrap();
    assert!((1..10).contains(&batch.operations), "{batch:?}");
}

#[actix_web::test]
async fn an_actor_that_loads_its_wallet_again_is_seen_at_it() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    assert_eq!(test.deposit(wallet, 1).await, Ok(1));
    let other = Engine::start(&config(), test.store.side());
    assert_eq!(balance_after(&other, wallet, deposit(1)).await, Ok(2));
    test.journal.hold_loads();

    let mut late = test.deposit(wallet, 1).boxed_local();
    assert!(poll!(&mut late).is_pending());
    let reloads = || test.engine.actor_state(wallet).unwrap().phase == ActorPhase::Reloading;
    until("the load", reloads).await;
    // Another engine's actor is another one.
    let beside = other.actor_state(wallet);
    assert!(beside.is_none_or(|actor| actor.phase == ActorPhase::Idle));

    test.journal.let_loads(100);
    assert_eq!(within("the answer", late).await, Ok(3));
}
