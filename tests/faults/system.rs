//! The system under test: two engines on a primary and its standby, with lines between them, and everything that can be
//! done to it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::client::Hazard;
use crate::cluster::Cluster;
use crate::engine::{ENGINES, Engine};
use crate::failover::Outcome;
use crate::fault::Fault;
use crate::group::Group;
use crate::recorder::Recorder;
use crate::schedule::Planned;

pub struct System {
    group: Group,
    /// Where the engines' logs are.
    folder: PathBuf,
    /// Whether the engines are told of each other.
    shared: bool,
    cluster: Cluster,
    /// `None` between an engine's death and its next start.
    engines: Vec<Option<Engine>>,
    addresses: Addresses,
    hazard: Hazard,
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
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut system = Self {
            group: Group::new(),
            folder: folder.to_owned(),
            shared,
            cluster: Cluster::start().await,
            engines: (0..ENGINES).map(|_| None).collect(),
            addresses: Addresses(Arc::new(Mutex::new([nowhere; ENGINES]))),
            hazard: Hazard::default(),
        };
        system.start_engines().await;
        system
    }

    pub fn addresses(&self) -> Addresses {
        self.addresses.clone()
    }

    pub fn hazard(&self) -> Hazard {
        self.hazard.clone()
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Does it, and undoes it after its time. Whatever was killed runs again when this returns, and a standby follows.
    pub async fn suffer(&mut self, planned: &Planned, recorder: &Recorder) -> Option<Outcome> {
        self.cluster.replicate(planned.synchronous).await;
        if planned.fault.is_failover() {
            self.hazard.turn();
            let outcome = self.cluster.fail_over(planned.fault, recorder).await;
            self.hazard.turn();
            return Some(outcome);
        }
        match planned.fault {
            Fault::KillEngine { engine, down } => {
                self.kill_engine(engine).await;
                sleep(down).await;
                self.start_engines().await;
            }
            Fault::KillPrimary { down } => {
                self.cluster.primary_mut().kill().await;
                sleep(down).await;
                self.cluster.primary_mut().start().await;
            }
            Fault::KillAll { down } => {
                for engine in 0..ENGINES {
                    self.kill_engine(engine).await;
                }
                self.cluster.primary_mut().kill().await;
                self.cluster.standby_mut().kill().await;
                sleep(down).await;
                self.cluster.primary_mut().start().await;
                self.cluster.standby_mut().start().await;
                self.start_engines().await;
            }
            Fault::FreezeEngine { engine, time } => {
                self.running(engine).freeze();
                sleep(time).await;
                self.running(engine).thaw();
            }
            Fault::FreezePrimary { time } => {
                self.cluster.primary().freeze();
                sleep(time).await;
                self.cluster.primary().thaw();
            }
            Fault::CutConnections => self.cluster.cut(),
            Fault::LoseAnswers { time } => self.cluster.lose_answers(time).await,
            Fault::TerminateSessions => self.cluster.terminate_sessions().await,
            Fault::KillStandby { down } => {
                self.cluster.standby_mut().kill().await;
                sleep(down).await;
                self.cluster.standby_mut().start().await;
            }
            Fault::FreezeStandby { time } => {
                self.cluster.standby().freeze();
                sleep(time).await;
                self.cluster.standby().thaw();
            }
            Fault::PauseReplay { time } => {
                self.cluster.standby().pause_replay().await;
                sleep(time).await;
                self.cluster.standby().resume_replay().await;
            }
            Fault::FailOver { .. }
            | Fault::FailOverBehind { .. }
            | Fault::FailOverSilent { .. }
            | Fault::SwitchOver
            | Fault::TwoPrimaries { .. } => unreachable!("done above"),
        }
        None
    }

    /// Starts whichever engines do not run.
    pub async fn start_engines(&mut self) {
        let missing: Vec<usize> = (0..ENGINES)
            .filter(|engine| self.engines[*engine].is_none())
            .collect();
        let started = join_all(missing.iter().map(|engine| {
            let log = self.folder.join(format!("engine-{engine}.log"));
            let mut program = self.group.program();
            program.env("WALLET_SHARED", self.shared.to_string());
            Engine::start(program, self.cluster.url(*engine), log)
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
        self.cluster.at_rest().await;
    }

    /// What `wallet-engine verify` says, and whether it is content.
    pub async fn verify(&self) -> Result<String, String> {
        let mut program = self.group.program();
        program.env("DATABASE_URL", self.cluster.primary().url());
        let output = program.arg("verify").output().await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        if output.status.success() {
            Ok(said)
        } else {
            Err(said)
        }
    }

    pub async fn stop(self) {
        self.cluster.stop().await;
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
