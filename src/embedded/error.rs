//! Why the private PostgreSQL does not run, with a hint where an operator can act.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// What installs the programs.
const INSTALL: &str = if cfg!(target_os = "macos") {
    "brew install postgresql@17"
} else {
    "apt-get install postgresql"
};

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "no PostgreSQL server of version {major_min} or newer is installed (initdb and postgres were not found); \
         install it with `{INSTALL}`, or set DATABASE_URL to a database that runs elsewhere"
    )]
    ProgramsMissing { major_min: u32 },
    #[error(
        "{} was made by PostgreSQL {made_by}, and of the server only {} is installed; install PostgreSQL \
         {made_by}, move the data with pg_upgrade, or set WALLET_DATA_DIR to another directory",
        cluster.display(), listed(installed)
    )]
    WrongVersion {
        cluster: PathBuf,
        made_by: String,
        /// Major versions; never empty.
        installed: Vec<u32>,
    },
    #[error(
        "{} is in use by another engine{}; stop that one, or set WALLET_DATA_DIR to another directory",
        directory.display(), numbered(*process)
    )]
    InUse {
        directory: PathBuf,
        /// As the other engine sees itself; it may run in another container.
        process: Option<u32>,
    },
    #[error(
        "{} is not empty and was not made by the engine; set WALLET_DATA_DIR to a new or an empty directory",
        directory.display()
    )]
    ForeignDirectory { directory: PathBuf },
    #[error(
        "{} is not a whole PostgreSQL cluster (it has no PG_VERSION); restore it from a backup, or move it \
         away to begin with an empty database",
        cluster.display()
    )]
    Incomplete { cluster: PathBuf },
    #[error(
        "PostgreSQL must not run as root, and there is no user postgres or nobody to run it as; \
         create one with `useradd --system postgres`"
    )]
    NoAccount,
    #[error(
        "the user with the number {uid} has no name, which PostgreSQL needs; add the user to /etc/passwd, \
         or start the engine as another"
    )]
    NamelessUser { uid: u32 },
    #[error(
        "{} belongs to the user {owner} and the engine runs as {engine}; start it as {owner} or as root, \
         or set WALLET_DATA_DIR to another directory",
        cluster.display()
    )]
    AnotherOwner {
        cluster: PathBuf,
        owner: String,
        engine: String,
    },
    #[error(
        "{} belongs to root, as whom PostgreSQL must not run; give it away with `chown -R postgres` or to \
         whichever user is to run PostgreSQL",
        cluster.display()
    )]
    OwnedByRoot { cluster: PathBuf },
    #[error(
        "the user {user}, as whom PostgreSQL runs, cannot enter {}; set WALLET_DATA_DIR to a directory below \
         one that every user may search, such as /var/lib/wallet-engine",
        cluster.display()
    )]
    Unreachable { cluster: PathBuf, user: String },
    #[error(
        "{} is too long a path for a Unix socket; set WALLET_DATA_DIR to a shorter one",
        cluster.display()
    )]
    PathTooLong { cluster: PathBuf },
    #[error("could not {action} {}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("could not run {}", program.display())]
    Program {
        program: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("initdb ended with {status} and printed: {output}")]
    Initdb { status: ExitStatus, output: String },
    #[error(
        "PostgreSQL ended with {status} before it accepted connections; {} ends with: {output}",
        log.display()
    )]
    EndedEarly {
        status: ExitStatus,
        log: PathBuf,
        output: String,
    },
    #[error(
        "PostgreSQL accepted no connection within {waited_s} seconds; see {}",
        log.display()
    )]
    NotReady {
        waited_s: u64,
        log: PathBuf,
        #[source]
        source: tokio_postgres::Error,
    },
    #[error("could not create the database in the private PostgreSQL")]
    Database(#[source] tokio_postgres::Error),
    #[error("could not wait for the private PostgreSQL to end")]
    Wait(#[source] io::Error),
    #[error("PostgreSQL in {} is still there after it was killed", cluster.display())]
    NotStopped { cluster: PathBuf },
}

impl EmbeddedError {
    /// For `map_err`: what was being done to which path.
    pub(super) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }

    /// For `map_err`: which program did not run.
    pub(super) fn program(program: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let program = program.into();
        move |source| Self::Program { program, source }
    }
}

fn numbered(process: Option<u32>) -> String {
    process.map_or_else(String::new, |process| format!(" (process {process})"))
}

fn listed(versions: &[u32]) -> String {
    let versions: Vec<_> = versions.iter().map(u32::to_string).collect();
    versions.join(", ")
}
