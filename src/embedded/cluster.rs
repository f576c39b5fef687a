//! The cluster: PostgreSQL's own directory, its owner, and how the server's programs reach it.
//!
//! The user that the server runs as may not be able to search a directory above the cluster, as when root keeps the data
//! below `/root`. On Linux a program then inherits the open directory:
//!
//! 1. [`Cluster::open`] opens the directory as the engine's user, and checks whether the server's user can write to it by its
//!    path.
//! 2. If not, [`Cluster::command`] starts each program through `/bin/sh`, with the directory as standard input. The shell
//!    duplicates it as file descriptor 3, opens `/dev/null` as standard input, and replaces itself with the program
//!    (`exec`), so that the process that the engine signals and waits for is the program.
//! 3. The program gets `/proc/self/fd/3` as its path, which Linux resolves whatever is above the directory.
//!
//! The standard library passes only the three standard file descriptors on without unsafe code; hence the shell. Starting the
//! program in the directory and giving it `.` fails: `initdb` leaves its working directory, and cannot return through a parent
//! that its user may not search. Other systems than Linux refuse such a directory with what to do about it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown, fchown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::EmbeddedError;
use super::account::{Account, engine_name};
use super::connection::{PORT, ROLE, SUPERUSER, socket_directory};
use super::directory::DataDirectory;
use super::programs::Programs;

/// The path of the directory for a program that inherits it.
const INHERITED: &str = "/proc/self/fd/3";

/// Replaces the shell with a program whose file descriptor 3 is the shell's standard input.
const EXEC: &str = r#"exec "$@" 3<&0 </dev/null"#;

/// Letters beyond ASCII have a case. Other systems than Linux have no common name for such a locale.
const CTYPE: &str = if cfg!(target_os = "linux") {
    "C.UTF-8"
} else {
    "C"
};

/// PostgreSQL's directory.
#[derive(Debug)]
pub(super) struct Cluster {
    /// Absolute.
    path: PathBuf,
    /// Kept open for as long as [`Cluster::socket_directory`] may be in use.
    directory: File,
    account: Account,
    /// Whether programs inherit the directory, as they cannot reach its path.
    inherited: bool,
}

