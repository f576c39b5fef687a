//! `Idempotency-Key` over HTTP: an operation under a key happens once, and its answer is had again.

use futures_util::future::join_all;
use serde_json::json;

use crate::app::TestApp;
use crate::raw_http::Request;

/// Status, body as it came, and whether the marker header was there.
type Answer = (u16, String, bool);

const REUSED: &str = r#"{"detail":"Ключ идемпотентности уже использован для другой операции."}"#;
const MALFORMED: &str =
    r#"{"detail":"Ключ идемпотентности должен состоять из видимых символов ASCII, от 1 до 255."}"#;

async fn ask(app: &TestApp, wallet: &str, key: &str, kind: &str, amount: &str) -> Answer {
    let body = json!({"operationType": kind, "amount": amount});
    let url = app.url(&format!("{wallet}operation/"));
    let sent = app
        .http
        .post(url)
        .header("Idempotency-Key", key)
        .json(&body);
    let answer = sent.send().await.unwrap();
    let status = answer.status().as_u16();
    let marker = answer.headers().get("Idempotency-Replayed").cloned();
    if let Some(marker) = &marker {
        assert_eq!(marker, "true");
    }
    (status, answer.text().await.unwrap(), marker.is_some())
}

fn success(balance: &str, replayed: bool) -> Answer {
    let body = format!(r#"{{"status":"success","balance":"{balance}"}}"#);
    (200, body, replayed)
}

fn refused() -> Answer {
    let body = r#"{"status":"error","message":"Недостаточно средств"}"#;
    (400, body.to_owned(), false)
}

#[actix_web::test]
async fn a_repetition_is_answered_to_the_byte_also_by_another_engine_and_after_a_restart() {
    let first = TestApp::spawn().await;
    let second = TestApp::spawn_on(first.database.clone(), |_| {}).await;
    let wallet = first.wallet("alice").await;

    let answer = ask(&first, &wallet, "a", "DEPOSIT", "100.00").await;
    assert_eq!(answer, success("100.00", false));
    first.deposit(&wallet, "11.00").await;
    // The amount is the same however it is written, and so is the key.
    for (app, key, amount) in [
        (&first, "a", "100.00"),
        (&first, "\"a\"", "100"),
        (&second, "a", "1e2"),
    ] {
        let answer = ask(app, &wallet, key, "DEPOSIT", amount).await;
        assert_eq!(answer, success("100.00", true));
    }
    let database = first.database.clone();
    first.stop().await.unwrap();
    second.stop().await.unwrap();

    let app = TestApp::spawn_on(database, |_| {}).await;
    let answer = ask(&app, &wallet, "a", "DEPOSIT", "100.00").await;
    assert_eq!(answer, success("100.00", true));
    assert_eq!(app.balance(&wallet).await, "111.00");
    assert_eq!(app.audited_operations().await, 2);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_withdrawal_is_had_again_also_when_the_balance_no_longer_allows_it() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    assert_eq!(
        ask(&app, &wallet, "w", "WITHDRAW", "60.00").await,
        refused()
    );
    app.deposit(&wallet, "100.00").await;

    let taken = success("40.00", false);
    assert_eq!(ask(&app, &wallet, "w", "WITHDRAW", "60.00").await, taken);
    let again = success("40.00", true);
    assert_eq!(ask(&app, &wallet, "w", "WITHDRAW", "60.00").await, again);
    assert_eq!(
        ask(&app, &wallet, "x", "WITHDRAW", "60.00").await,
        refused()
    );
    assert_eq!(app.balance(&wallet).await, "40.00");
    assert_eq!(app.audited_operations().await, 2);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_key_that_belongs_to_another_operation_of_the_wallet_is_422() {
    let app = TestApp::spawn().await;
    let (wallet, other) = (app.wallet("alice").await, app.wallet("bob").await);
    ask(&app, &wallet, "a", "DEPOSIT", "5.00").await;

    for (kind, amount) in [
        ("DEPOSIT", "5.01"),
        ("WITHDRAW", "5.00"),
        ("WITHDRAW", "9.00"),
    ] {
        let answer = ask(&app, &wallet, "a", kind, amount).await;
        assert_eq!(answer, (422, REUSED.to_owned(), false), "{kind} {amount}");
    }

    let elsewhere = ask(&app, &other, "a", "DEPOSIT", "7.00").await;
    assert_eq!(elsewhere, success("7.00", false));
    assert_eq!(app.audited_operations().await, 2);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn fifty_requests_under_one_key_at_once_have_one_effect_and_one_answer() {
    let first = TestApp::spawn().await;
    let second = TestApp::spawn_on(first.database.clone(), |_| {}).await;
    let wallet = first.wallet("alice").await;

    for (n, engines) in [[&first, &first], [&first, &second]].iter().enumerate() {
        let key = format!("key-{n}");
        let answers = (0..50).map(|n| ask(engines[n % 2], &wallet, &key, "DEPOSIT", "3.00"));
        let answers = join_all(answers).await;

        let balance = ["3.00", "6.00"][n];
        let (again, firsts): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.2);
        assert_eq!(firsts, [success(balance, false)]);
        assert_eq!(again, vec![success(balance, true); 49]);
    }

    assert_eq!(first.audited_operations().await, 2);
    first.stop().await.unwrap();
    second.stop().await.unwrap();
}

#[actix_web::test]
async fn a_malformed_key_is_400_and_nothing_happens() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let path = format!("{wallet}operation/");
    let send = |path: &str, keys: &[&[u8]], body: &str| {
        let request = Request::new("POST", path).header("Content-Type", "application/json");
        let request = keys.iter().fold(request, |request, key| {
            request.header("Idempotency-Key", *key)
        });
        let request = request.body(body);
        async move {
            let answer = request.send(app.address).await.unwrap();
            (answer.status, String::from_utf8(answer.body).unwrap())
        }
    };
    let deposit = r#"{"operationType":"DEPOSIT","amount":"1.00"}"#;

    let longest = "k".repeat(255);
    let too_long = "k".repeat(256);
    for key in [
        "",
        "\"\"",
        "\"open",
        "two words",
        "\"two words\"",
        "\"a\"b\"",
        "\"\\n\"",
        "ключ",
        &too_long,
    ] {
        let answer = send(&path, &[key.as_bytes()], deposit).await;
        assert_eq!(answer, (400, MALFORMED.to_owned()), "{key}");
    }
    let several = send(&path, &[b"a", b"b"], deposit).await;
    let words = r#"{"detail":"Заголовок Idempotency-Key указан более одного раза."}"#;
    assert_eq!(several, (400, words.to_owned()));
    assert_eq!(app.audited_operations().await, 0);

    // The body comes first, the wallet last.
    let missing = "/api/wallets/00000000-0000-0000-0000-000000000000/operation/";
    let bad = r#"{"operationType":"DEPOSIT","amount":"0"}"#;
    let complaint = r#"{"amount":["Сумма операции должна быть больше нуля."]}"#;
    let bad_body = send(missing, &[b""], bad).await;
    assert_eq!(bad_body, (400, complaint.to_owned()));
    let bad_key = send(missing, &[b""], deposit).await;
    assert_eq!(bad_key, (400, MALFORMED.to_owned()));
    let no_wallet = send(missing, &[b"a"], deposit).await;
    assert_eq!(no_wallet.0, 404);

    let done = send(&path, &[longest.as_bytes()], deposit).await;
    assert_eq!(done.0, 200);
    app.stop().await.unwrap();
}
