//! The service that the engine replaces, a real one: Django with its own migrations, its management commands and its server,
//! on a database of [`postgres`](crate::postgres) or any other.
//!
//! It is found beside the checkout, in `../shared/django`, or where `TEST_DJANGO` says, and is only read.
//! `.ci/install-django` installs its packages into `target/django`.
//!
//! * [`Django`] is the service on one database: `new` on a fresh one with its tables, `on` one that exists. `manage` runs a
//!   command of `manage.py`, `shell` a piece of Python.
//! * [`Served`] is its server, which `Django::serve` starts: gunicorn with the service's own configuration.

mod served;

use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::postgres;
use crate::watchdog::Watchdog;

pub use served::Served;

/// The service with one database.
pub struct Django {
    service: PathBuf,
    packages: PathBuf,
    database: Config,
}

impl Django {
    /// With the service's tables in a fresh database on the server of this process.
    pub async fn new() -> Self {
        /// Migrated once: that takes seconds.
        static TEMPLATE: OnceCell<Config> = OnceCell::const_new();
        let make = async || Self::on(postgres::empty_database().await).await.database;
        let template = TEMPLATE.get_or_init(make).await;
        Self::with(postgres::copy_of(template).await)
    }

    /// Migrates that database, as an operator does.
    pub async fn on(database: Config) -> Self {
        let django = Self::with(database);
        django.manage(&["migrate", "--verbosity", "0"], &[]).await;
        django
    }

    fn with(database: Config) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let named = std::env::var_os("TEST_DJANGO").map(PathBuf::from);
        let service = root.join(named.unwrap_or_else(|| "../shared/django".into()));
        let service = service.canonicalize();
        let packages = root.join("target/django").canonicalize();
        Self {
            service: service
                .expect("the service is in ../shared/django, or where TEST_DJANGO says"),
            packages: packages.expect("`.ci/install-django` installs the service's packages"),
            database,
        }
    }

    pub fn database(&self) -> &Config {
        &self.database
    }

    /// Runs a command of `manage.py` with those variables; returns what it printed.
    pub async fn manage(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let watchdog = Watchdog::over_group().unwrap();
        let mut python = self.python(&watchdog);
        python.arg("manage.py").args(arguments);
        python.envs(variables.iter().copied());
        let output = python.output().await.unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        printed
    }

    /// Runs Python with the service's models imported; returns what it printed.
    pub async fn shell(&self, script: &str) -> String {
        let arguments = ["shell", "--verbosity", "0", "--command", script];
        self.manage(&arguments, &[]).await
    }

    /// Starts the service's server.
    pub async fn serve(&self) -> Served {
        let watchdog = Watchdog::over_group().unwrap();
        let python = self.python(&watchdog);
        Served::start(python, watchdog).await
    }

    /// The service's Python in its folder, with nothing of this machine's environment but its path.
    fn python(&self, watchdog: &Watchdog) -> Command {
        let mut command = watchdog.command(self.packages.join("python"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C.UTF-8")
            .env("PYTHONPATH", &self.packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("POSTGRES_HOST", host(&self.database))
            .env("POSTGRES_PORT", port(&self.database).to_string())
            .env("POSTGRES_USER", self.database.get_user().unwrap())
            .env("POSTGRES_DB", self.database.get_dbname().unwrap())
            .current_dir(&self.service);
        command
    }
}

/// The one host, or the directory of the socket.
fn host(database: &Config) -> String {
    match &database.get_hosts()[0] {
        Host::Tcp(name) => name.clone(),
        Host::Unix(directory) => directory.to_str().unwrap().to_owned(),
    }
}

fn port(database: &Config) -> u16 {
    database.get_ports().first().copied().unwrap_or(5432)
}
