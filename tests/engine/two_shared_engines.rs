//! Two engines with `WALLET_SHARED`: every answer was true at a moment between request and response.

use std::cell::Cell;

use futures_util::future::join_all;
use wallet_engine::domain::{OperationKind, OperationRequest, Receipt, Wallet};
use wallet_engine::engine::{Engine, EngineError, LedgerEntry};

use super::journal::{Fault, LOCK_FAULTS, Store};
use super::linearizable::{self, Event, Held};
use super::shared::shared;
use super::{asked, deposit, key_of, under, withdraw};
use testkit::random::Random;

const SEEDS: u64 = 300;
const CLIENTS: u64 = 6;
/// Of each client, one after another.
const QUESTIONS: u64 = 40;
const KEYS: u64 = 24;
/// The wallet's balance at the start.
const START_CENTS: i64 = 2_000;

/// The answer of a client.
enum Told {
    Balance(Wallet),
    Of(OperationRequest, Result<Receipt, EngineError>),
}

#[actix_web::test]
async fn whatever_either_engine_says_was_true_between_question_and_answer() {
    let mut config = shared();
    config.batch_max = 4;
    let (mut reads, mut refusals, mut locked) = (0, 0, 0);
    for seed in 0..SEEDS {
        let store = Store::new();
        let wallet = store.wallet_with(START_CENTS);
        let sides = [store.side(), store.side()];
        let engines = sides.clone().map(|side| Engine::start(&config, side));
        let mut random = Random::from_seed(seed);
        for side in &sides {
            side.pause_at_random(random.draw());
            side.fail_next((0..seed % 3).map(|_| Fault::InFlight));
            side.fail_next_lock((0..seed % 4).map(|_| LOCK_FAULTS[random.index(4)]));
        }

        let clock = Cell::new(0);
        let clients = (0..CLIENTS).map(|client| {
            let (clock, engines) = (&clock, &engines);
            let now = || clock.replace(clock.get() + 1);
            let mut random = Random::from_seed(random.draw());
            async move {
                let mut events = Vec::new();
                for n in 0..QUESTIONS {
                    let engine = &engines[random.index(2)];
                    let reads = random.below(3) == 0;
                    let request = request(&mut random, client * QUESTIONS + n);
                    let asked = now();
                    let told = if reads {
                        Told::Balance(engine.wallet(wallet).await.unwrap())
                    } else {
                        let answer = engine.apply(wallet, request.clone()).await;
                        Told::Of(request, answer)
                    };
                    events.push((asked, told, now()));
                }
                events
            }
        });
        let told = join_all(clients).await;

        store.land();
        locked += sides
            .iter()
            .map(|side| side.locked_commits())
            .sum::<usize>();
        store.audit(wallet, START_CENTS);
        let ledger = store.ledger(wallet);
        let mut events = Vec::new();
        for (asked, told, answered) in told.into_iter().flatten() {
            match &told {
                Told::Balance(_) => reads += 1,
                Told::Of(_, Err(EngineError::Refused(_))) => refusals += 1,
                Told::Of(..) => {}
            }
            events.push(Event {
                asked,
                answered,
                held: held(&told, &ledger),
            });
        }
        if let Err(wrong) = linearizable::check(events) {
            panic!("seed {seed}: {wrong}");
        }
    }
    assert!(
        reads > SEEDS && refusals > SEEDS,
        "{reads} reads, {refusals} refusals"
    );
    assert!(locked > 1_000, "{locked} commits of locked rows");
}

/// A deposit or a withdrawal, of an amount that no other has, or under a key, of one that others have.
fn request(random: &mut Random, number: u64) -> OperationRequest {
    let cents = random.cents(3) * 1_000;
    let kind = [deposit, withdraw][random.index(2)];
    if random.below(3) == 0 {
        under(&format!("key-{}", random.below(KEYS)), kind(cents))
    } else {
        kind(cents + 1 + i64::try_from(number).unwrap()).into()
    }
}

/// The versions of the wallet at which this is true.
fn held(told: &Told, ledger: &[LedgerEntry]) -> Held {
    let last = i64::try_from(ledger.len()).unwrap();
    let made = ledger.iter().map(|row| row.entry.balance_after.cents());
    let balances: Vec<_> = std::iter::once(START_CENTS).chain(made).collect();
    let (request, answer) = match told {
        Told::Balance(wallet) => {
            let version = usize::try_from(wallet.version).unwrap();
            assert_eq!(balances[version], wallet.balance.cents());
            return Held::At(vec![wallet.version]);
        }
        Told::Of(request, answer) => (request, answer),
    };
    let row = (1..).zip(ledger).find(|(_, row)| match &request.key {
        None => row.entry.operation == asked(request),
        key => key_of(row) == key.as_ref(),
    });
    match (answer, row) {
        (Ok(receipt), Some((version, row))) => {
            assert_eq!(row.entry.operation, asked(request));
            assert_eq!(row.entry.balance_after, receipt.balance);
            if receipt.replayed {
                Held::At((version..=last).collect())
            } else {
                Held::Made(version)
            }
        }
        (Err(EngineError::KeyReused), Some((version, row))) => {
            assert_ne!(row.entry.operation, asked(request));
            Held::At((version..=last).collect())
        }
        (Err(EngineError::Refused(_)), row) => {
            assert_eq!(asked(request).kind, OperationKind::Withdraw);
            let before = row.map_or(last + 1, |(version, _)| version);
            let short = |balance: i64| balance < asked(request).amount.cents();
            let versions = (0..before).zip(balances);
            let versions =
                versions.filter_map(|(version, balance)| short(balance).then_some(version));
            Held::At(versions.collect())
        }
        (answer, row) => panic!("{request:?} was answered {answer:?}, and left {row:?}"),
    }
}
