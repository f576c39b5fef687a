//! Clients that do not receive their statements.

use crate::app::TestApp;
use crate::files::{fill, json, requested};

/// As in `src/engine/history.rs`.
const STATEMENTS_MAX: usize = 32;

#[actix_web::test]
async fn statements_that_nobody_receives_hold_no_connection_and_more_of_them_are_refused() {
    let app = TestApp::spawn_with(|config| config.database.pool_max = 2).await;
    let alice = app.wallet("alice").await;
    // More than the buffers of a connection have room for.
    fill(&app, &alice, 100_000).await;
    let mut begun = Vec::new();
    for _ in 0..STATEMENTS_MAX {
        let response = requested(&app, &alice, "").await;
        assert_eq!(response.status(), 200);
        begun.push(response);
    }
    let refused = requested(&app, &alice, "").await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "overloaded");
    // Others are served meanwhile, with the two connections that there are.
    for _ in 0..5 {
        let (status, page) = app.get(&format!("{alice}operations/?limit=1")).await;
        assert_eq!(status, 200, "{page}");
    }
    // One that is dropped makes room for another.
    drop(begun.pop());
    let whole = loop {
        let response = requested(&app, &alice, "to=2026-01-01T00:00:00Z").await;
        if response.status() == 200 {
            break response;
        }
        assert_eq!(response.status(), 503);
    };
    drop(whole);
    // And one that is received at last is whole.
    let last = begun.pop().unwrap().bytes().await.unwrap();
    let statement: serde_json::Value = serde_json::from_slice(&last).unwrap();
    assert_eq!(statement["entries"].as_array().unwrap().len(), 100_000);
    drop(begun);
    let empty = json(&app, &alice, "to=2026-01-01T00:00:00Z").await;
    assert_eq!(empty["closing"]["version"], 0);
    app.stop().await.unwrap();
}
