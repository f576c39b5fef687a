//! Keys after faults: a repetition receives the outcome of the first request.

use std::time::Duration;

use futures_util::future::join_all;

use super::idempotency::{AGAIN, FIRST, assert_error};
use super::journal::Fault;
use super::{TestEngine, config, deposit, key_of, under, withdraw, within};
use testkit::random::Random;

#[actix_web::test]
async fn an_unknown_outcome_under_a_key_is_one_result_for_all() {
    for fault in [
        Fault::LostAfter,
        Fault::LostBefore,
        Fault::InFlight,
        Fault::Busy,
    ] {
        let test = TestEngine::start();
        let wallet = test.store.wallet_with(0);
        test.journal.fail_next([fault]);
        test.journal.fail_settling(2);

        let answers = join_all((0..20).map(|_| test.ask(wallet, under("a", deposit(10))))).await;
        test.store.land();

        let firsts = answers.iter().filter(|answer| **answer == Ok((10, FIRST)));
        let others = answers.iter().filter(|answer| **answer == Ok((10, AGAIN)));
        assert_eq!((firsts.count(), others.count()), (1, 19), "{fault:?}");
        assert_eq!(test.store.audit(wallet, 0), 1, "{fault:?}");
    }
}

#[actix_web::test]
async fn after_an_error_the_same_key_has_a_definite_result() {
    for (fault, error, replayed) in [
        (Fault::LostAfter, "Unavailable", AGAIN),
        (Fault::LostBefore, "Unavailable", FIRST),
        (Fault::InFlight, "Unavailable", FIRST),
        (Fault::Reject, "Unavailable", FIRST),
        (Fault::NotSent, "NotDone", FIRST),
        (Fault::Panic, "Unavailable", FIRST),
    ] {
        let mut config = config();
        config.wait = Duration::from_millis(300);
        let test = TestEngine::with(&config);
        let wallet = test.store.wallet_with(0);
        test.journal.fail_next([fault]);
        test.journal.fail_settling(usize::MAX);

        assert_error(test.ask(wallet, under("a", deposit(10))).await, error);
        test.journal.fail_settling(0);
        let until_known = async {
            loop {
                let answer = test.ask(wallet, under("a", deposit(10))).await;
                if answer.is_ok() {
                    return answer;
                }
            }
        };
        let answer = within("the result", until_known).await;
        test.store.land();

        assert_eq!(answer, Ok((10, replayed)), "{fault:?}");
        assert_eq!(test.store.audit(wallet, 0), 1, "{fault:?}");
    }
}

#[actix_web::test]
async fn seeded_histories_of_clients_that_ask_until_they_know_do_everything_once() {
    for seed in 0..60 {
        let test = TestEngine::start();
        test.journal.pause_at_random(seed);
        let mut random = Random::from_seed(seed);
        let wallet = test.store.wallet_with(1_000);
        let faults = (0..16).map(|_| match random.below(6) {
            0 => Fault::Reject,
            1 => Fault::Busy,
            2 => Fault::LostAfter,
            3 => Fault::LostBefore,
            4 => Fault::NotSent,
            _ => Fault::InFlight,
        });
        test.journal.fail_next(faults.collect::<Vec<_>>());

        let requests: Vec<_> = (0..64)
            .map(|n| {
                let cents = random.cents(300);
                let operation = if random.below(2) == 0 {
                    deposit(cents)
                } else {
                    withdraw(cents)
                };
                (under(&format!("key-{n}"), operation), random.below(3))
            })
            .collect();
        let answers = requests.iter().map(|(request, times)| {
            let test = &test;
            async move {
                let mut answers = Vec::new();
                while answers.len() <= usize::try_from(*times).unwrap() {
                    let answer = test.ask(wallet, request.clone()).await;
                    let failed =
                        |error: &String| error.contains("Unavailable") || error.contains("NotDone");
                    if !answer.as_ref().is_err_and(failed) {
                        answers.push(answer);
                    }
                }
                answers
            }
        });
        let answers = within("the answers", join_all(answers)).await;
        test.store.land();

        let ledger = test.store.ledger(wallet);
        for ((request, _), answers) in requests.iter().zip(answers) {
            let row = ledger
                .iter()
                .find(|row| key_of(row) == request.key.as_ref());
            let (mut firsts, mut happened) = (0, false);
            for answer in answers {
                match answer {
                    Ok((cents, replayed)) => {
                        assert_eq!(
                            row.unwrap().entry.balance_after.cents(),
                            cents,
                            "seed {seed}"
                        );
                        firsts += usize::from(!replayed);
                        happened = true;
                    }
                    Err(error) => {
                        assert!(error.contains("InsufficientFunds"), "seed {seed}: {error}");
                        assert!(!happened, "seed {seed}: what has happened is not refused");
                    }
                }
            }
            assert_eq!(row.is_some(), happened, "seed {seed}");
            assert_eq!(firsts, usize::from(happened), "seed {seed}");
        }
        test.store.audit(wallet, 1_000);
    }
}
