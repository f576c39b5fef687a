//! What waits to be committed: the sets of wallets, in the order in which they came, and the linked sets.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::linking::{
    Linked, LinkedId, LinkedRequest, LinkedTicket, LinkedVerdict, Linking, LinkingProblem,
    SetNumber,
};
use super::request::{Request, SetError};

/// Requests are boxed: a map's first node has the size of eleven values, and most often one set waits.
#[derive(Default)]
pub(super) struct Waiting {
    /// Those that may be taken as they are.
    sets: BTreeMap<SetNumber, Box<Request>>,
    /// Those that have nothing to write, or are held by a linked set.
    aside: BTreeMap<SetNumber, Box<Request>>,
    linking: Linking,
    first: SetNumber,
    last: SetNumber,
}

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
    /// Whether there is something to take.
    pub fn is_takable(&self) -> bool {
        !self.sets.is_empty() || self.linking.is_ready()
    }

    pub fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.aside.is_empty()
    }

    /// Whether a linked set holds back something that is to be written.
    pub fn is_holding(&self) -> bool {
        self.aside.values().any(|request| request.set.is_some())
    }

    /// How many wallets wait.
    pub fn wallets(&self) -> usize {
        self.sets.len() + self.aside.len()
    }

    /// Adds a set, behind the others or before them.
    pub fn add(&mut self, request: Request, before_others: bool) -> SetNumber {
        let number = if before_others {
            self.first -= 1;
            self.first
        } else {
            self.last += 1;
            self.last
        };
        for linked in &request.attends {
            self.linking.attend(linked.id, request.before.id, number);
        }
        let place = if request.set.is_some() {
            &mut self.sets
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
        let request = self.sets.get_mut(&number);
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
        for (number, request) in self.sets.iter().chain(&self.aside) {
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

    /// Takes what is to be one group: every linked set that is ready, with the sets of its wallets; then other sets, until
    /// there are so many operations.
    pub fn take(&mut self, mut size_max: usize, now: Instant) -> Option<Taken> {
        let mut taken = Taken::default();
        if !self.linking.is_empty() {
            // Half of a group each, however large the last linked set is, so that neither keeps out the others for good.
            let half = size_max.div_ceil(2);
            self.take_linked(&mut taken, half);
            size_max = size_max.max(taken.size + half);
            self.hold(now);
        }
        while taken.size < size_max
            && let Some((_, request)) = self.sets.pop_first()
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
        self.sets.clear();
        self.aside.clear();
        self.linking.clear();
    }

    /// Lets go of what is held no longer.
    pub fn release(&mut self, now: Instant) {
        let holder = self.linking.holder(now);
        let is_free = |request: &Request| {
            request.set.is_some() && !holder.is_some_and(|holder| request.attends(holder))
        };
        let waiting = self.aside.iter().filter(|(_, request)| is_free(request));
        let free: Vec<_> = waiting.map(|(number, _)| *number).collect();
        for number in free {
            self.sets.extend(self.aside.remove_entry(&number));
        }
    }

    fn take_linked(&mut self, taken: &mut Taken, size_max: usize) {
        let mut places: HashMap<SetNumber, usize> = HashMap::new();
        let mut from = 0;
        while taken.size < size_max
            && let Some((id, numbers)) = self.linking.first_ready(from)
        {
            from = id + 1;
            let mut all = Vec::with_capacity(numbers.len());
            for &number in &numbers {
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
                continue;
            }
            if let Some((linked, _)) = self.linking.take(id) {
                if linked.reply.is_closed() {
                    // Its caller left before it was decided: nothing happens.
                    linked.request.set_over();
                    continue;
                }
                taken.size += linked.request.set.steps().len();
                taken.linked.push((linked, all));
            }
        }
    }

    /// Puts aside what the oldest linked set holds.
    fn hold(&mut self, now: Instant) {
        self.release(now);
        for number in self.linking.held() {
            self.aside.extend(self.sets.remove_entry(&number));
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
        let request = self.sets.remove(&number);
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
