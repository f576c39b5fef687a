//! The linked sets that wait, and which of their wallets are present.
//!
//! 1. A wallet is *present* for a linked set while a set of its actor that attends the linked set waits in the queue. An actor
//!    that has nothing to write submits an empty set for that.
//! 2. A linked set is *ready* while all of its wallets are present. Whoever takes a group decides every linked set that is
//!    ready, in the order of arrival, and takes the sets of its wallets along.
//! 3. Presence is shared: one set may attend any number of linked sets, and is kept for none. So there is no order of locks,
//!    and no deadlock. A linked set that lacks a wallet waits, and its other wallets are written meanwhile.
//! 4. So that busy wallets do not miss each other for ever, the oldest linked set that has waited for [`HOLD_AFTER`] *holds*
//!    the sets that attend it, until the rest have come, [`HOLD_MAX`] at most: all that the rest are doing is to finish a write.
//!    If it takes longer, the next oldest may hold, and this one again after the same time.
//!
//! A linked set is ready on the *lane* of the sets that attend it, or, if they are of several lanes, on [`Lane::WHOLE`]. Lanes
//! compete for a wallet that is to be present on several, and none may depend on another that is frozen:
//!
//! 5. A set that attends a linked set which is ready on the whole is *due* there: its own lane leaves it alone, unless it takes
//!    it with an older linked set. If nobody takes for the whole for [`HOLD_MAX`], nothing is due until somebody does.
//! 6. A linked set over lanes holds nothing for a wallet that others were held for in vain, until that has been present, or for a
//!    time that doubles. So a wallet of a frozen lane holds back those of other lanes for a small part of the time at most.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::linked_request::{Linked, LinkedId, LinkedRequest, LinkedVerdict, LinkingProblem};
use crate::domain::WalletId;
use crate::engine::Lane;

/// How long a linked set waits for its wallets before it holds those that are there.
pub(super) const HOLD_AFTER: Duration = Duration::from_millis(4);

/// How long it holds them; longer than a commit takes.
pub(super) const HOLD_MAX: Duration = Duration::from_millis(50);

/// The longest time for which nothing is held over lanes for a wallet that others were held for in vain.
const LATE_MAX: Duration = Duration::from_millis(1_600);

/// A set's place in the queue: in its lane, the order in which they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::engine) struct SetNumber {
    pub lane: Lane,
    pub number: i64,
}

/// A linked set that waits.
#[derive(Debug)]
struct Waiting {
    linked: Linked,
    /// By wallet, in the order of the set's: the set that attends.
    present: Vec<Option<SetNumber>>,
    missing: usize,
    /// It holds from then on, if it is the oldest.
    holds_at: Instant,
}

/// Everything that waits to be linked.
#[derive(Debug, Default)]
pub(super) struct Linking {
    next: LinkedId,
    waiting: BTreeMap<LinkedId, Waiting>,
    ready: BTreeSet<(Lane, LinkedId)>,
    held: Option<(LinkedId, Instant)>,
    /// Since when linked sets are ready on the whole that nobody has taken for.
    due_since: Option<Instant>,
    /// Lanes whose ready linked sets need sets that are due on the whole.
    put_off: Vec<Lane>,
    /// Wallets that others were held for in vain: until when nothing is held for them over lanes, and for how long that is.
    late: HashMap<WalletId, (Instant, Duration)>,
}

impl Linking {
    /// A linked set arrives; none of its wallets is present yet.
    pub fn arrive(
        &mut self,
        request: Arc<LinkedRequest>,
        reply: oneshot::Sender<LinkedVerdict>,
        now: Instant,
    ) -> LinkedId {
        let id = self.next;
        self.next += 1;
        let known = vec![None; request.set.steps().len()];
        let reloaded = vec![false; request.set.wallets().len()];
        let linked = Linked {
            id,
            request,
            reply,
            known,
            reloaded,
            waits_since: now,
        };
        self.put_back(linked, now);
        id
    }

