//! A caller that times out learns for certain whether its operation may still happen.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use wallet_engine::domain::history::HistoryQuery;
use wallet_engine::domain::registration::{Email, Password, Username};
use wallet_engine::domain::{RegistrationForm, WalletId};
use wallet_engine::engine::EngineError;

use super::journal::Fault;
use super::{TestEngine, config, deposit, until, within};
use testkit::random::Random;

/// An engine with one committer without a timeout, and callers with one.
fn impatient(wait: Duration) -> TestEngine {
    let mut config = config();
    config.committers = 1;
    config.wait = wait;
    config.answer = Duration::from_secs(20);
    TestEngine::with(&config)
}

/// Ends when a caller times out.
async fn waited(wait: Duration) {
    let other = impatient(wait);
    other.journal.hold_loads();
    let wallet = other.store.wallet_with(0);
    assert!(other.engine.wallet(wallet).await.is_err());
}

async fn is_idle(test: &TestEngine) {
    until("nothing is pending", || {
        test.engine.pending().operations == 0
    })
    .await;
}

fn is_not_done(answer: &Result<i64, String>) -> bool {
    answer
        .as_ref()
        .is_err_and(|error| error.contains("NotDone"))
}

#[actix_web::test]
async fn an_operation_that_no_committer_took_is_withdrawn_and_never_happens() {
    let test = impatient(Duration::from_millis(400));
    let [taken, waiting] = [0, 0].map(|cents| test.store.wallet_with(cents));
    for wallet in [taken, waiting] {
        test.engine.wallet(wallet).await.unwrap();
    }
    test.journal.hold_commits();
    let mut first = test.deposit(taken, 1).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the first write", || test.journal.commits() == 1).await;

    // Behind the write in its wallet's queue, in a set that waits for the committer, and behind that.
    let behind = [(taken, 2), (waiting, 4), (waiting, 8)];
    let behind = join_all(behind.map(|(wallet, cents)| test.deposit(wallet, cents)));
    let mut behind = behind.boxed_local();
    assert!(poll!(&mut behind).is_pending());

    let first = within("the first", first).await.unwrap_err();
    assert!(first.contains("Unavailable"), "{first}");
    for answer in within("those behind it", behind).await {
        assert!(is_not_done(&answer), "{answer:?}");
    }

    test.journal.let_commits(100);
    is_idle(&test).await;
    assert_eq!(test.store.audit(taken, 0), 1, "the first was on its way");
    assert_eq!(test.store.audit(waiting, 0), 0);
    assert_eq!(test.deposit(taken, 16).await, Ok(17));
    assert_eq!(test.deposit(waiting, 16).await, Ok(16));
}

#[actix_web::test]
async fn what_is_left_of_a_recalled_set_is_written_in_its_order() {
    let wait = Duration::from_secs(3);
    let test = impatient(wait);
    let [wallet, other] = [0, 0].map(|cents| test.store.wallet_with(cents));
    for wallet in [wallet, other] {
        // A refusal is decided by the wallet's actor: both have theirs.
        test.withdraw(wallet, 1).await.unwrap_err();
    }
    test.journal.hold_commits();
    let mut first = test.deposit(wallet, 1).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the first write", || test.journal.commits() == 1).await;
    let mut early = test.deposit(wallet, 2).boxed_local();
    assert!(poll!(&mut early).is_pending());
    waited(wait / 2).await;
    let mut late = join_all([4, 8].map(|cents| test.deposit(wallet, cents))).boxed_local();
    let mut beside = test.deposit(other, 1).boxed_local();
    assert!(poll!(&mut late).is_pending() && poll!(&mut beside).is_pending());
    // The committer takes the other wallet's set; the three of this one are the next.
    test.journal.let_commits(1);
    assert_eq!(within("the first", first).await, Ok(1));
    until("the next write", || test.journal.commits() == 2).await;

    let early = within("the early one", early).await;
    assert!(is_not_done(&early), "{early:?}");
    test.journal.let_commits(100);

    assert_eq!(within("the late ones", late).await, [Ok(5), Ok(13)]);
    assert_eq!(within("the neighbour", beside).await, Ok(1));
    assert_eq!(test.store.audit(wallet, 0), 3);
}

