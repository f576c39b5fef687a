//! What a failover may lose, and what it may not.
//!
//! An acknowledged operation that is not in the ledger, or is there with another balance because it happened again, has
//! to be among the rows that only an old primary had. That is permitted if its replication was asynchronous, and if the
//! answer can be of that primary (`eras`).

use std::collections::BTreeSet;

use super::eras::Placed;
use super::spans::{is_first, tells_of};
use super::{Breach, Case, Numbered};
use crate::history::{Answer, Call};

/// Gives the keys of operations that are lost as permitted.
pub(super) fn check(case: &Case, breaches: &mut Vec<Breach>) -> BTreeSet<String> {
    let mut permitted = BTreeSet::new();
    for (key, attempts) in case.attempts() {
        let rows = case.rows_of(key);
        let told = attempts.iter().map(|(_, call)| call);
        let lost: Vec<_> = told
            .filter_map(|call| Some((lost_row(rows, call)?, call)))
            .collect();
        let wrong = lost
            .iter()
            .find_map(|(row, call)| not_permitted(case, *row, call));
        if let Some(text) = wrong {
            breaches.push(case.breach(Some(key), &attempts, text));
        } else if !lost.is_empty() && rows.iter().all(|placed| placed.is_lost) {
            permitted.insert(key.to_owned());
        }
    }
    standby_s_rows_are_there(case, breaches);
    permitted
}

/// The lost row that a success tells of, unless the ledger has one that it can be as well.
pub(super) fn lost_row<'a>(rows: &[Placed<'a>], call: &Call) -> Option<Placed<'a>> {
    let Answer::Applied { told, .. } = &call.answer else {
        return None;
    };
    let of_told = rows.iter().filter(|placed| told.is_of(placed.row));
    let mut of_told: Vec<Placed> = of_told.copied().collect();
    of_told.sort_by_key(|placed| placed.is_lost);
    of_told.first().filter(|placed| placed.is_lost).copied()
}

fn not_permitted(case: &Case, lost: Placed, call: &Call) -> Option<String> {
    let failover = case.eras.failover(lost.last);
    let seq = lost.row.seq;
    if failover.synchronous {
        return Some(format!(
            "acknowledged under synchronous replication, and lost as seq {seq}"
        ));
    }
    if tells_of(case.eras, &lost, call) {
        return None;
    }
    let how = if is_first(&call.answer) {
        "acknowledged"
    } else {
        "replayed"
    };
    Some(format!(
        "{how} from a lost branch, as seq {seq}, after it was over"
    ))
}

/// What the new primary had when it took over is in the ledger.
fn standby_s_rows_are_there(case: &Case, breaches: &mut Vec<Breach>) {
    let rows = &case.account.rows;
    for era in 0..case.eras.last() {
        let Some(fork) = case.eras.fork(era, case.account.wallet.id) else {
            continue;
        };
        let Some(balance) = fork.balance else {
            continue;
        };
        let found = rows.iter().find(|row| row.seq == fork.version);
        if found.is_none_or(|row| row.balance_after != balance) {
            let calls: [Numbered; 0] = [];
            let text = format!(
                "the promoted standby had seq {} with balance {balance}, the ledger has not",
                fork.version
            );
            breaches.push(case.breach(None, &calls, text));
        }
    }
}
