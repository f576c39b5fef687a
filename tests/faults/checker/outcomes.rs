//! What a client was told of an operation is what the ledger holds of it.

use wallet_engine::domain::Movement;

use super::eras::Placed;
use super::losses::lost_row;
use super::replay::{is_asked_for, is_unasked_release};
use super::spans::is_first;
use super::{Breach, Case, Numbered};
use crate::history::{Answer, Call, Request, is_unkeyed};
use crate::ledger::Row;
use crate::told::{Reason, Told};

pub(super) fn check(case: &Case, breaches: &mut Vec<Breach>) {
    let attempts = case.attempts();
    for placed in &case.placed {
        let key = placed.row.key.as_deref();
        // Whether such a release has a reason is for `replay`.
        let is_asked_for = key.is_some_and(|key| attempts.contains_key(key));
        if !is_asked_for && !is_unasked_release(placed.row) {
            let lost = if placed.is_lost { "the lost " } else { "" };
            let text = format!(
                "nobody asked for the operation of {lost}seq {}",
                placed.row.seq
            );
            breaches.push(case.breach(key, &[], text));
        }
    }
    for (key, attempts) in &attempts {
        let rows = case.rows_of(key);
        let told = rows_as_told(case, attempts, rows);
        for text in told
            .into_iter()
            .chain(answers_agree(case, attempts, rows))
            .chain(is_open(key, attempts, rows))
        {
            breaches.push(case.breach(Some(key), attempts, text));
        }
    }
    for &(number, call) in &case.calls {
        if let Some(text) = not_allowed(call) {
            breaches.push(case.breach(call.request.key(), &[(number, call)], text));
        }
    }
}

/// Compares a key's answers with its rows. What is told of lost rows is for `losses`.
fn rows_as_told(case: &Case, attempts: &[Numbered], rows: &[Placed]) -> Vec<String> {
    let mut wrong = Vec::new();
    let told = attempts.iter().filter(|(_, call)| applied(call).is_some());
    let of_ledger = told.filter(|(_, call)| lost_row(rows, call).is_none());
    let mut told_of: Vec<Told> = of_ledger.filter_map(|(_, call)| applied(call)).collect();
    told_of.dedup();
    let recorded: Vec<&Row> = rows
        .iter()
        .filter(|placed| !placed.is_lost)
        .map(|placed| placed.row)
        .collect();
    let is_told = attempts.iter().any(|(_, call)| applied(call).is_some());
    let may_be = attempts
        .iter()
        .any(|(_, call)| matches!(call.answer, Answer::Unknown(_)));
    if !is_told && (!may_be || refused_last(attempts)) && !recorded.is_empty() {
        wrong.push(format!("refused, but in the ledger: {}", shown(&recorded)));
    }
    for placed in rows.iter().filter(|placed| placed.is_lost) {
        // On the new primary, without it, the same request was decided again.
        let is_over = |call: &Call| placed.last < *case.eras.of_call(call, false).end();
        if !is_told && !may_be && !attempts.iter().any(|(_, call)| is_over(call)) {
            let row = shown(&[placed.row]);
            wrong.push(format!("refused, but on a lost branch: {row}"));
        }
    }
    if !told_of.is_empty() && recorded.is_empty() {
        wrong.push("acknowledged, but not in the ledger".to_owned());
    }
    if recorded.len() > 1 {
        wrong.push(format!(
            "in the ledger more than once: {}",
            shown(&recorded)
        ));
    }
    for row in &recorded {
        for told in told_of.iter().filter(|told| !told.is_of(row)) {
            wrong.push(format!("answered{told}, but recorded as {}", shown(&[row])));
        }
    }
    for placed in rows {
        if attempts
            .iter()
            .any(|(_, call)| !asks_for(&call.request, placed.row))
        {
            wrong.push(format!(
                "recorded as another operation: {}",
                shown(&[placed.row])
            ));
        }
    }
    wrong
}

