//! A balance that was read, and one that a refusal is due to, was the wallet's between the request and its answer.
//!
//! A wallet's ledger is a row of balances: the one after 0 operations, after 1, and so on. For a request, those are in
//! question
//! * from the last operation that was answered before the request was sent: its effect must be seen;
//! * to the one before the first operation that was sent after the request was answered: it cannot be seen.
//!
//! Balances between two rows that happened together are none of them: no one sees a part.
//!
//! A read must equal one of them; a refusal must be what `Wallet::decide` says of the wallet with one of them (`refusals`).
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

use super::order::empty;
use super::refusals::{Refusals, Refused};
use super::spans::Span;
use super::{Breach, Case};
use crate::history::{Answer, Call, Moment, Request, is_unkeyed};
use crate::ledger::Row;

/// `states`: the wallet after each of the spans.
pub(super) fn check(
    case: &Case,
    spans: &[Span],
    states: &[Option<Wallet>],
    refusals: &mut Refusals,
    breaches: &mut Vec<Breach>,
) {
    let windows: Vec<Windows> = (0..=case.eras.last())
        .map(|era| Windows::of(case, spans, states, era))
        .collect();
    for &(number, call) in &case.calls {
        let Some(seen) = seen(case, call) else {
            continue;
        };
        let from_memory = !case.shared && is_from_memory(&call.request);
        let eras = case.eras.of_call(call, from_memory);
        let verdict = if eras.clone().any(|era| windows[era].have(call, &seen)) {
            Ok(())
        } else {
            let was: Vec<String> = eras.map(|era| windows[era].shown(call)).collect();
            let text = format!(
                "answered with \"{}\", but was {}",
                call.answer,
                was.join("; or ")
            );
            Err(case.breach(call.request.key(), &[(number, call)], text))
        };
        if let Answer::PartRefused(_) = call.answer {
            refusals.take(number, verdict);
        } else {
            breaches.extend(verdict.err());
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

/// Whether the wallet after these rows is as the call tells, if it tells anything of it.
type Seen<'a> = Box<dyn Fn(&Wallet, &[&Row]) -> bool + 'a>;

fn seen<'a>(case: &Case, call: &'a Call) -> Option<Seen<'a>> {
    if let Answer::Balance(read) = &call.answer {
        return Some(Box::new(|wallet, _| wallet.balance == *read));
    }
    let refused = Refused::of(case, call)?;
    Some(Box::new(move |wallet, rows| {
        refused.is_due_to(wallet, rows)
    }))
}

/// What one wallet was in one era, and when it can have been.
struct Windows<'a> {
    /// The rows that the era began with, and those of it.
    rows: Vec<&'a Row>,
    /// How many it began with.
    begun_with: usize,
    /// The wallet after these, after one more, and so on: the places. `None` between two rows that happened together.
    wallets: Vec<Option<Wallet>>,
    /// (Moment, the first place that whatever is sent later must look at), by what anybody was told.
    told: Vec<(Moment, usize)>,
    /// The same by what this engine told as its own; empty where an engine has to know of all.
    told_by: BTreeMap<usize, Vec<(Moment, usize)>>,
    /// (Moment, the last place that whatever was answered earlier can have seen.)
    sent: Vec<(Moment, usize)>,
}

impl<'a> Windows<'a> {
    fn of(case: &Case, spans: &[Span<'a>], states: &[Option<Wallet>], era: usize) -> Self {
        let mut engines: BTreeSet<usize> = case.calls.iter().map(|(_, call)| call.engine).collect();
        if case.shared || engines.len() == 1 {
            engines.clear();
        }
        let count = case.account.rows.len();
        let born = |era| spans[..count].partition_point(|span| span.placed.born < era);
        let (begun, ended) = (born(era), born(era + 1));
        let is_lost = |place: &usize| spans[*place].placed.last == era;
        let places = (begun..ended).chain((count..spans.len()).filter(is_lost));
        let places: Vec<usize> = places.collect();
        let all = spans;
        let rows = (0..begun).chain(places.iter().copied());
        let rows = rows.map(|place| all[place].placed.row).collect();
        let spans: Vec<&Span> = places.iter().map(|place| &all[*place]).collect();
        let own = |engine| first_places(spans.iter().map(|span| span.executed_by(engine)));
        let units: Vec<_> = spans
            .iter()
            .map(|span| case.unit_of(&span.placed))
            .collect();
        let after = places.iter().enumerate().map(|(at, place)| {
            let is_within = units[at].is_some() && units.get(at + 1) == Some(&units[at]);
            states[*place].clone().filter(|_| !is_within)
        });
        let first = match begun.checked_sub(1) {
            Some(last) => states[last].clone(),
            None => Some(empty(case)),
        };
        Self {
            rows,
            begun_with: begun,
            wallets: std::iter::once(first).chain(after).collect(),
            told: first_places(spans.iter().map(|span| span.answered)),
            told_by: engines
                .iter()
                .map(|engine| (*engine, own(*engine)))
                .collect(),
            sent: last_places(spans.iter().map(|span| span.sent)),
        }
    }

    /// Whether the wallet is as the call says at one of the places that it can have seen.
    fn have(&self, call: &Call, seen: &Seen) -> bool {
        let (from, to) = self.of_call(call);
        (from..=to).any(|place| {
            let wallet = self.wallets[place].as_ref();
            wallet.is_some_and(|wallet| seen(wallet, self.rows_to(place)))
        })
    }

    /// The rows before that place.
    fn rows_to(&self, place: usize) -> &[&'a Row] {
        &self.rows[..self.begun_with + place]
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
        let last = self.wallets.len() - 1;
        let to = self.sent.get(not_after).map_or(last, |(_, place)| *place);
        (from, to)
    }

    /// The balances that were possible, for a sentence.
    fn shown(&self, call: &Call) -> String {
        const SHOWN: usize = 8;
        let (from, to) = self.of_call(call);
        let seq = |place| self.rows_to(place).last().map_or(0, |row| row.seq);
        if from > to {
            let (from, to) = (seq(from), seq(to));
            return format!("after seq {from} already and not after seq {to} yet");
        }
        let all = (from..=to).filter_map(|place| {
            let wallet = self.wallets[place].as_ref()?;
            let held = match wallet.held() {
                Balance::ZERO => String::new(),
                held => format!(" with {held} held"),
            };
            Some(format!("{}{held} after seq {}", wallet.balance, seq(place)))
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
