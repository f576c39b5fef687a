//! The run: events in the order of their times.

mod writing;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

use crate::Nanos;
use crate::engine::{Client, Engine, Group, GroupId, Set};
use crate::job::{Branch, JobId, Server, Stage};
use crate::outcome::{Outcome, Times};
use crate::random::Random;
use crate::scenario::{Operation, Places, Scenario, Wallet};
use crate::servers::{Cores, Disk};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Send(Client),
    Arrive(Client),
    Parsed(Client),
    Advance(JobId),
    Flushed(usize),
    PermitOver(usize, usize, GroupId),
    Reply(Client),
}

/// What a job is done for: a group, or wallets that missed, with their operations.
enum Purpose {
    Write(Group),
    Load(usize, Vec<Set>),
}

struct Task {
    purpose: Purpose,
    stages: VecDeque<Stage>,
    /// Branches of the current stage.
    open: usize,
}

struct World<'s> {
    scenario: &'s Scenario,
    places: Places,
    random: Random,
    now: Nanos,
    events: BinaryHeap<Reverse<(Nanos, u64, Event)>>,
    serial: u64,
    engines: Vec<Engine>,
    engine_cores: Vec<Cores>,
    node_cores: Vec<Cores>,
    coordinator: Cores,
    shared: Option<Cores>,
    disks: Vec<Disk>,
    tasks: HashMap<GroupId, Task>,
    jobs: HashMap<JobId, (GroupId, Branch)>,
    versions: Vec<u32>,
    locked: HashSet<Wallet>,
    lock_waiters: VecDeque<JobId>,
    /// What each client waits for, since when.
    clients: Vec<(Operation, Nanos)>,
    times: Times,
    outcome: Outcome,
    grouped: u64,
    /// When measuring began, and what was answered by then.
    measured_from: Option<(Nanos, u64)>,
    /// What it was measured for.
    measured: Nanos,
    is_over: bool,
}

/// Runs the scenario to its end: clients stop, and everything that was sent is answered.
#[must_use]
pub fn simulate(scenario: &Scenario) -> Outcome {
    let mut world = World::new(scenario);
    while let Some(Reverse((at, _, event))) = world.events.pop() {
        world.now = at;
        world.happen(event);
    }
    world.outcome()
}

impl<'s> World<'s> {
    fn new(scenario: &'s Scenario) -> Self {
        let places = Places::new(scenario);
        let engine = |number| Engine::new(number, &places, scenario);
        let idle = Operation { from: 0, to: None };
        let mut world = Self {
            scenario,
            random: Random::new(scenario.seed),
            now: 0,
            events: BinaryHeap::new(),
            serial: 0,
            engines: (0..scenario.engines).map(engine).collect(),
            engine_cores: (0..scenario.engines)
                .map(|_| Cores::new(scenario.engine_cores))
                .collect(),
            node_cores: (0..scenario.nodes)
                .map(|_| Cores::new(scenario.node_cores))
                .collect(),
            coordinator: Cores::new(scenario.coordinator_cores),
            shared: scenario.shared_cores.map(Cores::new),
            disks: (0..=scenario.nodes).map(|_| Disk::default()).collect(),
            tasks: HashMap::new(),
            jobs: HashMap::new(),
            versions: vec![0; places.wallets()],
            locked: HashSet::new(),
            lock_waiters: VecDeque::new(),
            clients: vec![(idle, 0); scenario.clients],
            times: Times::default(),
            outcome: Outcome::default(),
            grouped: 0,
            measured_from: None,
            measured: 0,
            is_over: false,
            places,
        };
        for client in 0..scenario.clients as Client {
            // Not all at once.
            let at = world.random.below(1_000_000) as Nanos;
            world.at(at, Event::Send(client));
        }
        world
    }

    fn at(&mut self, at: Nanos, event: Event) {
        self.serial += 1;
        self.events.push(Reverse((at, self.serial, event)));
    }

