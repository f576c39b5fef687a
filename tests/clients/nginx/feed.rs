//! A reader that waits for the feed waits through nginx as well, for longer than any other request may take.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Engines, Hasty};

/// Longer than nginx waits for other responses of engines that take a second: 6 s.
const WAIT_S: u64 = 8;

#[actix_web::test]
async fn a_reader_that_waits_is_answered_by_the_engine_that_it_asked() {
    let engines = Engines::start().await;
    let behind = engines.behind(Hasty).await;
    let path = format!("/api/events/?after=now&wait={WAIT_S}");
    let response = behind.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let page: Value = response.json().await.unwrap();
    assert_eq!(page["events"], json!([]));
    // Nor was it sent to the next engine.
    assert_eq!(behind.faults.statuses(), [200]);
    engines.stop().await;
}
