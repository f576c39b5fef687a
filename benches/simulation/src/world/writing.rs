//! Groups on their way: taken, locked, committed, answered.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{Event, Purpose, Task, World};
use crate::engine::{Group, GroupId, PERMIT_TIME, Set, WHOLE};
use crate::job::{self, Branch, JobId, Server, Stage, Step};
use crate::scenario::Wallet;

impl World<'_> {
    /// Starts a group of the lane, if there is something to take.
    pub(super) fn take(&mut self, engine: usize, lane: usize) {
        self.serial += 1;
        let id = self.serial;
        let Some(group) = self.engines[engine].take(lane, id, self.now, &self.places) else {
            return;
        };
        self.outcome.groups += 1;
        let rows: usize = group.sets.iter().map(|set| set.operations.len()).sum();
        self.grouped += (rows + group.linked.len()) as u64;
        let stages = if lane == WHOLE {
            self.outcome.two_phase += 1;
            job::across_nodes(&group, &self.places, self.scenario)
        } else {
            job::on_a_node(&group, lane - 1, &self.places, self.scenario)
        };
        self.at(self.now + PERMIT_TIME, Event::PermitOver(engine, lane, id));
        self.start(id, Purpose::Write(group), stages);
    }

    fn start(&mut self, id: GroupId, purpose: Purpose, stages: VecDeque<Stage>) {
        let task = Task {
            purpose,
            stages,
            open: 0,
        };
        self.tasks.insert(id, task);
        self.next_stage(id);
    }

    fn next_stage(&mut self, id: GroupId) {
        let Some(task) = self.tasks.get_mut(&id) else {
            return;
        };
        let Some(stage) = task.stages.pop_front() else {
            if let Some(task) = self.tasks.remove(&id) {
                self.finished(id, task.purpose);
            }
            return;
        };
        task.open = stage.len();
        for branch in stage {
            self.serial += 1;
            let job = self.serial;
            self.jobs.insert(job, (id, branch));
            self.advance(job);
        }
    }

    /// Takes the job's next step.
    pub(super) fn advance(&mut self, job: JobId) {
        let Some((id, branch)) = self.jobs.get_mut(&job) else {
            return;
        };
        let id = *id;
        match branch.pop_front() {
            Some(Step::Travel(time)) => self.at(self.now + time, Event::Advance(job)),
            Some(Step::Compute(server, time)) => {
                let at = self.serve(server, time);
                self.at(at, Event::Advance(job));
            }
            Some(Step::Flush(disk)) => {
                if self.disks[disk].flush(job) {
                    self.at(self.now + self.scenario.costs.flush, Event::Flushed(disk));
                }
            }
            Some(Step::Lock) => {
                if self.lock(id) {
                    self.advance(job);
                } else {
                    branch_again(&mut self.jobs, job);
                    self.lock_waiters.push_back(job);
                }
            }
            Some(Step::Commit) => {
                self.commit(id);
                self.advance(job);
                for waiter in std::mem::take(&mut self.lock_waiters) {
                    self.advance(waiter);
                }
            }
            Some(Step::Load) => {
                if let Some(Task {
                    purpose: Purpose::Load(_, sets),
                    ..
                }) = self.tasks.get_mut(&id)
                {
                    for set in sets {
                        set.expected = self.versions[set.wallet as usize];
                    }
                }
                self.advance(job);
            }
            None => {
                self.jobs.remove(&job);
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.open -= 1;
                    if task.open == 0 {
                        self.next_stage(id);
                    }
                }
            }
        }
    }

    fn lock(&mut self, id: GroupId) -> bool {
        let Some(Task {
            purpose: Purpose::Write(group),
            ..
        }) = self.tasks.get(&id)
        else {
            return true;
        };
        if group
            .sets
            .iter()
            .any(|set| self.locked.contains(&set.wallet))
        {
            return false;
        }
        self.locked.extend(group.sets.iter().map(|set| set.wallet));
        true
    }

    /// Moves the wallets whose versions are the expected ones; a transfer's both or none.
    fn commit(&mut self, id: GroupId) {
        let Some(Task {
            purpose: Purpose::Write(group),
            ..
        }) = self.tasks.get_mut(&id)
        else {
            return;
        };
        let mut at: HashMap<Wallet, usize> = HashMap::new();
        for (place, set) in group.sets.iter_mut().enumerate() {
            set.missed = self.versions[set.wallet as usize] != set.expected;
            self.locked.remove(&set.wallet);
            at.insert(set.wallet, place);
        }
        loop {
            let before = group.sets.iter().filter(|set| set.missed).count();
            for linked in &group.linked {
                let places = linked.wallets.map(|wallet| at[&wallet]);
                if places.iter().any(|place| group.sets[*place].missed) {
                    for place in places {
                        group.sets[place].missed = true;
                    }
                }
            }
            if group.sets.iter().filter(|set| set.missed).count() == before {
                break;
            }
        }
        let halves = group.linked.iter().flat_map(|linked| linked.wallets);
        let own = group
            .sets
            .iter()
            .flat_map(|set| set.operations.iter().map(|_| set.wallet));
        for wallet in halves.chain(own) {
            if !group.sets[at[&wallet]].missed {
                self.versions[wallet as usize] += 1;
                self.outcome.rows += 1;
            }
        }
    }

    fn finished(&mut self, id: GroupId, purpose: Purpose) {
        let mut lanes = Vec::new();
        match purpose {
            Purpose::Write(group) => self.outcome_of(id, group, &mut lanes),
            Purpose::Load(engine, sets) => {
                for set in sets {
                    self.engines[engine].back(
                        set.wallet,
                        set.expected,
                        set.operations,
                        &self.places,
                        self.now,
                        &mut lanes,
                    );
                }
                self.take_all(engine, lanes);
            }
        }
    }

    /// A group's answer has come: its wallets go on, what missed is loaded, clients are answered.
    fn outcome_of(&mut self, id: GroupId, group: Group, lanes: &mut Vec<usize>) {
        let number = group.engine;
        self.engines[number].finish(group.lane, id);
        let missed: HashSet<Wallet> = group
            .sets
            .iter()
            .filter(|set| set.missed)
            .map(|set| set.wallet)
            .collect();
        let mut answered = Vec::new();
        let mut rows: HashMap<Wallet, u32> = HashMap::new();
        for linked in group.linked {
            if missed.contains(&linked.wallets[0]) {
                self.engines[number].wait(linked);
            } else {
                answered.push(linked.client);
                for wallet in linked.wallets {
                    *rows.entry(wallet).or_default() += 1;
                }
            }
        }
        let mut again: Vec<Vec<Set>> = (0..self.scenario.nodes).map(|_| Vec::new()).collect();
        for set in group.sets {
            if set.missed {
                self.outcome.misses += 1;
                again[self.places.node(set.wallet)].push(set);
                continue;
            }
            let rows = rows.get(&set.wallet).copied().unwrap_or_default();
            let version = set.expected + rows + set.operations.len() as u32;
            answered.extend(set.operations);
            self.engines[number].back(
                set.wallet,
                version,
                Vec::new(),
                &self.places,
                self.now,
                lanes,
            );
        }
        for (node, sets) in again
            .into_iter()
            .enumerate()
            .filter(|(_, sets)| !sets.is_empty())
        {
            self.serial += 1;
            let stages = job::load(sets.len(), node, &self.scenario.costs);
            self.start(self.serial, Purpose::Load(number, sets), stages);
        }
        lanes.push(group.lane);
        self.take_all(number, std::mem::take(lanes));
        // The next group is on its way before the clients of this one are answered.
        let costs = &self.scenario.costs;
        for client in answered {
            self.outcome.written += 1;
            let at = self.serve(Server::Engine(number), costs.response) + costs.client_trip / 2;
            self.at(at, Event::Reply(client));
        }
    }

    fn take_all(&mut self, engine: usize, mut lanes: Vec<usize>) {
        lanes.sort_unstable();
        lanes.dedup();
        for lane in lanes {
            self.take(engine, lane);
        }
    }
}

/// The step that could not be taken is the next again.
fn branch_again(jobs: &mut HashMap<JobId, (GroupId, Branch)>, job: JobId) {
    if let Some((_, branch)) = jobs.get_mut(&job) {
        branch.push_front(Step::Lock);
    }
}
