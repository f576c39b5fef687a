//! The engine against a journal in memory that fails on demand.
#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod actix_facts;
mod actor_status;
mod contended;
mod faults;
mod holds;
mod idempotency;
mod idempotency_faults;
mod incarnations;
mod introspection;
mod journal;
mod lanes;
mod ledger;
mod lifecycle;
mod limits;
mod linearizable;
mod linked;
mod load_sessions;
mod metrics;
mod order;
mod permits;
mod principals;
mod rest;
mod shared;
mod store;
mod two_engines;
mod two_shared_engines;
mod withdrawal;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use wallet_engine::config::EngineConfig;
use wallet_engine::domain::{
    Amount, IdempotencyKey, Operation, OperationKind, OperationRequest, WalletId,
};
use wallet_engine::engine::{Engine, LedgerEntry};

use journal::{Side, Store};

/// An engine on a separate store.
struct TestEngine {
    engine: Engine,
    store: Arc<Store>,
    journal: Arc<Side>,
}

impl TestEngine {
    fn start() -> Self {
        Self::with(&config())
    }

    fn with(config: &EngineConfig) -> Self {
        Self::of(config, Store::new())
    }

    /// Another engine on the same store.
    fn start_on(store: &Arc<Store>) -> Self {
        Self::of(&config(), Arc::clone(store))
    }

    fn of(config: &EngineConfig, store: Arc<Store>) -> Self {
        Self::with_load_sessions(0, config, store)
    }

    fn with_load_sessions(sessions: usize, config: &EngineConfig, store: Arc<Store>) -> Self {
        let journal = store.side();
        journal.load_sessions.set(sessions);
        let engine = Engine::start(config, journal.clone());
        Self {
            engine,
            store,
            journal,
        }
    }

    async fn deposit(&self, wallet: WalletId, cents: i64) -> Result<i64, String> {
        balance_after(&self.engine, wallet, deposit(cents)).await
    }

    async fn withdraw(&self, wallet: WalletId, cents: i64) -> Result<i64, String> {
        balance_after(&self.engine, wallet, withdraw(cents)).await
    }
}

/// The operation's balance in cents, or its error as text.
async fn balance_after(
    engine: &Engine,
    wallet: WalletId,
    operation: Operation,
) -> Result<i64, String> {
    engine
        .apply(wallet, operation)
        .await
        .map(|receipt| receipt.balance.cents())
        .map_err(|error| format!("{error:?}"))
}

/// The operation under a key.
fn under(key: &str, operation: Operation) -> OperationRequest {
    OperationRequest {
        key: Some(IdempotencyKey::parse(key).unwrap()),
        ..operation.into()
    }
}

/// The operation that is asked for.
fn asked(request: &OperationRequest) -> Operation {
    request.movement.operation()
}

fn key_of(row: &LedgerEntry) -> Option<&IdempotencyKey> {
    Some(&row.key.as_ref()?.0)
}

/// Limits that no test meets unless it wants to.
fn config() -> EngineConfig {
    EngineConfig {
        shared: false,
        committers: 2,
        batch_max: 64,
        queue_max: 1_000,
        inflight_max: 10_000,
        idle: Duration::from_secs(60),
        active_max: 1_000,
        holds_max: 1_000,
        wait: Duration::from_secs(20),
        answer: Duration::from_secs(10),
        hashers: 1,
        hash_queue_max: 1,
    }
}

fn deposit(cents: i64) -> Operation {
    Operation {
        kind: OperationKind::Deposit,
        amount: Amount::from_cents(cents).unwrap(),
    }
}

fn withdraw(cents: i64) -> Operation {
    Operation {
        kind: OperationKind::Withdraw,
        amount: Amount::from_cents(cents).unwrap(),
    }
}

/// Waits for a condition that another thread fulfils.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let poll = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    within(what, poll).await;
}

/// Fails loudly instead of hanging.
async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within 20 seconds"))
}
