//! `create-admin`, as an operator runs it.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::{Served, program};

/// Runs the command with what it is fed; gives its exit status and what it said.
fn create(data: &Path, arguments: &[&str], fed: &str) -> (Option<i32>, String) {
    let mut command = program();
    command.env("WALLET_DATA_DIR", data).arg("create-admin");
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may have refused its arguments before it reads.
    let _ = stdin.write_all(fed.as_bytes());
    drop(stdin);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    assert!(!said.contains("hush"), "{said}");
    (status.code(), said)
}

/// What comes of signing in to the engine's panel: 303 inside, 422 for a wrong password.
async fn sign_in(engine: &Served, username: &str, password: &str) -> u16 {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let url = format!("{}/admin/sign-in/", engine.url);
    let page = http.get(&url).send().await.unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap().to_owned();
    let body = page.text().await.unwrap();
    let (_, csrf) = body.split_once("name=\"csrf\" value=\"").unwrap();
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("csrf", csrf.split('"').next().unwrap())
        .append_pair("username", username)
        .append_pair("password", password)
        .finish();
    let sent = http
        .post(&url)
        .header("cookie", cookie.split(';').next().unwrap())
        .header("origin", &engine.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send();
    sent.await.unwrap().status().as_u16()
}

#[actix_web::test]
async fn staff_are_made_before_the_engine_serves_and_beside_it() {
    let data = TempDir::new().unwrap();
    let first = ["first", "first@example.com"];
    let (status, said) = create(data.path(), &first, "hush-1\n");
    assert_eq!(status, Some(0), "{said}");

    let engine = Served::start(data.path());
    let second = ["second", "second@example.com"];
    let (status, said) = create(data.path(), &second, "hush-2");
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(sign_in(&engine, "first", "hush-1").await, 303);
    assert_eq!(sign_in(&engine, "second", "hush-2").await, 303);
    assert_eq!(sign_in(&engine, "second", "hush-1").await, 422);
    engine.signal(Signal::SIGTERM);
    let (status, log) = engine.end();
    assert!(status.success(), "{log}");
    assert!(!log.contains("hush"), "{log}");
}

#[actix_web::test]
async fn a_user_who_exists_becomes_staff_only_when_that_is_asked_for() {
    let data = TempDir::new().unwrap();
    let engine = Served::start(data.path());
    engine.register("alice").await;
    let taken = ["alice", "other@example.com"];
    let (status, said) = create(data.path(), &taken, "hush-1\n");
    assert_eq!(status, Some(1));
    assert!(said.contains("--reset"), "{said}");
    assert_eq!(sign_in(&engine, "alice", "hush-1").await, 422);
    assert_eq!(sign_in(&engine, "alice", "hush-hush").await, 403);

    let (status, said) = create(data.path(), &["alice", "--reset"], "hush-1\n");
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(sign_in(&engine, "alice", "hush-1").await, 303);
    assert_eq!(sign_in(&engine, "alice", "hush-hush").await, 422);

    for (arguments, fed, expected) in [
        (vec!["nobody", "--reset"], "hush\n", "there is no user"),
        (vec!["bob", "no address"], "hush\n", "e-mail: not an e-mail"),
        (vec!["bob", "alice@example.com"], "hush\n", "taken"),
        (vec!["bob", "bob@example.com"], "  \n", "password: blank"),
        (vec!["bob", "bob@example.com"], "", "end of file"),
        (vec!["bob"], "hush\n", "has to be an argument"),
    ] {
        let (status, said) = create(data.path(), &arguments, fed);
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    engine.signal(Signal::SIGTERM);
    engine.end();
}
