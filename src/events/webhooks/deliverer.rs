//! Delivers for the webhooks whose leases this engine has.
//!
//! 1. Every [`RENEW_EVERY`], leases are renewed and free ones taken, in one statement. One engine at a time has the lease of a webhook,
//!    so its events keep their order; which one it is does not matter.
//! 2. Each leased webhook has a [`Worker`](worker) of its own. After a change of the webhook, its worker ends and another one begins with what is
//!    stored then.
//! 3. While the database is away, workers go on until their lease is over. When it is back, leases are taken again.
//! 4. A stop lets workers record what they delivered, and gives the leases back, so that another engine goes on at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use prometheus::core::Collector;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{error, info, warn};
use uuid::Uuid;

use super::deliveries::{Deliveries, Leased};
use super::guard::Guard;
use super::lease::{LEASE_LASTS, Lease, RENEW_EVERY};
use super::message::Render;
use super::metrics::Metrics;
use super::sender::Sender;
use super::shared::Shared;
use super::webhook::WebhookId;
use super::worker;
use crate::events::Feed;
use crate::telemetry::chain;

/// Attempts of all webhooks at once.
const IN_FLIGHT_MAX: usize = 64;
/// The least time between two renewals.
const RENEW_PAUSE: Duration = Duration::from_millis(50);
/// The time for a worker to end in order, and for leases to be given back.
const STOP_MAX: Duration = Duration::from_secs(4);
const GIVE_BACK_MAX: Duration = Duration::from_secs(1);

/// The deliveries of this engine, until [`stop`](Self::stop).
pub struct Deliverer {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// A worker that runs.
struct Running {
    version: i64,
    lease: watch::Sender<Lease>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Deliverer {
    /// Begins to deliver.
    pub fn start(
        feed: Feed,
        deliveries: Arc<dyn Deliveries>,
        guard: Guard,
        render: Render,
    ) -> Self {
        let shared = Arc::new(Shared {
            engine: Uuid::new_v4(),
            feed,
            deliveries,
            sender: Sender::new(guard),
            guard,
            render,
            in_flight: Semaphore::new(IN_FLIGHT_MAX),
            ended: Notify::new(),
            metrics: Metrics::new(),
        });
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(Arc::clone(&shared), stopped));
        Self { shared, stop, task }
    }

    /// Its metrics, to be registered.
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        self.shared.metrics.collectors()
    }

    /// Ends the deliveries in order, in about [`STOP_MAX`] at most.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if self.task.await.is_err() {
            error!("the deliveries of webhooks panicked");
        }
    }
}

async fn run(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let mut workers = HashMap::new();
    let mut has_leases = false;
    let mut is_away = false;
    loop {
        let asked = Instant::now();
        let lease = shared.deliveries.lease(shared.engine, LEASE_LASTS);
        let leased = tokio::select! {
            biased;
            _ = stop.wait_for(|stops| *stops) => break,
            leased = timeout(LEASE_LASTS, lease) => leased,
        };
        match leased {
            Ok(Ok(leased)) => {
                if is_away {
                    info!("webhooks are delivered again");
                }
                is_away = false;
                has_leases |= !leased.is_empty();
                renewed(&shared, &mut workers, leased, asked);
            }
            Ok(Err(error)) => {
                if !is_away {
                    warn!(error = %chain(&*error), "webhooks are not delivered: their leases could not be renewed");
                }
                is_away = true;
            }
            Err(_) => is_away = true,
        }
        // What ends by itself may begin again at once.
        let renew = async {
            sleep_until(asked + RENEW_PAUSE).await;
            tokio::select! {
                () = shared.ended.notified() => {}
                () = sleep_until(asked + RENEW_EVERY) => {}
            }
        };
        tokio::select! {
            () = renew => {}
            _ = stop.wait_for(|stops| *stops) => break,
        }
    }
    join_all(workers.into_values().map(end)).await;
    if has_leases {
        let given_back = shared.deliveries.give_back(shared.engine);
        if !matches!(timeout(GIVE_BACK_MAX, given_back).await, Ok(Ok(()))) {
            info!("the leases of webhooks were not given back, and are free in a few seconds");
        }
    }
}

/// Has a worker for each leased webhook, and none for others.
fn renewed(
    shared: &Arc<Shared>,
    workers: &mut HashMap<WebhookId, Running>,
    leased: Vec<Leased>,
    asked: Instant,
) {
    workers.retain(|_, worker| !worker.task.is_finished());
    let mut others: Vec<_> = workers.keys().copied().collect();
    for leased in leased {
        others.retain(|id| *id != leased.id);
        let (id, version) = (leased.id, leased.version);
        let lease = Lease {
            leased: Arc::new(leased),
            asked,
        };
        match workers.get(&id) {
            Some(worker) if worker.version == version => drop(worker.lease.send_replace(lease)),
            Some(worker) => drop(worker.stop.send_replace(true)),
            None => drop(workers.insert(id, begin(shared, lease))),
        }
    }
    for id in others {
        if let Some(worker) = workers.get(&id) {
            worker.stop.send_replace(true);
        }
    }
}

fn begin(shared: &Arc<Shared>, lease: Lease) -> Running {
    let (version, id) = (lease.leased.version, lease.leased.id);
    let (lease, leases) = watch::channel(lease);
    let (stop, stopped) = watch::channel(false);
    let shared = Arc::clone(shared);
    let task = tokio::spawn(async move {
        let deliveries = worker::run(Arc::clone(&shared), leases, stopped);
        let ended = std::panic::AssertUnwindSafe(deliveries).catch_unwind();
        if ended.await.is_err() {
            error!(webhook.id = %id, "the deliveries of a webhook panicked");
        }
        shared.metrics.set(id, None);
        shared.ended.notify_one();
    });
    Running {
        version,
        lease,
        stop,
        task,
    }
}

/// Waits for a worker to end in order.
async fn end(worker: Running) {
    worker.stop.send_replace(true);
    let mut task = worker.task;
    if timeout(STOP_MAX, &mut task).await.is_err() {
        task.abort();
    }
}
