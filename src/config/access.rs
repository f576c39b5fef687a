//! Who may use the API.

use std::net::SocketAddr;
use std::time::Duration;

use super::client_rate::ClientRate;
use super::source::Reader;

/// Whether the API takes a key or a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    On,
    /// Whoever reaches the address may use it.
    Off,
    /// It is not set, and the address is not loopback: such an engine does not start.
    Unsaid,
}

/// What goes with it.
#[derive(Clone, Debug)]
pub struct AccessConfig {
    /// Names of scopes, separated by commas, as they are set: which there are is not known here.
    pub owner_scopes: String,
    /// How long an owner's token lasts.
    pub token: Duration,
    /// How long what is known goes on while the database is away.
    pub outage: Duration,
    /// The limit of one key, and of one owner; `None`: no limit.
    pub rate: Option<ClientRate>,
}

impl AuthMode {
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }

    pub(super) fn read(read: &mut Reader<'_>, bind: SocketAddr) -> Self {
        let absent = if bind.ip().to_canonical().is_loopback() {
            Self::Off
        } else {
            Self::Unsaid
        };
        if absent == Self::Off {
            read.derive("WALLET_AUTH", "off".to_owned());
        }
        read.optional_one_of("WALLET_AUTH", &[("on", Self::On), ("off", Self::Off)])
            .unwrap_or(absent)
    }
}

impl AccessConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            owner_scopes: read.parsed("WALLET_OWNER_SCOPES", "names of scopes"),
            token: read.seconds("WALLET_TOKEN_S", 60..=31_536_000),
            outage: read.seconds("WALLET_AUTH_OUTAGE_S", 0..=86_400),
            rate: ClientRate::read(read, "WALLET_KEY_RATE", "WALLET_KEY_BURST"),
        }
    }
}
