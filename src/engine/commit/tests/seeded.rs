//! Whatever happens to what waits, on one lane or several, no set and no linked set is lost, taken twice or taken for a lane that
//! may not have it.

use std::time::Duration;

use proptest::prelude::*;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::Instant;

use super::super::linked_request::Linked;
use super::super::request::SetError;
use super::super::waiting::{Taken, Waiting};
use super::{Actor, Caller, SIZE_MAX, own, transfer, wallet};
use crate::engine::Lane;

const WALLETS: usize = 5;

#[derive(Clone, Debug)]
enum Act {
    /// A linked set over these pairs of wallets arrives, and their waiting sets attend it.
    Arrive(Vec<(usize, usize)>),
    /// The wallet's actor submits a set, unless one waits: with an operation, or to attend alone.
    Submit(usize, bool),
    /// The actor takes back a set with nothing to write.
    TakeBack(usize),
    /// A caller of the wallet's operations recalls the set.
    Recall(usize),
    /// A caller of a linked set withdraws it.
    Withdraw(usize),
    /// Somebody takes so many operations for a lane; zero is the whole.
    Take(u32, usize),
    /// The wallet is moved to another lane.
    Move(usize, u32),
    /// The watch checks what waits.
    Watch,
    /// A linked set that was taken waits again.
    PutBack(usize),
    /// Milliseconds pass.
    Pass(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let pair = (0..WALLETS, 1..WALLETS).prop_map(|(from, on)| (from, (from + on) % WALLETS));
    prop::collection::vec(
        prop_oneof![
            3 => prop::collection::vec(pair, 1..4).prop_map(Act::Arrive),
            8 => (0..WALLETS, any::<bool>()).prop_map(|(of, writes)| Act::Submit(of, writes)),
            1 => (0..WALLETS).prop_map(Act::TakeBack),
            1 => (0..WALLETS).prop_map(Act::Recall),
            1 => any::<usize>().prop_map(Act::Withdraw),
            6 => (any::<u32>(), 1..6_usize).prop_map(|(lane, size)| Act::Take(lane, size)),
            1 => (0..WALLETS, any::<u32>()).prop_map(|(of, lane)| Act::Move(of, lane)),
            1 => Just(Act::Watch),
            2 => any::<usize>().prop_map(Act::PutBack),
            2 => (1..60_u64).prop_map(Act::Pass),
        ],
        1..80,
    )
}

/// What should wait.
struct Model {
    waiting: Waiting,
    /// Lanes besides the whole.
    lanes: u32,
    /// The lane of each wallet.
    lane_of: [Lane; WALLETS],
    now: Instant,
    /// The set of each wallet.
    actors: [Option<Actor>; WALLETS],
    callers: Vec<Caller>,
    /// Linked sets that were taken.
    taken: Vec<Linked>,
}

impl Model {
    fn new(lanes: u32) -> Self {
        Self {
            waiting: Waiting::default(),
            lanes,
            lane_of: std::array::from_fn(|of| {
                let of = u32::try_from(of).unwrap();
                Lane(lanes.min(1 + of % lanes.max(1)))
            }),
            now: Instant::now(),
            actors: [const { None }; WALLETS],
            callers: Vec::new(),
            taken: Vec::new(),
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Arrive(pairs) => {
                let steps = pairs.iter();
                let steps = steps.map(|(from, to)| transfer(*from as u128, *to as u128, 1));
                let steps = steps.collect();
                let over_lanes = pairs.iter().any(|(from, to)| {
                    [from, to].map(|of| self.lane_of[*of]) != [self.lane_of[pairs[0].0]; 2]
                });
                let caller = Caller::arrive_of(&mut self.waiting, steps, self.now, over_lanes);
                for wallet in caller.linked.request.set.wallets() {
                    if let Some(actor) = &self.actors[wallet.0.as_u128() as usize] {
                        let linked = caller.linked.clone();
                        assert!(self.waiting.attend(actor.number, linked), "it waits");
                    }
                }
                self.callers.push(caller);
            }
            Act::Submit(of, writes) => self.submit(of, writes),
            Act::TakeBack(of) => {
                if let Some(actor) = &self.actors[of]
                    && self.waiting.recall(actor.number)
                {
                    self.actors[of] = None;
                }
            }
            Act::Recall(of) => {
                if let Some(actor) = &self.actors[of] {
                    assert!(actor.handover.recall(), "no committer has it");
                }
            }
            Act::Withdraw(any) => {
                if !self.callers.is_empty() {
                    let caller = self.callers.swap_remove(any % self.callers.len());
                    let id = caller.linked.id;
                    let was_taken = self.taken.iter().any(|linked| linked.id == id);
                    let withdrawn = self.waiting.withdraw(id, self.now);
                    assert_eq!(withdrawn.is_none(), was_taken);
                }
            }
            Act::Take(lane, size_max) => self.take(Lane(lane % (self.lanes + 1)), size_max),
            Act::Move(of, lane) if self.lanes > 0 => {
                self.lane_of[of] = Lane(1 + lane % self.lanes);
            }
            Act::Move(..) => {}
            Act::Watch => self.waiting.release(self.now),
            Act::PutBack(any) => {
                if !self.taken.is_empty() {
                    let linked = self.taken.swap_remove(any % self.taken.len());
                    self.waiting.put_back(vec![linked], self.now);
                    self.waiting.dismiss_idle();
                }
            }
            Act::Pass(ms) => self.now += Duration::from_millis(ms),
        }
        self.notice_recalled();
    }

