//! Operations are found over all wallets and in one, paged and exported.

mod attacks;
mod orders;
mod plans;
mod stopped;
mod viewer;

use reqwest::Method;
use serde_json::json;

use crate::admin::Admin;
use crate::postgres;

const ALL: &str = "/admin/operations/";

async fn english() -> Admin {
    let admin = Admin::spawn().await;
    let mut cookies = admin.cookies.borrow_mut();
    cookies.insert("wallet_lang".to_owned(), "en".to_owned());
    drop(cookies);
    admin
}

fn id_of(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// The operations of a page in its order: the owner, and the number in their ledger.
fn rows(page: &str) -> Vec<String> {
    let rows = page.split(r#"<td data-label="Owner">"#).skip(1);
    let cell = |row: &str| row.split_once("/\">").unwrap().1.to_owned();
    let text = |row: &str| row.split("</a>").next().unwrap().to_owned();
    let each = rows.map(|row| {
        let owner = cell(row);
        let number = cell(row.split_once("</td>").unwrap().1);
        format!("{} {}", text(&owner), text(&number))
    });
    each.collect()
}

/// The address that a page's link of this relation leads to.
fn next(body: &str) -> Option<String> {
    let (_, rest) = body.split_once(r#"rel="next" href=""#)?;
    Some(rest.split('"').next().unwrap().replace("&#38;", "&"))
}

async fn found(admin: &Admin, address: &str) -> Vec<String> {
    let page = admin.get(address).await;
    assert_eq!(page.status, 200, "{address}: {}", page.body);
    rows(&page.body)
}

/// A deposit under a key.
async fn keyed(admin: &Admin, wallet: &str, amount: &str, key: &str) {
    let url = admin.app.url(&format!("{wallet}operation/"));
    let body = json!({"operationType": "DEPOSIT", "amount": amount});
    let request = admin.app.http.post(url).json(&body);
    let sent = request.header("idempotency-key", key).send().await.unwrap();
    assert_eq!(sent.status(), 200);
}

#[actix_web::test]
async fn an_operation_is_found_by_whatever_is_known_of_it() {
    let admin = english().await;
    let alice = admin.app.wallet("alice").await;
    let bob = admin.app.wallet("bob").await;
    admin.app.deposit(&alice, "100.00").await;
    admin.app.deposit(&bob, "12.50").await;
    keyed(&admin, &alice, "12.51", "order-7").await;
    admin.app.withdraw(&alice, "12.50").await;
    let transfer = json!({"to": id_of(&bob), "amount": "3.00", "reference": "Invoice 100%_7"});
    let path = format!("{alice}transfers/");
    assert_eq!(admin.app.post(&path, &transfer).await.0, 201);

    let transfers = ["alice 4", "bob 2"];
    let sorted = |mut rows: Vec<String>| {
        rows.sort();
        rows
    };
    for (query, expected) in [
        ("amount=12%2C50", &["alice 3", "bob 1"][..]),
        ("least=12.50&most=12.51", &["alice 2", "alice 3", "bob 1"]),
        ("least=50", &["alice 1"]),
        ("amount=12.50&kind=WITHDRAW", &["alice 3"]),
        ("key=order-7", &["alice 2"]),
        ("key=order", &[]),
        ("reference=voice+100%25_7", &transfers),
        ("reference=voice+1000_7", &[]),
        ("user=alice&amount=12.50", &["alice 3"]),
        ("user=ALICE%40example.com&key=order-7", &["alice 2"]),
        ("user=lice&kind=TRANSFER_OUT", &["alice 4"]),
        ("day=2020-01-01", &[]),
        ("from=2020-01-01&to=2020-01-01", &[]),
        ("to=2020-01-01", &[]),
    ] {
        let found = found(&admin, &format!("{ALL}?{query}")).await;
        assert_eq!(sorted(found), expected, "{query}");
    }
    let of = |other: &str| format!("{ALL}?other={}", id_of(other));
    assert_eq!(found(&admin, &of(&bob)).await, ["alice 4"]);
    assert_eq!(found(&admin, &of(&alice)).await, ["bob 2"]);
    let other = format!("{}&user=bob", of(&alice));
    assert_eq!(found(&admin, &other).await, ["bob 2"]);
    let unknown = format!("{ALL}?other=00000000-0000-4000-8000-000000000000");
    assert_eq!(found(&admin, &unknown).await, [""; 0]);
    assert_eq!(found(&admin, ALL).await.len(), 6);

    let ledger = format!("/admin/wallets/{}/operations/", id_of(&alice));
    for (query, expected) in [
        ("", &["alice 4", "alice 3", "alice 2", "alice 1"][..]),
        ("?key=order-7", &["alice 2"]),
        ("?key=order-7&amount=1", &[]),
        ("?least=12.51", &["alice 2", "alice 1"]),
        ("?to=2020-01-01", &[]),
        ("?from=2020-01-01&kind=DEPOSIT", &["alice 2", "alice 1"]),
    ] {
        let found = found(&admin, &format!("{ledger}{query}")).await;
        assert_eq!(found, expected, "{query}");
    }
    let page = admin.get(&format!("{ledger}?amount=12.50")).await.body;
    for part in [
        format!(
            "<a href=\"/admin/wallets/{}/operations/3/\">",
            id_of(&alice)
        ),
        format!("<a href=\"/admin/wallets/{}/\">", id_of(&alice)),
        "<p class=\"muted\" id=\"count\" role=\"status\">1 operation</p>".to_owned(),
        "value=\"12.50\"".to_owned(),
    ] {
        assert!(page.contains(&part), "{part}: {page}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_day_is_whole_and_the_user_may_be_chosen() {
    let admin = english().await;
    let anna = admin.app.wallet("anna").await;
    admin.app.wallet("hanna").await;
    for amount in ["1.00", "2.00", "3.00"] {
        admin.app.deposit(&anna, amount).await;
    }
    let moved = "UPDATE operations SET created_at = CASE seq
            WHEN 1 THEN '2026-01-01 23:59:59.999999Z'::timestamptz WHEN 2 THEN '2026-01-02Z' ELSE '2026-01-02 17:03:59Z'
        END";
    admin.execute(moved).await;
    let page = format!("{ALL}?user=anna");
    for (query, expected) in [
        ("&day=2026-01-01", &["anna 1"][..]),
        ("&day=2026-01-02", &["anna 3", "anna 2"]),
        (
            "&from=2026-01-01+23:59:59&to=2026-01-02T00:00",
            &["anna 2", "anna 1"],
        ),
        ("&from=2026-01-02+17:03&to=2026-01-02+17:03", &["anna 3"]),
        ("&from=2026-01-02+17:04", &[]),
    ] {
        let in_ledger = found(&admin, &format!("{page}{query}")).await;
        assert_eq!(in_ledger, expected, "{query}");
        let of_all = found(&admin, &format!("{ALL}?{query}")).await;
        assert_eq!(of_all, expected, "{query}");
    }
    // Of several who match, none is meant by a part of their name.
    let several = admin.get(&format!("{ALL}?user=nna&amount=1")).await;
    assert_eq!(rows(&several.body), [""; 0]);
    let (_, choices) = several.body.split_once("id=\"choices\"").unwrap();
    let (_, link) = choices.split_once("<a href=\"").unwrap();
    let (link, name) = link.split_once("\">").unwrap();
    assert!(name.starts_with("anna</a>"), "{name}");
    let chosen = found(&admin, &link.replace("&#38;", "&")).await;
    assert_eq!(chosen, ["anna 1"]);
    let nobody = admin.get(&format!("{ALL}?user=zoe")).await;
    assert!(nobody.body.contains("No such user."), "{}", nobody.body);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_was_found_is_exported_with_its_wallets() {
    let admin = english().await;
    let alice = admin.app.wallet("alice").await;
    let bob = admin.app.wallet("bob").await;
    admin.app.deposit(&alice, "1.00").await;
    keyed(&admin, &bob, "1.00", "=cmd|'/C'!A0").await;
    admin.app.deposit(&bob, "2.00").await;
    let page = admin.get(&format!("{ALL}?amount=1&from=2020-01-01")).await;
    let link = "href=\"/admin/operations.csv?amount=1&#38;from=2020-01-01\"";
    assert!(page.body.contains(link), "{}", page.body);
    let file = admin
        .get("/admin/operations.csv?amount=1&from=2020-01-01")
        .await;
    assert_eq!(
        file.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"operations.csv\""
    );
    let lines: Vec<&str> = file.body.lines().collect();
    assert!(
        lines[0].starts_with("\u{feff}wallet,number,time,kind,"),
        "{}",
        lines[0]
    );
    assert_eq!(lines.len(), 3, "{}", file.body);
    for (line, wallet, key) in [
        (lines[1], &bob, "\"'=cmd|'/C'!A0\""),
        (lines[2], &alice, ""),
    ] {
        assert!(
            line.starts_with(&format!("{},1,2", id_of(wallet))),
            "{line}"
        );
        assert!(
            line.contains(&format!("Z,DEPOSIT,1.00,1.00,{key},")),
            "{line}"
        );
    }

    let database = postgres::connect(&admin.app.database).await;
    let journal = "SELECT details ->> 'what', details ->> 'filters' FROM staff_journal WHERE action = 'export'";
    let entry = database.query_one(journal, &[]).await.unwrap();
    let (what, filters): (String, String) = (entry.get(0), entry.get(1));
    let asked = "?amount=1&from=2020-01-01";
    assert_eq!((what.as_str(), filters.as_str()), ("operations", asked));

    // Over all wallets, a file needs a period; of one wallet, it does not.
    let all = admin.get(&format!("{ALL}?amount=1")).await;
    assert!(!all.body.contains("id=\"file\""), "{}", all.body);
    let refused = admin.get("/admin/operations.csv?amount=1").await;
    assert_eq!(refused.status, 422);
    let mistake = "An export needs a day, or a beginning";
    assert!(refused.body.contains(mistake), "{}", refused.body);
    let mine = format!("/admin/wallets/{}/operations/found.csv", id_of(&bob));
    assert_eq!(admin.get(&mine).await.body.lines().count(), 3);
    let head = admin.send(admin.request(Method::HEAD, &mine)).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn operations_of_before_the_feed_are_found_in_their_wallet_and_the_page_says_so() {
    let admin = english().await;
    let alice = admin.app.wallet("alice").await;
    admin.app.deposit(&alice, "1.00").await;
    admin.app.deposit(&alice, "2.00").await;
    let past = "There are operations";
    let says = "found in their wallet only";
    assert!(!admin.get(ALL).await.body.contains(says), "{past}");
    admin
        .execute("UPDATE operations SET feed_position = NULL, feed_run = NULL WHERE seq = 1")
        .await;
    let page = admin.get(ALL).await;
    assert_eq!(rows(&page.body), ["alice 2"]);
    assert!(page.body.contains(says), "{}", page.body);
    let of_user = format!("{ALL}?user=alice");
    assert_eq!(found(&admin, &of_user).await, ["alice 2", "alice 1"]);
    assert!(!admin.get(&of_user).await.body.contains(says));
    admin.app.stop().await.unwrap();
}
