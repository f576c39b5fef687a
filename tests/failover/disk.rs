//! A disk that is full: a small file system that only the ledger is on, so that the server itself goes on.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::app::App;
use super::ledger::audit;
use super::readiness::until_unready;
use super::servers::Servers;

/// Enough for an empty ledger with its indexes.
const SIZE: &str = "size=4m";

/// A file system in memory, gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where nothing may be mounted.
    fn mount(at: &Path) -> Option<Self> {
        let mounted = mount(
            Some("tmpfs"),
            at,
            Some("tmpfs"),
            MsFlags::empty(),
            Some(SIZE),
        );
        match mounted {
            Ok(()) => Some(Self(at.to_owned())),
            Err(Errno::EPERM | Errno::EACCES) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Writes until nothing more fits.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("filled");
        let mut file = File::create(&path).unwrap();
        let full = loop {
            if let Err(error) = file.write_all(&[1; 4096]) {
                break error;
            }
        };
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = umount2(&self.0, MntFlags::MNT_DETACH);
    }
}

#[tokio::test]
async fn a_disk_that_is_full_is_not_ready_until_there_is_room_again() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let directory = servers.directory().join("small");
    fs::create_dir(&directory).unwrap();
    let Some(disk) = SmallDisk::mount(&directory) else {
        eprintln!("not shown: nothing may be mounted here");
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
