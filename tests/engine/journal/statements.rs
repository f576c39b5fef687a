//! Statements are read from PostgreSQL alone: `tests/statements`.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use wallet_engine::domain::WalletId;
use wallet_engine::domain::statement::{Statement, StatementEntry, StatementQuery, Totals};
use wallet_engine::engine::{ReadError, StatementSource};

use super::Side;

impl StatementSource for Side {
    fn statement(
        &self,
        _: WalletId,
        _: StatementQuery,
    ) -> BoxFuture<'_, Result<Option<Statement>, ReadError>> {
        async { Ok(None) }.boxed()
    }

    fn statement_entries(
        &self,
        _: WalletId,
        _: (i64, i64),
    ) -> BoxFuture<'_, Result<Vec<StatementEntry>, ReadError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn statement_totals(
        &self,
        _: WalletId,
        _: (i64, i64),
    ) -> BoxFuture<'_, Result<Totals, ReadError>> {
        async { Ok(Totals::default()) }.boxed()
    }
}
