//! The direct path: a careful service without an engine.
//!
//! 1. A request takes a connection from its worker's pool and keeps it until it is answered. A pool for all workers
//!    was slower in most runs, above all for reads: an answer then has to wake another thread.
//! 2. An operation is one statement (`direct.sql`) and one round trip: it moves the balance and writes the ledger's
//!    row in a transaction of its own. The statement is prepared once a connection.
//! 3. A transfer is one statement and one round trip as well (`direct_transfer.sql`), which locks both wallets' rows in
//!    the order of their ids, moves both balances and writes both rows of the ledger.
//! 4. Operations on one wallet wait for its row's lock, each until the one before is on disk.
//! 5. Only an operation that did nothing asks a second time: no such wallet, or one that refused.
//!
//! What is done is answered as the engine answers it, to the byte, and `wallet-engine verify` finds nothing wrong
//! afterwards. It reads JSON whose fields are strings, which is what the loads send; any other body is a bare 400.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use actix_web::error::ErrorBadRequest;
use actix_web::http::header::{ContentType, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use rust_decimal::Decimal;
use serde::Deserialize;
use tokio_postgres::{NoTls, Row};
use wallet_engine::api;
use wallet_engine::domain::{
    Amount, Balance, Operation, OperationId, OperationKind, OperationRefused, Sign, WalletId,
};
use wallet_engine::engine::EngineError;

use crate::request::{Route, receive};

const OPERATION: &str = include_str!("direct.sql");
const TRANSFER: &str = include_str!("direct_transfer.sql");
const READ: &str = include_str!("direct_read.sql");

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "operationType", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    amount: Cow<'a, str>,
}

#[derive(Deserialize)]
struct TransferBody<'a> {
    #[serde(borrow)]
    to: Cow<'a, str>,
    #[serde(borrow)]
    amount: Cow<'a, str>,
}

/// Serves the engine's addresses of a wallet, on one worker, with so many connections of its own.
pub fn routes(
    services: &mut web::ServiceConfig,
    database: tokio_postgres::Config,
    connections: usize,
) {
    services
        .app_data(web::Data::new(pool(database, connections)))
        .default_service(web::to(serve));
}

/// Connections, made when they are first needed.
#[allow(clippy::expect_used, reason = "start-up: nobody is being served yet")]
fn pool(database: tokio_postgres::Config, connections: usize) -> Pool {
    let config = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let pool = Pool::builder(Manager::from_config(database, NoTls, config));
    let pool = pool.max_size(connections).build();
    pool.expect("a pool without timeouts needs nothing else")
}

async fn serve(
    request: HttpRequest,
    payload: web::Payload,
    pool: web::Data<Pool>,
) -> actix_web::Result<HttpResponse> {
    let json = match Route::find(&request).ok_or(api::Error::NoSuchPath)? {
        Route::Operation(id) => {
            let wallet = wallet_id(id)?;
            let operation = parse(&receive(payload).await?)?;
            let connection = pool.get().await.map_err(failed)?;
            let balance = apply(&connection, wallet, operation).await?;
            format!(r#"{{"status":"success","balance":"{balance}"}}"#)
        }
        Route::Transfer(id) => {
            let wallet = wallet_id(id)?;
            let body = receive(payload).await?;
            let body: TransferBody<'_> = serde_json::from_slice(&body).map_err(ErrorBadRequest)?;
            let amount = Amount::parse(&body.amount).map_err(ErrorBadRequest)?;
            let to = WalletId::parse(&body.to).ok_or_else(|| ErrorBadRequest("to"))?;
            let connection = pool.get().await.map_err(failed)?;
            return Ok(transfer(&connection, wallet, to, amount).await?);
        }
        Route::Wallet(id) => {
            let wallet = wallet_id(id)?;
            let connection = pool.get().await.map_err(failed)?;
            let row = read(&connection, wallet).await?;
            let user: i64 = row.try_get("user_id").map_err(failed)?;
            let balance = balance(&row)?;
            format!(r#"{{"user":{user},"balance":"{balance}"}}"#)
        }
    };
    Ok(HttpResponse::Ok()
        .insert_header(ContentType::json())
        .body(json))
}

fn parse(body: &[u8]) -> actix_web::Result<Operation> {
    let body: Body<'_> = serde_json::from_slice(body).map_err(ErrorBadRequest)?;
    let kind = OperationKind::parse_requestable(&body.kind);
    Ok(Operation {
        kind: kind.ok_or_else(|| ErrorBadRequest("operationType"))?,
        amount: Amount::parse(&body.amount).map_err(ErrorBadRequest)?,
    })
}

/// The balance after the operation.
async fn apply(
    connection: &Object,
    wallet: WalletId,
    operation: Operation,
) -> Result<Balance, api::Error> {
    let amount = Decimal::from(operation.amount);
    let (change, refusal) = match operation.kind.balance_sign() {
        Sign::Minus => (-amount, OperationRefused::InsufficientFunds),
        Sign::Plus | Sign::Zero => (amount, OperationRefused::BalanceLimit),
    };
    let id = OperationId::new();
    let statement = connection.prepare_cached(OPERATION).await.map_err(failed)?;
    let row = connection
        .query_opt(
            &statement,
            &[&wallet.0, &change, &id.0, &operation.kind.as_str()],
        )
        .await
        .map_err(failed)?;
    if let Some(row) = row {
        return balance(&row);
    }
    read(connection, wallet).await?;
    Err(api::Error::Engine(EngineError::Refused(refusal)))
}

/// Moves the amount, and answers with the sender's row.
async fn transfer(
    connection: &Object,
    from: WalletId,
    to: WalletId,
    amount: Amount,
) -> Result<HttpResponse, api::Error> {
    let [transfer, sent, received] = [(); 3].map(|()| OperationId::new());
    let statement = connection.prepare_cached(TRANSFER).await.map_err(failed)?;
    let row = connection
        .query_opt(
            &statement,
            &[
                &from.0,
                &to.0,
                &Decimal::from(amount),
                &transfer.0,
                &sent.0,
                &received.0,
            ],
        )
        .await
        .map_err(failed)?;
    let Some(row) = row else {
        read(connection, from).await?;
        read(connection, to).await?;
        let refusal = OperationRefused::InsufficientFunds;
        return Err(api::Error::Engine(EngineError::Refused(refusal)));
    };
    let seq: i64 = row.try_get("version").map_err(failed)?;
    let (id, balance) = (transfer.0, balance(&row)?);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/wallets/{from}/operations/{seq}/")))
        .insert_header(ContentType::json())
        .body(format!(
            r#"{{"id":{seq},"transfer":"{id}","balance":"{balance}"}}"#
        )))
}

async fn read(connection: &Object, wallet: WalletId) -> Result<Row, api::Error> {
    let statement = connection.prepare_cached(READ).await.map_err(failed)?;
    let row = connection.query_opt(&statement, &[&wallet.0]).await;
    row.map_err(failed)?
        .ok_or(api::Error::Engine(EngineError::WalletNotFound))
}

fn balance(row: &Row) -> Result<Balance, api::Error> {
    let balance = row.try_get("balance").map_err(failed)?;
    Balance::from_decimal(balance).ok_or_else(|| failed("the database holds no balance"))
}

fn wallet_id(text: &str) -> Result<WalletId, api::Error> {
    WalletId::parse(text).ok_or(api::Error::NoSuchPath)
}

/// The engine's own 500.
fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> api::Error {
    api::Error::Engine(EngineError::Unavailable(Arc::from(cause.into())))
}
