//! An engine on a database of several lanes, which are written independently.

mod frozen;
mod histories;
mod moves;

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use wallet_engine::config::EngineConfig;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::{Lane, SessionNumber, WriteSet};

use super::linked::{pay, transfer};
use super::{TestEngine, config, deposit, until, within};

const ONE: Lane = Lane(1);
const TWO: Lane = Lane(2);

/// The lane and the wallets of each group that was sent.
fn groups(test: &TestEngine) -> Vec<(Lane, BTreeSet<WalletId>)> {
    let groups = test.journal.groups().into_iter();
    let group = |(session, sets): (SessionNumber, Vec<WriteSet>)| {
        (session.lane, sets.iter().map(WriteSet::wallet).collect())
    };
    groups.map(group).collect()
}

/// Has the wallets' actors there, so that what is asked of them is submitted at once.
async fn activate(test: &TestEngine, wallets: &[WalletId]) {
    for wallet in wallets {
        test.engine.wallet(*wallet).await.unwrap();
    }
}

#[actix_web::test]
async fn groups_are_of_one_lane_and_lanes_write_at_the_same_time() {
    let test = TestEngine::start();
    let wallets: Vec<_> = (0..12)
        .map(|n| test.store.wallet_on(Lane(1 + n % 3), 0))
        .collect();
    activate(&test, &wallets).await;
    test.journal.hold_commits();
    let mut deposits = join_all(wallets.iter().map(|it| test.deposit(*it, 1))).boxed_local();
    assert!(poll!(&mut deposits).is_pending());
    // None of them is answered, and each lane writes.
    until("a commit of each lane", || {
        let lanes = groups(&test).into_iter().map(|(lane, _)| lane);
        lanes.collect::<BTreeSet<_>>() == BTreeSet::from([ONE, TWO, Lane(3)])
    })
    .await;
    test.journal.let_commits(100);
    assert_eq!(within("the deposits", deposits).await, vec![Ok(1); 12]);
    for (lane, group) in groups(&test) {
        assert!(group.iter().all(|it| test.store.lanes.of(*it) == lane));
    }
    for wallet in wallets {
        assert_eq!(test.store.audit(wallet, 0), 1);
    }
}

#[actix_web::test]
async fn sessions_are_numbered_from_zero_on_each_lane_and_the_whole_has_some_too() {
    let test = TestEngine::start();
    for lane in [TWO, ONE] {
        let wallet = test.store.wallet_on(lane, 0);
        assert_eq!(test.deposit(wallet, 1).await, Ok(1));
    }
    let sessions = test.engine.committers().workers.into_iter();
    let sessions: Vec<_> = sessions.map(|worker| worker.session).collect();
    let first = |lane| SessionNumber { lane, number: 0 };
    assert_eq!(sessions, [Lane::WHOLE, ONE, TWO].map(first));
}

#[actix_web::test]
async fn a_linked_set_of_one_lane_is_written_there_and_one_over_two_on_the_whole() {
    let test = TestEngine::start();
    let [a, b] = [100; 2].map(|cents| test.store.wallet_on(ONE, cents));
    let c = test.store.wallet_on(TWO, 100);
    for (from, to, lane) in [(a, b, ONE), (b, c, Lane::WHOLE), (c, a, Lane::WHOLE)] {
        let before = groups(&test).len();
        let receipt = within("a transfer", pay(&test.engine, transfer(from, to, 5))).await;
        receipt.unwrap();
        let expected = vec![(lane, BTreeSet::from([from, to]))];
        assert_eq!(groups(&test)[before..], expected);
    }
    for wallet in [a, b, c] {
        assert_eq!(test.store.audit(wallet, 100), 2);
    }
}

#[actix_web::test]
async fn what_the_wallets_of_a_linked_set_over_lanes_have_to_write_goes_with_it() {
    let test = TestEngine::start();
    let (a, b) = (test.store.wallet_on(ONE, 100), test.store.wallet_on(TWO, 0));
    test.deposit(a, 1).await.unwrap();
    test.deposit(b, 1).await.unwrap();
    let before = groups(&test).len();
    test.journal.hold_commits();
    // Both are being written, so that the next set of each has its transfer and a deposit.
    let first = join_all([a, b].map(|wallet| test.deposit(wallet, 1)));
    let next = async {
        until("both commits", || groups(&test).len() == before + 2).await;
        let transfer = pay(&test.engine, transfer(a, b, 5));
        let deposits = join_all([a, b].map(|wallet| test.deposit(wallet, 1)));
        let release = async {
            until("all to wait", || test.engine.pending().operations == 6).await;
            test.journal.let_commits(100);
        };
        let (receipt, deposits, ()) = tokio::join!(transfer, deposits, release);
        receipt.unwrap();
        assert!(deposits.iter().all(Result::is_ok));
    };
    let (first, ()) = within("the transfer", async { tokio::join!(first, next) }).await;
    assert!(first.iter().all(Result::is_ok));
    let linked = vec![(Lane::WHOLE, BTreeSet::from([a, b]))];
    assert_eq!(groups(&test)[before + 2..], linked);
    assert_eq!(test.store.audit(a, 100) + test.store.audit(b, 0), 8);
}

