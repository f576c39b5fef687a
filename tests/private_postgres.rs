//! The private PostgreSQL, with real servers: what it promises, and what it survives.
//!
//! Run by root, the tests also see the server drop to another user. An engine that is to be killed is this
//! very program, started again for [`another_engine`].

#![allow(clippy::unwrap_used, reason = "what a test sets up fails by panicking")]

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};
use tokio_postgres::{Client, NoTls};
use wallet_engine::config::PrivatePostgresConfig;
use wallet_engine::embedded::{EmbeddedError, PrivatePostgres};

use testkit::servers::version;

/// Names the directory that [`another_engine`] works in.
const ENGINE_DIR: &str = "TEST_ENGINE_DIR";

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(30);

async fn try_start(data_dir: &Path) -> Result<PrivatePostgres, EmbeddedError> {
    let data_dir = data_dir.to_owned();
    PrivatePostgres::start(&PrivatePostgresConfig { data_dir }).await
}

async fn start(data_dir: &Path) -> PrivatePostgres {
    match try_start(data_dir).await {
        Ok(postgres) => postgres,
        Err(error) => panic!("{error} ({:?})", error.source()),
    }
}

/// What the start is refused with.
async fn refusal(data_dir: &Path) -> String {
    match try_start(data_dir).await {
        Ok(_) => panic!("{} was not refused", data_dir.display()),
        Err(error) => error.to_string(),
    }
}

async fn connect(postgres: &PrivatePostgres) -> Client {
    let (client, connection) = postgres.connection().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    version::assert_asked_for(&client).await;
    client
}

async fn text(client: &Client, query: &str) -> String {
    client.query_one(query, &[]).await.unwrap().get(0)
}

/// Commits a row; [`notes`] reads it again.
async fn note(postgres: &PrivatePostgres, text: &str) {
    connect(postgres)
        .await
        .batch_execute(&format!(
            "CREATE TABLE IF NOT EXISTS notes (note text); INSERT INTO notes VALUES ('{text}')"
        ))
        .await
        .unwrap();
}

async fn notes(postgres: &PrivatePostgres) -> String {
    text(
        &connect(postgres).await,
        "SELECT string_agg(note, ' ') FROM notes",
    )
    .await
}

/// The process of the server that works in the directory.
fn server_process(data_dir: &Path) -> Pid {
    let path = data_dir.join("postgres/postmaster.pid");
    let notes = fs::read_to_string(path).unwrap();
    Pid::from_raw(notes.lines().next().unwrap().parse().unwrap())
}

