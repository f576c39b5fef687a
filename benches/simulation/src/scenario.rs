//! What is simulated: how many of what, and what clients do.

use crate::random::{Random, Zipf, mixed};
use crate::{Costs, Nanos};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// Deposits into one wallet.
    Hot,
    /// Deposits, evenly over all wallets.
    Uniform,
    /// Deposits, by Zipf's law with exponent 1.
    Zipf,
    /// Transfers between random wallets, this share of them between two nodes.
    Transfers { crossing: f64 },
}

impl Load {
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Hot => "hot".to_owned(),
            Self::Uniform => "uniform".to_owned(),
            Self::Zipf => "Zipf".to_owned(),
            Self::Transfers { crossing } => {
                format!("transfers, {:.0} % crossing", crossing * 100.0)
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct Scenario {
    pub load: Load,
    pub nodes: usize,
    pub engines: usize,
    pub wallets: usize,
    /// Clients in all, each with one operation at a time.
    pub clients: usize,
    pub shards_per_node: usize,
    pub engine_cores: usize,
    pub node_cores: usize,
    pub coordinator_cores: usize,
    /// One PostgreSQL: no coordinator, no lock and look at the placement, one statement a group.
    pub is_plain: bool,
    /// Clients, engine and node have these cores in common: the machine of `benches/RESULTS.md`.
    pub shared_cores: Option<usize>,
    /// Settings of the engine.
    pub committers: usize,
    pub batch_max: usize,
    /// Transfers in one transaction over nodes, at most; the engine has no such limit besides its group's.
    pub crossing_max: usize,
    /// Sessions to the coordinator for what crosses nodes; the engine has as many as committers.
    pub crossing_sessions: usize,
    /// The least times, and the least answers of each client on average, before it is measured and while it is.
    pub warm_up: Nanos,
    pub warm_up_answers: u64,
    pub measured: Nanos,
    pub measured_answers: u64,
    pub seed: u64,
    pub costs: Costs,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            load: Load::Uniform,
            nodes: 1,
            engines: 1,
            wallets: 100_000,
            clients: 256,
            shards_per_node: 4,
            engine_cores: 8,
            node_cores: 8,
            coordinator_cores: 8,
            is_plain: false,
            shared_cores: None,
            committers: 2,
            batch_max: 1_024,
            crossing_max: usize::MAX,
            crossing_sessions: 2,
            warm_up: 100_000_000,
            warm_up_answers: 4,
            measured: 300_000_000,
            measured_answers: 4,
            seed: 24,
            costs: Costs::default(),
        }
    }
}

/// A wallet, by its number.
pub type Wallet = u32;

/// An operation: a deposit into `from`, or a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub from: Wallet,
    pub to: Option<Wallet>,
}

/// Where wallets are, and which of them are asked for next.
#[derive(Debug)]
pub struct Places {
    load: Load,
    nodes: usize,
    engines: usize,
    shards: usize,
    wallets: usize,
    zipf: Option<Zipf>,
    of_node: Vec<Vec<Wallet>>,
}

impl Places {
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let wallets = match scenario.load {
            Load::Hot => 1,
            _ => scenario.wallets,
        };
        let mut places = Self {
            load: scenario.load,
            nodes: scenario.nodes,
            engines: scenario.engines,
            shards: scenario.nodes * scenario.shards_per_node,
            wallets,
            zipf: (scenario.load == Load::Zipf).then(|| Zipf::new(wallets)),
            of_node: vec![Vec::new(); scenario.nodes],
        };
        for wallet in 0..wallets as Wallet {
            let node = places.node(wallet);
            places.of_node[node].push(wallet);
        }
        places
    }

    #[must_use]
    pub fn wallets(&self) -> usize {
        self.wallets
    }

    #[must_use]
    pub fn shard(&self, wallet: Wallet) -> usize {
        (mixed(u64::from(wallet) + 1) % self.shards as u64) as usize
    }

    #[must_use]
    pub fn node(&self, wallet: Wallet) -> usize {
        self.shard(wallet) % self.nodes
    }

    /// The engine that nginx sends a wallet's requests to.
    #[must_use]
    pub fn engine(&self, wallet: Wallet) -> usize {
        (mixed(!u64::from(wallet)) % self.engines as u64) as usize
    }

    pub fn operation(&self, random: &mut Random) -> Operation {
        match self.load {
            Load::Hot => Operation { from: 0, to: None },
            Load::Uniform => Operation {
                from: random.below(self.wallets) as Wallet,
                to: None,
            },
            Load::Zipf => {
                let rank = self.zipf.as_ref().map_or(0, |zipf| zipf.draw(random));
                Operation {
                    from: rank as Wallet,
                    to: None,
                }
            }
            Load::Transfers { crossing } => {
                let from = random.below(self.wallets) as Wallet;
                Operation {
                    from,
                    to: Some(self.receiver(from, crossing, random)),
                }
            }
        }
    }

    fn receiver(&self, from: Wallet, crossing: f64, random: &mut Random) -> Wallet {
        let home = self.node(from);
        let crosses = self.nodes > 1 && random.share() < crossing;
        let node = if crosses {
            (home + 1 + random.below(self.nodes - 1)) % self.nodes
        } else {
            home
        };
        let there = &self.of_node[node];
        loop {
            let to = there[random.below(there.len())];
            if to != from {
                return to;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_transfers_cross_as_are_asked_for() {
        let scenario = Scenario {
            load: Load::Transfers { crossing: 0.2 },
            nodes: 4,
            ..Scenario::default()
        };
        let places = Places::new(&scenario);
        let mut random = Random::new(1);
        let crossing = (0..10_000)
            .filter(|_| {
                let Operation { from, to } = places.operation(&mut random);
                let to = to.expect("a transfer");
                assert_ne!(from, to);
                places.node(from) != places.node(to)
            })
            .count();
        assert!((1_900..2_100).contains(&crossing), "{crossing}");
    }
}
