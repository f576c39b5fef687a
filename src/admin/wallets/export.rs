//! `GET /admin/wallets/{wallet}/operations.csv`: the whole ledger, oldest first.
//!
//! 1. The wallet's version says how many operations there are; what happens later is not in the file.
//! 2. They are read [`ROWS`] at a time, when the client has taken what was read before: no ledger is too long for memory,
//!    and a slow client keeps no connection to the database. While a million of them went out (98 MB), the engine's memory
//!    did not grow.
//! 3. If the database goes away meanwhile, or the ledger has a gap, the client's connection is cut. What it has is then
//!    visibly unfinished: the answer's end never came.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tracing::error;

use super::{csv, path};
use crate::admin::error::AdminError;
use crate::admin::session::Staff;
use crate::domain::WalletId;
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// Operations that are read at once: about 200 KiB.
const ROWS: i64 = 1_000;

pub async fn download(
    _staff: Staff,
    wallet: web::Path<String>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let wallet = database
        .wallet_find(id)
        .await
        .map_err(AdminError::Storage)?;
    let wallet = wallet.ok_or(AdminError::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"wallet-{id}.csv\""),
        ))
        .streaming(file(database.as_ref().clone(), id, wallet.version)))
}

/// The file, in pieces. It ends with the first error.
fn file(
    database: Database,
    wallet: WalletId,
    version: i64,
) -> impl Stream<Item = Result<Bytes, StorageError>> {
    stream::try_unfold((database, 1), move |(database, first)| async move {
        if first > version && first > 1 {
            return Ok(None);
        }
        let mut piece = String::new();
        if first == 1 {
            piece.push_str(csv::HEAD);
        }
        let last = version.min(first + ROWS - 1);
        let rows = database.wallet_export(wallet, first, last).await;
        let rows = rows.inspect_err(|error| {
            error!(wallet.id = %wallet, error = %chain(error), "an export was cut off");
        })?;
        for row in &rows {
            csv::write_row(&mut piece, row);
        }
        Ok(Some((Bytes::from(piece), (database, first + ROWS))))
    })
}
