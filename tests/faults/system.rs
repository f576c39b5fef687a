//! The system under test: two engines on one PostgreSQL, with a line between them, and everything that can be done
//! to it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::engine::Engine;
use crate::postgres::Postgres;
use crate::proxy::Proxy;
use crate::schedule::{ENGINES, Fault};
use crate::scratch::Scratch;

pub struct System {
    scratch: Scratch,
    /// Where the engines' logs are.
    folder: PathBuf,
    /// Whether the engines are told of each other.
    shared: bool,
    postgres: Postgres,
    proxy: Proxy,
    /// `None` between an engine's death and its next start.
    engines: Vec<Option<Engine>>,
    addresses: Addresses,
}

/// Where each engine is to be found; a fresh one has another port.
#[derive(Clone)]
pub struct Addresses(Arc<Mutex<[SocketAddr; ENGINES]>>);

impl Addresses {
    pub fn of(&self, engine: usize) -> SocketAddr {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[engine]
    }

    fn set(&self, engine: usize, address: SocketAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[engine] = address;
    }
}

impl System {
    pub async fn start(folder: &Path, shared: bool) -> Self {
        let scratch = Scratch::new();
        let postgres = Postgres::start(scratch.path()).await;
        let proxy = Proxy::start(&postgres.socket()).await;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut system = Self {
            scratch,
            folder: folder.to_owned(),
            shared,
            postgres,
            proxy,
            engines: (0..ENGINES).map(|_| None).collect(),
            addresses: Addresses(Arc::new(Mutex::new([nowhere; ENGINES]))),
        };
        system.start_engines().await;
        system
    }

    pub fn addresses(&self) -> Addresses {
        self.addresses.clone()
    }

    pub fn postgres(&self) -> &Postgres {
        &self.postgres
    }

    /// Does it, and undoes it after its time. Whatever was killed runs again when this returns.
    pub async fn suffer(&mut self, fault: Fault) {
        match fault {
            Fault::KillEngine { engine, down } => {
                self.kill_engine(engine).await;
                sleep(down).await;
                self.start_engines().await;
            }
            Fault::KillPostgres { down } => {
                self.postgres.kill().await;
                sleep(down).await;
                self.postgres.start_again().await;
            }
            Fault::KillAll { down } => {
                for engine in 0..ENGINES {
                    self.kill_engine(engine).await;
                }
                self.postgres.kill().await;
                sleep(down).await;
                self.postgres.start_again().await;
                self.start_engines().await;
            }
            Fault::FreezeEngine { engine, time } => {
                self.running(engine).freeze();
                sleep(time).await;
                self.running(engine).thaw();
            }
            Fault::FreezePostgres { time } => {
                self.postgres.freeze();
                sleep(time).await;
                self.postgres.thaw();
            }
            Fault::CutConnections => self.proxy.cut(),
            Fault::LoseAnswers { time } => {
                self.proxy.silence();
                sleep(time).await;
                self.proxy.end_silence();
            }
            Fault::TerminateSessions => self.postgres.terminate_sessions().await,
        }
    }

    /// Starts whichever engines do not run.
    pub async fn start_engines(&mut self) {
        let url = format!("postgresql://wallet@{}/wallet", self.proxy.address());
        let missing: Vec<usize> = (0..ENGINES)
            .filter(|engine| self.engines[*engine].is_none())
            .collect();
        let started = join_all(missing.iter().map(|engine| {
            let log = self.folder.join(format!("engine-{engine}.log"));
            let mut program = self.scratch.program();
            program.env("WALLET_SHARED", self.shared.to_string());
            Engine::start(program, &url, log)
        }));
        for (number, engine) in missing.iter().zip(started.await) {
            self.addresses.set(*number, engine.address());
            self.engines[*number] = Some(engine);
        }
    }

    /// Stops the engines in order; returns when nothing can reach the database any more.
    pub async fn stop_engines(&mut self) {
        let engines = self.engines.iter_mut().filter_map(Option::take);
        for status in join_all(engines.map(Engine::stop)).await {
            assert!(
                status.success(),
                "an engine did not stop in order: {status}"
            );
        }
        self.postgres.at_rest().await;
    }

    /// What `wallet-engine verify` says, and whether it is content.
    pub async fn verify(&self) -> Result<String, String> {
        let url = format!("postgresql://wallet@{}/wallet", self.proxy.address());
        let mut program = self.scratch.program();
        let output = program.arg("verify").env("DATABASE_URL", url).output();
        let output = output.await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        if output.status.success() {
            Ok(said)
        } else {
            Err(said)
        }
    }

    pub async fn stop(self) {
        self.postgres.stop().await;
        self.scratch.remove();
    }

    async fn kill_engine(&mut self, engine: usize) {
        if let Some(engine) = self.engines[engine].take() {
            engine.kill().await;
        }
    }

    fn running(&mut self, engine: usize) -> &mut Engine {
        self.engines[engine].as_mut().unwrap()
    }
}
