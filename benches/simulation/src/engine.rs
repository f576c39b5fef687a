//! An engine: its wallets, and what waits to be written, by lanes. The rules of `src/engine/commit`, without threads.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::scenario::{Places, Scenario, Wallet};
use crate::{Nanos, us};

pub type Client = u32;
pub type LinkedId = u64;
pub type GroupId = u64;

/// The longest that a group has the permit to itself (`PERMIT_TIME` of `src/engine/commit/queue.rs`).
pub const PERMIT_TIME: Nanos = 3_000_000;
/// As `src/engine/wallet/set_limit.rs` has it.
const SET_OPERATION_US: f64 = 16.0;
const SET_SMALL: u64 = 64;

/// What is written as one transaction.
#[derive(Debug)]
pub struct Group {
    pub engine: usize,
    pub lane: usize,
    pub sets: Vec<Set>,
    pub linked: Vec<Linked>,
    pub taken: Nanos,
}

/// A wallet in a group.
#[derive(Debug)]
pub struct Set {
    pub wallet: Wallet,
    /// The version that the wallet has to have.
    pub expected: u32,
    /// The clients of its own operations.
    pub operations: Vec<Client>,
    pub is_linked: bool,
    pub missed: bool,
}

/// A transfer.
#[derive(Clone, Debug)]
pub struct Linked {
    pub id: LinkedId,
    pub client: Client,
    pub wallets: [Wallet; 2],
    lane: usize,
    /// Its wallets that are being written.
    missing: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    /// Its set waits in its lane, under this number.
    Waits(u64),
    Written,
}

#[derive(Debug, Default)]
struct WalletState {
    phase: Phase,
    queue: Vec<Client>,
    set: Vec<Client>,
    /// Transfers that wait, and concern it.
    attends: Vec<LinkedId>,
    submitted: Nanos,
    /// The last two commits, in operations that a thread could have served meanwhile.
    meanwhile: [u64; 2],
}

#[derive(Debug, Default)]
struct Lane {
    sets: BTreeMap<u64, Wallet>,
    ready: BTreeSet<LinkedId>,
    permit: Option<GroupId>,
    writing: usize,
}

/// The lane of what crosses nodes. A node's own is its number and one.
pub const WHOLE: usize = 0;

#[derive(Debug)]
pub struct Engine {
    number: usize,
    committers: usize,
    crossing_sessions: usize,
    batch_max: usize,
    crossing_max: usize,
    /// The last version of each wallet that this engine knows.
    known: Vec<u32>,
    wallets: HashMap<Wallet, WalletState>,
    linked: HashMap<LinkedId, Linked>,
    lanes: Vec<Lane>,
    next: u64,
}

impl Engine {
    #[must_use]
    pub fn new(number: usize, places: &Places, scenario: &Scenario) -> Self {
        Self {
            number,
            committers: scenario.committers,
            crossing_sessions: scenario.crossing_sessions,
            batch_max: scenario.batch_max,
            crossing_max: scenario.crossing_max,
            known: vec![0; places.wallets()],
            wallets: HashMap::new(),
            linked: HashMap::new(),
            lanes: (0..=scenario.nodes).map(|_| Lane::default()).collect(),
            next: 0,
        }
    }

    /// A deposit was parsed. Returns the lane in which there may be something to take.
    pub fn deposit(
        &mut self,
        client: Client,
        wallet: Wallet,
        places: &Places,
        now: Nanos,
    ) -> usize {
        let state = self.wallets.entry(wallet).or_default();
        state.queue.push(client);
        if state.phase == Phase::Idle {
            self.submit(wallet, places, now);
        }
        places.node(wallet) + 1
    }

    /// A transfer was parsed.
    pub fn transfer(&mut self, client: Client, wallets: [Wallet; 2], places: &Places) -> usize {
        let [from, to] = wallets.map(|wallet| places.node(wallet));
        let lane = if from == to { from + 1 } else { WHOLE };
        self.next += 1;
        let id = self.next;
        self.wait(Linked {
            id,
            client,
            wallets,
            lane,
            missing: 0,
        });
        lane
    }

    /// Takes what is to be one group of the lane, if a session and the permit are free.
    pub fn take(&mut self, lane: usize, id: GroupId, now: Nanos, places: &Places) -> Option<Group> {
        let state = &self.lanes[lane];
        let sessions = if lane == WHOLE {
            self.crossing_sessions
        } else {
            self.committers
        };
        if state.permit.is_some() || state.writing == sessions {
            return None;
        }
        let mut group = Group {
            engine: self.number,
            lane,
            sets: Vec::new(),
            linked: Vec::new(),
            taken: now,
        };
        let mut size = self.take_linked(&mut group, places);
        let size_max = self
            .batch_max
            .max(size + self.batch_max.div_ceil(2) * usize::from(size > 0));
        while size < size_max
            && let Some((_, wallet)) = self.lanes[lane].sets.pop_first()
        {
            let set = self.written(wallet, false);
            size += set.operations.len();
            group.sets.push(set);
        }
        if group.sets.is_empty() {
            return None;
        }
        self.lanes[lane].permit = Some(id);
        self.lanes[lane].writing += 1;
        // Only now: several transfers of a group may share a wallet.
        for set in &group.sets {
            self.absent(set.wallet);
        }
        Some(group)
    }

