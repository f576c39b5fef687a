//! What waits to be committed: the sets of wallets, by lane in the order in which they came, and the linked sets.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::linked_request::{
    Linked, LinkedId, LinkedRequest, LinkedTicket, LinkedVerdict, LinkingProblem,
};
use super::linking::{Linking, SetNumber};
use super::request::{Request, SetError};
use crate::engine::Lane;
use crate::engine::lane::ByLane;

/// Requests are boxed: a map's first node has the size of eleven values, and most often one set waits.
#[derive(Default)]
pub(super) struct Waiting {
    /// Those that may be taken as they are.
    sets: ByLane<BTreeMap<SetNumber, Box<Request>>>,
    /// Those that have nothing to write, are held by a linked set, or are due on the whole.
    aside: BTreeMap<SetNumber, Box<Request>>,
    linking: Linking,
    first: i64,
    last: i64,
}

/// The places of sets in a group.
type Places = HashMap<SetNumber, usize>;

/// Sets that are due on the whole, each with the oldest linked set that it is due with.
type Due = HashMap<SetNumber, LinkedId>;

/// What a committer takes to make a group of.
#[derive(Default)]
pub(super) struct Taken {
    pub requests: Vec<Request>,
    /// Linked sets in the order of arrival, each with the places of its wallets' requests, in the order of its wallets.
    pub linked: Vec<(Linked, Vec<usize>)>,
    /// Operations of the requests.
    pub size: usize,
}

impl Waiting {
    /// Whether there is something to take for the lane.
    pub fn is_takable(&self, lane: Lane) -> bool {
        self.sets.get(lane).is_some_and(|sets| !sets.is_empty()) || self.linking.is_takable(lane)
    }

    pub fn is_empty(&self) -> bool {
        self.aside.is_empty() && self.sets.iter().all(|(_, sets)| sets.is_empty())
    }

    /// Whether a set of the lane waits; for the whole, whether any does.
    pub fn has_for(&self, lane: Lane) -> bool {
        if lane == Lane::WHOLE {
            return !self.is_empty();
        }
        let mut aside = self.aside.keys();
        let sets = self.sets.get(lane);
        sets.is_some_and(|sets| !sets.is_empty()) || aside.any(|number| number.lane == lane)
    }

    /// Whether a linked set holds back something that is to be written.
    pub fn is_holding(&self) -> bool {
        self.aside.values().any(|request| request.set.is_some()) || self.linking.is_any_put_off()
    }

    /// How many wallets wait.
    pub fn wallets(&self) -> usize {
        self.sets.iter().map(|(_, sets)| sets.len()).sum::<usize>() + self.aside.len()
    }

    /// Adds a set of the lane, behind the others or before them.
    pub fn add(&mut self, lane: Lane, request: Request, before_others: bool) -> SetNumber {
        let number = if before_others {
            self.first -= 1;
            self.first
        } else {
            self.last += 1;
            self.last
        };
        let number = SetNumber { lane, number };
        for linked in &request.attends {
            self.linking.attend(linked.id, request.before.id, number);
        }
        let sets = self.sets.or_insert_with(lane, BTreeMap::new);
        let place = if request.set.is_some() {
            sets
        } else {
            &mut self.aside
        };
        place.insert(number, Box::new(request));
        number
    }

    /// Takes back a set that has nothing to write; `false`: it was taken, or has something.
    pub fn recall(&mut self, number: SetNumber) -> bool {
        let request = self.aside.get(&number);
        request.is_some_and(|it| it.set.is_none()) && self.remove(number).is_some()
    }

    /// The set attends one more linked set; `false`: it does not wait any more.
    pub fn attend(&mut self, number: SetNumber, linked: LinkedTicket) -> bool {
        let sets = self.sets.get_mut(number.lane);
        let request = sets.and_then(|sets| sets.get_mut(&number));
        let Some(request) = request.or_else(|| self.aside.get_mut(&number)) else {
            return false;
        };
        self.linking.attend(linked.id, request.before.id, number);
        request.attends.push(linked);
        true
    }

    /// A linked set arrives.
    pub fn arrive(
        &mut self,
        request: Arc<LinkedRequest>,
        reply: oneshot::Sender<LinkedVerdict>,
        now: Instant,
    ) -> LinkedId {
        self.linking.arrive(request, reply, now)
    }

