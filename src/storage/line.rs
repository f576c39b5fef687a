//! A connection that is driven by whoever asks on it.
//!
//! A task of its own, which is how a connection is driven elsewhere, has to be woken to send a question and again to
//! hand its answer on, each time behind everything else that its thread has to do. Here the caller's own task does
//! both: a question is in the socket when it has been polled once.

//!
//! A commit that waits for a synchronous standby and is cancelled is answered as a success, with a warning before it
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

pub(super) struct Line {
    client: Client,
    /// None once it has ended.
    connection: Option<DatabaseConnection>,
    /// A warning came since it was asked for last.
    is_warned: bool,
}

impl Line {
    pub fn new(client: Client, connection: DatabaseConnection) -> Self {
        Self {
            client,
            connection: Some(connection),
            is_warned: false,
        }
    }

    /// Hands the connection to a task of its own, one of `driven`, which drives it until either side ends it. A warning that makes a
    /// success none ends it as well, before the question is answered.
    pub fn detach(self, driven: &TaskTracker) -> (Client, JoinHandle<()>) {
        let Self {
            client,
            mut connection,
            ..
        } = self;
        let driving = driven.spawn(poll_fn(move |cx| {
            drive(&mut connection, cx, |notice| {
                if notice.routine() == Some("SyncRepWaitForLSN") {
                    warn!(
                        "a commit was cancelled while it waited for a standby; its connection is closed"
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

    /// What cancels on the server what is asked here.
    pub fn cancel_token(&self) -> CancelToken {
        self.client.cancel_token()
    }

    /// Whether a warning came since this was asked last.
    pub fn take_warning(&mut self) -> bool {
        std::mem::take(&mut self.is_warned)
    }

    /// Whether the server has closed it since the last answer. Nobody looks at a line that nothing is asked on.
    pub fn is_closed(&mut self) -> bool {
        let mut idle = Context::from_waker(Waker::noop());
        drive(&mut self.connection, &mut idle, |_| {
            ControlFlow::Continue(())
        });
        self.connection.is_none()
    }

    /// Asks and waits for the answer. A line that breaks meanwhile is the question's error.
    pub async fn ask<'a, A>(&'a mut self, question: impl FnOnce(&'a Client) -> A) -> A::Output
    where
        A: Future,
    {
        let Self {
            client,
            connection,
            is_warned,
        } = self;
        let mut answer = pin!(question(client));
        poll_fn(|cx| {
            // What is asked first, is sent by driving; what driving received is then the answer.
            if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
                return Poll::Ready(answer);
            }
            drive(connection, cx, |_| {
                *is_warned = true;
                ControlFlow::Continue(())
            });
            answer.as_mut().poll(cx)
        })
        .await
    }
}

/// Sends and receives what can be. A connection that has ended is dropped, which fails what was asked on it, and so is one
/// that `warned` breaks with.
fn drive(
    connection: &mut Option<DatabaseConnection>,
    cx: &mut Context<'_>,
    mut warned: impl FnMut(&DbError) -> ControlFlow<()>,
) {
    while let Some(driven) = connection {
        match driven.poll_message(cx) {
            Poll::Pending => return,
            Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                info!("{}: {}", notice.severity(), notice.message());
                if notice.parsed_severity() == Some(Severity::Warning) && warned(&notice).is_break()
                {
                    *connection = None;
                }
            }
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(ended) => {
                end(ended.and_then(Result::err).as_ref());
                *connection = None;
            }
        }
    }
}

fn end(error: Option<&Error>) {
    match error {
        None => debug!("a connection to the database was closed"),
        Some(error) => warn!(error = %chain(error), "a connection to the database broke"),
    }
}
