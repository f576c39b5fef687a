//! `migrate`, `verify`, `healthcheck`, `collectstatic` and `openapi`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use nix::sys::signal::Signal;
use testkit::postgres;
use tokio_postgres::NoTls;

use super::{PATIENCE, Served, program};

fn on(data: &Path, command: &str) -> Command {
    let mut program = program();
    program.env("WALLET_DATA_DIR", data).arg(command);
    program
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs statements on the database of a stopped engine.
async fn tamper(data: &Path, statements: &str) {
    let postgres = postgres::private(data).await;
    let (client, connection) = postgres.connection().connect(NoTls).await.unwrap();
    let connection = actix_web::rt::spawn(connection);
    client.batch_execute(statements).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    postgres.stop().await.unwrap();
}

#[actix_web::test]
async fn verify_counts_what_agrees_and_names_every_breach() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let mut wallets = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        let wallet = engine.register(name).await;
        engine.deposit(&wallet, "1.00").await;
        engine.deposit(&wallet, "2.00").await;
        engine.deposit(&wallet, "3.00").await;
        wallets.push(
            wallet
                .trim_start_matches("/api/wallets/")
                .trim_end_matches('/')
                .to_owned(),
        );
    }
    engine.signal(Signal::SIGTERM);
    engine.end();

    let clean = on(data.path(), "verify").output().unwrap();
    assert!(clean.status.success(), "{}", said(&clean));
    let clean = said(&clean);
    assert!(
        clean.contains("7 users, 7 wallets and 21 operations"),
        "{clean}"
    );

    let [a, b, c, d, e, f, g] = wallets.try_into().unwrap();
    tamper(
        data.path(),
        &format!(
            "UPDATE wallets SET balance = 7 WHERE id = '{a}';
             UPDATE wallets SET version = 4 WHERE id = '{b}';
             DELETE FROM operations WHERE wallet_id = '{c}' AND seq = 2;
             UPDATE operations SET amount = 9 WHERE wallet_id = '{d}' AND seq = 2;
             DELETE FROM wallets WHERE id = '{e}';
             DELETE FROM users WHERE wallet_id = '{f}';
             UPDATE wallets SET user_id = 999 WHERE id = '{g}';"
        ),
    )
    .await;

    let found = on(data.path(), "verify").output().unwrap();
    assert_eq!(found.status.code(), Some(1));
    let found = said(&found);
    for breach in [
        format!("{a}: balance 7.00, but 6.00 after the last operation"),
        format!("{b}: version 4, but 3 operations"),
        format!("{c}: a gap before seq 3"),
        format!("{c}: version 3, but 2 operations"),
        format!("{d}: the balance after seq 2 does not follow from the one before"),
        format!("{e}: the ledger holds 3 operations of a wallet that does not exist"),
        format!("{e}: user 5 has no wallet"),
        format!("{f}: the wallet of user 6 is nobody's"),
        format!("{g}: the wallet says user 999, the user says 7"),
    ] {
        assert!(found.contains(&breach), "{breach}\nis missing in\n{found}");
    }
}

#[test]
fn verify_of_a_directory_without_a_database_makes_none() {
    let data = tempfile::tempdir().unwrap();
    let missing = data.path().join("typo");
    let refused = on(&missing, "verify").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("there is no database"),
        "{}",
        said(&refused)
    );
    assert!(!missing.exists());
}

#[actix_web::test]
async fn migrate_is_needed_once_and_a_newer_database_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let first = on(data.path(), "migrate").output().unwrap();
    assert!(said(&first).contains("Applied "), "{}", said(&first));
    let second = on(data.path(), "migrate").output().unwrap();
    assert!(said(&second).contains("up to date"), "{}", said(&second));

    tamper(
        data.path(),
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
         VALUES (9999, 'of_the_future', '2030-01-01T00:00:00Z', '1')",
    )
    .await;
    for command in ["migrate", "serve"] {
        let refused = on(data.path(), command)
            .env("WALLET_BIND", "127.0.0.1:0")
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            said(&refused).contains("run a newer wallet-engine"),
            "{}",
            said(&refused)
        );
    }
}

