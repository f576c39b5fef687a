//! A server's database as a dump, and a dump as a server's database.

use std::path::{Path, PathBuf};

use super::WALLET;
use super::programs::Programs;
use super::server::Server;

impl Server {
    /// Dumps the engine's database into a file of that name; returns where it is.
    pub async fn dump(&self, name: &str) -> PathBuf {
        let mut dump = self.command("pg_dump");
        dump.args(["--format=custom", "--file", name, "--dbname"])
            .arg(self.of_the_engine());
        Programs::run(&mut dump).await.unwrap();
        self.home().join(name)
    }

    /// Makes the engine's database what the dump says: what it holds is dropped first.
    pub async fn restore(&self, dump: &Path) {
        let mut restore = self.command("pg_restore");
        restore
            .args(["--clean", "--if-exists", "--exit-on-error", "--dbname"])
            .arg(self.of_the_engine())
            .arg(dump);
        Programs::run(&mut restore).await.unwrap();
    }

    /// The parameters with which a program connects to the engine's database.
    fn of_the_engine(&self) -> String {
        // The last of two names of a database counts.
        format!("{} dbname={WALLET}", self.conninfo())
    }
}
