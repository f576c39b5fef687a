//! What an operation costs before anything is sent anywhere: reading its amount, and the wallet's decision.
#![allow(
    clippy::unwrap_used,
    reason = "what a bench needs and cannot have ends it"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use time::OffsetDateTime;
use uuid::Uuid;
use wallet_engine::compat::decimal::amount;
use wallet_engine::domain::hold::Expiry;
use wallet_engine::domain::linked::{LinkedSet, Step};
use wallet_engine::domain::money::AMOUNT_TEXT_MAX_CHARS;
use wallet_engine::domain::movement::Capture;
use wallet_engine::domain::{
    Amount, Balance, Moment, Movement, Operation, OperationKind, OperationRequest, UserId, Wallet,
    WalletId,
};

/// Operations that are decided in a row, as an actor decides its queue.
const QUEUE: u64 = 1_024;

const AT: Moment = Moment {
    now: OffsetDateTime::UNIX_EPOCH,
    incarnation: 0,
    holds_max: 1_000,
};

criterion_main!(benches);
criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50);
    targets = amounts, decisions, holds, linked
}

/// A hold and its final capture, in a wallet with so many other open holds.
fn holds(criterion: &mut Criterion) {
    let hold: OperationRequest = Movement::Hold {
        amount: Amount::MIN,
        expiry: Expiry::In(60),
    }
    .into();
    let mut group = criterion.benchmark_group("Wallet::decide");
    for open in [0, 10, 1_000] {
        let mut wallet = Wallet {
            id: WalletId(Uuid::nil()),
            user: UserId(1),
            balance: Balance::from_cents(100_000).unwrap(),
            version: 1,
            reversals_known_from: 0,
            terms: None,
        };
        for _ in 0..open {
            wallet.decide(&hold, AT, &mut Vec::new()).unwrap();
        }
        group.bench_function(format!("a hold and its capture beside {open}"), |bencher| {
            bencher.iter(|| {
                let mut wallet = wallet.clone();
                let mut entries = Vec::with_capacity(2);
                wallet.decide(black_box(&hold), AT, &mut entries).unwrap();
                let capture = Movement::Capture(Capture {
                    hold: wallet.version,
                    amount: None,
                    is_final: true,
                    to: None,
                });
                wallet.decide(&capture.into(), AT, &mut entries).unwrap();
                black_box(entries)
            });
        });
    }
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

/// A group of transfers that pay one wallet, each a linked set of its own, and one set of a hundred wallets.
fn linked(criterion: &mut Criterion) {
    const PAYERS: u64 = 63;
    let wallet = |number| Wallet {
        id: WalletId(Uuid::from_u128(number)),
        user: UserId(1),
        balance: Balance::from_cents(100_000).unwrap(),
        version: 1,
        reversals_known_from: 0,
        terms: None,
    };
    let transfer = |from, to| Step {
        wallet: WalletId(Uuid::from_u128(from)),
        request: Movement::Transfer {
            to: WalletId(Uuid::from_u128(to)),
            amount: Amount::MIN,
        }
        .into(),
    };
    let mut group = criterion.benchmark_group("LinkedSet::decide");
    let crowd: Vec<_> = (1..=u128::from(PAYERS))
        .map(|payer| LinkedSet::new(vec![transfer(payer, 0)]).unwrap())
        .collect();
    group.throughput(Throughput::Elements(PAYERS));
    group.bench_function("63 transfers to one wallet", |bencher| {
        bencher.iter(|| {
            let mut payee = wallet(0);
            for (payer, set) in (1..).zip(&crowd) {
                let mut wallets = [payee.clone(), wallet(payer)];
                black_box(set.decide(&mut wallets, AT, |_| false).unwrap());
                let [then, _] = wallets;
                payee = then;
            }
        });
    });
    let ring = LinkedSet::new((0..99).map(|n| transfer(n, n + 1)).collect()).unwrap();
    group.throughput(Throughput::Elements(99));
    group.bench_function("one set of 100 wallets", |bencher| {
        bencher.iter(|| {
            let mut wallets: Vec<_> = (0..100).map(wallet).collect();
            black_box(ring.decide(&mut wallets, AT, |_| false).unwrap());
        });
    });
}

fn decisions(criterion: &mut Criterion) {
    let wallet = Wallet {
        id: WalletId(Uuid::nil()),
        user: UserId(1),
        balance: Balance::from_cents(100_000).unwrap(),
        version: 1,
        reversals_known_from: 0,
        terms: None,
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
            bencher.iter(|| black_box(wallet.clone()).post(black_box(operation), AT.now));
        });
    }
    let deposit = operation(OperationKind::Deposit, 100);
    group.throughput(Throughput::Elements(QUEUE));
    group.bench_function(format!("a queue of {QUEUE}"), |bencher| {
        bencher.iter(|| {
            let mut wallet = wallet.clone();
            for _ in 0..QUEUE {
                black_box(wallet.post(black_box(deposit), AT.now).unwrap());
            }
        });
    });
}
