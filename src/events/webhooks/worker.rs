//! Delivers for one webhook, for as long as this engine has its lease.
//!
//! 1. Reads the feed, and wallets that waited, a page at a time.
//! 2. Sends what the backlog has, [`SENDS_MAX`] wallets at once, and within what all webhooks may have. Neither a connection of the pool
//!    nor a lock is held meanwhile.
//! 3. Records the progress, several times a second at most. A failure to record is tried again: what is delivered meanwhile is not
//!    lost, but would be delivered again after a crash.
//! 4. Changes of the webhook come with each renewal of the lease, and are in force from the next attempt.
//! 5. When the lease's time is over without a renewal, everything is dropped at once, as another engine may deliver by then. Asked to
//!    stop, it waits for what is being sent, and records it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use super::again;
use super::attempt::{Attempt, Attempted};
use super::backlog::Backlog;
use super::deliveries::{Record, Recording};
use super::lease::Lease;
use super::message::happened_at;
use super::metrics::State;
use super::outcome::Outcome;
use super::schedule::Random;
use super::shared::{Shared, Step, pending_or};
use super::store::Cause;
use super::verdict::{Verdict, verdict};
use super::webhook::WebhookId;
use crate::domain::WalletId;
use crate::events::{Event, FeedError, Page, Query};
use crate::telemetry::chain;

/// Wallets of one webhook whose events are being sent at once.
const SENDS_MAX: usize = 8;
/// Wallets of one webhook that may wait.
pub const WAITING_MAX: usize = 1_000;
/// Events of a page of the feed, and of one wallet.
const PAGE: u16 = 100;
const WALLET_PAGE: u16 = 16;
/// How long something new is waited for.
const WAIT: Duration = Duration::from_secs(20);
/// The pause when there was nothing: a feed that is closed waits for nothing.
const PAUSE: Duration = Duration::from_millis(100);
/// The timeout of a page.
const READ_MAX: Duration = Duration::from_secs(5);
/// How often the state is looked after, if nothing happens.
const TICK: Duration = Duration::from_secs(1);
/// The pause after a query that failed.
const RETRY: Duration = Duration::from_secs(1);
/// The least time between two updates of metrics, and between two records.
const SHOW_EVERY: Duration = Duration::from_secs(1);
const RECORD_EVERY: Duration = Duration::from_millis(100);
/// The time for what is being sent, when it is asked to stop.
const STOP_MAX: Duration = Duration::from_secs(3);

/// A page of a wallet that was read.
type Read = (WalletId, Result<Page, FeedError>);
type Recorded = (Record, Result<Recording, Cause>);

pub(super) struct Worker {
    shared: Arc<Shared>,
    webhook: WebhookId,
    /// Of the place where it began.
    since: OffsetDateTime,
    lease: watch::Receiver<Lease>,
    stop: watch::Receiver<bool>,
    backlog: Backlog,
    sends: FuturesUnordered<BoxFuture<'static, Attempted>>,
    reading: Option<BoxFuture<'static, Result<Page, FeedError>>>,
    reading_wallet: Option<BoxFuture<'static, Read>>,
    recording: Option<BoxFuture<'static, Recorded>>,
    again: Option<BoxFuture<'static, ()>>,
    /// Not before this time.
    read_at: Instant,
    record_at: Instant,
    /// It was asked to stop.
    stop_at: Option<Instant>,
    shown_at: Option<Instant>,
    is_gone: bool,
    is_away: bool,
}

/// Delivers until the lease is lost, or it is asked to stop.
pub(super) async fn run(
    shared: Arc<Shared>,
    lease: watch::Receiver<Lease>,
    stop: watch::Receiver<bool>,
) {
    let (webhook, until, after, since) = {
        let lease = lease.borrow();
        let leased = &lease.leased;
        (leased.id, lease.until(), leased.after, leased.since)
    };
    let waiting = match tokio::time::timeout_at(until, shared.deliveries.waiting(webhook)).await {
        Ok(Ok(waiting)) => waiting,
        Ok(Err(error)) => {
            warn!(webhook.id = %webhook, error = %chain(&*error), "could not read what waits of a webhook");
            return;
        }
        Err(_) => return,
    };
    let now = Instant::now();
    let worker = Worker {
        webhook,
        since,
        backlog: Backlog::new(after, &waiting, WAITING_MAX, now),
        sends: FuturesUnordered::new(),
        reading: None,
        reading_wallet: None,
        recording: None,
        again: None,
        read_at: now,
        record_at: now,
        stop_at: None,
        shown_at: None,
        is_gone: false,
        is_away: false,
        shared: Arc::clone(&shared),
        lease,
        stop,
    };
    worker.deliver().await;
}

