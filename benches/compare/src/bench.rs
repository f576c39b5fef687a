//! What every measurement needs: the arguments, the programs, the database server, and systems started on them.

use std::net::SocketAddr;
use std::path::Path;

use crate::arguments::Arguments;
use crate::books::Books;
use crate::contender::{Contender, System};
use crate::failure::Failure;
use crate::load::Load;
use crate::postgres::{Postgres, Route, WalletDatabase};
use crate::programs::Programs;
use crate::scratch::Scratch;
use crate::wrk::{Fresh, Report, Run, Wrk};

pub struct Bench<'a> {
    pub arguments: &'a Arguments,
    pub scratch: &'a Scratch,
    pub programs: Programs,
    pub postgres: Postgres,
}

/// What a system without wallets answers for: more than wrk can ask for.
const BOUNDLESS: Fresh = Fresh {
    first: 0,
    count: 1 << 31,
};

/// Where the database is while something is measured.
#[derive(Clone, Debug)]
pub struct Place {
    pub name: &'static str,
    pub route: Route,
}

impl Bench<'_> {
    /// A database with that many empty wallets.
    pub async fn create(&self, name: &str, wallets: u64) -> Result<WalletDatabase, Failure> {
        self.postgres.create(name, wallets).await
    }

    /// Starts a system that keeps its wallets in `database`; the ceiling keeps none. The pool is the direct path's.
    pub async fn start(
        &self,
        system: System,
        place: &Place,
        database: Option<&WalletDatabase>,
        pool: u64,
    ) -> Result<Contender, Failure> {
        let url = database.map(|database| place.route.url(database.name()));
        let pool = pool.to_string();
        let mut flags: Vec<&str> = match system {
            System::Engine | System::Single => vec!["serve"],
            System::Direct => vec!["direct", "--pool", &pool],
            System::Ceiling => vec!["ceiling"],
        };
        if let Some(url) = url.as_deref() {
            flags.extend(["--database-url", url]);
        }
        self.start_with(system, &flags).await
    }

    /// Starts a system with these flags, besides those that all have in common.
    pub async fn start_with(&self, system: System, flags: &[&str]) -> Result<Contender, Failure> {
        let program = match system {
            System::Engine | System::Single => &self.programs.engine,
            System::Direct | System::Ceiling => &self.programs.baseline,
        };
        let log = self.scratch.path().join(format!("{}.log", system.name()));
        Contender::start(log, |address| {
            let mut command = self.scratch.command(program);
            command
                .args(flags)
                .args(["--bind", &address.to_string()])
                .args(["--workers", &self.arguments.workers.to_string()]);
            command
        })
        .await
    }

    /// One run of wrk on a database at rest, entered into the system's books.
    pub async fn send(
        &self,
        address: SocketAddr,
        books: Option<&mut Books>,
        run: Run,
    ) -> Result<Report, Failure> {
        self.send_with_keys(address, books, run, None).await
    }

    /// The same with the keys in this file, one per line, which requests carry in turn.
    pub async fn send_with_keys(
        &self,
        address: SocketAddr,
        books: Option<&mut Books>,
        run: Run,
        keys: Option<&Path>,
    ) -> Result<Report, Failure> {
        self.postgres.settle().await?;
        let wrk = Wrk {
            scratch: self.scratch,
            arguments: self.arguments,
            keys,
        };
        let Some(books) = books else {
            return wrk.run(address, run, BOUNDLESS).await;
        };
        let mut fresh = Fresh::default();
        if run.load == Load::Cold {
            fresh.count = run.duration.as_secs() * self.arguments.cold_wallets_per_s;
            fresh.first = books.take_fresh(fresh.count);
        }
        let report = wrk.run(address, run, fresh).await?;
        books.enter(&report, run);
        Ok(report)
    }
}
