//! What is demanded of the feed: it has what the ledger has, once and in order, and says so where something was lost.
//!
//! * A *stretch* is what comes between two `feed.rewound`. In it cursors rise, and a wallet's rows come without a gap; the first ones
//!   that come at all begin with the wallet's first.
//! * No row comes twice, in whatever stretch.
//! * Of each row of the ledger, the last event of that wallet and number is that very row: nothing is skipped.
//! * What came and is not in the ledger was left behind by a failover, and a `feed.rewound` has come after it.

use std::collections::{BTreeMap, HashMap, HashSet};

use wallet_engine::domain::WalletId;

use super::Breach;
use crate::branch::{Failover, Fork};
use crate::follower::{Event, Followed, Shown};
use crate::ledger::Account;

/// A cursor's epoch, which says nothing of its order.
const EPOCH_CHARS: usize = 18;

/// Everything in which the feed, as it was followed, and the ledger disagree.
pub fn check_feed(followed: &Followed, ledger: &[Account], failovers: &[Failover]) -> Vec<Breach> {
    let mut breaches = order(followed);
    let mut last: HashMap<(WalletId, i64), &Shown> = HashMap::new();
    let mut seen = HashSet::new();
    for shown in rows(followed) {
        last.insert((shown.wallet, shown.seq), shown);
        let row = (
            shown.wallet,
            shown.seq,
            shown.created_at,
            &shown.balance_after,
        );
        if !seen.insert(row) {
            breaches.push(breach(shown.wallet, &format!("it came twice: {shown:?}")));
        }
    }
    let mut held = HashMap::new();
    for account in ledger {
        let wallet = account.wallet.id;
        let ended_at = followed.ended_at.get(&wallet).copied().unwrap_or_default();
        for row in &account.rows {
            let row = Shown::of(wallet, row);
            let received = last.get(&(wallet, row.seq));
            match received {
                None if row.seq <= ended_at => {
                    breaches.push(breach(wallet, &format!("it never came: {row:?}")));
                }
                Some(received) if **received != row => {
                    let text = format!("{row:?} came last as {received:?}");
                    breaches.push(breach(wallet, &text));
                }
                _ => {}
            }
            held.insert((wallet, row.seq), row);
        }
    }
    breaches.extend(losses(followed, &held, failovers));
    breaches
}

fn rows(followed: &Followed) -> impl Iterator<Item = &Shown> {
    followed.received.iter().filter_map(|received| {
        let Event::Row(shown) = &received.event else {
            return None;
        };
        Some(shown)
    })
}

/// The order within each stretch.
fn order(followed: &Followed) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut stretch: BTreeMap<WalletId, i64> = BTreeMap::new();
    let mut ever: BTreeMap<WalletId, i64> = BTreeMap::new();
    let mut place = "";
    for received in &followed.received {
        let here = received.cursor.get(EPOCH_CHARS..).unwrap_or_default();
        let Event::Row(shown) = &received.event else {
            stretch.clear();
            place = here;
            continue;
        };
        let (wallet, seq) = (shown.wallet, shown.seq);
        if here <= place {
            let text = format!("the cursor falls to {}, at {shown:?}", received.cursor);
            breaches.push(breach(wallet, &text));
        }
        place = here;
        let highest = ever.entry(wallet).or_default();
        let before = stretch.insert(wallet, seq);
        let follows = match before {
            Some(before) => seq == before + 1,
            // It may have been further before it was rewound.
            None => seq <= *highest + 1,
        };
        if !follows {
            let before = before.unwrap_or(*highest);
            let text = format!("after {before} came {shown:?}");
            breaches.push(breach(wallet, &text));
        }
        *highest = seq.max(*highest);
    }
    breaches
}

/// What came and is not in the ledger, unless it may be.
fn losses(
    followed: &Followed,
    held: &HashMap<(WalletId, i64), Shown>,
    failovers: &[Failover],
) -> Vec<Breach> {
    let forks = || failovers.iter().flat_map(|failover| &failover.forks);
    let left_behind: HashSet<_> = forks()
        .flat_map(|(wallet, fork)| {
            let lost = fork.lost.iter();
            lost.map(move |row| (*wallet, row.seq, row.created_at))
        })
        .collect();
    // The same operation, committed on the new primary too: it counts as common to both (`forks`), and has another time.
    let is_repeated = |shown: &Shown| {
        let of_wallet = |(wallet, fork): (&WalletId, &Fork)| {
            *wallet == shown.wallet && fork.version >= shown.seq
        };
        let row = held.get(&(shown.wallet, shown.seq));
        let is_alike = row.is_some_and(|row| {
            let created_at = row.created_at;
            Shown {
                created_at,
                ..shown.clone()
            } == *row
        });
        is_alike && forks().any(of_wallet)
    };
    let mut breaches = Vec::new();
    let mut is_rewound = false;
    for received in followed.received.iter().rev() {
        let Event::Row(shown) = &received.event else {
            is_rewound = true;
            continue;
        };
        let wallet = shown.wallet;
        if held.get(&(wallet, shown.seq)) == Some(shown) {
            continue;
        }
        let is_behind = left_behind.contains(&(wallet, shown.seq, shown.created_at));
        if !is_behind && !is_repeated(shown) {
            breaches.push(breach(wallet, &format!("no one has it: {shown:?}")));
        } else if !is_rewound {
            breaches.push(breach(wallet, &format!("lost without a word: {shown:?}")));
        }
    }
    breaches
}

fn breach(wallet: WalletId, text: &str) -> Breach {
    Breach {
        wallet,
        key: None,
        text: format!("feed: {text}"),
        calls: Vec::new(),
    }
}
