//! What every measurement needs: the arguments, the programs, the database server, and systems started on them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use testkit::failure::{Failure, failed};

use crate::arguments::Arguments;
use crate::books::Books;
use crate::contender::{Contender, System};
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

    /// A database with that many empty wallets and the schema that the system knows: an earlier build refuses a later one.
    pub async fn create_for(
        &self,
        system: System,
        name: &str,
        wallets: u64,
    ) -> Result<WalletDatabase, Failure> {
        if system != System::Before {
            return self.create(name, wallets).await;
        }
        self.postgres.create_blank(name).await?;
        let said = self.before_on("migrate", name).await?;
        if let Err(why) = said {
            return Err(failed("migrate with the build before")(why));
        }
        self.postgres.fill(name, wallets).await
    }

    /// Closes the books of a system that has stopped, and drops its database. Gives what was wrong.
    pub async fn close(&self, system: System, books: Books) -> Result<Vec<String>, Failure> {
        let mut problems = books.totals().await?;
        if system == System::Before {
            let said = self.before_on("verify", books.database.name()).await?;
            problems.extend(said.err());
        } else {
            problems.extend(books.audit().await);
        }
        books.report(&problems);
        self.postgres.drop(books.database).await;
        Ok(problems)
    }

    /// Runs a command of the build before on a database. Gives what it said, as an error if it failed.
    async fn before_on(
        &self,
        subcommand: &str,
        database: &str,
    ) -> Result<Result<String, String>, Failure> {
        let doing = || format!("run {subcommand} of the build before");
        let program = self.program(System::Before)?;
        let mut command = self.scratch.command(program);
        let url = self.postgres.route().url(database);
        command
            .args([subcommand, "--database-url", &url])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let output = command.output().await.map_err(failed(doing()))?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok(if output.status.success() {
            Ok(said)
        } else {
            Err(format!("{subcommand} ended with {}: {said}", output.status))
        })
    }

    fn program(&self, system: System) -> Result<&Path, Failure> {
        let program = match system {
            System::Engine | System::Single => Some(&self.programs.engine),
            System::Before => self.programs.before.as_ref(),
            System::Direct | System::Ceiling => Some(&self.programs.baseline),
        };
        let none = "no --before names its program";
        let program = program.ok_or_else(|| failed(format!("start {}", system.name()))(none));
        program.map(PathBuf::as_path)
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
            System::Engine | System::Single | System::Before => vec!["serve"],
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
        let program = self.program(system)?;
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
        let Some(books) = books else {
            return self.wrk(keys).run(address, run, BOUNDLESS).await;
        };
        let mut fresh = Fresh::default();
        if run.load == Load::Cold {
            fresh.count = run.duration.as_secs() * self.arguments.cold_wallets_per_s;
            fresh.first = books.take_fresh(fresh.count);
        }
        let report = self.wrk(keys).run(address, run, fresh).await?;
        books.enter(&report, run);
        Ok(report)
    }

    /// One run of wrk beside whatever else is under way, which no one has entered anywhere yet; not of the cold load.
    pub async fn send_beside(&self, address: SocketAddr, run: Run) -> Result<Report, Failure> {
        self.wrk(None).run(address, run, Fresh::default()).await
    }

    fn wrk<'b>(&'b self, keys: Option<&'b Path>) -> Wrk<'b> {
        Wrk {
            scratch: self.scratch,
            arguments: self.arguments,
            keys,
        }
    }
}
