//! Many linked sets at once over the same wallets, which are busy otherwise.

use std::time::Duration;

use futures_util::future::join_all;
use wallet_engine::config::EngineConfig;
use wallet_engine::domain::linked::LinkedSet;

use super::{balance, pay, transfer};
use crate::{TestEngine, config, deposit, until, within};

#[actix_web::test]
async fn a_crowd_that_pays_one_wallet_is_one_group() {
    let test = TestEngine::with(&EngineConfig {
        batch_max: 1_024,
        ..config()
    });
    let payee = test.store.wallet_with(0);
    let payers: Vec<_> = (0..63).map(|_| test.store.wallet_with(100)).collect();
    test.deposit(payee, 1).await.unwrap();
    test.journal.hold_commits();
    let held = test.engine.apply(payee, deposit(1));
    let crowd = join_all(
        payers
            .iter()
            .map(|payer| pay(&test.engine, transfer(*payer, payee, 7))),
    );
    let (_, receipts, ()) = within("the crowd", async {
        tokio::join!(held, crowd, async {
            until("the payee is being written", || test.journal.commits() == 2).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            test.journal.let_commits(1_000);
        })
    })
    .await;
    assert!(receipts.iter().all(Result::is_ok));
    assert!(
        test.journal.commits() <= 4,
        "{} commits",
        test.journal.commits()
    );
    assert_eq!(test.store.audit(payee, 0), 65);
    assert_eq!(balance(&test.engine, payee).await, 2 + 63 * 7);
}

#[actix_web::test]
async fn payers_in_rings_neither_block_each_other_nor_lose_money() {
    for size in 2..=6 {
        let test = TestEngine::start();
        let ring: Vec<_> = (0..size).map(|_| test.store.wallet_with(1_000)).collect();
        let crossing = (0..size * 40).map(|n| {
            let (from, to) = (n % size, (n + 1) % size);
            // Every other one the other way round.
            let (from, to) = if n / size % 2 == 0 {
                (from, to)
            } else {
                (to, from)
            };
            pay(
                &test.engine,
                transfer(ring[from], ring[to], i64::try_from(1 + n % 9).unwrap()),
            )
        });
        let receipts = within("the rings", join_all(crossing)).await;
        assert!(receipts.iter().all(Result::is_ok), "{size} wallets");
        let total: i64 = ring
            .iter()
            .map(|id| test.store.wallet(*id).balance.cents())
            .sum();
        assert_eq!(total, 1_000 * i64::try_from(size).unwrap());
        for wallet in ring {
            test.store.audit(wallet, 1_000);
        }
    }
}

#[actix_web::test]
async fn a_set_of_a_hundred_wallets_happens_while_each_is_busy() {
    let test = TestEngine::start();
    let wallets: Vec<_> = (0..100).map(|_| test.store.wallet_with(1_000)).collect();
    let busy = join_all(wallets.iter().map(|wallet| async {
        for _ in 0..20 {
            test.engine.apply(*wallet, deposit(1)).await.unwrap();
        }
    }));
    let steps = wallets
        .windows(2)
        .map(|pair| transfer(pair[0], pair[1], 500));
    let set = LinkedSet::new(steps.collect()).unwrap();
    let linked = test.engine.apply_linked(set);
    let (receipts, _) = within("the set", async { tokio::join!(linked, busy) }).await;
    assert_eq!(receipts.unwrap().len(), 99);
    let total: i64 = wallets
        .iter()
        .map(|id| test.store.wallet(*id).balance.cents())
        .sum();
    assert_eq!(total, 100 * 1_020);
    for wallet in wallets {
        test.store.audit(wallet, 1_000);
    }
}

#[actix_web::test]
async fn transfers_between_saturated_wallets_are_never_passed_over() {
    let test = TestEngine::with(&EngineConfig {
        batch_max: 8,
        committers: 4,
        ..config()
    });
    let (a, b) = (test.store.wallet_with(1_000), test.store.wallet_with(1_000));
    test.journal.pause_at_random(7);
    let over = std::cell::Cell::new(false);
    let saturate = join_all((0..128).map(|n| {
        let (over, engine) = (&over, &test.engine);
        async move {
            while !over.get() {
                engine
                    .apply(if n % 2 == 0 { a } else { b }, deposit(1))
                    .await
                    .unwrap();
            }
        }
    }));
    let trickle = async {
        for n in 0..50 {
            let (from, to) = if n % 2 == 0 { (a, b) } else { (b, a) };
            within(
                "a transfer of the trickle",
                pay(&test.engine, transfer(from, to, 1)),
            )
            .await
            .unwrap();
        }
        over.set(true);
    };
    tokio::join!(saturate, trickle);
    test.store.audit(a, 1_000);
    test.store.audit(b, 1_000);
}

#[actix_web::test]
async fn a_wallet_goes_on_while_its_partner_cannot() {
    let test = TestEngine::start();
    let (a, b) = (test.store.wallet_with(1_000), test.store.wallet_with(1_000));
    test.deposit(a, 1).await.unwrap();
    test.journal.hold_loads();
    let waits = pay(&test.engine, transfer(a, b, 1));
    let goes_on = async {
        for n in 0..50 {
            let deposit = test.deposit(a, 1);
            assert_eq!(within("a deposit", deposit).await, Ok(1_002 + n));
        }
        test.journal.let_loads(10);
    };
    let (receipt, ()) = tokio::join!(waits, goes_on);
    assert_eq!(receipt.unwrap().balance.cents(), 1_050);
}
