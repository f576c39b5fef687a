//! Transfers in the panel: staff move money between two wallets, and both ledgers lead to each other.

use futures_util::future::join;
use rust_decimal::Decimal;
use serde_json::json;
use time::OffsetDateTime;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;

use crate::adjustments::{key_in, page_of};
use crate::admin::{Admin, Answer, Browser};
use crate::postgres;

const KIND: &str = "TRANSFER_OUT";
/// Over the adjustments that were not carried out.
const OPEN: &str = "Непроведённые корректировки";

fn id(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// The address of the wallet's ledger from a row on.
fn row(wallet: &str, seq: i64) -> String {
    format!("{}?after={}#ledger", page_of(wallet), seq + 1)
}

async fn send(browser: &Browser, from: &str, key: &str, fields: [&str; 4]) -> Answer {
    let [kind, to, amount, reason] = fields;
    let fields = [
        ("key", key),
        ("kind", kind),
        ("to", to),
        ("amount", amount),
        ("reason", reason),
    ];
    browser
        .post_confirmed(&format!("{}adjustment/", page_of(from)), &fields)
        .await
}

/// Opens the sender's page and sends its form.
async fn pay(browser: &Browser, from: &str, to: &str, amount: &str, reason: &str) -> Answer {
    let key = key_in(&browser.get(&page_of(from)).await);
    send(browser, from, &key, [KIND, to, amount, reason]).await
}

async fn recorded(admin: &Admin) -> i64 {
    let database = postgres::connect(&admin.app.database).await;
    let count = "SELECT count(*) FROM adjustments";
    database.query_one(count, &[]).await.unwrap().get(0)
}

/// Two wallets, of which the first has 100.00.
async fn two(admin: &Admin) -> (String, String) {
    let alice = admin.app.wallet("alice").await;
    let bob = admin.app.wallet("bob").await;
    admin.app.deposit(&alice, "100.00").await;
    (alice, bob)
}

#[actix_web::test]
async fn a_transfer_by_staff_is_in_both_ledgers_with_its_reason_and_each_leads_to_the_other() {
    let admin = Admin::spawn().await;
    let (alice, bob) = two(&admin).await;
    let to = format!(" {}\t", id(&bob).to_uppercase());
    let done = pay(&admin, &alice, &to, "30,50", "paid to the wrong wallet").await;
    assert_eq!(done.location(), page_of(&alice));

    for (of, kind, amount, other) in [
        (&alice, "Исходящий перевод", "\u{2212}30,50", row(&bob, 1)),
        (&bob, "Входящий перевод", "+30,50", row(&alice, 2)),
    ] {
        let page = admin.get(&page_of(of)).await.body;
        let (_, ledger) = page.split_once("id=\"ledger\"").unwrap();
        let link = format!("href=\"{other}\"");
        for shown in [
            kind,
            amount,
            &link,
            "paid to the wrong wallet",
            ">operator</a>",
        ] {
            assert!(ledger.contains(shown), "{shown} is not in {ledger}");
        }
        let there = admin.get(other.split('#').next().unwrap()).await;
        assert!(there.body.contains("paid to the wrong wallet"), "{other}");
    }
    assert_eq!(admin.app.balance(&alice).await, "69.50");
    assert_eq!(admin.app.balance(&bob).await, "30.50");
    assert_eq!(admin.app.audited_operations().await, 3);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_wrong_with_the_receiver_is_a_mistake_beside_it_and_nothing_is_recorded() {
    let admin = Admin::spawn().await;
    let (alice, bob) = two(&admin).await;
    let nobody = "00000000-0000-0000-0000-000000000000";
    for (kind, to, mistake) in [
        (KIND, "", "Введите ID кошелька"),
        (KIND, &id(&bob)[1..], "Это не ID кошелька"),
        (KIND, "bob", "Это не ID кошелька"),
        (KIND, id(&alice), "Перевести самому себе нельзя"),
        (KIND, nobody, "Такого кошелька нет"),
        ("DEPOSIT", id(&bob), "Получатель бывает только у перевода"),
        ("WITHDRAW", id(&bob), "Получатель бывает только у перевода"),
        ("TRANSFER_IN", id(&bob), "Выберите операцию"),
    ] {
        let key = key_in(&admin.get(&page_of(&alice)).await);
        let refused = send(&admin, &alice, &key, [kind, to, "1", "because"]).await;
        assert_eq!(refused.status, 422, "{kind} {to}");
        assert!(refused.body.contains(mistake), "{kind} {to}: {mistake}");
        assert_eq!(refused.body.matches("field__error").count(), 1);
        assert!(refused.body.contains(&format!("value=\"{to}\"")), "{to}");
        assert_eq!(key_in(&refused), key, "nothing happened under it");
    }
    assert_eq!(recorded(&admin).await, 0);
    assert_eq!(admin.app.balance(&alice).await, "100.00");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_transfer_that_is_sent_twice_moves_once_and_its_key_is_for_this_receiver() {
    let admin = Admin::spawn().await;
    let (alice, bob) = two(&admin).await;
    let carol = admin.app.wallet("carol").await;
    let key = key_in(&admin.get(&page_of(&alice)).await);
    let fields = [KIND, id(&bob), "5", "a double click"];
    let (one, other) = join(
        send(&admin, &alice, &key, fields),
        send(&admin, &alice, &key, fields),
    )
    .await;
    assert_eq!((one.status, other.status), (303, 303));
    for other in [
        [KIND, id(&carol), "5", "a double click"],
        ["WITHDRAW", "", "5", "a double click"],
    ] {
        let refused = send(&admin, &alice, &key, other).await;
        assert_eq!(refused.status, 409, "{other:?}");
    }
    assert_eq!(admin.app.balance(&bob).await, "5.00");
    assert_eq!(admin.app.balance(&carol).await, "0.00");
    assert_eq!(recorded(&admin).await, 1);
    assert_eq!(admin.app.audited_operations().await, 3);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_refused_transfer_says_whose_balance_is_the_reason_and_can_be_sent_again() {
    let admin = Admin::spawn().await;
    let (alice, bob) = two(&admin).await;
    let rich = format!(
        "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
         SELECT '{0}', seq, gen_random_uuid(), 'DEPOSIT', 99999999.99, 99999999.99 * seq FROM generate_series(1, 100) seq;
         UPDATE wallets SET balance = 9999999999.00, version = 100 WHERE id = '{0}'",
        id(&bob)
    );
    admin.execute(&rich).await;
    for (amount, text) in [
        ("100.01", "Недостаточно средств"),
        ("1", "Баланс получателя превысил бы"),
    ] {
        let refused = pay(&admin, &alice, id(&bob), amount, "refused").await;
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains(text), "{text}: {}", refused.body);
        assert!(refused.body.contains(&format!("value=\"{}\"", id(&bob))));
    }
    admin.app.withdraw(&bob, "500").await;

    // The newest of those that were not applied is offered with its receiver.
    let page = admin.get(&page_of(&alice)).await.body;
    let (_, open) = page.split_once(OPEN).unwrap();
    let (open, _) = open.split_once("id=\"ledger\"").unwrap();
    assert!(open.contains(&format!("href=\"{}\"", page_of(&bob))));
    let fields = ["key", "kind", "to", "amount", "reason"].map(|name| {
        let field = format!(r#"name="{name}" value=""#);
        let (_, value) = open.split_once(&field).unwrap();
        value.split('"').next().unwrap()
    });
    let [key, again @ ..] = fields;
    assert_eq!(again, [KIND, id(&bob), "1.00", "refused"]);
    assert_eq!(send(&admin, &alice, key, again).await.status, 303);
    assert_eq!(admin.app.balance(&alice).await, "99.00");
    let page = admin.get(&page_of(&alice)).await.body;
    assert_eq!(page.matches(">refused<").count(), 2, "one is still open");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_transfer_whose_outcome_is_unknown_keeps_its_form_and_happens_once() {
    let slow = std::time::Duration::from_secs(60);
    let admin = Admin::spawn_with(|config| {
        config.engine.wait = std::time::Duration::from_secs(2);
        config.engine.answer = slow;
        config.database.limits.statement = slow;
    })
    .await;
    let (alice, bob) = two(&admin).await;
    let trouble = "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql
                   AS 'BEGIN PERFORM pg_sleep(4); RAISE EXCEPTION ''trouble''; END';
                   CREATE TRIGGER trouble BEFORE INSERT ON operations FOR EACH ROW EXECUTE FUNCTION trouble()";
    admin.execute(trouble).await;
    let key = key_in(&admin.get(&page_of(&alice)).await);
    let fields = [KIND, id(&bob), "5", "in trouble"];
    let unknown = send(&admin, &alice, &key, fields).await;
    assert_eq!((unknown.status, key_in(&unknown)), (503, key.clone()));
    // This waits for what is under way.
    admin.execute("DROP FUNCTION trouble CASCADE").await;
    for _ in 0..2 {
        assert_eq!(send(&admin, &alice, &key, fields).await.status, 303);
    }
    assert_eq!(admin.app.balance(&bob).await, "5.00");
    assert_eq!(admin.app.audited_operations().await, 3);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn two_members_of_the_staff_who_pay_each_other_s_wallets_at_once_both_succeed() {
    let admin = Admin::spawn().await;
    let (alice, bob) = two(&admin).await;
    admin.app.deposit(&bob, "100.00").await;
    let staff = "UPDATE users SET is_staff = true, role = 'administrator' WHERE username = 'bob'";
    admin.execute(staff).await;
    let other = admin.other_browser();
    other.sign_in("bob", crate::admin::PASSWORD).await;
    for _ in 0..5 {
        let (one, two) = join(
            pay(&admin, &alice, id(&bob), "3", "there"),
            pay(&other, &bob, id(&alice), "1", "and back"),
        )
        .await;
        assert_eq!((one.status, two.status), (303, 303));
    }
    assert_eq!(admin.app.balance(&alice).await, "90.00");
    assert_eq!(admin.app.balance(&bob).await, "110.00");
    assert_eq!(admin.app.audited_operations().await, 2 + 20);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_client_s_reference_is_only_a_text_in_the_ledger_and_no_formula_in_its_file() {
    let admin = Admin::spawn().await;
    let (alice, bob) = two(&admin).await;
    let html = r#"=<script>alert("1")</script>"#;
    let longest = "я".repeat(140);
    for reference in [html, &longest] {
        let body = json!({"to": id(&bob), "amount": "1", "reference": reference});
        let (status, _) = admin.app.post(&format!("{alice}transfers/"), &body).await;
        assert_eq!(status, 201);
    }
    let time = "UPDATE operations SET created_at = '2026-11-26T17:03:05Z'";
    admin.execute(time).await;
    let database = postgres::connect(&admin.app.database).await;
    let shared = "SELECT transfer_id::text FROM operations WHERE kind = 'TRANSFER_IN' AND seq = 1";
    let transfer: String = database.query_one(shared, &[]).await.unwrap().get(0);

    for (of, other, rest) in [
        (
            &alice,
            &bob,
            "2,2026-11-26T17:03:05.000000Z,TRANSFER_OUT,1.00,99.00,,,",
        ),
        (
            &bob,
            &alice,
            "1,2026-11-26T17:03:05.000000Z,TRANSFER_IN,1.00,1.00,,,",
        ),
    ] {
        let page = admin.get(&page_of(of)).await.body;
        assert!(!page.contains("<script>alert"), "{page}");
        assert!(
            page.contains("&#60;script&#62;alert") && page.contains(&longest),
            "{page}"
        );
        let file = admin.get(&format!("{}operations.csv", page_of(of))).await;
        let cell = html.replace('"', "\"\"");
        let row = format!("{rest},{transfer},{},\"'{cell}\",0.00,,,,,\r\n", id(other));
        assert!(file.body.contains(&row), "{row} is not in {}", file.body);
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_transfer_by_staff_is_in_the_receiver_s_file_with_its_reason() {
    let admin = Admin::spawn().await;
    let (alice, bob) = two(&admin).await;
    let done = pay(&admin, &alice, id(&bob), "1", "found at last").await;
    assert_eq!(done.status, 303);
    for wallet in [&alice, &bob] {
        let file = admin
            .get(&format!("{}operations.csv", page_of(wallet)))
            .await;
        let row = file.body.lines().last().unwrap();
        assert!(row.contains("\"found at last\",\"operator\","), "{row}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_transfer_is_no_money_that_entered_or_left() {
    let admin = Admin::spawn().await;
    let (alice, bob) = two(&admin).await;
    let limits = DatabaseLimits::of(std::time::Duration::from_secs(10));
    let database = Database::new(&admin.app.database, 1, 1, &limits).unwrap();
    let since = OffsetDateTime::UNIX_EPOCH;
    let before = database.overview_increment(since, None).await.unwrap();
    for _ in 0..3 {
        pay(&admin, &alice, id(&bob), "10", "around").await;
    }
    let after = database.overview_increment(since, None).await.unwrap();
    assert_eq!(before.balance, Decimal::new(10_000, 2));
    assert_eq!(after.balance, before.balance);
    assert_eq!(after.operations, before.operations + 6);
    let all = database.overview_totals_before(OffsetDateTime::now_utc());
    assert_eq!(all.await.unwrap().balance, before.balance);
    admin.app.stop().await.unwrap();
}
