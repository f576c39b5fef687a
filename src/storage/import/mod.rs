//! Users, wallets and balances of the Django service that this one replaces, brought over while it still serves.
//!
//! 1. There is one procedure, for the first pass, for one that goes on after an interruption, and for those that take what has changed
//!    since: the users there are read by number, compared with what the engine has, and what differs is written, a transaction a
//!    page. What is equal costs reading alone, and the database holds all that the import knows.
//! 2. A pass reads one snapshot of the other database, through a cursor ([`source`]). It never writes there.
//! 3. A balance is an entry of the ledger ([`entries`]). It is written only while the wallet has no operation of the engine's, under the
//!    guard of the wallet's version, like every write of the engine.
//! 4. Names are one user's alone. Users who are in each other's way are tried again at the end of the pass ([`names_settled`]): by then
//!    who has given up a name has done so.
//! 5. What does not fit is a [`Finding`]; everything else is imported.
//! 6. A final run compares both databases once more afterwards, on snapshots of their own ([`verification`]). After one without
//!    findings and a first operation of the engine, the engine's database is the true one: an import that is started by mistake
//!    compares, and writes nothing.

mod candidate;
mod columnar;
mod comparison;
mod entries;
mod error;
mod finding;
mod names;
mod names_settled;
mod page;
mod pass;
mod source;
mod target;
mod verification;

pub use error::ImportError;
pub use finding::{Finding, Reason, Subject};
pub use names::{InvalidName, Names};
pub use pass::{Counts, Imported, Progress};
pub use source::SourceTotals;
pub use target::TargetTotals;
pub use verification::Verification;

use crate::config::{DatabaseAddress, DatabaseLimits};

/// What to import, and how.
pub struct ImportOptions<'o> {
    pub source: &'o DatabaseAddress,
    pub limits: &'o DatabaseLimits,
    pub names: &'o Names,
    pub run: Run,
    /// Users a page.
    pub batch: u32,
    /// Gives a wallet to each user who has none.
    pub create_wallets: bool,
    /// Removes users who are no longer in the other service.
    pub remove_gone: bool,
}

/// A kind of run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Compares, and writes nothing.
    Dry,
    /// Imports what is left.
    Pass,
    /// Imports what is left, and compares both databases afterwards.
    Final {
        /// Users that are compared field by field.
        sample: u32,
        /// Goes on although others use the other database.
        ignore_sessions: bool,
    },
}

/// Takes what an import tells while it runs.
pub trait Listener {
    /// Something that does not fit or differs.
    fn found(&mut self, finding: &Finding);

    /// A page is done.
    fn progress(&mut self, progress: Progress);
}
