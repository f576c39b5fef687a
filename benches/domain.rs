//! What an operation costs before anything is sent anywhere: reading its amount, and the wallet's decision.
#![allow(
    clippy::unwrap_used,
    reason = "what a bench needs and cannot have ends it"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use uuid::Uuid;
use wallet_engine::compat::decimal::amount;
use wallet_engine::domain::money::AMOUNT_TEXT_MAX_CHARS;
use wallet_engine::domain::{Amount, Balance, Operation, OperationKind, UserId, Wallet, WalletId};

/// Operations that are decided in a row, as an actor decides its queue.
const QUEUE: u64 = 1_024;

criterion_main!(benches);
criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50);
    targets = amounts, decisions
}

/// Texts as clients send them, and the most expensive ones that a body can hold.
fn amounts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compat::decimal::amount");
    for text in ["1", "100.00", "99999999.99", "1.50e1", "-5", "abc"] {
        group.bench_function(text, |bencher| {
            bencher.iter(|| amount(black_box(text)));
        });
    }
    let longest = AMOUNT_TEXT_MAX_CHARS;
    for (name, text) in [
        ("all zeros but one", format!("{}1", "0".repeat(longest - 1))),
        ("places", format!("0.{}1", "0".repeat(longest - 3))),
        ("digits of another script", "٣".repeat(longest)),
        ("underscores", format!("1{}0", "_".repeat(longest - 2))),
        ("exponent", format!("1e{}", "9".repeat(longest - 2))),
        ("nearly a body of spaces", " ".repeat(60 * 1024)),
    ] {
        group.bench_function(format!("worst: {name}"), |bencher| {
            bencher.iter(|| amount(black_box(&text)));
        });
    }
}

fn decisions(criterion: &mut Criterion) {
    let wallet = Wallet {
        id: WalletId(Uuid::nil()),
        user: UserId(1),
        balance: Balance::from_cents(100_000).unwrap(),
        version: 1,
    };
    let operation = |kind, cents| Operation {
        kind,
        amount: Amount::from_cents(cents).unwrap(),
    };
    let mut group = criterion.benchmark_group("Wallet::decide");
    for (name, operation) in [
        ("deposit", operation(OperationKind::Deposit, 100)),
        ("withdraw", operation(OperationKind::Withdraw, 100)),
        ("refuse", operation(OperationKind::Withdraw, 100_001)),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(&wallet).decide(black_box(&operation)));
        });
    }
    let deposit = operation(OperationKind::Deposit, 100);
    group.throughput(Throughput::Elements(QUEUE));
    group.bench_function(format!("a queue of {QUEUE}"), |bencher| {
        bencher
            .iter(|| (0..QUEUE).try_fold(wallet, |wallet, _| wallet.decide(black_box(&deposit))));
    });
}