    /// Linked sets that were taken wait again, except those that nobody waits for any more.
    pub fn put_back(&mut self, linked: Vec<Linked>, now: Instant) {
        if linked.is_empty() {
            return;
        }
        for linked in linked {
            if linked.reply.is_closed() || linked.request.is_abandoned() {
                linked.fail(LinkingProblem::ActorLeft);
            } else {
                self.linking.put_back(linked, now);
            }
        }
        // A wallet that the verdict did not depend on may be back already.
        let sets = self.sets.iter().flat_map(|(_, sets)| sets);
        for (number, request) in sets.chain(&self.aside) {
            for linked in &request.attends {
                self.linking.attend(linked.id, request.before.id, *number);
            }
        }
    }

    /// Lets wallets go that have nothing to write and attend nothing that is not over: a verdict need not depend on each of
    /// its wallets, and one that it does not depend on is present again before it is given.
    pub fn dismiss_idle(&mut self) {
        let numbers: Vec<_> = self.aside.keys().copied().collect();
        for number in numbers {
            self.dismiss(number);
        }
    }

    /// Takes out a linked set that waits, and lets its wallets go that wait for nothing else; `None`: it was taken.
    pub fn withdraw(&mut self, id: LinkedId, now: Instant) -> Option<Linked> {
        let (linked, numbers) = self.linking.take(id)?;
        linked.request.set_over();
        for number in numbers {
            self.dismiss(number);
        }
        self.release(now);
        Some(linked)
    }

    /// Takes what is to be one group on the lane: every linked set that is ready on it, with the sets of its wallets; then other
    /// sets of the lane, until there are so many operations.
    pub fn take(&mut self, lane: Lane, mut size_max: usize, now: Instant) -> Option<Taken> {
        let mut taken = Taken::default();
        if !self.linking.is_empty() {
            // Half of a group each, however large the last linked set is, so that neither keeps out the others for good.
            let half = size_max.div_ceil(2);
            self.linking.visit(lane, now);
            let due = self.due(now);
            self.take_linked(&mut taken, lane, half, &due);
            size_max = size_max.max(taken.size + half);
            self.hold(now, &due);
        }
        while taken.size < size_max
            && let Some((_, request)) = self.sets.get_mut(lane).and_then(BTreeMap::pop_first)
        {
            if request.handover.take() {
                taken.add(*request);
            } else {
                self.hand_back(request);
            }
        }
        for request in &taken.requests {
            self.leave(request);
        }
        (!taken.requests.is_empty()).then_some(taken)
    }

    /// Gives up everything that waits: there is no worker to write it.
    pub fn clear(&mut self) {
        self.sets = ByLane::default();
        self.aside.clear();
        self.linking.clear();
    }

    /// Gives up what waits for the lane: it has no worker left, while others have.
    pub fn give_up(&mut self, lane: Lane, now: Instant) {
        let sets = self.sets.get(lane).into_iter().flat_map(BTreeMap::keys);
        let aside = self.aside.keys().filter(|number| number.lane == lane);
        let numbers: Vec<_> = sets.chain(aside).copied().collect();
        for number in numbers {
            self.remove(number);
        }
        while let Some((id, _)) = self.linking.first_ready(lane, 0) {
            if let Some(linked) = self.withdraw(id, now) {
                linked.fail(LinkingProblem::NoCommitter);
            }
        }
    }

    /// Lets go of what is held no longer.
    pub fn release(&mut self, now: Instant) {
        self.linking.resume_all();
        self.linking.note_due(now);
        let due = self.due(now);
        self.let_go(now, &due);
    }

    fn let_go(&mut self, now: Instant, due: &Due) {
        let holder = self.linking.holder(now);
        let is_free = |number: &SetNumber, request: &Request| {
            let is_held = holder.is_some_and(|holder| request.attends(holder));
            request.set.is_some() && !is_held && !due.contains_key(number)
        };
        let waiting = self.aside.iter();
        let free: Vec<_> = waiting
            .filter(|(number, request)| is_free(number, request))
            .map(|(number, _)| *number)
            .collect();
        for number in free {
            let sets = self.sets.or_insert_with(number.lane, BTreeMap::new);
            sets.extend(self.aside.remove_entry(&number));
        }
    }

    /// What is due on the whole; nothing if there is one lane.
    fn due(&self, now: Instant) -> Due {
        if self.sets.len() > 1 {
            self.linking.due(now)
        } else {
            Due::new()
        }
    }

