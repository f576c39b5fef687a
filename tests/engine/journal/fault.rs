//! What a test has the journal do wrong.

use wallet_engine::domain::WalletId;

/// What happens to the next commit of a side.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// None.
    Pass,
    /// There is no connection to the database.
    NotSent,
    /// The database rejects every group with this wallet, as long as the fault is the next one.
    RejectWallet(WalletId),
    Reject,
    Busy,
    /// Written, and the response lost.
    LostAfter,
    /// Not written, and the response lost.
    LostBefore,
    /// The response is lost, and the write is committed at any time, unless the session is settled first.
    InFlight,
    /// No response; the write is committed if `applied`.
    Hang {
        applied: bool,
    },
    Panic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadFault {
    Fail,
    Panic,
}