impl Worker {
    async fn deliver(mut self) {
        while self.step().await == Step::On {}
        if self.is_gone {
            self.shared.disable(self.webhook).await;
        }
    }

    async fn step(&mut self) -> Step {
        let now = Instant::now();
        let until = self.lease.borrow().until();
        if now >= until {
            return Step::End;
        }
        self.show(now);
        self.begin_record(now);
        if self.stop_at.is_none() {
            self.begin_sends(now);
            self.begin_read(now);
        } else if self.recording.is_none()
            && (self.sends.is_empty() || self.stop_at.is_some_and(|at| at <= now))
        {
            return Step::End;
        }
        let wake = self.wakes_at(now, until);
        tokio::select! {
            biased;
            Some(attempted) = self.sends.next(), if !self.sends.is_empty() => self.attempted(&attempted),
            recorded = pending_or(&mut self.recording) => return self.recorded(recorded),
            read = pending_or(&mut self.reading_wallet) => self.read_wallet(read),
            read = pending_or(&mut self.reading) => self.read(read),
            () = pending_or(&mut self.again) => self.again = None,
            changed = self.lease.changed() => {
                if changed.is_err() {
                    return Step::End;
                }
                self.begin_again();
            }
            stopped = self.stop.changed(), if self.stop_at.is_none() => {
                if stopped.is_err() || *self.stop.borrow() {
                    self.begin_stop(Instant::now());
                }
            }
            () = sleep_until(wake) => {}
        }
        Step::On
    }

    fn wakes_at(&self, now: Instant, until: Instant) -> Instant {
        let times = [
            Some(until),
            Some(now + TICK),
            self.backlog.next_at(),
            self.stop_at,
            (self.read_at > now).then_some(self.read_at),
            (self.record_at > now).then_some(self.record_at),
        ];
        // A time that has passed is of a task that another one has to end before.
        let times = times.into_iter().flatten().filter(|at| *at > now);
        times.min().unwrap_or(until)
    }

    fn begin_sends(&mut self, now: Instant) {
        while self.sends.len() < SENDS_MAX
            && let Some((wallet, event)) = self.backlog.next_send(now)
        {
            let lease = self.lease.clone();
            let attempt = Attempt {
                wallet,
                event,
                lease,
            };
            let shared = Arc::clone(&self.shared);
            self.sends.push(attempt.make(shared).boxed());
        }
    }

    fn begin_read(&mut self, now: Instant) {
        if self.reading_wallet.is_none()
            && let Some((wallet, after)) = self.backlog.next_read(now)
        {
            let query = Query {
                after,
                wallet: Some(wallet),
                limit: WALLET_PAGE,
            };
            let shared = Arc::clone(&self.shared);
            let page = async move {
                let page = shared.feed.page(query, Duration::ZERO, READ_MAX);
                (wallet, page.await)
            };
            self.reading_wallet = Some(page.boxed());
        }
        // A wallet's page does not complete it if the feed is read meanwhile.
        if self.reading.is_none()
            && self.reading_wallet.is_none()
            && self.read_at <= now
            && let Some(after) = self.backlog.reads_after()
        {
            let query = Query {
                after,
                wallet: self.lease.borrow().leased.wallet,
                limit: PAGE,
            };
            let shared = Arc::clone(&self.shared);
            let page = async move { shared.feed.page(query, WAIT, READ_MAX).await };
            self.reading = Some(page.boxed());
        }
    }

    /// Sends what was given up and is to be sent again, if it is not being done.
    fn begin_again(&mut self) {
        let has_again = self.lease.borrow_and_update().leased.has_again;
        if has_again && self.again.is_none() && self.stop_at.is_none() {
            let shared = Arc::clone(&self.shared);
            self.again = Some(again::send(shared, self.webhook, self.lease.clone()).boxed());
        }
    }

    fn read(&mut self, page: Result<Page, FeedError>) {
        self.reading = None;
        let now = Instant::now();
        match page {
            Ok(page) => {
                self.is_away = false;
                if page.events.is_empty() && !page.has_more {
                    self.read_at = now + PAUSE;
                }
                let leased = Arc::clone(&self.lease.borrow().leased);
                let is_wanted = |event: &Event| leased.wants(event);
                self.backlog.take_page(page, is_wanted, now);
            }
            Err(error) => {
                self.read_at = now + RETRY;
                self.away(&chain(&error));
            }
        }
    }

