//! When the operation of a row happened: after the request was sent that made it happen, and before the first time that
//! a client was told of it.

use std::collections::BTreeMap;

use super::eras::{Eras, Placed};
use super::{Case, Numbered};
use crate::history::{Answer, Call, Moment};

pub(super) struct Span<'a> {
    pub placed: Placed<'a>,
    /// The requests for it.
    pub attempts: Vec<Numbered<'a>>,
    /// It did not happen before.
    pub sent: Moment,
    /// It had happened by then.
    pub answered: Moment,
    /// When each engine told that it did it itself. A replay is no such word: an engine may find it in the ledger
    /// and know no more of the wallet than before.
    executed_by: BTreeMap<usize, Moment>,
}

/// The spans of a wallet's rows: those in the ledger in their order, then those that are lost.
pub(super) fn spans<'a>(case: &Case<'a>) -> Vec<Span<'a>> {
    let attempts = case.attempts();
    let of = |placed: &Placed<'a>| {
        let key = placed.row.key.as_deref();
        let attempts = key.and_then(|key| attempts.get(key));
        let rivals = key.map_or(&[][..], |key| case.rows_of(key));
        Span::new(
            *placed,
            attempts.cloned().unwrap_or_default(),
            rivals,
            case.eras,
        )
    };
    case.placed.iter().map(of).collect()
}

impl<'a> Span<'a> {
    /// `rivals`: the rows of the same key, itself included. There are others where the operation happened once more
    /// after a failover that lost it.
    fn new(
        placed: Placed<'a>,
        attempts: Vec<Numbered<'a>>,
        rivals: &[Placed],
        eras: &Eras,
    ) -> Self {
        let is_of = |placed: &Placed, call: &Call| rivals.len() < 2 || tells_of(eras, placed, call);
        let may_tell = |call: &Call| is_of(&placed, call);
        let tells = |call: &Call| {
            let mut others = rivals
                .iter()
                .filter(|rival| !std::ptr::eq(rival.row, placed.row));
            may_tell(call) && !others.any(|rival| is_of(rival, call))
        };
        let told = attempts
            .iter()
            .filter(|(_, call)| matches!(call.answer, Answer::Applied { .. }) && tells(call));
        let answered = told.map(|(_, call)| call.answered).min();
        // The request that was told so made it happen; if none was, any whose answer is unknown may have.
        let executed = |attempt: &&Numbered| is_first(&attempt.1.answer) && may_tell(attempt.1);
        let is_certain = |attempt: &&Numbered| executed(attempt) && tells(attempt.1);
        let certain = attempts.iter().find(is_certain);
        let sent = certain.map(|(_, call)| call.sent).or_else(|| {
            let possible = attempts.iter().filter(|attempt| {
                executed(attempt) || matches!(attempt.1.answer, Answer::Unknown(_))
            });
            possible.map(|(_, call)| call.sent).min()
        });
        let mut executed_by = BTreeMap::new();
        for (_, call) in attempts.iter().filter(is_certain) {
            let first = executed_by.entry(call.engine).or_insert(Moment::NEVER);
            *first = call.answered.min(*first);
        }
        Self {
            placed,
            sent: sent.unwrap_or(Moment::FIRST),
            answered: answered.unwrap_or(Moment::NEVER),
            executed_by,
            attempts,
        }
    }

    pub fn executed_by(&self, engine: usize) -> Moment {
        let told = self.executed_by.get(&engine);
        told.copied().unwrap_or(Moment::NEVER)
    }
}

/// Whether the call's success can be that row's: it tells of it, and the row was there.
pub(super) fn tells_of(eras: &Eras, placed: &Placed, call: &Call) -> bool {
    let Answer::Applied { told, replayed } = &call.answer else {
        return false;
    };
    let seen = eras.of_call(call, *replayed);
    told.is_of(placed.row)
        && placed.born <= *seen.end()
        && *seen.start() <= placed.last
        && !seen.is_empty()
}

/// Whether the answer says that this very request made the operation happen.
pub(super) fn is_first(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Applied {
            replayed: false,
            ..
        }
    )
}
