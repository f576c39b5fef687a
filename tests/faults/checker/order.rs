//! The ledger's rows follow from each other, and stand in an order in which they can have happened.

use std::sync::Arc;

use wallet_engine::domain::terms::Terms;
use wallet_engine::domain::{Balance, Wallet};

use super::replay::replay;
use super::spans::Span;
use super::{Breach, Case};

/// Gives the wallet after each of the spans, where it is one.
pub(super) fn check(
    case: &Case,
    spans: &[Span],
    breaches: &mut Vec<Breach>,
) -> Vec<Option<Wallet>> {
    let (recorded, lost) = spans.split_at(case.account.rows.len());
    let empty = empty(case);
    let mut states = replay(case, empty.clone(), &[], recorded, breaches);
    let end = states.last().cloned().flatten().unwrap_or(empty);
    check_end(case, &end, breaches);
    real_time(case, recorded.iter(), breaches);
    for branch in lost.chunk_by(|one, other| one.placed.last == other.placed.last) {
        states.extend(lost_branch(case, recorded, branch, &states, breaches));
    }
    states
}

/// The wallet as it was registered.
pub(super) fn empty(case: &Case) -> Wallet {
    Wallet {
        balance: Balance::ZERO,
        version: 0,
        reversals_known_from: 0,
        terms: None,
        ..case.account.wallet
    }
}

/// The ledger ends with the wallet as it is, its rules and its open holds.
fn check_end(case: &Case, end: &Wallet, breaches: &mut Vec<Breach>) {
    let wallet = &case.account.wallet;
    if (end.balance, end.version) != (wallet.balance, wallet.version) {
        let text = format!(
            "the ledger ends with balance {} and seq {}, the wallet has balance {} and version {}",
            end.balance, end.version, wallet.balance, wallet.version
        );
        breaches.push(case.breach(None, &[], text));
    }
    let empty = Arc::default();
    let [of_ledger, of_wallet]: [&Arc<Terms>; 2] =
        [end, wallet].map(|wallet| wallet.terms.as_ref().unwrap_or(&empty));
    if of_ledger.holds() != of_wallet.holds() || of_ledger.rules != of_wallet.rules {
        let text = format!("the ledger leaves {of_ledger:?}, the wallet has {of_wallet:?}");
        breaches.push(case.breach(None, &[], text));
    }
}

/// A lost branch follows from the fork, and is in an order in which it can have happened.
fn lost_branch(
    case: &Case,
    recorded: &[Span],
    branch: &[Span],
    states: &[Option<Wallet>],
    breaches: &mut Vec<Breach>,
) -> Vec<Option<Wallet>> {
    let era = branch[0].placed.last;
    let version = case.eras.fork(era, case.account.wallet.id);
    let version = version.map_or(0, |fork| fork.version);
    let before = recorded.partition_point(|span| span.placed.row.seq <= version);
    let fork = match before.checked_sub(1) {
        Some(last) => states[last].clone(),
        None => Some(empty(case)),
    };
    // A fork within a transaction is found in the ledger.
    let fork = fork.unwrap_or_else(|| empty(case));
    let after = replay(case, fork, &recorded[..before], branch, breaches);
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
    after
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