    /// The permit's time is over, or its group is written.
    pub fn release(&mut self, lane: usize, id: GroupId) -> bool {
        let held = self.lanes[lane].permit == Some(id);
        if held {
            self.lanes[lane].permit = None;
        }
        held
    }

    /// The session of a group is free.
    pub fn finish(&mut self, lane: usize, id: GroupId) {
        self.release(lane, id);
        self.lanes[lane].writing -= 1;
    }

    /// A transfer that missed waits again.
    pub fn wait(&mut self, mut linked: Linked) {
        linked.missing = 0;
        for wallet in linked.wallets {
            let state = self.wallets.entry(wallet).or_default();
            state.attends.push(linked.id);
            linked.missing += usize::from(state.phase == Phase::Written);
        }
        if linked.missing == 0 {
            self.lanes[linked.lane].ready.insert(linked.id);
        }
        self.linked.insert(linked.id, linked);
    }

    /// A wallet is written, or was loaded after a miss, and its operations that missed are decided again. Adds the lanes in
    /// which there may be something to take.
    pub fn back(
        &mut self,
        wallet: Wallet,
        version: u32,
        again: Vec<Client>,
        places: &Places,
        now: Nanos,
        lanes: &mut Vec<usize>,
    ) {
        self.known[wallet as usize] = version;
        let Some(state) = self.wallets.get_mut(&wallet) else {
            return;
        };
        let operations = (now - state.submitted) / us(SET_OPERATION_US);
        state.meanwhile = [operations, state.meanwhile[0]];
        state.phase = Phase::Idle;
        let attends = state.attends.clone();
        state.queue.splice(0..0, again);
        if !state.queue.is_empty() {
            self.submit(wallet, places, now);
            lanes.push(places.node(wallet) + 1);
        } else if attends.is_empty() {
            self.wallets.remove(&wallet);
        }
        for id in attends {
            let Some(linked) = self.linked.get_mut(&id) else {
                continue;
            };
            linked.missing -= 1;
            if linked.missing == 0 {
                self.lanes[linked.lane].ready.insert(id);
                lanes.push(linked.lane);
            }
        }
    }

    /// What waits anywhere.
    #[must_use]
    pub fn left(&self) -> usize {
        let lanes = self
            .lanes
            .iter()
            .map(|lane| lane.sets.len() + lane.ready.len() + lane.writing);
        self.linked.len() + self.wallets.len() + lanes.sum::<usize>()
    }

    fn submit(&mut self, wallet: Wallet, places: &Places, now: Nanos) {
        self.next += 1;
        let Some(state) = self.wallets.get_mut(&wallet) else {
            return;
        };
        let [last, before] = state.meanwhile;
        let limit = last.min(before).max(SET_SMALL).min(self.batch_max as u64) as usize;
        let limit = limit.min(state.queue.len());
        state.set = state.queue.drain(..limit).collect();
        state.phase = Phase::Waits(self.next);
        state.submitted = now;
        let lane = places.node(wallet) + 1;
        self.lanes[lane].sets.insert(self.next, wallet);
    }

    /// Transfers that are ready, half of a group of them, with what waits of their wallets. Returns their operations.
    fn take_linked(&mut self, group: &mut Group, places: &Places) -> usize {
        let mut taken = HashSet::new();
        let mut size = 0;
        let is_whole = group.lane == WHOLE;
        let count_max = if is_whole {
            self.crossing_max
        } else {
            usize::MAX
        };
        while size < self.batch_max.div_ceil(2)
            && group.linked.len() < count_max
            && let Some(id) = self.lanes[group.lane].ready.pop_first()
            && let Some(linked) = self.linked.remove(&id)
        {
            for wallet in linked.wallets {
                if let Some(state) = self.wallets.get_mut(&wallet) {
                    state.attends.retain(|attended| *attended != id);
                }
                if taken.insert(wallet) {
                    if let Some(Phase::Waits(number)) = self.wallets.get(&wallet).map(|it| it.phase)
                    {
                        self.lanes[places.node(wallet) + 1].sets.remove(&number);
                    }
                    let set = self.written(wallet, true);
                    size += set.operations.len();
                    group.sets.push(set);
                }
            }
            size += 2;
            group.linked.push(linked);
        }
        size
    }

    fn written(&mut self, wallet: Wallet, is_linked: bool) -> Set {
        let state = self.wallets.entry(wallet).or_default();
        state.phase = Phase::Written;
        Set {
            wallet,
            expected: self.known[wallet as usize],
            operations: std::mem::take(&mut state.set),
            is_linked,
            missed: false,
        }
    }

    /// Transfers that wait for the wallet wait for its return.
    fn absent(&mut self, wallet: Wallet) {
        for id in self
            .wallets
            .get(&wallet)
            .map_or(&[][..], |state| &state.attends)
        {
            if let Some(linked) = self.linked.get_mut(id) {
                linked.missing += 1;
                self.lanes[linked.lane].ready.remove(id);
            }
        }
    }
}
