//! The HTTP server, and how it meets its clients.

use std::net::SocketAddr;
use std::time::Duration;

use super::access::{AccessConfig, AuthMode};
use super::ceiling::AdjustCeiling;
use super::client_rate::ClientRate;
use super::currency::Currency;
use super::hosts::AllowedHosts;
use super::machine::cores;
use super::name::EngineName;
use super::origins::Origins;
use super::proxies::TrustedProxies;
use super::second_factor::SecondFactor;
use super::source::Reader;

/// A page of the panel may take as long as the longest wait and this, for what is read besides.
const PAGE_BEYOND_WAIT: Duration = Duration::from_secs(5);
/// A page of the panel may take this long at least.
const PAGE_MAX_MIN: Duration = Duration::from_secs(30);

/// Where and how HTTP is served.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub bind: SocketAddr,
    /// What the panel calls this engine; `None`: its host and port.
    pub name: Option<EngineName>,
    /// Threads that parse requests and write responses.
    pub workers: usize,
    /// Connections that are served; beyond it, 503.
    pub connections_max: usize,
    /// How long a connection may be silent between two requests.
    pub keep_alive: Duration,
    /// How long a client may take to send a request's head.
    pub head: Duration,
    /// How long a client may take to send a request's body.
    pub body: Duration,
    /// The timeout of a page of the panel, so that a frozen database does not hold the pool's connections. It is longer than
    /// the engine itself may wait.
    pub page_max: Duration,
    /// The deadline of a stop.
    pub shutdown: Duration,
    /// The time for a load balancer to notice that the engine is not ready, before connections are refused.
    pub drain: Duration,
    /// Proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: TrustedProxies,
    /// `None`: no limit.
    pub client_rate: Option<ClientRate>,
    pub allowed_hosts: AllowedHosts,
    pub auth: AuthMode,
    pub access: AccessConfig,
    /// Whether the panel lets in staff without one.
    pub second_factor: SecondFactor,
    /// Origins of browsers' apps.
    pub cors_origins: Origins,
    /// What statements are in.
    pub currency: Currency,
    pub adjust_ceiling: AdjustCeiling,
}

impl ServerConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let bind = read.parsed(
            "WALLET_BIND",
            "an address and a port, such as 127.0.0.1:8000",
        );
        Self {
            bind,
            name: read.optional_parsed("WALLET_NAME", "1 to 64 characters, such as engine2"),
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
            client_rate: ClientRate::read(read, "WALLET_CLIENT_RATE", "WALLET_CLIENT_BURST"),
            allowed_hosts: read
                .optional_parsed(
                    "WALLET_ALLOWED_HOSTS",
                    "names without ports, such as example.com,.example.org",
                )
                .unwrap_or_default(),
            auth: AuthMode::read(read, bind),
            access: AccessConfig::read(read),
            second_factor: SecondFactor::read(read),
            cors_origins: read
                .optional_parsed(
                    "WALLET_CORS_ORIGINS",
                    "origins without a path, such as https://app.example.com,http://localhost:5173",
                )
                .unwrap_or_default(),
            currency: read.parsed(
                "WALLET_CURRENCY",
                "three capital letters of ISO 4217, such as RUB",
            ),
            adjust_ceiling: read.parsed(
                "WALLET_ADJUST_CEILING",
                "an amount with at most two decimal places, such as 1000.00",
            ),
        }
    }

    /// Gives a page of the panel longer than `wait`, which the engine may take.
    pub(super) fn outlast(&mut self, wait: Duration) {
        self.page_max = PAGE_MAX_MIN.max(wait + PAGE_BEYOND_WAIT);
    }
}
