//! `GET /admin/wallets/{wallet}/statement.csv`: a statement as CSV, the same bytes as the API's after a byte order mark: without it
//! spreadsheets read Cyrillic references as Latin-1.
//!
//! Its operations are read a page at a time, once the client has received those before. If the database fails meanwhile, or the
//! ledger does not add up, the client's connection is closed: the file has no end.

use std::future::ready;

use actix_web::http::Method;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::StreamExt;
use time::OffsetDateTime;

use super::csv::BYTE_ORDER_MARK;
use super::path;
use super::period::PeriodForm;
use super::statement::begin;
use crate::admin::error::AdminError;
use crate::admin::session::Staff;
use crate::config::Currency;
use crate::domain::staff_journal::{Action, Subject};
use crate::engine::Engine;
use crate::statements::{Format, Writer, stream};
use crate::storage::Database;
use crate::web::connection;

pub async fn download(
    request: HttpRequest,
    staff: Staff,
    wallet: web::Path<String>,
    form: web::Query<PeriodForm>,
    engine: web::Data<Engine>,
    currency: web::Data<Currency>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    const FORMAT: Format = Format::Csv;
    let id = path::wallet(&wallet)?;
    let now = OffsetDateTime::now_utc();
    let period = form.period(now);
    let period = period.map_err(|_| AdminError::Form("no such period".to_owned()))?;
    let reader = begin(&engine, id, period.query(now)).await?;
    let statement = *reader.statement();
    let file_name = FORMAT.file_name(&statement);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, FORMAT.media_type()))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file_name}\""),
        ));
    if *request.method() == Method::HEAD {
        // Its body would be read, and thrown away.
        return Ok(response.streaming(stream::empty()));
    }
    let entry = staff.did(Action::Export).to(Subject::Wallet(id));
    let entry = entry.with("what", "statement").with("period", &file_name);
    let written = database.journal_write(&entry).await;
    written.map_err(AdminError::Storage)?;
    let writer = Writer::new(FORMAT, &statement, currency.as_str());
    let mark = Bytes::from_static(BYTE_ORDER_MARK.as_bytes());
    let mark = futures_util::stream::once(ready(Ok(mark)));
    let response = response.streaming(mark.chain(stream::file(reader, writer, FORMAT)));
    Ok(connection::track_parts(&request, response))
}
