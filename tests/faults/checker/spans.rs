//! When the operation of a ledger's row happened: after the request was sent that made it happen, and before
//! the first time that anybody was told of it.

use std::collections::HashMap;

use super::Numbered;
use crate::history::{Answer, Moment, Request};
use crate::ledger::{Account, Row};

pub(super) struct Span<'a> {
    pub row: &'a Row,
    /// The requests for it.
    pub attempts: Vec<Numbered<'a>>,
    /// It did not happen before.
    pub sent: Moment,
    /// It had happened by then.
    pub answered: Moment,
}

/// The spans of an account's rows, in their order.
pub(super) fn spans<'a>(account: &'a Account, calls: &[Numbered<'a>]) -> Vec<Span<'a>> {
    let mut attempts: HashMap<&str, Vec<Numbered>> = HashMap::new();
    for &(number, call) in calls {
        if let Request::Operation { key, .. } = &call.request {
            attempts.entry(key).or_default().push((number, call));
        }
    }
    let of = |row: &'a Row| {
        let attempts = row.key.as_deref().and_then(|key| attempts.get(key));
        Span::new(row, attempts.cloned().unwrap_or_default())
    };
    account.rows.iter().map(of).collect()
}

impl<'a> Span<'a> {
    fn new(row: &'a Row, attempts: Vec<Numbered<'a>>) -> Self {
        // The request that was told so made it happen; if none was, any whose answer nobody knows may have.
        let executed = attempts.iter().find(|(_, call)| is_first(&call.answer));
        let sent = executed.map(|(_, call)| call.sent).or_else(|| {
            let unknown = attempts
                .iter()
                .filter(|(_, call)| matches!(call.answer, Answer::Unknown(_)));
            unknown.map(|(_, call)| call.sent).min()
        });
        let told = attempts
            .iter()
            .filter(|(_, call)| matches!(call.answer, Answer::Applied { .. }));
        let answered = told.map(|(_, call)| call.answered).min();
        Self {
            row,
            sent: sent.unwrap_or(Moment::FIRST),
            answered: answered.unwrap_or(Moment::NEVER),
            attempts,
        }
    }

    /// When this engine told that it did it itself. A replay is no such word: an engine may find it in the ledger
    /// and know no more of the wallet than before.
    pub fn executed_by(&self, engine: usize) -> Moment {
        let told = self
            .attempts
            .iter()
            .filter(|(_, call)| call.engine == engine && is_first(&call.answer));
        told.map(|(_, call)| call.answered)
            .min()
            .unwrap_or(Moment::NEVER)
    }
}

/// Whether the answer says that this very request made the operation happen.
fn is_first(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Applied {
            replayed: false,
            ..
        }
    )
}
