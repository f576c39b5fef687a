//! The ledger decided once more, row by row, by the domain: each has to follow from those before it.
//!
//! Rows that are decided at once stay together: a final capture that releases the rest is two. A release that nobody asked for
//! is one of these, or that of a hold whose time was over. What a rule limits a day is counted from the rows.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use wallet_engine::domain::hold::Expiry;
use wallet_engine::domain::linked::{Counterpart, TransferId};
use wallet_engine::domain::movement::Capture;
use wallet_engine::domain::reversal::{Original, Reversal};
use wallet_engine::domain::rules::{Rules, RulesChange, Spent};
use wallet_engine::domain::{
    Amount, Balance, Entry, Moment, Movement, OperationKind, Sign, Wallet,
};

use super::spans::Span;
use super::{Breach, Case};
use crate::history::Request;
use crate::ledger::Row;

/// Decides the spans' rows again, on that wallet and after those rows. Gives the wallet after each; `None` where the next row was
/// decided with it.
pub(super) fn replay<'a>(
    case: &Case,
    mut wallet: Wallet,
    before: &[Span<'a>],
    spans: &[Span<'a>],
    breaches: &mut Vec<Breach>,
) -> Vec<Option<Wallet>> {
    let mut rows: Vec<&Row> = before.iter().map(|span| span.placed.row).collect();
    let mut states = Vec::with_capacity(spans.len());
    let mut left = spans;
    while !left.is_empty() {
        let (together, later) = left.split_at(count_together(left));
        left = later;
        let last = &together[together.len() - 1];
        for text in take(&mut wallet, &rows, together) {
            let key = last.placed.row.key.as_deref();
            breaches.push(case.breach(key, &last.attempts, text));
        }
        rows.extend(together.iter().map(|span| span.placed.row));
        // From here on as recorded, so that one mistake is told once.
        let row = last.placed.row;
        (wallet.version, wallet.balance) = (row.seq, row.balance_after);
        wallet.reversals_known_from = 0;
        wallet.committed(row.created_at);
        count_spent(&mut wallet, &rows, row.created_at);
        states.extend(together[1..].iter().map(|_| None));
        states.push(Some(wallet.clone()));
    }
    states
}

/// How many of the first rows were decided at once.
fn count_together(spans: &[Span]) -> usize {
    let is_rest = |pair: &[Span]| {
        let [release, capture] = [&pair[0], &pair[1]].map(|span| span.placed.row);
        is_unasked_release(release)
            && release.expires_at.is_none()
            && capture.operation.kind == OperationKind::Capture
            && capture.hold == release.hold
    };
    if spans.get(..2).is_some_and(is_rest) {
        2
    } else {
        1
    }
}

/// Whether it is a release that goes with something else, or with time.
pub(super) fn is_unasked_release(row: &Row) -> bool {
    row.operation.kind == OperationKind::Release && row.key.is_none()
}

/// Decides the rows, and says how they differ.
fn take(wallet: &mut Wallet, before: &[&Row], together: &[Span]) -> Vec<String> {
    let mut wrong = Vec::new();
    let (first, last) = (
        together[0].placed.row,
        together[together.len() - 1].placed.row,
    );
    if first.seq != wallet.version + 1 {
        wrong.push(format!("seq {} follows {}", first.seq, wallet.version));
    }
    let mut entries = Vec::new();
    let mut next = wallet.clone();
    if let Err(refused) = decide(&mut next, before, together, &mut entries) {
        wrong.push(format!(
            "seq {} is not possible with {}: {refused}",
            last.seq, wallet.balance
        ));
        return wrong;
    }
    if next.balance != last.balance_after {
        wrong.push(format!(
            "seq {} makes {} of {}, but {} was recorded",
            last.seq, next.balance, wallet.balance, last.balance_after
        ));
    }
    if entries.len() != together.len() {
        wrong.push(format!(
            "seq {} makes {} rows, but {} were recorded",
            last.seq,
            entries.len(),
            together.len()
        ));
    }
    for (entry, span) in entries.iter().zip(together) {
        wrong.extend(differs(entry, span.placed.row));
    }
    *wallet = next;
    wrong
}

/// Says what of a row beside its balance is not as it was decided.
fn differs(entry: &Entry, row: &Row) -> Option<String> {
    let details = entry.details.as_deref().cloned().unwrap_or_default();
    let decided = (
        entry.operation,
        entry.held_after,
        details.hold,
        details.expires_at,
        details.reverses,
        details.rules,
    );
    let recorded = (
        row.operation,
        row.held_after,
        row.hold,
        row.expires_at,
        row.reverses,
        row.rules,
    );
    (decided != recorded)
        .then(|| format!("seq {} is {recorded:?}, and should be {decided:?}", row.seq))
}

fn decide(
    wallet: &mut Wallet,
    before: &[&Row],
    together: &[Span],
    entries: &mut Vec<Entry>,
) -> Result<(), String> {
    let span = &together[together.len() - 1];
    let row = span.placed.row;
    if is_unasked_release(row) {
        return expire(wallet, row, entries);
    }
    let at = at(decided_at(wallet, row.created_at));
    let movement = match row.operation.kind {
        OperationKind::Deposit
        | OperationKind::Withdraw
        | OperationKind::TransferOut
        | OperationKind::TransferIn => Movement::Operation(row.operation),
        OperationKind::Hold => Movement::Hold {
            amount: row.operation.amount,
            expiry: Expiry::At(row.expires_at.ok_or("it never expires")?),
        },
        OperationKind::Release => Movement::Void {
            hold: row.hold.ok_or("it is of no hold")?,
        },
        OperationKind::Capture => Movement::Capture(Capture {
            hold: row.hold.ok_or("it is of no hold")?,
            amount: Some(row.operation.amount),
            is_final: together.len() > 1 || asks_to_close(span),
            to: None,
        }),
        OperationKind::ReversalIn | OperationKind::ReversalOut => {
            let original = row.reverses.and_then(|seq| original(before, seq, wallet));
            Movement::Reversal(Box::new(Reversal {
                original: original.ok_or("there is nothing that it reverses")?,
                amount: Some(row.operation.amount),
            }))
        }
        OperationKind::Freeze
        | OperationKind::Unfreeze
        | OperationKind::Close
        | OperationKind::Reopen
        | OperationKind::Limit => {
            let change = asked(span).unwrap_or_else(|| whole(&row.rules.unwrap_or_default()));
            Movement::Rules(Box::new(change))
        }
        OperationKind::Opening | OperationKind::OpeningReduction => {
            return Err("nobody imports anything here".to_owned());
        }
    };
    let decided = wallet.decide(&movement.into(), at, entries);
    decided.map(drop).map_err(|refused| refused.to_string())
}

/// A hold is released because its time is over.
fn expire(wallet: &mut Wallet, row: &Row, entries: &mut Vec<Entry>) -> Result<(), String> {
    let expires_at = row.expires_at.ok_or("nobody asked for it")?;
    let terms = wallet.terms.as_ref();
    let hold = row.hold.and_then(|id| terms?.holds().get(&id));
    let hold = hold.ok_or("there is no such open hold")?;
    if row.created_at < expires_at || hold.expires_at != expires_at {
        return Err(format!("the hold lasts until {}", hold.expires_at));
    }
    // Of several that expired by then, the row is of one.
    let mut alone = wallet.clone();
    let id = row.hold.unwrap_or_default();
    let expired = decided_at(&alone, row.created_at);
    let void = Movement::Void { hold: id };
    let released = alone.decide(&void.into(), at(expired), entries);
    released.map_err(|refused| refused.to_string())?;
    if let Some(entry) = entries.last_mut() {
        entry.details_mut().expires_at = Some(expires_at);
    }
    *wallet = alone;
    Ok(())
}

pub(super) fn at(now: OffsetDateTime) -> Moment {
    Moment {
        now,
        incarnation: 0,
        holds_max: usize::MAX,
    }
}

/// When the row was decided, as far as it matters: before the first hold that is open expires, for that would have been
/// released.
fn decided_at(wallet: &Wallet, created_at: OffsetDateTime) -> OffsetDateTime {
    let terms = wallet.terms.as_ref();
    let holds = terms.into_iter().flat_map(|terms| terms.holds().values());
    let first = holds
        .map(|hold| hold.expires_at - Duration::MICROSECOND)
        .min();
    first.map_or(created_at, |first| first.min(created_at))
}

/// What is known of an operation that is to be reversed, after these rows.
pub(super) fn original(rows: &[&Row], seq: i64, wallet: &Wallet) -> Option<Original> {
    let row = rows.iter().find(|row| row.seq == seq)?;
    let reversed = rows.iter().filter(|row| row.reverses == Some(seq));
    let reversed = reversed.map(|row| row.operation.amount.cents()).sum();
    let counterpart = row.link.map(|link| Counterpart {
        wallet: link.wallet,
        seq: link.seq,
        transfer: link.transfer.map(TransferId),
    });
    Some(Original {
        seq,
        operation: row.operation,
        counterpart,
        reversed: Balance::from_cents(reversed)?,
        as_of: wallet.version,
        incarnation: 0,
    })
}

/// Counts what left today, where a rule has begun to limit it.
fn count_spent(wallet: &mut Wallet, rows: &[&Row], now: OffsetDateTime) {
    if !wallet.has_to_be_loaded() {
        return;
    }
    let today = rows.iter().filter(|row| {
        row.operation.kind.balance_sign() == Sign::Minus && row.created_at.date() == now.date()
    });
    let cents = today.map(|row| row.operation.amount.cents()).sum();
    if let Some(terms) = &mut wallet.terms {
        Arc::make_mut(terms).spent = Some(Spent {
            day: now.date(),
            amount: Balance::from_cents(cents).unwrap_or(Balance::MAX),
            uncommitted: Balance::ZERO,
            is_recorded: false,
        });
    }
}

fn movement<'a>(span: &'a Span) -> Option<&'a Movement> {
    let (_, call) = span.attempts.first()?;
    match &call.request {
        Request::Operation { movement, .. } => Some(movement),
        _ => None,
    }
}

