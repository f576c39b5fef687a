//! What a connection may cost: how many there are, and how long one may stand still.
//!
//! 1. Every connection is counted. A request on one above the limit is answered with 503, and the connection
//!    closed. Should ever more come, the listener leaves them to the system's queue.
//! 2. A connection on which no request is handled, and none begins, for as long as [`ConnectionLimits::still`]
//!    is shut down: its client sends a head too slowly, or does not read its answers. actix-http (3.19) closes
//!    one that is silent between two requests, and one whose first head does not come; it times neither the
//!    head of a later request nor a write.
//!
//! A request that is being handled ends by its own limits: of the body, and of the engine.

use std::cell::Cell;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use actix_web::rt::task::JoinHandle;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use nix::sys::socket::{Shutdown, shutdown};
use tokio::time::{Instant, sleep_until};
use tracing::debug;

use super::error::Refusal;

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Connections whose requests are done.
    pub max: usize,
    /// The longest that one may stand still.
    pub still: Duration,
}

/// What is known of a connection; it is part of the data of all its requests.
struct Connection {
    activity: Rc<Activity>,
    /// It came above the limit.
    surplus: bool,
    open: Arc<AtomicUsize>,
    watch: JoinHandle<()>,
}

struct Activity {
    /// Requests that are being handled.
    handled: Cell<usize>,
    /// When the last one began or ended.
    moved: Cell<Instant>,
}

/// For the server's `on_connect`.
pub fn watched(limits: ConnectionLimits) -> impl Fn(&TcpStream, &mut Extensions) + Send + Clone {
    let open = Arc::new(AtomicUsize::new(0));
    move |socket, data| {
        data.insert(Connection::new(socket.as_raw_fd(), &open, limits));
    }
}

/// Notes that a request is being handled, until what this returns is dropped.
///
/// # Errors
/// [`Refusal::TooManyConnections`].
pub fn begin(request: &HttpRequest) -> Result<Option<Handled>, Refusal> {
    let connection = request.conn_data::<Connection>();
    if connection.is_some_and(|connection| connection.surplus) {
        return Err(Refusal::TooManyConnections);
    }
    Ok(connection.map(|connection| Handled::new(&connection.activity)))
}

impl Connection {
    fn new(socket: RawFd, open: &Arc<AtomicUsize>, limits: ConnectionLimits) -> Self {
        let activity = Rc::new(Activity {
            handled: Cell::new(0),
            moved: Cell::new(Instant::now()),
        });
        let watch = watch(Rc::downgrade(&activity), socket, limits.still);
        Self {
            activity,
            surplus: open.fetch_add(1, Ordering::Relaxed) >= limits.max,
            open: Arc::clone(open),
            watch: actix_web::rt::spawn(watch),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.watch.abort();
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Shuts the socket down when it stands still. The socket is open as long as the activity is there: actix-http
/// drops a connection's data before its socket, on this very thread.
async fn watch(activity: Weak<Activity>, socket: RawFd, still: Duration) {
    loop {
        let due = match activity.upgrade() {
            None => return,
            Some(activity) if activity.handled.get() > 0 => Instant::now() + still,
            Some(activity) => activity.moved.get() + still,
        };
        if due <= Instant::now() {
            debug!("a connection stood still and was closed");
            // It can only fail because the other side was faster.
            let _ = shutdown(socket, Shutdown::Both);
            return;
        }
        sleep_until(due).await;
    }
}

/// The middleware of services beside the API's, for `actix_web::middleware::from_fn`: the request is being handled
/// until there is an answer, and the connection moves as long as parts of its body are taken. A client that does not take
/// them leaves it standing still.
///
/// # Errors
/// Those of the services inside, as they are.
pub async fn watched_answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<WatchedBody>, actix_web::Error> {
    let (answer, activity) = match begin(request.request()) {
        Ok(handled) => {
            let activity = handled.as_ref().map(|handled| Rc::clone(&handled.0));
            let answer = next.call(request).await?;
            (answer.map_into_boxed_body(), activity)
        }
        Err(surplus) => (
            request.into_response(HttpResponse::from_error(surplus)),
            None,
        ),
    };
    Ok(answer.map_body(|_, body| WatchedBody { body, activity }))
}

/// A body whose parts are noted as they are taken.
pub struct WatchedBody {
    body: BoxBody,
    activity: Option<Rc<Activity>>,
}

impl MessageBody for WatchedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if let Some(activity) = &this.activity {
            activity.moved.set(Instant::now());
        }
        Pin::new(&mut this.body).poll_next(context)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let Self { body, activity } = self;
        body.try_into_bytes()
            .map_err(|body| Self { body, activity })
    }
}

/// A request that is being handled.
pub struct Handled(Rc<Activity>);

impl Handled {
    fn new(activity: &Rc<Activity>) -> Self {
        activity.handled.set(activity.handled.get() + 1);
        activity.moved.set(Instant::now());
        Self(Rc::clone(activity))
    }
}

impl Drop for Handled {
    fn drop(&mut self) {
        self.0.handled.set(self.0.handled.get() - 1);
        self.0.moved.set(Instant::now());
    }
}
