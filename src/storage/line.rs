//! A connection that is driven by whoever asks on it.
//!
//! A task of its own, which is how a connection is driven elsewhere, has to be woken to send a question and again to
//! hand its answer on, each time behind everything else that its thread has to do. Here the caller's own task does
//! both: a question is in the socket when it has been polled once.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio_postgres::Client;
use tracing::{debug, warn};

use super::tls::DatabaseConnection;
use crate::telemetry::chain;

pub(super) struct Line {
    client: Client,
    /// None once it has ended.
    connection: Option<DatabaseConnection>,
}

impl Line {
    pub fn new(client: Client, connection: DatabaseConnection) -> Self {
        Self {
            client,
            connection: Some(connection),
        }
    }

    /// Whether the server has closed it since the last answer. Nobody looks at a line that nothing is asked on.
    pub fn is_closed(&mut self) -> bool {
        drive(
            &mut self.connection,
            &mut Context::from_waker(Waker::noop()),
        );
        self.connection.is_none()
    }

    /// Asks and waits for the answer. A line that breaks meanwhile is the question's error.
    pub async fn ask<'a, A>(&'a mut self, question: impl FnOnce(&'a Client) -> A) -> A::Output
    where
        A: Future,
    {
        let Self { client, connection } = self;
        let mut answer = pin!(question(client));
        poll_fn(|cx| {
            // What is asked first, is sent by driving; what driving received is then the answer.
            if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
                return Poll::Ready(answer);
            }
            drive(connection, cx);
            answer.as_mut().poll(cx)
        })
        .await
    }
}

/// Sends and receives what can be. A connection that has ended is dropped, which fails what was asked on it.
fn drive(connection: &mut Option<DatabaseConnection>, cx: &mut Context<'_>) {
    let Some(driven) = connection else {
        return;
    };
    match Pin::new(driven).poll(cx) {
        Poll::Pending => return,
        Poll::Ready(Ok(())) => debug!("a committer's connection to the database was closed"),
        Poll::Ready(Err(error)) => {
            warn!(error = %chain(&error), "a committer's connection to the database broke");
        }
    }
    *connection = None;
}