    /// A linked set waits again, at its place in the order of arrival, for all of its wallets.
    pub fn put_back(&mut self, mut linked: Linked, now: Instant) {
        linked.waits_since = now;
        let wallets = linked.request.set.wallets().len();
        let waiting = Waiting {
            present: vec![None; wallets],
            missing: wallets,
            holds_at: now + HOLD_AFTER,
            linked,
        };
        self.waiting.insert(waiting.linked.id, waiting);
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a linked set can be decided on the lane.
    pub fn is_ready(&self, lane: Lane) -> bool {
        self.ready_from(lane, 0).is_some()
    }

    /// Whether one can, and is not put off.
    pub fn is_takable(&self, lane: Lane) -> bool {
        self.is_ready(lane) && !self.put_off.contains(&lane)
    }

    fn ready_from(&self, lane: Lane, from: LinkedId) -> Option<LinkedId> {
        let (ready_on, id) = *self.ready.range((lane, from)..).next()?;
        (ready_on == lane).then_some(id)
    }

    /// The wallet's set waits, and attends the linked set, if that waits still.
    pub fn attend(&mut self, id: LinkedId, wallet: WalletId, number: SetNumber) {
        if let Some(waiting) = self.waiting.get_mut(&id)
            && let Some(place) = waiting.place(wallet)
            && waiting.present[place].replace(number).is_none()
        {
            waiting.missing -= 1;
            if waiting.missing == 0 {
                let lane = waiting.lane();
                self.ready.insert((lane, id));
                self.put_off.retain(|other| *other != lane);
            }
        }
        if !self.late.is_empty() {
            self.late.remove(&wallet);
        }
    }

    /// The wallet's set does not wait any more.
    pub fn leave(&mut self, id: LinkedId, wallet: WalletId) {
        if let Some(waiting) = self.waiting.get_mut(&id)
            && let Some(place) = waiting.place(wallet)
            && waiting.present[place].is_some()
        {
            if waiting.missing == 0 {
                self.ready.remove(&(waiting.lane(), id));
            }
            waiting.present[place] = None;
            waiting.missing += 1;
        }
    }

    /// The first linked set that can be decided on the lane, and the sets of its wallets.
    pub fn first_ready(&self, lane: Lane, from: LinkedId) -> Option<(LinkedId, Vec<SetNumber>)> {
        let id = self.ready_from(lane, from)?;
        Some((id, self.ready_sets(id)?))
    }

    /// The sets of a linked set's wallets, if it can be decided, on whichever lane.
    pub fn ready_sets(&self, id: LinkedId) -> Option<Vec<SetNumber>> {
        let waiting = self.waiting.get(&id).filter(|it| it.missing == 0)?;
        Some(waiting.present.iter().copied().flatten().collect())
    }

    /// Somebody takes for the lane.
    pub fn visit(&mut self, lane: Lane, now: Instant) {
        if lane == Lane::WHOLE {
            self.due_since = None;
            self.put_off.clear();
        } else {
            self.note_due(now);
        }
    }

    /// Notes since when linked sets wait for somebody to take for the whole.
    pub fn note_due(&mut self, now: Instant) {
        if self.due_since.is_none() && self.is_ready(Lane::WHOLE) {
            self.due_since = Some(now);
        }
    }

    /// The sets of other lanes that are due on the whole, each with the oldest linked set that it is due with.
    pub fn due(&self, now: Instant) -> HashMap<SetNumber, LinkedId> {
        let mut due = HashMap::new();
        if self.is_whole_late(now) {
            return due;
        }
        for (_, id) in self.ready.range(..(Lane(Lane::WHOLE.0 + 1), 0)) {
            let present = self.waiting.get(id).into_iter().flat_map(|it| &it.present);
            for number in present.copied().flatten() {
                if number.lane != Lane::WHOLE {
                    due.entry(number).or_insert(*id);
                }
            }
        }
        due
    }

    fn is_whole_late(&self, now: Instant) -> bool {
        self.due_since.is_some_and(|since| now >= since + HOLD_MAX)
    }

    /// The lane's ready linked sets all need sets that are due on the whole: there is nothing to take of them until somebody takes
    /// for the whole, another one is ready, or time has passed.
    pub fn put_off(&mut self, lane: Lane) {
        if !self.put_off.contains(&lane) {
            self.put_off.push(lane);
        }
    }

    pub fn is_any_put_off(&self) -> bool {
        !self.put_off.is_empty()
    }

    /// Lets each lane see again whether there is something to take.
    pub fn resume_all(&mut self) {
        self.put_off.clear();
    }

    /// Takes the linked set out, with the sets that attended it; `None` if it does not wait.
    pub fn take(&mut self, id: LinkedId) -> Option<(Linked, Vec<SetNumber>)> {
        let waiting = self.waiting.remove(&id)?;
        if waiting.missing == 0 {
            self.ready.remove(&(waiting.lane(), id));
        }
        if self.held.is_some_and(|(held, _)| held == id) {
            self.held = None;
        }
        Some((
            waiting.linked,
            waiting.present.into_iter().flatten().collect(),
        ))
    }

    /// The linked set that holds the sets which attend it, if one does now.
    pub fn holder(&mut self, now: Instant) -> Option<LinkedId> {
        if let Some((id, until)) = self.held {
            if now < until {
                return Some(id);
            }
            if let Some(waiting) = self.waiting.get_mut(&id) {
                waiting.holds_at = now + HOLD_MAX;
                if waiting.linked.request.over_lanes {
                    note_late(&mut self.late, waiting.missing_wallets(), now);
                }
            }
        }
        let is_whole_late = self.is_whole_late(now);
        let mut holder = None;
        for (id, waiting) in &mut self.waiting {
            if waiting.missing == 0 || waiting.holds_at > now {
                continue;
            }
            if waiting.linked.request.over_lanes {
                let late = waiting.missing_wallets().filter_map(|it| self.late.get(it));
                let late = late.map(|(until, _)| *until).max();
                let whole = is_whole_late.then_some(now + HOLD_MAX);
                if let Some(until) = late.max(whole).filter(|until| *until > now) {
                    waiting.holds_at = until;
                    continue;
                }
            }
            holder = Some(*id);
            break;
        }
        self.held = holder.map(|id| (id, now + HOLD_MAX));
        holder
    }

    /// The sets that the holder, if there is one, holds.
    pub fn held(&self) -> Vec<SetNumber> {
        let holder = self.held.and_then(|(id, _)| self.waiting.get(&id));
        let present = holder.into_iter().flat_map(|holder| &holder.present);
        present.copied().flatten().collect()
    }

    /// Gives up everything that waits.
    pub fn clear(&mut self) {
        for (_, waiting) in std::mem::take(&mut self.waiting) {
            waiting.linked.fail(LinkingProblem::NoCommitter);
        }
        *self = Self {
            next: self.next,
            ..Self::default()
        };
    }
}

/// Nothing is held for these wallets for a while, which is twice that of the last time.
fn note_late<'w>(
    late: &mut HashMap<WalletId, (Instant, Duration)>,
    wallets: impl Iterator<Item = &'w WalletId>,
    now: Instant,
) {
    late.retain(|_, (until, _)| now < *until + LATE_MAX);
    for wallet in wallets {
        let last = late.get(wallet).map(|(_, time)| *time * 2);
        let time = last.map_or(HOLD_MAX, |time| time.min(LATE_MAX));
        late.insert(*wallet, (now + time, time));
    }
}

impl Waiting {
    /// The lane on which it is decided, if all of its wallets are present.
    fn lane(&self) -> Lane {
        let mut lanes = self.present.iter().flatten().map(|number| number.lane);
        let first = lanes.next().unwrap_or_default();
        if lanes.all(|lane| lane == first) {
            first
        } else {
            Lane::WHOLE
        }
    }

    fn missing_wallets(&self) -> impl Iterator<Item = &WalletId> {
        let wallets = self.linked.request.set.wallets().iter();
        let present = wallets.zip(&self.present);
        present.filter_map(|(wallet, present)| present.is_none().then_some(wallet))
    }

    fn place(&self, wallet: WalletId) -> Option<usize> {
        let place = self.linked.request.set.wallets().binary_search(&wallet);
        debug_assert!(
            place.is_ok(),
            "a wallet attends a linked set that is not its"
        );
        place.ok()
    }
}
