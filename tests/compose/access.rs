//! Who may use the API of the stack: its first key, where that is and is not, and how soon a revoked one is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use reqwest::{Client, Response};
use tokio::time::{Instant, sleep};

use crate::stack::Stack;
use crate::{CALM, PATIENCE};

/// A wallet that nobody has.
const WALLET: &str = "/api/wallets/00000000-0000-4000-8000-000000000000/";
const ENGINES: [&str; 3] = ["engine", "engine2", "engine3"];
/// How soon every engine refuses a key that was revoked on one of them.
const REVOKED_WITHIN: Duration = Duration::from_secs(1);

/// Prints the environment and the arguments of every process of the container's user.
const PROCESSES: &str =
    "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'";

async fn read(stack: &Stack, http: &Client) -> Response {
    let url = format!("http://{}{WALLET}", stack.address);
    http.get(url).send().await.unwrap()
}

pub async fn without_a_key_nothing_is_served(stack: &Stack) {
    let refused = read(stack, &Client::new()).await;
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().contains_key("www-authenticate"));
    assert_eq!(read(stack, &stack.client()).await.status(), 404);
}

/// In no log, in nothing that Docker shows of a container, and in no process.
pub fn the_key_is_in_its_file_alone(stack: &Stack) {
    let file = fs::metadata(stack.key_file()).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let key = stack.key();
    for container in stack.containers() {
        let inspected = stack.docker(&["inspect", &container]);
        assert!(!inspected.contains(&key), "{container} has the key");
        let log = stack.docker(&["logs", &container]);
        assert!(!log.contains(&key), "the log of {container} has the key");
    }
    for service in ["engine", "nginx", "postgres"] {
        let processes = stack.inside(service, &["sh", "-c", PROCESSES]);
        let processes = String::from_utf8_lossy(&processes.stdout).into_owned();
        assert!(processes.contains("PATH="), "{service}: {processes}");
        assert!(
            !processes.contains(&key),
            "a process of {service} has the key"
        );
    }
}

/// `make up` makes a key if there is none, and if the database does not know the one that there is; otherwise it stays. An empty
/// file says that none is wanted.
pub async fn a_key_that_is_lost_or_not_valid_any_more_is_made_anew(stack: &Stack) {
    let first = stack.key();
    let printed = stack.run("make up");
    assert!(printed.contains("docker/secrets/api_key"), "{printed}");
    assert_eq!(stack.key(), first);

    engine(stack, &["revoke-key", "first"]);
    refused_by(stack, "engine", &first).await;
    let printed = stack.run("make up");
    let second = stack.key();
    assert_ne!(second, first);
    assert!(!printed.contains(&second), "the key is printed");
    assert_eq!(read(stack, &stack.client()).await.status(), 404);

    fs::remove_file(stack.key_file()).unwrap();
    stack.make("up");
    let third = stack.key();
    assert_ne!(third, second);
    assert_eq!(read(stack, &stack.client()).await.status(), 404);
    the_key_is_in_its_file_alone(stack);

    fs::write(stack.key_file(), "").unwrap();
    stack.make("up");
    assert_eq!(stack.key(), "");
    fs::write(stack.key_file(), format!("{third}\n")).unwrap();
}

pub async fn a_key_that_is_revoked_is_refused_by_every_engine_within_a_second(stack: &Stack) {
    let key = engine(
        stack,
        &["create-key", "short-lived", "--scopes", "wallets:read"],
    );
    let key = key.trim();
    for engine in ENGINES {
        assert_eq!(status(stack, engine, key), format!("{engine}: 404"));
    }
    engine(stack, &["revoke-key", "short-lived"]);
    let revoked = Instant::now();
    for engine in ENGINES {
        refused_by(stack, engine, key).await;
    }
    let within = revoked.elapsed();
    println!("every engine refuses the revoked key after {within:?}");
    // Each request of these takes a process in a container.
    assert!(within < REVOKED_WITHIN + CALM, "{within:?}");
}

/// Waits until the engine refuses the key.
async fn refused_by(stack: &Stack, engine: &str, key: &str) {
    let begun = Instant::now();
    while status(stack, engine, key) != format!("{engine}: 401") {
        assert!(begun.elapsed() < PATIENCE, "{engine} takes a revoked key");
        sleep(CALM / 40).await;
    }
}

/// What the engine answers to a read with the key.
fn status(stack: &Stack, engine: &str, key: &str) -> String {
    stack.status_with(key, engine, &[&format!("http://{engine}:8000{WALLET}")])
}

/// Runs a command of the engine's program; gives what it printed.
fn engine(stack: &Stack, arguments: &[&str]) -> String {
    let command = [&["wallet-engine"], arguments].concat();
    let done = stack.inside("engine", &command);
    assert!(done.status.success(), "{arguments:?}: {done:?}");
    String::from_utf8(done.stdout).unwrap()
}
