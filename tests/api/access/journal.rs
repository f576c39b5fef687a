//! The journal of the staff, as a system reads it that collects such journals.

use serde_json::{Value, json};

use super::callers::Protected;
use crate::app::TestApp;

const WRITE: &str = "SELECT count(staff_journal_write(n % 3, 'user' || n % 3, '192.0.2.1', 'export', 'wallet', (n % 5)::text, NULL, '{\"what\": \"ledger\"}'))
                     FROM generate_series(1, 25) n";

async fn page(engine: &Protected, query: &str) -> Value {
    let answer = engine
        .get(&format!("/api/journal/{query}"), &engine.key)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn numbers(page: &Value) -> Vec<i64> {
    let entries = page["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["number"].as_i64().unwrap())
        .collect()
}

#[actix_web::test]
async fn a_reader_that_goes_on_after_the_last_entry_misses_none() {
    let engine = Protected::spawn().await;
    assert_eq!(page(&engine, "").await, json!({"entries": [], "next": 0}));
    engine.database.execute(WRITE, &[]).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = page(&engine, &format!("?after={after}&limit=10")).await;
        let numbers = numbers(&page);
        after = page["next"].as_i64().unwrap();
        if numbers.is_empty() {
            break;
        }
        seen.extend(numbers);
    }
    assert_eq!(seen, (1..=25).collect::<Vec<_>>());
    let first = &page(&engine, "?limit=1").await["entries"][0];
    assert_eq!(first["username"], "user1");
    let at = first["at"].as_str().unwrap();
    assert_eq!((at.len(), &at[26..]), (27, "Z"), "to the microsecond: {at}");
    assert_eq!(
        (&first["staff_id"], &first["address"]),
        (&json!(1), &json!("192.0.2.1"))
    );
    assert_eq!(
        (&first["subject_kind"], &first["subject"]),
        (&json!("wallet"), &json!("1"))
    );
    assert_eq!(first["details"], json!({"what": "ledger"}));
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_filter_leaves_out_entries_and_the_page_goes_on() {
    let engine = Protected::spawn().await;
    engine.database.execute(WRITE, &[]).await.unwrap();
    let found = page(&engine, "?username=USER1&limit=10").await;
    assert_eq!(
        (numbers(&found), &found["next"]),
        (vec![1, 4, 7, 10], &json!(10))
    );
    let found = page(&engine, "?username=user1&subject=2").await;
    assert_eq!(numbers(&found), [7, 22]);
    let found = page(&engine, "?subject=nothing&limit=5").await;
    assert_eq!((numbers(&found), &found["next"]), (vec![], &json!(5)));
    for wrong in [
        "?after=-1",
        "?after=x",
        "?limit=0",
        "?limit=1001",
        "?username=a&username=b",
        "?who=a",
    ] {
        let path = format!("/api/journal/{wrong}");
        assert_eq!(engine.get(&path, &engine.key).await.status, 400, "{wrong}");
    }
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn it_is_read_with_its_scope_and_nowhere_else() {
    let engine = Protected::spawn().await;
    let others = "wallets:read,operations:write,transfers:write,holds:write,rules:write,users:write,events:read,webhooks:write";
    let key = engine.key("others", others, None).await;
    assert_eq!(engine.get("/api/journal/", &key).await.status, 403);
    engine.app.stop().await.unwrap();
    let open = TestApp::spawn().await;
    assert_eq!(open.get("/api/journal/").await.0, 404, "it names people");
    open.stop().await.unwrap();
}
