//! The loads: which requests go to which wallets.

use testkit::random::Random;

use crate::arguments::Arguments;
use crate::contender::System;
use crate::plan::MANY_CONNECTIONS;
use crate::results::CONNECTIONS;

/// Wallets of the loads that name no number of their own.
const WALLETS: u64 = 1_000;
/// Operations of a batch. `benches/wrk/wallets.lua` says the same.
const BATCH: u64 = 100;
/// Connections of batches: each has many operations under way.
const BATCH_CONNECTIONS: u64 = 16;
/// The hot load shows how a system takes more connections than it can serve at once.
const HOT_CONNECTIONS: [u64; 4] = [1, CONNECTIONS, MANY_CONNECTIONS[0], MANY_CONNECTIONS[1]];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Deposits into one wallet.
    Hot,
    /// Deposits spread evenly over 1 000 wallets.
    Uniform,
    /// Deposits spread over many wallets as a Zipf distribution of exponent 1 has them.
    Zipf,
    /// A deposit into each wallet once.
    Cold,
    /// Balances of 1 000 wallets read.
    Reads,
    /// Transfers from 999 wallets to one.
    ManyToOne,
    /// Transfers between random pairs of 1 000 wallets.
    Pairs,
    /// Transfers of two wallets to each other.
    TwoWallets,
    /// Batches of 100 deposits into one wallet.
    Batch,
    /// Batches of 100 deposits spread evenly over 1 000 wallets.
    BatchSpread,
    /// Holds of one wallet's money, each captured whole by the next request of a connection that has one to capture.
    Holds,
    /// Deposits into one wallet, each with an idempotency key of its own.
    FreshKeys,
    /// The same requests, but for the name of the header, which means nothing.
    OtherHeader,
}

/// A request of this program's own client, to wallets by their numbers.
#[derive(Clone, Debug)]
pub enum Request {
    Deposit(u64),
    Read(u64),
    Transfer {
        from: u64,
        to: u64,
    },
    Batch(Vec<u64>),
    /// Holds a cent of the wallet.
    Hold(u64),
    /// Captures what the connection held last.
    Capture(u64),
    /// Registers a user of this name.
    Register(String),
}

