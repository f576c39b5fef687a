//! Traces: what a request spent its time on, for a collector that speaks OTLP (`export`).
//!
//! * A request's span begins with its head and ends with its answer. Its parent is the caller's, if the request names
//!   one in W3C's `traceparent`, which also decides whether it is traced.
//! * An operation's span is a child of its request's: from the actor's mailbox to the verdict, with the moment in which
//!   it was decided.
//! * A group commit serves many requests: its span is a child of one operation's, and linked with the others', both ways.
//!
//! Spans are made here, and not with `tracing`, because they go from thread to thread in messages, and because off has to
//! cost nothing: without a collector a [`Span`] is `None`, at the cost of one atomic load.

mod export;
mod span;

pub use export::{TracesError, collectors, start, stop};
pub use span::{Caller, Span, current_ids};
