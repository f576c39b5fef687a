//! The part of the [`Journal`](super::Journal) that statements are read from.

use futures_util::future::BoxFuture;

use super::error::ReadError;
use crate::domain::WalletId;
use crate::domain::statement::{Statement, StatementEntry, StatementQuery, Totals};

/// What statements are read from; a part of the [`Journal`](super::Journal).
pub trait StatementSource {
    /// Returns the balances at the ends of the interval; `None` if there is no such wallet.
    fn statement(
        &self,
        wallet: WalletId,
        query: StatementQuery,
    ) -> BoxFuture<'_, Result<Option<Statement>, ReadError>>;

    /// Returns the wallet's operations from the first `seq` to the last one, oldest first.
    fn statement_entries(
        &self,
        wallet: WalletId,
        seqs: (i64, i64),
    ) -> BoxFuture<'_, Result<Vec<StatementEntry>, ReadError>>;

    /// Returns the totals of the wallet's operations from the first `seq` to the last one.
    fn statement_totals(
        &self,
        wallet: WalletId,
        seqs: (i64, i64),
    ) -> BoxFuture<'_, Result<Totals, ReadError>>;
}