    fn read_wallet(&mut self, (wallet, page): Read) {
        self.reading_wallet = None;
        let now = Instant::now();
        match page {
            Ok(page) => {
                let leased = Arc::clone(&self.lease.borrow().leased);
                let is_wanted = |event: &Event| leased.wants(event);
                self.backlog.take_wallet_page(wallet, page, is_wanted, now);
            }
            Err(error) => {
                self.backlog.put_off(wallet, now + RETRY);
                self.away(&chain(&error));
            }
        }
    }

    fn attempted(&mut self, attempted: &Attempted) {
        let (wallet, outcome) = (attempted.wallet, attempted.outcome);
        let now = Instant::now();
        if outcome == Outcome::Gone {
            self.is_gone = true;
            self.begin_stop(now);
        }
        let (since, database_now) = {
            let lease = self.lease.borrow();
            (lease.leased.since, lease.now())
        };
        let happened = happened_at(&attempted.event).unwrap_or(database_now);
        let failures = self.backlog.failures(wallet);
        let random = Random::new();
        match verdict(outcome, happened.max(since), database_now, failures, random) {
            Verdict::Delivered => self.backlog.delivered(wallet, now),
            Verdict::Again(pause) if !self.backlog.blocks_all(wallet) => {
                self.backlog
                    .failed(wallet, outcome, database_now, now + pause);
            }
            Verdict::Again(_) | Verdict::GiveUp => self.give_up(wallet, outcome, now),
        }
    }

    fn give_up(&mut self, wallet: WalletId, outcome: Outcome, now: Instant) {
        self.shared.metrics.given_up();
        self.backlog.give_up(wallet, outcome, now);
        warn!(
            webhook.id = %self.webhook,
            wallet.id = %wallet,
            outcome = outcome.as_str(),
            status = outcome.status(),
            "an event is set aside, as the webhook's receiver has not accepted it"
        );
    }

    fn begin_stop(&mut self, now: Instant) {
        if self.stop_at.is_none() {
            self.stop_at = Some(now + STOP_MAX);
            self.reading = None;
            self.reading_wallet = None;
        }
    }

    fn begin_record(&mut self, now: Instant) {
        // What it was asked to stop with is recorded at once.
        let is_early = self.record_at > now && self.stop_at.is_none();
        if self.recording.is_some() || is_early {
            return;
        }
        let Some(record) = self.backlog.record(now) else {
            return;
        };
        self.record_at = now + RECORD_EVERY;
        let (shared, webhook, since) = (Arc::clone(&self.shared), self.webhook, self.since);
        let recorded = async move {
            let recorded = shared
                .deliveries
                .record(shared.engine, webhook, since, &record);
            let recorded = recorded.await;
            (record, recorded)
        };
        self.recording = Some(recorded.boxed());
    }

    fn recorded(&mut self, (record, recorded): Recorded) -> Step {
        self.recording = None;
        match recorded {
            Ok(Recording::Done) => {
                self.backlog.recorded(&record);
                Step::On
            }
            Ok(Recording::Full) => {
                self.backlog.recorded(&record);
                self.shared.disabled_as_full(self.webhook);
                self.begin_stop(Instant::now());
                Step::On
            }
            Ok(Recording::Lost) => Step::End,
            Err(error) => {
                self.backlog.not_recorded(&record);
                self.record_at = Instant::now() + RETRY;
                self.away(&chain(&*error));
                if self.stop_at.is_some() {
                    return Step::End;
                }
                Step::On
            }
        }
    }

    /// Logs once that the database is away.
    fn away(&mut self, error: &dyn std::fmt::Display) {
        if !self.is_away {
            warn!(webhook.id = %self.webhook, %error, "deliveries of a webhook wait for the database");
        }
        self.is_away = true;
    }

    /// Shows the state in the metrics, once in a while.
    fn show(&mut self, now: Instant) {
        if self.shown_at.is_some_and(|at| now < at + SHOW_EVERY) {
            return;
        }
        self.shown_at = Some(now);
        let database_now = self.lease.borrow().now();
        let lag = self.backlog.oldest().map(|oldest| database_now - oldest);
        let state = State {
            lag: lag.and_then(|lag| lag.try_into().ok()).unwrap_or_default(),
            waiting: self.backlog.waiting(),
        };
        self.shared.metrics.set(self.webhook, Some(state));
    }
}