#[actix_web::test]
async fn two_migrations_at_once_are_one_after_the_other() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let url = format!("host={} user=wallet dbname=wallet", socket.display());

    let started: Vec<_> = (0..4)
        .map(|_| {
            let mut migrate = program();
            migrate.env("DATABASE_URL", &url).arg("migrate");
            migrate
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();

    let mut applied = 0;
    for migrate in started {
        let output = migrate.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        applied += usize::from(said(&output).contains("Applied "));
    }
    assert_eq!(applied, 1);
    postgres.stop().await.unwrap();
}

#[actix_web::test]
async fn healthcheck_tells_whether_the_engine_is_ready() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let mut serve = program();
    serve
        .env("WALLET_BIND", "0.0.0.0:0")
        .env("WALLET_AUTH", "off")
        .env("WALLET_LOG_FORMAT", "json")
        .env(
            "DATABASE_URL",
            format!("host={} user=wallet dbname=wallet", socket.display()),
        );
    let engine = Served::start_with(serve);
    let bind = engine.url.trim_start_matches("http://").to_owned();
    let check = || {
        let mut check = program();
        check.env("WALLET_BIND", &bind).arg("healthcheck");
        check.output().unwrap()
    };

    let ready = check();
    assert!(ready.status.success(), "{}", said(&ready));

    postgres.stop().await.unwrap();
    let begun = Instant::now();
    let unready = loop {
        let checked = check();
        if !checked.status.success() {
            break checked;
        }
        assert!(begun.elapsed() < PATIENCE);
    };
    assert_eq!(unready.status.code(), Some(1));
    assert!(
        said(&unready).contains("is not ready"),
        "{}",
        said(&unready)
    );

    engine.signal(Signal::SIGTERM);
    engine.end();
    let gone = check();
    assert_eq!(gone.status.code(), Some(1));
    assert!(said(&gone).contains("no response from"), "{}", said(&gone));
}

#[test]
fn collectstatic_brings_the_directory_up_to_date_and_leaves_the_rest_alone() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("static");
    let collect = || {
        let mut collect = program();
        collect.arg("collectstatic").arg(&directory);
        collect.output().unwrap()
    };
    let first = collect();
    assert!(first.status.success(), "{}", said(&first));
    let robots = directory.join("robots.txt");
    let shipped = include_str!("../../src/cli/static/robots.txt");
    assert_eq!(fs::read_to_string(&robots).unwrap(), shipped);
    let mode = fs::metadata(&robots).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);

    fs::write(&robots, "of an older version").unwrap();
    fs::write(directory.join("theirs.css"), "theirs").unwrap();
    let favicon = directory.join("favicon.svg");
    let before = fs::metadata(&favicon).unwrap().modified().unwrap();
    assert!(said(&collect()).contains("Wrote 1 of "));
    assert_eq!(fs::read_to_string(&robots).unwrap(), shipped);
    assert_eq!(fs::metadata(&favicon).unwrap().modified().unwrap(), before);
    let theirs = fs::read_to_string(directory.join("theirs.css")).unwrap();
    assert_eq!(theirs, "theirs");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 4);
    let style = fs::read(directory.join("admin/admin.css")).unwrap();
    assert_eq!(style, include_bytes!("../../src/admin/static/admin.css"));

    fs::remove_dir_all(&directory).unwrap();
    fs::write(&directory, "no directory").unwrap();
    let refused = collect();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("could not write"),
        "{}",
        said(&refused)
    );
    let nowhere = program().arg("collectstatic").output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
}

#[test]
fn the_api_s_description_is_printed_whatever_is_set() {
    let printed = program()
        .env("WALLET_BIND", "nowhere")
        .arg("openapi")
        .output()
        .unwrap();
    assert!(printed.status.success());
    let kept = include_str!("../../src/api/openapi/openapi.json");
    assert!(String::from_utf8(printed.stdout).unwrap() == kept);
}
