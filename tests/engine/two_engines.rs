//! Two engines on one database: slower on a shared wallet, never wrong.

use futures_util::future::join_all;

use super::journal::{Fault, Random, Store};
use super::{balance_after, config, deposit, withdraw};
use wallet_engine::engine::Engine;

const SEEDS: u64 = 200;
const OPERATIONS: u64 = 512;

#[actix_web::test]
async fn seeded_histories_of_two_engines_lose_no_update() {
    let mut config = config();
    config.batch_max = 16;
    for seed in 0..SEEDS {
        let store = Store::new();
        let wallets: Vec<_> = (0..=seed % 4).map(|_| store.wallet_with(500)).collect();
        let sides = [store.side(), store.side()];
        let engines = sides.clone().map(|side| Engine::start(&config, side));
        let mut random = Random(seed);
        for side in &sides {
            side.pause_at_random(random.next());
            side.fail_next((0..seed % 5).map(|_| Fault::OnTheLine));
        }

        let history: Vec<_> = (0..OPERATIONS)
            .map(|_| {
                let cents = random.cents(200);
                (
                    random.index(2),
                    random.index(wallets.len()),
                    if random.below(2) == 0 {
                        deposit(cents)
                    } else {
                        withdraw(cents)
                    },
                )
            })
            .collect();
        let answers = join_all(history.iter().map(|(engine, wallet, operation)| {
            balance_after(&engines[*engine], wallets[*wallet], *operation)
        }))
        .await;

        store.land();
        for (n, wallet) in wallets.iter().enumerate() {
            let mut recorded: Vec<_> = store
                .ledger(*wallet)
                .iter()
                .map(|row| {
                    (
                        row.operation.kind.as_str(),
                        row.operation.amount,
                        row.balance_after.cents(),
                    )
                })
                .collect();
            let mut acknowledged: Vec<_> = history
                .iter()
                .zip(&answers)
                .filter(|((_, wallet, _), _)| *wallet == n)
                .filter_map(|((_, _, operation), answer)| match answer {
                    Ok(balance) => Some((operation.kind.as_str(), operation.amount, *balance)),
                    Err(error) => {
                        assert!(error.contains("InsufficientFunds"), "seed {seed}: {error}");
                        None
                    }
                })
                .collect();
            store.audit(*wallet, 500);
            recorded.sort_unstable();
            acknowledged.sort_unstable();
            assert_eq!(recorded, acknowledged, "seed {seed}, wallet {n}");
        }
    }
}
