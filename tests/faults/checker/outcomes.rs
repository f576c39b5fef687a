//! What a client was told of an operation is what the ledger holds of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Breach, Case, Numbered};
use crate::history::{Answer, Call, Request};
use crate::ledger::Row;

pub(super) fn check(case: &Case, breaches: &mut Vec<Breach>) {
    let attempts = case.attempts();
    let mut rows: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &case.account.rows {
        match row.key.as_deref() {
            Some(key) if attempts.contains_key(key) => rows.entry(key).or_default().push(row),
            key => {
                let text = format!("nobody asked for the operation of seq {}", row.seq);
                breaches.push(case.breach(key, &[], text));
            }
        }
    }
    for (key, attempts) in &attempts {
        let rows = rows.get(key).map_or(&[][..], Vec::as_slice);
        let told = rows_as_told(attempts, rows);
        for text in told.into_iter().chain(answers_agree(attempts)) {
            breaches.push(case.breach(Some(key), attempts, text));
        }
    }
    for &(number, call) in &case.calls {
        if let Some(text) = not_allowed(call) {
            breaches.push(case.breach(call.request.key(), &[(number, call)], text));
        }
    }
}

/// Compares a key's answers with its rows.
fn rows_as_told(attempts: &[Numbered], rows: &[&Row]) -> Vec<String> {
    let mut wrong = Vec::new();
    let balances: BTreeSet<_> = attempts.iter().filter_map(applied).collect();
    if balances.is_empty() {
        if is_open(attempts) {
            wrong.push("the outcome was never told, also not when all was well".to_owned());
        } else if !rows.is_empty() {
            wrong.push(format!("refused, but in the ledger: {}", shown(rows)));
        }
    } else if rows.is_empty() {
        wrong.push("acknowledged, but not in the ledger".to_owned());
    }
    if rows.len() > 1 {
        wrong.push(format!("in the ledger more than once: {}", shown(rows)));
    }
    for row in rows {
        for balance in balances.iter().filter(|told| **told != row.balance_after) {
            wrong.push(format!(
                "answered with a balance of {balance}, but recorded as {}",
                shown(&[row])
            ));
        }
        if attempts
            .iter()
            .any(|(_, call)| !asks_for(&call.request, row))
        {
            wrong.push(format!("recorded as another operation: {}", shown(&[row])));
        }
    }
    wrong
}

/// Whether a request of the key may still have happened, for all that its clients know.
fn is_open(attempts: &[Numbered]) -> bool {
    let mut last_unknown = None;
    let mut last_refused = None;
    for (_, call) in attempts {
        match call.answer {
            Answer::Unknown(_) => last_unknown = last_unknown.max(Some(call.sent)),
            Answer::Refused => last_refused = last_refused.max(Some(call.sent)),
            _ => {}
        }
    }
    // A refusal frees the key, and tells only of the moment; so only one that was asked for after all others counts.
    last_unknown.is_some_and(|unknown| last_refused.is_none_or(|refused| refused < unknown))
}

/// Compares a key's answers with each other.
fn answers_agree(attempts: &[Numbered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let executed = attempts.iter().filter(|(_, call)| {
        matches!(
            call.answer,
            Answer::Applied {
                replayed: false,
                ..
            }
        )
    });
    if executed.count() > 1 {
        wrong.push("applied more than once".to_owned());
    }
    let first_told = attempts
        .iter()
        .filter(|attempt| applied(attempt).is_some())
        .map(|(_, call)| call.answered)
        .min();
    for (number, call) in attempts {
        let known_before = first_told.is_some_and(|told| told < call.sent);
        match call.answer {
            Answer::Refused if known_before => {
                wrong.push(format!("refused in call {number}, after it was applied"));
            }
            Answer::Applied {
                replayed: false, ..
            } if known_before => {
                wrong.push(format!(
                    "told in call {number} as new, after it was applied"
                ));
            }
            Answer::Applied { replayed: true, .. }
                if !attempts
                    .iter()
                    .any(|other| may_precede(other, *number, call)) =>
            {
                wrong.push(format!(
                    "replayed in call {number}, though nothing went before"
                ));
            }
            _ => {}
        }
    }
    wrong
}

/// Whether another request may be the one that `replay` repeats the result of.
fn may_precede((number, other): &Numbered, replay: usize, call: &Call) -> bool {
    *number != replay
        && other.sent < call.answered
        && matches!(
            other.answer,
            Answer::Unknown(_)
                | Answer::Applied {
                    replayed: false,
                    ..
                }
        )
}

/// What no request of this kind may be answered with.
fn not_allowed(call: &Call) -> Option<String> {
    let allowed = match (&call.request, &call.answer) {
        (_, Answer::Unexpected(what)) => return Some(format!("an answer that is none: {what}")),
        (_, Answer::Unknown(_) | Answer::NotAccepted | Answer::NotSent) => true,
        (Request::Read, answer) => matches!(answer, Answer::Balance(_)),
        (Request::Operation { .. }, answer) => {
            matches!(answer, Answer::Applied { .. } | Answer::Refused)
        }
        (Request::Misuse { .. }, answer) => matches!(answer, Answer::OtherOperation),
    };
    (!allowed).then(|| format!("answered with \"{}\"", call.answer))
}

fn applied((_, call): &Numbered) -> Option<wallet_engine::domain::Balance> {
    match call.answer {
        Answer::Applied { balance, .. } => Some(balance),
        _ => None,
    }
}

fn asks_for(request: &Request, row: &Row) -> bool {
    matches!(request, Request::Operation { operation, .. } if *operation == row.operation)
}

/// Rows for a sentence.
fn shown(rows: &[&Row]) -> String {
    let row = |row: &&Row| {
        format!(
            "seq {}, {} {}, balance {}",
            row.seq,
            row.operation.kind.as_str(),
            row.operation.amount,
            row.balance_after
        )
    };
    rows.iter().map(row).collect::<Vec<_>>().join("; ")
}
