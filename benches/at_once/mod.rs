//! A journal without a database, for benches: every wallet exists, empty, and every commit has happened already. It keeps
//! nothing, which does no harm: a wallet is loaded once, and from then on its actor knows what it holds.

use std::future::ready;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use wallet_engine::domain::history::{
    BalanceAt, HistoryPage, HistoryQuery, HoldsPage, HoldsQuery, PastBalance,
};
use wallet_engine::domain::hold::Hold;
use wallet_engine::domain::reversal::Original;
use wallet_engine::domain::statement::{Statement, StatementEntry, StatementQuery, Totals};
use wallet_engine::domain::{Balance, IdempotencyKey, NamesTaken, UserId, Wallet, WalletId};
use wallet_engine::engine::{
    Cause, CommitError, DecideLocked, Journal, Loaded, NamesSought, NewUser, ReadError,
    RegisterError, RegisteredUser, SessionNumber, SetOutcome, StatementSource, WriteSet,
};

/// The journal.
pub struct AtOnce;

impl StatementSource for AtOnce {
    fn statement(
        &self,
        _: WalletId,
        _: StatementQuery,
    ) -> BoxFuture<'_, Result<Option<Statement>, ReadError>> {
        ready(Ok(None)).boxed()
    }

    fn statement_entries(
        &self,
        _: WalletId,
        _: (i64, i64),
    ) -> BoxFuture<'_, Result<Vec<StatementEntry>, ReadError>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn statement_totals(
        &self,
        _: WalletId,
        _: (i64, i64),
    ) -> BoxFuture<'_, Result<Totals, ReadError>> {
        ready(Ok(Totals::default())).boxed()
    }
}

impl Journal for AtOnce {
    fn incarnation(&self) -> u64 {
        0
    }

    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }

    fn distrust(&self) {}

    fn load<'a>(
        &'a self,
        _session: Option<usize>,
        wallets: &'a [WalletId],
    ) -> BoxFuture<'a, Result<Vec<Loaded>, Cause>> {
        let wallet = |&id| {
            Ok(Some(Wallet {
                id,
                user: UserId(1),
                balance: Balance::ZERO,
                version: 0,
                reversals_known_from: 0,
                terms: None,
            }))
        };
        ready(Ok(wallets.iter().map(wallet).collect())).boxed()
    }

    fn commit<'a>(
        &'a self,
        _: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<SetOutcome>, CommitError>> {
        ready(Ok(vec![
            SetOutcome::Committed(Some(self.now()));
            sets.len()
        ]))
        .boxed()
    }

    fn locks_wallets(&self) -> bool {
        false
    }

    fn commit_locked<'a>(
        &'a self,
        _: SessionNumber,
        _: WalletId,
        _: DecideLocked<'a>,
    ) -> BoxFuture<'a, Result<Option<SetOutcome>, CommitError>> {
        ready(Ok(None)).boxed()
    }

    fn settle<'a>(
        &'a self,
        _: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<Option<OffsetDateTime>>, Cause>> {
        ready(Ok(vec![Some(self.now()); sets.len()])).boxed()
    }

    fn history<'a>(
        &'a self,
        _: WalletId,
        _: &'a HistoryQuery,
    ) -> BoxFuture<'a, Result<Option<HistoryPage>, ReadError>> {
        ready(Ok(Some(HistoryPage::default()))).boxed()
    }

    fn hold(
        &self,
        _: WalletId,
        _: i64,
        _: Option<i64>,
    ) -> BoxFuture<'_, Result<Option<Option<Hold>>, ReadError>> {
        ready(Ok(Some(None))).boxed()
    }

    fn holds<'a>(
        &'a self,
        _: WalletId,
        _: &'a HoldsQuery,
    ) -> BoxFuture<'a, Result<Option<HoldsPage>, ReadError>> {
        ready(Ok(Some(HoldsPage::default()))).boxed()
    }

    fn original(
        &self,
        _: WalletId,
        _: i64,
    ) -> BoxFuture<'_, Result<Option<Option<Original>>, ReadError>> {
        ready(Ok(Some(None))).boxed()
    }

    fn balance_at(
        &self,
        _: WalletId,
        _: BalanceAt,
    ) -> BoxFuture<'_, Result<Option<Option<PastBalance>>, ReadError>> {
        ready(Ok(Some(None))).boxed()
    }

    fn expired(&self, _: usize) -> BoxFuture<'_, Result<Vec<WalletId>, Cause>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn names_taken<'a>(&'a self, _: NamesSought<'a>) -> BoxFuture<'a, Result<NamesTaken, Cause>> {
        ready(Ok(NamesTaken::default())).boxed()
    }

    fn registered<'a>(
        &'a self,
        _: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<RegisteredUser>, Cause>> {
        ready(Ok(None)).boxed()
    }

    fn register<'a>(&'a self, _: &'a NewUser<'a>) -> BoxFuture<'a, Result<UserId, RegisterError>> {
        ready(Ok(UserId(1))).boxed()
    }
}
