//! Holds in the panel: they are listed, and staff void one with a reason.

use futures_util::future::join;
use serde_json::json;

use crate::adjustments::{key_in, page_of};
use crate::admin::{Admin, Answer, Browser};

fn id(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// Places a hold; gives its number.
pub async fn hold(admin: &Admin, wallet: &str, amount: &str, reference: &str) -> i64 {
    let body = json!({"amount": amount, "reference": reference});
    let (status, hold) = admin.app.post(&format!("{wallet}holds/"), &body).await;
    assert_eq!(status, 201, "{hold}");
    hold["id"].as_i64().unwrap()
}

fn page_of_hold(wallet: &str, hold: i64) -> String {
    format!("{}holds/{hold}/", page_of(wallet))
}

async fn void(browser: &Browser, page: &str, key: &str, reason: &str) -> Answer {
    let fields = [("key", key), ("reason", reason)];
    browser
        .post_confirmed(&format!("{page}void/"), &fields)
        .await
}

#[actix_web::test]
async fn an_open_hold_is_voided_once_with_a_reason_and_its_row_says_who() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "100.00").await;
    let hold = hold(&admin, &wallet, "30.00", "order <7>").await;
    let page = admin.get(&page_of(&wallet)).await.body;
    for shown in [
        r#"id="held">30,00<"#,
        r#"id="available">70,00<"#,
        "Есть холды",
        "order &#60;7&#62;",
        "в холде: 30,00",
    ] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }

    let address = page_of_hold(&wallet, hold);
    let key = key_in(&admin.get(&address).await);
    for (reason, mistake) in [
        ("", "хотя бы тремя символами"),
        ("bell \u{7}", "управляющие"),
    ] {
        let refused = void(&admin, &address, &key, reason).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(mistake), "{}", refused.body);
        assert_eq!(key_in(&refused), key, "nothing happened under it");
    }
    let reason = "  the order\r\n was cancelled ";
    let (one, other) = join(
        void(&admin, &address, &key, reason),
        void(&admin, &address, &key, reason),
    )
    .await;
    assert_eq!((one.location(), other.location()), (&*address, &*address));
    assert_eq!(void(&admin, &address, &key, reason).await.status, 303);

    let closed = admin.get(&address).await.body;
    assert!(closed.contains("the order was cancelled") && closed.contains(">operator</a>"));
    assert!(closed.contains(">Отменён<") && !closed.contains(r#"name="reason""#));
    let another = "00000000-0000-0000-0000-000000000001";
    let late = void(&admin, &address, another, "too late").await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("Холд уже не открыт"), "{}", late.body);
    let other = void(&admin, &address, &key, "another reason").await;
    assert_eq!(other.status, 409);
    assert!(other.body.contains("уже была отправлена"), "{}", other.body);

    let page = admin.get(&page_of(&wallet)).await.body;
    assert!(page.contains(r#"id="available">100,00<"#), "{page}");
    let (_, ledger) = page.split_once("id=\"ledger\"").unwrap();
    assert!(ledger.contains("the order was cancelled") && ledger.contains(">operator</a>"));
    assert!(ledger.contains(&format!("href=\"{address}\"")));
    let address = format!("{}operations.csv", page_of(&wallet));
    let file = admin.get(&address).await.body;
    let row = file.lines().last().unwrap();
    let noted =
        format!("\"staff {key}\",\"the order was cancelled\",\"operator\",,,,0.00,{hold},,,,");
    assert!(
        row.contains(",RELEASE,30.00,100.00,") && row.ends_with(&noted),
        "{row}"
    );
    assert_eq!(admin.app.audited_operations().await, 3);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn holds_are_listed_by_their_status_a_page_at_a_time() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "100.00").await;
    let list = format!("{}holds/", page_of(&wallet));
    assert!(admin.get(&list).await.body.contains("Холдов нет"));
    for number in 0..30 {
        hold(&admin, &wallet, "1.00", &format!("order {number}")).await;
    }
    let capture = format!("{wallet}holds/2/capture/");
    let (status, _) = admin
        .app
        .post(&capture, &json!({"amount": "0.40", "final": true}))
        .await;
    assert_eq!(status, 200);
    let (status, _) = admin
        .app
        .post(&format!("{wallet}holds/3/void/"), &json!({}))
        .await;
    assert_eq!(status, 200);

    let first = admin.get(&list).await.body;
    assert_eq!(first.matches(">order ").count(), 25);
    let (_, next) = first.split_once(r#"rel="next" href=""#).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let last = admin.get(&next).await.body;
    assert_eq!(last.matches(">order ").count(), 5);
    assert!(!last.contains(r#"rel="next""#));
    assert!(last.contains(">0,40<") && last.contains(">0,60<"), "{last}");
    for (status, count) in [("open", 25), ("captured", 1), ("voided", 1), ("expired", 0)] {
        let page = admin.get(&format!("{list}?status={status}")).await.body;
        assert_eq!(page.matches(">order ").count(), count, "{status}");
    }
    // The wallet's page has the newest open ones.
    let page = admin.get(&page_of(&wallet)).await.body;
    let (_, page) = page.split_once("id=\"holds\"").unwrap();
    let (open, _) = page.split_once("id=\"ledger\"").unwrap();
    assert_eq!(open.matches(">order ").count(), 10);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_void_of_what_is_not_there_is_no_page_and_each_form_needs_a_session_and_its_token() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "100.00").await;
    let hold = hold(&admin, &wallet, "30.00", "order").await;
    let page = page_of(&wallet);
    let nobody = "/admin/wallets/00000000-0000-0000-0000-000000000000/";
    for missing in [
        "holds/1/",
        "holds/99/",
        "holds/x/",
        "operations/99/",
        "operations/0/",
    ] {
        let answer = admin.get(&format!("{page}{missing}")).await;
        assert_eq!(answer.status, 404, "{missing}");
    }
    for missing in ["holds/", "holds/1/", "operations/1/", "rules/"] {
        let answer = admin.get(&format!("{nobody}{missing}")).await;
        assert_eq!(answer.status, 404, "{missing}");
    }
    let stranger = admin.other_browser();
    stranger.get("/admin/sign-in/").await;
    let fields = [
        ("key", "00000000-0000-0000-0000-000000000001"),
        ("reason", "because"),
        ("amount", "1"),
        ("debits", "frozen"),
    ];
    for (above, form) in [
        (format!("holds/{hold}/"), "void/"),
        ("operations/1/".to_owned(), "reversal/"),
        ("rules/".to_owned(), "change/"),
    ] {
        let address = format!("{page}{above}{form}");
        let answer = admin.post(&format!("{nobody}{above}{form}"), &fields).await;
        assert_eq!(answer.status, 404, "{above}{form}");
        let led_away = stranger.post(&address, &fields).await;
        let next = format!("{page}{above}");
        let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        assert_eq!(led_away.location(), format!("/admin/sign-in/?next={next}"));
        let csrf = admin.csrf.replace("0".repeat(64));
        assert_eq!(admin.post(&address, &fields).await.status, 403, "{form}");
        *admin.csrf.borrow_mut() = csrf;
        // What a refusal's page shows when it is loaded again.
        assert_eq!(admin.get(&address).await.status, 200, "{form}");
    }
    assert_eq!(admin.app.balance(&wallet).await, "100.00");
    assert_eq!(admin.app.audited_operations().await, 2, "{}", id(&wallet));
    admin.app.stop().await.unwrap();
}
