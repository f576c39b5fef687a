//! A group on its way: stages, one after the other; the branches of a stage run at the same time, each in steps.

use std::collections::VecDeque;

use crate::Nanos;
use crate::costs::{Costs, Work};
use crate::engine::Group;
use crate::scenario::{Places, Scenario};

pub type JobId = u64;

/// Who has cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Engine(usize),
    Node(usize),
    Coordinator,
    Client,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// On the network.
    Travel(Nanos),
    Compute(Server, Nanos),
    /// On the disk of a node; of the coordinator behind the last one.
    Flush(usize),
    /// Locks the rows of the group's wallets, all of them or none.
    Lock,
    /// Moves the wallets whose guards hold, and unlocks.
    Commit,
    /// Reads the wallets that missed.
    Load,
}

pub type Branch = VecDeque<Step>;
pub type Stage = Vec<Branch>;

/// The stages of a group on a node.
#[must_use]
pub fn on_a_node(
    group: &Group,
    node: usize,
    places: &Places,
    scenario: &Scenario,
) -> VecDeque<Stage> {
    let costs = &scenario.costs;
    let mut work = work_of(group, node, places);
    work.is_plain = scenario.is_plain;
    if scenario.is_plain {
        work.shards = 1;
        work.is_linked_over_shards = false;
    }
    VecDeque::from([vec![VecDeque::from([
        Step::Compute(Server::Engine(group.engine), sent(group, costs)),
        Step::Travel(costs.node_trip / 2),
        Step::Lock,
        Step::Compute(Server::Node(node), costs.of_transaction(&work)),
        // What is linked over shards is seen to be there before it is committed.
        Step::Travel(if work.is_linked_over_shards {
            costs.node_trip
        } else {
            0
        }),
        Step::Flush(node),
        Step::Commit,
        Step::Travel(costs.node_trip / 2),
    ])]])
}

/// The stages of a group by the coordinator, over several nodes: twice the engine waits for it, and it for a node after every
/// statement.
#[must_use]
pub fn across_nodes(group: &Group, places: &Places, scenario: &Scenario) -> VecDeque<Stage> {
    let costs = &scenario.costs;
    let half = costs.node_trip / 2;
    let homes: Vec<usize> = (group.sets.iter())
        .map(|set| places.node(set.wallet))
        .collect();
    let mut nodes = homes.clone();
    nodes.sort_unstable();
    nodes.dedup();
    let mut steps = VecDeque::from([
        Step::Compute(Server::Engine(group.engine), sent(group, costs)),
        Step::Travel(half),
        Step::Lock,
        Step::Compute(Server::Coordinator, costs.coordinator),
    ]);
    let ask = |steps: &mut Branch, node: usize, time: Nanos| {
        steps.extend([
            Step::Compute(Server::Coordinator, costs.coordinator_statement),
            Step::Travel(half),
            Step::Compute(Server::Node(node), time + costs.participant_statement),
            Step::Travel(half),
        ]);
    };
    for node in &homes {
        ask(&mut steps, *node, 0);
    }
    for node in &nodes {
        // The feed's position: the lock and the look.
        ask(&mut steps, *node, costs.participant);
        ask(&mut steps, *node, 0);
    }
    steps.push_back(Step::Travel(costs.node_trip));
    for (set, node) in group.sets.iter().zip(&homes) {
        ask(&mut steps, *node, set.operations.len() as Nanos * costs.row);
    }
    let phase = || -> Stage {
        let branch = |node: &usize| {
            VecDeque::from([Step::Travel(half), Step::Flush(*node), Step::Travel(half)])
        };
        nodes.iter().map(branch).collect()
    };
    VecDeque::from([
        vec![steps],
        phase(),
        vec![VecDeque::from([Step::Flush(scenario.nodes)])],
        phase(),
        vec![VecDeque::from([Step::Commit, Step::Travel(half)])],
    ])
}

/// The stages of reading wallets of a node again.
#[must_use]
pub fn load(wallets: usize, node: usize, costs: &Costs) -> VecDeque<Stage> {
    let time = costs.load + wallets as Nanos * costs.load_wallet;
    VecDeque::from([vec![VecDeque::from([
        Step::Travel(costs.node_trip / 2),
        Step::Compute(Server::Node(node), time),
        Step::Load,
        Step::Travel(costs.node_trip / 2),
    ])]])
}

fn sent(group: &Group, costs: &Costs) -> Nanos {
    costs.group + group.sets.len() as Nanos * costs.set
}

fn work_of(group: &Group, node: usize, places: &Places) -> Work {
    let mut shards = Vec::new();
    let mut work = Work::default();
    for set in group
        .sets
        .iter()
        .filter(|set| places.node(set.wallet) == node)
    {
        shards.push(places.shard(set.wallet));
        work.rows += set.operations.len();
        if set.is_linked {
            work.linked_wallets += 1;
        } else {
            work.wallets += 1;
        }
    }
    let halves = group.linked.iter().flat_map(|linked| linked.wallets);
    work.linked_rows = halves.filter(|wallet| places.node(*wallet) == node).count();
    work.is_linked_over_shards = (group.linked.iter())
        .map(|linked| linked.wallets.map(|wallet| places.shard(wallet)))
        .any(|[from, to]| from != to);
    shards.sort_unstable();
    shards.dedup();
    work.shards = shards.len();
    work
}
