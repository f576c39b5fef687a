//! An engine is killed between a decision and the commit of its operation: it happens once, or stays undone for all to see and is
//! done at the next attempt, on another engine.

use std::time::Duration;

use futures_util::future::{Either, join, select};
use tokio_postgres::Client;

use super::{decide, number, propose, stored_balance};
use crate::adjustments::{key_in, page_of, send};
use crate::admin::{Admin, Answer, Browser};
use crate::postgres;
use crate::process::Engine;

/// While the gate has a row, whoever writes the ledger stands before it, with its statement sent and its wallet locked.
const GATE: &str = "CREATE TABLE gate (is_shut boolean);
    CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN WHILE EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.005); END LOOP; RETURN NEW; END';
    CREATE TRIGGER wait_at_gate BEFORE INSERT ON operations FOR EACH ROW EXECUTE FUNCTION wait_at_gate();
    INSERT INTO gate VALUES (true)";
const OPEN: &str = "DELETE FROM gate";
const AT_GATE: &str = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
/// Another one that stands behind it, or at the gate, if the first was ended by its time limit meanwhile.
const NEXT: &str = "SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep') AND pid <> ALL ($1)";
/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);

/// What becomes of the session that the killed engine leaves behind in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// It ends with the engine, before it wrote anything.
    Ends,
    /// It goes on with what it was sent, and another engine is asked afterwards.
    GoesOn,
    /// It goes on while another engine is asked for the same.
    MeetsAnother,
}

