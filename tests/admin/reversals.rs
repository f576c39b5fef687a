//! Reversals in the panel: staff give an operation back, whole or in parts, and never more than it was.

use futures_util::future::join;
use serde_json::json;

use crate::adjustments::{key_in, page_of};
use crate::admin::{Admin, Answer, Browser};
use crate::holds::hold;

fn page_of_row(wallet: &str, seq: i64) -> String {
    format!("{}operations/{seq}/", page_of(wallet))
}

/// The address of the ledger's page that begins with the row.
fn row(wallet: &str, seq: i64) -> String {
    format!("{}?after={}#ledger", page_of(wallet), seq + 1)
}

async fn send(browser: &Browser, page: &str, key: &str, fields: [&str; 2]) -> Answer {
    let [amount, reason] = fields;
    let fields = [("key", key), ("amount", amount), ("reason", reason)];
    browser
        .post_confirmed(&format!("{page}reversal/"), &fields)
        .await
}

/// Opens the operation's page and sends its form.
async fn reverse(browser: &Browser, wallet: &str, seq: i64, amount: &str) -> Answer {
    let page = page_of_row(wallet, seq);
    let key = key_in(&browser.get(&page).await);
    send(browser, &page, &key, [amount, "a mistake"]).await
}

/// The rows of the ledger that have a button.
async fn reversible(admin: &Admin, wallet: &str) -> Vec<i64> {
    let page = admin.get(&page_of(wallet)).await.body;
    let (_, ledger) = page.split_once("id=\"ledger\"").unwrap();
    let buttons = ledger
        .split("<a class=\"button button--quiet\" href=\"")
        .skip(1);
    let number = |button: &str| button.split('/').nth(5).unwrap().parse().unwrap();
    buttons.map(number).collect()
}

