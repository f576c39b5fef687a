//! Who made a row of a ledger: by a key, by its owner's token, by staff, or by nobody that is known.

use serde_json::json;
use wallet_engine::auth::{Digest, Secret};

use crate::adjustments::page_of;
use crate::keys::{Guarded, made};
use crate::postgres;

/// A token of a user, as the engine makes them.
pub async fn token(guarded: &Guarded, username: &str) -> String {
    let secret = Secret::new_token().unwrap();
    let database = postgres::connect(&guarded.app.database).await;
    let insert = "INSERT INTO user_tokens (digest, user_id, password, expires_at)
                  SELECT $1, id, sha256(convert_to(password_hash, 'UTF8')), now() + interval '1 day'
                  FROM users WHERE username = $2";
    let digest = Digest::of(secret.expose());
    let digest = digest.as_bytes();
    database
        .execute(insert, &[&digest, &username])
        .await
        .unwrap();
    secret.expose().to_owned()
}

#[actix_web::test]
async fn a_ledger_names_the_key_or_the_owner_that_a_row_came_by() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    let alice = guarded.open.app.wallet("alice").await;
    let bob = guarded.open.app.wallet("bob").await;
    guarded.open.app.deposit(&alice, "10.00").await;
    let key = made(
        browser,
        "shop",
        &["operations:write", "holds:write", "rules:write"],
        "",
    )
    .await;
    let http = &guarded.app.http;
    let post = async |path: &str, credential: &str, body: &serde_json::Value| {
        let request = http.post(guarded.app.url(path)).json(body);
        let request = request.header("authorization", credential);
        let request = request.header("idempotency-key", "order-7");
        request.send().await.unwrap().status().as_u16()
    };
    let deposit = json!({"operationType": "DEPOSIT", "amount": "5.00"});
    let bearer = format!("Bearer {key}");
    assert_eq!(
        post(&format!("{alice}operation/"), &bearer, &deposit).await,
        200
    );
    let owner = format!("Token {}", token(&guarded, "alice").await);
    let bob_id = bob.split('/').nth(3).unwrap();
    let transfer = json!({"to": bob_id, "amount": "1.00"});
    let transfers = format!("{alice}transfers/");
    assert_eq!(
        post(&transfers, &owner, &transfer).await,
        422,
        "the key is another operation's"
    );
    let request = http.post(guarded.app.url(&transfers)).json(&transfer);
    let sent = request
        .header("authorization", &owner)
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 201);
    let hold = json!({"amount": "2.00"});
    let request = http
        .post(guarded.app.url(&format!("{alice}holds/")))
        .json(&hold);
    assert_eq!(
        request.bearer_auth(&key).send().await.unwrap().status(),
        201
    );
    let rules = json!({"operation_max": "100.00", "reason": "a limit"});
    let request = http
        .patch(guarded.app.url(&format!("{alice}rules/")))
        .json(&rules);
    assert_eq!(
        request.bearer_auth(&key).send().await.unwrap().status(),
        200
    );

    let by_key = r#"By key <a href="/admin/keys/?name=shop">shop</a>"#;
    let ledger = browser.get(&page_of(&alice)).await.body;
    assert_eq!(ledger.matches(by_key).count(), 3, "{ledger}");
    assert!(
        ledger.contains("order-7"),
        "the client's key is there too: {ledger}"
    );
    assert!(ledger.contains("a limit"), "{ledger}");
    let id = "SELECT id FROM users WHERE username = 'alice'";
    let database = postgres::connect(&guarded.app.database).await;
    let id: i64 = database.query_one(id, &[]).await.unwrap().get(0);
    let by_owner = format!(r#"By owner <a href="/admin/users/{id}/">alice</a>"#);
    assert!(ledger.contains(&by_owner), "{ledger}");
    let receiver = browser.get(&page_of(&bob)).await.body;
    assert!(receiver.contains(&by_owner), "{receiver}");
    for page in ["operations/2/", "holds/4/", "rules/"] {
        let page = format!("{}{page}", page_of(&alice));
        let shown = browser.get(&page).await;
        assert!(shown.body.contains(by_key), "{page}: {}", shown.body);
    }
    assert_eq!(
        browser
            .get("/admin/keys/?name=shop")
            .await
            .body
            .matches("no. 1")
            .count(),
        1
    );

    let csv = browser
        .get(&format!("{}operations.csv", page_of(&alice)))
        .await
        .body;
    let staff: Vec<_> = csv
        .lines()
        .skip(1)
        .map(|row| row.split(',').nth(7).unwrap())
        .collect();
    let owner = format!("\"user:{id}\"");
    assert_eq!(
        staff,
        ["", "\"key:shop\"", &owner, "\"key:shop\"", "\"key:shop\""]
    );
    guarded.stop().await;
}

#[actix_web::test]
async fn no_key_and_no_text_passes_for_one_of_the_staff() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    let wallet = guarded.open.app.wallet("alice").await;
    guarded.open.app.deposit(&wallet, "1.00").await;
    for (actor, shown) in [
        (
            "key:operator",
            r#"By key <a href="/admin/keys/?name=operator">operator</a>"#,
        ),
        (
            "key:<b>",
            r#"By key <a href="/admin/keys/?name=%3Cb%3E">&#60;b&#62;</a>"#,
        ),
        ("user:999999", "By user:999999"),
        ("staff:999999", "By staff:999999"),
        (
            "staff:99999999999999999999",
            "By staff:99999999999999999999",
        ),
        ("user:1x", "By user:1x"),
        ("operator", "By operator</span>"),
    ] {
        let set = format!("UPDATE operations SET actor = '{actor}'");
        guarded.open.execute(&set).await;
        let ledger = browser.get(&page_of(&wallet)).await.body;
        assert!(ledger.contains(shown), "{actor}\n{ledger}");
    }
    guarded.stop().await;
}
