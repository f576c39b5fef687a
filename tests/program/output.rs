//! The output of a command whose reader is gone, or that cannot be written.

use std::fs::{File, OpenOptions};
use std::io::{Write, pipe};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::Signal;
use testkit::postgres;

use super::{Served, program};

/// The commands that print, with what they are fed.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["--help"], ""),
    (&["--version"], ""),
    (&["create-admin", "--help"], ""),
    (&["openapi"], ""),
    (&["serve", "--check"], ""),
    (&["--check"], ""),
    (&["migrate"], ""),
    (&["verify"], ""),
    (
        &["create-admin", "olga", "olga@example.com"],
        "hush-hush-hush-1\n",
    ),
    (&["create-admin", "olga", "--reset"], "hush-hush-hush-2\n"),
    (&["collectstatic", "static"], ""),
];

/// The standard output of a command whose reader has left.
fn left_pipe() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A disk without room.
fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

fn run(directory: &Path, arguments: &[&str], fed: &str, output: Stdio, errors: Stdio) -> Output {
    let mut command = program();
    command.current_dir(directory).args(arguments);
    fed_to(&mut command, fed, output, errors)
        .wait_with_output()
        .unwrap()
}

fn fed_to(command: &mut Command, fed: &str, output: Stdio, errors: Stdio) -> Child {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Most commands read nothing, and have ended by now.
    let _ = stdin.write_all(fed.as_bytes());
    child
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_reader_that_has_left_ends_no_command_and_says_nothing() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, fed) in COMMANDS {
        if arguments.contains(&"--reset") {
            continue;
        }
        let done = run(
            directory.path(),
            arguments,
            fed,
            left_pipe(),
            Stdio::piped(),
        );
        assert_eq!(done.status.code(), Some(0), "{arguments:?} {}", said(&done));
        assert_eq!(said(&done), "", "{arguments:?}");
    }
    assert!(directory.path().join("static/robots.txt").exists());
}

#[test]
fn an_output_that_cannot_be_written_fails_the_command_with_a_sentence() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, fed) in COMMANDS {
        let failed = run(
            directory.path(),
            arguments,
            fed,
            full().into(),
            Stdio::piped(),
        );
        assert_eq!(failed.status.code(), Some(1), "{arguments:?}");
        assert_eq!(
            said(&failed),
            "wallet-engine: could not write to standard output: No space left on device (os error 28)\n",
            "{arguments:?}"
        );
        // Nor does it matter where the sentence cannot be written either.
        for errors in [full().into(), left_pipe()] {
            if arguments.contains(&"olga@example.com") {
                continue;
            }
            let failed = run(directory.path(), arguments, fed, full().into(), errors);
            assert_eq!(failed.status.code(), Some(1), "{arguments:?}");
        }
    }
}

#[test]
fn a_refusal_that_cannot_be_written_keeps_its_exit_status() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, status) in [
        (&["--no-such-flag"][..], 2),
        (&["no-such-command"], 2),
        (&["collectstatic"], 2),
        (&["serve", "--bind", "nowhere"], 2),
        (&["--check", "--bind", "nowhere"], 2),
        (&["verify"], 1),
        (&["create-admin", "olga", "olga@example.com"], 1),
        (&["healthcheck", "--bind", "127.0.0.1:1"], 1),
        (&["collectstatic", "/dev/null/static"], 1),
        (&["migrate", "--database-url", "host=127.0.0.1 port=1"], 1),
    ] {
        for errors in [Stdio::piped(), full().into(), left_pipe()] {
            let refused = run(directory.path(), arguments, "", Stdio::piped(), errors);
            assert_eq!(refused.status.code(), Some(status), "{arguments:?}");
            assert!(refused.stdout.is_empty(), "{arguments:?}");
        }
    }
}

#[test]
fn a_healthcheck_that_nobody_reads_still_tells_by_its_exit_status() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let bind = engine.url.trim_start_matches("http://").to_owned();
    let check = |output| {
        let arguments = ["healthcheck", "--bind", &bind];
        run(data.path(), &arguments, "", output, Stdio::piped())
    };
    let ready = check(left_pipe());
    assert_eq!(ready.status.code(), Some(0), "{}", said(&ready));
    assert_eq!(check(full().into()).status.code(), Some(1));

    engine.signal(Signal::SIGTERM);
    engine.end();
    let gone = check(left_pipe());
    assert_eq!(gone.status.code(), Some(1));
    let sentence = format!("wallet-engine: no response from {bind}: ");
    assert!(said(&gone).starts_with(&sentence), "{}", said(&gone));
    assert_eq!(said(&gone).lines().count(), 1, "{}", said(&gone));
}

#[actix_web::test]
async fn a_verdict_that_nobody_reads_is_still_the_exit_status() {
    let directory = tempfile::tempdir().unwrap();
    let migrated = run(
        directory.path(),
        &["migrate"],
        "",
        Stdio::null(),
        Stdio::piped(),
    );
    assert_eq!(migrated.status.code(), Some(0), "{}", said(&migrated));
    let postgres = postgres::private(&directory.path().join("data")).await;
    let (client, connection) = postgres
        .connection()
        .connect(tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = actix_web::rt::spawn(connection);
    // As many breaches as no pipe holds.
    client
        .batch_execute(
            "INSERT INTO wallets (id, user_id, balance, version)
             SELECT gen_random_uuid(), 0, 7, 3 FROM generate_series(1, 2000)",
        )
        .await
        .unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    postgres.stop().await.unwrap();

    let first_line = Command::new("sh")
        .args(["-c", r#"set -- "$(exec 3>&1; { "$0" verify; echo "$?" >&3; } | head -n 1 >/dev/null)"; exit "$1""#])
        .arg(env!("CARGO_BIN_EXE_wallet-engine"))
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert_eq!(first_line.status.code(), Some(1), "{}", said(&first_line));
    assert_eq!(said(&first_line), "");
    let unread = run(
        directory.path(),
        &["verify"],
        "",
        left_pipe(),
        Stdio::piped(),
    );
    assert_eq!(unread.status.code(), Some(1));
    assert_eq!(said(&unread), "");
}
