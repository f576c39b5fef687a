//! What is in the log: at which level, and with which fields.

use std::path::Path;
use std::process::Stdio;

use nix::sys::signal::Signal;
use serde_json::Value;
use testkit::postgres;

use super::{Served, program};

fn served(data: &Path, log: &str) -> Served {
    let mut command = program();
    command
        .env("WALLET_DATA_DIR", data)
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_LOG_FORMAT", "json")
        .env("WALLET_LOG", log);
    Served::start_with(command)
}

/// Every line that the engine wrote until it stopped.
fn lines(engine: Served) -> Vec<Value> {
    engine.signal(Signal::SIGTERM);
    let (_, log) = engine.end();
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

async fn get(engine: &Served, path: &str) -> u16 {
    let answer = engine.http.get(format!("{}{path}", engine.url)).send();
    answer.await.unwrap().status().as_u16()
}

#[actix_web::test]
async fn that_it_serves_is_said_at_warn_and_at_error_and_nothing_is_at_off() {
    let data = tempfile::tempdir().unwrap();
    for level in ["warn", "error", "wallet_engine=warn"] {
        let engine = served(data.path(), level);
        engine.register(&level.replace('=', "-")).await;
        let lines = lines(engine);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["message"], "serving");
    }

    let mut child = program()
        .env("WALLET_DATA_DIR", data.path())
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_LOG", "off")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !data.path().join("postgres/postmaster.pid").exists() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, Signal::SIGTERM).unwrap();
    assert!(child.wait().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[actix_web::test]
async fn the_line_of_a_request_bears_its_wallet() {
    let data = tempfile::tempdir().unwrap();
    let engine = served(data.path(), "info");
    let wallet = engine.register("alice").await;
    engine.deposit(&wallet, "1.00").await;
    assert_eq!(engine.balance(&wallet).await, "1.00");
    let id = wallet.split('/').nth(3).unwrap().to_owned();
    let upper = wallet.replace(&id, &id.to_uppercase());
    assert_eq!(get(&engine, &format!("{upper}operations/")).await, 200);
    assert_eq!(get(&engine, &format!("{wallet}operations/7/")).await, 404);
    assert_eq!(get(&engine, wallet.trim_end_matches('/')).await, 200);
    // No one is signed in.
    get(&engine, &format!("/admin/wallets/{id}/")).await;
    get(&engine, "/api/schema/").await;

    let lines = lines(engine);
    let requests = lines.iter().filter(|line| line["message"] == "request");
    let requests: Vec<_> = requests.collect();
    // A redirect has a line of its own, and so has what the panel leads to.
    let named = |line: &&&Value| line["wallet.id"] == id.as_str();
    assert_eq!(requests.iter().filter(named).count(), 8, "{requests:?}");
    let without = requests
        .iter()
        .filter(|line| line.get("wallet.id").is_none());
    let routes: Vec<_> = without
        .map(|line| line["route"].as_str().unwrap())
        .collect();
    assert_eq!(routes, ["/admin/sign-in/", "/api/schema/"]);
}

#[actix_web::test]
async fn probes_are_at_debug_and_a_change_of_readiness_is_said_once() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let database = format!("host={} user=wallet dbname=wallet", socket.display());
    let mut command = program();
    command
        .env("DATABASE_URL", database)
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_LOG_FORMAT", "json");
    let engine = Served::start_with(command);
    let until = async |status| {
        while get(&engine, "/readyz").await != status {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    until(200).await;
    assert_eq!(get(&engine, "/livez").await, 200);
    postgres.stop().await.unwrap();
    until(503).await;
    for _ in 0..5 {
        assert_eq!(get(&engine, "/readyz").await, 503);
    }
    let postgres = postgres::private(data.path()).await;
    until(200).await;
    assert_eq!(get(&engine, "/readyz").await, 200);

    let lines = lines(engine);
    postgres.stop().await.unwrap();
    let about = |message: &str| {
        let lines = lines.iter().filter(|line| line["message"] == message);
        lines.collect::<Vec<_>>()
    };
    assert_eq!(about("request").len() + about("request refused").len(), 0);
    assert_eq!(about("not ready").len(), 1, "{lines:?}");
    assert_eq!(about("not ready")[0]["level"], "WARN");
    assert_eq!(
        about("not ready")[0]["reason"],
        "the database does not answer"
    );
    assert_eq!(about("ready again").len(), 1, "{lines:?}");
}

#[actix_web::test]
async fn a_refused_sign_in_bears_the_name_and_the_address() {
    let data = tempfile::tempdir().unwrap();
    let mut command = program();
    command
        .env("WALLET_DATA_DIR", data.path())
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_TRUSTED_PROXIES", "127.0.0.1")
        .env("WALLET_LOG", "warn");
    command.env("WALLET_LOG_FORMAT", "json");
    let engine = Served::start_with(command);
    let forged = "olga\n2031-05-01T00:00:00Z  INFO signed in to the panel\u{1b}[31m";
    let long = "x".repeat(1_000);
    for name in [forged, &long] {
        assert_eq!(sign_in(&engine, name).await, 422);
    }
    // The account is closed for a while after five.
    for status in [422, 422, 422, 422, 422, 429] {
        assert_eq!(sign_in(&engine, "ivan").await, status);
    }

    let lines = lines(engine);
    let message = "sign-in to the panel refused";
    let refused = lines.iter().filter(|line| line["message"] == message);
    let refused: Vec<_> = refused.collect();
    assert_eq!(refused.len(), 8, "{lines:?}");
    assert!(
        refused
            .iter()
            .all(|line| line["client.address"] == "203.0.113.7")
    );
    assert_eq!(refused[0]["user.name"], forged);
    assert_eq!(refused[1]["user.name"], "x".repeat(150));
    let reasons = refused.iter().map(|line| line["reason"].as_str().unwrap());
    let reasons: Vec<_> = reasons.skip(6).collect();
    assert_eq!(
        reasons,
        [
            "the username or the password is wrong",
            "too many attempts to sign in"
        ]
    );
}

/// Tries to sign in to the panel through a proxy; gives the status.
async fn sign_in(engine: &Served, username: &str) -> u16 {
    let url = format!("{}/admin/sign-in/", engine.url);
    let page = engine.http.get(&url).send().await.unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let page = page.text().await.unwrap();
    let (_, csrf) = page.split_once(r#"name="csrf" value=""#).unwrap();
    let (csrf, _) = csrf.split_once('"').unwrap();
    let fields = [
        ("csrf", csrf),
        ("username", username),
        ("password", "wrong"),
    ];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let sent = engine
        .http
        .post(&url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie)
        .header("origin", &engine.url)
        .header("x-forwarded-for", "203.0.113.7")
        .body(body)
        .send();
    sent.await.unwrap().status().as_u16()
}
