//! What a reader gets when the database lost what it had. `tests/failover/events.rs` has real failovers; here the loss is made by hand.

use serde_json::Value;

use super::{id, page, read_on};
use crate::app::TestApp;
use crate::postgres;

/// Begins an epoch, as a session of another run of the server does.
async fn begin_epoch(app: &TestApp) {
    let database = postgres::connect(&app.database).await;
    let restarted = "UPDATE feed_epochs SET server_start = server_start - interval '1 second'";
    database.execute(restarted, &[]).await.unwrap();
    // Any reader begins it.
    page(app, "?after=now").await;
}

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn sessions_that_begin_at_once_begin_one_epoch() {
    let app = TestApp::spawn().await;
    let database = postgres::connect(&app.database).await;
    let count = async || {
        let row = database
            .query_one("SELECT count(*) FROM feed_epochs", &[])
            .await;
        row.unwrap().get::<_, i64>(0)
    };
    // A session that has found none is overtaken by another one.
    begin_epoch(&app).await;
    let before = count().await;
    let begin = include_str!("../../../sql/queries/feed_begin.sql");
    assert_eq!(database.execute(begin, &[]).await.unwrap(), 0);
    assert_eq!(count().await, before);
}

#[actix_web::test]
async fn a_cursor_of_an_earlier_run_of_the_server_goes_on_where_it_was() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    for _ in 0..3 {
        app.deposit(&alice, "1").await;
    }
    let (all, end) = read_on(&app, "", 100).await;
    begin_epoch(&app).await;
    begin_epoch(&app).await;
    for (place, event) in all.iter().enumerate() {
        let (rest, _) = read_on(&app, event["cursor"].as_str().unwrap(), 100).await;
        let ids: Vec<&Value> = rest.iter().map(|event| &event["operation"]["id"]).collect();
        let expected: Vec<&Value> = all[place + 1..]
            .iter()
            .map(|event| &event["operation"]["id"])
            .collect();
        assert_eq!(ids, expected);
    }
    let (nothing, _) = read_on(&app, &end, 100).await;
    assert_eq!(nothing, [Value::Null; 0]);
}

#[actix_web::test]
async fn a_reader_of_what_is_lost_learns_of_it_once_and_goes_on_from_what_is_there() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "1").await;
    let (_, safe) = read_on(&app, "", 100).await;
    app.deposit(&bob, "1").await;
    let (_, lost) = read_on(&app, "", 100).await;

    // The failover loses what was committed last.
    let database = postgres::connect(&app.database).await;
    let lose = format!(
        "DELETE FROM operations WHERE wallet_id = '{bob}'; UPDATE wallets SET balance = 0, version = 0 WHERE id = '{bob}'",
        bob = id(&bob),
    );
    database.batch_execute(&lose).await.unwrap();
    begin_epoch(&app).await;
    app.deposit(&alice, "2").await;

    let (events, _) = read_on(&app, &safe, 100).await;
    assert_eq!(
        types(&events),
        ["operation.deposit"],
        "it had nothing of what is lost"
    );
    let (events, end) = read_on(&app, &lost, 100).await;
    assert_eq!(types(&events), ["feed.rewound", "operation.deposit"]);
    assert_eq!(events[1]["operation"]["amount"], "2.00");
    assert_eq!(events[0].as_object().unwrap().len(), 2, "{}", events[0]);
    let after = events[0]["cursor"].as_str().unwrap();
    let (again, _) = read_on(&app, after, 100).await;
    assert_eq!(types(&again), ["operation.deposit"], "once");
    assert_eq!(read_on(&app, &end, 100).await.0, [Value::Null; 0]);
    // A reader of one wallet learns of it as well: what was lost may be of that one.
    let (events, _) = page(&app, &format!("?wallet={}&after={lost}", id(&alice))).await;
    assert_eq!(types(&events), ["feed.rewound"]);

    // Of an epoch that this database never had, as after a restore to a moment before it.
    let foreign = lost.replacen(&lost[..17], "00000009-00000001", 1);
    let (events, _) = read_on(&app, &foreign, 100).await;
    assert_eq!(types(&events)[0], "feed.rewound");
}
