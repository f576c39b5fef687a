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

/// Gone with its address: it has to be seen missing.
pub async fn an_engine_that_is_gone_is_one_that_is_down(stack: &Stack, engine: &str) {
    let up = format!(r#"up{{job="wallet-engine",instance="{engine}:9464"}}"#);
    answers(stack, &up, "=> 0 @").await;
}

/// What the alerts on disks, snapshots and backups ask for is there, from real exporters.
pub async fn the_database_and_its_backups_are_watched(stack: &Stack) {
    let profile = ["--profile", "observability"];
    stack.compose(&[&profile[..], &["build", "prometheus"]].concat());
    let up = ["up", "--detach", "--no-build", "--no-deps"];
    let services = ["prometheus", "postgres_exporter", "node_exporter"];
    stack.compose(&[&profile[..], &up, &services].concat());
    let mut queries = vec![
        r#"count(up{job=~"postgres|disks"} == 1) == bool 2"#,
        r#"count(node_filesystem_avail_bytes{job="disks"} / node_filesystem_size_bytes > 0) == bool 2"#,
        "max(pg_stat_activity_max_tx_duration) >= bool 0",
        "max(pg_stat_archiver_failed_count) >= bool 0",
    ];
    if stack.has_container("backup") {
        queries.push("wallet_backup_failing == bool 0");
        queries.push("time() - wallet_backup_last_success_seconds < bool 600");
    }
    for query in queries {
        answers(stack, query, "=> 1 @").await;
    }
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
