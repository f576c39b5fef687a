//! One address that HTTP is served on, as actix-web's `HttpServer` would serve it, but for the connections: they are
//! [`WithoutUpgrade`], and `HttpServer` (4.17) takes no connections but its own.

use std::fmt;
use std::io;
use std::net::{Shutdown, TcpListener};
use std::os::fd::OwnedFd;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::{HttpService, Request, Response, ServiceConfig};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::{AppConfig, Extensions, Server, ServerHandle, Service, ServiceFactory};
use actix_web::rt::net::TcpStream;
use tokio::time::sleep;

use crate::web::WithoutUpgrade;

/// The time for the accepting thread to pause: actix-server 2.9 returns from `pause` before that thread has received it, and
/// logs an error if the socket is shut down while the thread still accepts.
const PAUSE: Duration = Duration::from_millis(20);

/// The limits of an address.
pub(super) struct Limits {
    pub workers: usize,
    /// Connections that each worker accepts.
    pub connections_max: usize,
    pub keep_alive: Duration,
    /// For the head of a connection's first request.
    pub head: Duration,
    /// For a client that got an early response to go on sending.
    pub unread_body: Duration,
    pub stop: Duration,
}

impl Limits {
    /// Serves what `app` makes in each worker.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub fn listen<F, I, S, B>(
        &self,
        listener: TcpListener,
        on_connect: impl Fn(&TcpStream, &mut Extensions) + Send + Clone + 'static,
        app: F,
    ) -> io::Result<Server>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<actix_web::Error> + 'static,
        S::InitError: fmt::Debug,
        S::Response: Into<Response<B>> + 'static,
        S::Service: 'static,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let address = listener.local_addr()?;
        let (keep_alive, head, unread_body) = (self.keep_alive, self.head, self.unread_body);
        let builder = Server::build()
            .workers(self.workers)
            .max_concurrent_connections(self.connections_max)
            .shutdown_timeout(self.stop.as_secs())
            .disable_signals();
        let stopping = builder.graceful_shutdown_signal();
        let serve = move || {
            let (on_connect, stopping) = (on_connect.clone(), stopping.clone());
            let app = app()
                .into_factory()
                .map_err(|error| error.into().error_response());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(keep_alive)
                .client_request_timeout(head)
                .client_disconnect_timeout(unread_body)
                .local_addr(address)
                .on_connect_ext(move |connection: &WithoutUpgrade, data| {
                    on_connect(connection.socket(), data);
                })
                .h1(map_config(app, |()| AppConfig::default()));
            let config = ServiceConfig::default();
            fn_service(move |socket: TcpStream| {
                let client = socket.peer_addr().ok();
                let connection = WithoutUpgrade::new(socket, config.clone());
                async move { Ok((connection, client)) }
            })
            .and_then(http)
        };
        let builder = builder.listen(format!("http at {address}"), listener, serve)?;
        Ok(builder.run())
    }
}

/// Refuses new connections, those in the backlog included, while the server still answers the ones that it has accepted.
///
/// The server holds the same socket, so dropping ours would close nothing: it is shut down. Where a system does not shut down a
/// listening socket, new connections wait until the server has stopped.
pub(super) async fn close(listener: TcpListener, server: &ServerHandle) {
    server.pause().await;
    sleep(PAUSE).await;
    // The standard library shuts down streams only.
    let listener = std::net::TcpStream::from(OwnedFd::from(listener));
    let _ = listener.shutdown(Shutdown::Both);
}
