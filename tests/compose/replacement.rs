//! Engines that are replaced under a load: one after the other, while the others serve.

use serde_json::Value;

use crate::load::Load;
use crate::stack::Stack;

const ENGINES: [&str; 3] = ["engine", "engine2", "engine3"];

/// A changed setting makes three new engines, and no client notices: what a balancer may send again it has.
pub async fn a_changed_setting_replaces_the_engines_one_by_one(stack: &Stack, load: &Load) {
    let old = ENGINES.map(|engine| stack.container(engine));
    let (failures, acknowledged) = (load.failures(), load.acknowledged());
    stack.run_beside("env WALLET_IDLE_S=301 make up").await;
    load.goes_on("with the engines replaced").await;
    let acknowledged = load.acknowledged() - acknowledged;
    println!("{acknowledged} operations meanwhile");
    // Some of each engine's time away.
    assert!(acknowledged > 1000, "{acknowledged}");
    assert_eq!(load.failures() - failures, 0, "attempts failed");

    let new = ENGINES.map(|engine| stack.container(engine));
    let mut ends_ns = Vec::new();
    for ((engine, old), new) in ENGINES.iter().zip(&old).zip(&new) {
        assert_ne!(old, new, "{engine} was not replaced");
        assert_eq!(environment(stack, engine, "WALLET_IDLE_S"), "301");
        let times = stack.docker(&["inspect", "--format", "{{.State.StartedAt}}", new]);
        ends_ns.push(times.trim().to_owned());
    }
    assert!(ends_ns.is_sorted(), "one after the other: {ends_ns:?}");
}

/// A setting that no engine starts with is refused with its name before any engine is touched.
pub fn a_wrong_setting_replaces_nothing(stack: &Stack) {
    let old = ENGINES.map(|engine| stack.container(engine));
    stack.refuses("env WALLET_IDLE_S=wrong make up", "WALLET_IDLE_S");
    assert_eq!(ENGINES.map(|engine| stack.container(engine)), old);
}

/// What the Makefile does an operator may do by hand, with the same settings.
pub fn an_engine_that_is_started_by_hand_knows_of_the_others(stack: &Stack) {
    let old = stack.container("engine2");
    stack.compose(&["rm", "--stop", "--force", "engine2"]);
    stack.compose(&["up", "--detach", "--no-deps", "--no-build", "engine2"]);
    assert_ne!(stack.container("engine2"), old);
    for engine in ENGINES {
        assert_eq!(environment(stack, engine, "WALLET_SHARED"), "true");
    }
    let engines = environment(stack, "nginx", "WALLET_ENGINES");
    assert_eq!(engines, ENGINES.join(" "));
}

/// With everything removed but the data it comes back as it was, until it is made smaller by name.
pub async fn a_cluster_stays_one_until_it_is_made_single(stack: &Stack) {
    stack.make("down");
    stack.make("up");
    for engine in ENGINES {
        assert_eq!(environment(stack, engine, "WALLET_SHARED"), "true");
    }
    stack.make("single");
    let left = stack.containers();
    let left = [
        &["inspect"],
        &left.iter().map(String::as_str).collect::<Vec<_>>()[..],
    ]
    .concat();
    let left: Value = serde_json::from_str(&stack.docker(&left)).unwrap();
    let services = left.as_array().unwrap().iter();
    let services: Vec<_> = services
        .map(|one| {
            one["Config"]["Labels"]["com.docker.compose.service"]
                .as_str()
                .unwrap()
        })
        .filter(|service| service.starts_with("engine"))
        .collect();
    assert_eq!(services, ["engine"]);
    assert_eq!(environment(stack, "engine", "WALLET_SHARED"), "");
    assert_eq!(environment(stack, "nginx", "WALLET_ENGINES"), "engine");
    stack.nginx_leaves_out(&[]).await;
}

/// A container's variable as it was started with.
fn environment(stack: &Stack, service: &str, variable: &str) -> String {
    let format = "{{range .Config.Env}}{{println .}}{{end}}";
    let all = stack.docker(&["inspect", "--format", format, &stack.container(service)]);
    let prefix = format!("{variable}=");
    let value = all.lines().find_map(|line| line.strip_prefix(&prefix));
    value.unwrap_or_default().to_owned()
}
