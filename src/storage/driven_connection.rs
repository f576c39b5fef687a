//! A connection that is driven by the task that sends queries on it.
//!
//! A connection is usually driven by a task of its own, which has to be woken to send a query and again to pass on the result,
//! each time behind everything else that is queued on its thread. Here the caller's task does both: a query is written to the
//! socket when it is polled for the first time.
//!
//! A commit that is cancelled while it waits for a synchronous standby is reported as successful, after a warning
//! (PostgreSQL 15 to 18, `SyncRepWaitForLSN`): it is not on the standby. tokio-postgres would drop the warning.

use std::future::{Future, poll_fn};
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::task::JoinHandle;
use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::{AsyncMessage, CancelToken, Client, Error};
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use super::tls::DatabaseConnection;
use crate::telemetry::chain;

pub(super) struct DrivenConnection {
    client: Client,
    /// None once it has ended.
    connection: Option<DatabaseConnection>,
    /// Whether a warning was received since [`Self::take_warning`].
    is_warned: bool,
    /// Whether a notification was received since [`Self::notified`].
    is_notified: bool,
}

/// What a server says unasked.
enum Unasked<'m> {
    Warning(&'m DbError),
    Notification,
}

impl DrivenConnection {
    pub fn new(client: Client, connection: DatabaseConnection) -> Self {
        Self {
            client,
            connection: Some(connection),
            is_warned: false,
            is_notified: false,
        }
    }

    /// Moves the connection to a task of `driven`, which drives it until either side closes it. The warning about a standby
    /// closes it as well, before the query gets its result.
    pub fn detach(self, driven: &TaskTracker) -> (Client, JoinHandle<()>) {
        let Self {
            client,
            mut connection,
            ..
        } = self;
        let driving = driven.spawn(poll_fn(move |cx| {
            drive(&mut connection, cx, |unasked| {
                if let Unasked::Warning(notice) = unasked
                    && notice.routine() == Some("SyncRepWaitForLSN")
                {
                    warn!(
                        "commit cancelled while waiting for a synchronous standby; closing its connection"
                    );
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            });
            match connection {
                Some(_) => Poll::Pending,
                None => Poll::Ready(()),
            }
        }));
        (client, driving)
    }

    /// Returns the token that cancels the running query on the server.
    pub fn cancel_token(&self) -> CancelToken {
        self.client.cancel_token()
    }

    /// Returns whether a warning was received since the last call.
    pub fn take_warning(&mut self) -> bool {
        std::mem::take(&mut self.is_warned)
    }

    /// Returns whether the server has closed the connection. An idle connection is not polled otherwise.
    pub fn is_closed(&mut self) -> bool {
        let mut idle = Context::from_waker(Waker::noop());
        drive(&mut self.connection, &mut idle, |_| {
            ControlFlow::Continue(())
        });
        self.connection.is_none()
    }

    /// Sends queries and waits for their results. If the connection breaks, they fail.
    pub async fn run<'a, A>(&'a mut self, query: impl FnOnce(&'a Client) -> A) -> A::Output
    where
        A: Future,
    {
        let Self {
            client,
            connection,
            is_warned,
            is_notified,
        } = self;
        let mut result = pin!(query(client));
        poll_fn(|cx| {
            // The first poll queues the query, driving sends it and receives, and the second poll takes the result.
            if let Poll::Ready(result) = result.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
            drive(connection, cx, |unasked| {
                match unasked {
                    Unasked::Warning(_) => *is_warned = true,
                    Unasked::Notification => *is_notified = true,
                }
                ControlFlow::Continue(())
            });
            result.as_mut().poll(cx)
        })
        .await
    }

    /// Waits for a notification, unless one has come since the last call, or for the end of the connection.
    pub async fn notified(&mut self) {
        let Self {
            connection,
            is_notified,
            ..
        } = self;
        poll_fn(|cx| {
            drive(connection, cx, |unasked| {
                *is_notified |= matches!(unasked, Unasked::Notification);
                ControlFlow::Continue(())
            });
            if *is_notified || connection.is_none() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        self.is_notified = false;
    }
}

/// Sends and receives without blocking. A closed connection is dropped, which fails the queries on it, and so is one for which
/// `on_unasked` breaks.
fn drive(
    connection: &mut Option<DatabaseConnection>,
    cx: &mut Context<'_>,
    mut on_unasked: impl FnMut(Unasked<'_>) -> ControlFlow<()>,
) {
    while let Some(driven) = connection {
        match driven.poll_message(cx) {
            Poll::Pending => return,
            Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                info!("{}: {}", notice.severity(), notice.message());
                if notice.parsed_severity() == Some(Severity::Warning)
                    && on_unasked(Unasked::Warning(&notice)).is_break()
                {
                    *connection = None;
                }
            }
            Poll::Ready(Some(Ok(AsyncMessage::Notification(_)))) => {
                if on_unasked(Unasked::Notification).is_break() {
                    *connection = None;
                }
            }
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(ended) => {
                log_end(ended.and_then(Result::err).as_ref());
                *connection = None;
            }
        }
    }
}

fn log_end(error: Option<&Error>) {
    match error {
        None => debug!("database connection closed"),
        Some(error) => warn!(error = %chain(error), "database connection lost"),
    }
}
