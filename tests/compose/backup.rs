//! Backups under load, and what is restored from them.

use std::pin::pin;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::load::{Load, register};
use crate::stack::Stack;
use crate::{CALM, PATIENCE};

/// A wallet whose balance says which moment the database is of.
pub struct Witness {
    url: String,
    http: Client,
}

impl Witness {
    pub async fn new(stack: &Stack) -> Self {
        // A restore blocks this thread longer than nginx keeps a connection that it could be tried on.
        let http = stack
            .client_builder()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let url = format!("http://{}", stack.address);
        let wallet = register(&http, &url).await;
        let url = format!("{url}{wallet}");
        Self { url, http }
    }

    pub async fn deposit(&self, balance: &str) {
        let url = format!("{}operation/", self.url);
        let deposit = json!({"operationType": "DEPOSIT", "amount": "1.00"});
        let answer = self.http.post(url).json(&deposit).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["balance"], balance, "{body}");
    }

    /// Waits until it is served again after an outage, with this balance.
    pub async fn is_back(&self, balance: &str) {
        let begun = Instant::now();
        loop {
            let answer = self.http.get(&self.url).send().await.unwrap();
            if answer.status() == 200 {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{}", answer.status());
            sleep(CALM / 10).await;
        }
        self.holds(balance).await;
    }

    pub async fn holds(&self, balance: &str) {
        let answer = self.http.get(&self.url).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["balance"], balance, "{body}");
    }
}

/// Log that is no operation's.
const MORE: &str = "INSERT INTO bulk SELECT n, text FROM bulk LIMIT 40000";

/// The database's own clock, between two commits.
fn moment(stack: &Stack) -> String {
    let query =
        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS')";
    psql(stack, query).replace('T', " ") + "+00"
}

pub fn psql(stack: &Stack, query: &str) -> String {
    let asked = stack.inside("postgres", &["psql", "-XAtU", "postgres", "-c", query]);
    assert!(asked.status.success(), "{query}: {asked:?}");
    String::from_utf8(asked.stdout).unwrap().trim().to_owned()
}

/// Bytes of log that PostgreSQL has written since it was made.
fn written(stack: &Stack) -> u64 {
    let written = psql(stack, "SELECT pg_current_wal_lsn() - '0/0'");
    written.parse().unwrap()
}

/// While a backup is made, several times `max_wal_size` of log is written; nothing of what it needs is lost. It is halted in
/// the middle of its copy until that is so, however fast it may be.
pub async fn a_backup_outlasts_the_log_that_postgresql_keeps(stack: &Stack, load: &Load) {
    let max_wal_size: u64 = 64 << 20;
    psql(stack, "ALTER SYSTEM SET max_wal_size = '64MB'");
    psql(stack, "SELECT pg_reload_conf()");
    let bulk = "CREATE TABLE bulk AS
        SELECT n, (SELECT string_agg(md5((n * m)::text), '') FROM generate_series(1, 20) m) AS text
        FROM generate_series(1, 200000) n";
    stack.psql_beside(bulk).await;
    let before = written(stack);
    let failures = load.failures();
    in_postgres(stack, "touch /tmp/begun");
    let mut backup = pin!(stack.run_beside("docker/backup.sh now full"));
    let log = async {
        let copied = "find /var/lib/pgbackrest/backup/wallet -path '*/pg_data/*' -newer /tmp/begun";
        until("a file is copied", || {
            !in_postgres(stack, copied).is_empty()
        })
        .await;
        signal_backup(stack, "STOP");
        while written(stack) - before < 3 * max_wal_size {
            stack.psql_beside(MORE).await;
        }
    };
    tokio::select! {
        said = &mut backup => panic!("complete before the log was written: {said}"),
        () = log => {}
    }
    signal_backup(stack, "CONT");
    println!("{}", backup.await);
    assert_eq!(
        load.failures(),
        failures,
        "no request waited for the backup"
    );
    psql(stack, "DROP TABLE bulk");
}

/// Sends a signal to what makes the backup.
fn signal_backup(stack: &Stack, signal: &str) {
    let script = format!(
        r#"for process in /proc/[0-9]*; do
            [ "$(cat "$process/comm" 2>/dev/null)" = pgbackrest ] && kill -{signal} "${{process#/proc/}}" && signalled=1
        done; [ -n "$signalled" ]"#
    );
    let signalled = stack.inside("backup", &["sh", "-c", &script]);
    assert!(signalled.status.success(), "{signal}: {signalled:?}");
}

/// Of three deposits the third is left out, and the load as it was then agrees with itself.
pub async fn a_moment_is_restored(stack: &Stack, witness: &Witness) {
    witness.deposit("1.00").await;
    witness.deposit("2.00").await;
    let then = moment(stack);
    witness.deposit("3.00").await;
    refused_restores(stack, witness).await;

    let mut restore = stack.command("docker/restore.sh");
    println!("docker/restore.sh --time '{then}'");
    let restored = restore.args(["--time", &then]).output().unwrap();
    let said = String::from_utf8_lossy(&[restored.stdout, restored.stderr].concat()).into_owned();
    assert!(restored.status.success(), "{said}");
    assert!(said.contains("Everything agrees."), "{said}");
    witness.holds("2.00").await;
    witness.deposit("3.00").await;
    stack.verify();

    // The new history is backed up as well, from the moment on.
    witness.deposit("4.00").await;
    let said = stack.run("docker/restore.sh --latest");
    assert!(said.contains("Everything agrees."), "{said}");
    witness.holds("4.00").await;
}

