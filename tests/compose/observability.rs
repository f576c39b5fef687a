//! Prometheus beside the engines, with the project's configuration. Grafana's image is nowhere but in a registry, which a
//! test may not need.

use tokio::time::{Instant, sleep};

use crate::stack::Stack;
use crate::{CALM, PATIENCE};

pub async fn prometheus_sees_every_engine(stack: &Stack) {
    let profile = ["--profile", "observability"];
    stack.compose(&[&profile[..], &["build", "prometheus"]].concat());
    let up = ["up", "--detach", "--no-build", "--no-deps", "prometheus"];
    stack.compose(&[&profile[..], &up].concat());
    answers(
        stack,
        r#"count(up{job="wallet-engine"} == 1) == bool 3"#,
        "=> 1 @",
    )
    .await;
    answers(
        stack,
        "count(sum by (instance) (rate(wallet_engine_operations_total[1m])) > 0) == bool 3",
        "=> 1 @",
    )
    .await;
    let check = ["promtool", "check", "config", "/etc/wallet/prometheus.yml"];
    let checked = stack.inside("prometheus", &check);
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(said.contains("rules found"), "the alerts are there: {said}");
}

/// Waits until Prometheus answers the query with the text.
async fn answers(stack: &Stack, query: &str, expected: &str) {
    println!("{query}");
    let begun = Instant::now();
    loop {
        let promtool = [
            "promtool",
            "query",
            "instant",
            "http://127.0.0.1:9090",
            query,
        ];
        let asked = stack.inside("prometheus", &promtool);
        let answer = String::from_utf8_lossy(&asked.stdout).into_owned();
        if answer.contains(expected) {
            return;
        }
        let error = String::from_utf8_lossy(&asked.stderr);
        assert!(begun.elapsed() < PATIENCE, "{query}: {answer}{error}");
        sleep(CALM).await;
    }
}