fn is_alive(process: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// An engine in a process of its own, killed when dropped.
struct AnotherEngine(Child);

impl AnotherEngine {
    fn spawn(data_dir: &Path, user: Option<&User>) -> Self {
        // Reaches the program also where `user` may not pass the directories above it.
        let mut command = Command::new("/proc/self/exe");
        command
            .args(["--exact", "another_engine", "--nocapture"])
            .env(ENGINE_DIR, data_dir)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(user) = user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        Self(command.spawn().unwrap())
    }

    /// Waits until its server runs and holds a note.
    fn wait_until_ready(&mut self) {
        let output = BufReader::new(self.0.stdout.as_mut().unwrap());
        let ready = output.lines().any(|line| line.unwrap().contains("ready"));
        assert!(ready, "the other engine did not start");
    }

    /// Lets it stop in an orderly way.
    fn stop(&mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for AnotherEngine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Not a test by itself: the body of [`AnotherEngine`].
#[tokio::test]
async fn another_engine() {
    let Some(data_dir) = std::env::var_os(ENGINE_DIR) else {
        return;
    };
    let postgres = start(Path::new(&data_dir)).await;
    note(&postgres, "committed").await;
    println!("ready");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn the_first_start_makes_a_durable_database_without_a_port_and_the_next_keeps_the_data() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("not/yet/there");
    let postgres = start(&data_dir).await;
    let process = server_process(&data_dir);
    {
        let client = connect(&postgres).await;
        for (setting, expected) in [
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("data_checksums", "on"),
            ("listen_addresses", ""),
            ("server_encoding", "UTF8"),
            ("is_superuser", "off"),
        ] {
            assert_eq!(
                text(&client, &format!("SHOW {setting}")).await,
                expected,
                "{setting}"
            );
        }
        let database = text(&client, "SELECT current_user || '@' || current_database()").await;
        assert_eq!(database, "wallet@wallet");
    }
    let owner = fs::metadata(format!("/proc/{process}")).unwrap().uid();
    assert_ne!(owner, 0, "the server runs as root");
    let cluster = fs::metadata(data_dir.join("postgres")).unwrap();
    assert_eq!((cluster.uid(), cluster.mode() & 0o777), (owner, 0o700));
    note(&postgres, "kept").await;

    let refused = refusal(&data_dir).await;
    let holder = format!("in use by another engine (process {})", std::process::id());
    assert!(refused.contains(&holder), "{refused}");

    // No setting in a file weakens durability.
    let configuration = data_dir.join("postgres/postgresql.auto.conf");
    postgres.stop().await.unwrap();
    assert!(!is_alive(process));
    fs::write(
        configuration,
        "fsync = off\nsynchronous_commit = off\nlisten_addresses = '*'\n",
    )
    .unwrap();

    let postgres = start(&data_dir).await;
    assert_eq!(notes(&postgres).await, "kept");
    let client = connect(&postgres).await;
    let promised = "SELECT string_agg(setting, ',' ORDER BY name) FROM pg_settings
                    WHERE name IN ('fsync', 'synchronous_commit', 'listen_addresses')";
    assert_eq!(text(&client, promised).await, "on,,on");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_is_noticed_and_the_next_start_has_everything_committed() {
    let directory = tempfile::tempdir().unwrap();
    let mut postgres = start(directory.path()).await;
    note(&postgres, "committed").await;
    let open = connect(&postgres).await;
    open.batch_execute("BEGIN; INSERT INTO notes VALUES ('open')")
        .await
        .unwrap();
    kill(server_process(directory.path()), Signal::SIGKILL).unwrap();

    let status = postgres.ended().await.unwrap();
    assert!(!status.success());
    postgres.stop().await.unwrap();

    let postgres = start(directory.path()).await;
    assert_eq!(notes(&postgres).await, "committed");

    // Dropped without a stop, as by a panic: the server goes all the same.
    let process = server_process(directory.path());
    drop(postgres);
    until("the server is gone", || !is_alive(process)).await;
}

#[tokio::test]
async fn a_server_that_outlived_its_killed_engine_is_replaced_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path();
    let mut engine = AnotherEngine::spawn(data_dir, None);
    engine.wait_until_ready();
    let orphan = server_process(data_dir);
    engine.kill();
    assert!(is_alive(orphan), "the server should have been orphaned");

    let postgres = start(data_dir).await;
    assert!(!is_alive(orphan));
    assert_eq!(notes(&postgres).await, "committed");
    postgres.stop().await.unwrap();

    // Both killed, and the server's number now belongs to a process of the same user.
    let mut engine = AnotherEngine::spawn(data_dir, None);
    engine.wait_until_ready();
    let cluster = data_dir.join("postgres");
    engine.kill();
    kill(server_process(data_dir), Signal::SIGKILL).unwrap();
    let owner = fs::metadata(&cluster).unwrap();
    let mut stranger = Command::new("sleep")
        .arg("600")
        .uid(owner.uid())
        .gid(owner.gid())
        .spawn()
        .unwrap();
    for name in ["postmaster.pid", ".s.PGSQL.5432.lock"] {
        let path = cluster.join(name);
        let stale = fs::read_to_string(&path).unwrap();
        let (_, rest) = stale.split_once('\n').unwrap();
        fs::write(&path, format!("{}\n{rest}", stranger.id())).unwrap();
    }

    let restarted = try_start(data_dir).await;
    let unharmed = stranger.try_wait().unwrap().is_none();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    assert!(unharmed, "a process that is not ours was stopped");
    let postgres = restarted.unwrap();
    assert_eq!(notes(&postgres).await, "committed committed");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_first_start_that_is_killed_leaves_nothing_in_the_way_of_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let unfinished = || -> Vec<PathBuf> {
        let entries = fs::read_dir(directory.path()).unwrap().flatten();
        let paths = entries.map(|entry| entry.path());
        paths
            .filter(|path| path.to_string_lossy().contains("unfinished"))
            .collect()
    };
    let mut engine = AnotherEngine::spawn(directory.path(), None);
    until("initdb is at work", || {
        unfinished()
            .iter()
            .any(|path| path.join("PG_VERSION").exists())
    })
    .await;
    engine.kill();
    assert!(!directory.path().join("postgres").exists());

    let postgres = start(directory.path()).await;
    note(&postgres, "works").await;
    postgres.stop().await.unwrap();
    let postgres = start(directory.path()).await;
    assert_eq!(notes(&postgres).await, "works");
    assert_eq!(unfinished(), Vec::<PathBuf>::new());
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_long_path_with_spaces_and_quotes_works_also_where_only_the_engine_may_enter() {
    let directory = tempfile::tempdir().unwrap();
    let long = "it's a \"long\" $(path) with 'quotes', = and \\ ".repeat(4);
    let data_dir = directory.path().join(&long).join(&long);
    let allow = |mode| fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode));

    allow(0o700).unwrap();
    let postgres = start(&data_dir).await;
    note(&postgres, "reached").await;
    postgres.stop().await.unwrap();

    allow(0o755).unwrap();
    let postgres = start(&data_dir).await;
    assert_eq!(notes(&postgres).await, "reached");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn an_engine_that_is_not_root_runs_the_server_as_itself() {
    if !geteuid().is_root() {
        return; // Every other test has shown it.
    }
    let user = User::from_name("nobody").unwrap().unwrap();
    let directory = tempfile::tempdir().unwrap();
    chown(directory.path(), Some(user.uid.as_raw()), None).unwrap();
    let mut engine = AnotherEngine::spawn(directory.path(), Some(&user));
    engine.wait_until_ready();
    let server = fs::metadata(format!("/proc/{}", server_process(directory.path()))).unwrap();
    assert_eq!(server.uid(), user.uid.as_raw());
    engine.stop();

    // Root goes on with that user's data as that user.
    let postgres = start(directory.path()).await;
    assert_eq!(notes(&postgres).await, "committed");
    let server = fs::metadata(format!("/proc/{}", server_process(directory.path()))).unwrap();
    assert_eq!(server.uid(), user.uid.as_raw());
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_directory_that_cannot_be_served_is_refused_and_left_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let entries = |path: &Path| fs::read_dir(path).unwrap().count();

    let foreign = directory.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("thesis.txt"), "years of work").unwrap();
    let refused = refusal(&foreign).await;
    assert!(
        refused.contains("was not made by the engine; set WALLET_DATA_DIR"),
        "{refused}"
    );
    assert_eq!(entries(&foreign), 1);

    let cluster = directory.path().join("ours/postgres");
    fs::create_dir_all(&cluster).unwrap();
    fs::write(directory.path().join("ours/engine.lock"), "").unwrap();
    let refused = refusal(cluster.parent().unwrap()).await;
    if geteuid().is_root() {
        assert!(refused.contains("belongs to root"), "{refused}");
        chown(&cluster, Some(65534), Some(65534)).unwrap();
        let refused = refusal(cluster.parent().unwrap()).await;
        assert!(
            refused.contains("not a whole PostgreSQL cluster"),
            "{refused}"
        );
    }
    fs::write(cluster.join("PG_VERSION"), "9999\n").unwrap();
    let refused = refusal(cluster.parent().unwrap()).await;
    assert!(
        refused.contains("made by PostgreSQL 9999, and of the server only"),
        "{refused}"
    );
    assert_eq!(entries(&cluster), 1);

    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = refusal(&file).await;
    assert!(refused.contains("could not create"), "{refused}");
}
