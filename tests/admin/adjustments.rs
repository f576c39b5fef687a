//! Deposits and withdrawals by staff: once, with a reason, or refused with everything kept.

mod outages;

use futures_util::future::join;
use serde_json::json;

use crate::admin::{Admin, Answer, Browser, STAFF};
use crate::app::TestApp;
use crate::postgres;

/// The page of a wallet of the API.
pub fn page_of(wallet: &str) -> String {
    wallet.replace("/api/", "/admin/")
}

/// The key in the page's form.
pub fn key_in(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once(r#"name="key" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Opens the wallet's page and sends its form.
async fn adjust(browser: &Browser, wallet: &str, kind: &str, amount: &str, reason: &str) -> Answer {
    let page = page_of(wallet);
    let key = key_in(&browser.get(&page).await);
    send(browser, wallet, &key, [kind, amount, reason]).await
}

pub async fn send(
    browser: &Browser,
    wallet: &str,
    key: &str,
    [kind, amount, reason]: [&str; 3],
) -> Answer {
    let fields = [
        ("key", key),
        ("kind", kind),
        ("amount", amount),
        ("reason", reason),
    ];
    browser
        .post_confirmed(&format!("{}adjustment/", page_of(wallet)), &fields)
        .await
}

async fn adjustments(admin: &Admin) -> i64 {
    let database = postgres::connect(&admin.app.database).await;
    let row = database
        .query_one("SELECT count(*) FROM adjustments", &[])
        .await;
    row.unwrap().get(0)
}

#[actix_web::test]
async fn a_deposit_with_a_reason_changes_what_the_api_answers_and_is_in_the_ledger() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "10.00").await;

    let done = adjust(
        &admin,
        &wallet,
        "DEPOSIT",
        "1 234,5",
        "  a  goodwill\r\ngesture ",
    )
    .await;

    assert_eq!(done.location(), page_of(&wallet));
    assert_eq!(admin.app.balance(&wallet).await, "1244.50");
    let page = admin.get(done.location()).await;
    assert!(page.body.contains("a goodwill gesture"), "{}", page.body);
    assert!(page.body.contains(">operator</a>"));
    assert!(page.body.contains("1\u{202f}244,50"));
    assert!(page.body.contains("chart__line--1"));
    assert_eq!(admin.app.audited_operations().await, 2);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_refused_withdrawal_says_why_keeps_what_was_typed_and_is_shown_as_not_carried_out() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "10.00").await;

    let refused = adjust(&admin, &wallet, "WITHDRAW", "10.01", "a chargeback").await;

    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("Недостаточно средств"));
    for kept in [
        r#"value="10.01""#,
        "a chargeback",
        r#"value="WITHDRAW" checked"#,
    ] {
        assert!(refused.body.contains(kept), "{kept}: {}", refused.body);
    }
    assert_eq!(admin.app.balance(&wallet).await, "10.00");
    let page = admin.get(&page_of(&wallet)).await;
    let (_, open) = page.body.split_once("Непроведённые корректировки").unwrap();
    assert!(open.contains("a chargeback"));

    // The form of the refusal is a new one: its amount can be put right.
    let again = send(
        &admin,
        &wallet,
        &key_in(&refused),
        ["WITHDRAW", "10", "a chargeback"],
    )
    .await;
    assert_eq!(again.status, 303);
    assert_eq!(admin.app.balance(&wallet).await, "0.00");
    assert_eq!(adjustments(&admin).await, 2);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_balance_beyond_the_greatest_is_refused() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let id = wallet.split('/').nth(3).unwrap();
    let rich = format!(
        "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
         SELECT '{id}', seq, gen_random_uuid(), 'DEPOSIT', 99999999.99, 99999999.99 * seq FROM generate_series(1, 100) seq;
         UPDATE wallets SET balance = 9999999999.00, version = 100 WHERE id = '{id}'"
    );
    admin.execute(&rich).await;
    let refused = adjust(&admin, &wallet, "DEPOSIT", "1", "one too many").await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("9 999 999 999,99"));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_is_carried_out_once() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let key = key_in(&admin.get(&page_of(&wallet)).await);
    let fields = ["DEPOSIT", "5", "a double click"];
    let (one, other) = join(
        send(&admin, &wallet, &key, fields),
        send(&admin, &wallet, &key, fields),
    )
    .await;
    assert_eq!((one.status, other.status), (303, 303));
    let late = send(&admin, &wallet, &key, fields).await;
    assert_eq!(late.status, 303);
    assert_eq!(admin.app.balance(&wallet).await, "5.00");
    assert_eq!(adjustments(&admin).await, 1);

    // With other contents it is another adjustment, which the key is not for.
    for other in [
        ["DEPOSIT", "6", "a double click"],
        ["WITHDRAW", "5", "a double click"],
        ["DEPOSIT", "5", "another reason"],
    ] {
        let refused = send(&admin, &wallet, &key, other).await;
        assert_eq!(refused.status, 409, "{other:?}");
        assert_ne!(key_in(&refused), key);
    }
    assert_eq!(admin.app.balance(&wallet).await, "5.00");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn nothing_is_done_without_a_reason_an_amount_and_a_kind() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let long = "x".repeat(501);
    for fields in [
        ["DEPOSIT", "5", ""],
        ["DEPOSIT", "5", " a\u{a0}"],
        ["DEPOSIT", "5", &long],
        ["DEPOSIT", "5", "bell \u{7}"],
        ["DEPOSIT", "0", "because"],
        ["DEPOSIT", "1e5", "because"],
        ["DEPOSIT", "-5", "because"],
        ["DEPOSIT", "1,000", "because"],
        ["DEPOSIT", "100000000", "because"],
        ["TRANSFER", "5", "because"],
        ["", "5", "because"],
    ] {
        let [kind, amount, reason] = fields;
        let refused = adjust(&admin, &wallet, kind, amount, reason).await;
        assert_eq!(refused.status, 422, "{fields:?}");
        assert!(refused.body.contains("field__error"), "{fields:?}");
    }
    assert_eq!(admin.app.balance(&wallet).await, "0.00");
    assert_eq!(adjustments(&admin).await, 0);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_typed_into_a_form_is_never_html() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let reason = r#"</textarea><script>alert("1")</script>'"#;
    let amount = r#""><b>1"#;
    let refused = adjust(&admin, &wallet, "DEPOSIT", amount, reason).await;
    assert_eq!(refused.status, 422);
    let done = adjust(&admin, &wallet, "DEPOSIT", "1", reason).await;
    let page = admin.get(done.location()).await;
    for body in [&refused.body, &page.body] {
        assert!(
            !body.contains("<script>alert") && !body.contains("<b>1"),
            "{body}"
        );
        assert!(body.contains("&#60;script&#62;alert"), "{body}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn no_key_of_a_client_makes_or_undoes_an_adjustment() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let refused = adjust(&admin, &wallet, "WITHDRAW", "5", "not yet possible").await;
    assert_eq!(refused.status, 409);
    let database = postgres::connect(&admin.app.database).await;
    let row = database
        .query_one("SELECT idempotency_key FROM adjustments", &[])
        .await;
    let key: String = row.unwrap().get(0);

    // A client who knows the key even so cannot send it, nor anything that means the same.
    admin.app.deposit(&wallet, "10.00").await;
    let operation = json!({"operationType": "WITHDRAW", "amount": "5"});
    let address = admin.app.url(&format!("{wallet}operation/"));
    let as_client = async |key: &str| {
        let request = admin.app.http.post(&address).json(&operation);
        let answer = request.header("idempotency-key", key).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(as_client(&key).await, 400);
    assert_eq!(as_client(&format!("\"{key}\"")).await, 400);
    // What looks like it is a key like any other.
    assert_eq!(as_client(&key.replace(' ', "-")).await, 200);

    let page = admin.get(&page_of(&wallet)).await;
    let (_, open) = page.body.split_once("Непроведённые корректировки").unwrap();
    let (open, ledger) = open.split_once("id=\"ledger\"").unwrap();
    assert!(open.contains("not yet possible"));
    assert!(!ledger.contains("not yet possible"));
    assert_eq!(admin.app.balance(&wallet).await, "5.00");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_key_belongs_to_one_wallet_and_one_member_of_the_staff() {
    let admin = Admin::spawn().await;
    let alice = admin.app.wallet("alice").await;
    let bob = admin.app.wallet("bob").await;
    admin
        .execute("UPDATE users SET is_staff = true, role = 'administrator' WHERE username = 'bob'")
        .await;
    let other = admin.other_browser();
    other.sign_in("bob", crate::admin::PASSWORD).await;
    let key = key_in(&admin.get(&page_of(&alice)).await);
    let fields = ["DEPOSIT", "5", "because of this"];
    assert_eq!(send(&admin, &alice, &key, fields).await.status, 303);

    other.get(&page_of(&alice)).await;
    assert_eq!(send(&other, &alice, &key, fields).await.status, 409);
    assert_eq!(send(&admin, &bob, &key, fields).await.status, 303);
    assert_eq!(admin.app.balance(&alice).await, "5.00");
    assert_eq!(admin.app.balance(&bob).await, "5.00");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_adjustment_counts_on_what_another_engine_wrote() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "1.00").await;
    let other = TestApp::spawn_on(admin.app.database.clone(), |_| {}).await;
    other.deposit(&wallet, "9.00").await;

    let page = admin.get(&page_of(&wallet)).await;
    assert!(page.body.contains("10,00"), "the balance as committed");
    let done = adjust(&admin, &wallet, "WITHDRAW", "10", "all of it").await;

    assert_eq!(done.status, 303);
    let page = admin.get(&page_of(&wallet)).await;
    assert!(page.body.contains("all of it"));
    assert_eq!(admin.app.audited_operations().await, 3);
    other.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_form_that_reaches_two_engines_is_carried_out_once() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let app = TestApp::spawn_on(admin.app.database.clone(), |_| {}).await;
    let other = Browser::new(&app);
    other.sign_in(STAFF, crate::admin::PASSWORD).await;
    other.get(&page_of(&wallet)).await;
    let key = key_in(&admin.get(&page_of(&wallet)).await);
    let fields = ["DEPOSIT", "5", "sent to both"];
    let (one, two) = join(
        send(&admin, &wallet, &key, fields),
        send(&other, &wallet, &key, fields),
    )
    .await;
    assert_eq!((one.status, two.status), (303, 303));
    assert_eq!(admin.app.audited_operations().await, 1);
    assert_eq!(adjustments(&admin).await, 1);
    app.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_full_queue_is_told_and_changes_nothing() {
    let admin = Admin::spawn_with(|config| config.engine.queue_max = 0).await;
    let id = uuid_of_staff(&admin).await;
    let wallet = format!("/api/wallets/{id}/");
    let refused = adjust(&admin, &wallet, "DEPOSIT", "5", "because").await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), "1");
    assert!(refused.body.contains(r#"value="5""#));
    assert_eq!(adjustments(&admin).await, 1);

    // Sent again under its key, it may be one that is still under way: its key stays.
    let key = key_in(&refused);
    let first = send(&admin, &wallet, &key, ["DEPOSIT", "5", "because"]).await;
    assert_ne!(key_in(&first), key, "nothing was under way");
    let again = send(&admin, &wallet, &key, ["DEPOSIT", "5", "because"]).await;
    assert_eq!((again.status, key_in(&again)), (503, key));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_adjustment_needs_a_session_and_its_token() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let path = format!("{}adjustment/", page_of(&wallet));
    let fields = [("kind", "DEPOSIT"), ("amount", "5"), ("reason", "because")];
    let stranger = admin.other_browser();
    stranger.get("/admin/sign-in/").await;
    let led_away = stranger.post(&path, &fields).await;
    assert_eq!(led_away.status, 303);
    let next: String = form_urlencoded::byte_serialize(page_of(&wallet).as_bytes()).collect();
    assert_eq!(led_away.location(), format!("/admin/sign-in/?next={next}"));
    *admin.csrf.borrow_mut() = "0".repeat(64);
    assert_eq!(admin.post(&path, &fields).await.status, 403);
    admin.get("/admin/").await;
    let missing = "/admin/wallets/00000000-0000-0000-0000-000000000000/adjustment/";
    let key = "00000000-0000-0000-0000-000000000001";
    let fields = [("key", key), fields[0], fields[1], fields[2]];
    assert_eq!(admin.post(missing, &fields).await.status, 404);
    assert_eq!(adjustments(&admin).await, 0);
    admin.app.stop().await.unwrap();
}

pub async fn uuid_of_staff(admin: &Admin) -> String {
    let database = postgres::connect(&admin.app.database).await;
    let row = database
        .query_one(
            "SELECT wallet_id::text FROM users WHERE username = $1",
            &[&STAFF],
        )
        .await;
    row.unwrap().get(0)
}
