//! The ledger's rows follow from each other, and stand in an order in which they can have happened.

use wallet_engine::domain::{Balance, Wallet};

use super::spans::Span;
use super::{Breach, Case};

pub(super) fn check(case: &Case, breaches: &mut Vec<Breach>) {
    replay(case, breaches);
    real_time(case, breaches);
}

/// Decides every row again, from an empty wallet on.
fn replay(case: &Case, breaches: &mut Vec<Breach>) {
    let mut wallet = Wallet {
        balance: Balance::ZERO,
        version: 0,
        ..case.account.wallet
    };
    for span in &case.spans {
        let (key, row) = (span.row.key.as_deref(), span.row);
        let mut breach = |text| breaches.push(case.breach(key, &span.attempts, text));
        if row.seq != wallet.version + 1 {
            breach(format!("seq {} follows {}", row.seq, wallet.version));
        }
        match wallet.decide(&row.operation) {
            Ok(next) if next.balance == row.balance_after => {}
            Ok(next) => breach(format!(
                "seq {} makes {} of {}, but {} was recorded",
                row.seq, next.balance, wallet.balance, row.balance_after
            )),
            Err(refused) => breach(format!(
                "seq {} is not possible with {}: {refused}",
                row.seq, wallet.balance
            )),
        }
        // From here on as recorded, so that one mistake is told once.
        wallet.version = row.seq;
        wallet.balance = row.balance_after;
    }
    if wallet != case.account.wallet {
        let text = format!(
            "the ledger ends with balance {} and seq {}, the wallet has balance {} and version {}",
            wallet.balance,
            wallet.version,
            case.account.wallet.balance,
            case.account.wallet.version
        );
        breaches.push(case.breach(None, &[], text));
    }
}

/// Looks for an operation that was answered before another was sent, and stands behind it.
fn real_time(case: &Case, breaches: &mut Vec<Breach>) {
    let mut earliest: Option<&Span> = None;
    for span in case.spans.iter().rev() {
        if let Some(behind) = earliest.filter(|behind| behind.answered < span.sent) {
            let text = format!(
                "seq {} was answered before seq {} was sent",
                behind.row.seq, span.row.seq
            );
            let calls: Vec<_> = [behind, span]
                .iter()
                .flat_map(|span| span.attempts.iter().copied())
                .collect();
            breaches.push(case.breach(span.row.key.as_deref(), &calls, text));
        }
        if earliest.is_none_or(|behind| span.answered < behind.answered) {
            earliest = Some(span);
        }
    }
}
