//! Whole requests, from the head that actix has parsed to the answer's body, on the API's routes with an engine whose commits
//! have happened already. One is under way at a time. The request itself is made here as well, always in the same way.
#![allow(
    clippy::unwrap_used,
    reason = "what a bench needs and cannot have ends it"
)]

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::to_bytes;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Data;
use actix_web::{App, rt::System};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending};
use uuid::Uuid;
use wallet_engine::api::{self, Gate};
use wallet_engine::config::{Config, Source as Settings};
use wallet_engine::engine::Engine;
use wallet_engine::events::{Cursor, Feed, Page, Query, Source, SourceError};
use wallet_engine::web::access_metrics::AccessMetrics;
use wallet_engine::web::{BodyWait, HttpMetrics};

use super::at_once::AtOnce;
use super::{BODY, JSON};

const WAIT: Duration = Duration::from_secs(60);

/// Deposits into one wallet.
pub fn deposits(times: u64) {
    let path = format!("/api/wallets/{}/operation/", Uuid::from_u128(1));
    let request = || {
        let json = (CONTENT_TYPE, JSON);
        TestRequest::post()
            .uri(&path)
            .insert_header(json)
            .set_payload(BODY)
    };
    System::new().block_on(send(times, request, br#"{"status":"success""#));
}

/// Balances of one wallet.
pub fn balances(times: u64) {
    let path = format!("/api/wallets/{}/", Uuid::from_u128(1));
    let request = || TestRequest::get().uri(&path);
    System::new().block_on(send(times, request, br#"{"user":1"#));
}

async fn send(times: u64, request: impl Fn() -> TestRequest, expected: &[u8]) {
    let config = Config::read(&Settings::of(&[])).unwrap().engine;
    let engine = Engine::start(&config, Arc::new(AtOnce));
    let app = App::new()
        .app_data(Data::new(engine.clone()))
        .app_data(Data::new(Feed::new(Arc::new(Quiet))))
        .app_data(Data::new(BodyWait(WAIT)))
        .app_data(Data::new(HttpMetrics::new(api::TEMPLATES)))
        .app_data(Data::new(Gate::open(AccessMetrics::default())))
        .configure(api::routes);
    let app = init_service(app).await;
    for _ in 0..times {
        let response = call_service(&app, request().to_request()).await;
        let body = to_bytes(response.into_body()).await;
        assert!(body.is_ok_and(|body| body.starts_with(expected)));
    }
    engine.stop(WAIT).await.unwrap();
}

/// A feed that no one reads.
struct Quiet;

impl Source for Quiet {
    fn head(&self) -> BoxFuture<'_, Result<Cursor, SourceError>> {
        pending().boxed()
    }

    fn page(&self, _: Query) -> BoxFuture<'_, Result<Page, SourceError>> {
        pending().boxed()
    }
}
