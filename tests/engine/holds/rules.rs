//! Rules hold from their row on, for every engine; and the number of open holds has a limit.

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use wallet_engine::config::EngineConfig;
use wallet_engine::domain::rules::{Gate, Limit, RulesChange};
use wallet_engine::domain::{Balance, Movement, OperationKind, OperationRefused, OperationRequest};

use super::{amount, apply, capture, constellations, hold, refusal, rows, void};
use crate::journal::Store;
use crate::linked::transfer;
use crate::{TestEngine, config, deposit, until, withdraw, within};

fn rules(change: RulesChange) -> OperationRequest {
    Movement::Rules(Box::new(change)).into()
}

fn daily(cents: i64) -> OperationRequest {
    rules(RulesChange {
        daily_out_max: Some(Balance::from_cents(cents)),
        ..RulesChange::default()
    })
}

fn limit(reason: OperationRefused) -> Limit {
    match reason {
        OperationRefused::LimitExceeded { limit, .. } => limit,
        other => panic!("{other:?}"),
    }
}

#[actix_web::test]
async fn what_left_today_is_counted_before_the_next_operation_once_a_rule_limits_it() {
    let store = Store::new();
    for engines in constellations(&store) {
        let [wallet, other] = [store.wallet_with(1_000), store.wallet_with(0)];
        apply(&engines[0], wallet, withdraw(300).into())
            .await
            .unwrap();
        apply(&engines[0], wallet, deposit(100).into())
            .await
            .unwrap();
        // All at once, so that some wait in the same batch, and in a linked set.
        let mut asked = vec![daily(500)];
        asked.extend((0..10).map(|_| withdraw(60).into()));
        asked.extend((0..10).map(|_| transfer(wallet, other, 60).request));
        asked.extend((0..10).map(|_| hold(60)));
        let answers = asked
            .into_iter()
            .map(|asked| apply(&engines[0], wallet, asked));
        let mut answers = within("the answers", join_all(answers)).await;
        answers.remove(0).unwrap();
        let done = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(done, 3, "{answers:?}");
        for refused in answers.into_iter().filter(Result::is_err) {
            assert_eq!(limit(refusal(refused)), Limit::DailyOutMax);
        }
        // Whichever engine is asked: 20 is left.
        for engine in &engines {
            let refused = apply(engine, wallet, withdraw(21).into()).await;
            assert_eq!(limit(refusal(refused)), Limit::DailyOutMax);
        }
        apply(&engines[engines.len() - 1], wallet, withdraw(20).into())
            .await
            .unwrap();
        // The next day all of it, but for what is held.
        store.pass(time::Duration::seconds(30));
        store.audit(wallet, 1_000);
        store.audit(other, 0);
    }
}

#[actix_web::test]
async fn a_rule_in_the_middle_of_a_batch_divides_it() {
    let test = TestEngine::start();
    let [wallet, other] = [test.store.wallet_with(1_000), test.store.wallet_with(0)];
    test.deposit(wallet, 1).await.unwrap();
    test.journal.hold_commits();
    let commits = test.journal.commits();
    let mut first = test.engine.apply(wallet, deposit(1)).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the write", || test.journal.commits() > commits).await;
    let paid = apply(&test.engine, wallet, transfer(wallet, other, 10).request);
    let mut paid = paid.boxed_local();
    assert!(poll!(&mut paid).is_pending());
    let freeze = rules(RulesChange {
        debits: Some(Gate::Frozen),
        ..RulesChange::default()
    });
    let requests = vec![
        withdraw(5).into(),
        daily(100),
        withdraw(50).into(),
        withdraw(51).into(),
        freeze,
        withdraw(1).into(),
        deposit(1).into(),
    ];
    let deadline = test.engine.deadline();
    let all = test
        .engine
        .apply_all(wallet, requests, deadline)
        .boxed_local();
    let together = async { futures_util::future::join3(first, all, paid).await };
    let mut together = together.boxed_local();
    assert!(poll!(&mut together).is_pending());
    test.journal.let_commits(100);
    let (first, all, paid) = within("the answers", together).await;
    first.unwrap();
    let done: Vec<_> = all.iter().map(Result::is_ok).collect();
    // Of 100 a day, 5 left before the rule, and 10 by the transfer, before or after.
    assert_eq!(done, [true, true, true, false, true, false, true]);
    if let Err(refused) = paid {
        assert_eq!(refusal(Err(refused)), OperationRefused::Frozen);
    }
    test.store.audit(wallet, 1_000);
    test.store.audit(other, 0);
}

#[actix_web::test]
async fn frozen_debits_refuse_captures_and_let_holds_be_voided() {
    let store = Store::new();
    for engines in constellations(&store) {
        let wallet = store.wallet_with(100);
        let last = &engines[engines.len() - 1];
        let id = apply(&engines[0], wallet, hold(30)).await.unwrap().seq;
        let freeze = rules(RulesChange {
            debits: Some(Gate::Frozen),
            ..RulesChange::default()
        });
        apply(&engines[0], wallet, freeze).await.unwrap();
        for request in [capture(id, None), withdraw(1).into(), hold(1)] {
            let refused = apply(last, wallet, request).await;
            assert_eq!(refusal(refused), OperationRefused::Frozen);
        }
        apply(last, wallet, void(id)).await.unwrap();
        apply(last, wallet, deposit(1).into()).await.unwrap();
        assert_eq!(rows(&store, wallet, OperationKind::Freeze), 1);
        store.audit(wallet, 100);
    }
}

#[actix_web::test]
async fn a_wallet_has_a_limited_number_of_open_holds() {
    let test = TestEngine::with(&EngineConfig {
        holds_max: 3,
        ..config()
    });
    let wallet = test.store.wallet_with(100);
    let asked = (0..5).map(|_| apply(&test.engine, wallet, hold(1)));
    let answers = within("the answers", join_all(asked)).await;
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(done, 3);
    for refused in answers.into_iter().filter(Result::is_err) {
        assert_eq!(limit(refusal(refused)), Limit::OpenHolds);
    }
    apply(&test.engine, wallet, void(1)).await.unwrap();
    apply(&test.engine, wallet, hold(amount(1).cents()))
        .await
        .unwrap();
    assert_eq!(test.store.audit(wallet, 100), 5);
}
