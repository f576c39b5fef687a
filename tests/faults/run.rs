//! One run, from an empty database to the verdict.
//!
//! 1. Two engines on a primary with a standby, and both addresses given to each. Some wallets are used through the one
//!    engine alone, some through the other, some through both; of each of these, some by operations without a key.
//! 2. Clients send requests while one fault follows another. After a failover every engine has to come back by itself
//!    before the next: so each has answered from the new primary, and what it tells of the lost branch after is wrong.
//! 3. After the last fault every engine has to come back by itself. Then the clients stop, and the engines, in order:
//!    from here on nothing is under way any more.
//!    A reader of the feed goes on through all of it.
//! 4. Fresh engines are asked once more for every operation whose outcome a client does not know, and for every
//!    balance; and the feed is read to its end.
//! 5. `wallet-engine verify` and the checker judge what there is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, sleep_until};
use wallet_engine::domain::{Amount, Movement, Operation, OperationKind};

use crate::PATIENCE;
use crate::api::Api;
use crate::checker::{check, check_feed};
use crate::client::{CLIENTS, Client, PATIENT, Served, Wallets};
use crate::engine::ENGINES;
use crate::follower::Follower;
use crate::history::{Answer, Request, is_unkeyed};
use crate::ledger;
use crate::recorder::Recorder;
use crate::schedule::schedule;
use crate::summary::{Summary, Verdict};
use crate::system::System;

/// Wallets of each kind: of one engine, of the other, of both; with keys, and without.
const COLD_WALLETS_A_KIND: usize = 16;
const COLD_UNKEYED_WALLETS_A_KIND: usize = 2;
/// However long the last fault took, there is so much time before the next.
const CALM: Duration = Duration::from_secs(1);
/// Between two attempts at what will work in the end.
const PAUSE: Duration = Duration::from_millis(50);

/// What to run.
pub struct Plan {
    pub seed: u64,
    pub length: Duration,
    /// Between two faults.
    pub every: Duration,
    /// Where history and logs go.
    pub folder: PathBuf,
}

impl Plan {
    /// Whether the engines are told of each other: with every other seed, so that reads from memory are tried too.
    pub fn shared(&self) -> bool {
        self.seed % 2 == 1
    }
}

pub async fn run(plan: &Plan) -> Verdict {
    let recorder = Arc::new(Recorder::new(&plan.folder.join("history.jsonl")));
    let mut system = System::start(&plan.folder, plan.shared()).await;
    let api = |number| Api::new(number, system.addresses(), Arc::clone(&recorder));
    let auditor = api(CLIENTS);
    let wallets = Arc::new(open_wallets(&auditor).await);

    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let client = Client::new(
                number,
                plan.seed,
                api(number),
                Arc::clone(&wallets),
                system.hazard(),
            );
            tokio::spawn(client.run(Arc::clone(&stop)))
        })
        .collect();
    let follower = Follower::new(system.addresses()).run(Arc::clone(&stop));
    let follower = tokio::spawn(follower);
    let mut summary = Summary::default();
    let begun = Instant::now();
    let mut failovers = Vec::new();
    for planned in schedule(plan.seed, plan.length, plan.every) {
        sleep_until(begun + planned.at).await;
        recorder.fault(&planned.to_string());
        let outcome = system.suffer(&planned, &recorder).await;
        recorder.fault(&format!("{}: over", planned.fault.kind()));
        summary.count_fault(planned.fault);
        if let Some(outcome) = outcome {
            summary.count_failover(&outcome);
            failovers.push(outcome.failover);
            every_engine_is_back(&auditor, &wallets, failovers.len()).await;
        }
        sleep(CALM).await;
    }
    sleep_until(begun + plan.length).await;
    every_engine_is_back(&auditor, &wallets, 0).await;
    stop.store(true, Ordering::Relaxed);
    for client in join_all(clients).await {
        client.unwrap();
    }
    let follower = follower.await.unwrap();
    system.stop_engines().await;

    system.start_engines().await;
    resolve(&auditor, &wallets, &recorder).await;
    let versions = ledger::versions(&system.cluster().primary().connect().await).await;
    let feed = follower.finish(versions).await;
    feed.write(&plan.folder.join("feed.txt"));
    system.stop_engines().await;
    let verified = system.verify().await;
    let ledger = ledger::read(&system.cluster().primary().connect().await).await;
    system.stop().await;

    let calls = recorder.calls();
    let mut judgement = check(
        &calls,
        &ledger,
        &failovers,
        plan.shared(),
        recorder.begun_at(),
    );
    let of_feed = check_feed(&feed, &ledger, &failovers);
    judgement.breaches.extend(of_feed);
    summary.count_feed(&feed);
    summary.count_calls(&calls, &ledger, &judgement);
    Verdict {
        breaches: judgement.breaches,
        summary,
        verified,
        calls,
    }
}