#[actix_web::test]
async fn an_operation_is_reversed_in_parts_and_never_beyond_what_it_was() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "100.00").await;
    admin.app.deposit(&wallet, "900.00").await;
    assert_eq!(reversible(&admin, &wallet).await, [2, 1]);
    let page = admin.get(&page_of_row(&wallet, 1)).await;
    assert!(page.body.contains(r#"name="amount" value="100.00""#));

    let done = reverse(&admin, &wallet, 1, "40").await;
    assert_eq!(done.location(), page_of(&wallet));
    assert!(admin.get(done.location()).await.body.contains("960,00"));
    let beyond = reverse(&admin, &wallet, 1, "60.01").await;
    assert_eq!(beyond.status, 409);
    assert!(
        beyond.body.contains("Больше, чем осталось"),
        "{}",
        beyond.body
    );
    assert!(beyond.body.contains(r#"value="60.01""#) && beyond.body.contains("a mistake"));
    let page = admin.get(&page_of_row(&wallet, 1)).await;
    assert!(page.body.contains(r#"name="amount" value="60.00""#));
    assert!(page.body.contains(r#"id="reversed">40,00<"#));
    assert_eq!(reverse(&admin, &wallet, 1, "60,00").await.status, 303);

    assert_eq!(reversible(&admin, &wallet).await, [2]);
    let ledger = admin.get(&page_of(&wallet)).await.body;
    for link in [row(&wallet, 1), row(&wallet, 3), row(&wallet, 4)] {
        assert!(ledger.contains(&format!("href=\"{link}\"")), "{link}");
    }
    assert!(ledger.contains("возвращена операцией 4") && ledger.contains("возврат операции 1"));
    let key = "00000000-0000-0000-0000-000000000001";
    for (seq, text) in [(1, "уже"), (3, "нельзя")] {
        let address = page_of_row(&wallet, seq);
        let page = admin.get(&address).await.body;
        assert!(!page.contains(r#"name="amount""#), "{seq}");
        let refused = send(&admin, &address, key, ["1", "once more"]).await;
        assert_eq!(refused.status, 409, "{seq}");
        let (_, alert) = refused.body.split_once("role=\"alert\"").unwrap();
        let (alert, _) = alert.split_once("</div>").unwrap();
        assert!(alert.contains(text), "{seq}: {alert}");
    }
    let address = format!("{}operations.csv", page_of(&wallet));
    let file = admin.get(&address).await.body;
    let last = file.lines().last().unwrap();
    assert!(last.starts_with("4,") && last.contains(",REVERSAL_OUT,60.00,900.00,"));
    assert!(
        last.contains("\"a mistake\",\"operator\"") && last.ends_with(",0.00,,,1,,"),
        "{last}"
    );
    assert_eq!(admin.app.balance(&wallet).await, "900.00");
    assert_eq!(admin.app.audited_operations().await, 4);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_transfer_is_reversed_from_either_side_and_both_ledgers_say_why_and_who() {
    let admin = Admin::spawn().await;
    let alice = admin.app.wallet("alice").await;
    let bob = admin.app.wallet("bob").await;
    admin.app.deposit(&alice, "100.00").await;
    let to = bob.split('/').nth(3).unwrap();
    for _ in 0..2 {
        let transfer = json!({"to": to, "amount": "10.00"});
        let (status, _) = admin
            .app
            .post(&format!("{alice}transfers/"), &transfer)
            .await;
        assert_eq!(status, 201);
    }
    assert_eq!(reverse(&admin, &alice, 2, "10").await.status, 303);
    assert_eq!(reverse(&admin, &bob, 2, "4").await.status, 303);
    assert_eq!(admin.app.balance(&alice).await, "94.00");
    assert_eq!(admin.app.balance(&bob).await, "6.00");
    for wallet in [&alice, &bob] {
        let page = admin.get(&page_of(wallet)).await.body;
        assert_eq!(page.matches(">a mistake<").count(), 2, "{page}");
        assert_eq!(page.matches(">operator</a>").count(), 2, "{page}");
    }
    // What the receiver has spent cannot be taken back.
    admin.app.withdraw(&bob, "6.00").await;
    let refused = reverse(&admin, &alice, 3, "6").await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("Недостаточно средств"),
        "{}",
        refused.body
    );
    assert_eq!(admin.app.audited_operations().await, 10);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_capture_is_reversed_and_a_hold_is_not() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "100.00").await;
    let hold = hold(&admin, &wallet, "30.00", "order").await;
    let capture = format!("{wallet}holds/{hold}/capture/");
    let (status, _) = admin
        .app
        .post(&capture, &json!({"amount": "20.00", "final": true}))
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        reversible(&admin, &wallet).await,
        [4, 1],
        "the rest was released"
    );
    assert_eq!(reverse(&admin, &wallet, 4, "20").await.status, 303);
    assert_eq!(admin.app.balance(&wallet).await, "100.00");
    assert_eq!(admin.app.audited_operations().await, 5);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_reversal_that_is_sent_twice_happens_once_and_two_of_the_same_operation_once() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "5.00").await;
    admin.app.deposit(&wallet, "5.00").await;
    let page = page_of_row(&wallet, 1);
    let key = key_in(&admin.get(&page).await);
    let fields = ["5", "a double click"];
    let (one, other) = join(
        send(&admin, &page, &key, fields),
        send(&admin, &page, &key, fields),
    )
    .await;
    assert_eq!((one.status, other.status), (303, 303));
    assert_eq!(send(&admin, &page, &key, fields).await.status, 303);
    assert_eq!(
        send(&admin, &page, &key, ["4", "a double click"])
            .await
            .status,
        409
    );

    let page = page_of_row(&wallet, 2);
    let keys = [
        "00000000-0000-0000-0000-00000000000a",
        "00000000-0000-0000-0000-00000000000b",
    ];
    let (one, other) = join(
        send(&admin, &page, keys[0], fields),
        send(&admin, &page, keys[1], fields),
    )
    .await;
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(admin.app.balance(&wallet).await, "0.00");
    assert_eq!(admin.app.audited_operations().await, 4);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_reversal_whose_outcome_is_unknown_keeps_its_form_and_happens_once() {
    let slow = std::time::Duration::from_secs(60);
    let admin = Admin::spawn_with(|config| {
        config.engine.wait = std::time::Duration::from_secs(2);
        config.engine.answer = slow;
        config.database.limits.statement = slow;
    })
    .await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "5.00").await;
    let trouble = "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql
                   AS 'BEGIN PERFORM pg_sleep(4); RAISE EXCEPTION ''trouble''; END';
                   CREATE TRIGGER trouble BEFORE INSERT ON operations FOR EACH ROW EXECUTE FUNCTION trouble()";
    admin.execute(trouble).await;
    let page = page_of_row(&wallet, 1);
    let key = key_in(&admin.get(&page).await);
    let fields = ["2", "in trouble"];
    let unknown = send(&admin, &page, &key, fields).await;
    assert_eq!((unknown.status, key_in(&unknown)), (503, key.clone()));
    assert!(unknown.body.contains(r#"name="again" value="1""#));
    assert!(
        unknown.body.contains("Исход неизвестен"),
        "{}",
        unknown.body
    );
    // This waits for what is under way.
    admin.execute("DROP FUNCTION trouble CASCADE").await;
    for _ in 0..2 {
        assert_eq!(send(&admin, &page, &key, fields).await.status, 303);
    }
    assert_eq!(admin.app.balance(&wallet).await, "3.00");
    assert_eq!(admin.app.audited_operations().await, 2);
    admin.app.stop().await.unwrap();
}