    fn submit(&mut self, of: usize, writes: bool) {
        let before = wallet(of as u128, 100);
        let callers = self.callers.iter();
        let attends: Vec<_> = callers
            .filter(|caller| caller.linked.request.set.wallets().contains(&before.id))
            .filter(|caller| !caller.linked.request.is_over())
            .collect();
        if self.actors[of].is_some() || (attends.is_empty() && !writes) {
            return;
        }
        let set = writes.then(|| own(&before, 1, None));
        let (lane, waiting) = (self.lane_of[of], &mut self.waiting);
        self.actors[of] = Some(Actor::submit_on(lane, waiting, before, set, &attends));
    }

    /// Everything in the group waited, in one set a wallet, on its lane or the whole, and a linked set comes with its wallets.
    fn take(&mut self, lane: Lane, size_max: usize) {
        let Some(Taken {
            requests, linked, ..
        }) = self.waiting.take(lane, size_max, self.now)
        else {
            assert!(!self.waiting.is_takable(lane), "a committer would not rest");
            return;
        };
        for request in &requests {
            let of = request.before.id.0.as_u128() as usize;
            let actor = self.actors[of].take().expect("it is taken once");
            assert!(!actor.handover.recall(), "a recalled set was taken");
            let is_linked = lane == Lane::WHOLE && !request.attends.is_empty();
            assert!(actor.number.lane == lane || is_linked, "of another lane");
        }
        assert!(linked.is_sorted_by_key(|(linked, _)| linked.id));
        for (linked, places) in linked {
            let present = places.iter().map(|place| requests[*place].before.id);
            assert!(present.eq(linked.request.set.wallets().iter().copied()));
            self.callers
                .iter()
                .position(|caller| caller.linked.id == linked.id)
                .expect("it has a caller");
            assert!(self.taken.iter().all(|other| other.id != linked.id));
            self.taken.push(linked);
        }
    }

    /// Sets that went back to their wallets.
    fn notice_recalled(&mut self) {
        for actor in &mut self.actors {
            let outcome = actor.as_mut().map(|actor| actor.outcome.try_recv());
            match outcome {
                Some(Ok(Err(SetError::Recalled))) => *actor = None,
                None | Some(Err(TryRecvError::Empty)) => {}
                lost => panic!("{lost:?}"),
            }
        }
        let waits = self.actors.iter().flatten().count();
        assert_eq!(self.waiting.wallets(), waits, "a set was lost");
    }

    /// Once every wallet is present, everything is taken.
    fn finish(mut self) {
        for linked in std::mem::take(&mut self.taken) {
            self.waiting.put_back(vec![linked], self.now);
        }
        self.waiting.dismiss_idle();
        self.notice_recalled();
        // What is over lanes comes first, then what is of one.
        for _ in 0..=2 * WALLETS {
            (0..WALLETS).for_each(|of| self.submit(of, true));
            // A recalled set only goes back to its wallet: at worst one in each round.
            self.take_all();
        }
        let mut left: Vec<_> = self.callers.iter().map(|caller| caller.linked.id).collect();
        for linked in &self.taken {
            left.retain(|id| *id != linked.id);
        }
        assert!(left.is_empty(), "linked sets were lost: {left:?}");
        self.now += Duration::from_secs(1);
        self.waiting.release(self.now);
        self.take_all();
        assert!(self.waiting.is_empty());
        assert!(self.lanes().all(|lane| !self.waiting.is_takable(lane)));
    }

    fn lanes(&self) -> impl Iterator<Item = Lane> + use<> {
        (0..=self.lanes).map(Lane)
    }

    fn take_all(&mut self) {
        for lane in self.lanes() {
            self.take(lane, SIZE_MAX);
            self.notice_recalled();
        }
    }
}

proptest! {
    #[test]
    fn no_set_and_no_linked_set_is_lost_or_taken_twice(lanes in 0..4_u32, acts in acts()) {
        let mut model = Model::new(lanes);
        for act in acts {
            model.act(act);
        }
        model.finish();
    }
}
