//! What is told of a hold is what the ledger has of it by then, and no hold outlives its time.
//!
//! * A hold in an answer has captured, released and left what the rows up to the one that was told say.
//! * A hold lasts as long as was asked for.
//! * A capture or a void that was sent after a hold's time is not in the ledger.

use time::Duration;
use wallet_engine::domain::hold::{Expiry, HoldStatus};
use wallet_engine::domain::{Balance, Movement, OperationKind};

use super::eras::Placed;
use super::spans::Span;
use super::{Breach, Case};
use crate::history::{Answer, Moment, Request};
use crate::ledger::Row;
use crate::told::HoldTold;

/// By how much two clocks of one machine may differ.
pub(super) const SLACK: Duration = Duration::milliseconds(200);

pub(super) fn check(case: &Case, spans: &[Span], breaches: &mut Vec<Breach>) {
    for &(number, call) in &case.calls {
        let Answer::Applied { told, .. } = &call.answer else {
            continue;
        };
        let (Some(hold), Some(key)) = (told.hold, call.request.key()) else {
            continue;
        };
        let rows = case.rows_of(key).iter();
        let views: Vec<HoldTold> = rows
            .filter(|placed| told.is_of(placed.row))
            .filter_map(|placed| view(&branch(case, placed), placed.row.hold?))
            .collect();
        if !views.is_empty() && !views.contains(&hold) {
            let text = format!("answered with {hold}, but it is {}", views[0]);
            breaches.push(case.breach(Some(key), &[(number, call)], text));
        }
    }
    for span in spans {
        if let Some(text) = lasts_too_long(case, span) {
            let key = span.placed.row.key.as_deref();
            breaches.push(case.breach(key, &span.attempts, text));
        }
    }
}

/// The rows up to that one, in the branch that it is of.
fn branch<'a>(case: &Case<'a>, placed: &Placed<'a>) -> Vec<&'a Row> {
    let fork = case.eras.fork(placed.last, case.account.wallet.id);
    let fork = fork.filter(|_| placed.is_lost);
    let is_of = |other: &&Placed| {
        if other.is_lost {
            placed.is_lost && other.last == placed.last
        } else {
            fork.is_none_or(|fork| other.row.seq <= fork.version)
        }
    };
    let rows = case.placed.iter().filter(is_of).map(|other| other.row);
    rows.filter(|row| row.seq <= placed.row.seq).collect()
}

/// The hold after these rows.
fn view(rows: &[&Row], id: i64) -> Option<HoldTold> {
    let placed = rows.iter().find(|row| row.seq == id)?;
    let of_kind = |kind: OperationKind| {
        let rows = rows.iter().filter(move |row| row.hold == Some(id));
        let rows = rows.filter(move |row| row.operation.kind == kind);
        rows.map(|row| row.operation.amount.cents()).sum::<i64>()
    };
    let amount = placed.operation.amount.cents();
    let [captured, released] = [OperationKind::Capture, OperationKind::Release].map(of_kind);
    let remaining = amount - captured - released;
    let last = rows.iter().rev().find(|row| row.hold == Some(id))?;
    let status = if remaining > 0 {
        HoldStatus::Open
    } else if captured > 0 {
        HoldStatus::Captured
    } else if last.expires_at.is_some() {
        HoldStatus::Expired
    } else {
        HoldStatus::Voided
    };
    let [amount, captured, released, remaining] =
        [amount, captured, released, remaining].map(Balance::from_cents);
    Some(HoldTold {
        id,
        status,
        amount: amount?,
        captured: captured?,
        released: released?,
        remaining: remaining?,
    })
}

/// Says so if the row was asked for after its hold's time, or places a hold of another length.
fn lasts_too_long(case: &Case, span: &Span) -> Option<String> {
    let row = span.placed.row;
    if span.sent == Moment::FIRST {
        return None;
    }
    let sent = case.time_of(span.sent);
    if row.operation.kind == OperationKind::Hold {
        let Request::Operation { movement, .. } = &span.attempts.first()?.1.request else {
            return None;
        };
        let Movement::Hold {
            expiry: Expiry::In(seconds),
            ..
        } = movement
        else {
            return None;
        };
        let length = Duration::seconds(i64::from(*seconds));
        let range = sent + length - SLACK..=row.created_at + length + SLACK;
        let expires_at = row.expires_at?;
        return (!range.contains(&expires_at))
            .then(|| format!("seq {} holds until {expires_at}, not for {length}", row.seq));
    }
    let is_use = row.hold.is_some() && row.key.is_some();
    let branch = branch(case, &span.placed);
    let hold = branch
        .iter()
        .find(|other| is_use && Some(other.seq) == row.hold)?;
    let expired_at = hold.expires_at.filter(|time| *time + SLACK < sent)?;
    Some(format!(
        "seq {} uses a hold that had expired at {expired_at}, before it was asked for",
        row.seq
    ))
}
