use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};

use super::*;
use crate::api::idempotency::InvalidIdempotencyKey;
use crate::api::webhook_refused::WebhookRefused;
use crate::domain::hold::{Hold, HoldStatus};
use crate::domain::linked::LinkedRefused;
use crate::domain::rules::Limit;
use crate::domain::{Amount, Balance, OperationRefused, WalletId};
use crate::engine::{Cause, EngineError, LinkedError, Queue};
use crate::telemetry::chain;
use crate::web::body::ReceiveError;
use crate::web::error::Refusal;

const SECRET: &str = "password=secret";

/// The response to the error for a client of that language: its status, and its body.
fn answer(error: Error, language: &'static str) -> (HttpResponse<()>, Value) {
    let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(language))]);
    let (head, body) = Problem::new(error, &headers).error_response().into_parts();
    let body = serde_json::from_slice(&body.try_into_bytes().unwrap()).unwrap();
    (head, body)
}

fn cause() -> Cause {
    Arc::new(std::io::Error::other(SECRET))
}

fn refused(reason: OperationRefused) -> Error {
    Error::Linked(LinkedError::Refused(LinkedRefused { step: 0, reason }))
}

/// A hold that is closed.
fn closed(status: HoldStatus, has_expired: bool) -> Error {
    let amount = Amount::from_cents(3_000).unwrap();
    let at = time::macros::datetime!(2031-05-01 12:00:00 UTC);
    Error::HoldClosed(Box::new(Hold {
        id: 8,
        status,
        has_expired,
        amount,
        captured: Balance::ZERO,
        released: amount.into(),
        expires_at: at,
        reference: None,
        created_at: Some(at),
    }))
}

/// One of each, with its status and code.
#[expect(clippy::too_many_lines, reason = "a table")]
fn all() -> Vec<(Error, u16, &'static str)> {
    let wallet = WalletId::parse("47c6a995-7685-412c-99fe-4259db91f18f").unwrap();
    let not_json = serde_json::from_str::<Value>(SECRET).unwrap_err();
    let method = Error::Method {
        given: Method::GET,
        allow: "POST, OPTIONS".to_owned(),
    };
    let batch = Error::Batch {
        index: 7,
        error: Box::new(refused(OperationRefused::InsufficientFunds)),
    };
    let receive = |error| Error::Web(Refusal::Receive(error));
    let engine = Error::Engine;
    let linked = Error::Linked;
    vec![
        (Error::NoSuchPath, 404, "not_found"),
        (method, 405, "method_not_allowed"),
        (Error::Json(not_json), 400, "invalid_request"),
        (Error::NotJson, 415, "unsupported_media_type"),
        (
            Error::Fields(Faults::one("to", Fault::Required)),
            400,
            "invalid_request",
        ),
        (
            Error::Fields(Faults::one("to", Fault::NoSuchWallet)),
            404,
            "wallet_not_found",
        ),
        (
            Error::IdempotencyKey(InvalidIdempotencyKey::Repeated),
            400,
            "invalid_request",
        ),
        (
            Error::Webhook(WebhookRefused::NotFound),
            404,
            "webhook_not_found",
        ),
        (
            Error::Webhook(WebhookRefused::EventNotFound),
            404,
            "event_not_found",
        ),
        (
            Error::Webhook(WebhookRefused::TooMany),
            409,
            "too_many_webhooks",
        ),
        (linked(LinkedError::SameWallet), 409, "same_wallet"),
        (batch, 409, "batch_refused"),
        (
            refused(OperationRefused::InsufficientFunds),
            409,
            "insufficient_funds",
        ),
        (
            refused(OperationRefused::BalanceLimit),
            409,
            "balance_limit",
        ),
        (refused(OperationRefused::Frozen), 409, "wallet_frozen"),
        (refused(OperationRefused::Closed), 409, "wallet_closed"),
        (
            refused(OperationRefused::LimitExceeded {
                limit: Limit::OpenHolds,
                remaining: None,
            }),
            409,
            "limit_exceeded",
        ),
        (refused(OperationRefused::NotEmpty), 409, "wallet_not_empty"),
        (refused(OperationRefused::ExceedsHold), 409, "exceeds_hold"),
        (
            refused(OperationRefused::ExpiryOutOfRange),
            400,
            "invalid_request",
        ),
        (
            refused(OperationRefused::AlreadyReversed),
            409,
            "already_reversed",
        ),
        (
            refused(OperationRefused::ExceedsOriginal),
            409,
            "exceeds_original",
        ),
        (
            refused(OperationRefused::OriginalOutdated),
            503,
            "overloaded",
        ),
        (closed(HoldStatus::Voided, false), 409, "hold_closed"),
        (closed(HoldStatus::Captured, true), 409, "hold_expired"),
        (engine(EngineError::HoldNotFound), 404, "hold_not_found"),
        (engine(EngineError::NotReversible), 409, "not_reversible"),
        (
            linked(LinkedError::WalletNotFound(wallet)),
            404,
            "wallet_not_found",
        ),
        (linked(LinkedError::KeyReused(0)), 422, "key_reused"),
        (
            linked(LinkedError::Engine(EngineError::NotDone(cause()))),
            503,
            "overloaded",
        ),
        (engine(EngineError::WalletNotFound), 404, "wallet_not_found"),
        (
            engine(EngineError::OperationNotFound),
            404,
            "operation_not_found",
        ),
        (engine(EngineError::KeyReused), 422, "key_reused"),
        (
            engine(EngineError::Overloaded(Queue::Wallet)),
            503,
            "overloaded",
        ),
        (engine(EngineError::Stopping), 503, "overloaded"),
        (engine(EngineError::NotDone(cause())), 503, "overloaded"),
        (
            engine(EngineError::Unavailable(cause())),
            500,
            "unavailable",
        ),
        (
            Error::Web(Refusal::RateLimited {
                wait: Duration::from_millis(2_001),
            }),
            429,
            "rate_limited",
        ),
        (Error::Web(Refusal::UnknownHost), 400, "invalid_request"),
        (Error::Web(Refusal::TooManyConnections), 503, "overloaded"),
        (
            Error::Web(Refusal::TooSlow(Duration::ZERO)),
            503,
            "overloaded",
        ),
        (
            Error::Web(Refusal::Panic(SECRET.to_owned())),
            500,
            "unavailable",
        ),
        (
            receive(ReceiveError::TooLarge { max_bytes: 7 }),
            413,
            "too_large",
        ),
        (
            receive(ReceiveError::TooSlow { wait_s: 7 }),
            408,
            "invalid_request",
        ),
        (
            receive(ReceiveError::Broken(PayloadError::Incomplete(None))),
            400,
            "invalid_request",
        ),
    ]
}

