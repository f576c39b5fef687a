//! What the engine itself costs an operation, between HTTP and the database: admission, the way to the wallet's
//! actor, its decision, the gathering of a group, and the answer's way back.
//!
//! The journal commits at once and keeps nothing, which does no harm: a wallet is loaded once, and from then on
//! its actor knows what it holds.
#![allow(
    clippy::unwrap_used,
    reason = "what a bench needs and cannot have ends it"
)]

use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::rt::System;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use time::OffsetDateTime;
use uuid::Uuid;
use wallet_engine::config::{Config, Source};
use wallet_engine::domain::history::{
    BalanceAt, HistoryPage, HistoryQuery, HoldsPage, HoldsQuery, PastBalance,
};
use wallet_engine::domain::hold::Hold;
use wallet_engine::domain::reversal::Original;
use wallet_engine::domain::statement::{Statement, StatementEntry, StatementQuery, Totals};
use wallet_engine::domain::{
    Amount, Balance, IdempotencyKey, NamesTaken, Operation, OperationKind, UserId, Wallet, WalletId,
};
use wallet_engine::engine::{
    Cause, CommitError, Engine, Journal, Loaded, NamesSought, NewUser, ReadError, RegisterError,
    RegisteredUser, SessionNumber, SetOutcome, StatementSource, WriteSet,
};

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

/// A journal in which every wallet exists, empty, and every commit has happened already.
struct AtOnce;

impl StatementSource for AtOnce {
    fn statement(
        &self,
        _: WalletId,
        _: StatementQuery,
    ) -> BoxFuture<'_, Result<Option<Statement>, ReadError>> {
        ready(Ok(None)).boxed()
    }

    fn statement_entries(
        &self,
        _: WalletId,
        _: (i64, i64),
    ) -> BoxFuture<'_, Result<Vec<StatementEntry>, ReadError>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn statement_totals(
        &self,
        _: WalletId,
        _: (i64, i64),
    ) -> BoxFuture<'_, Result<Totals, ReadError>> {
        ready(Ok(Totals::default())).boxed()
    }
}

impl Journal for AtOnce {
    fn incarnation(&self) -> u64 {
        0
    }

    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }

    fn distrust(&self) {}

    fn load<'a>(
        &'a self,
        _session: Option<usize>,
        wallets: &'a [WalletId],
    ) -> BoxFuture<'a, Result<Vec<Loaded>, Cause>> {
        let wallet = |&id| {
            Ok(Some(Wallet {
                id,
                user: UserId(1),
                balance: Balance::ZERO,
                version: 0,
                reversals_known_from: 0,
                terms: None,
            }))
        };
        ready(Ok(wallets.iter().map(wallet).collect())).boxed()
    }

    fn commit<'a>(
        &'a self,
        _: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<SetOutcome>, CommitError>> {
        ready(Ok(vec![
            SetOutcome::Committed(Some(self.now()));
            sets.len()
        ]))
        .boxed()
    }

    fn settle<'a>(
        &'a self,
        _: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<Option<OffsetDateTime>>, Cause>> {
        ready(Ok(vec![Some(self.now()); sets.len()])).boxed()
    }

    fn history<'a>(
        &'a self,
        _: WalletId,
        _: &'a HistoryQuery,
    ) -> BoxFuture<'a, Result<Option<HistoryPage>, ReadError>> {
        ready(Ok(Some(HistoryPage::default()))).boxed()
    }

    fn hold(
        &self,
        _: WalletId,
        _: i64,
        _: Option<i64>,
    ) -> BoxFuture<'_, Result<Option<Option<Hold>>, ReadError>> {
        ready(Ok(Some(None))).boxed()
    }

    fn holds<'a>(
        &'a self,
        _: WalletId,
        _: &'a HoldsQuery,
    ) -> BoxFuture<'a, Result<Option<HoldsPage>, ReadError>> {
        ready(Ok(Some(HoldsPage::default()))).boxed()
    }

    fn original(
        &self,
        _: WalletId,
        _: i64,
    ) -> BoxFuture<'_, Result<Option<Option<Original>>, ReadError>> {
        ready(Ok(Some(None))).boxed()
    }

    fn balance_at(
        &self,
        _: WalletId,
        _: BalanceAt,
    ) -> BoxFuture<'_, Result<Option<Option<PastBalance>>, ReadError>> {
        ready(Ok(Some(None))).boxed()
    }

    fn expired(&self, _: usize) -> BoxFuture<'_, Result<Vec<WalletId>, Cause>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn names_taken<'a>(&'a self, _: NamesSought<'a>) -> BoxFuture<'a, Result<NamesTaken, Cause>> {
        ready(Ok(NamesTaken::default())).boxed()
    }

    fn registered<'a>(
        &'a self,
        _: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<RegisteredUser>, Cause>> {
        ready(Ok(None)).boxed()
    }

    fn register<'a>(&'a self, _: &'a NewUser<'a>) -> BoxFuture<'a, Result<UserId, RegisterError>> {
        ready(Ok(UserId(1))).boxed()
    }
}