    fn serve(&mut self, server: Server, time: Nanos) -> Nanos {
        let now = self.now;
        if let Some(shared) = &mut self.shared {
            return shared.serve(now, time);
        }
        match server {
            Server::Engine(engine) => self.engine_cores[engine].serve(now, time),
            Server::Node(node) => self.node_cores[node].serve(now, time),
            Server::Coordinator => self.coordinator.serve(now, time),
            // A machine of its own, whose time is no matter.
            Server::Client => now,
        }
    }

    fn happen(&mut self, event: Event) {
        let costs = &self.scenario.costs;
        match event {
            Event::Send(client) => {
                if self.is_over {
                    return;
                }
                let operation = self.places.operation(&mut self.random);
                self.clients[client as usize] = (operation, self.now);
                self.outcome.sent += 1;
                let at = self.serve(Server::Client, costs.client) + costs.client_trip / 2;
                self.at(at, Event::Arrive(client));
            }
            Event::Arrive(client) => {
                let engine = self.places.engine(self.clients[client as usize].0.from);
                let at = self.serve(Server::Engine(engine), costs.request);
                self.at(at, Event::Parsed(client));
            }
            Event::Parsed(client) => {
                let Operation { from, to } = self.clients[client as usize].0;
                let number = self.places.engine(from);
                let engine = &mut self.engines[number];
                let lane = match to {
                    None => engine.deposit(client, from, &self.places, self.now),
                    Some(to) => engine.transfer(client, [from, to], &self.places),
                };
                self.take(number, lane);
            }
            Event::Advance(job) => self.advance(job),
            Event::Flushed(disk) => {
                let (jobs, more) = self.disks[disk].flushed();
                if more {
                    self.at(self.now + costs.flush, Event::Flushed(disk));
                }
                for job in jobs {
                    self.advance(job);
                }
            }
            Event::PermitOver(engine, lane, group) => {
                if self.engines[engine].release(lane, group) {
                    self.take(engine, lane);
                }
            }
            Event::Reply(client) => {
                let sent = self.clients[client as usize].1;
                self.outcome.answered += 1;
                self.measure(self.now - sent);
                self.at(self.now, Event::Send(client));
            }
        }
    }

    /// An operation was answered, after this time: it counts once the run has warmed up, until enough is measured.
    fn measure(&mut self, time: Nanos) {
        let Scenario {
            clients,
            warm_up,
            warm_up_answers,
            measured,
            measured_answers,
            ..
        } = *self.scenario;
        let clients = clients as u64;
        let answered = self.outcome.answered;
        let Some((from, before)) = self.measured_from else {
            if self.now >= warm_up && answered >= clients * warm_up_answers {
                self.measured_from = Some((self.now, answered));
            }
            return;
        };
        if self.is_over {
            return;
        }
        self.times.add(time);
        self.measured = self.now - from;
        self.is_over = self.measured >= measured && answered - before >= clients * measured_answers;
    }

    fn outcome(mut self) -> Outcome {
        let span = self.now.max(1) as f64;
        let busiest = |cores: &[Cores], each: usize| {
            let busy = cores
                .iter()
                .map(|cores| cores.busy)
                .max()
                .unwrap_or_default();
            busy as f64 / span / each as f64
        };
        let engines = self.engines.iter().map(Engine::left).sum::<usize>();
        self.outcome.left = engines + self.tasks.len() + self.jobs.len() + self.locked.len();
        self.outcome.throughput = self.times.count() as f64 / (self.measured.max(1) as f64 / 1e9);
        self.outcome.p50 = self.times.quantile(0.5);
        self.outcome.p99 = self.times.quantile(0.99);
        self.outcome.operations_a_group = self.grouped as f64 / self.outcome.groups.max(1) as f64;
        self.outcome.engine_busy = busiest(&self.engine_cores, self.scenario.engine_cores);
        self.outcome.node_busy = busiest(&self.node_cores, self.scenario.node_cores);
        self.outcome.coordinator_busy =
            self.coordinator.busy as f64 / span / self.scenario.coordinator_cores as f64;
        self.outcome
    }
}
