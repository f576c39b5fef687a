//! A balance that was read, and one that a refusal is due to, was the wallet's between the request and its answer.
//!
//! A wallet's ledger is a row of balances: the one after 0 operations, after 1, and so on. For a request, those are in
//! question
//! * from the last operation that was answered before the request was sent: its effect must be seen;
//! * to the one before the first operation that was sent after the request was answered: it cannot be seen.
//!
//! Balances between two rows that happened together are none of them: no one sees a part.
//!
//! A read must equal one of them; a refusal must be what `Wallet::decide` says to one of them.
//!
//! For reads that is so of engines that know of each other (`WALLET_SHARED`), and where all of a wallet's requests went
//! to one engine, however often it was killed or frozen. Other engines answer reads from their memory, and learn of
//! what a second one wrote to the same wallet only when a write of their own misses. So for a read of such a wallet
//! only the effects of operations that the *same* engine told as its own must be seen; what cannot be seen is the same.
//! It is derived from the history which wallet is which. Refusals have no such leave: the engine asks the ledger for
//! the key before it refuses.
//!
//! A failover gives the wallet another row of balances: from the fork on, the new primary's. A call must be right by
//! the row of one of the eras that it can have been answered from. One that was answered from the new primary alone has
//! seen whatever that took over, told or not.

use std::collections::{BTreeMap, BTreeSet};

use wallet_engine::domain::{Balance, Wallet};

use super::spans::Span;
use super::{Breach, Case, after};
use crate::history::{Answer, Call, Moment, Request, is_unkeyed};

pub(super) fn check(case: &Case, spans: &[Span], breaches: &mut Vec<Breach>) {
    let windows: Vec<Windows> = (0..=case.eras.last())
        .map(|era| Windows::of(case, spans, era))
        .collect();
    for &(number, call) in &case.calls {
        let Some(seen) = seen(case, call) else {
            continue;
        };
        let from_memory = !case.shared && is_from_memory(&call.request);
        let eras = case.eras.of_call(call, from_memory);
        if !eras.clone().any(|era| windows[era].have(call, &seen)) {
            let was: Vec<String> = eras.map(|era| windows[era].shown(call)).collect();
            let text = format!(
                "answered with \"{}\", but was {}",
                call.answer,
                was.join("; or ")
            );
            breaches.push(case.breach(call.request.key(), &[(number, call)], text));
        }
    }
}

/// Whether engines that do not know of each other answer it from memory.
fn is_from_memory(request: &Request) -> bool {
    match request {
        Request::Read => true,
        Request::Operation { key, .. } | Request::Misuse { key, .. } => is_unkeyed(key),
        Request::Linked(_) => unreachable!("parts have a wallet each"),
    }
}

/// What the call tells of the wallet's balance, if anything.
fn seen<'a>(case: &'a Case, call: &'a Call) -> Option<Box<dyn Fn(Balance) -> bool + 'a>> {
    match (&call.request, &call.answer) {
        (Request::Read, Answer::Balance(read)) => Some(Box::new(|balance| balance == *read)),
        (Request::Operation { operation, .. }, Answer::Refused) => Some(Box::new(move |balance| {
            let wallet = &case.account.wallet;
            after(&with(wallet, balance), *operation).is_err()
        })),
        (Request::Operation { operation, .. }, Answer::PartRefused(Some(before))) => {
            Some(Box::new(move |balance| {
                let mut all = before.iter();
                let wallet = with(&case.account.wallet, balance);
                let wallet = all.try_fold(wallet, |wallet, operation| after(&wallet, *operation));
                wallet.is_ok_and(|wallet| after(&wallet, *operation).is_err())
            }))
        }
        _ => None,
    }
}

/// The wallet with another balance.
fn with(wallet: &Wallet, balance: Balance) -> Wallet {
    Wallet {
        balance,
        ..wallet.clone()
    }
}

/// The balances of one wallet in one era, and when each can have been the one.
struct Windows {
    /// The operations that the era began with.
    first: i64,
    /// After these, after one more, and so on: the places. `None` between two rows that happened together.
    balances: Vec<Option<Balance>>,
    /// (Moment, the first place that whatever is sent later must look at), by what anybody was told.
    told: Vec<(Moment, usize)>,
    /// The same by what this engine told as its own; empty where an engine has to know of all.
    told_by: BTreeMap<usize, Vec<(Moment, usize)>>,
    /// (Moment, the last place that whatever was answered earlier can have seen.)
    sent: Vec<(Moment, usize)>,
}

