//! Every registered endpoint, and every kind of caller. The rows are compared with the description of the API, which is made from the
//! registration: a new endpoint has no row, and fails.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use wallet_engine::api;

use super::callers::{ALL, Answered, Owner, PASSWORD, Protected, answered};
use super::rows::{OWNERS, PUBLIC, ROWS, Row, Takes, WEBHOOK};

/// The wallets that the requests are about.
struct Wallets {
    own: Owner,
    other: Owner,
}

async fn send(
    engine: &Protected,
    row: &Row,
    (wallet, to): (Uuid, Uuid),
    authorization: Option<&str>,
) -> Answered {
    let method = Method::from_bytes(row.method.as_bytes()).unwrap();
    let mut request = engine.request(method, &row.path(wallet));
    if let Some(body) = row.body {
        let name = format!("n{}", Uuid::new_v4().simple());
        let body = body.replace("{wallet}", &wallet.to_string());
        let body = body.replace("{to}", &to.to_string());
        let body = body.replace("{name}", &name);
        request = request
            .header("content-type", "application/json")
            .body(body);
    }
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    answered(request).await
}

/// Asserts the status and the form of a refusal.
fn refused(row: &Row, answer: &Answered, (status, detail, code): (u16, &str, &str)) {
    let what = format!("{} {}: {}", row.method, row.template, answer.body);
    assert_eq!(answer.status, status, "{what}");
    let content_type = answer.headers["content-type"].to_str().unwrap();
    if row.recorded {
        assert_eq!(content_type, "application/json", "{what}");
        assert_eq!(answer.json(), json!({"detail": detail}), "{what}");
    } else {
        assert_eq!(content_type, "application/problem+json", "{what}");
        assert_eq!(
            (answer.code().as_str(), &answer.json()["status"]),
            (code, &json!(status)),
            "{what}"
        );
    }
}

const MISSING: (u16, &str, &str) = (
    401,
    "Authentication credentials were not provided.",
    "unauthenticated",
);
const INVALID: (u16, &str, &str) = (401, "Invalid token.", "unauthenticated");
const FORBIDDEN: (u16, &str, &str) = (
    403,
    "You do not have permission to perform this action.",
    "forbidden",
);
const NO_WALLET: (u16, &str, &str) = (404, "Кошелек не найден.", "wallet_not_found");

/// Everything that a request could have changed.
async fn state(engine: &Protected) -> [i64; 4] {
    let count = "SELECT (SELECT count(*) FROM operations), (SELECT count(*) FROM users),
        (SELECT count(*) FROM webhooks), (SELECT sum(version)::bigint FROM webhooks)";
    let row = engine.database.query_one(count, &[]).await.unwrap();
    [0, 1, 2, 3].map(|column| row.get(column))
}

#[test]
fn every_registered_endpoint_has_a_row() {
    let document: Value = serde_json::to_value(api::document()).unwrap();
    let mut described = BTreeSet::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase();
            let security = operation["security"].as_array().unwrap();
            if security.is_empty() {
                let name = format!("{method} {template}");
                let public = PUBLIC.contains(&&*name) || PUBLIC.contains(&&**template);
                assert!(public, "{name} is public");
                continue;
            }
            let row = ROWS
                .iter()
                .find(|row| row.method == method && row.template == template);
            let row = row.unwrap_or_else(|| panic!("no row: {method} {template}"));
            let of = |scheme: &str| {
                let all = security.iter().filter_map(|one| one[scheme].as_array());
                let names = all.flatten().filter_map(Value::as_str);
                names.map(str::to_owned).collect::<BTreeSet<_>>()
            };
            let (keys, owners) = (of("key"), of("token"));
            match row.takes {
                Takes::Owner => assert!(keys.is_empty() && security.len() == 1),
                Takes::Scope(scopes) => {
                    assert!(
                        keys.iter()
                            .eq(scopes.iter().copied().collect::<BTreeSet<_>>())
                    );
                    let of_none = ["users:write", "webhooks:write", "journal:read"];
                    let owned = scopes.iter().filter(|scope| !of_none.contains(*scope));
                    assert!(owners.iter().eq(owned.copied().collect::<BTreeSet<_>>()));
                }
            }
            let (status, form) = (
                "403",
                if row.recorded {
                    "application/json"
                } else {
                    "application/problem+json"
                },
            );
            assert!(
                operation["responses"][status]["content"][form].is_object(),
                "{method} {template}"
            );
            let challenge = &operation["responses"]["401"]["headers"]["WWW-Authenticate"];
            assert!(challenge.is_object(), "{method} {template}");
            described.insert(row.template);
        }
    }
    for row in &ROWS {
        assert!(described.contains(row.template), "{}", row.template);
    }
    // Addresses without a description are public.
    for template in api::TEMPLATES.iter().filter(|name| name.starts_with('/')) {
        let known =
            described.contains(template) || PUBLIC.iter().any(|name| name.ends_with(template));
        assert!(known, "{template}");
    }
}

