//! What a viewer does with operations: they find and export all of them, and the journal has who exported what.

use super::{ALL, english, found, id_of, keyed, rows};
use crate::admin::Answer;
use crate::postgres;

/// Lines of a file without its header.
fn lines(file: &Answer) -> Vec<&str> {
    assert_eq!(file.status, 200, "{}", file.body);
    assert!(file.header("content-type").starts_with("text/csv"));
    file.body.lines().skip(1).collect()
}

#[actix_web::test]
async fn a_viewer_finds_and_exports_operations_and_the_journal_says_so() {
    let admin = english().await;
    let alice = admin.app.wallet("alice").await;
    let bob = admin.app.wallet("bob").await;
    admin.app.deposit(&alice, "12.50").await;
    keyed(&admin, &alice, "7.00", "order-7").await;
    admin.app.deposit(&bob, "12.50").await;
    let viewer = admin.staff("vera", "viewer").await;
    viewer
        .cookies
        .borrow_mut()
        .insert("wallet_lang".to_owned(), "en".to_owned());
    let overview = viewer.get("/admin/").await.body;
    assert!(overview.contains(&format!("href=\"{ALL}\"")), "{overview}");

    let mine = format!("/admin/wallets/{}/operations/", id_of(&alice));
    for (address, expected) in [
        (format!("{ALL}?amount=12.50"), &["bob 1", "alice 1"][..]),
        (format!("{ALL}?key=order-7"), &["alice 2"]),
        (format!("{ALL}?user=alice&least=10"), &["alice 1"]),
        (format!("{mine}?most=10"), &["alice 2"]),
    ] {
        let page = viewer.get(&address).await;
        assert_eq!(rows(&page.body), expected, "{address}");
        assert_eq!(found(&admin, &address).await, expected, "{address}");
    }
    let page = viewer
        .get(&format!("{ALL}?amount=12.50&from=2020-01-01"))
        .await
        .body;
    let link = page.split("id=\"file\" href=\"").nth(1).unwrap();
    let link = link.split('"').next().unwrap().replace("&#38;", "&");
    let of_all = viewer.get(&link).await;
    assert_eq!(lines(&of_all).len(), 2, "{}", of_all.body);
    let of_wallet = viewer.get(&format!("{mine}found.csv?key=order-7")).await;
    assert!(
        lines(&of_wallet)[0].contains("order-7"),
        "{}",
        of_wallet.body
    );
    let ledger = format!("/admin/wallets/{}/operations.csv", id_of(&bob));
    assert_eq!(lines(&viewer.get(&ledger).await).len(), 1);

    // They cannot read it; each file is in it, with its filters and the wallet.
    assert_eq!(viewer.get("/admin/journal/").await.status, 403);
    let database = postgres::connect(&admin.app.database).await;
    let entries = "SELECT concat_ws('|', username, subject, details ->> 'what', details ->> 'filters') FROM staff_journal
                   WHERE action = 'export' ORDER BY number";
    let entries = database.query(entries, &[]).await.unwrap();
    let entries: Vec<String> = entries.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        entries,
        [
            "vera|operations|?amount=12.50&from=2020-01-01".to_owned(),
            format!("vera|{}|operations|?key=order-7", id_of(&alice)),
            format!("vera|{}|ledger", id_of(&bob)),
        ]
    );
    let journal = admin
        .get("/admin/journal/?who=vera&action=export")
        .await
        .body;
    assert_eq!(journal.matches(r#"<td data-label="Details">"#).count(), 3);
    assert!(journal.contains("order-7"), "{journal}");
    admin.app.stop().await.unwrap();
}

/// What is not in the journal leaves nothing behind: there is no file without its entry.
#[actix_web::test]
async fn an_export_that_cannot_be_journalled_is_not_begun() {
    let admin = english().await;
    let alice = admin.app.wallet("alice").await;
    admin.app.deposit(&alice, "12.50").await;
    let viewer = admin.staff("vera", "viewer").await;
    let locker = postgres::connect(&admin.app.database).await;
    let lock = "BEGIN; LOCK TABLE staff_journal IN SHARE MODE";
    locker.batch_execute(lock).await.unwrap();
    let ledger = format!("/admin/wallets/{}/", id_of(&alice));
    for file in [
        "/admin/operations.csv?day=2026-01-01".to_owned(),
        format!("{ledger}operations/found.csv"),
        format!("{ledger}operations.csv"),
        format!("{ledger}statement.csv"),
    ] {
        let refused = viewer.get(&file).await;
        assert_eq!(refused.status, 503, "{file}: {}", refused.body);
        assert!(!refused.body.contains("12.50"), "{file}");
    }
    locker.batch_execute("ROLLBACK").await.unwrap();
    admin.app.stop().await.unwrap();
}
