//! The limits of connections: their number, and the time that one may be idle.
//!
//! 1. Every connection is counted. A request on one above the limit is refused with 503, and the connection closed. Beyond
//!    a second limit the listener leaves connections in the system's queue.
//! 2. A connection without a request in flight for [`ConnectionLimits::idle`] is shut down: its client sends a head too
//!    slowly, or does not read the responses. actix-http (3.19) closes one that is silent between two requests, and one
//!    whose first head does not arrive; it has no timeout for the head of a later request, nor for a write.
//!
//! A request in flight has its own limits: those of the body, and of the engine.

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
    /// Connections whose requests are served.
    pub max: usize,
    /// The longest that one may be idle.
    pub idle: Duration,
}

/// The state of a connection; part of the data of all its requests.
struct Connection {
    activity: Rc<Activity>,
    /// Accepted above the limit, so its requests are refused.
    over_limit: bool,
    open: Arc<AtomicUsize>,
    watch: JoinHandle<()>,
}

struct Activity {
    /// Requests in flight.
    in_flight: Cell<usize>,
    /// When the last one ended, or a part of its response was sent. It does not count while there is one.
    last_active: Cell<Instant>,
}

/// For the server's `on_connect`: counts the connection and times its idleness.
pub fn on_connect(limits: ConnectionLimits) -> impl Fn(&TcpStream, &mut Extensions) + Send + Clone {
    let open = Arc::new(AtomicUsize::new(0));
    move |socket, data| {
        data.insert(Connection::new(socket.as_raw_fd(), &open, limits));
    }
}

/// Counts a request as in flight until what this returns is dropped.
///
/// # Errors
/// [`Refusal::TooManyConnections`].
pub fn begin(request: &HttpRequest) -> Result<Option<InFlight>, Refusal> {
    let connection = request.conn_data::<Connection>();
    if connection.is_some_and(|connection| connection.over_limit) {
        return Err(Refusal::TooManyConnections);
    }
    Ok(connection.map(|connection| InFlight::new(&connection.activity)))
}

impl Connection {
    fn new(socket: RawFd, open: &Arc<AtomicUsize>, limits: ConnectionLimits) -> Self {
        let activity = Rc::new(Activity {
            in_flight: Cell::new(0),
            last_active: Cell::new(Instant::now()),
        });
        let watch = watch(Rc::downgrade(&activity), socket, limits.idle);
        Self {
            activity,
            over_limit: open.fetch_add(1, Ordering::Relaxed) >= limits.max,
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

/// Shuts the socket down when it is idle. The socket is open as long as the activity exists: actix-http drops a
/// connection's data before its socket, on this thread.
async fn watch(activity: Weak<Activity>, socket: RawFd, idle: Duration) {
    loop {
        let due = match activity.upgrade() {
            None => return,
            Some(activity) if activity.in_flight.get() > 0 => Instant::now() + idle,
            Some(activity) => activity.last_active.get() + idle,
        };
        if due <= Instant::now() {
            debug!("idle connection closed");
            // It fails only if the client has closed the connection.
            let _ = shutdown(socket, Shutdown::Both);
            return;
        }
        sleep_until(due).await;
    }
}

/// The middleware of services beside the API's, for `actix_web::middleware::from_fn`: the request is in flight until there
/// is a response, and the connection is active while the client receives parts of its body.
///
/// # Errors
/// Those of the services inside, as they are.
pub async fn track_activity(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<TrackedBody>, actix_web::Error> {
    let (answer, activity) = match begin(request.request()) {
        Ok(handled) => {
            let activity = handled.as_ref().map(|handled| Rc::clone(&handled.0));
            let answer = next.call(request).await?;
            (answer.map_into_boxed_body(), activity)
        }
        Err(refusal) => (
            request.into_response(HttpResponse::from_error(refusal)),
            None,
        ),
    };
    Ok(answer.map_body(|_, body| TrackedBody { body, activity }))
}

/// Returns the response with a body that is sent in parts: the connection is active while the client receives them, however long
/// that takes in all.
#[must_use]
pub fn track_parts(request: &HttpRequest, response: HttpResponse) -> HttpResponse {
    let connection = request.conn_data::<Connection>();
    let activity = connection.map(|connection| Rc::clone(&connection.activity));
    response.map_body(|_, body| BoxBody::new(TrackedBody { body, activity }))
}

/// A body that notes when its parts are sent.
pub struct TrackedBody {
    body: BoxBody,
    activity: Option<Rc<Activity>>,
}

impl MessageBody for TrackedBody {
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
            activity.last_active.set(Instant::now());
        }
        Pin::new(&mut this.body).poll_next(context)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let Self { body, activity } = self;
        body.try_into_bytes()
            .map_err(|body| Self { body, activity })
    }
}

/// A request in flight.
pub struct InFlight(Rc<Activity>);

impl InFlight {
    fn new(activity: &Rc<Activity>) -> Self {
        activity.in_flight.set(activity.in_flight.get() + 1);
        Self(Rc::clone(activity))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.set(self.0.in_flight.get() - 1);
        self.0.last_active.set(Instant::now());
    }
}
