//! Everything has a limit, beyond which the caller is refused at once.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use uuid::Uuid;
use wallet_engine::domain::history::HistoryQuery;
use wallet_engine::domain::registration::{Email, Password, Username};
use wallet_engine::domain::{RegistrationForm, WalletId};
use wallet_engine::engine::{EngineError, Queue};

use super::{TestEngine, config, deposit, until, within};

#[actix_web::test]
async fn a_full_wallet_refuses_at_once_and_takes_more_when_it_has_room() {
    let mut config = config();
    config.queue_max = 10;
    let test = TestEngine::with(&config);
    let (wallet, other) = (test.store.wallet_with(0), test.store.wallet_with(0));
    test.engine.wallet(wallet).await.unwrap();
    test.journal.hold_commits();
    let mut waiting = join_all((0..10).map(|_| test.deposit(wallet, 1))).boxed_local();
    assert!(poll!(&mut waiting).is_pending());

    for _ in 0..100 {
        let refused = within("the refusal", test.engine.apply(wallet, deposit(1))).await;
        assert!(matches!(
            refused,
            Err(EngineError::Overloaded(Queue::Wallet))
        ));
    }

    test.journal.let_commits(100);
    assert!(
        within("the answers", waiting)
            .await
            .iter()
            .all(Result::is_ok)
    );
    assert_eq!(test.deposit(other, 1).await, Ok(1));
    assert_eq!(test.deposit(wallet, 1).await, Ok(11));
}

#[actix_web::test]
async fn a_crowd_on_one_wallet_is_written_in_small_sets_unless_commits_are_slow() {
    let mut config = config();
    config.batch_max = 1024;
    let test = TestEngine::with(&config);
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    test.journal.hold_commits();
    let mut crowd = join_all((0..400).map(|_| test.deposit(wallet, 1))).boxed_local();
    assert!(poll!(&mut crowd).is_pending());

    // The first was alone when it came. One slow commit alone changes nothing; two do.
    for (commit, written) in [(1, 0), (2, 1), (3, 1 + 64)] {
        until("a commit", || test.journal.commits() == commit).await;
        assert_eq!(test.store.ledger(wallet).len(), written);
        tokio::time::sleep(Duration::from_millis(20)).await;
        test.journal.let_commits(1);
    }
    assert!(within("the answers", crowd).await.iter().all(Result::is_ok));
    assert_eq!(test.journal.commits(), 3);
    assert_eq!(test.store.audit(wallet, 0), 400);
}

#[actix_web::test]
async fn histories_past_the_limit_are_refused_at_once_and_keep_no_operation_waiting() {
    let test = TestEngine::with(&config());
    let (wallet, other) = (test.store.wallet_with(0), test.store.wallet_with(0));
    test.engine.wallet(other).await.unwrap();
    test.journal.hold_loads();
    let query = HistoryQuery::of_one(1);
    let mut waiting = join_all((0..258).map(|_| test.engine.history(wallet, &query))).boxed_local();
    assert!(poll!(&mut waiting).is_pending());

    let refused = within("the refusal", test.engine.history(wallet, &query)).await;
    assert!(matches!(
        refused,
        Err(EngineError::Overloaded(Queue::History))
    ));
    assert_eq!(test.deposit(other, 1).await, Ok(1));

    test.journal.let_loads(300);
    let answers = within("the answers", waiting).await;
    assert!(answers.iter().all(Result::is_ok));
    let unknown = test.engine.history(WalletId(Uuid::nil()), &query).await;
    assert!(matches!(unknown, Err(EngineError::WalletNotFound)));
}

#[actix_web::test]
async fn a_full_engine_refuses_every_wallet() {
    let mut config = config();
    config.inflight_max = 8;
    let test = TestEngine::with(&config);
    let wallets: Vec<_> = (0..9).map(|_| test.store.wallet_with(0)).collect();
    for wallet in &wallets {
        test.engine.wallet(*wallet).await.unwrap();
    }
    test.journal.hold_commits();
    let mut waiting = join_all(wallets[..8].iter().map(|w| test.deposit(*w, 1))).boxed_local();
    assert!(poll!(&mut waiting).is_pending());

    let refused = within("the refusal", test.engine.apply(wallets[8], deposit(1))).await;
    assert!(matches!(
        refused,
        Err(EngineError::Overloaded(Queue::Engine))
    ));

    test.journal.let_commits(100);
    assert!(
        within("the answers", waiting)
            .await
            .iter()
            .all(Result::is_ok)
    );
    assert_eq!(test.deposit(wallets[8], 1).await, Ok(1));
}

#[actix_web::test]
async fn callers_that_leave_do_not_make_room_for_more_than_the_limit() {
    let mut config = config();
    config.queue_max = 5;
    let test = TestEngine::with(&config);
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    test.journal.hold_commits();
    let mut writing = test.engine.apply(wallet, deposit(1)).boxed_local();
    assert!(poll!(&mut writing).is_pending());
    until("the write", || test.journal.commits() == 1).await;

    let mut refused = 0;
    for _ in 0..50 {
        let mut leaving = test.engine.apply(wallet, deposit(1)).boxed_local();
        refused += usize::from(poll!(&mut leaving).is_ready());
    }
    assert_eq!(refused, 46, "a place is held as long as the message is");

    test.journal.let_commits(100);
    within("the answer", writing).await.unwrap();
    until("room", || {
        let sent = test.engine.apply(wallet, deposit(1));
        sent.now_or_never().is_none()
    })
    .await;
}

#[actix_web::test]
async fn nobody_waits_longer_than_the_limit() {
    let mut config = config();
    config.wait = Duration::from_millis(50);
    let test = TestEngine::with(&config);
    let wallet = test.store.wallet_with(0);
    test.journal.hold_loads();

    let late = within("the answer", test.engine.apply(wallet, deposit(1))).await;

    assert!(matches!(late, Err(EngineError::NotDone(_))));
}

#[actix_web::test]
async fn registrations_past_the_hashing_queue_are_refused_at_once() {
    // One hasher and one place to wait: of many at the same moment, two get in.
    let test = TestEngine::start();
    let answers = join_all((0..20).map(|_| test.engine.register(form(), None))).await;

    let inside = answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = answers
        .iter()
        .filter(|answer| matches!(answer, Err(EngineError::Overloaded(Queue::PasswordHashing))));
    assert_eq!((inside, refused.count()), (2, 18));
}

fn form() -> RegistrationForm {
    RegistrationForm {
        username: Ok(Username::new("user").unwrap()),
        email: Ok(Email::new("user@example.com").unwrap()),
        password: Ok(Password::new("password".to_owned()).unwrap()),
    }
}
