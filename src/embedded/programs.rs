//! Finding the programs of a PostgreSQL server.
//!
//! Distributions keep `initdb` and `postgres` off the `PATH`, several versions side by side. The first
//! directory that has both, of a version that will do, wins; in this order:
//!
//! 1. the directory that `pg_config --bindir` prints,
//! 2. the `PATH`,
//! 3. where Debian, Red Hat, Alpine and Homebrew put them, the newest version first.
//!
//! Data can only be served by the major version that made it. Existing data therefore narrows the search
//! to its version: installing a newer PostgreSQL beside the old one changes nothing.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::EmbeddedError;

/// The oldest version whose `initdb` knows the options that we give it.
const MAJOR_MIN: u32 = 14;

/// Directories with one entry a version: parent, how the entry's name begins, where the programs are in it.
const VERSIONED: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
];

/// The programs of one installed version.
#[derive(Debug)]
pub(super) struct Programs {
    pub initdb: PathBuf,
    pub postgres: PathBuf,
}

impl Programs {
    /// The programs that can make a new cluster, or serve the one in `cluster` that the version `made_by` made.
    pub async fn find(cluster: &Path, made_by: Option<&str>) -> Result<Self, EmbeddedError> {
        let mut installed = Vec::new();
        for directory in directories().await {
            let programs = Self {
                initdb: directory.join("initdb"),
                postgres: directory.join("postgres"),
            };
            let Some(major) = programs.major().await.filter(|&major| major >= MAJOR_MIN) else {
                continue;
            };
            if made_by.is_none_or(|made_by| made_by == major.to_string()) {
                return Ok(programs);
            }
            if !installed.contains(&major) {
                installed.push(major);
            }
        }
        match made_by {
            Some(made_by) if !installed.is_empty() => Err(EmbeddedError::WrongVersion {
                cluster: cluster.to_owned(),
                made_by: made_by.to_owned(),
                installed,
            }),
            _ => Err(EmbeddedError::ProgramsMissing {
                major_min: MAJOR_MIN,
            }),
        }
    }

    /// The major version, when both programs are there and the server runs.
    async fn major(&self) -> Option<u32> {
        if !self.initdb.is_file() || !self.postgres.is_file() {
            return None;
        }
        major_in(&printed_by(Command::new(&self.postgres).arg("--version")).await?)
    }
}

/// Where the programs may be, best first.
async fn directories() -> Vec<PathBuf> {
    let mut directories = Vec::new();
    if let Some(directory) = printed_by(Command::new("pg_config").arg("--bindir")).await {
        directories.push(PathBuf::from(directory));
    }
    if let Some(path) = std::env::var_os("PATH") {
        directories.extend(std::env::split_paths(&path).filter(|entry| entry.is_absolute()));
    }
    for &(parent, prefix, within) in VERSIONED {
        let mut entries: Vec<(u32, PathBuf)> = std::fs::read_dir(parent)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let version = name.to_str()?.strip_prefix(prefix)?;
                // One without a version comes last.
                let version = version.trim_start_matches('@').parse().unwrap_or(0);
                Some((version, entry.path().join(within)))
            })
            .collect();
        entries.sort_unstable_by(|one, other| other.cmp(one));
        directories.extend(entries.into_iter().map(|(_, directory)| directory));
    }
    directories
}

/// What the command printed, if it succeeded.
async fn printed_by(command: &mut Command) -> Option<String> {
    let output = command.output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The major version in what `postgres --version` prints.
fn major_in(line: &str) -> Option<u32> {
    let (_, version) = line.split_once("(PostgreSQL) ")?;
    let end = version
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(version.len());
    version[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_releases_and_previews() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
        assert_eq!(major_in(debian), Some(15));
        assert_eq!(major_in("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_in("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(major_in("postgres (EnterpriseDB) 16.1"), None);
    }
}