#[test]
fn each_error_is_a_problem_with_its_status_and_code_and_never_shows_a_cause() {
    for (error, status, code) in all() {
        let why = chain(&error).to_string();
        let (head, body) = answer(error, "en");
        assert_eq!(head.status().as_u16(), status, "{why}");
        assert_eq!(
            head.headers().get(CONTENT_TYPE).unwrap(),
            PROBLEM_JSON,
            "{why}"
        );
        assert_eq!(body["type"], "about:blank", "{why}");
        assert_eq!(
            Some(body["title"].as_str().unwrap()),
            head.status().canonical_reason()
        );
        assert_eq!(body["status"], status, "{why}");
        assert_eq!(body["code"], code, "{why}");
        assert!(!body.to_string().contains("secret"), "{body}");
        let retry_after = head.headers().get(RETRY_AFTER);
        assert_eq!(retry_after.is_some(), [429, 503].contains(&status), "{why}");
    }
}

#[test]
fn a_detail_is_in_the_client_s_language_and_no_code_has_two_meanings() {
    let mut details = BTreeMap::<_, BTreeSet<_>>::new();
    let english = all().into_iter().zip(all()).zip(all());
    for ((en, ru), de) in english {
        let [(_, en), (_, ru), (_, de)] = [
            answer(en.0, "en"),
            answer(ru.0, "ru-RU,en;q=0.5"),
            answer(de.0, "de"),
        ];
        assert_eq!(en, de, "no other language");
        let [in_english, in_russian] = [&en, &ru].map(|body| body["detail"].as_str().unwrap());
        assert!(in_english.is_ascii(), "{in_english}");
        assert!(in_russian.contains(char::is_alphabetic) && !in_russian.is_ascii());
        for (english, russian) in en.as_object().unwrap().iter().zip(ru.as_object().unwrap()) {
            assert_eq!(english.0, russian.0);
            let translated = ["detail", "errors"].contains(&english.0.as_str());
            assert_eq!(english.1 != russian.1, translated, "{en} {ru}");
        }
        let statuses = details.entry(en["code"].to_string()).or_default();
        statuses.insert(en["status"].as_u64());
    }
    // The body that came too slowly is invalid as well.
    let invalid = details.remove("\"invalid_request\"").unwrap();
    assert_eq!(invalid, BTreeSet::from([Some(400), Some(408)]));
    let ambiguous = details.iter().find(|(_, statuses)| statuses.len() > 1);
    assert_eq!(ambiguous, None);
}

#[test]
fn a_batch_s_problem_says_which_operation_was_refused_and_why() {
    let batch = Error::Batch {
        index: 7,
        error: Box::new(Error::Linked(LinkedError::SameWallet)),
    };
    let (_, body) = answer(batch, "en");
    assert_eq!(
        body,
        json!({
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "detail": "One operation of the batch was refused, so none of them happened.",
            "code": "batch_refused",
            "index": 7,
            "cause": "same_wallet",
        })
    );
}

#[test]
fn a_problem_says_what_a_limit_leaves_and_how_a_hold_ended() {
    let remaining = Balance::from_cents(2_500);
    let limit = Limit::DailyOutMax;
    let reason = OperationRefused::LimitExceeded { limit, remaining };
    for error in [refused(reason), Error::Engine(EngineError::Refused(reason))] {
        let (_, body) = answer(error, "en");
        assert_eq!(body["limit"], "daily_out_max");
        assert_eq!(body["remaining"], "25.00");
        assert_eq!(body.get("hold"), None);
    }
    let (_, body) = answer(closed(HoldStatus::Voided, false), "en");
    let time = "2031-05-01T12:00:00.000000Z";
    let hold = json!({
        "id": 8, "status": "voided", "amount": "30.00", "captured": "0.00", "released": "30.00",
        "remaining": "0.00", "expires_at": time, "created_at": time,
    });
    assert_eq!(body["hold"], hold);
    assert_eq!(body.get("limit"), None);
    let (_, body) = answer(refused(OperationRefused::ExpiryOutOfRange), "en");
    assert!(body["errors"]["expires_at"][0].is_string(), "{body}");
}

#[test]
fn the_headers_that_an_error_has_come_with_its_problem() {
    for (error, name, value) in [
        (
            Error::Method {
                given: Method::GET,
                allow: "POST, OPTIONS".to_owned(),
            },
            ALLOW,
            "POST, OPTIONS",
        ),
        (
            Error::Web(Refusal::RateLimited {
                wait: Duration::from_millis(2_001),
            }),
            RETRY_AFTER,
            "3",
        ),
        (Error::Engine(EngineError::Stopping), RETRY_AFTER, "1"),
    ] {
        let (head, _) = answer(error, "en");
        assert_eq!(head.headers().get(name).unwrap(), value);
    }
}
