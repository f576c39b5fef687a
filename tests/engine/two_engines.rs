//! Two engines on one database: slower on a shared wallet, never wrong.

use std::collections::HashMap;

use futures_util::future::join_all;
use wallet_engine::domain::{IdempotencyKey, OperationRefused, OperationRequest};
use wallet_engine::engine::{Engine, EngineError};

use super::journal::{Fault, LOCK_FAULTS, Store};
use super::{asked, config, deposit, key_of, under, withdraw};
use testkit::random::Random;

const SEEDS: u64 = 200;
const OPERATIONS: u64 = 512;
/// Different keys in a history, so that most of them are used several times, and for several operations.
const KEYS: u64 = 48;

#[actix_web::test]
async fn seeded_histories_of_two_engines_lose_no_update_and_repeat_none() {
    let mut config = config();
    config.batch_max = 16;
    let mut locked = 0;
    for seed in 0..SEEDS {
        let store = Store::new();
        let wallets: Vec<_> = (0..=seed % 4).map(|_| store.wallet_with(500)).collect();
        let sides = [store.side(), store.side()];
        let engines = sides.clone().map(|side| Engine::start(&config, side));
        let mut random = Random::from_seed(seed);
        for side in &sides {
            side.pause_at_random(random.draw());
            side.fail_next((0..seed % 5).map(|_| Fault::InFlight));
            side.fail_next_lock((0..seed % 4).map(|_| LOCK_FAULTS[random.index(4)]));
        }

        let history: Vec<_> = (0..OPERATIONS)
            .map(|_| {
                let (engine, wallet) = (random.index(2), random.index(wallets.len()));
                (engine, wallet, request(&mut random))
            })
            .collect();
        let answers = join_all(history.iter().map(|(engine, wallet, request)| {
            engines[*engine].apply(wallets[*wallet], request.clone())
        }))
        .await;

        store.land();
        locked += sides
            .iter()
            .map(|side| side.locked_commits())
            .sum::<usize>();
        for (n, wallet) in wallets.iter().enumerate() {
            store.audit(*wallet, 500);
            let ledger = store.ledger(*wallet);
            let keyed: HashMap<_, _> = ledger
                .iter()
                .filter_map(|row| Some((key_of(row)?, row)))
                .collect();
            let mut acknowledged = Vec::new();
            for ((.., request), answer) in history
                .iter()
                .zip(&answers)
                .filter(|((_, wallet, _), _)| *wallet == n)
            {
                let first = request.key.as_ref().and_then(|key| keyed.get(key));
                match answer {
                    Ok(receipt) if receipt.replayed => {
                        let first = first.unwrap();
                        assert_eq!(first.entry.operation, asked(request), "seed {seed}");
                        assert_eq!(first.entry.balance_after, receipt.balance, "seed {seed}");
                    }
                    Ok(receipt) => acknowledged.push(row(request, receipt.balance.cents())),
                    Err(EngineError::KeyReused) => {
                        assert_ne!(
                            first.unwrap().entry.operation,
                            asked(request),
                            "seed {seed}"
                        );
                    }
                    Err(EngineError::Refused(OperationRefused::InsufficientFunds)) => {}
                    Err(error) => panic!("seed {seed}: {error:?}"),
                }
            }
            let mut recorded: Vec<_> = ledger
                .iter()
                .map(|entry| {
                    let request = OperationRequest {
                        key: key_of(entry).cloned(),
                        ..entry.entry.operation.into()
                    };
                    row(&request, entry.entry.balance_after.cents())
                })
                .collect();
            recorded.sort_unstable();
            acknowledged.sort_unstable();
            assert_eq!(recorded, acknowledged, "seed {seed}, wallet {n}");
        }
    }
    assert!(locked > 1_000, "{locked} commits of locked rows");
}

/// A deposit or a withdrawal; half of them under a key.
fn request(random: &mut Random) -> OperationRequest {
    // Few amounts, so that two operations under one key are the same now and then.
    let cents = random.cents(3) * 50;
    let operation = if random.below(2) == 0 {
        deposit(cents)
    } else {
        withdraw(cents)
    };
    if random.below(2) == 0 {
        operation.into()
    } else {
        under(&format!("key-{}", random.below(KEYS)), operation)
    }
}

/// The effect of an operation, sortable.
fn row(
    request: &OperationRequest,
    balance_after: i64,
) -> (Option<IdempotencyKey>, &'static str, i64, i64) {
    let operation = asked(request);
    (
        request.key.clone(),
        operation.kind.as_str(),
        operation.amount.cents(),
        balance_after,
    )
}
