//! `GET /api/wallets/{wallet}/statement/`: what happened to a wallet in an interval, as a file for people and their accountants.
//!
//! 1. The query is read, and the balances at both ends of the interval: until then, everything that is wrong is a problem.
//! 2. The response begins. Operations are read a page at a time, once the client has received those before: see
//!    [`StatementReader`](crate::engine::StatementReader).
//! 3. If the database fails meanwhile, or the ledger does not add up, the client's connection is closed. The client sees that the file
//!    is incomplete, as the response has no end.
//!
//! `Statement-Final: true` says that no operation can be added to the interval any more: the same request has the same bytes for
//! ever. It is `false` for a minute or so after the end of the interval, and without `to`.

mod query;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use utoipa::OpenApi;

use super::error::Error;
use super::openapi::headers::STATEMENT_FINAL;
use super::openapi::refusals::{of_a_wallet, of_the_client_limits, of_the_engine};
use super::openapi::schemas::both;
use super::openapi::statement::{self as schemas, StatementBody, StatementEntry};
use super::resource::{Answer, Call, Endpoint, Permission, Resource};
use crate::auth::Scope;
use crate::config::Currency;
use crate::messages::id;
use crate::statements::{Writer, stream};
use crate::web::connection;

/// The statement of a wallet.
pub static STATEMENT: Resource = Resource {
    template: "/api/wallets/{wallet}/statement/",
    name: "Wallet Statement",
    description: "What happened to a wallet in an interval, in a format of accounting.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(statement(call)),
        Permission::of(Scope::WalletsRead),
        &[
            query::refusals,
            of_a_wallet,
            of_the_engine,
            of_the_client_limits,
        ],
        None,
    )],
    problems: true,
    document: Some(|_| schemas::with_final(Described::openapi())),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(statement), components(schemas(StatementBody, StatementEntry)))]
struct Described;

#[utoipa::path(
    get,
    path = STATEMENT.template,
    tag = "wallets",
    operation_id = "getStatement",
    description = both(id!("openapi-statement-get")),
    params(query::Parameters),
    responses((
        status = 200,
        description = both(id!("openapi-statement-found")),
        content(
            (StatementBody = "application/json", example = schemas::example),
            (String = "text/csv"),
            (String = "application/x-ofx"),
            (String = "application/xml"),
        ),
    )),
)]
async fn statement(call: Call<'_>) -> Answer {
    let wallet = call.params.wallet()?;
    let given = call.request.uri().query().unwrap_or_default();
    let (query, format) = query::parse(given, call.engine.now())?;
    let reader = call.engine.statement(wallet, query).await;
    let reader = reader.map_err(Error::Engine)?;
    let statement = *reader.statement();
    let currency = call.request.app_data::<Data<Currency>>();
    let currency = currency.map_or_else(Currency::default, |currency| ***currency);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, format.media_type()))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", format.file_name(&statement)),
        ))
        .insert_header((STATEMENT_FINAL, statement.is_final.to_string()));
    if *call.request.method() == Method::HEAD {
        // Its body would be read, and thrown away.
        return Ok(response.streaming(stream::empty()));
    }
    let writer = Writer::new(format, &statement, currency.as_str());
    let response = response.streaming(stream::file(reader, writer, format));
    Ok(connection::track_parts(call.request, response))
}
