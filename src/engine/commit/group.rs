//! A group: the sets that a committer took, with the linked sets that it decided on them.
//!
//! 1. Linked sets are decided in the order of arrival, each on what those before it and the wallets' own sets made of its
//!    wallets. Rows of the accepted ones join the sets of their wallets.
//! 2. Wallets that an accepted linked set links are one *unit*: it is committed whole or left out whole. A wallet without
//!    one is a unit of its own.
//! 3. A verdict is true once every set that it was decided on is committed. If one is left out, the linked set waits again
//!    and is decided again, when its wallets have been loaded.
//! 4. A step under a key that the ledger holds is answered from the ledger, and the others are decided without it. Whether
//!    the ledger holds a key is found out by the commit, as for any set.
//!
//! Where other engines write to the database, a refusal counts only if the wallets were loaded while the caller waited:
//! those that have nothing to commit are loaded, once each, and the linked set is decided again. Each is loaded at its own
//! moment: the step that a refusal names could not happen then, though an earlier one, of another wallet, may have had to be
//! refused as well.

use std::collections::HashMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::drafts::Drafts;
use super::linked_request::{Linked, LinkedAnswer, LinkedVerdict};
use super::queue::CommitQueue;
use super::request::{Committed, Reply, Request, SetError, Written};
use super::waiting::Taken;
use crate::domain::linked::StepReceipt;
use crate::domain::{Moment, Wallet};
use crate::engine::{EngineError, LinkedError, SetOutcome, WriteSet};
use crate::telemetry::traces::Span;

/// Sets to be committed in one transaction, with what waits for it.
pub(super) struct Group {
    pub sets: Vec<WriteSet>,
    /// Of each set, where its actor waits, and the wallet after the set.
    parties: Vec<Party>,
    linked: Vec<Decided>,
    /// Those of its operations that are traced.
    pub spans: Vec<Span>,
}

struct Party {
    then: Wallet,
    reply: Reply,
}

/// A linked set whose verdict is true once its sets are committed.
struct Decided {
    linked: Linked,
    verdict: LinkedVerdict,
    /// The places of the sets that it was decided on.
    sets: Vec<usize>,
}

impl Group {
    /// Makes a group of what was taken. What does not depend on a commit is answered at once.
    pub fn decide(taken: Taken, queue: &CommitQueue, at: Moment, others_write: bool) -> Self {
        if taken.linked.is_empty() {
            return Self::of_sets(taken.requests);
        }
        let wallets = taken.requests.len();
        let mut drafts = Drafts::new(taken.requests);
        let decide = |(linked, places): (Linked, Vec<usize>)| Decided {
            verdict: drafts.decide(&linked, &places, at),
            linked,
            sets: places,
        };
        let decided: Vec<_> = taken.linked.into_iter().map(decide).collect();
        let mut group = Self::empty(wallets);
        let mut undecided = Vec::new();
        for mut decided in decided {
            let is_refused = matches!(decided.verdict, Err(LinkedError::Refused(_)));
            let is_unsure = |wallet: &usize| {
                !drafts.has_set(decided.sets[*wallet]) && !decided.linked.reloaded[*wallet]
            };
            let unsure: Vec<_> = (0..decided.sets.len()).filter(is_unsure).collect();
            if is_refused && others_write && !unsure.is_empty() {
                for wallet in unsure {
                    drafts.reload(decided.sets[wallet]);
                    decided.linked.reloaded[wallet] = true;
                }
                undecided.push(decided.linked);
                continue;
            }
            decided.sets.retain(|at| drafts.has_set(*at));
            if decided.sets.is_empty() {
                decided.linked.answer(decided.verdict);
            } else {
                let span = &decided.linked.request.span;
                group.spans.extend(span.is_recorded().then(|| span.clone()));
                group.linked.push(decided);
            }
        }
        if !undecided.is_empty() {
            queue.put_back(undecided);
        }
        group.add_drafts(drafts);
        group
    }

    fn of_sets(requests: Vec<Request>) -> Self {
        let mut group = Self::empty(requests.len());
        for request in requests {
            group.spans.extend(request.spans);
            group.add(request.set, request.then, request.reply);
        }
        group
    }

