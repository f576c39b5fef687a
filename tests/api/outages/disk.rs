//! A disk that is full, for which it takes a small file system of the test's own.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::{Bank, start};

/// What PostgreSQL needs to live, and a little more.
const SIZE: &str = "size=160m";

/// A file system in memory, gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where nothing may be mounted.
    fn mount(at: &Path) -> Option<Self> {
        match mount(
            Some("tmpfs"),
            at,
            Some("tmpfs"),
            MsFlags::empty(),
            Some(SIZE),
        ) {
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

#[actix_web::test]
async fn a_full_disk_costs_errors_until_there_is_room_again() {
    let data = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(data.path()) else {
        eprintln!("not shown: nothing may be mounted here");
        return;
    };
    let mut bank = Bank::open_with(data, |_| {}).await;
    let data = bank.data.path().to_owned();
    let mut running = bank.postgres.take();
    bank.through(async {
        bank.until_acknowledged(20).await;
        let filled = disk.fill();
        // What the log and the tables have left lasts for a while.
        let administrator = bank.administrator().await;
        let _ = administrator
            .batch_execute(
                "CREATE TABLE ballast AS SELECT repeat(n::text, 100) FROM generate_series(1, 1000000) n",
            )
            .await;
        bank.until_refused(6).await;
        std::fs::remove_file(filled).unwrap();
        // A server that could not write its log ends all sessions and starts again, or ends altogether.
        let ended = tokio::select! {
            ended = running.as_mut().unwrap().ended() => Some(ended.unwrap()),
            () = bank.until_ready_is(200) => None,
        };
        if ended.is_some() {
            drop(running.take());
            running = Some(start(&data).await);
        }
    })
    .await;
    bank.postgres = running;
    bank.close().await;
}