/// Says so if a request of the key may still have happened, for all that its clients know. An operation without a key
/// cannot be asked for again.
fn is_open(key: &str, attempts: &[Numbered], rows: &[Placed]) -> Option<String> {
    let is_told = attempts.iter().any(|(_, call)| applied(call).is_some());
    let is_unknown = attempts
        .iter()
        .any(|(_, call)| matches!(call.answer, Answer::Unknown(_)));
    let is_open = is_unknown && !is_told && !refused_last(attempts) && !is_unkeyed(key);
    is_open.then(|| {
        let of = if rows.is_empty() {
            ""
        } else {
            ", and it happened"
        };
        format!("the outcome was never told, also not when all was well{of}")
    })
}

/// Whether a refusal was asked for after everything whose outcome is unknown: a refusal frees the key, and tells only
/// of the moment.
fn refused_last(attempts: &[Numbered]) -> bool {
    let mut last_unknown = None;
    let mut last_refused = None;
    for (_, call) in attempts {
        match call.answer {
            Answer::Unknown(_) => last_unknown = last_unknown.max(Some(call.sent)),
            Answer::Refused(_) | Answer::PartRefused(_) => {
                last_refused = last_refused.max(Some(call.sent));
            }
            _ => {}
        }
    }
    last_refused.is_some_and(|refused| last_unknown.is_none_or(|unknown| unknown < refused))
}

/// Compares a key's answers with each other.
fn answers_agree(case: &Case, attempts: &[Numbered], rows: &[Placed]) -> Vec<String> {
    let mut wrong = Vec::new();
    let executed = attempts.iter().filter(|(_, call)| is_first(&call.answer));
    // Once more for each time that it was lost.
    let lost = rows.iter().filter(|placed| placed.is_lost).count();
    if executed.count() > 1 + lost {
        wrong.push("applied more than once".to_owned());
    }
    for (number, call) in attempts {
        let known_before = attempts
            .iter()
            .any(|(_, told)| told.answered < call.sent && stands_for(case, rows, told, call));
        match call.answer {
            Answer::Refused(_) | Answer::PartRefused(_) if known_before => {
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

/// Whether a success that was told has to be known to a later call: it has unless the call can be of an era without the
/// row, one in which it is lost, or another primary's that the row was not replicated to.
fn stands_for(case: &Case, rows: &[Placed], told: &Call, later: &Call) -> bool {
    let Some(told) = applied(told) else {
        return false;
    };
    let eras = case.eras.of_call(later, false);
    let mut of_told = rows.iter().filter(|placed| told.is_of(placed.row));
    of_told.all(|placed| placed.born <= *eras.start() && *eras.end() <= placed.last)
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
        (
            Request::Operation {
                movement: Movement::Capture(_),
                ..
            },
            Answer::Refused(Reason::Funds | Reason::Limit)
            | Answer::PartRefused(Some((_, Reason::Funds | Reason::Limit))),
        ) => return Some("a capture was refused for want of what it holds".to_owned()),
        (_, Answer::Unknown(_) | Answer::NotAccepted | Answer::NotSent) => true,
        (Request::Read, answer) => matches!(answer, Answer::Balance(_)),
        (Request::Operation { .. }, answer) => {
            matches!(answer, Answer::Applied { .. }) || answer.is_refusal()
        }
        (Request::Linked(_), _) => unreachable!("parts have a wallet each"),
        (Request::Misuse { .. }, answer) => matches!(answer, Answer::OtherOperation),
    };
    (!allowed).then(|| format!("answered with \"{}\"", call.answer))
}

fn applied(call: &Call) -> Option<Told> {
    match call.answer {
        Answer::Applied { told, .. } => Some(told),
        _ => None,
    }
}

fn asks_for(request: &Request, row: &Row) -> bool {
    matches!(request, Request::Operation { movement, .. } if is_asked_for(movement, row))
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
