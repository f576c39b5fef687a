//! The real binary, as an operator runs it on a database of a test.

use std::process::Command;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Whether everything agrees, and what was printed.
pub fn verify(config: &Config) -> (bool, String) {
    run(config, "verify", &[])
}

/// Whether a command succeeded, and what it printed and logged.
pub fn run(config: &Config, command: &str, settings: &[(&str, &str)]) -> (bool, String) {
    let Host::Unix(directory) = &config.get_hosts()[0] else {
        panic!("the tests' server is on a socket");
    };
    let address = format!(
        "host={} user={} dbname={}",
        directory.display(),
        config.get_user().unwrap(),
        config.get_dbname().unwrap()
    );
    let output = Command::new(env!("CARGO_BIN_EXE_wallet-engine"))
        .arg(command)
        .env_clear()
        .env("DATABASE_URL", address)
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), printed.into_owned())
}
