//! The parts of the group commit by themselves, without threads, timers or a journal.

mod group;
mod incarnations;
mod lanes;
mod seeded;
mod waiting;
mod wakeups;
mod waking;

use std::sync::Arc;

use time::OffsetDateTime;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::Instant;
use uuid::Uuid;

use super::linked_request::{LinkedRequest, LinkedTicket, LinkedVerdict};
use super::linking::SetNumber;
use super::request::{Handover, Outcome, Request};
use super::waiting::{Taken, Waiting};
use crate::domain::linked::{LinkedSet, Step};
use crate::domain::{
    Amount, Balance, IdempotencyKey, Moment, Movement, Operation, OperationKind, OperationRequest,
    UserId, Wallet, WalletId,
};
use crate::engine::{Lane, LedgerEntry, WriteSet};
use crate::telemetry::traces::Span;

/// Operations in a group, more than any test has.
const SIZE_MAX: usize = 1_000;

/// When everything is decided.
const AT: Moment = Moment {
    now: OffsetDateTime::UNIX_EPOCH,
    incarnation: 0,
    holds_max: 1_000,
};

fn wallet(number: u128, cents: i64) -> Wallet {
    Wallet {
        id: WalletId(Uuid::from_u128(number)),
        user: UserId(1),
        balance: Balance::from_cents(cents).unwrap(),
        version: 7,
        reversals_known_from: 0,
        terms: None,
    }
}

fn amount(cents: i64) -> Amount {
    Amount::from_cents(cents).unwrap()
}

fn transfer(from: u128, to: u128, cents: i64) -> Step {
    let (from, to) = (wallet(from, 0).id, wallet(to, 0).id);
    Step {
        wallet: from,
        request: Movement::Transfer {
            to,
            amount: amount(cents),
        }
        .into(),
    }
}

fn keyed(key: &str, step: Step) -> Step {
    let key = IdempotencyKey::parse(key);
    Step {
        request: OperationRequest {
            key,
            ..step.request
        },
        ..step
    }
}

/// What a wallet's own operation writes: a deposit, or a withdrawal of what is negative.
fn own(before: &Wallet, cents: i64, key: Option<&str>) -> (WriteSet, Wallet) {
    let kinds = [OperationKind::Withdraw, OperationKind::Deposit];
    let operation = Operation {
        kind: kinds[usize::from(cents > 0)],
        amount: amount(cents.abs()),
    };
    let request = OperationRequest {
        key: key.and_then(IdempotencyKey::parse),
        ..operation.into()
    };
    let mut then = before.clone();
    let entry = then.post(operation, AT.now).unwrap();
    let entries = vec![LedgerEntry::of(&request, entry)];
    (WriteSet::new(before, entries, Vec::new()).unwrap(), then)
}

/// Who waits for a linked set.
struct Caller {
    linked: LinkedTicket,
    verdict: oneshot::Receiver<LinkedVerdict>,
}

impl Caller {
    fn arrive(waiting: &mut Waiting, steps: Vec<Step>, now: Instant) -> Self {
        Self::arrive_of(waiting, steps, now, false)
    }

    fn arrive_over_lanes(waiting: &mut Waiting, steps: Vec<Step>, now: Instant) -> Self {
        Self::arrive_of(waiting, steps, now, true)
    }

    fn arrive_of(waiting: &mut Waiting, steps: Vec<Step>, now: Instant, over_lanes: bool) -> Self {
        let (reply, verdict) = oneshot::channel();
        let set = LinkedSet::new(steps).unwrap();
        let request = LinkedRequest::new(set, Span::default(), over_lanes);
        let id = waiting.arrive(Arc::clone(&request), reply, now);
        Self {
            linked: LinkedTicket { id, request },
            verdict,
        }
    }

    /// The verdict, if there is one.
    fn verdict(&mut self) -> Option<LinkedVerdict> {
        match self.verdict.try_recv() {
            Ok(verdict) => Some(verdict),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Closed) => panic!("the linked set was dropped"),
        }
    }
}

/// An actor that waits for the outcome of its set.
struct Actor {
    number: SetNumber,
    handover: Arc<Handover>,
    outcome: oneshot::Receiver<Outcome>,
}

impl Actor {
    /// Submits a set; without one, the wallet only attends.
    fn submit(
        waiting: &mut Waiting,
        before: Wallet,
        set: Option<(WriteSet, Wallet)>,
        attends: &[&Caller],
    ) -> Self {
        Self::submit_on(Lane::WHOLE, waiting, before, set, attends)
    }

    fn submit_on(
        lane: Lane,
        waiting: &mut Waiting,
        before: Wallet,
        set: Option<(WriteSet, Wallet)>,
        attends: &[&Caller],
    ) -> Self {
        let (reply, outcome) = oneshot::channel();
        let handover = Arc::<Handover>::default();
        let (set, then) = match set {
            Some((set, then)) => (Some(set), then),
            None => (None, before.clone()),
        };
        let request = Request {
            incarnation: AT.incarnation,
            before,
            then,
            set,
            attends: attends.iter().map(|it| it.linked.clone()).collect(),
            reply,
            handover: Arc::clone(&handover),
            spans: Vec::new(),
        };
        let number = waiting.add(lane, request, false);
        Self {
            number,
            handover,
            outcome,
        }
    }

    fn attend(waiting: &mut Waiting, before: Wallet, attends: &[&Caller]) -> Self {
        Self::submit(waiting, before, None, attends)
    }

    fn deposit(waiting: &mut Waiting, before: Wallet, cents: i64, attends: &[&Caller]) -> Self {
        let set = own(&before, cents, None);
        Self::submit(waiting, before, Some(set), attends)
    }

    /// The outcome, if there is one.
    fn outcome(&mut self) -> Option<Outcome> {
        match self.outcome.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Closed) => panic!("the set was dropped"),
        }
    }
}

/// The wallets whose sets were taken, in their order.
fn wallets_of(taken: &Taken) -> Vec<WalletId> {
    let requests = taken.requests.iter();
    requests.map(|request| request.before.id).collect()
}
