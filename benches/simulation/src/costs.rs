//! What things cost: measured by `simulation costs` and `make compare`; [`Costs::table`] says which by which.

use crate::{Nanos, us};

/// CPU times are those of one core; a trip is there and back.
#[derive(Clone, Debug)]
pub struct Costs {
    pub client_trip: Nanos,
    /// From an engine to a node, and from the coordinator to a node.
    pub node_trip: Nanos,
    /// The load generator's own, of an operation; counts only where it shares the cores.
    pub client: Nanos,
    /// An engine's, of an operation: its request, its response.
    pub request: Nanos,
    pub response: Nanos,
    /// An engine's, of a group, and of each write set in it: the actor's turn, the parameters, the outcome.
    pub group: Nanos,
    pub set: Nanos,
    /// A node's, of a transaction with one statement, and of every further one.
    pub transaction: Nanos,
    pub statement: Nanos,
    /// A node's, of the shards' lock and the look at their placements, a transaction.
    pub placement: Nanos,
    /// A node's, of a wallet that is updated, and of a row of the ledger.
    pub wallet: Nanos,
    pub row: Nanos,
    /// How many times what a linked set's wallet and row cost, by its own statement.
    pub linked: f64,
    /// A node's, of reading wallets again: the query, and each wallet.
    pub load: Nanos,
    pub load_wallet: Nanos,
    pub flush: Nanos,
    /// The coordinator's and each node's, of a transaction in two phases, and of each statement in it.
    pub coordinator: Nanos,
    pub coordinator_statement: Nanos,
    pub participant: Nanos,
    pub participant_statement: Nanos,
}

impl Default for Costs {
    fn default() -> Self {
        Self {
            client_trip: us(500.0),
            node_trip: us(500.0),
            client: us(8.0),
            request: us(10.0),
            response: us(7.0),
            group: us(25.0),
            set: us(8.0),
            transaction: us(135.0),
            statement: us(120.0),
            placement: us(95.0),
            wallet: us(6.0),
            row: us(5.5),
            linked: 2.0,
            load: us(45.0),
            load_wallet: us(1.0),
            flush: us(165.0),
            coordinator: us(1_150.0),
            coordinator_statement: us(100.0),
            participant: us(785.0),
            participant_statement: us(160.0),
        }
    }
}

impl Costs {
    /// The CPU time of a node for a transaction: statements (one a shard), wallets and rows, by plain and by linked sets.
    #[must_use]
    pub fn of_transaction(&self, work: &Work) -> Nanos {
        let more = work.shards.saturating_sub(1) as Nanos * self.statement;
        let plain = work.wallets as Nanos * self.wallet + work.rows as Nanos * self.row;
        let linked = (work.linked_wallets as Nanos * self.wallet
            + work.linked_rows as Nanos * self.row) as f64;
        let placement = if work.is_plain { 0 } else { self.placement };
        self.transaction + placement + more + plain + (linked * self.linked) as Nanos
    }

    /// Names, values in microseconds, and sources.
    #[must_use]
    pub fn table(&self) -> Vec<(&'static str, String, &'static str)> {
        let measured = "`simulation costs`";
        let assumed = "assumed";
        let rows = [
            (
                "network: client and engine, there and back",
                self.client_trip,
                assumed,
            ),
            (
                "network: engine and node, coordinator and node, there and back",
                self.node_trip,
                assumed,
            ),
            (
                "engine, CPU: a request parsed",
                self.request,
                "benches/NOTES.md: 16 in all",
            ),
            ("engine, CPU: a response", self.response, "the same"),
            (
                "engine, CPU: a write set",
                self.set,
                "CPU time under wrk: 22 hot, 27 evenly, busy machine",
            ),
            ("engine, CPU: a group", self.group, "benches/NOTES.md"),
            (
                "client, CPU, where it shares the cores",
                self.client,
                "CPU time of wrk: 7 to 9",
            ),
            (
                "node, CPU: a transaction with one statement",
                self.transaction,
                measured,
            ),
            (
                "node, CPU: the shards' lock and the look at their placements",
                self.placement,
                measured,
            ),
            (
                "node, CPU: each further shard's statement",
                self.statement,
                measured,
            ),
            ("node, CPU: a wallet", self.wallet, measured),
            ("node, CPU: a row of the ledger", self.row, measured),
            ("node, CPU: wallets read again", self.load, measured),
            ("node, CPU: each of them", self.load_wallet, measured),
            ("a flush", self.flush, measured),
            (
                "coordinator, CPU: a transaction over nodes",
                self.coordinator,
                measured,
            ),
            (
                "coordinator, CPU: each statement in it",
                self.coordinator_statement,
                measured,
            ),
            (
                "each node, CPU: a transaction over nodes",
                self.participant,
                measured,
            ),
            (
                "its node, CPU: each statement in it",
                self.participant_statement,
                measured,
            ),
        ];
        let mut rows: Vec<_> = (rows.into_iter())
            .map(|(name, value, source)| (name, (value as f64 / 1_000.0).to_string(), source))
            .collect();
        let linked = format!("x {}", self.linked);
        rows.push((
            "what a linked set's wallets and rows cost, by its statement",
            linked,
            "benches/NOTES.md: 0.52 against 0.25",
        ));
        rows
    }
}

/// What a node has to do in one transaction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    pub shards: usize,
    pub wallets: usize,
    pub rows: usize,
    pub linked_wallets: usize,
    pub linked_rows: usize,
    pub is_plain: bool,
    pub is_linked_over_shards: bool,
}
