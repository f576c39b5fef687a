//! The ledger's rows follow from each other, and stand in an order in which they can have happened.

use wallet_engine::domain::{Balance, Wallet};

use super::spans::Span;
use super::{Breach, Case, after};

pub(super) fn check(case: &Case, spans: &[Span], breaches: &mut Vec<Breach>) {
    let (recorded, lost) = spans.split_at(case.account.rows.len());
    let empty = Wallet {
        balance: Balance::ZERO,
        version: 0,
        ..case.account.wallet.clone()
    };
    let end = replay(case, empty, recorded, breaches);
    if end != case.account.wallet {
        let text = format!(
            "the ledger ends with balance {} and seq {}, the wallet has balance {} and version {}",
            end.balance, end.version, case.account.wallet.balance, case.account.wallet.version
        );
        breaches.push(case.breach(None, &[], text));
    }
    real_time(case, recorded.iter(), breaches);
    for branch in lost.chunk_by(|one, other| one.placed.last == other.placed.last) {
        lost_branch(case, recorded, branch, breaches);
    }
}

/// Decides every row again, from that wallet on; gives the wallet after the last.
fn replay(case: &Case, mut wallet: Wallet, spans: &[Span], breaches: &mut Vec<Breach>) -> Wallet {
    for span in spans {
        let row = span.placed.row;
        let key = row.key.as_deref();
        let mut breach = |text| breaches.push(case.breach(key, &span.attempts, text));
        if row.seq != wallet.version + 1 {
            breach(format!("seq {} follows {}", row.seq, wallet.version));
        }
        match after(&wallet, row.operation) {
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
    wallet
}

/// A lost branch follows from the fork, and is in an order in which it can have happened.
fn lost_branch(case: &Case, recorded: &[Span], branch: &[Span], breaches: &mut Vec<Breach>) {
    let era = branch[0].placed.last;
    let version = case.eras.fork(era, case.account.wallet.id);
    let version = version.map_or(0, |fork| fork.version);
    let before = recorded.partition_point(|span| span.placed.row.seq <= version);
    let balance = recorded[..before].last();
    let fork = Wallet {
        balance: balance.map_or(Balance::ZERO, |span| span.placed.row.balance_after),
        version,
        ..case.account.wallet.clone()
    };
    replay(case, fork, branch, breaches);
    let born = recorded.partition_point(|span| span.placed.born < era);
    let mut wrong = Vec::new();
    real_time(
        case,
        recorded[born.min(before)..before].iter().chain(branch),
        &mut wrong,
    );
    let is_new = |breach: &Breach| !breaches.iter().any(|known| known.text == breach.text);
    let new: Vec<Breach> = wrong.into_iter().filter(is_new).collect();
    breaches.extend(new);
}

/// Looks for an operation that was answered before another was sent, and stands behind it.
fn real_time<'a>(
    case: &Case,
    spans: impl DoubleEndedIterator<Item = &'a Span<'a>>,
    breaches: &mut Vec<Breach>,
) {
    let mut earliest: Option<&Span> = None;
    for span in spans.rev() {
        if let Some(behind) = earliest.filter(|behind| behind.answered < span.sent) {
            let text = format!(
                "seq {} was answered before seq {} was sent",
                behind.placed.row.seq, span.placed.row.seq
            );
            let calls: Vec<_> = [behind, span]
                .iter()
                .flat_map(|span| span.attempts.iter().copied())
                .collect();
            breaches.push(case.breach(span.placed.row.key.as_deref(), &calls, text));
        }
        if earliest.is_none_or(|behind| span.answered < behind.answered) {
            earliest = Some(span);
        }
    }
}