#[actix_web::test]
async fn who_may_not_is_refused_before_anything_is_read_or_changed() {
    let engine = Protected::spawn().await;
    let wallets = wallets(&engine).await;
    let (own, other) = (wallets.own.wallet, wallets.other.wallet);
    let nobody = Uuid::new_v4();
    let made_up = format!("Bearer wk_{}", "0".repeat(64));
    let made_up_token = format!("Token {}", "0".repeat(40));
    let expired = engine.key("expired", ALL, None).await;
    let revoked = engine.key("revoked", ALL, None).await;
    engine
        .sql(
            "UPDATE api_keys SET expires_at = now() WHERE name = 'expired';
            UPDATE api_keys SET revoked_at = now() WHERE name = 'revoked'",
        )
        .await;
    let stranger = engine.token(&wallets.other.name).await;
    let of_a_wallet = ALL
        .replace("users:write,", "")
        .replace(",webhooks:write", "");
    let tied_elsewhere = engine.key("elsewhere", &of_a_wallet, Some(&[other])).await;
    let all_before = state(&engine).await;
    for (number, row) in ROWS.iter().enumerate() {
        let what = format!("{} {}", row.method, row.template);
        let ask = async |authorization: Option<&str>| {
            send(&engine, row, (own, other), authorization).await
        };
        let missing = ask(None).await;
        refused(row, &missing, MISSING);
        assert_eq!(
            missing.all("www-authenticate"),
            ["Bearer", "Token"],
            "{what}"
        );
        for credential in [
            &made_up,
            &made_up_token,
            &expired,
            &revoked,
            "Bearer x",
            "Token x",
        ] {
            let invalid = ask(Some(credential)).await;
            refused(row, &invalid, INVALID);
            let challenges = ["Bearer error=\"invalid_token\"", "Token"];
            assert_eq!(invalid.all("www-authenticate"), challenges, "{what}");
        }
        let name = format!("wrong{number}");
        let wrong = engine.key(&name, &row.other_scopes(), None).await;
        let forbidden = ask(Some(&wrong)).await;
        refused(row, &forbidden, FORBIDDEN);
        if let Takes::Scope(scopes) = row.takes {
            let scopes = scopes.join(" ");
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scopes}\"");
            assert_eq!(
                forbidden.all("www-authenticate"),
                [&challenge, "Token"],
                "{what}"
            );
        }
        if row.is_of_a_wallet() {
            // Of another wallet is as of none, to the byte.
            let elsewhere = ask(Some(&tied_elsewhere)).await;
            refused(row, &elsewhere, NO_WALLET);
            let missing = send(&engine, row, (nobody, other), Some(&tied_elsewhere)).await;
            assert_eq!(elsewhere.body, missing.body, "{what}");
            let by_all = send(&engine, row, (nobody, other), Some(&engine.key)).await;
            assert_eq!(
                (by_all.status, by_all.body),
                (404, elsewhere.body),
                "{what}"
            );
            let by_owner = ask(Some(&stranger)).await;
            let expected = if row.permits(&OWNERS) {
                NO_WALLET
            } else {
                FORBIDDEN
            };
            refused(row, &by_owner, expected);
        }
        never_reads(&engine, row, own).await;
    }
    assert_eq!(state(&engine).await, all_before);
    engine.app.stop().await.unwrap();
}

/// A body that is announced and never sent would be waited for.
async fn never_reads(engine: &Protected, row: &Row, wallet: Uuid) {
    if row.body.is_none() {
        return;
    }
    let request = crate::raw_http::Request::new(row.method, row.path(wallet));
    let request = request.header("Content-Type", "application/json");
    let request = request.header("Content-Length", "1000");
    let answer = request.send(engine.app.address).await.unwrap();
    assert_eq!(answer.status, 401, "{} {}", row.method, row.template);
}

