//! Checks that answers about several wallets are linearizable: there is one order of all that happened, in which each
//! answer is true at a moment between request and response.
//!
//! The ledgers give the order of each wallet's rows, and which rows happened together. So the state at any moment is the
//! version of each wallet. The search begins with no rows and adds an answer's rows all at once, as long as they are the next
//! ones. What only states something is placed as soon as it is true: this hinders nothing else. Each wallet has one next row,
//! and few callers wait at a time, so there are few states.

use std::collections::HashSet;

/// An answer. Times are of one clock, which advances between any two requests and responses.
pub struct Event {
    pub asked: u64,
    pub answered: u64,
    pub held: Held,
}

pub enum Held {
    /// It made these rows: wallets, by their places, and versions.
    Made(Vec<(usize, i64)>),
    /// It is true where this is, given the versions of the wallets.
    At(Condition),
}

pub type Condition = Box<dyn Fn(&[i64]) -> bool>;

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    versions: Vec<i64>,
    placed: Vec<bool>,
}

/// Fails with the number of the earliest answer that the longest order cannot place; with `None` if
/// all have a place, but not all rows have an answer. The wallets have these versions at last.
pub fn check(events: &[Event], last: &[i64]) -> Result<(), Option<usize>> {
    let first = State {
        versions: vec![0; last.len()],
        placed: vec![false; events.len()],
    };
    let (mut states, mut seen) = (vec![first], HashSet::new());
    let (mut longest, mut unplaced) = (0, None);
    while let Some(mut state) = states.pop() {
        state.place_true(events);
        let length = state.placed.iter().filter(|placed| **placed).count();
        if length >= longest {
            longest = length;
            let open = (0..events.len()).filter(|at| !state.placed[*at]);
            unplaced = open.min_by_key(|at| events[*at].answered);
        }
        if unplaced.is_none() && state.versions == last {
            return Ok(());
        }
        for at in 0..events.len() {
            if let Some(next) = state.with_rows_of(at, events)
                && seen.insert(next.clone())
            {
                states.push(next);
            }
        }
    }
    Err(unplaced)
}

impl State {
    /// Whether the answer's place may be here: it has none, and each that came before its request has one.
    fn is_open(&self, at: usize, events: &[Event]) -> bool {
        let others = events.iter().zip(&self.placed);
        let mut open = others.filter(|(_, placed)| !**placed);
        !self.placed[at] && open.all(|(other, _)| other.answered > events[at].asked)
    }

    fn place_true(&mut self, events: &[Event]) {
        let is_true = |event: &Event, versions: &[i64]| match &event.held {
            Held::At(is_true) => is_true(versions),
            Held::Made(_) => false,
        };
        while let Some(at) = (0..events.len())
            .find(|at| is_true(&events[*at], &self.versions) && self.is_open(*at, events))
        {
            self.placed[at] = true;
        }
    }

    /// The state after the answer's rows, if they are the next ones.
    fn with_rows_of(&self, at: usize, events: &[Event]) -> Option<Self> {
        let Held::Made(rows) = &events[at].held else {
            return None;
        };
        let mut next = self.clone();
        next.placed[at] = true;
        // A set may make several rows of a wallet.
        for (wallet, version) in rows {
            if next.versions[*wallet] + 1 != *version {
                return None;
            }
            next.versions[*wallet] = *version;
        }
        self.is_open(at, events).then_some(next)
    }
}

fn made(asked: u64, answered: u64, rows: &[(usize, i64)]) -> Event {
    let held = Held::Made(rows.to_vec());
    Event {
        asked,
        answered,
        held,
    }
}

fn read(asked: u64, answered: u64, wallet: usize, version: i64) -> Event {
    let held = Held::At(Box::new(move |versions| versions[wallet] == version));
    Event {
        asked,
        answered,
        held,
    }
}

#[test]
fn answers_that_overlap_may_be_true_in_any_order() {
    let both = [(0, 1), (1, 1)];
    for (events, last) in [
        // Read before and after one transfer, in the order in which each wallet is the later one.
        (
            vec![made(0, 9, &both), read(1, 2, 0, 0), read(3, 4, 1, 1)],
            [1, 1],
        ),
        (
            vec![made(0, 9, &both), read(1, 2, 1, 0), read(3, 4, 0, 1)],
            [1, 1],
        ),
        // The later answer is of the earlier row.
        (
            vec![made(0, 9, &[(0, 1)]), made(1, 5, &[(0, 2), (1, 1)])],
            [2, 1],
        ),
        // Only one order of two wallets' rows is true, and it is not that of the answers.
        (
            vec![
                made(0, 8, &[(0, 1)]),
                made(1, 9, &[(1, 1)]),
                read(2, 3, 1, 1),
                read(4, 5, 0, 0),
            ],
            [1, 1],
        ),
        (
            vec![made(0, 9, &[(0, 1), (0, 2), (1, 1)]), read(1, 2, 0, 2)],
            [2, 1],
        ),
    ] {
        assert_eq!(check(&events, &last), Ok(()));
    }
}

#[test]
fn answers_of_which_one_was_true_at_no_moment_are_found() {
    let both = [(0, 1), (1, 1)];
    for (events, last, wrong) in [
        // Half of a transfer is read, in either order of the wallets.
        (
            vec![made(0, 9, &both), read(1, 2, 0, 1), read(3, 4, 1, 0)],
            [1, 1],
            Some(2),
        ),
        (
            vec![made(0, 9, &both), read(1, 2, 1, 1), read(3, 4, 0, 0)],
            [1, 1],
            Some(2),
        ),
        // A read is older than an answer before it, or newer than the one that follows.
        (vec![made(0, 1, &both), read(2, 3, 1, 0)], [1, 1], Some(1)),
        (vec![read(0, 1, 1, 1), made(2, 3, &both)], [1, 1], Some(0)),
        // Two wallets' rows have no common order.
        (
            vec![
                made(0, 9, &[(0, 1)]),
                made(0, 9, &[(1, 1)]),
                read(1, 5, 0, 1),
                read(6, 7, 1, 0),
                read(2, 5, 1, 1),
                read(6, 7, 0, 0),
            ],
            [1, 1],
            Some(0),
        ),
        // Two answers for one row; a row without an answer.
        (
            vec![made(0, 9, &[(0, 1)]), made(1, 8, &[(0, 1)])],
            [1, 0],
            Some(0),
        ),
        (vec![made(0, 1, &both)], [1, 2], None),
    ] {
        let found = check(&events, &last);
        assert!(found.is_err());
        if wrong != Some(0) {
            assert_eq!(found, Err(wrong));
        }
    }
}
