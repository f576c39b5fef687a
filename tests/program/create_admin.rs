//! `create-admin`, as an operator runs it.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use nix::pty::openpty;
use nix::sys::signal::Signal;
use nix::sys::termios::tcgetattr;
use tempfile::TempDir;
use testkit::postgres;
use tokio_postgres::NoTls;

use super::{Served, program};

/// Runs the command with that standard input; returns its exit status and output.
fn create(data: &Path, arguments: &[&str], fed: &str) -> (Option<i32>, String) {
    create_with(program().env("WALLET_DATA_DIR", data), arguments, fed)
}

fn create_with(command: &mut Command, arguments: &[&str], fed: &str) -> (Option<i32>, String) {
    let mut child = command
        .arg("create-admin")
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

/// Makes the database of a data directory, which no other command does.
fn migrate(data: &Path) {
    let mut migrate = program();
    migrate.env("WALLET_DATA_DIR", data).arg("migrate");
    let done = migrate.output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

#[actix_web::test]
async fn staff_are_made_before_the_engine_serves_and_beside_it() {
    let data = TempDir::new().unwrap();
    migrate(data.path());
    let first = ["first", "first@example.com"];
    let (status, said) = create(data.path(), &first, "hush-hush-one\n");
    assert_eq!(status, Some(0), "{said}");
    let database = format!("in the database in {}, and", data.path().display());
    assert!(said.contains(&database), "{said}");

    let engine = Served::start(data.path());
    let second = ["second", "second@example.com"];
    let (status, said) = create(data.path(), &second, "hush-hush-two");
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(sign_in(&engine, "first", "hush-hush-one").await, 303);
    assert_eq!(sign_in(&engine, "second", "hush-hush-two").await, 303);
    assert_eq!(sign_in(&engine, "second", "hush-hush-one").await, 422);
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
    let (status, said) = create(data.path(), &taken, "hush-hush-one\n");
    assert_eq!(status, Some(1));
    assert!(said.contains("--reset"), "{said}");
    assert_eq!(sign_in(&engine, "alice", "hush-hush-one").await, 422);
    assert_eq!(sign_in(&engine, "alice", "hush-hush").await, 403);

    let (status, said) = create(data.path(), &["alice", "--reset"], "hush-hush-one\n");
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(sign_in(&engine, "alice", "hush-hush-one").await, 303);
    assert_eq!(sign_in(&engine, "alice", "hush-hush").await, 422);

    for (arguments, fed, expected) in [
        (
            vec!["nobody", "--reset"],
            "hush-hush-hush\n",
            "there is no user",
        ),
        (
            vec!["bob", "no address"],
            "hush-hush-hush\n",
            "e-mail: not an e-mail",
        ),
        (
            vec!["bob", "alice@example.com"],
            "hush-hush-hush\n",
            "taken",
        ),
        (vec!["bob", "bob@example.com"], "  \n", "password: blank"),
        (
            vec!["bob", "bob@example.com"],
            "hush-hush-1\n",
            "password: the password of staff has at least 12 characters",
        ),
        (
            vec!["alice", "--reset"],
            "h\u{fc}sh-h\u{fc}sh-1\n",
            "password: the password of staff has at least 12 characters",
        ),
        (vec!["bob", "bob@example.com"], "", "end of file"),
        (vec!["bob"], "hush-hush-hush\n", "must be an argument"),
    ] {
        let (status, said) = create(data.path(), &arguments, fed);
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    engine.signal(Signal::SIGTERM);
    engine.end();
}

#[test]
fn in_a_directory_without_a_database_staff_are_not_made_and_nothing_else_is() {
    let elsewhere = TempDir::new().unwrap();
    let here = elsewhere.path().canonicalize().unwrap();
    for arguments in [
        &["create-admin", "olga", "olga@example.com"][..],
        &["create-admin", "olga", "--reset"],
        &["create-admin"],
        &["verify"],
    ] {
        let refused = program()
            .args(arguments)
            .current_dir(&here)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        assert!(refused.stdout.is_empty(), "{arguments:?}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(
            said,
            format!(
                "wallet-engine: there is no database in {}; set WALLET_DATA_DIR to the engine's data directory, \
                 or DATABASE_URL\n",
                here.join("data").display()
            ),
            "{arguments:?}"
        );
        assert_eq!(here.read_dir().unwrap().count(), 0, "{arguments:?}");
    }
}

#[actix_web::test]
async fn a_database_that_no_engine_has_prepared_is_named_and_left_as_it_is() {
    let data = TempDir::new().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let address = format!(
        "host={} user=wallet dbname=wallet password=hush",
        socket.display()
    );
    let olga = ["olga", "olga@example.com"];
    let name = format!("the database wallet at {}/.s.PGSQL.5432", socket.display());
    let run = |arguments: &[&str]| {
        let mut command = program();
        command.env("DATABASE_URL", &address).args(arguments);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains("hush"), "{said}");
        (output.status.code(), said)
    };
    let (status, said) = create_with(
        program().env("DATABASE_URL", &address),
        &olga,
        "hush-hush-one\n",
    );
    assert_eq!(status, Some(1));
    let refused = format!("wallet-engine: {name} is not one that this program serves: ");
    assert!(said.starts_with(&refused), "{said}");
    assert!(said.contains("wallet-engine migrate"), "{said}");
    let (status, said) = run(&["verify"]);
    assert_eq!(status, Some(1));
    assert!(said.contains(&name), "{said}");

    let (client, connection) = postgres.connection().connect(NoTls).await.unwrap();
    let connection = actix_web::rt::spawn(connection);
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let tables: i64 = client.query_one(tables, &[]).await.unwrap().get(0);
    assert_eq!(tables, 0, "nothing was made");
    drop(client);
    connection.await.unwrap().unwrap();

    for (arguments, printed) in [
        (&["migrate"][..], format!("migrations to {name}.")),
        (&["migrate"], format!("was up to date: {name}.")),
        (&["verify"], format!("0 operations of {name}.")),
    ] {
        let (status, said) = run(arguments);
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains(&printed), "{said}");
    }
    let (status, said) = create_with(
        program().env("DATABASE_URL", &address),
        &olga,
        "hush-hush-one\n",
    );
    assert_eq!(status, Some(0), "{said}");
    let made = format!("olga is staff now in {name}, and signs in at /admin/.\n");
    assert_eq!(said, made);
    postgres.stop().await.unwrap();
}

/// A command's dialogue at a terminal: every byte that the terminal shows.
fn typed(answers: [&str; 2]) -> String {
    let terminal = openpty(None, None).unwrap();
    let before = tcgetattr(&terminal.master).unwrap();
    let end = || Stdio::from(terminal.slave.try_clone().unwrap());
    let mut command = program()
        .env("DATABASE_URL", "host=127.0.0.1 port=1")
        .args(["create-admin", "olga", "olga@example.com"])
        .stdin(end())
        .stdout(end())
        .stderr(end())
        .spawn()
        .unwrap();
    // Open in the command alone, so that reading ends with it.
    drop(terminal.slave);
    let mut screen = File::from(terminal.master);
    let mut shown = String::new();
    for (question, answer) in ["Password: ", "Password again: "].into_iter().zip(answers) {
        while !shown.ends_with(question) {
            let mut byte = [0];
            screen.read_exact(&mut byte).unwrap();
            shown.push(char::from(byte[0]));
        }
        screen.write_all(answer.as_bytes()).unwrap();
    }
    assert_eq!(command.wait().unwrap().code(), Some(1));
    assert_eq!(tcgetattr(&screen).unwrap(), before);
    // Linux ends a terminal that no process has open with an error.
    let mut rest = Vec::new();
    let _ = screen.read_to_end(&mut rest);
    shown + &String::from_utf8(rest).unwrap()
}

#[test]
fn a_terminal_shows_nothing_of_the_passwords_and_is_left_as_it_was() {
    for (answers, said) in [
        (
            ["hush-hush-hush\n", "hush-hush-hush\n"],
            "could not connect to the database",
        ),
        (
            ["hush-hush\thush\n", "hush-hush\thush\n"],
            "could not connect to the database",
        ),
        (["hush-hush-1\n", "hush-hush-1\n"], "at least 12 characters"),
        (["hush-hush-hush\n", "hush!\n"], "the two passwords differ"),
        (["hush-hush-hush\n", "hu\tsh\n"], "the two passwords differ"),
    ] {
        let shown = typed(answers);
        let asked = "\r\nPassword: \r\nPassword again: \r\nwallet-engine: ";
        assert!(shown.contains(asked) && shown.contains(said), "{shown}");
    }
}

#[actix_web::test]
async fn the_command_says_the_role_and_the_journal_has_it() {
    let data = TempDir::new().unwrap();
    let engine = Served::start(data.path());
    let arguments = ["olga", "olga@example.com", "--role", "viewer"];
    let (status, said) = create(data.path(), &arguments, "hush-hush-one\n");
    assert_eq!(status, Some(0), "{said}");
    let wrong = ["boris", "boris@example.com", "--role", "root"];
    let (status, said) = create(data.path(), &wrong, "hush-hush-one\n");
    assert_eq!(status, Some(2), "{said}");
    assert!(
        said.contains("viewer, operator, supervisor, administrator"),
        "{said}"
    );
    assert_eq!(sign_in(&engine, "olga", "hush-hush-one").await, 303);
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
}