/// Each of these goes on beside the others, however busy the wallets that they share are.
#[actix_web::test]
async fn operations_and_transfers_within_and_over_lanes_do_not_starve_each_other() {
    for seed in 0..4 {
        let test = TestEngine::with(&EngineConfig {
            batch_max: 8,
            committers: 1 + seed % 4,
            ..config()
        });
        let [a, a2] = [10_000; 2].map(|cents| test.store.wallet_on(ONE, cents));
        let [b, b2] = [10_000; 2].map(|cents| test.store.wallet_on(TWO, cents));
        if seed % 2 == 1 {
            test.journal.pause_at_random(seed as u64);
        }
        let over = Cell::new(false);
        let saturate = join_all((0..24).map(|n| {
            let (over, engine) = (&over, &test.engine);
            async move {
                while !over.get() {
                    engine.apply([a, b][n % 2], deposit(1)).await.unwrap();
                }
            }
        }));
        // As many as can be of both kinds, on the same wallets.
        let crowds = [(a, b), (b, a), (a, a2), (a2, a), (b, b2), (b2, b)];
        let crowds = join_all(crowds.iter().cycle().take(24).map(|&(from, to)| {
            let (over, engine) = (&over, &test.engine);
            async move {
                while !over.get() {
                    pay(engine, transfer(from, to, 1)).await.unwrap();
                }
            }
        }));
        let trickle = async {
            let each = [(a, b), (a, a2), (b2, b)].map(|(from, to)| {
                let engine = &test.engine;
                async move {
                    for _ in 0..10 {
                        let transfer = pay(engine, transfer(from, to, 1));
                        within("a transfer of the trickle", transfer).await.unwrap();
                    }
                }
            });
            let deposits = async {
                for n in 0..20 {
                    let deposit = test.deposit([a, b][n % 2], 1);
                    within("a deposit of the trickle", deposit).await.unwrap();
                }
            };
            tokio::join!(join_all(each), deposits);
            over.set(true);
        };
        let all = async { tokio::join!(saturate, crowds, trickle) };
        within("everything", all).await;
        let wallets = [a, a2, b, b2];
        let total: i64 = wallets
            .iter()
            .map(|it| test.store.wallet(*it).balance.cents())
            .sum();
        let deposits: usize = (wallets.iter())
            .map(|it| test.store.ledger(*it))
            .flat_map(|ledger| {
                ledger
                    .into_iter()
                    .filter(|row| row.entry.counterpart().is_none())
            })
            .count();
        assert_eq!(
            total,
            40_000 + i64::try_from(deposits).unwrap(),
            "seed {seed}"
        );
        for wallet in wallets {
            test.store.audit(wallet, 10_000);
        }
    }
}

#[actix_web::test]
async fn a_stop_answers_what_was_accepted_on_every_lane() {
    let test = TestEngine::start();
    let wallets: Vec<_> = (0..6)
        .map(|n| test.store.wallet_on(Lane(1 + n % 3), 100))
        .collect();
    activate(&test, &wallets).await;
    test.journal.hold_commits();
    let mut deposits = join_all(wallets.iter().map(|it| test.deposit(*it, 1))).boxed_local();
    assert!(poll!(&mut deposits).is_pending());
    // Together, the transfers would take the deposits with them.
    until("something of each lane", || groups(&test).len() >= 3).await;
    let transfers = join_all((0..6).map(|n| {
        let (from, to) = (wallets[n], wallets[(n + 1) % 6]);
        pay(&test.engine, transfer(from, to, 1))
    }));
    let mut transfers = transfers.boxed_local();
    assert!(poll!(&mut transfers).is_pending());
    let stop = async {
        let stop = test.engine.stop(Duration::from_secs(10));
        let release = async {
            until("the stop", || test.engine.is_stopping()).await;
            test.journal.let_commits(1_000);
        };
        tokio::join!(stop, release).0
    };
    let all = async { tokio::join!(deposits, transfers, stop) };
    let (deposits, transfers, stopped) = within("the stop", all).await;
    stopped.unwrap();
    assert!(deposits.iter().all(Result::is_ok), "{deposits:?}");
    assert!(transfers.iter().all(Result::is_ok), "{transfers:?}");
    for wallet in wallets {
        assert_eq!(test.store.audit(wallet, 100), 3);
    }
}
