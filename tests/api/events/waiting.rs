//! Readers that wait for something new.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{assert_whole, id, page};
use crate::app::TestApp;

#[actix_web::test]
async fn a_reader_that_waits_gets_what_happens_and_nothing_if_nothing_does() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let (_, now) = page(&app, "?after=now").await;
    let began = Instant::now();
    assert_eq!(
        page(&app, &format!("?after={now}&wait=1")).await,
        (vec![], now.clone())
    );
    assert!(began.elapsed() >= Duration::from_secs(1), "it did not wait");

    let waiting = format!("?after={now}&wait=30");
    let of_alice = format!("{waiting}&wallet={}", id(&alice));
    let readers = async { tokio::join!(page(&app, &waiting), page(&app, &of_alice)) };
    let deposit = async {
        // Whether they wait already does not matter for what they get.
        app.deposit(&alice, "1").await
    };
    let began = Instant::now();
    let ((all, alone), _) = tokio::join!(readers, deposit);
    assert_eq!((assert_whole(&all.0), assert_whole(&alone.0)), (1, 1));
    assert!(
        began.elapsed() < Duration::from_secs(25),
        "it waited for the end of its time"
    );
}

#[actix_web::test]
async fn readers_that_wait_leave_the_pool_to_others_and_end_when_the_engine_does() {
    const READERS: usize = 100;
    let app = TestApp::spawn_with(|config| config.database.pool_max = 2).await;
    let alice = app.wallet("alice").await;
    let (_, now) = page(&app, "?after=now").await;
    let nobody = uuid::Uuid::new_v4();
    let query = format!("/api/events/?after={now}&wait=30&wallet={nobody}");
    let readers = (0..READERS).map(|_| {
        let request = app.http.get(app.url(&query)).send();
        actix_web::rt::spawn(async move {
            request
                .await
                .unwrap()
                .json::<serde_json::Value>()
                .await
                .unwrap()
        })
    });
    let readers: Vec<_> = readers.collect();
    for _ in 0..20 {
        assert_eq!(app.deposit(&alice, "1").await.0, 200);
        let (status, _) = app.get(&format!("{alice}operations/")).await;
        assert_eq!(status, 200);
    }
    let began = Instant::now();
    app.stop().await.unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "readers delay the stop"
    );
    for page in join_all(readers).await {
        let page = page.unwrap();
        assert_eq!(page["events"].as_array().unwrap().len(), 0);
    }
}