#[actix_web::test]
async fn a_read_or_a_registration_that_sent_nothing_was_not_done() {
    let test = impatient(Duration::from_secs(3));
    let wallet = test.store.wallet_with(0);
    test.journal.hold_loads();
    let query = HistoryQuery::of_one(1);
    let (read, page, registered) = within("the answers", async {
        futures_util::join!(
            test.engine.wallet(wallet),
            test.engine.history(wallet, &query),
            test.engine.register(form(), None),
        )
    })
    .await;
    assert!(matches!(read, Err(EngineError::NotDone(_))), "{read:?}");
    assert!(matches!(page, Err(EngineError::NotDone(_))), "{page:?}");
    assert!(
        matches!(registered, Err(EngineError::NotDone(_))),
        "{registered:?}"
    );

    test.journal.let_loads(100);
    test.journal.hold_commits();
    let registered = within("the answer", test.engine.register(form(), None)).await;
    let is_open = matches!(registered, Err(EngineError::Unavailable(_)));
    assert!(is_open, "it was sent: {registered:?}");
}

#[actix_web::test]
async fn seeded_histories_of_impatient_callers_hold_nothing_that_was_not_done() {
    let mut counts = [0; 3];
    for seed in 0..40 {
        let test = impatient(Duration::from_millis(15));
        test.journal.pause_at_random(seed);
        let mut random = Random::from_seed(seed);
        let wallets: Vec<_> = (0..4).map(|_| test.store.wallet_with(0)).collect();
        let faults = (0..24).map(|_| match random.below(8) {
            0 => Fault::Reject,
            1 => Fault::Busy,
            2 => Fault::LostAfter,
            3 => Fault::LostBefore,
            4 => Fault::InFlight,
            5 => Fault::NotSent,
            _ => Fault::Pass,
        });
        test.journal.fail_next(faults.collect::<Vec<_>>());

        // A power of two each, so that a balance shows which of them happened.
        let mut asked: Vec<(WalletId, i64)> = Vec::new();
        let mut answers = Vec::new();
        for round in 0..6 {
            test.journal.hold_commits();
            let round: Vec<_> = (0..4)
                .flat_map(|n| (0..5).map(move |bit| (n, 1 << (round * 5 + bit))))
                .collect();
            let round: Vec<_> = round
                .into_iter()
                .map(|(n, cents)| (wallets[n], cents))
                .collect();
            let let_go = u64::from(random.below(2) == 0);
            let asking = join_all(
                round
                    .iter()
                    .map(|(wallet, cents)| test.deposit(*wallet, *cents)),
            );
            let letting = async {
                for _ in 0..random.below(40) {
                    tokio::task::yield_now().await;
                }
                test.journal
                    .let_commits(usize::try_from(let_go * 2).unwrap());
            };
            let (told, ()) = within("the answers", async {
                futures_util::join!(asking, letting)
            })
            .await;
            test.journal.let_commits(1_000);
            asked.extend(round);
            answers.extend(told);
        }
        is_idle(&test).await;
        test.store.land();

        for ((wallet, cents), answer) in asked.iter().zip(&answers) {
            let ledger = test.store.ledger(*wallet);
            let happened = ledger
                .iter()
                .filter(|row| row.entry.operation == deposit(*cents));
            let happened = happened.count();
            let (kind, right) = match answer {
                Ok(_) => (0, happened == 1),
                Err(_) if is_not_done(answer) => (1, happened == 0),
                Err(_) => (2, happened <= 1),
            };
            assert!(right, "seed {seed}, {cents}: {answer:?}, {happened} times");
            counts[kind] += 1;
        }
        for wallet in wallets {
            test.store.audit(wallet, 0);
        }
    }
    assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
}

fn form() -> RegistrationForm {
    RegistrationForm {
        username: Ok(Username::new("user").unwrap()),
        email: Ok(Email::new("user@example.com").unwrap()),
        password: Ok(Password::new("password".to_owned()).unwrap()),
    }
}
