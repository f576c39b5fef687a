//! The steps of an operation's way that are counted. All of them run on one thread.

#[path = "../../at_once/mod.rs"]
mod at_once;
mod commit;
mod request;

use std::hint::black_box;

use bytes::Bytes;
use futures_util::FutureExt;
use time::OffsetDateTime;
use uuid::Uuid;
use wallet_engine::compat::body::Body;
use wallet_engine::compat::operation;
use wallet_engine::domain::{
    Amount, Balance, Moment, Operation, OperationKind, OperationRequest, UserId, Wallet, WalletId,
};
use wallet_engine::engine::{LedgerEntry, WriteSet};

pub use commit::database;

pub struct Step {
    pub name: &'static str,
    /// How often it is run, and once more: enough for what happens only now and then to be in the average.
    pub operations: u64,
    /// Operations of one run.
    pub operations_each: u64,
    /// How many percent more or less than the budget are within it.
    pub tolerance_percent: u64,
    /// Runs it so many times, with the address of a database.
    pub run: fn(u64, &str),
}

/// Operations of a batch, as a hot wallet with 64 connections has them.
pub const BATCH: u64 = 32;

const BODY: &[u8] = br#"{"operationType":"DEPOSIT","amount":"0.01"}"#;
const JSON: &[u8] = b"application/json";
const DEPOSIT: Operation = Operation {
    kind: OperationKind::Deposit,
    amount: Amount::MIN,
};
const AT: Moment = Moment {
    now: OffsetDateTime::UNIX_EPOCH,
    incarnation: 0,
    holds_max: 1_000,
};

impl Step {
    pub const ALL: [Self; 6] = [
        Self {
            name: "parse",
            operations: 2_000,
            operations_each: 1,
            tolerance_percent: 3,
            run: |times, _| parse(times),
        },
        Self {
            name: "decide",
            operations: 200,
            operations_each: BATCH,
            tolerance_percent: 3,
            run: |times, _| decide(times, BATCH),
        },
        Self {
            name: "decide-alone",
            operations: 2_000,
            operations_each: 1,
            tolerance_percent: 3,
            run: |times, _| decide(times, 1),
        },
        // The answer of the server comes in one piece or in several.
        Self {
            name: "commit",
            operations: 200,
            operations_each: BATCH,
            tolerance_percent: 5,
            run: commit::run,
        },
        // What the engine does now and then is by the clock, which runs faster for a slow program.
        Self {
            name: "deposit",
            operations: 1_000,
            operations_each: 1,
            tolerance_percent: 5,
            run: |times, _| request::deposits(times),
        },
        Self {
            name: "balance",
            operations: 1_000,
            operations_each: 1,
            tolerance_percent: 3,
            run: |times, _| request::balances(times),
        },
    ];
}

/// A body into an operation.
fn parse(times: u64) {
    let bytes = Bytes::from_static(BODY);
    for _ in 0..times {
        let body = Body {
            content_type: JSON,
            bytes: black_box(&bytes).clone(),
        };
        let read = body.read(&operation::FIELDS, operation::parse);
        let operation = read.now_or_never().map(Result::ok);
        assert!(matches!(black_box(operation), Some(Some(Ok(_)))));
    }
}

/// Batches of deposits into a wallet, as its actor decides them: into the set that a commit writes.
fn decide(times: u64, batch: u64) {
    let mut wallet = empty();
    for _ in 0..times {
        black_box(decided(&mut wallet, batch));
    }
}

/// A batch of deposits into the wallet.
fn decided(wallet: &mut Wallet, batch: u64) -> Option<WriteSet> {
    let before = wallet.clone();
    let mut entries = Vec::new();
    let mut posted = Vec::new();
    for _ in 0..batch {
        let request = black_box(OperationRequest::from(DEPOSIT));
        let decided = wallet.decide(&request, AT, &mut posted);
        assert!(decided.is_ok());
        let of = |entry| LedgerEntry::of(&request, entry);
        entries.extend(posted.drain(..).map(of));
    }
    WriteSet::new(&before, entries, Vec::new())
}

fn empty() -> Wallet {
    Wallet {
        id: WalletId(Uuid::from_u128(1)),
        user: UserId(1),
        balance: Balance::ZERO,
        version: 0,
        reversals_known_from: 0,
        terms: None,
    }
}