/// Waits until such sessions are there, or are not; gives them.
async fn until(database: &Client, query: &str, besides: Option<&[i32]>, are: bool) -> Vec<i32> {
    let found = async {
        loop {
            let rows = match &besides {
                Some(pids) => database.query(query, &[pids]).await.unwrap(),
                None => database.query(query, &[]).await.unwrap(),
            };
            if rows.is_empty() != are {
                return rows.iter().map(|row| row.get(0)).collect();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, found).await;
    found.unwrap_or_else(|_| panic!("{query}: never {are}"))
}

/// Does it with a browser of an engine of its own, which is killed once the statement has been sent.
async fn killed_meanwhile(
    admin: &Admin,
    (browser, database): (&Browser, &Client),
    what: impl AsyncFn(&Browser) -> Answer,
) {
    let mut engine = Engine::start(&admin.app.database, "killed");
    let there = engine.browser_like(browser);
    database.batch_execute(GATE).await.unwrap();
    let sent = Box::pin(what(&there));
    let killed = Box::pin(async {
        until(database, AT_GATE, None, true).await;
        engine.kill();
    });
    let Either::Right(_) = select(sent, killed).await else {
        panic!("the gate is shut");
    };
}

/// Does it again on the engine that is left, with the gate opened in between as `left` says.
async fn again(database: &Client, left: Left, what: impl AsyncFn() -> Answer) -> Answer {
    match left {
        Left::Ends => {
            let end = format!("SELECT pg_terminate_backend(pid) FROM ({AT_GATE}) AS left_behind");
            database.batch_execute(&end).await.unwrap();
            until(database, AT_GATE, None, false).await;
            database.batch_execute(OPEN).await.unwrap();
            what().await
        }
        Left::GoesOn => {
            database.batch_execute(OPEN).await.unwrap();
            until(database, AT_GATE, None, false).await;
            what().await
        }
        Left::MeetsAnother => {
            let first = database.query(AT_GATE, &[]).await.unwrap();
            let first: Vec<i32> = first.iter().map(|row| row.get(0)).collect();
            let opens = async {
                until(database, NEXT, Some(&first), true).await;
                database.batch_execute(OPEN).await.unwrap();
            };
            join(what(), opens).await.0
        }
    }
}

const DROP: &str = "DROP FUNCTION wait_at_gate CASCADE; DROP TABLE gate";

#[actix_web::test]
async fn what_a_killed_engine_had_approved_happens_once_however_far_it_came() {
    let admin = Admin::spawn().await;
    let database = postgres::connect(&admin.app.database).await;
    let operator = admin.staff("olga", "operator").await;
    for (round, left) in [Left::Ends, Left::GoesOn, Left::MeetsAnother]
        .into_iter()
        .enumerate()
    {
        let wallet = admin.app.wallet(&format!("user{round}")).await;
        let proposal = propose(&operator, &wallet, "5000").await;
        admin.get(&proposal).await;
        let approve = async |there: &Browser| decide(there, &proposal, "approve").await;
        killed_meanwhile(&admin, (&admin, &database), approve).await;

        // It is decided, and whether it happened is not known yet: the page says so, and nobody decides otherwise.
        let page = admin.get(&proposal).await.body;
        assert!(page.contains("Одобрена, не проведена"), "{left:?}: {page}");
        assert!(page.contains("id=\"again\""), "{left:?}: {page}");
        let list = admin.get("/admin/approvals/").await.body;
        assert!(list.contains("Одобрена, не проведена"), "{left:?}: {list}");
        assert!(admin.get(&page_of(&wallet)).await.body.contains(&proposal));
        assert_eq!(decide(&admin, &proposal, "decline").await.status, 409);
        assert_eq!(decide(&operator, &proposal, "withdraw").await.status, 409);
        assert_eq!(stored_balance(&admin, &wallet).await, "0.00", "{left:?}");

        let done = again(&database, left, async || {
            decide(&admin, &proposal, "approve").await
        })
        .await;
        assert_eq!(done.location(), proposal, "{left:?}");
        assert_eq!(decide(&admin, &proposal, "approve").await.status, 303);
        assert_eq!(stored_balance(&admin, &wallet).await, "5000.00", "{left:?}");
        let page = admin.get(&proposal).await.body;
        assert!(
            page.contains("operations/1/") && !page.contains("id=\"again\""),
            "{page}"
        );
        let operations = i64::try_from(round + 1).unwrap();
        assert_eq!(admin.app.audited_operations().await, operations, "{left:?}");
        let approved = "SELECT count(*) FROM staff_journal WHERE action = 'adjustment_approved'";
        assert_eq!(number(&admin, approved).await, operations, "{left:?}");
        database.batch_execute(DROP).await.unwrap();
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_an_operator_had_sent_to_a_killed_engine_is_offered_again_and_counts_once() {
    let admin = Admin::spawn().await;
    let database = postgres::connect(&admin.app.database).await;
    for (round, left) in [Left::Ends, Left::GoesOn, Left::MeetsAnother]
        .into_iter()
        .enumerate()
    {
        let wallet = admin.app.wallet(&format!("user{round}")).await;
        let operator = admin.staff(&format!("olga{round}"), "operator").await;
        let key = key_in(&operator.get(&page_of(&wallet)).await);
        let fields = ["DEPOSIT", "600.00", "goodwill"];
        let adjust = async |there: &Browser| send(there, &wallet, &key, fields).await;
        killed_meanwhile(&admin, (&operator, &database), adjust).await;

        let page = operator.get(&page_of(&wallet)).await;
        let (_, open) = page.body.split_once("Непроведённые корректировки").unwrap();
        assert!(open.contains(&key) && open.contains("goodwill"), "{open}");
        assert_eq!(stored_balance(&admin, &wallet).await, "0.00", "{left:?}");
        let done = again(&database, left, async || {
            send(&operator, &wallet, &key, fields).await
        })
        .await;
        assert_eq!(done.location(), page_of(&wallet), "{left:?}");
        assert_eq!(stored_balance(&admin, &wallet).await, "600.00", "{left:?}");
        let page = operator.get(&page_of(&wallet)).await;
        assert!(!page.body.contains("Непроведённые корректировки"));
        // It counts once: there is room for the rest of the ceiling, and for nothing above it.
        let key = key_in(&page);
        let rest = send(&operator, &wallet, &key, ["DEPOSIT", "400", "the rest"]).await;
        assert_eq!(rest.location(), page_of(&wallet), "{left:?}");
        let key = key_in(&operator.get(&page_of(&wallet)).await);
        let above = send(&operator, &wallet, &key, ["DEPOSIT", "0.01", "above"]).await;
        assert!(
            above.location().starts_with("/admin/approvals/"),
            "{left:?}"
        );
        let operations = i64::try_from(2 * (round + 1)).unwrap();
        assert_eq!(admin.app.audited_operations().await, operations, "{left:?}");
        database.batch_execute(DROP).await.unwrap();
    }
    admin.app.stop().await.unwrap();
}
