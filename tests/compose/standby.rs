//! A primary and its standby: which server is which, and what a client sees while the standby is away.

use reqwest::{Client, Response};
use serde_json::json;
use uuid::Uuid;

use crate::load::register;
use crate::stack::Stack;

/// The first is the primary, and the other has every commit before it is acknowledged.
pub fn roles(stack: &Stack, primary: &str, standby: &str) {
    let status = stack.run("docker/standby.sh status");
    for line in [
        format!("{primary}: primary"),
        format!("{standby}: standby"),
        format!("{standby} has every acknowledged commit"),
    ] {
        assert!(status.lines().any(|said| said == line), "{line}:\n{status}");
    }
    // The standby too, so that it acknowledges nothing alone from the moment that it is promoted.
    for server in [primary, standby] {
        let show = "SHOW synchronous_standby_names";
        let names = stack.inside(server, &["psql", "-XAtU", "postgres", "-c", show]);
        let names = String::from_utf8(names.stdout).unwrap();
        assert_eq!(names.trim(), "ANY 1 (postgres, postgres2)", "{server}");
    }
}

/// A deposit of 7.00 into a wallet of its own, under a key.
pub struct Deposit {
    http: Client,
    url: String,
    key: String,
}

impl Deposit {
    pub async fn new(stack: &Stack) -> Self {
        let url = format!("http://{}", stack.address);
        let http = stack.client();
        let wallet = register(&http, &url).await;
        Self {
            http,
            url: format!("{url}{wallet}operation/"),
            key: Uuid::new_v4().to_string(),
        }
    }

    /// Commits wait for the standby, which is away: the answer says that the outcome is not known; of a repetition behind
    /// it, that it was not sent.
    pub async fn is_not_acknowledged(&self) {
        let answer = self.send().await;
        let status = answer.status();
        let is_open = [500, 503].contains(&status.as_u16());
        assert!(is_open, "{status}: {}", answer.text().await.unwrap());
    }

    /// Sent again it has happened once, whatever became of it before.
    pub async fn happens_once(&self) {
        let answer = self.send().await;
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{body}");
        assert_eq!(body, r#"{"status":"success","balance":"7.00"}"#);
        let again = self.send().await;
        assert_eq!(again.headers()["idempotency-replayed"], "true");
        assert_eq!(again.text().await.unwrap(), body);
    }

    async fn send(&self) -> Response {
        let body = json!({"operationType": "DEPOSIT", "amount": "7.00"});
        let request = self.http.post(&self.url).json(&body);
        let request = request.header("Idempotency-Key", &self.key);
        request.send().await.unwrap()
    }
}
