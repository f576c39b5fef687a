//! Which user the server runs as.
//!
//! An engine that is not root runs the server as itself. PostgreSQL refuses to be root, so an engine that
//! is root runs it as the owner of the data, and the first time as `postgres` or else `nobody`.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{Gid, Uid, User, geteuid};
use tokio::process::Command;

use super::EmbeddedError;

/// The users to run the server as, best first.
const UNPRIVILEGED: &[&str] = &["postgres", "nobody"];

/// The user that the server runs as.
#[derive(Debug)]
pub(super) struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    /// Whether that is another user than the engine's.
    foreign: bool,
}

impl Account {
    /// The user to run the server of `cluster` as, which need not exist yet.
    pub fn of_server(cluster: &Path) -> Result<Self, EmbeddedError> {
        let owner = match std::fs::metadata(cluster) {
            Ok(found) => Some((found.uid(), found.gid())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(EmbeddedError::file("access", cluster)(error)),
        };
        let engine = geteuid();
        match owner {
            Some((0, _)) => Err(EmbeddedError::OwnedByRoot {
                cluster: cluster.to_owned(),
            }),
            Some((uid, gid)) if engine.is_root() => Ok(Self {
                name: name_of(Uid::from_raw(uid)).unwrap_or_else(|| uid.to_string()),
                uid,
                gid,
                foreign: true,
            }),
            None if engine.is_root() => UNPRIVILEGED
                .iter()
                .find_map(|name| User::from_name(name).ok().flatten())
                .map(|user| Self::from_user(user, true))
                .ok_or(EmbeddedError::NoAccount),
            Some((uid, _)) if uid != engine.as_raw() => Err(EmbeddedError::AnotherOwner {
                cluster: cluster.to_owned(),
                owner: name_of(Uid::from_raw(uid)).unwrap_or_else(|| uid.to_string()),
                engine: engine_name()?,
            }),
            _ => Ok(Self {
                name: engine_name()?,
                uid: engine.as_raw(),
                gid: Gid::effective().as_raw(),
                foreign: false,
            }),
        }
    }

    fn from_user(user: User, foreign: bool) -> Self {
        Self {
            name: user.name,
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
            foreign,
        }
    }

    /// Makes the command run as this user, in none of root's supplementary groups (which the standard
    /// library drops when root sets a user).
    pub fn run(&self, command: &mut Command) {
        if self.foreign {
            command.uid(self.uid).gid(self.gid);
        }
    }
}

/// The name of the user that the engine runs as, by which the server identifies it.
pub(super) fn engine_name() -> Result<String, EmbeddedError> {
    let uid = geteuid();
    name_of(uid).ok_or(EmbeddedError::NamelessUser { uid: uid.as_raw() })
}

fn name_of(uid: Uid) -> Option<String> {
    User::from_uid(uid).ok().flatten().map(|user| user.name)
}
