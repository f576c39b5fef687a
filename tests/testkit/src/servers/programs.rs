//! The server's programs, and the account that they run as: PostgreSQL refuses to be root.
//!
//! The programs are those of the `pg_config` in the `PATH`, and else the newest where Debian puts them. A test on
//! another version is started with another `PATH`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as BlockingCommand, Stdio};

use nix::unistd::{User, geteuid};
use tokio::process::Command;

/// Where Debian has a directory for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

pub struct Programs {
    directory: PathBuf,
    /// The owner and the group of the data, where they are not the test's own.
    pub account: Option<(u32, u32)>,
}

impl Programs {
    pub fn find() -> Self {
        let directory = by_pg_config().or_else(newest_of_debian);
        let directory = directory.expect("initdb is not found: apt-get install postgresql");
        let account = geteuid().is_root().then(|| {
            let user = User::from_name("postgres").unwrap();
            let user = user.expect("there is no user postgres, and PostgreSQL refuses to be root");
            (user.uid.as_raw(), user.gid.as_raw())
        });
        Self { directory, account }
    }

    /// A command that runs one of them in the directory, with nothing of this machine's environment but its path.
    pub fn command(&self, program: &str, directory: &Path) -> Command {
        let mut command = Command::new(self.directory.join(program));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .current_dir(directory)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Runs it to its end. `Err` has what it printed.
    pub async fn run(command: &mut Command) -> Result<String, String> {
        let output = command.output().await.unwrap();
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).trim().to_owned();
        if output.status.success() {
            Ok(printed)
        } else {
            Err(printed)
        }
    }
}

fn by_pg_config() -> Option<PathBuf> {
    let output = BlockingCommand::new("pg_config").arg("--bindir").output();
    let printed = String::from_utf8(output.ok()?.stdout).ok()?;
    Some(PathBuf::from(printed.trim())).filter(|directory| has_initdb(directory))
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?.flatten();
    versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, directory)| has_initdb(directory))
        .max()
        .map(|(_, directory)| directory)
}

fn has_initdb(directory: &Path) -> bool {
    directory.join("initdb").is_file()
}
