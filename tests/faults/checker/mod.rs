//! The judge of a finished run: the history, the ledger and what failovers left behind in, everything in which they
//! disagree out. Pure.
//!
//! It is for a run that has come to rest: nothing is under way any more, and every operation whose outcome was
//! unknown has been asked again under its key until it was told. Then, for each wallet:
//!
//! * `outcomes`: what a client was told of an operation is what the ledger holds of it. Applied: one row, with the
//!   very balance. Refused: no row. Whatever was unknown has become one of the two. Every row was asked for.
//! * `order`, `replay`: the rows have no gap and follow from each other by [`Wallet::decide`]; and an operation that was
//!   answered before another was sent stands before it.
//! * `holds`: what is told of a hold is what the rows say, and no hold outlives its time.
//! * `reads`, `refusals`: a balance that was read, and the wallet that a refusal is due to, was there at some moment between
//!   the request and its answer. (Of reads less is promised by engines that do not know of each other; see there.)
//!
//! A request of several wallets, such as a transfer or an atomic batch, is judged as one call for each row that it asks for
//! (`parts`), and then as a whole (`linked`): both rows of a transfer or neither, a batch whole or not at all, as much
//! money as came from outside. No read sees a wallet between two steps of a batch.
//!
//! A failover may lose what was acknowledged under asynchronous replication, and the new primary did not have: the rows
//! that only the old one had, as far as they were asked for while it lived (`losses`). Such an operation may happen
//! again. All else stands: what the new primary had is in the ledger; under synchronous replication nothing
//! acknowledged is lost; the lost branch follows from itself like the ledger; and `eras` says which answers can still
//! be of it.
//!
//! What the feed of events said meanwhile is judged by the same ledger (`feed`).
//!
//! [`Wallet::decide`]: wallet_engine::domain::Wallet::decide

mod eras;
mod feed;
mod holds;
mod linked;
mod losses;
mod order;
mod outcomes;
mod parts;
mod reads;
mod refusals;
mod replay;
mod spans;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use time::{Duration, OffsetDateTime};
use wallet_engine::domain::WalletId;

use crate::branch::Failover;
use crate::history::{Call, Moment, Request};
use crate::ledger::Account;
use eras::{Eras, Placed};
pub use feed::check_feed;
use parts::Part;
use refusals::Refusals;
use spans::spans;

/// What there is to say of a run.
pub struct Judgement {
    pub breaches: Vec<Breach>,
    /// The keys of operations that were acknowledged and lost, as a failover may.
    pub lost: BTreeSet<String>,
    /// The calls, with a call for each row that a linked request asks for.
    pub parts: Vec<Part>,
}

/// Something that the engine may not do, and did.
#[derive(Clone, Debug)]
pub struct Breach {
    pub wallet: WalletId,
    pub key: Option<String>,
    pub text: String,
    /// The numbers of the calls that show it.
    pub calls: Vec<usize>,
}

/// A call with its number.
type Numbered<'a> = (usize, &'a Call);

/// Everything about one wallet.
struct Case<'a> {
    account: &'a Account,
    eras: &'a Eras<'a>,
    /// Whether the engines know of each other (`WALLET_SHARED`).
    shared: bool,
    /// When the history began.
    begun_at: OffsetDateTime,
    calls: Vec<Numbered<'a>>,
    /// The ledger's rows in their order, then the lost ones.
    placed: Vec<Placed<'a>>,
    /// The same by their keys.
    by_key: HashMap<&'a str, Vec<Placed<'a>>>,
    units: &'a HashMap<(WalletId, String), String>,
}

/// Everything in which the history, which began then, and the ledger disagree; `shared`, if the engines know of each other.
pub fn check(
    calls: &[Call],
    ledger: &[Account],
    failovers: &[Failover],
    shared: bool,
    begun_at: OffsetDateTime,
) -> Judgement {
    let parts = parts::parts(calls, ledger, failovers);
    let units = parts::units(calls);
    let mut by_wallet: BTreeMap<WalletId, Vec<Numbered>> = BTreeMap::new();
    for (number, part) in &parts {
        let of_wallet = by_wallet.entry(part.wallet).or_default();
        of_wallet.push((*number, part));
    }
    let eras = Eras::of(parts.iter().map(|(_, part)| part), ledger, failovers);
    let mut breaches = Vec::new();
    let mut lost = BTreeSet::new();
    let mut refusals = Refusals::default();
    for account in ledger {
        let calls = by_wallet.remove(&account.wallet.id).unwrap_or_default();
        let case = Case {
            shared,
            begun_at,
            ..Case::new(account, &eras, &units, calls)
        };
        let spans = spans(&case);
        outcomes::check(&case, &mut breaches);
        lost.extend(losses::check(&case, &mut breaches));
        let states = order::check(&case, &spans, &mut breaches);
        holds::check(&case, &spans, &mut breaches);
        reads::check(&case, &spans, &states, &mut refusals, &mut breaches);
    }
    breaches.extend(refusals.breaches());
    linked::check(calls, ledger, failovers, &eras, &mut breaches);
    for (wallet, calls) in by_wallet {
        breaches.push(Breach {
            wallet,
            key: None,
            text: "the database has lost the wallet".to_owned(),
            calls: calls.iter().map(|(number, _)| *number).collect(),
        });
    }
    drop(eras);
    Judgement {
        breaches,
        lost,
        parts,
    }
}

impl<'a> Case<'a> {
    fn new(
        account: &'a Account,
        eras: &'a Eras<'a>,
        units: &'a HashMap<(WalletId, String), String>,
        calls: Vec<Numbered<'a>>,
    ) -> Self {
        let placed = eras.placed(account);
        let mut by_key: HashMap<&str, Vec<Placed>> = HashMap::new();
        for placed in &placed {
            if let Some(key) = placed.row.key.as_deref() {
                by_key.entry(key).or_default().push(*placed);
            }
        }
        Self {
            account,
            eras,
            shared: false,
            begun_at: OffsetDateTime::UNIX_EPOCH,
            calls,
            placed,
            by_key,
            units,
        }
    }

    /// The requests for each key's own operation, in the order in which they were sent.
    fn attempts(&self) -> BTreeMap<&'a str, Vec<Numbered<'a>>> {
        let mut attempts: BTreeMap<&str, Vec<Numbered>> = BTreeMap::new();
        for &(number, call) in &self.calls {
            if let Request::Operation { key, .. } = &call.request {
                attempts.entry(key).or_default().push((number, call));
            }
        }
        attempts
    }

    /// The linked request that the row is of, if it is of one.
    fn unit_of(&self, placed: &Placed) -> Option<&'a str> {
        let key = placed.row.key.clone()?;
        self.units
            .get(&(self.account.wallet.id, key))
            .map(String::as_str)
    }

    /// The rows of a key, lost ones last.
    fn rows_of(&self, key: &str) -> &[Placed<'a>] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// The moment by the clock on the wall.
    fn time_of(&self, moment: Moment) -> OffsetDateTime {
        let micros = i64::try_from(moment.at_us).unwrap_or(i64::MAX);
        self.begun_at.saturating_add(Duration::microseconds(micros))
    }

    fn breach(&self, key: Option<&str>, calls: &[Numbered], text: String) -> Breach {
        Breach {
            wallet: self.account.wallet.id,
            key: key.map(str::to_owned),
            text,
            calls: calls.iter().map(|(number, _)| *number).collect(),
        }
    }
}
