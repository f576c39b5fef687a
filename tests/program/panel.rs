//! What the log has of the panel.

use nix::sys::signal::Signal;
use serde_json::Value;

use super::Served;

/// The log's lines with that message.
fn lines(log: &str, message: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &Value| line["message"].as_str().unwrap().starts_with(message))
        .collect()
}

#[actix_web::test]
async fn a_form_from_another_site_is_logged_with_both_sites_names() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let url = format!("{}/admin/sign-in/", engine.url);
    for (host, origin) in [
        ("upstream:8000", "https://bank.example"),
        ("bank.example", "https://bank.example:8443"),
    ] {
        let request = engine.http.post(&url).header("host", host);
        let answer = request.header("origin", origin).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        let page = answer.text().await.unwrap();
        assert!(page.contains(origin) && page.contains(host), "{page}");
    }
    engine.signal(Signal::SIGTERM);
    let (_, log) = engine.end();
    let refused = lines(&log, "a form of the panel was refused");
    let named: Vec<_> = refused
        .iter()
        .map(|line| {
            (
                line["level"].as_str(),
                line["origin"].as_str(),
                line["host"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            (
                Some("WARN"),
                Some("https://bank.example"),
                Some("upstream:8000")
            ),
            (
                Some("WARN"),
                Some("https://bank.example:8443"),
                Some("bank.example")
            ),
        ],
        "{log}"
    );
}
