//! Whichever lanes and threads sets come from, somebody takes each of them: none is left waiting, though no watch comes round.
#![expect(
    clippy::cast_possible_truncation,
    reason = "small numbers, drawn below a bound"
)]

use std::cell::RefCell;
use std::iter::repeat_with;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use actix_rt::task::JoinHandle;
use futures_util::future::join_all;
use testkit::random::Random;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout};

use super::super::group::Group;
use super::super::queue::{CommitQueue, Permit, Worker};
use super::super::request::Written;
use super::{AT, Actor, Caller, own, transfer, wallet};
use crate::engine::{Lane, SetOutcome};

/// Wallets that are busy at the same time.
const WALLETS: u128 = 12;

/// A queue with workers on several threads, as far as it knows: everything runs on this one, in an order that a seed makes.
struct Test {
    queue: Arc<CommitQueue>,
    random: RefCell<Random>,
    threads: Vec<ThreadId>,
    lanes: u64,
}

impl Test {
    fn new(seed: u64) -> Rc<Self> {
        let thread = || thread::spawn(|| thread::current().id()).join().unwrap();
        Rc::new(Self {
            queue: Arc::new(CommitQueue::new(4)),
            random: RefCell::new(Random::from_seed(seed)),
            threads: repeat_with(thread).take(1 + (seed % 3) as usize).collect(),
            lanes: seed % 5,
        })
    }

    fn below(&self, bound: u64) -> u64 {
        self.random.borrow_mut().below(bound)
    }

    async fn pause(&self) {
        for _ in 0..self.below(4) {
            yield_now().await;
        }
    }

    fn here(&self) -> ThreadId {
        self.threads[self.below(self.threads.len() as u64) as usize]
    }

    /// The lane of a wallet, which may be moved at any time.
    fn lane(&self) -> Lane {
        Lane(1.min(self.lanes as u32) + self.below(self.lanes.max(1)) as u32)
    }

    /// Starts the workers that each thread has.
    fn start(self: &Rc<Self>) -> Vec<JoinHandle<()>> {
        let mut started = Vec::new();
        for lane in (0..=self.lanes as u32).map(Lane) {
            for thread in &self.threads {
                let mut state = self.queue.state();
                let worker = self.queue.add_worker(&mut state, lane, *thread, 2);
                started.extend(worker.map(|it| actix_rt::spawn(Rc::clone(self).work(it))));
            }
        }
        started
    }

    /// As a committer works, with commits that take any time.
    async fn work(self: Rc<Self>, worker: Worker) {
        while let Some(permit) = worker.permit().await {
            let mut permit = Some(permit);
            while let Some(taken) = permit.as_ref().and_then(Permit::take) {
                let group = Group::decide(taken, &self.queue, AT, false);
                self.pause().await;
                // Its time is over.
                permit = permit.filter(|_| self.below(3) > 0);
                self.pause().await;
                let committed = || Ok(SetOutcome::Committed(Some(AT.now)));
                group.answer(repeat_with(committed), &self.queue);
            }
        }
    }

    fn submit(&self, number: u128, writes: bool, attends: &[&Caller]) -> Actor {
        let (lane, before) = (self.lane(), wallet(number, 1_000));
        let set = writes.then(|| own(&before, 1, None));
        let mut state = self.queue.state();
        let actor = Actor::submit_on(lane, &mut state.waiting, before, set, attends);
        self.queue.wake_worker(state, lane, self.here());
        actor
    }

    async fn await_commit(actor: Actor) {
        let outcome = actor.outcome.await.unwrap();
        assert!(matches!(outcome, Ok(Written::Committed(_))), "{outcome:?}");
    }

    /// The wallet's own operations, one after another.
    async fn deposits(&self, number: u128) {
        for _ in 0..20 {
            Self::await_commit(self.submit(number, true, &[])).await;
            self.pause().await;
        }
    }

    /// Transfers between two wallets that come one after the other, with operations of theirs or without.
    async fn transfers(&self, from: u128, to: u128) {
        for _ in 0..20 {
            let caller = {
                let waiting = &mut self.queue.state().waiting;
                Caller::arrive_over_lanes(waiting, vec![transfer(from, to, 1)], Instant::now())
            };
            tokio::join!(self.attends(from, &caller), self.attends(to, &caller));
            caller.verdict.await.unwrap().unwrap();
        }
    }

    /// As an actor attends, with each of its sets until the linked set is over. Its first one may wait already.
    async fn attends(&self, number: u128, caller: &Caller) {
        self.pause().await;
        let mut actor = if self.below(2) == 0 {
            let actor = self.submit(number, true, &[]);
            self.pause().await;
            let mut state = self.queue.state();
            state.waiting.attend(actor.number, caller.linked.clone());
            self.queue
                .wake_worker(state, actor.number.lane, self.here());
            actor
        } else {
            self.submit(number, self.below(2) == 0, &[caller])
        };
        loop {
            Self::await_commit(actor).await;
            if caller.linked.request.is_over() {
                return;
            }
            self.pause().await;
            actor = self.submit(number, self.below(2) == 0, &[caller]);
        }
    }
}

#[actix_rt::test]
async fn seeded_sets_on_many_lanes_and_threads_are_all_taken_and_their_committers_end() {
    for seed in 0..120 {
        let test = Test::new(seed);
        let workers = test.start();
        let busy = (0..WALLETS / 3).map(|number| test.deposits(number));
        let pairs = (WALLETS / 3..WALLETS).step_by(2);
        let linked = pairs.map(|number| test.transfers(number, number + 1));
        let all = async { tokio::join!(join_all(busy), join_all(linked)) };
        let all = timeout(Duration::from_secs(20), all).await;
        assert!(all.is_ok(), "seed {seed}: something was left waiting");
        test.queue.close();
        let ended = timeout(Duration::from_secs(20), join_all(workers)).await;
        assert!(ended.is_ok(), "seed {seed}: a committer goes on");
    }
}
