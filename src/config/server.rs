//! The HTTP server, and how it meets its clients.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use super::hosts::AllowedHosts;
use super::machine::cores;
use super::proxies::TrustedProxies;
use super::source::Reader;

/// A rate or a burst above this limits nobody.
const RATE_MAX: usize = 1_000_000;

/// A page of the panel may take as long as the longest wait and this, for what is read besides.
const PAGE_BEYOND_WAIT: Duration = Duration::from_secs(5);
/// A page of the panel may take this long at least.
const PAGE_MAX_MIN: Duration = Duration::from_secs(30);

/// Where and how HTTP is served.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub bind: SocketAddr,
    /// Threads that parse requests and write answers.
    pub workers: usize,
    /// Connections whose requests are done; past it, 503.
    pub connections_max: usize,
    /// How long a connection may be silent between two requests.
    pub keep_alive: Duration,
    /// How long a client may take to send a request's head.
    pub head: Duration,
    /// How long a client may take to send a request's body.
    pub body: Duration,
    /// A page of the panel that is not there by then does not come: the database is frozen, and the pool's connections are
    /// for others. It is above whatever the engine itself may take.
    pub page_max: Duration,
    /// A stop is over after this time, whatever is still running.
    pub shutdown: Duration,
    /// How long a balancer has to notice that the engine is not ready, before connections are refused.
    pub drain: Duration,
    /// Who is believed when it says for whom it asks.
    pub trusted_proxies: TrustedProxies,
    /// `None`: a client may ask as often as it can.
    pub client_rate: Option<ClientRate>,
    pub allowed_hosts: AllowedHosts,
}

/// How often one client may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientRate {
    /// Requests a second, in the long run.
    pub per_s: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

impl ServerConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            bind: read.parsed(
                "WALLET_BIND",
                "an address and a port, such as 127.0.0.1:8000",
            ),
            workers: read.count_or("WALLET_WORKERS", 1..=1_024, cores()),
            connections_max: read.count("WALLET_CONNECTIONS_MAX", 1..=1_000_000),
            keep_alive: read.seconds("WALLET_KEEP_ALIVE_S", 1..=3_600),
            head: read.seconds("WALLET_HEAD_S", 1..=600),
            body: read.seconds("WALLET_BODY_S", 1..=3_600),
            page_max: PAGE_MAX_MIN,
            shutdown: read.seconds("WALLET_SHUTDOWN_S", 1..=3_600),
            drain: read.seconds("WALLET_DRAIN_S", 0..=3_600),
            trusted_proxies: read
                .optional_parsed(
                    "WALLET_TRUSTED_PROXIES",
                    "addresses or networks, such as 10.0.0.0/8,192.168.7.7",
                )
                .unwrap_or_default(),
            client_rate: ClientRate::read(read),
            allowed_hosts: read
                .optional_parsed(
                    "WALLET_ALLOWED_HOSTS",
                    "names without ports, such as example.com,.example.org",
                )
                .unwrap_or_default(),
        }
    }

    /// Gives a page of the panel longer than `wait`, which the engine may take.
    pub(super) fn outlast(&mut self, wait: Duration) {
        self.page_max = PAGE_MAX_MIN.max(wait + PAGE_BEYOND_WAIT);
    }
}

impl ClientRate {
    fn read(read: &mut Reader<'_>) -> Option<Self> {
        let per_s = read.optional_count("WALLET_CLIENT_RATE", 1..=RATE_MAX);
        let burst = read.optional_count("WALLET_CLIENT_BURST", 1..=RATE_MAX);
        let number = |count: usize| u32::try_from(count).ok().and_then(NonZeroU32::new);
        let per_s = number(per_s?)?;
        Some(Self {
            per_s,
            burst: burst.and_then(number).unwrap_or(per_s),
        })
    }
}
