//! The consumer that `docs/events.md` shows, run as it stands there.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::app::TestApp;

const DOCUMENT: &str = include_str!("../../../docs/events.md");
const LINES_MAX: usize = 20;

fn program() -> &'static str {
    let (_, from) = DOCUMENT.split_once("```python\n").unwrap();
    let (program, _) = from.split_once("```").unwrap();
    program
}

async fn consume(app: &TestApp, directory: &std::path::Path, events: usize) -> Vec<String> {
    let mut child = Command::new("python3")
        .args(["-u", "-c", program()])
        .env("BASE_URL", app.url(""))
        .current_dir(directory)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    while printed.len() < events {
        printed.push(
            lines
                .next_line()
                .await
                .unwrap()
                .expect("the consumer goes on"),
        );
    }
    // Without a word, as when its machine loses power.
    child.kill().await.unwrap();
    printed
}

#[actix_web::test]
async fn the_documented_consumer_gets_every_event_also_when_it_is_killed() {
    assert!(program().lines().count() <= LINES_MAX);
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    for _ in 0..3 {
        app.deposit(&alice, "1").await;
    }
    let directory = tempfile::tempdir().unwrap();
    let first = consume(&app, directory.path(), 3).await;
    for (place, line) in first.iter().enumerate() {
        assert!(line.contains(&format!(" {} ", place + 1)), "{line}");
    }
    let (next, ()) = tokio::join!(consume(&app, directory.path(), 2), async {
        app.deposit(&alice, "1").await;
        app.deposit(&alice, "1").await;
    });
    // Killed between an event and the note of its cursor, it repeats some: at least once.
    assert!(
        next.iter().all(|line| line.contains("operation.deposit")),
        "{next:?}"
    );
}