impl Cluster {
    /// The version that made the cluster at `path`; `None` when there is no cluster yet.
    pub fn version(path: &Path) -> Result<Option<String>, EmbeddedError> {
        match fs::read_to_string(path.join("PG_VERSION")) {
            Ok(version) => Ok(Some(version.trim().to_owned())),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(EmbeddedError::file("read the version of", path)(error))
            }
            Err(_) if path.exists() => Err(EmbeddedError::Incomplete {
                cluster: path.to_owned(),
            }),
            Err(_) => Ok(None),
        }
    }

    /// Creates a cluster. It appears under its name only when it is complete and on disk.
    pub async fn make(
        data: &DataDirectory,
        account: Account,
        programs: &Programs,
    ) -> Result<Self, EmbeddedError> {
        let path = data.unfinished_cluster();
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(EmbeddedError::file("create", &path))?;
        chown(&path, Some(account.uid), Some(account.gid))
            .map_err(EmbeddedError::file("give away", &path))?;
        let mut cluster = Self::open(path, account).await?;
        cluster.initdb(programs).await?;

        let path = data.cluster();
        fs::rename(&cluster.path, &path).map_err(EmbeddedError::file("create", &path))?;
        data.sync()?;
        cluster.path = path;
        Ok(cluster)
    }

    /// The cluster at `path`.
    pub async fn open(path: PathBuf, account: Account) -> Result<Self, EmbeddedError> {
        let directory = File::open(&path).map_err(EmbeddedError::file("open", &path))?;
        let mut cluster = Self {
            path,
            directory,
            account,
            inherited: false,
        };
        for inherited in [false, true] {
            cluster.inherited = inherited;
            if cluster.is_within_reach().await? {
                return Ok(cluster);
            }
        }
        Err(EmbeddedError::Unreachable {
            cluster: cluster.path,
            user: cluster.account.name,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn metadata(&self) -> Result<fs::Metadata, EmbeddedError> {
        self.directory
            .metadata()
            .map_err(EmbeddedError::file("access", &self.path))
    }

    /// The path of the directory for the server's programs.
    pub fn path_for_server(&self) -> &Path {
        if self.inherited {
            Path::new(INHERITED)
        } else {
            &self.path
        }
    }

    /// The directory in which the engine finds the server's socket.
    pub fn socket_directory(&self) -> Result<PathBuf, EmbeddedError> {
        socket_directory(&self.path, &self.directory)
    }

    /// Returns a command that runs as the cluster's owner and can reach the directory. It inherits nothing of the engine's
    /// environment (secrets, `PG*` variables), and a terminal's Ctrl-C does not reach it: the engine first
    /// finishes its work, then stops the server.
    pub fn command(&self, program: &Path) -> Result<Command, EmbeddedError> {
        let mut command = if self.inherited {
            let directory = self.directory.try_clone();
            let directory = directory.map_err(EmbeddedError::file("open", &self.path))?;
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", EXEC, "sh"]).arg(program).stdin(directory);
            shell
        } else {
            let mut command = Command::new(program);
            command.stdin(Stdio::null());
            command
        };
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .current_dir("/")
            .process_group(0)
            .kill_on_drop(false);
        self.account.run(&mut command);
        Ok(command)
    }

    /// Admits the engine's user over the Unix socket, and no one else: the system reports to the server who
    /// connects (`peer`), so there is no password to keep. Written at every start, as the engine may run
    /// as another user than before.
    pub fn admit_engine(&self) -> Result<(), EmbeddedError> {
        let engine = engine_name()?;
        self.install("pg_hba.conf", "local all all peer map=engine\n")?;
        self.install(
            "pg_ident.conf",
            &format!("engine \"{engine}\" {SUPERUSER}\nengine \"{engine}\" {ROLE}\n"),
        )
    }

    /// Removes the lock files of a server that no longer runs. A new server would do so itself, unless their
    /// process ID belongs to another process of its user by now, as after the restart of a container.
    pub fn remove_stale_locks(&self) -> Result<(), EmbeddedError> {
        for name in ["postmaster.pid", &format!(".s.PGSQL.{PORT}.lock")] {
            let path = self.path.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(EmbeddedError::file("remove", path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn initdb(&self, programs: &Programs) -> Result<(), EmbeddedError> {
        tracing::info!(path = %self.path.display(), user = self.account.name, "creating a PostgreSQL cluster");
        let output = self
            .command(&programs.initdb)?
            .arg("-D")
            .arg(self.path_for_server())
            .arg(format!("--username={SUPERUSER}"))
            .args(["--encoding=UTF8", "--locale=C"])
            .arg(format!("--lc-ctype={CTYPE}"))
            .args(["--auth-local=peer", "--auth-host=reject"])
            .args(["--data-checksums", "--no-instructions"])
            .kill_on_drop(true)
            .output()
            .await
            .map_err(EmbeddedError::program(&programs.initdb))?;
        if output.status.success() {
            return Ok(());
        }
        Err(EmbeddedError::Initdb {
            status: output.status,
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }

    /// Whether the server's user can write in the directory.
    async fn is_within_reach(&self) -> Result<bool, EmbeddedError> {
        let shell = Path::new("/bin/sh");
        let status = self
            .command(shell)?
            .args(["-c", r#"test -w "$0""#])
            .arg(self.path_for_server())
            .status()
            .await
            .map_err(EmbeddedError::program(shell))?;
        Ok(status.success())
    }

    /// Puts a file of the server's in place. The engine may be root in a directory that is another user's:
    /// it writes only what it has just created, so that no link there can lead it elsewhere.
    fn install(&self, name: &str, text: &str) -> Result<(), EmbeddedError> {
        let path = self.path.join(name);
        let new = self.path.join(format!("{name}.new"));
        let write = || {
            match fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&new)?;
            file.write_all(text.as_bytes())?;
            fchown(&file, Some(self.account.uid), Some(self.account.gid))?;
            fs::rename(&new, &path)
        };
        write().map_err(EmbeddedError::file("write", &path))
    }
}
