//! A disk that is full: a small file system that only the ledger is on, so that the server itself goes on.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};

use testkit::disk::SmallDisk;

use super::app::App;
use super::ledger::audit;
use super::readiness::until_unready;
use testkit::servers::Servers;

/// Enough for an empty ledger with its indexes.
const SIZE_MB: u32 = 4;

#[tokio::test]
async fn a_disk_that_is_full_is_not_ready_until_there_is_room_again() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let directory = servers.directory().join("small");
    fs::create_dir(&directory).unwrap();
    let Some(disk) = SmallDisk::mount(&directory, SIZE_MB) else {
        return;
    };
    let owner = fs::metadata(servers.directory()).unwrap();
    chown(&directory, Some(owner.uid()), Some(owner.gid())).unwrap();
    let app = App::start(&server.url(), 3).await;
    let wallet = app.wallet("alice").await;
    let tablespace = format!("CREATE TABLESPACE small LOCATION '{}'", directory.display());
    server
        .execute(&[
            &tablespace,
            "ALTER TABLE operations SET TABLESPACE small",
            "ALTER INDEX operations_pkey SET TABLESPACE small",
        ])
        .await;
    app.put(&wallet, "1.00").await;

    let filled = disk.fill();
    until_unready(&app, &wallet).await;
    fs::remove_file(filled).unwrap();

    // A deposit that succeeds shows it at once; without any it takes longer.
    app.until_deposited(&wallet, "1.00").await;
    app.until_ready().await;
    audit(&server);
    drop(app);
    drop(server);
}