    fn take_linked(&mut self, taken: &mut Taken, lane: Lane, size_max: usize, due: &Due) {
        let mut places = Places::new();
        let mut from = 0;
        let mut leaves_some = false;
        while taken.size < size_max
            && let Some((id, numbers)) = self.linking.first_ready(lane, from)
        {
            from = id + 1;
            let is_due = |number| due.get(number).is_some_and(|first| *first < id);
            let needs_due = |number| is_due(number) && !places.contains_key(number);
            if lane != Lane::WHOLE && numbers.iter().any(needs_due) {
                leaves_some = true;
            } else {
                self.take_ready(id, &numbers, taken, &mut places);
            }
        }
        if leaves_some && taken.size < size_max {
            self.linking.put_off(lane);
        }
        if lane == Lane::WHOLE && self.sets.len() > 1 && !taken.linked.is_empty() {
            self.take_along(from, taken, &mut places);
        }
    }

    /// Takes what is ready on one lane and older than what is taken for the whole, if they share a wallet: its own lane may find
    /// that wallet away each time.
    fn take_along(&mut self, before: LinkedId, taken: &mut Taken, places: &mut Places) {
        let attended = taken.requests.iter().flat_map(|request| &request.attends);
        let older: BTreeSet<_> = (attended.map(|linked| linked.id))
            .filter(|id| *id < before)
            .collect();
        for id in older {
            if let Some(numbers) = self.linking.ready_sets(id) {
                self.take_ready(id, &numbers, taken, places);
            }
        }
        taken.linked.sort_by_key(|(linked, _)| linked.id);
    }

    /// Takes a linked set that is ready, and its sets, as far as they are not taken already.
    fn take_ready(
        &mut self,
        id: LinkedId,
        numbers: &[SetNumber],
        taken: &mut Taken,
        places: &mut Places,
    ) {
        let mut all = Vec::with_capacity(numbers.len());
        for &number in numbers {
            if let Some(place) = places.get(&number) {
                all.push(*place);
            } else if let Some(request) = self.lift(number) {
                if request.handover.take() {
                    places.insert(number, taken.requests.len());
                    all.push(taken.requests.len());
                    taken.add(*request);
                } else {
                    self.hand_back(request);
                }
            }
        }
        if all.len() < numbers.len() {
            return;
        }
        if let Some((linked, _)) = self.linking.take(id) {
            if linked.reply.is_closed() {
                // Its caller left before it was decided: nothing happens.
                linked.request.set_over();
                return;
            }
            taken.size += linked.request.set.steps().len();
            taken.linked.push((linked, all));
        }
    }

    /// Puts aside what the oldest linked set holds, and what is due on the whole.
    fn hold(&mut self, now: Instant, due: &Due) {
        self.let_go(now, due);
        for number in self.linking.held().iter().chain(due.keys()) {
            let sets = self.sets.get_mut(number.lane);
            let entry = sets.and_then(|sets| sets.remove_entry(number));
            self.aside.extend(entry);
        }
    }

    /// Returns a recalled set to its wallet.
    fn hand_back(&mut self, request: Box<Request>) {
        self.leave(&request);
        let _ = request.reply.send(Err(SetError::Recalled));
    }

    /// Lets a set go that has nothing to write and nothing to attend.
    fn dismiss(&mut self, number: SetNumber) {
        let Some(request) = self.aside.get_mut(&number) else {
            return;
        };
        request.attends.retain(|linked| !linked.request.is_over());
        if request.set.is_none()
            && request.attends.is_empty()
            && let Some(request) = self.aside.remove(&number)
        {
            let _ = request.reply.send(Err(SetError::Recalled));
        }
    }

    fn remove(&mut self, number: SetNumber) -> Option<Box<Request>> {
        let request = self.lift(number)?;
        self.leave(&request);
        Some(request)
    }

    fn lift(&mut self, number: SetNumber) -> Option<Box<Request>> {
        let sets = self.sets.get_mut(number.lane);
        let request = sets.and_then(|sets| sets.remove(&number));
        request.or_else(|| self.aside.remove(&number))
    }

    fn leave(&mut self, request: &Request) {
        for linked in &request.attends {
            self.linking.leave(linked.id, request.before.id);
        }
    }
}

impl Taken {
    fn add(&mut self, request: Request) {
        self.size += request.size();
        self.requests.push(request);
    }
}