/// The change of rules that was asked for.
fn asked(span: &Span) -> Option<RulesChange> {
    match movement(span)? {
        Movement::Rules(change) => Some(**change),
        _ => None,
    }
}

fn asks_to_close(span: &Span) -> bool {
    matches!(movement(span), Some(Movement::Capture(capture)) if capture.is_final)
}

/// The change that makes these rules of any.
fn whole(rules: &Rules) -> RulesChange {
    RulesChange {
        debits: Some(rules.debits),
        credits: Some(rules.credits),
        is_closed: Some(rules.is_closed),
        balance_min: Some(rules.balance_min),
        balance_max: Some(rules.balance_max),
        operation_max: Some(rules.operation_max),
        daily_out_max: Some(rules.daily_out_max),
    }
}

/// Whether the row is what was asked for. An amount of zero was not named.
pub(super) fn is_asked_for(asked: &Movement, row: &Row) -> bool {
    let operation = asked.operation();
    let has_amount = operation.amount == Amount::ZERO || operation.amount == row.operation.amount;
    let is_kind = match asked {
        Movement::Rules(_) => row.rules.is_some(),
        _ => operation.kind == row.operation.kind,
    };
    let is_details = match asked {
        Movement::Capture(capture) => row.hold == Some(capture.hold),
        Movement::Void { hold } => row.hold == Some(*hold),
        Movement::Reversal(reversal) => row.reverses == Some(reversal.original.seq),
        _ => true,
    };
    has_amount && is_kind && is_details
}
