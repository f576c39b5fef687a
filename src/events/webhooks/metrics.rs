//! Counts attempts, and shows what is behind.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus::IntCounter;
use prometheus::core::Collector;

use super::outcome::{Failure, Outcome};
use super::webhook::WebhookId;
use crate::telemetry::metrics::{Gauge, counter, counters, gauge, metrics};

metrics! {
    struct Counters {
        attempts: Attempts {
            delivered, gone, refused, dns, address_refused, connect, connect_timeout, tls, timeout, broken_response, url, too_large
        } = counters("wallet_engine_webhook_attempts_total", "Attempts to deliver an event to a webhook, by outcome.", "outcome");
        given_up: IntCounter
            = counter("wallet_engine_webhook_set_aside_total", "Events that were set aside after three days of attempts.");
        webhooks: Gauge = gauge("wallet_engine_webhooks_delivered", "Webhooks that this engine delivers for.");
        lag: Gauge = gauge(
            "wallet_engine_webhook_lag_seconds",
            "Age of the oldest event that this engine has read for a webhook and not delivered; zero if there is none."
        );
        waiting: Gauge = gauge(
            "wallet_engine_webhook_wallets_waiting",
            "Wallets whose deliveries to a webhook of this engine are held back since one failed."
        );
    }
}

/// The metrics of deliveries, with the state of each webhook.
pub(super) struct Metrics {
    counters: Counters,
    states: Mutex<HashMap<WebhookId, State>>,
}

/// What one webhook is behind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    pub lag: Duration,
    pub waiting: usize,
}

impl Metrics {
    pub fn new() -> Self {
        Self {
            counters: Counters::new(),
            states: Mutex::default(),
        }
    }

    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        self.counters.collectors()
    }

    pub fn attempted(&self, outcome: Outcome) {
        let attempts = &self.counters.attempts;
        let counter = match outcome {
            Outcome::Delivered => &attempts.delivered,
            Outcome::Gone => &attempts.gone,
            Outcome::Refused { .. } => &attempts.refused,
            Outcome::Failed(failure) => match failure {
                Failure::Dns => &attempts.dns,
                Failure::AddressRefused => &attempts.address_refused,
                Failure::Connect => &attempts.connect,
                Failure::ConnectTimeout => &attempts.connect_timeout,
                Failure::Tls => &attempts.tls,
                Failure::Timeout => &attempts.timeout,
                Failure::BrokenResponse => &attempts.broken_response,
                Failure::Url => &attempts.url,
                Failure::TooLarge => &attempts.too_large,
            },
        };
        counter.inc();
    }

    pub fn given_up(&self) {
        self.counters.given_up.inc();
    }

    /// Shows the state of a webhook; `None`: another engine delivers for it now.
    pub fn set(&self, webhook: WebhookId, state: Option<State>) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        match state {
            Some(state) => drop(states.insert(webhook, state)),
            None => drop(states.remove(&webhook)),
        }
        let lag = states.values().map(|state| state.lag).max();
        let waiting: usize = states.values().map(|state| state.waiting).sum();
        self.counters.lag.set(lag.unwrap_or_default().as_secs());
        self.counters.waiting.set(waiting as u64);
        self.counters.webhooks.set(states.len() as u64);
    }
}
