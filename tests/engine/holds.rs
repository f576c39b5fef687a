//! Money that is held, captured and given back; reversals and rules: the same on one engine, and over two.

mod contention;
mod expiry;
mod keys;
mod reversals;
mod rules;

use wallet_engine::config::EngineConfig;
use wallet_engine::domain::hold::Expiry;
use wallet_engine::domain::linked::{Step, StepReceipt};
use wallet_engine::domain::movement::Capture;
use wallet_engine::domain::{
    Amount, IdempotencyKey, Movement, OperationKind, OperationRefused, OperationRequest, WalletId,
};
use wallet_engine::engine::{Engine, EngineError, LinkedError, ReversalRequest};

use super::config;
use super::journal::Store;
use super::shared::shared;

/// What holds last here, in seconds.
const LASTS_S: u32 = 60;

fn amount(cents: i64) -> Amount {
    Amount::from_cents(cents).unwrap()
}

pub fn hold(cents: i64) -> OperationRequest {
    let expiry = Expiry::In(LASTS_S);
    let amount = amount(cents);
    Movement::Hold { amount, expiry }.into()
}

pub fn void(hold: i64) -> OperationRequest {
    Movement::Void { hold }.into()
}

/// A capture of that much, or of what remains; the rest is released.
pub fn capture(hold: i64, cents: Option<i64>) -> OperationRequest {
    Movement::Capture(Capture {
        hold,
        amount: cents.map(amount),
        is_final: true,
        to: None,
    })
    .into()
}

pub fn capture_to(to: WalletId, hold: i64, cents: i64) -> OperationRequest {
    Movement::Capture(Capture {
        hold,
        amount: Some(amount(cents)),
        is_final: false,
        to: Some(to),
    })
    .into()
}

/// Applies it, on one wallet or on two.
pub async fn apply(
    engine: &Engine,
    wallet: WalletId,
    request: OperationRequest,
) -> Result<StepReceipt, LinkedError> {
    let step = Step { wallet, request };
    engine.apply_step(step, engine.deadline()).await
}

/// Reverses an operation, or so much of it.
async fn reverse(
    engine: &Engine,
    wallet: WalletId,
    operation: i64,
    cents: Option<i64>,
    key: Option<IdempotencyKey>,
) -> Result<StepReceipt, LinkedError> {
    let asked = ReversalRequest {
        wallet,
        operation,
        amount: cents.map(amount),
        key,
        reason: None,
        principal: None,
    };
    engine.reverse(asked, engine.deadline()).await
}

fn refusal(answer: Result<StepReceipt, LinkedError>) -> OperationRefused {
    match answer {
        Err(LinkedError::Refused(refused)) => refused.reason,
        Err(LinkedError::Engine(EngineError::Refused(reason))) => reason,
        other => panic!("{other:?}"),
    }
}

/// One engine; two that take each other for alone, each of which the guard holds back; and two that know of each other.
fn constellations(store: &std::sync::Arc<Store>) -> [Vec<Engine>; 3] {
    let start = |config: &EngineConfig| Engine::start(config, store.side());
    [
        vec![start(&config())],
        vec![start(&config()), start(&config())],
        vec![start(&shared()), start(&shared())],
    ]
}

/// How many rows of that kind the wallet's ledger has.
fn rows(store: &Store, wallet: WalletId, kind: OperationKind) -> usize {
    let ledger = store.ledger(wallet);
    let of_kind = |row: &&wallet_engine::engine::LedgerEntry| row.entry.operation.kind == kind;
    ledger.iter().filter(of_kind).count()
}
