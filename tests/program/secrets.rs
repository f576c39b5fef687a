//! Keys, tokens and passwords are in nothing that the engine writes: its log at every level, its metrics, its answers, its
//! database with the write-ahead log, what other processes see of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use testkit::ports::free_address;

use super::{Served, program};

const PASSWORDS: [&str; 3] = [
    "first-password-1",
    "second-password-2",
    "a-wrong-password-3",
];

/// Something that was written, by its name; what is no text in it is replaced.
type Written = (String, String);

fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.env("WALLET_DATA_DIR", data).args(arguments);
    command
}

/// What a command prints.
fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = command(data, arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Sends a request; returns its status and its body.
async fn send(request: reqwest::RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The token in the answer to a sign-in.
fn token(answer: &(u16, String)) -> String {
    assert_eq!(answer.0, 200, "{}", answer.1);
    let body: Value = serde_json::from_str(&answer.1).unwrap();
    body["token"].as_str().unwrap().to_owned()
}

/// Every file below the directory, but sockets.
fn files(directory: &Path, into: &mut Vec<Written>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            files(&path, into);
        } else if kind.is_file() {
            into.push((path.display().to_string(), text(&fs::read(&path).unwrap())));
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The names of what has the text.
fn found<'w>(all: &'w [Written], text: &str) -> Vec<&'w str> {
    let having = all.iter().filter(|(_, written)| written.contains(text));
    having.map(|(name, _)| name.as_str()).collect()
}

#[actix_web::test]
async fn no_secret_is_in_anything_that_is_written() {
    let data = tempfile::tempdir().unwrap();
    let metrics = free_address();
    let mut serve = command(data.path(), &["serve"]);
    serve
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_METRICS_BIND", metrics.to_string())
        .env("WALLET_LOG", "trace")
        .env("WALLET_LOG_FORMAT", "json")
        .env("WALLET_AUTH", "on");
    let engine = Served::start_with(serve);
    let all = ["create-key", "the-shop", "--scopes", "all"];
    let key = printed(data.path(), &all).trim().to_owned();

    let url = |path: &str| format!("{}{path}", engine.url);
    let http = &engine.http;
    let [first, second, wrong] = PASSWORDS;
    let form = json!({"username": "alice", "email": "alice@example.com", "password": first});
    let register = || http.post(url("/api/register/")).json(&form);
    let mut answers = vec![
        send(register()).await,
        send(register().bearer_auth(&key)).await,
        send(register().bearer_auth(&key)).await,
    ];
    let statuses: Vec<_> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [401, 201, 400]);
    let sign_in = |password: &str| {
        let body = json!({"username": "alice", "password": password});
        http.post(url("/api/token/")).json(&body)
    };
    answers.push(send(sign_in(wrong)).await);
    let one = token(&send(sign_in(first)).await);
    let change = |current: &str| {
        let body = json!({"current_password": current, "new_password": second});
        let request = http.post(url("/api/password/")).json(&body);
        request.header("authorization", format!("Token {one}"))
    };
    answers.push(send(change(wrong)).await);
    let two = token(&send(change(first)).await);
    // Where they do not belong.
    answers.extend([
        send(http.get(url(&format!("/api/schema/?key={key}&token={two}")))).await,
        send(http.get(url(&format!("/api/wallets/{key}/")))).await,
        send(
            http.post(url("/api/register/"))
                .basic_auth(&key, Some(second)),
        )
        .await,
        send(
            http.post(url("/api/batch/"))
                .header("authorization", format!("Token {key}")),
        )
        .await,
        send(http.delete(url("/api/token/")).bearer_auth(&two)).await,
        send(
            http.post(url("/api/batch/"))
                .bearer_auth(&key)
                .body(format!("{{\"{two}\":")),
        )
        .await,
        send(
            http.post(url("/admin/sign-in/"))
                .body(format!("username=alice&password={second}")),
        )
        .await,
    ]);
    answers.push(send(http.get(format!("http://{metrics}/metrics"))).await);

    let process = Path::new("/proc").join(engine.pid().to_string());
    let mut all: Vec<Written> = ["cmdline", "environ"]
        .into_iter()
        .map(|file| {
            (
                file.to_owned(),
                text(&fs::read(process.join(file)).unwrap()),
            )
        })
        .collect();
    let bodies = answers
        .into_iter()
        .map(|(status, body)| (format!("the body of a {status}"), body));
    all.extend(bodies);
    all.push(("keys".to_owned(), printed(data.path(), &["keys"])));
    let check = command(data.path(), &["serve", "--check"])
        .env("WALLET_AUTH", "on")
        .output();
    all.push(("serve --check".to_owned(), text(&check.unwrap().stdout)));
    engine.signal(Signal::SIGTERM);
    let (_, log) = engine.end();
    all.push(("the log".to_owned(), log));
    files(data.path(), &mut all);

    // What is no secret is found where it is expected, so the others would be.
    let named = found(&all, "the-shop");
    for expected in ["keys", "the log"] {
        assert!(named.contains(&expected), "{named:?}");
    }
    let in_files = named
        .iter()
        .filter(|name| name.contains("/postgres/"))
        .count();
    assert!(
        in_files > 1,
        "in a table and in the write-ahead log: {named:?}"
    );
    let digits = key.trim_start_matches("wk_");
    for secret in [digits, &one, &two, first, second, wrong] {
        assert_eq!(found(&all, secret), Vec::<&str>::new());
    }
}
