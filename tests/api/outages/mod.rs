//! A PostgreSQL of the test's own in every kind of trouble, while clients go on depositing.
//!
//! Whatever happens to it, each story ends alike: the engine recovers by itself, every acknowledged deposit is in
//! the ledger once, nothing is there that nobody asked for or that was answered with a 503, and every wallet agrees with
//! its ledger.

mod answers;
mod attempts;
mod connections;
mod disk;
mod linked;
mod process;
mod statements;

use std::cell::Cell;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, join, join_all};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tempfile::TempDir;
use tokio_postgres::Client;
use wallet_engine::config::{Config, DatabaseLimits};
use wallet_engine::embedded::PrivatePostgres;

use crate::app::TestApp;
use crate::postgres;

/// The longest that a request may wait, in these tests.
const WAIT: Duration = Duration::from_secs(3);
/// What a 500 says, and a 503 for the sake of the database.
const FAILED: &str = "Ошибка при обработке операции кошелька";
const AWAY: &str = "Сервис недоступен, повторите запрос позже.";
/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(120);
/// Deposits in a row that show a client that the trouble is over for it.
const RECOVERED: usize = 3;

/// An engine, its clients, and the database between trouble and recovery.
struct Bank {
    app: TestApp,
    accounts: Vec<Account>,
    postgres: Option<PrivatePostgres>,
    data: TempDir,
}

/// A wallet, and what came of the deposits of 1.00 into it.
struct Account {
    wallet: String,
    acknowledged: Cell<i64>,
    /// Answered with a 500: it may have happened.
    open: Cell<i64>,
    /// Answered with a 503: it has not, nor will it.
    not_done: Cell<i64>,
}

impl Bank {
    async fn open() -> Self {
        Self::open_with(tempfile::tempdir().unwrap(), |_| {}).await
    }

    async fn open_with(data: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let postgres = postgres::private(data.path()).await;
        let app = TestApp::spawn_on(postgres.connection(), |config| {
            config.engine.wait = WAIT;
            config.engine.answer = WAIT / 2;
            config.database.limits = DatabaseLimits::of(WAIT);
            change(config);
        })
        .await;
        let mut accounts = Vec::new();
        for n in 0..6 {
            accounts.push(Account {
                wallet: app.wallet(&format!("user{n}")).await,
                acknowledged: Cell::new(0),
                open: Cell::new(0),
                not_done: Cell::new(0),
            });
        }
        Self {
            app,
            accounts,
            postgres: Some(postgres),
            data,
        }
    }

    /// Clients deposit while the trouble comes and goes, and then until each of them is served again.
    fn through<'a>(&'a self, trouble: impl Future<Output = ()> + 'a) -> LocalBoxFuture<'a, ()> {
        let through = async move {
            let over = Cell::new(false);
            let clients = self.accounts.iter().chain(&self.accounts);
            let clients = join_all(clients.map(|account| self.client(account, &over)));
            let trouble = async {
                trouble.await;
                over.set(true);
            };
            within("the end of the trouble", join(clients, trouble)).await;
        };
        through.boxed_local()
    }

    async fn client(&self, account: &Account, over: &Cell<bool>) {
        let mut in_a_row = 0;
        while in_a_row < RECOVERED {
            let deposit = self.app.deposit(&account.wallet, "1.00");
            let (status, body) = within("an answer", deposit).await;
            let count = match status {
                200 => &account.acknowledged,
                500 => &account.open,
                503 => &account.not_done,
                _ => panic!("{status}: {body}"),
            };
            count.set(count.get() + 1);
            if status == 200 {
                in_a_row += usize::from(over.get());
            } else {
                let detail = if status == 500 { FAILED } else { AWAY };
                assert_eq!(body, json!({"detail": detail}));
                in_a_row = 0;
            }
        }
    }

    fn acknowledged(&self) -> i64 {
        let all = self.accounts.iter();
        all.map(|account| account.acknowledged.get()).sum()
    }

    fn refused(&self) -> i64 {
        let all = self.accounts.iter();
        all.map(|account| account.open.get() + account.not_done.get())
            .sum()
    }

    /// Waits until clients have seen more of it.
    async fn until_acknowledged(&self, more: i64) {
        let before = self.acknowledged();
        until("deposits", || self.acknowledged() >= before + more).await;
    }

    async fn until_refused(&self, more: i64) {
        let before = self.refused();
        until("errors", || self.refused() >= before + more).await;
    }

    /// Waits until `/readyz` answers so.
    async fn until_ready_is(&self, status: u16) {
        let asked = async {
            while self.app.get("/readyz").await.0 != status {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        within(&format!("readiness {status}"), asked).await;
    }

    /// A session that is none of the engine's.
    async fn administrator(&self) -> Client {
        let mut config = self.app.database.clone();
        config.user("postgres");
        postgres::connect(&config).await
    }

    /// Settles the account, and stops.
    async fn close(self) {
        self.until_ready_is(200).await;
        self.app.audited_operations().await;
        let administrator = self.administrator().await;
        for account in &self.accounts {
            let count = "SELECT count(*) FROM operations WHERE wallet_id::text = $1";
            let id = id_of(&account.wallet);
            let row = administrator.query_one(count, &[&id]).await.unwrap();
            let written: i64 = row.get(0);
            let acknowledged = account.acknowledged.get();
            let asked = acknowledged + account.open.get();
            assert!(
                (acknowledged..=asked).contains(&written),
                "{written} deposits in the ledger, {acknowledged} acknowledged, {asked} asked for"
            );
            let balance = self.app.balance(&account.wallet).await;
            assert_eq!(balance, format!("{written}.00"));
        }
        self.app.stop().await.unwrap();
        if let Some(postgres) = self.postgres {
            postgres.stop().await.unwrap();
        }
    }
}

fn id_of(wallet: &str) -> &str {
    wallet
        .trim_start_matches("/api/wallets/")
        .trim_end_matches('/')
}

/// The server in that directory, and every process of its.
fn processes(data: &Path) -> Vec<Pid> {
    let lock = std::fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
    let server: i32 = lock.lines().next().unwrap().parse().unwrap();
    let parent = |stat: &str| -> Option<i32> {
        let (_, after_name) = stat.rsplit_once(") ")?;
        after_name.split(' ').nth(1)?.parse().ok()
    };
    let mut processes = vec![Pid::from_raw(server)];
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let pid = entry.file_name().to_string_lossy().parse();
        if let (Ok(pid), Some(of)) = (pid, parent(&stat))
            && of == server
        {
            processes.push(Pid::from_raw(pid));
        }
    }
    processes
}

fn signal(processes: &[Pid], signal: Signal) {
    for process in processes {
        // One that has ended meanwhile needs no signal.
        let _ = kill(*process, signal);
    }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let poll = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    within(what, poll).await;
}

/// Fails loudly instead of hanging.
async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
