//! What the journal in memory reads from its ledger: holds, originals of reversals, earlier balances, and wallets.

#![allow(
    clippy::option_option,
    reason = "no such wallet, and nothing of it, as the journal answers"
)]

use time::OffsetDateTime;
use wallet_engine::domain::entry::{Details, Entry};
use wallet_engine::domain::history::{BalanceAt, HoldsPage, HoldsQuery, PastBalance};
use wallet_engine::domain::hold::{Hold, HoldStatus};
use wallet_engine::domain::reversal::Original;
use wallet_engine::domain::rules::Spent;
use wallet_engine::domain::{Balance, OperationKind, Sign, Wallet, WalletId};

use super::store::Tables;

impl Tables {
    /// The rows of the wallet's ledger with their numbers and times.
    fn rows(&self, wallet: WalletId) -> impl Iterator<Item = (i64, &Entry, OffsetDateTime)> {
        let rows = self.ledger.get(&wallet).into_iter().flatten();
        let times = self.times.get(&wallet).into_iter().flatten();
        (1..)
            .zip(rows)
            .zip(times)
            .map(|((seq, row), at)| (seq, &row.entry, *at))
    }

    /// The wallet as a load returns it: what left it today is counted, if that is limited.
    pub fn loaded(&self, id: WalletId) -> Option<Wallet> {
        let mut wallet = self.wallets.get(&id)?.clone();
        wallet.reversals_known_from = wallet.version;
        if wallet.has_to_be_loaded() {
            let day = self.now.date();
            let is_out = |entry: &Entry| entry.operation.kind.balance_sign() == Sign::Minus;
            let out = self
                .rows(id)
                .filter(|(_, entry, at)| is_out(entry) && at.date() == day);
            let cents = out
                .map(|(_, entry, _)| entry.operation.amount.cents())
                .sum();
            let terms = wallet.terms.as_mut().unwrap();
            std::sync::Arc::make_mut(terms).spent = Some(Spent {
                day,
                amount: Balance::from_cents(cents).unwrap(),
                uncommitted: Balance::ZERO,
                is_recorded: false,
            });
        }
        Some(wallet)
    }

    pub fn hold(&self, wallet: WalletId, id: i64, as_of: Option<i64>) -> Option<Option<Hold>> {
        self.wallets.get(&wallet)?;
        let rows = self
            .rows(wallet)
            .take_while(|(seq, ..)| as_of.is_none_or(|last| *seq <= last));
        let mut found: Option<Hold> = None;
        for (seq, entry, at) in rows {
            let details = entry.details.as_deref().unwrap_or(&Details::NONE);
            if details.hold != Some(id) {
                continue;
            }
            let amount = entry.operation.amount;
            match (&mut found, entry.operation.kind) {
                (None, OperationKind::Hold) => {
                    assert_eq!(seq, id);
                    found = Some(Hold {
                        id,
                        status: HoldStatus::Open,
                        has_expired: false,
                        amount,
                        captured: Balance::ZERO,
                        released: Balance::ZERO,
                        expires_at: details.expires_at.unwrap(),
                        reference: details.reference.clone(),
                        created_at: Some(at),
                    });
                }
                (Some(hold), OperationKind::Capture) => {
                    hold.captured = hold.captured.plus(amount).unwrap();
                    if hold.remaining() == Balance::ZERO {
                        hold.status = HoldStatus::Captured;
                    }
                }
                (Some(hold), OperationKind::Release) => {
                    hold.released = amount.into();
                    hold.has_expired = details.expires_at.is_some();
                    hold.status = match hold.has_expired {
                        _ if hold.captured > Balance::ZERO => HoldStatus::Captured,
                        true => HoldStatus::Expired,
                        false => HoldStatus::Voided,
                    };
                }
                other => panic!("a row of a hold: {other:?}"),
            }
        }
        Some(found)
    }

    pub fn holds(&self, wallet: WalletId, query: &HoldsQuery) -> Option<HoldsPage> {
        self.wallets.get(&wallet)?;
        let ids = self
            .rows(wallet)
            .filter(|(_, entry, _)| entry.operation.kind == OperationKind::Hold);
        let mut ids: Vec<_> = ids.map(|(seq, ..)| seq).collect();
        ids.reverse();
        let is_asked = |hold: &Hold| {
            query.status.is_none_or(|status| hold.status == status)
                && query.below.is_none_or(|below| hold.id < below)
        };
        let found = ids
            .into_iter()
            .filter_map(|id| self.hold(wallet, id, None)?);
        let mut holds: Vec<_> = found.filter(is_asked).collect();
        let has_more = holds.len() > usize::from(query.limit);
        holds.truncate(query.limit.into());
        let next_below = holds.last().filter(|_| has_more).map(|hold| hold.id);
        Some(HoldsPage { holds, next_below })
    }

    pub fn original(
        &self,
        wallet: WalletId,
        seq: i64,
        incarnation: u64,
    ) -> Option<Option<Original>> {
        let as_of = self.wallets.get(&wallet)?.version;
        let Some((_, entry, _)) = self.rows(wallet).find(|row| row.0 == seq) else {
            return Some(None);
        };
        let reversals = self.rows(wallet).filter(|(_, entry, _)| {
            entry
                .details
                .as_ref()
                .is_some_and(|details| details.reverses == Some(seq))
        });
        let reversed = reversals
            .map(|(_, entry, _)| entry.operation.amount.cents())
            .sum();
        Some(Some(Original {
            seq,
            operation: entry.operation,
            counterpart: entry.counterpart(),
            reversed: Balance::from_cents(reversed).unwrap(),
            as_of,
            incarnation,
        }))
    }

    pub fn balance_at(&self, wallet: WalletId, at: BalanceAt) -> Option<Option<PastBalance>> {
        self.wallets.get(&wallet)?;
        let found = match at {
            BalanceAt::Time(time) => self.rows(wallet).filter(|row| row.2 <= time).last(),
            BalanceAt::Operation(seq) => self.rows(wallet).find(|row| row.0 == seq),
        };
        Some(found.map(|(version, entry, time)| PastBalance {
            balance: entry.balance_after,
            held: entry.held_after,
            version,
            as_of: match at {
                BalanceAt::Time(asked) => asked,
                BalanceAt::Operation(_) => time,
            },
        }))
    }

    /// Wallets with holds that have expired, those that expired first, `max` at most.
    pub fn expired(&self, max: usize) -> Vec<WalletId> {
        let first = |wallet: &Wallet| {
            let holds = wallet.terms.as_ref()?.holds().values();
            let first = holds.map(|hold| hold.expires_at).min()?;
            (first <= self.now).then_some((first, wallet.id))
        };
        let mut due: Vec<_> = self.wallets.values().filter_map(first).collect();
        due.sort_unstable();
        due.truncate(max);
        due.into_iter().map(|(_, wallet)| wallet).collect()
    }
}
