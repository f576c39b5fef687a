//! The loads: which requests go to which wallets.

use crate::arguments::Arguments;

/// Wallets of the loads that name no number of their own.
const WALLETS: u64 = 1_000;

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
}

impl Load {
    pub const ALL: [Self; 5] = [
        Self::Hot,
        Self::Uniform,
        Self::Zipf,
        Self::Cold,
        Self::Reads,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Uniform => "uniform",
            Self::Zipf => "Zipf",
            Self::Cold => "cold",
            Self::Reads => "reads",
        }
    }

    /// The script in `benches/wrk`.
    pub fn script(self) -> String {
        format!("{}.lua", self.name().to_lowercase())
    }

    pub fn writes(self) -> bool {
        self != Self::Reads
    }

    /// Wallets that there must be for `requests` fresh ones at most, in the cold load.
    pub fn wallets(self, arguments: &Arguments, fresh: u64) -> u64 {
        match self {
            Self::Hot => 1,
            Self::Uniform | Self::Reads => WALLETS,
            Self::Zipf => arguments.zipf_wallets,
            Self::Cold => fresh,
        }
    }

    /// The wallet of the `n`th request of this program's own client; `random` is between 0 and 1.
    pub fn wallet(self, n: u64, wallets: u64, random: f64) -> u64 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a wallet's number is far below what either type holds"
        )]
        let scaled = |share: f64| (share as u64).min(wallets - 1);
        #[allow(clippy::cast_precision_loss, reason = "likewise")]
        let count = wallets as f64;
        match self {
            Self::Hot => 0,
            Self::Uniform | Self::Reads => scaled(random * count),
            // The inverse of the distribution function, as good as the exact one for checking a ledger.
            Self::Zipf => scaled(count.powf(random) - 1.0),
            Self::Cold => n,
        }
    }
}
