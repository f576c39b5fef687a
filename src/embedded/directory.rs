//! The data directory, and the proof that no other engine works in it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::EmbeddedError;

/// The first file that the engine creates in its directory, which so identifies one.
const LOCK: &str = "engine.lock";

/// How the name of a cluster in the making begins.
const UNFINISHED: &str = "postgres.unfinished-";

/// Entries of a directory that is still as good as empty: what ext4 puts at the root of a fresh volume.
const OF_AN_EMPTY_VOLUME: &[&str] = &["lost+found"];

/// The cluster's name in the directory.
pub(super) const CLUSTER: &str = "postgres";

/// A data directory that this engine alone works in.
#[derive(Debug)]
pub(super) struct DataDirectory {
    /// Absolute.
    path: PathBuf,
    /// Held for the engine's life; the system releases it even if the engine is killed.
    _lock: Flock<File>,
}

impl DataDirectory {
    /// Makes the directory if there is none, and locks it.
    pub fn claim(path: &Path) -> Result<Self, EmbeddedError> {
        fs::create_dir_all(path).map_err(EmbeddedError::file("create", path))?;
        let path = path
            .canonicalize()
            .map_err(EmbeddedError::file("find", path))?;
        if is_foreign(&path).map_err(EmbeddedError::file("list", &path))? {
            return Err(EmbeddedError::ForeignDirectory { directory: path });
        }
        let lock = lock(&path)?;
        Ok(Self { path, _lock: lock })
    }

    /// Where the cluster is, or will be.
    pub fn cluster(&self) -> PathBuf {
        self.path.join(CLUSTER)
    }

    /// A name for a cluster in the making. A new one each time, because an `initdb` that outlived its engine
    /// may still be writing under the last one.
    pub fn unfinished_cluster(&self) -> PathBuf {
        let unique = uuid::Uuid::new_v4().simple();
        self.path.join(format!("{UNFINISHED}{unique}"))
    }

    /// Removes what interrupted first starts left. What an `initdb` keeps from being removed, by writing into
    /// it to its own end, is the next start's to remove.
    pub fn remove_unfinished_clusters(&self) -> Result<(), EmbeddedError> {
        let entries = fs::read_dir(&self.path).map_err(EmbeddedError::file("list", &self.path))?;
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED)
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                tracing::warn!(path = %entry.path().display(), %error, "could not remove an unfinished cluster");
            }
        }
        Ok(())
    }

    /// Makes a rename within the directory survive a power cut.
    pub fn sync(&self) -> Result<(), EmbeddedError> {
        File::open(&self.path)
            .and_then(|directory| directory.sync_all())
            .map_err(EmbeddedError::file("write", &self.path))
    }

    /// A new, empty log of the server. The one of the run before is kept beside it, and older ones are not.
    pub fn new_log(&self) -> Result<(PathBuf, File), EmbeddedError> {
        let path = self.path.join("postgres.log");
        match fs::rename(&path, self.path.join("postgres.log.1")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(EmbeddedError::file("rename", path)(error));
            }
            _ => {}
        }
        let log = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(EmbeddedError::file("create", &path))?;
        Ok((path, log))
    }
}

/// Whether the directory has entries, and no lock file of an engine.
fn is_foreign(path: &Path) -> io::Result<bool> {
    let names = fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    let ours = names.iter().any(|name| name == LOCK);
    let empty = names
        .iter()
        .all(|name| OF_AN_EMPTY_VOLUME.iter().any(|known| name == known));
    Ok(!ours && !empty)
}

/// Locks the directory and writes the engine's process ID into the lock file, for the error message of another engine.
fn lock(directory: &Path) -> Result<Flock<File>, EmbeddedError> {
    let path = directory.join(LOCK);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(EmbeddedError::file("open", &path))?;
    let mut lock = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => lock,
        Err((mut file, Errno::EWOULDBLOCK)) => {
            let mut holder = String::new();
            // Best effort: the holder may be about to write its number.
            let _ = file.read_to_string(&mut holder);
            return Err(EmbeddedError::InUse {
                directory: directory.to_owned(),
                process: holder.trim().parse().ok(),
            });
        }
        Err((_, error)) => return Err(EmbeddedError::file("lock", path)(error.into())),
    };
    lock.set_len(0)
        .and_then(|()| lock.rewind())
        .and_then(|()| writeln!(lock, "{}", std::process::id()))
        .map_err(EmbeddedError::file("write", path))?;
    Ok(lock)
}
