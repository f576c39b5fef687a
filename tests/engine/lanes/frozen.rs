//! A lane that does not answer delays no other: neither loads nor commits, nor what is linked with its wallets.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use wallet_engine::config::EngineConfig;
use wallet_engine::engine::Lane;

use super::{ONE, TWO, activate, groups};
use crate::linked::{pay, transfer};
use crate::{TestEngine, config, until, within};

/// More than the loaders and the committers of a lane can wait for at once.
const MANY: usize = 300;

#[actix_web::test]
async fn a_frozen_lane_delays_neither_loads_nor_commits_of_others() {
    let test = TestEngine::start();
    let known: Vec<_> = (0..9).map(|_| test.store.wallet_on(ONE, 0)).collect();
    activate(&test, &known).await;
    test.store.freeze(ONE);
    let unknown: Vec<_> = (0..MANY).map(|_| test.store.wallet_on(ONE, 0)).collect();
    let all = known.iter().chain(&unknown);
    let mut frozen = join_all(all.map(|it| test.deposit(*it, 1))).boxed_local();
    assert!(poll!(&mut frozen).is_pending());
    until("a commit and loads there", || {
        test.journal.commits() > 0 && test.journal.load_queries() > known.len()
    })
    .await;

    for n in 0..MANY {
        let wallet = test.store.wallet_on([TWO, Lane(3), Lane::WHOLE][n % 3], 0);
        let deposit = within("a deposit elsewhere", test.deposit(wallet, 1));
        assert_eq!(deposit.await, Ok(1));
    }
    assert!(poll!(&mut frozen).is_pending());
    test.store.thaw(ONE);
    let answers = within("those of the lane", frozen).await;
    assert!(answers.iter().all(|answer| *answer == Ok(1)));
    test.store.lanes.assert_none_strayed();
}

/// A wallet goes on though many wait that it is present for together with one of the frozen lane.
#[actix_web::test]
async fn a_wallet_is_hardly_held_back_for_partners_on_a_frozen_lane() {
    let test = TestEngine::start();
    let busy = test.store.wallet_on(TWO, 10_000);
    let partners: Vec<_> = (0..8).map(|_| test.store.wallet_on(ONE, 0)).collect();
    for wallet in partners.iter().chain([&busy]) {
        test.deposit(*wallet, 1).await.unwrap();
    }
    test.store.freeze(ONE);
    // They are being written, and so are missed.
    let mut written = join_all(partners.iter().map(|it| test.deposit(*it, 1))).boxed_local();
    assert!(poll!(&mut written).is_pending());
    until("a commit there", || {
        let all = |(lane, group): &(Lane, BTreeSet<_>)| (*lane, group.len()) == (ONE, 8);
        groups(&test).last().is_some_and(all)
    })
    .await;
    let transfers = partners.iter().cycle().take(MANY);
    let transfers = transfers.map(|it| pay(&test.engine, transfer(busy, *it, 1)));
    let mut transfers = join_all(transfers).boxed_local();
    assert!(poll!(&mut transfers).is_pending());

    // If each was held back in turn, these would take half a minute.
    let deposits = async {
        for n in 0..500 {
            assert_eq!(test.deposit(busy, 1).await, Ok(10_002 + n));
        }
    };
    within("the deposits", deposits).await;
    assert!(poll!(&mut transfers).is_pending());
    test.store.thaw(ONE);
    let answers = within("the transfers", transfers).await;
    assert!(answers.iter().all(Result::is_ok));
    assert!(within("the first", written).await.iter().all(Result::is_ok));
    for wallet in partners {
        test.store.audit(wallet, 0);
    }
    test.store.audit(busy, 10_000);
}

/// What is over lanes cannot be written, and everything else is.
#[actix_web::test]
async fn wallets_are_written_on_their_lanes_while_the_whole_is_frozen() {
    let test = TestEngine::with(&EngineConfig {
        committers: 1,
        ..config()
    });
    let [a, a2] = [10_000; 2].map(|cents| test.store.wallet_on(ONE, cents));
    let [b, b2] = [10_000; 2].map(|cents| test.store.wallet_on(TWO, cents));
    let others: Vec<_> = (0..4)
        .map(|n| test.store.wallet_on(Lane(1 + n % 2), 100))
        .collect();
    activate(&test, &others).await;
    activate(&test, &[a, a2, b, b2]).await;
    test.store.freeze(Lane::WHOLE);
    let over = |from, to| pay(&test.engine, transfer(from, to, 1));
    let mut stuck = join_all([(0, 1), (1, 2), (2, 3)].map(|(n, m)| over(others[n], others[m])));
    assert!(poll!(&mut stuck).is_pending());
    until("a commit there", || {
        groups(&test).iter().any(|(lane, _)| *lane == Lane::WHOLE)
    })
    .await;
    let pairs = [(a, b), (b, a2), (a2, b2), (b2, a)];
    let waiting = pairs.iter().cycle().take(MANY);
    let mut waiting = join_all(waiting.map(|&(from, to)| over(from, to)));
    assert!(poll!(&mut waiting).is_pending());

    let deposits = join_all([a, a2, b, b2].map(|wallet| {
        let test = &test;
        async move {
            for _ in 0..100 {
                test.deposit(wallet, 1).await.unwrap();
            }
        }
    }));
    let inside = join_all([(a, a2), (b2, b)].map(|(from, to)| {
        let test = &test;
        async move {
            for _ in 0..50 {
                pay(&test.engine, transfer(from, to, 1)).await.unwrap();
            }
        }
    }));
    within("the rest", async { tokio::join!(deposits, inside) }).await;
    assert!(poll!(&mut waiting).is_pending());
    test.store.thaw(Lane::WHOLE);
    assert!(within("them", stuck).await.iter().all(Result::is_ok));
    assert!(within("those", waiting).await.iter().all(Result::is_ok));
    for wallet in [a, a2, b, b2] {
        test.store.audit(wallet, 10_000);
    }
}