impl Windows {
    fn of(case: &Case, spans: &[Span], era: usize) -> Self {
        let mut engines: BTreeSet<usize> = case.calls.iter().map(|(_, call)| call.engine).collect();
        if case.shared || engines.len() == 1 {
            engines.clear();
        }
        let (recorded, lost) = spans.split_at(case.account.rows.len());
        let begun = recorded.partition_point(|span| span.placed.born < era);
        let ended = recorded.partition_point(|span| span.placed.born <= era);
        let lost = lost.iter().filter(|span| span.placed.last == era);
        let spans: Vec<&Span> = recorded[begun..ended].iter().chain(lost).collect();
        let before = recorded[..begun].last().map(|span| span.placed.row);
        let own = |engine| first_places(spans.iter().map(|span| span.executed_by(engine)));
        let units: Vec<_> = spans
            .iter()
            .map(|span| case.unit_of(&span.placed))
            .collect();
        let after = spans.iter().enumerate().map(|(at, span)| {
            let is_within = units[at].is_some() && units.get(at + 1) == Some(&units[at]);
            (!is_within).then_some(span.placed.row.balance_after)
        });
        let begun_with = before.map_or(Balance::ZERO, |row| row.balance_after);
        Self {
            first: before.map_or(0, |row| row.seq),
            balances: std::iter::once(Some(begun_with)).chain(after).collect(),
            told: first_places(spans.iter().map(|span| span.answered)),
            told_by: engines
                .iter()
                .map(|engine| (*engine, own(*engine)))
                .collect(),
            sent: last_places(spans.iter().map(|span| span.sent)),
        }
    }

    /// Whether one of the balances that the call can have seen is as it says.
    fn have(&self, call: &Call, seen: impl Fn(Balance) -> bool) -> bool {
        let (from, to) = self.of_call(call);
        (from..=to).any(|place| self.balances[place].is_some_and(&seen))
    }

    /// The first and the last place that the call can have seen.
    fn of_call(&self, call: &Call) -> (usize, usize) {
        let told = if is_from_memory(&call.request) {
            self.told_by.get(&call.engine).unwrap_or(&self.told)
        } else {
            &self.told
        };
        let before = told.partition_point(|(moment, _)| *moment < call.sent);
        let from = before.checked_sub(1).map_or(0, |last| told[last].1);
        let not_after = self
            .sent
            .partition_point(|(moment, _)| *moment < call.answered);
        let last = self.balances.len() - 1;
        let to = self.sent.get(not_after).map_or(last, |(_, place)| *place);
        (from, to)
    }

    /// The balances that were possible, for a sentence.
    fn shown(&self, call: &Call) -> String {
        const SHOWN: usize = 8;
        let (from, to) = self.of_call(call);
        let seq = |place| self.first + i64::try_from(place).unwrap();
        if from > to {
            let (from, to) = (seq(from), seq(to));
            return format!("after seq {from} already and not after seq {to} yet");
        }
        let all = (from..=to).filter_map(|place| {
            let balance = self.balances[place]?;
            Some(format!("{balance} after seq {}", seq(place)))
        });
        let mut shown = all.take(SHOWN).collect::<Vec<_>>().join(", ");
        if to - from >= SHOWN {
            shown.push_str(", ...");
        }
        shown
    }
}

/// From when on, by the rows' moments in the ledger's order, places before which have passed.
fn first_places(told: impl Iterator<Item = Moment>) -> Vec<(Moment, usize)> {
    let mut places: Vec<(Moment, usize)> = told.zip(1..).collect();
    places.sort_unstable();
    let mut highest = 0;
    for (_, place) in &mut places {
        highest = highest.max(*place);
        *place = highest;
    }
    places
}

/// Until when, by the rows' moments in the ledger's order, places after which have not come.
fn last_places(sent: impl Iterator<Item = Moment>) -> Vec<(Moment, usize)> {
    let mut places: Vec<(Moment, usize)> = sent.zip(0..).collect();
    places.sort_unstable();
    let mut lowest = usize::MAX;
    for (_, place) in places.iter_mut().rev() {
        lowest = lowest.min(*place);
        *place = lowest;
    }
    places
}