/// Each with its reason; the database goes on as it is.
async fn refused_restores(stack: &Stack, witness: &Witness) {
    for (moment, reason) in [
        (
            "2020-01-01T00:00:00+00",
            "no backup was complete at that time",
        ),
        (
            "2037-01-01T00:00:00+00",
            "recovery ended before configured recovery target",
        ),
        ("yesterday", "time format"),
    ] {
        let line = format!("docker/restore.sh --time {moment}");
        let mut restore = stack.command("docker/restore.sh");
        let refused = restore.args(["--time", &moment.replace('T', " ")]);
        let refused = refused.output().unwrap();
        let said = String::from_utf8_lossy(&[refused.stdout, refused.stderr].concat()).into_owned();
        assert!(!refused.status.success(), "{line}: {said}");
        assert!(said.contains(reason), "{line}: {said}");
        assert!(said.contains("the database is unchanged"), "{line}: {said}");
        witness.holds("3.00").await;
    }
}

/// A dump that ends too early changes nothing; a whole one takes the place of the database, which is kept.
pub async fn a_dump_is_restored_if_it_can_be_read(stack: &Stack, witness: &Witness) {
    let directory = tempfile::tempdir().unwrap();
    let dump = directory.path().join("wallet.dump");
    let file = std::fs::File::create(&dump).unwrap();
    let arguments = [
        "exec", "-T", "postgres", "pg_dump", "--format", "custom", "wallet",
    ];
    let mut pg_dump = stack.command("docker/compose.sh");
    let dumped = pg_dump.args(arguments).stdout(file).status().unwrap();
    assert!(dumped.success());
    witness.deposit("5.00").await;

    let cut = directory.path().join("cut.dump");
    let bytes = std::fs::read(&dump).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let line = format!("docker/restore.sh {}", cut.display());
    stack.refuses(&line, "was not restored; the database is unchanged");
    witness.holds("5.00").await;

    stack.run(&format!("docker/restore.sh {}", dump.display()));
    witness.holds("4.00").await;
    stack.verify();
    let databases = "SELECT count(*) FROM pg_database WHERE datname LIKE 'before%'";
    assert_eq!(psql(stack, databases), "1");
    stack.run("docker/restore.sh --forget");
    assert_eq!(psql(stack, databases), "0");
}

/// Commits go on, the log that waits is bounded, and the next backup makes up for what was given up.
pub async fn a_repository_that_takes_nothing_stops_no_commit(stack: &Stack, witness: &Witness) {
    stack.run(
        "env WALLET_BACKUP_QUEUE_MAX=64MiB docker/compose.sh up --detach --no-deps --no-build postgres",
    );
    witness.is_back("4.00").await;
    let log = "/var/lib/pgbackrest/archive/wallet/15-1";
    in_postgres(stack, &format!("touch /tmp/begun; chmod 500 {log} {log}/*"));
    psql(stack, "CREATE TABLE bulk (n int, text text)");
    let mut written = 0;
    until("the log is given up", || {
        psql(stack, FILL);
        psql(stack, "SELECT pg_switch_wal()");
        written += 1;
        !in_postgres(stack, "find /var/lib/postgresql/15/gap -newer /tmp/begun").is_empty()
    })
    .await;
    println!("given up after {written} rounds");
    witness.deposit("5.00").await;
    let kept: u64 = psql(stack, "SELECT sum(size) FROM pg_ls_waldir()")
        .parse()
        .unwrap();
    assert!(kept < 512 << 20, "{kept} bytes of log wait");

    in_postgres(stack, &format!("chmod 750 {log} {log}/*"));
    psql(stack, "DROP TABLE bulk");
    let backups = "find /var/lib/pgbackrest/backup/wallet -name backup.manifest -newer /var/lib/postgresql/15/gap";
    until("there is a backup of what is there now", || {
        !in_postgres(stack, backups).is_empty()
    })
    .await;
    stack.run("docker/restore.sh --latest");
    witness.holds("5.00").await;
}

/// Some files of log.
const FILL: &str = "INSERT INTO bulk
    SELECT n, (SELECT string_agg(md5((n * m)::text), '') FROM generate_series(1, 20) m) FROM generate_series(1, 40000) n";

/// Waits until the condition holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < 2 * PATIENCE, "not so: {what}");
        sleep(CALM / 2).await;
    }
}

/// What a script printed, as the server's user.
fn in_postgres(stack: &Stack, script: &str) -> String {
    let done = stack.inside("postgres", &["sh", "-c", script]);
    assert!(done.status.success(), "{script}: {done:?}");
    String::from_utf8(done.stdout).unwrap()
}

/// They are what the project is, not what the last command said.
pub fn backups_go_on(stack: &Stack) {
    let said = stack.run("docker/backup.sh now");
    assert!(said.contains("the diff backup is complete"), "{said}");
    let status = stack.run("docker/backup.sh status");
    assert!(status.contains("status: ok"), "{status}");
}