#[actix_web::test]
async fn who_may_is_served() {
    let engine = Protected::spawn().await;
    let wallets = wallets(&engine).await;
    let (own, other) = (wallets.own.wallet, wallets.other.wallet);
    for (number, row) in ROWS.iter().enumerate() {
        let what = format!("{} {}", row.method, row.template);
        let ask =
            async |authorization: &str| send(&engine, row, (own, other), Some(authorization)).await;
        let owner = engine.token(&wallets.own.name).await;
        if let Takes::Owner = row.takes {
            let done = ask(&owner).await;
            assert_eq!(done.status, row.done, "{what}: {}", done.body);
            refused(row, &ask(&owner).await, INVALID);
            continue;
        }
        let alone = engine
            .key(&format!("alone{number}"), row.scope(), None)
            .await;
        let mut may = vec![alone];
        if row.scope() != "users:write" {
            let name = format!("tied{number}");
            may.push(engine.key(&name, row.scope(), Some(&[own])).await);
        }
        if row.permits(&OWNERS) {
            may.push(owner);
        } else if row.is_of_a_wallet() {
            refused(row, &ask(&owner).await, FORBIDDEN);
        }
        for authorization in may {
            // A hold is voided once.
            let last = if row.template.ends_with("/void/") {
                [409, 200]
            } else {
                [row.done; 2]
            };
            let done = ask(&authorization).await;
            assert!(last.contains(&done.status), "{what}: {}", done.body);
        }
    }
    assert_eq!(PASSWORD, "secret-secret", "the row of the password has it");
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_method_that_no_endpoint_has_takes_a_credential_too() {
    let engine = Protected::spawn().await;
    let wallets = wallets(&engine).await;
    let own = wallets.own.wallet;
    for row in &ROWS {
        let what = format!("{} {}", row.method, row.template);
        for method in ["OPTIONS", "TRACE", "BREW", "PUT"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = || engine.request(method.clone(), &row.path(own));
            let without = answered(request()).await;
            // Whoever may sign in there learns what it takes.
            if row.template == "/api/token/" {
                assert_eq!(
                    without.status,
                    if method == Method::OPTIONS { 200 } else { 405 }
                );
            } else {
                refused(row, &without, MISSING);
            }
            let with_key = answered(request().header("authorization", &engine.key)).await;
            let expected = if method == Method::OPTIONS { 200 } else { 405 };
            assert_eq!(with_key.status, expected, "{method} {what}");
        }
        if row.method == "GET" {
            let head = || engine.request(Method::HEAD, &row.path(own));
            let refused = answered(head()).await;
            assert_eq!((refused.status, refused.body.as_str()), (401, ""), "{what}");
            let served = answered(head().header("authorization", &engine.key)).await;
            assert_eq!((served.status, served.body.as_str()), (200, ""), "{what}");
        }
    }
    for public in PUBLIC.iter().filter(|name| !name.starts_with("POST")) {
        let request = engine.request(Method::GET, public);
        let answer = answered(request.header("authorization", "Bearer x")).await;
        let expected = if *public == "/" { 404 } else { 200 };
        assert_eq!(answer.status, expected, "{public}");
    }
    engine.app.stop().await.unwrap();
}

async fn wallets(engine: &Protected) -> Wallets {
    let own = engine.owner_with("alice", "100.00").await;
    let other = engine.owner_with("bob", "100.00").await;
    for _ in 0..2 {
        let path = format!("{}holds/", own.path);
        let held = engine
            .post(&path, &engine.key, &json!({"amount": "1.00"}))
            .await;
        assert_eq!(held.status, 201, "{}", held.body);
    }
    // The stranger's wallet has the same numbers.
    for _ in 0..2 {
        let path = format!("{}holds/", other.path);
        engine
            .post(&path, &engine.key, &json!({"amount": "1.00"}))
            .await;
    }
    let webhook = format!(
        "INSERT INTO webhooks (id, slot, url, wallet_id, secret, cursor)
            VALUES ('{WEBHOOK}', 1, 'https://hooks.example.com/', '{}', sha256('x'), 'x');
         INSERT INTO webhook_set_aside (webhook_id, id, cursor, type, attempts)
            OVERRIDING SYSTEM VALUE VALUES ('{WEBHOOK}', 1, 'x', 'operation.deposit', 1)",
        own.wallet
    );
    engine.sql(&webhook).await;
    Wallets { own, other }
}
