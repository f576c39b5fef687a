//! The database does not answer, the engine does not apply, or the client leaves: what was asked for happens once, or not at all.

use std::time::Duration;

use futures_util::future::{Either, select};
use tokio_postgres::Client;

use super::{decide, number, propose};
use crate::adjustments::{key_in, page_of, send};
use crate::admin::Admin;
use crate::postgres;

/// Makes every write of the ledger fail.
const TROUBLE: &str = "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RAISE EXCEPTION USING ERRCODE = ''disk_full''; END';
    CREATE TRIGGER trouble BEFORE INSERT ON operations FOR EACH ROW EXECUTE FUNCTION trouble()";

#[actix_web::test]
async fn an_adjustment_that_cannot_be_recorded_keeps_its_form_and_is_proposed_once() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let operator = admin.staff("olga", "operator").await;
    let key = key_in(&operator.get(&page_of(&wallet)).await);
    let fields = ["DEPOSIT", "5000", "goodwill"];
    let other = postgres::connect(&admin.app.database).await;
    for table in ["adjustments", "approvals", "staff_journal"] {
        let lock = format!("BEGIN; LOCK TABLE {table} IN SHARE MODE");
        other.batch_execute(&lock).await.unwrap();
        let unknown = send(&operator, &wallet, &key, fields).await;
        assert_eq!(unknown.status, 503, "{table}: {}", unknown.body);
        assert_eq!(key_in(&unknown), key, "{table}");
        assert!(unknown.body.contains("goodwill"), "{table}");
        other.batch_execute("ROLLBACK").await.unwrap();
        for stored in ["adjustments", "approvals", "staff_journal_form"] {
            let stored = match stored {
                "staff_journal_form" => "staff_journal WHERE form IS NOT NULL",
                table => table,
            };
            let query = format!("SELECT count(*) FROM {stored}");
            assert_eq!(number(&admin, &query).await, 0, "{table}: {stored}");
        }
    }
    let one = send(&operator, &wallet, &key, fields).await;
    let two = send(&operator, &wallet, &key, fields).await;
    assert_eq!(one.location(), two.location());
    assert_eq!(number(&admin, "SELECT count(*) FROM approvals").await, 1);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_was_approved_and_not_applied_can_be_sent_again_and_is_applied_once() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let operator = admin.staff("olga", "operator").await;
    let supervisor = admin.staff("sveta", "supervisor").await;
    let proposal = propose(&operator, &wallet, "5000").await;
    admin.execute(TROUBLE).await;
    let failed = decide(&supervisor, &proposal, "approve").await;
    assert_eq!(failed.status, 503, "{}", failed.body);
    admin.execute("DROP FUNCTION trouble CASCADE").await;

    // It is decided, though nothing happened yet.
    let page = supervisor.get(&proposal).await.body;
    assert!(page.contains("Одобрена, не проведена"), "{page}");
    assert_eq!(decide(&admin, &proposal, "decline").await.status, 409);
    assert_eq!(decide(&operator, &proposal, "withdraw").await.status, 409);
    assert_eq!(decide(&operator, &proposal, "approve").await.status, 403);
    assert_eq!(admin.app.balance(&wallet).await, "0.00");
    for browser in [&*admin, &supervisor] {
        assert_eq!(decide(browser, &proposal, "approve").await.status, 303);
    }
    assert_eq!(admin.app.balance(&wallet).await, "5000.00");
    assert_eq!(admin.app.audited_operations().await, 1);
    let page = admin.get(&proposal).await.body;
    assert!(page.contains(">sveta</a>") && page.contains("operations/1/"));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_approval_whose_client_leaves_is_carried_out_at_most_once() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let operator = admin.staff("olga", "operator").await;
    let proposal = propose(&operator, &wallet, "5000").await;
    let other = postgres::connect(&admin.app.database).await;
    let lock = "BEGIN; SELECT FROM wallets FOR UPDATE";
    other.batch_execute(lock).await.unwrap();
    let approval = Box::pin(decide(&admin, &proposal, "approve"));
    let waits = Box::pin(until_approved(&other));
    // The client is gone once the decision is stored: the engine is asked, and waits for the row.
    let Either::Right(_) = select(approval, waits).await else {
        panic!("the wallet is locked");
    };
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(decide(&admin, &proposal, "approve").await.status, 303);
    assert_eq!(admin.app.balance(&wallet).await, "5000.00");
    assert_eq!(admin.app.audited_operations().await, 1);
    admin.app.stop().await.unwrap();
}

async fn until_approved(database: &Client) {
    let approved = "SELECT FROM approvals WHERE state = 'approved'";
    while database.query(approved, &[]).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
