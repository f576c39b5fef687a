//! Two engines with `WALLET_SHARED` over two or three wallets: every answer was true at a moment between request and
//! response, and what is linked happened at one moment.

use std::cell::Cell;

use futures_util::future::join_all;
use wallet_engine::domain::WalletId;
use wallet_engine::domain::linked::Step;
use wallet_engine::engine::{Engine, LinkedError};

use super::answers::{Answer, History, Told};
use super::{keyed, single, transfer};
use crate::journal::{Fault, Store};
use crate::shared::shared;
use crate::{deposit, withdraw, within};
use testkit::random::Random;

const SEEDS: u64 = 200;
const CLIENTS: u64 = 6;
/// Of each client, one after another.
const QUESTIONS: u64 = 25;
const KEYS: u64 = 6;
/// Each wallet's balance at the start.
const START_CENTS: i64 = 500;

#[actix_web::test]
async fn whatever_either_engine_says_of_several_wallets_was_true_between_question_and_answer() {
    let mut config = shared();
    config.batch_max = 4;
    let (mut reads, mut refusals, mut replays, mut sets) = (0, 0, 0, 0);
    for seed in 0..SEEDS {
        let store = Store::new();
        let wallets: Vec<_> = (0..2 + seed % 2)
            .map(|_| store.wallet_with(START_CENTS))
            .collect();
        let sides = [store.side(), store.side()];
        let engines = sides.clone().map(|side| Engine::start(&config, side));
        let mut random = Random::from_seed(seed);
        for side in &sides {
            side.pause_at_random(random.draw());
            let faults = [Fault::InFlight, Fault::LostAfter, Fault::Busy];
            side.fail_next(faults.into_iter().filter(|_| random.one_in(2)));
        }

        let clock = Cell::new(0);
        let clients = (0..CLIENTS).map(|_| {
            let (clock, engines, wallets) = (&clock, &engines, &wallets);
            let now = || clock.replace(clock.get() + 1);
            let mut random = Random::from_seed(random.draw());
            async move {
                let mut answers = Vec::new();
                for _ in 0..QUESTIONS {
                    let engine = &engines[random.index(2)];
                    let asked = now();
                    let told = ask(engine, &mut random, wallets).await;
                    answers.push(Answer {
                        asked,
                        told,
                        answered: now(),
                    });
                }
                answers
            }
        });
        let answers = within("a history", join_all(clients)).await;
        let answers: Vec<_> = answers.into_iter().flatten().collect();
        store.land();
        for answer in &answers {
            match &answer.told {
                Told::Balance(_) => reads += 1,
                Told::Of(_, Err(LinkedError::Refused(_))) => refusals += 1,
                Told::Of(steps, Ok(_)) if steps.len() > 1 => sets += 1,
                Told::Of(_, Ok(receipts)) => replays += u64::from(receipts[0].replayed),
                Told::Of(..) => {}
            }
        }
        for wallet in &wallets {
            store.audit(*wallet, START_CENTS);
        }
        if let Err(wrong) = History::new(&store, &wallets, START_CENTS, answers).check() {
            panic!("seed {seed}: {wrong}");
        }
    }
    let counts = [reads, refusals, replays, sets];
    assert!(counts.iter().all(|count| *count > SEEDS), "{counts:?}");
}

async fn ask(engine: &Engine, random: &mut Random, wallets: &[WalletId]) -> Told {
    let mut step = || step(random, wallets);
    let steps = [step(), step(), step()];
    let [first, ..] = &steps;
    match random.below(8) {
        0 | 1 => return Told::balance(engine, first.wallet).await,
        2 => return Told::linked(engine, steps[..2 + random.index(2)].to_vec()).await,
        _ => {}
    }
    let step = if random.one_in(3) {
        keyed(&format!("key-{}", random.below(KEYS)), first.clone())
    } else {
        first.clone()
    };
    match step.request.movement.other() {
        None => Told::alone(engine, step).await,
        Some(_) => Told::linked(engine, vec![step]).await,
    }
}

fn step(random: &mut Random, wallets: &[WalletId]) -> Step {
    let cents = random.cents(3) * 100;
    let from = random.index(wallets.len());
    match random.below(4) {
        0 => single(wallets[from], deposit(cents)),
        1 => single(wallets[from], withdraw(cents)),
        _ => {
            let on = 1 + random.index(wallets.len() - 1);
            transfer(wallets[from], wallets[(from + on) % wallets.len()], cents)
        }
    }
}