impl Load {
    /// Those that have rows of their own.
    pub const ALL: [Self; 11] = [
        Self::Hot,
        Self::Uniform,
        Self::Zipf,
        Self::Cold,
        Self::Reads,
        Self::ManyToOne,
        Self::Pairs,
        Self::TwoWallets,
        Self::Batch,
        Self::BatchSpread,
        Self::Holds,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Uniform => "uniform",
            Self::Zipf => "Zipf",
            Self::Cold => "cold",
            Self::Reads => "reads",
            Self::ManyToOne => "many-to-one",
            Self::Pairs => "pairs",
            Self::TwoWallets => "two-wallets",
            Self::Batch => "batch",
            Self::BatchSpread => "batch-spread",
            Self::Holds => "holds",
            Self::FreshKeys => "fresh-keys",
            Self::OtherHeader => "other-header",
        }
    }

    /// The script in `benches/wrk`.
    pub fn script(self) -> String {
        format!("{}.lua", self.name().to_lowercase().replace('-', "_"))
    }

    /// The systems that take turns: the engine, and what it is compared with.
    pub fn systems(self) -> &'static [System] {
        match self {
            Self::Hot | Self::Uniform | Self::Zipf | Self::Cold | Self::Reads => {
                &[System::Engine, System::Direct, System::Ceiling]
            }
            Self::ManyToOne | Self::Pairs | Self::TwoWallets => &[System::Engine, System::Direct],
            Self::FreshKeys | Self::OtherHeader => &[System::Engine],
            Self::Batch | Self::BatchSpread | Self::Holds => &[System::Engine, System::Single],
        }
    }

    /// Whether the build before is measured as well, if there is one.
    pub fn by_builds(self) -> bool {
        matches!(self, Self::Hot | Self::Zipf | Self::Cold | Self::Reads)
    }

    /// The numbers of connections that it is measured at.
    pub fn connections(self) -> &'static [u64] {
        match self {
            Self::Hot => &HOT_CONNECTIONS,
            Self::Batch | Self::BatchSpread => &[BATCH_CONNECTIONS],
            _ => &[CONNECTIONS],
        }
    }

    /// Of warm-ups, of this program's own client, and of a row that says nothing else.
    pub const fn usual_connections(self) -> u64 {
        match self {
            Self::Batch | Self::BatchSpread => BATCH_CONNECTIONS,
            _ => CONNECTIONS,
        }
    }

    /// Deposits on the same wallets, each in a request of its own.
    pub fn singly(self) -> Self {
        match self {
            Self::Batch | Self::Holds => Self::Hot,
            Self::BatchSpread => Self::Uniform,
            other => other,
        }
    }

    /// Whether its wallets have to have money.
    pub fn spends(self) -> bool {
        matches!(
            self,
            Self::ManyToOne | Self::Pairs | Self::TwoWallets | Self::Holds
        )
    }

    pub fn writes(self) -> bool {
        self.rows_each() > 0
    }

    /// Operations of a request.
    pub fn operations_each(self) -> u64 {
        match self {
            Self::Batch | Self::BatchSpread => BATCH,
            _ => 1,
        }
    }

    /// Requests that make one of what is counted: a hold and its capture are a pair.
    pub fn requests_each(self) -> u64 {
        match self {
            Self::Holds => 2,
            _ => 1,
        }
    }

    /// Rows of the ledger that a request leaves.
    pub fn rows_each(self) -> u64 {
        match self {
            Self::Reads => 0,
            Self::ManyToOne | Self::Pairs | Self::TwoWallets => 2,
            _ => self.operations_each(),
        }
    }

    /// Wallets that there must be for `requests` fresh ones at most, in the cold load.
    pub fn wallets(self, arguments: &Arguments, fresh: u64) -> u64 {
        match self {
            Self::Hot | Self::Batch | Self::Holds | Self::FreshKeys | Self::OtherHeader => 1,
            Self::TwoWallets => 2,
            Self::Zipf => arguments.zipf_wallets,
            Self::Cold => fresh,
            _ => WALLETS,
        }
    }

    /// The `n`th request of this program's own client, with so many wallets.
    pub fn request(self, n: u64, wallets: u64, random: &mut Random) -> Request {
        match self {
            Self::Hot | Self::FreshKeys | Self::OtherHeader => Request::Deposit(0),
            Self::Uniform => Request::Deposit(random.below(wallets)),
            Self::Zipf => Request::Deposit(zipf(wallets, random)),
            Self::Cold => Request::Deposit(n),
            Self::Reads => Request::Read(random.below(wallets)),
            Self::ManyToOne => Request::Transfer {
                from: 1 + random.below(wallets - 1),
                to: 0,
            },
            Self::Pairs => {
                let from = random.below(wallets);
                let to = (from + 1 + random.below(wallets - 1)) % wallets;
                Request::Transfer { from, to }
            }
            Self::TwoWallets => Request::Transfer {
                from: n % 2,
                to: 1 - n % 2,
            },
            Self::Batch | Self::BatchSpread => {
                Request::Batch((0..BATCH).map(|_| random.below(wallets)).collect())
            }
            Self::Holds if n.is_multiple_of(2) => Request::Hold(0),
            Self::Holds => Request::Capture(0),
        }
    }
}

/// The inverse of the distribution function, as good as the exact one for checking a ledger.
fn zipf(wallets: u64, random: &mut Random) -> u64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a wallet's number is far below what either type holds"
    )]
    let rank = (wallets as f64).powf(random.share()) as u64;
    rank.clamp(1, wallets) - 1
}
