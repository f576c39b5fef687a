//! Connects to a destination: resolution, the guard, TCP, TLS.
//!
//! 1. The name is resolved once. Addresses that the guard refuses are left out; when none is left, nothing is connected to.
//! 2. The connection goes to the very addresses that were checked, one after the other: nothing resolves the name again, so a
//!    name that answers differently the second time gains nothing. No proxy of the environment is used either, as it would
//!    resolve by itself.
//! 3. The certificate has to be of the destination's host, and issued by whom the system trusts (or `SSL_CERT_FILE`).
//!
//! Each address has a share of the time for all, so that the first, if it is silent, does not use up the time of the rest.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tracing::warn;

use super::destination::{Address, Destination};
use super::guard::Guard;
use super::outcome::Failure;

/// The timeout of a resolution, and of a connection with its TLS.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// Resolutions at once. Each occupies a thread until the system's resolver gives up, which may be after its timeout here.
const LOOKUPS_MAX: usize = 16;
/// Addresses of a name that are tried.
const ADDRESSES_MAX: usize = 4;

/// Connects, and remembers TLS sessions to resume.
pub(super) struct Dialer {
    guard: Guard,
    lookups: Arc<Semaphore>,
    /// From the first connection that needs it on; `None`: there are no certificates to trust.
    tls: OnceCell<Option<TlsConnector>>,
}

/// A connection, with or without TLS.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

impl Dialer {
    pub fn new(guard: Guard) -> Self {
        Self {
            guard,
            lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)),
            tls: OnceCell::new(),
        }
    }

    /// Connects to the destination.
    ///
    /// # Errors
    /// [`Failure`], by what did not succeed.
    pub async fn connect(&self, destination: &Destination) -> Result<Box<dyn Connection>, Failure> {
        let addresses = self.addresses(destination).await?;
        let tls = if destination.is_https() {
            let tls = self.tls.get_or_init(connector).await;
            Some(tls.as_ref().ok_or(Failure::Tls)?)
        } else {
            None
        };
        let until = Instant::now() + CONNECT_MAX;
        let socket = first_connected(&addresses, until).await?;
        // A request is written at once.
        let _ = socket.set_nodelay(true);
        let Some(tls) = tls else {
            return Ok(Box::new(socket));
        };
        let name = match destination.host() {
            Address::Name(name) => ServerName::try_from(name.clone()).map_err(|_| Failure::Tls)?,
            Address::Ip(address) => ServerName::from(*address),
        };
        match timeout_at(until, tls.connect(name, socket)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(_)) => Err(Failure::Tls),
            Err(_) => Err(Failure::ConnectTimeout),
        }
    }

    /// Returns those addresses of the host that may be connected to.
    async fn addresses(&self, destination: &Destination) -> Result<Vec<SocketAddr>, Failure> {
        let port = destination.port();
        let resolved = match destination.host() {
            Address::Ip(address) => vec![*address],
            Address::Name(name) => timeout(CONNECT_MAX, self.resolve(name.clone()))
                .await
                .map_err(|_| Failure::Dns)?
                .map_err(|_| Failure::Dns)?,
        };
        if resolved.is_empty() {
            return Err(Failure::Dns);
        }
        let allowed = resolved
            .into_iter()
            .filter(|address| self.guard.allows(*address))
            .take(ADDRESSES_MAX)
            .map(|address| SocketAddr::new(address, port));
        let allowed: Vec<_> = allowed.collect();
        if allowed.is_empty() {
            return Err(Failure::AddressRefused);
        }
        Ok(allowed)
    }

    async fn resolve(&self, name: String) -> io::Result<Vec<IpAddr>> {
        let lookups = Arc::clone(&self.lookups);
        let permit = lookups.acquire_owned().await.map_err(io::Error::other)?;
        let lookup = spawn_blocking(move || {
            let _permit = permit;
            let addresses = (name.as_str(), 0).to_socket_addrs()?;
            Ok(addresses.map(|address| address.ip()).collect())
        });
        lookup.await.map_err(io::Error::other)?
    }
}

/// Reads the certificates that the system trusts, which takes a while.
async fn connector() -> Option<TlsConnector> {
    let config = spawn_blocking(|| {
        let mut roots = RootCertStore::empty();
        // A broken certificate does not invalidate the others.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            warn!("no webhook can be delivered over https: the system has no trusted certificates");
            return None;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions();
        let config = config.ok()?;
        Some(config.with_root_certificates(roots).with_no_client_auth())
    });
    let config = config.await.ok().flatten()?;
    Some(TlsConnector::from(Arc::new(config)))
}

/// Connects to the first address that accepts.
async fn first_connected(addresses: &[SocketAddr], until: Instant) -> Result<TcpStream, Failure> {
    let mut failure = Failure::Connect;
    for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
        let rest = until.saturating_duration_since(Instant::now());
        let share = rest / u32::try_from(left).unwrap_or(u32::MAX);
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => return Ok(socket),
            Ok(Err(_)) => failure = Failure::Connect,
            Err(_) => failure = Failure::ConnectTimeout,
        }
    }
    Err(failure)
}
