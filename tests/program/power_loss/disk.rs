//! A disk of the test's own whose power can be cut: an ext4 file system in a file.
//!
//! The cut is ext4's own shutdown, made for such tests: at once nothing more is written, neither data nor journal. What
//! programs wrote and did not flush (`fsync`) is lost, unless the system happened to write it earlier, as on a machine
//! that loses its power. Mounting again replays the journal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use tempfile::TempDir;

use super::super::PATIENCE;

/// Room for a cluster and its log; the file has holes.
const SIZE_BYTES: u64 = 1 << 30;

/// `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`. An ioctl needs unsafe code, which this crate has none of.
const SHUT_DOWN: &str = r#"
    open(my $disk, "<", $ARGV[0]) or die "open: $!";
    my $without_flush = pack("L", 2);
    ioctl($disk, 0x8004587d, $without_flush) or die "ioctl: $!";
"#;

/// A mounted disk.
pub(super) struct Disk {
    directory: TempDir,
}

impl Disk {
    /// `None` where the system does not let one be mounted; the reason is printed.
    pub(super) fn new() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        if !geteuid().is_root() || !Path::new("/dev/loop-control").exists() {
            eprintln!("no power is cut: that needs root and loop devices");
            return None;
        }
        let disk = Self { directory };
        let image = fs::File::create(disk.image()).unwrap();
        image.set_len(SIZE_BYTES).unwrap();
        fs::create_dir(disk.path()).unwrap();
        let made = said(Command::new("mkfs.ext4").arg("-q").arg(disk.image()));
        if let Err(refusal) = made.and_then(|()| disk.mount()) {
            eprintln!("no power is cut: {refusal}");
            return None;
        }
        Some(disk)
    }

    /// Where it is mounted.
    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().join("disk")
    }

    pub(super) fn cut(&self) {
        said(
            Command::new("perl")
                .args(["-e", SHUT_DOWN])
                .arg(self.path()),
        )
        .unwrap();
    }

    /// Mounts it again, as soon as the last process that had it open is gone.
    pub(super) fn power_on(&mut self) {
        let begun = Instant::now();
        while let Err(refusal) = said(Command::new("umount").arg(self.path())) {
            assert!(begun.elapsed() < PATIENCE, "{refusal}");
            std::thread::park_timeout(Duration::from_millis(10));
        }
        self.mount().unwrap();
    }

    fn image(&self) -> PathBuf {
        self.directory.path().join("image")
    }

    fn mount(&self) -> Result<(), String> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "ext4", "-o", "loop"]);
        said(mount.arg(self.image()).arg(self.path()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a test that failed may have left an engine on it.
        let _ = said(Command::new("umount").arg("--lazy").arg(self.path()));
    }
}

/// Runs a program; its output if it failed.
fn said(command: &mut Command) -> Result<(), String> {
    let Output { status, stderr, .. } =
        command.output().map_err(|e| format!("{command:?}: {e}"))?;
    let refusal = || format!("{command:?}: {}", String::from_utf8_lossy(&stderr));
    status.success().then_some(()).ok_or_else(refusal)
}
