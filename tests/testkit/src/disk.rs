//! A disk that fills up: a small file system in memory, where one may be mounted.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

/// Gone when dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None`, with a word on it, where nothing may be mounted.
    pub fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        let size = format!("size={megabytes}m");
        match mount(
            Some("tmpfs"),
            at,
            Some("tmpfs"),
            MsFlags::empty(),
            Some(size.as_str()),
        ) {
            Ok(()) => Some(Self(at.to_owned())),
            Err(Errno::EPERM | Errno::EACCES) => {
                eprintln!("not shown: nothing may be mounted here");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Writes a file until nothing more fits; gives its path.
    pub fn fill(&self) -> PathBuf {
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
