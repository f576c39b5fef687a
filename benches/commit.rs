//! What a group commit costs: the guarded statement with its flush to disk, for groups of several sizes, on one
//! wallet and with a wallet for each operation, without keys and with a new key for each.
//!
//! The PostgreSQL is a private one, made for the run under cargo's target directory, which is on a disk as a rule
//! where `/tmp` may be in memory. Its durability settings are printed first, as a figure means little without
//! them; at the end the whole ledger is audited.
#![allow(
    clippy::unwrap_used,
    reason = "what a bench needs and cannot have ends it"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use actix_web::rt::System;
use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use testkit::postgres::{self, Postgres};
use time::OffsetDateTime;
use tokio_postgres::Config;
use uuid::Uuid;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::domain::{
    Amount, IdempotencyKey, Operation, OperationKind, OperationRequest, Wallet, WalletId,
};
use wallet_engine::engine::{
    Journal, Lane, LedgerEntry, Loaded, SessionNumber, SetOutcome, WriteSet,
};
use wallet_engine::storage::Database;

const GROUPS: [usize; 4] = [1, 64, 256, 1_024];
const WAIT: Duration = Duration::from_secs(20);
/// The committer whose line to the database is used.
const SESSION: SessionNumber = SessionNumber {
    lane: Lane::WHOLE,
    number: 0,
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
        .measurement_time(Duration::from_secs(3))
        .sample_size(20);
    targets = commits
}

fn commits(criterion: &mut Criterion) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let system = System::new();
    let (postgres, config) = system.block_on(start(directory.path()));
    let database =
        Database::new(&config, 1, SESSION.number + 1, &DatabaseLimits::of(WAIT)).unwrap();
    let mut group = criterion.benchmark_group("Journal::commit");
    group.sampling_mode(SamplingMode::Flat);
    for operations in GROUPS {
        let shapes = [("one wallet", 1), ("as many wallets", operations)];
        // A single operation is of a single wallet.
        for (name, wallets) in &shapes[..if operations == 1 { 1 } else { 2 }] {
            for (keys, keyed) in [("", false), (", each under a new key", true)] {
                let mut wallets = system.block_on(wallets_new(&config, &database, *wallets));
                let name = format!("{operations} operations on {name}{keys}");
                bench(&mut group, &name, operations, |entries| {
                    system.block_on(commit(&database, &mut wallets, entries, keyed))
                });
            }
        }
    }
    group.finish();
    system.block_on(stop(postgres, &config, database));
}

fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    operations: usize,
    mut commit: impl FnMut(usize) -> Duration,
) {
    group.throughput(Throughput::Elements(operations as u64));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|commits| (0..commits).map(|_| commit(operations)).sum());
    });
}

/// Spreads the operations evenly over the wallets and commits them as one group; gives the time of the commit.
async fn commit(
    database: &Database,
    wallets: &mut [Wallet],
    operations: usize,
    keyed: bool,
) -> Duration {
    let each = operations / wallets.len();
    let sets = wallets.iter_mut().map(|w| deposits(w, each, keyed));
    let sets: Vec<_> = sets.collect();
    let started = Instant::now();
    let committed = database.commit(SESSION, &sets).await.unwrap();
    let took = started.elapsed();
    assert!(
        committed
            .iter()
            .all(|set| matches!(set, SetOutcome::Committed(_)))
    );
    took
}

/// That many deposits, and the wallet as it is after them.
fn deposits(wallet: &mut Wallet, operations: usize, keyed: bool) -> WriteSet {
    let before = wallet.clone();
    let mut entry = || {
        let entry = wallet.post(DEPOSIT, OffsetDateTime::UNIX_EPOCH).unwrap();
        let request = OperationRequest {
            key: keyed.then(new_key),
            ..DEPOSIT.into()
        };
        LedgerEntry::of(&request, entry)
    };
    let entries = (0..operations).map(|_| entry()).collect();
    WriteSet::new(&before, entries, Vec::new()).unwrap()
}

/// As clients make them.
fn new_key() -> IdempotencyKey {
    IdempotencyKey::parse(&Uuid::new_v4().to_string()).unwrap()
}

async fn start(directory: &Path) -> (Postgres, Config) {
    let postgres = Postgres::start(directory).await;
    for (name, value) in postgres.facts().await {
        println!("{name} = {value}");
    }
    let config = postgres.create("commits").await;
    (postgres, config)
}

async fn stop(postgres: Postgres, config: &Config, database: Database) {
    database.close().await;
    let audit = postgres::audit(config).await;
    assert!(audit.breaches.is_empty(), "{:?}", audit.breaches);
    println!(
        "{} operations on {} wallets: everything agrees.",
        audit.operations, audit.wallets
    );
    postgres.stop().await;
}

/// New users with empty wallets.
async fn wallets_new(config: &Config, database: &Database, wallets: usize) -> Vec<Wallet> {
    const REGISTER: &str = "
        WITH registered AS (
            INSERT INTO users (username, email, password_hash, wallet_id)
            SELECT id, id || '@example.com', '', id FROM unnest($1::uuid[]) AS new (id)
            RETURNING id, wallet_id
        )
        INSERT INTO wallets (id, user_id) SELECT wallet_id, id FROM registered";
    let ids: Vec<_> = (0..wallets).map(|_| Uuid::new_v4()).collect();
    let client = postgres::connect(config).await;
    client.execute(REGISTER, &[&ids]).await.unwrap();
    let ids: Vec<_> = ids.into_iter().map(WalletId).collect();
    let loaded = database.load(None, &ids).await.unwrap();
    let wallet = |loaded: Loaded| loaded.unwrap().unwrap();
    loaded.into_iter().map(wallet).collect()
}
