//! What was answered is there after the power is cut, at whatever moment that is.
//!
//! A round: deposits go on without a pause, the power is cut, and an engine that starts on what is left has every
//! answered deposit once, with its amount and the balance that was answered, and none that was not sent. The power is
//! cut in two ways:
//!
//! - **A copy of the files** (`frozen`), taken while PostgreSQL stands still. Anybody can do this. The copy has what was
//!   written, also what only the system's memory holds, so that it is a crash of PostgreSQL rather than of the machine.
//! - **A file system that is shut down** (`disk`): what was not flushed to the disk is gone, as after a power cut. This
//!   needs root, a loop device and ext4. With commits that do not wait for the disk the same cut does lose answered
//!   deposits, which shows that it is a real one and that the ledger's check sees what is missing.

mod disk;
pub mod frozen;
mod ledger;
mod load;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Instant;

use nix::sys::signal::Signal;
use tokio_postgres::NoTls;

use self::disk::Disk;
use self::frozen::{Frozen, postgres_processes};
use self::ledger::Row;
use self::load::{Load, Sent};
use super::{PATIENCE, Served};

/// Copies, or cuts, in one run.
const ROUNDS: usize = 5;
/// Deposits that are answered before the power is cut.
const ANSWERED_MIN: usize = 200;
/// Cuts until one has to lose something that no commit waited for. Any one of them is all but certain to.
const CUTS_MAX: usize = 10;
/// One for all clients, and four others.
const WALLETS: [&str; 5] = ["hot", "a", "b", "c", "d"];

async fn register_all(engine: &Served) -> Vec<String> {
    let mut wallets = Vec::new();
    for name in WALLETS {
        wallets.push(engine.register(name).await);
    }
    wallets
}

/// Waits until `count` deposits were answered.
async fn answered(sent: &Sent, count: usize) {
    let begun = Instant::now();
    while sent.answered() < count {
        assert!(begun.elapsed() < PATIENCE, "{} answered", sent.answered());
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

/// A session of the test's own beside the engine's.
async fn session(data: &Path) -> tokio_postgres::Client {
    let mut config = tokio_postgres::Config::new();
    config.host_path(data.join("postgres"));
    config.user("wallet").dbname("wallet");
    let (client, connection) = config.connect(NoTls).await.unwrap();
    actix_web::rt::spawn(connection);
    client
}

/// The ledger in the order of each wallet, and the balances that the engine reports.
async fn ledger_of(engine: &Served, data: &Path, wallets: &[String]) -> Vec<Row> {
    let rows = ledger::read(&session(data).await).await;
    for wallet in wallets {
        let last = rows.iter().rfind(|row| row.wallet == *wallet);
        let balance = last.map_or("0.00", |row| row.balance.as_str());
        assert_eq!(engine.balance(wallet).await, balance, "{wallet}");
    }
    rows
}

/// Stops the engine in order; then its own audit has to find nothing.
fn stop_and_verify(engine: Served, data: &Path) {
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
    let mut verify = super::program();
    verify.env("WALLET_DATA_DIR", data).arg("verify");
    let Output { status, stdout, .. } = verify.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stdout));
}

#[actix_web::test]
async fn a_copy_of_the_data_taken_under_load_has_everything_that_was_answered() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let wallets = register_all(&engine).await;
    let sent = Arc::new(Sent::default());
    let load = Load::start(&engine, &wallets, &sent);

    for round in 0..ROUNDS {
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("data");
        answered(&sent, sent.answered() + ANSWERED_MIN).await;
        let frozen = Frozen::freeze(data.path());
        let (from, to) = (data.path().to_owned(), copy.clone());
        let copying = move || Command::new("cp").arg("-a").args([from, to]).status();
        let copied = actix_web::rt::task::spawn_blocking(copying).await.unwrap();
        assert!(copied.unwrap().success());
        // Until here nothing was committed since the freeze: what was answered meanwhile was committed before it.
        let before = sent.so_far();
        frozen.thaw();

        let recovered = Served::start(&copy);
        let rows = ledger_of(&recovered, &copy, &wallets).await;
        assert_eq!(before.missing(&rows), [""; 0], "round {round}");
        assert_eq!(sent.so_far().wrong(&rows), [""; 0], "round {round}");
        stop_and_verify(recovered, &copy);
    }

    // The copies cost the original nothing.
    answered(&sent, sent.answered() + ANSWERED_MIN).await;
    load.stop().await;
    let rows = ledger_of(&engine, data.path(), &wallets).await;
    assert_eq!(sent.so_far().missing(&rows), [""; 0]);
    assert_eq!(sent.so_far().wrong(&rows), [""; 0]);
    stop_and_verify(engine, data.path());
}

/// Cuts the power under the engine, and turns it on again.
async fn cut_power(disk: &mut Disk, engine: Served, load: Load, data: &Path) {
    let postgres = postgres_processes(data);
    disk.cut();
    engine.signal(Signal::SIGKILL);
    for process in postgres {
        // One that found its disk gone may have ended already.
        let _ = nix::sys::signal::kill(process, Signal::SIGKILL);
    }
    engine.end();
    load.ended().await;
    disk.power_on();
}

#[actix_web::test]
async fn a_power_cut_under_load_loses_nothing_that_was_answered() {
    let Some(mut disk) = Disk::new() else { return };
    let data = disk.path().join("data");
    let mut engine = Served::start(&data);
    // The very first cut comes as early as it can: also the cluster itself was made a moment ago.
    let wallets = register_all(&engine).await;
    let sent = Arc::new(Sent::default());
    let mut enough = 1;

    for round in 0..ROUNDS {
        let load = Load::start(&engine, &wallets, &sent);
        answered(&sent, sent.answered() + enough).await;
        cut_power(&mut disk, engine, load, &data).await;
        engine = Served::start(&data);
        let rows = ledger_of(&engine, &data, &wallets).await;
        assert_eq!(sent.so_far().missing(&rows), [""; 0], "round {round}");
        assert_eq!(sent.so_far().wrong(&rows), [""; 0], "round {round}");
        enough = ANSWERED_MIN;
    }
    stop_and_verify(engine, &data);
}

#[actix_web::test]
async fn a_power_cut_loses_answered_deposits_when_commits_do_not_wait_for_the_disk() {
    let Some(mut disk) = Disk::new() else { return };
    let data = disk.path().join("data");
    let engine = Served::start(&data);
    let wallets = register_all(&engine).await;
    let careless = "ALTER ROLE wallet SET synchronous_commit = off";
    session(&data).await.batch_execute(careless).await.unwrap();
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
    let sent = Arc::new(Sent::default());

    for _ in 0..CUTS_MAX {
        let engine = Served::start(&data);
        let load = Load::start(&engine, &wallets, &sent);
        answered(&sent, sent.answered() + ANSWERED_MIN).await;
        cut_power(&mut disk, engine, load, &data).await;
        let engine = Served::start(&data);
        let rows = ledger_of(&engine, &data, &wallets).await;
        let missing = sent.so_far().missing(&rows);
        // What is left is whole all the same: no half of an operation, only fewer of them.
        stop_and_verify(engine, &data);
        if !missing.is_empty() {
            return;
        }
    }
    panic!("{CUTS_MAX} cuts lost nothing: they are no power cuts");
}
