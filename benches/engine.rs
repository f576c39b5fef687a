//! What the engine itself costs an operation, between HTTP and the database: admission, the way to the wallet's
//! actor, its decision, the gathering of a group, and the answer's way back.
//!
//! The journal commits at once (`at_once`).
#![allow(
    clippy::unwrap_used,
    reason = "what a bench needs and cannot have ends it"
)]

mod at_once;

use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::rt::System;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::{StreamExt, stream};
use uuid::Uuid;
use wallet_engine::config::{Config, Source};
use wallet_engine::domain::{Amount, Operation, OperationKind, WalletId};
use wallet_engine::engine::Engine;

use at_once::AtOnce;

const DEPOSIT: Operation = Operation {
    kind: OperationKind::Deposit,
    amount: Amount::MIN,
};

criterion_main!(benches);
criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .sample_size(20);
    targets = operations
}

/// Operations that are answered, with so many of them waiting at any time.
fn operations(criterion: &mut Criterion) {
    let system = System::new();
    let config = Config::read(&Source::of(&[])).unwrap().engine;
    let mut group = criterion.benchmark_group("Engine::apply");
    group.throughput(Throughput::Elements(1));
    for (name, wallets) in [("one wallet", 1), ("1 000 wallets", 1_000)] {
        let wallets: Vec<_> = (0..wallets).map(|_| WalletId(Uuid::new_v4())).collect();
        let engine = system.block_on(async { Engine::start(&config, Arc::new(AtOnce)) });
        for in_flight in [1, 64] {
            group.bench_function(format!("{name}, {in_flight} in flight"), |bencher| {
                bencher.iter_custom(|operations| {
                    let started = Instant::now();
                    system.block_on(deposit(&engine, &wallets, operations, in_flight));
                    started.elapsed()
                });
            });
        }
        system
            .block_on(engine.stop(Duration::from_secs(10)))
            .unwrap();
    }
}

/// Deposits that many times, going round the wallets.
async fn deposit(engine: &Engine, wallets: &[WalletId], operations: u64, in_flight: usize) {
    let mut round = wallets.iter().cycle();
    stream::iter(0..operations)
        .map(|_| engine.apply(*round.next().unwrap(), DEPOSIT))
        .buffer_unordered(in_flight)
        .for_each(|receipt| {
            receipt.unwrap();
            ready(())
        })
        .await;
}