/// Registers the owners of all wallets.
async fn open_wallets(api: &Api) -> Wallets {
    let mut wallets = Wallets {
        hot: Vec::new(),
        cold: Vec::new(),
    };
    let mut users = 0;
    for (unkeyed, cold) in [
        (false, COLD_WALLETS_A_KIND),
        (true, COLD_UNKEYED_WALLETS_A_KIND),
    ] {
        for engines in [vec![0], vec![1], vec![0, 1]] {
            for number in 0..=cold {
                users += 1;
                let served = Served {
                    wallet: api.register(users).await,
                    engines: engines.clone(),
                    unkeyed,
                };
                if number == 0 {
                    wallets.hot.push(served);
                } else {
                    wallets.cold.push(served);
                }
            }
        }
    }
    wallets
}

/// No engine needs a restart: each applies an operation again, in good time. `after` says after what, for the key.
async fn every_engine_is_back(api: &Api, wallets: &Wallets, after: usize) {
    for engine in 0..ENGINES {
        let served = &wallets.hot[engine];
        let request = Request::Operation {
            key: format!("engine-{engine}-is-back-{after}"),
            movement: Movement::Operation(Operation {
                kind: OperationKind::Deposit,
                amount: Amount::MIN,
            }),
        };
        ask_until_told(api, engine, served, &request).await;
    }
}

/// Asks again for whatever is unknown, and for every balance.
async fn resolve(api: &Api, wallets: &Wallets, recorder: &Recorder) {
    let all: BTreeMap<_, _> = wallets
        .hot
        .iter()
        .chain(&wallets.cold)
        .map(|served| (served.wallet, served))
        .collect();
    // For each operation: whether some outcome is unknown, and whether some is a success.
    let mut outcomes: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    let calls = recorder.calls();
    for call in calls.iter().filter(|call| call.request.is_operation()) {
        let key = call.request.key().unwrap_or_default().to_owned();
        let (unknown, applied) = outcomes.entry(key).or_default();
        *unknown |= matches!(call.answer, Answer::Unknown(_));
        *applied |= call.answer.is_success();
    }
    for call in calls.iter().filter(|call| call.request.is_operation()) {
        let key = call.request.key().unwrap_or_default();
        if outcomes.remove(key) == Some((true, false)) && !is_unkeyed(key) {
            // All of its wallets are used through the engine that was asked before.
            ask_until_told(api, call.engine, all[&call.wallet], &call.request).await;
        }
    }
    for served in all.values() {
        for engine in &served.engines {
            ask_until_told(api, *engine, served, &Request::Read).await;
        }
    }
}

/// Asks until there is an answer that says what happened.
async fn ask_until_told(api: &Api, engine: usize, served: &Served, request: &Request) {
    let begun = Instant::now();
    loop {
        let answer = api
            .call(engine, served.wallet, request.clone(), PATIENT)
            .await;
        if !matches!(
            answer,
            Answer::Unknown(_) | Answer::NotAccepted | Answer::NotSent
        ) {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "engine {engine} does not come back: {answer}"
        );
        sleep(PAUSE).await;
    }
}
