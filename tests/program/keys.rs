//! API keys on the command line: made, used, listed, replaced and revoked.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::Signal;
use testkit::postgres;
use tokio_postgres::NoTls;

use super::{PATIENCE, Served, program};

/// A command on that data directory.
fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.env("WALLET_DATA_DIR", data).args(arguments);
    command
}

/// Runs it; returns its exit status, its standard output and its standard error.
fn run(data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command(data, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// Makes a key; returns it.
fn create(data: &Path, arguments: &[&str]) -> String {
    let (status, key, said) = run(data, &[&["create-key"], arguments].concat());
    assert_eq!(status, Some(0), "{said}");
    let key = key.strip_suffix('\n').unwrap();
    assert!(key.starts_with("wk_") && key.len() == 67, "{key}");
    assert!(!said.contains(key), "{said}");
    key.to_owned()
}

/// The lines of `keys` below its head, each as its cells: number, name, state, created, expires, last used, scopes, wallets.
fn keys(data: &Path) -> Vec<Vec<String>> {
    let (status, table, said) = run(data, &["keys"]);
    assert_eq!(status, Some(0), "{said}");
    let lines = table.lines().skip(1);
    let cells = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    lines.map(cells).collect()
}

/// An engine that takes keys.
fn served(data: &Path) -> Served {
    let mut serve = command(data, &["serve"]);
    serve
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_LOG_FORMAT", "json")
        .env("WALLET_AUTH", "on");
    Served::start_with(serve)
}

/// The status of a read of a wallet with this key.
async fn read(engine: &Served, wallet: &str, key: &str) -> u16 {
    let url = format!("{}/api/wallets/{wallet}/", engine.url);
    let answer = engine.http.get(url).bearer_auth(key).send().await.unwrap();
    answer.status().as_u16()
}

/// Waits until the key is refused.
async fn refused(engine: &Served, wallet: &str, key: &str) {
    let begun = Instant::now();
    while read(engine, wallet, key).await != 401 {
        assert!(begun.elapsed() < PATIENCE, "a revoked key goes on");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Registers a user with a key for that; returns their wallet.
async fn register(engine: &Served, username: &str, key: &str) -> String {
    let body = serde_json::json!({
        "username": username,
        "email": format!("{username}@example.com"),
        "password": "hush-hush",
    });
    let url = format!("{}/api/register/", engine.url);
    let request = engine.http.post(url).bearer_auth(key).json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let location = answer.headers()["location"].to_str().unwrap();
    let wallet = location.trim_end_matches('/').rsplit('/').next().unwrap();
    wallet.to_owned()
}

#[actix_web::test]
async fn a_key_is_made_beside_an_engine_takes_another_s_place_and_is_revoked() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let engine = served(data);
    let office = create(data, &["office", "--scopes", "all"]);
    let (alice, bob) = (
        register(&engine, "alice", &office).await,
        register(&engine, "bob", &office).await,
    );

    let tied = ["--wallet", &alice, "--expires", "90d"];
    let first = create(
        data,
        &[&["shop", "--scopes", "wallets:read"][..], &tied].concat(),
    );
    assert_eq!(read(&engine, &alice, &first).await, 200);
    assert_eq!(read(&engine, &bob, &first).await, 404);
    let second = create(data, &["shop", "--scopes", "wallets:read,events:read"]);
    for key in [&first, &second] {
        assert_eq!(read(&engine, &alice, key).await, 200);
    }
    let third = ["create-key", "shop", "--scopes", "wallets:read"];
    let (status, printed, said) = run(data, &third);
    assert_eq!((status, &*printed), (Some(1), ""), "{said}");
    assert!(said.contains("revoke-key shop --previous"), "{said}");

    let (status, _, said) = run(data, &["revoke-key", "shop", "--previous"]);
    assert_eq!(status, Some(0), "{said}");
    refused(&engine, &alice, &first).await;
    assert_eq!(read(&engine, &alice, &second).await, 200);
    let (status, printed, _) = run(data, &["revoke-key", "shop", "--previous"]);
    assert_eq!(status, Some(0));
    assert!(printed.contains("No other key"), "{printed}");
    create(data, &third[1..]);
    let (status, printed, said) = run(data, &["revoke-key", "shop"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(printed.contains("Revoked keys 4 and 3, shop"), "{printed}");
    refused(&engine, &alice, &second).await;
    let (status, _, said) = run(data, &["revoke-key", "shop"]);
    assert_eq!(status, Some(1));
    assert!(said.contains("no key named shop is live"), "{said}");
    assert_eq!(read(&engine, &alice, &office).await, 200);

    engine.signal(Signal::SIGTERM);
    let (status, log) = engine.end();
    assert!(status.success(), "{log}");
    // No engine runs, and the commands start the database themselves.
    let listed = keys(data);
    let told: Vec<_> = listed
        .iter()
        .map(|cells| [&cells[0], &cells[1], &cells[2], &cells[6], &cells[7]].map(String::as_str))
        .collect();
    let all = "wallets:read,operations:write,transfers:write,holds:write,rules:write,users:write,events:read,webhooks:write,journal:read";
    assert_eq!(
        told,
        [
            ["4", "shop", "revoked", "wallets:read", "all"],
            ["3", "shop", "revoked", "wallets:read,events:read", "all"],
            ["2", "shop", "revoked", "wallets:read", &alice],
            ["1", "office", "live", all, "all"],
        ]
    );
    assert_eq!(listed[0][4], "never");
    assert!(listed[2][4].ends_with('Z'), "{listed:?}");
    let table = run(data, &["keys"]).1;
    for key in [office, first, second] {
        assert!(!table.contains(&key) && !log.contains(&key));
    }
}

#[actix_web::test]
async fn what_is_no_key_is_refused_with_what_is_expected_and_nothing_is_made() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let migrated = command(data, &["migrate"]).output().unwrap();
    assert!(migrated.status.success());
    let wallet = "00000000-0000-4000-8000-000000000001";
    for (arguments, status, expected) in [
        (&["shop"][..], 2, "--scopes"),
        (&["--scopes", "all"], 2, "NAME"),
        (&["sh op", "--scopes", "all"], 2, "1 to 64 of A-Z"),
        (&["", "--scopes", "all"], 2, "1 to 64 of A-Z"),
        (&["shop", "--scopes", ""], 2, "some of wallets:read"),
        (&["shop", "--scopes", ","], 2, "some of wallets:read"),
        (
            &["shop", "--scopes", "wallets"],
            2,
            "\"wallets\" is no scope",
        ),
        (
            &["shop", "--scopes", "all", "--expires", "90"],
            2,
            "such as 90d",
        ),
        (
            &["shop", "--scopes", "all", "--expires", "11000w"],
            2,
            "such as 90d",
        ),
        (
            &["shop", "--scopes", "all", "--wallet", wallet],
            2,
            "users:write is of no wallet",
        ),
        (
            &["shop", "--scopes", "wallets:read", "--wallet", "7"],
            2,
            "the UUID of a wallet",
        ),
        (
            &["shop", "--scopes", "wallets:read", "--wallet", wallet],
            1,
            "there is no wallet 00000000",
        ),
    ] {
        let (found, printed, said) = run(data, &[&["create-key"], arguments].concat());
        assert_eq!(found, Some(status), "{arguments:?}: {said}");
        assert_eq!(printed, "", "{arguments:?}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    assert_eq!(keys(data), [[""; 0]; 0]);
}

#[actix_web::test]
async fn a_key_that_could_not_be_shown_is_revoked() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let migrated = command(data, &["migrate"]).output().unwrap();
    assert!(migrated.status.success());
    let create = ["create-key", "shop", "--scopes", "wallets:read"];
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    for stdout in [Stdio::from(full), Stdio::from(closed)] {
        let unshown = command(data, &create).stdout(stdout).output().unwrap();
        assert_eq!(unshown.status.code(), Some(1));
        let said = String::from_utf8(unshown.stderr).unwrap();
        assert!(
            said.contains("could not write to standard output"),
            "{said}"
        );
    }
    let states: Vec<_> = keys(data)
        .into_iter()
        .map(|cells| cells[2].clone())
        .collect();
    assert_eq!(states, ["revoked", "revoked"]);
}

#[actix_web::test]
async fn keys_are_of_a_database_that_an_engine_has_prepared() {
    let elsewhere = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let address = format!(
        "host={} user=wallet dbname=wallet password=hush",
        socket.display()
    );
    for arguments in [
        &["create-key", "shop", "--scopes", "all"][..],
        &["keys"],
        &["revoke-key", "shop"],
    ] {
        let missing = program()
            .args(arguments)
            .current_dir(&elsewhere)
            .output()
            .unwrap();
        let bare = program()
            .args(arguments)
            .env("DATABASE_URL", &address)
            .output()
            .unwrap();
        for (refused, why) in [
            (missing, "there is no database in "),
            (bare, " is not one that this program serves: "),
        ] {
            assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
            assert!(refused.stdout.is_empty(), "{arguments:?}");
            let said = String::from_utf8(refused.stderr).unwrap();
            assert!(said.contains(why) && !said.contains("hush"), "{said}");
        }
    }
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    postgres.stop().await.unwrap();
}

/// The command is looked at while it writes the key, to a pipe that is full.
#[actix_web::test]
async fn a_key_is_in_no_argument_and_no_variable_of_the_command_that_makes_it() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let address = format!("host={} user=wallet dbname=wallet", socket.display());
    let migrated = program()
        .env("DATABASE_URL", &address)
        .arg("migrate")
        .output();
    assert!(migrated.unwrap().status.success());
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    let capacity = fcntl(&writer, FcntlArg::F_GETPIPE_SZ).unwrap();
    let filling = vec![b'-'; usize::try_from(capacity).unwrap()];
    writer.write_all(&filling).unwrap();
    let mut making = program()
        .env("DATABASE_URL", &address)
        .args(["create-key", "shop", "--scopes", "all"])
        .stdout(Stdio::from(writer))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (client, connection) = postgres.connection().connect(NoTls).await.unwrap();
    let connection = actix_web::rt::spawn(connection);
    let begun = Instant::now();
    let made = "SELECT count(*) = 1 FROM api_keys";
    while !client.query_one(made, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(begun.elapsed() < PATIENCE);
    }
    let seen = ["cmdline", "environ"].map(|file| {
        let seen = fs::read(format!("/proc/{}/{file}", making.id())).unwrap();
        String::from_utf8(seen).unwrap()
    });
    assert!(seen[0].contains("create-key\0shop"), "{seen:?}");

    let mut written = String::new();
    reader.read_to_string(&mut written).unwrap();
    let key = written.trim_start_matches('-').strip_suffix('\n').unwrap();
    assert!(key.starts_with("wk_") && key.len() == 67, "{key}");
    assert!(!seen.concat().contains(key));
    assert!(making.wait().unwrap().success());
    let mut said = String::new();
    making.stderr.unwrap().read_to_string(&mut said).unwrap();
    let told = "Created key 1, shop, with wallets:read ";
    assert!(said.starts_with(told) && !said.contains(key), "{said}");
    drop(client);
    connection.await.unwrap().unwrap();
    postgres.stop().await.unwrap();
}
