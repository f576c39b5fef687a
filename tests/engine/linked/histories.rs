//! Seeded histories of linked sets.

use futures_util::future::join_all;
use wallet_engine::domain::WalletId;
use wallet_engine::domain::linked::Step;
use wallet_engine::engine::{Engine, LinkedError};

use super::{balance, keyed, pay, single, transfer};
use crate::journal::{Fault, Store};
use crate::{config, deposit, holds, until, withdraw, within};
use testkit::random::Random;

#[actix_web::test]
async fn seeded_histories_of_two_engines_keep_every_transfer_whole() {
    for seed in 0..200 {
        let mut config = config();
        config.batch_max = 16;
        config.shared = true;
        let store = Store::new();
        let wallets: Vec<_> = (0..2 + seed % 4).map(|_| store.wallet_with(500)).collect();
        let sides = [store.side(), store.side()];
        let engines = sides.clone().map(|side| Engine::start(&config, side));
        let mut random = Random::from_seed(seed);
        for side in &sides {
            side.pause_at_random(random.draw());
            side.fail_next((0..seed % 5).map(|_| Fault::InFlight));
        }
        let mut outside = 0;
        let history: Vec<_> = (0..200).map(|_| step(&mut random, &wallets)).collect();
        let answers = join_all(history.iter().map(|step| {
            let engine = &engines[random.index(2)];
            pay(engine, step.clone())
        }));
        let answers = within("a history", answers).await;
        store.land();
        for (step, answer) in history.iter().zip(answers) {
            match answer {
                Ok(receipt) if receipt.replayed => {}
                Ok(_) => {
                    let movement = &step.request.movement;
                    if movement.other().is_none() {
                        let it = movement.operation();
                        outside += i64::from(it.kind.balance_sign().number()) * it.amount.cents();
                    }
                }
                Err(LinkedError::Refused(_) | LinkedError::KeyReused(_)) => {}
                Err(error) => panic!("seed {seed}: {error:?}"),
            }
        }
        let total: i64 = wallets
            .iter()
            .map(|id| store.wallet(*id).balance.cents())
            .sum();
        assert_eq!(
            total,
            500 * i64::try_from(wallets.len()).unwrap() + outside,
            "seed {seed}"
        );
        for wallet in &wallets {
            store.audit(*wallet, 500);
        }
        for engine in &engines {
            let is_empty = || engine.pending().operations == 0;
            until("nothing holds a place", is_empty).await;
        }
        for wallet in &wallets {
            let seen = balance(&engines[0], *wallet).await;
            assert_eq!(seen, store.wallet(*wallet).balance.cents(), "seed {seed}");
        }
    }
}

fn step(random: &mut Random, wallets: &[WalletId]) -> Step {
    let cents = random.cents(3) * 50;
    let from = random.index(wallets.len());
    let on = |request| Step {
        wallet: wallets[from],
        request,
    };
    // Most of the first operations place holds.
    let held = i64::try_from(1 + random.below(20)).unwrap();
    let step = match random.below(8) {
        0 => single(wallets[from], deposit(cents)),
        1 => single(wallets[from], withdraw(cents)),
        2 | 3 => on(holds::hold(cents)),
        4 => on(holds::capture(held, Some(50))),
        5 => {
            let to = wallets[(from + 1) % wallets.len()];
            on(holds::capture_to(to, held, 50))
        }
        _ => {
            let on = 1 + random.index(wallets.len() - 1);
            transfer(wallets[from], wallets[(from + on) % wallets.len()], cents)
        }
    };
    if random.below(2) == 0 {
        step
    } else {
        keyed(&format!("key-{}", random.below(24)), step)
    }
}
