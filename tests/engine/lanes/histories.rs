//! Seeded histories of one to four lanes, whose wallets are moved, and whose commits fail in every way.

use futures_util::future::join_all;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::{Engine, Lane, LinkedError};

use crate::journal::{Fault, Store};
use crate::linked::{pay, transfer};
use crate::{config, deposit, until, within};
use testkit::random::Random;

/// What becomes of a commit of one lane is not what becomes of another's, and the ledgers stay exact.
#[actix_web::test]
async fn seeded_histories_over_lanes_keep_every_ledger_exact_and_every_transfer_whole() {
    for seed in 0..60 {
        history(seed).await;
    }
}

async fn history(seed: u64) {
    let mut random = Random::from_seed(seed);
    let lanes = 1 + seed % 4;
    let mut config = config();
    config.batch_max = 16;
    config.committers = 1 + random.index(3);
    config.shared = true;
    let store = Store::new();
    // Lane zero is the whole: a wallet of an unknown place.
    let lane = |random: &mut Random| Lane(u32::try_from(random.below(lanes + 1)).unwrap());
    let wallets: Vec<_> = (0..3 + seed % 5)
        .map(|_| store.wallet_on(lane(&mut random), 500))
        .collect();
    let sides = [store.side(), store.side()];
    let engines = sides.clone().map(|side| Engine::start(&config, side));
    for side in &sides {
        side.pause_at_random(random.draw());
        let fault = |_| match random.below(5) {
            0 => Fault::Busy,
            1 => Fault::LostAfter,
            2 => Fault::LostBefore,
            3 => Fault::InFlight,
            _ => Fault::Pass,
        };
        side.fail_next((0..24).map(fault).collect::<Vec<_>>());
        side.fail_settling(2);
    }
    let mut deposited = 0;
    for _ in 0..4 {
        let acts: Vec<_> = (0..48)
            .map(|_| Act::random(&mut random, &wallets))
            .collect();
        let answers = acts
            .iter()
            .map(|act| act.done(&engines[act.engine], &store));
        let answers = within("a round", join_all(answers)).await;
        for (act, answer) in acts.iter().zip(answers) {
            match answer {
                Ok(()) if act.to.is_none() => deposited += act.cents,
                Ok(()) | Err(LinkedError::Refused(_)) => {}
                Err(error) => panic!("seed {seed}: {error:?}"),
            }
        }
        store.land();
        let moved = wallets[random.index(wallets.len())];
        store.move_to(lane(&mut random), moved);
    }
    let balances = wallets.iter().map(|it| store.wallet(*it).balance.cents());
    let started = 500 * i64::try_from(wallets.len()).unwrap();
    assert_eq!(balances.sum::<i64>(), started + deposited, "seed {seed}");
    for wallet in &wallets {
        store.audit(*wallet, 500);
    }
    for engine in &engines {
        let is_empty = || engine.pending().operations == 0;
        until("nothing holds a place", is_empty).await;
    }
}

/// A deposit, a transfer, or a move of a wallet.
struct Act {
    engine: usize,
    wallet: WalletId,
    to: Option<WalletId>,
    cents: i64,
    /// The lane that the wallet is moved to before.
    lane: Option<Lane>,
}

impl Act {
    fn random(random: &mut Random, wallets: &[WalletId]) -> Self {
        let from = random.index(wallets.len());
        let on = 1 + random.index(wallets.len() - 1);
        let to = wallets[(from + on) % wallets.len()];
        Self {
            engine: random.index(2),
            wallet: wallets[from],
            to: (random.below(3) > 0).then_some(to),
            cents: random.cents(3) * 50,
            lane: random
                .one_in(16)
                .then(|| Lane(u32::try_from(1 + random.below(4)).unwrap())),
        }
    }

    async fn done(&self, engine: &Engine, store: &Store) -> Result<(), LinkedError> {
        if let Some(lane) = self.lane {
            // After some of the others have begun.
            tokio::task::yield_now().await;
            store.move_to(lane, self.wallet);
        }
        if let Some(to) = self.to {
            let step = transfer(self.wallet, to, self.cents);
            pay(engine, step).await.map(|_| ())
        } else {
            let applied = engine.apply(self.wallet, deposit(self.cents)).await;
            applied.map(|_| ()).map_err(LinkedError::Engine)
        }
    }
}
