//! What a search found as CSV: all of it, newest first, as `storage::admin` reads it.
//!
//! The columns are the wallet, and those of a ledger's file. Over all wallets, the file needs a period with a beginning. It is read in
//! pieces, each once the client has received the one before: memory does not grow, and a slow client holds no connection. If the
//! database fails meanwhile, the client's connection is closed, so the file does not look whole. The journal has who exported what.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tracing::error;

use super::list;
use super::query::{Mistakes, SearchForm};
use crate::admin::error::AdminError;
use crate::admin::page::Shell;
use crate::admin::wallets::{csv, path};
use crate::domain::WalletId;
use crate::domain::staff_journal::{Action, Subject};
use crate::messages::id;
use crate::storage::admin::{OperationPlace, OperationSearch};
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

pub async fn download(
    shell: Shell,
    search: web::Query<SearchForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    answer(shell, None, search.into_inner(), &database).await
}

pub async fn download_of_wallet(
    shell: Shell,
    wallet: web::Path<String>,
    search: web::Query<SearchForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let wallet = path::wallet(&wallet)?;
    answer(shell, Some(wallet), search.into_inner(), &database).await
}

async fn answer(
    shell: Shell,
    wallet: Option<WalletId>,
    form: SearchForm,
    database: &Database,
) -> Result<HttpResponse, AdminError> {
    let needs_period = wallet.is_none();
    let asked = list::asked(wallet, &form, database).await?;
    let filter = match asked {
        list::Asked::Search(filter) if needs_period && filter.from.is_none() => {
            let mut mistakes = Mistakes::default();
            mistakes.time.day = Some(id!("operations-export-period"));
            let asked = list::Asked::Mistaken(mistakes);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return list::page(&shell, wallet, form, asked, database, status).await;
        }
        list::Asked::Search(filter) => filter,
        asked => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return list::page(&shell, wallet, form, asked, database, status).await;
        }
    };
    let search = database.operation_search(&filter).await;
    let search = search
        .map_err(AdminError::Storage)?
        .ok_or(AdminError::NotFound)?;
    let mut entry = shell.staff.did(Action::Export).with("what", "operations");
    if let Some(wallet) = wallet {
        entry = entry.to(Subject::Wallet(wallet));
    }
    let entry = entry.with("filters", form.address(""));
    let written = database.journal_write(&entry).await;
    written.map_err(AdminError::Storage)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((
            CONTENT_DISPOSITION,
            "attachment; filename=\"operations.csv\"",
        ))
        .streaming(file(database.clone(), search)))
}

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error("could not read what was found")]
    Read(#[source] StorageError),
    #[error("could not write the rows")]
    Write(#[source] ::csv::Error),
}

/// What comes next.
enum Piece {
    Header,
    Below(OperationPlace),
    End,
}

/// Returns the file in pieces, up to the first error. A piece in which nothing was found is empty, and is not sent.
fn file(
    database: Database,
    search: OperationSearch,
) -> impl Stream<Item = Result<Bytes, ExportError>> {
    let begins = (database, search, Piece::Header);
    stream::try_unfold(begins, |(database, search, piece)| async move {
        let made = match piece {
            Piece::End => return Ok(None),
            Piece::Header => {
                let header = csv::header_of_found().map_err(ExportError::Write);
                header.map(|header| (header, Piece::Below(search.start)))
            }
            Piece::Below(place) => rows(&database, &search, place).await,
        };
        let (bytes, next) = made.inspect_err(|error| {
            error!(error = %chain(error), "export of operations failed");
        })?;
        Ok(Some((Bytes::from(bytes), (database, search, next))))
    })
}

async fn rows(
    database: &Database,
    search: &OperationSearch,
    below: OperationPlace,
) -> Result<(Vec<u8>, Piece), ExportError> {
    let read = database.operations_read(search, below, usize::MAX).await;
    let read = read.map_err(ExportError::Read)?;
    let next = read.next().map_or(Piece::End, Piece::Below);
    let rows = database.operations_rows(&read.matches).await;
    let rows = csv::rows_of_found(&rows.map_err(ExportError::Read)?);
    Ok((rows.map_err(ExportError::Write)?, next))
}
