//! A real Prometheus, with the project's own configuration, asks an engine under load; then every query of the dashboard and
//! of the alerts is one that has an answer.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::measured;
use crate::app::TestApp;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/observability");
/// What Grafana puts in: as long as some scrapes take.
const RATE_INTERVAL: &str = "5s";
const PATIENCE: Duration = Duration::from_secs(60);

/// Killed when dropped; all that it wrote is in its directory.
struct Prometheus {
    child: Child,
    http: reqwest::Client,
    url: String,
    _directory: tempfile::TempDir,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prometheus {
    /// With the project's files, but for the address of the engine and how often it is asked.
    fn start(app: &TestApp) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let engine = app.metrics.unwrap().to_string();
        let config = fs::read_to_string(Path::new(DIRECTORY).join("prometheus.yml")).unwrap();
        assert!(config.contains("engine:9464") && config.contains("15s"));
        let config = config.replace("engine:9464", &engine).replace("15s", "1s");
        // The exporters are asked in containers: tests/compose/observability.rs.
        let (config, _) = config.split_once("  - job_name: postgres").unwrap();
        fs::write(at("prometheus.yml"), config).unwrap();
        fs::copy(Path::new(DIRECTORY).join("alerts.yml"), at("alerts.yml")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let log = fs::File::create(at("log")).unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", at("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", at("data").display()))
            .arg(format!("--web.listen-address={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("prometheus is installed: .ci/install-program prometheus");
        Self {
            child,
            http: reqwest::Client::new(),
            url: format!("http://{port}"),
            _directory: directory,
        }
    }

    /// What the query finds; empty while Prometheus does not answer yet.
    async fn find(&self, query: &str) -> Vec<Value> {
        let mut asked = form_urlencoded::Serializer::new(String::new());
        asked.append_pair("query", query);
        let url = format!("{}/api/v1/query?{}", self.url, asked.finish());
        let Ok(answer) = self.http.get(url).send().await else {
            return Vec::new();
        };
        let Ok(body) = answer.json::<Value>().await else {
            return Vec::new();
        };
        assert_ne!(body["status"], "error", "{query}: {body}");
        body["data"]["result"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }
}

/// Runs promtool in the directory of the files.
fn promtool(arguments: &[&str]) {
    let mut command = Command::new("promtool");
    let done = command
        .args(arguments)
        .current_dir(DIRECTORY)
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// The names of metrics in the alerts.
fn names_in_alerts() -> BTreeSet<String> {
    let alerts = fs::read_to_string(Path::new(DIRECTORY).join("alerts.yml")).unwrap();
    let words = alerts.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ours = |word: &&str| word.starts_with("wallet_engine_") || word.starts_with("process_");
    // Is there where traces are sent: tests/program/traces.rs sees it.
    let always = |word: &&str| *word != "wallet_engine_spans_total";
    words
        .filter(ours)
        .filter(always)
        .map(str::to_owned)
        .collect()
}

/// The queries of the dashboard, by panel.
fn panels() -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(DIRECTORY).join("dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let title = panel["title"].as_str().unwrap().to_owned();
            let query = target["expr"].as_str().unwrap();
            queries.push((title, query.replace("$__rate_interval", RATE_INTERVAL)));
        }
    }
    queries
}

#[test]
fn the_alerts_fire_when_they_should_and_the_configuration_is_one() {
    promtool(&["check", "config", "prometheus.yml"]);
    promtool(&["check", "rules", "alerts.yml"]);
    promtool(&["test", "rules", "alerts_test.yml"]);
}

#[actix_web::test]
async fn every_query_of_the_dashboard_and_of_the_alerts_has_an_answer_under_load() {
    let app = TestApp::spawn_with(measured).await;
    let prometheus = Prometheus::start(&app);
    let wallet = app.wallet("alice").await;
    let load = async {
        loop {
            assert_eq!(app.deposit(&wallet, "0.01").await.0, 200);
            app.balance(&wallet).await;
            sleep(Duration::from_millis(5)).await;
        }
    };
    let answers = async {
        let deadline = Instant::now() + PATIENCE;
        let names = names_in_alerts()
            .into_iter()
            .map(|name| ("an alert".to_owned(), name));
        let queries: Vec<_> = panels().into_iter().chain(names).collect();
        assert!(queries.len() > 30, "{}", queries.len());
        for (title, query) in queries {
            // NaN is what a share of nothing is: there is no load yet.
            let answered = async || {
                let found = prometheus.find(&query).await;
                let is_number = |sample: &Value| sample["value"][1] != "NaN";
                !found.is_empty() && found.iter().any(is_number)
            };
            while !answered().await {
                assert!(Instant::now() < deadline, "{title}: no answer to {query}");
                sleep(Duration::from_millis(200)).await;
            }
        }
        let rules = prometheus
            .http
            .get(format!("{}/api/v1/rules", prometheus.url));
        let rules: Value = rules.send().await.unwrap().json().await.unwrap();
        let groups = rules["data"]["groups"].as_array().unwrap();
        let rules = groups
            .iter()
            .flat_map(|group| group["rules"].as_array().unwrap());
        let rules: Vec<_> = rules.collect();
        let alerts = fs::read_to_string(Path::new(DIRECTORY).join("alerts.yml")).unwrap();
        assert_eq!(rules.len(), alerts.matches("- alert: ").count());
        for rule in rules {
            assert_eq!(
                (&rule["health"], &rule["state"]),
                (&"ok".into(), &"inactive".into()),
                "{rule}"
            );
        }
    };
    tokio::select! {
        () = load => {}
        () = answers => {}
    }
    drop(prometheus);
    app.stop().await.unwrap();
}
