//! `wallet-engine verify`, as an operator runs it.

use std::process::Command;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Whether everything agrees, and what was printed.
pub fn verify(config: &Config) -> (bool, String) {
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
        .arg("verify")
        .env_clear()
        .env("DATABASE_URL", address)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), printed.into_owned())
}