    fn empty(sets: usize) -> Self {
        Self {
            sets: Vec::with_capacity(sets),
            parties: Vec::with_capacity(sets),
            linked: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// Adds the sets of the drafts, and leads the linked sets from the drafts to them.
    fn add_drafts(&mut self, drafts: Drafts) {
        let mut places = Vec::with_capacity(self.sets.capacity());
        for (request, reload) in drafts.into_requests() {
            places.push(self.sets.len());
            self.spans.extend(request.spans);
            if reload {
                let _ = request.reply.send(Ok(Written::Reload));
            } else {
                self.add(request.set, request.then, request.reply);
            }
        }
        for decided in &mut self.linked {
            for set in &mut decided.sets {
                *set = places[*set];
            }
        }
    }

    /// Adds a set; an actor that has nothing to write goes on at once.
    fn add(&mut self, set: Option<WriteSet>, then: Wallet, reply: Reply) {
        if let Some(set) = set {
            self.sets.push(set);
            self.parties.push(Party { then, reply });
        } else {
            let nothing = Committed {
                then,
                at: None,
                linked: Vec::new(),
            };
            let _ = reply.send(Ok(Written::Committed(nothing)));
        }
    }

    /// Whether it consists of several units, which can be committed one by one.
    pub fn is_divisible(&self) -> bool {
        let first = self.sets.first().and_then(WriteSet::unit);
        let of_first = |set: &WriteSet| first.is_some() && set.unit() == first;
        self.sets.len() > 1 && !self.sets.iter().all(of_first)
    }

    /// Divides it into groups of one unit each. A refusal that was decided on several units is decided again.
    pub fn divide(self, queue: &CommitQueue) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        let mut units: HashMap<usize, usize> = HashMap::new();
        let mut places = Vec::with_capacity(self.sets.len());
        for (set, party) in self.sets.into_iter().zip(self.parties) {
            let new = groups.len();
            let at = set
                .unit()
                .map_or(new, |unit| *units.entry(unit).or_insert(new));
            if at == new {
                groups.push(Self::empty(1));
            }
            places.push((at, groups[at].sets.len()));
            groups[at].sets.push(set);
            groups[at].parties.push(party);
        }
        let mut undecided = Vec::new();
        for mut decided in self.linked {
            let (group, _) = places[decided.sets[0]];
            if decided.sets.iter().all(|set| places[*set].0 == group) {
                decided.sets = decided.sets.iter().map(|set| places[*set].1).collect();
                groups[group].linked.push(decided);
            } else {
                undecided.push(decided.linked);
            }
        }
        if !undecided.is_empty() {
            queue.put_back(undecided);
        }
        groups
    }

    /// Sends each actor its set's outcome, and each linked set's caller its verdict, or the linked set back to the queue.
    /// The smallest set is answered first: one operation must not wait until its thread has written the hundreds of
    /// answers of a busy neighbour.
    pub fn answer(
        self,
        outcomes: impl IntoIterator<Item = Result<SetOutcome, SetError>>,
        queue: &CommitQueue,
    ) {
        let mut answers: Vec<_> = (self.sets.iter().zip(self.parties))
            .zip(outcomes)
            .map(|((set, party), outcome)| Answer {
                size: set.size(),
                party,
                outcome,
                linked: Vec::new(),
            })
            .collect();
        if !self.linked.is_empty() {
            let linked = self.linked.into_iter();
            let undecided = linked.filter_map(|decided| decided.settle(&mut answers));
            // Before any actor is told, so that it finds what it is to attend.
            queue.put_back(undecided.collect());
        }
        answers.sort_by_key(|answer| answer.size);
        for answer in answers {
            answer.send();
        }
    }
}

/// What an actor is to receive.
struct Answer {
    size: usize,
    party: Party,
    outcome: Result<SetOutcome, SetError>,
    linked: Vec<Arc<LinkedAnswer>>,
}

impl Answer {
    fn send(self) {
        let Party { then, reply } = self.party;
        let linked = self.linked;
        let outcome = self
            .outcome
            .map(|outcome| Written::of(outcome, then, linked));
        // An actor that died meanwhile does not receive it.
        let _ = reply.send(outcome);
    }
}

impl Decided {
    /// Answers the caller by what became of the sets; gives the linked set back if it is to be decided again.
    fn settle(self, answers: &mut [Answer]) -> Option<Linked> {
        let outcomes = || self.sets.iter().map(|set| &answers[*set].outcome);
        if outcomes().all(|outcome| matches!(outcome, Ok(SetOutcome::Committed(_)))) {
            self.linked.request.set_over();
            let at = outcomes().find_map(|outcome| match outcome {
                Ok(SetOutcome::Committed(at)) => *at,
                _ => None,
            });
            let verdict = self.verdict.map(|receipts| dated(receipts, at));
            let answer = LinkedAnswer::new(self.linked.reply, verdict);
            for set in self.sets {
                answers[set].linked.push(Arc::clone(&answer));
            }
            return None;
        }
        if let Some(error) = outcomes().find_map(|outcome| outcome.as_ref().err()) {
            let error = match error {
                SetError::Rejected(cause) | SetError::Unknown { cause, .. } => {
                    EngineError::Unavailable(Arc::clone(cause))
                }
                SetError::NotSent(cause) => EngineError::NotDone(Arc::clone(cause)),
                SetError::Recalled => return Some(self.linked),
            };
            self.linked.answer(Err(LinkedError::Engine(error)));
            return None;
        }
        let mut linked = self.linked;
        let steps = linked.request.set.steps().iter().zip(&mut linked.known);
        for (step, known) in steps {
            for &set in &self.sets {
                if let Ok(SetOutcome::Recorded(recorded)) = &answers[set].outcome
                    && answers[set].party.then.id == step.wallet
                    && let Some(first) = recorded
                        .iter()
                        .find(|it| Some(&it.key) == step.request.key.as_ref())
                {
                    *known = Some(first.clone());
                }
            }
        }
        Some(linked)
    }
}

/// The receipts with the time of the commit.
fn dated(mut receipts: Vec<StepReceipt>, at: Option<OffsetDateTime>) -> Vec<StepReceipt> {
    for hold in receipts
        .iter_mut()
        .filter_map(|receipt| receipt.hold.as_mut())
    {
        if let (None, Some(at)) = (hold.created_at, at) {
            Arc::make_mut(hold).created_at = Some(at);
        }
    }
    receipts
}
