//! Logging to standard error.
//!
//! A line never waits for its reader: it goes into a bounded queue (`queue`), and one thread writes it. A line that finds the
//! queue full, or that cannot be written, is dropped and counted. A panic's message takes the same way.
//!
//! A line that is written on behalf of a traced request bears the ids of the trace and of the span, in JSON.

mod queue;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber, error};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{self, Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::error_text::panic_text;
use super::traces;
use crate::config::{LogConfig, LogFormat};
use queue::Queue;

/// The target of the few lines on what is served where: shown at every level but `off`.
pub const NOTICE: &str = "wallet_engine::notice";

/// actix-http 3 logs every malformed request at level `error`, which is a client's mistake; actix-server 2 logs its threads
/// among the lines of a start. `WALLET_LOG` can turn both on.
const QUIET: &str = "actix_http=off,actix_server=warn";

/// How long the end of the process waits for the log to be read.
const FLUSH_MAX: Duration = Duration::from_secs(1);

/// Set when the process begins to log.
static QUEUE: OnceLock<Queue> = OnceLock::new();

/// Writes what is queued when it is dropped: at the end of a process, whether by its return or by a panic.
pub struct FlushOnDrop;

impl Drop for FlushOnDrop {
    fn drop(&mut self) {
        flush();
    }
}

/// Starts logging. Only the first call of a process has an effect.
pub fn start(config: &LogConfig) {
    QUEUE.get_or_init(|| {
        let (lines, queue) = Queue::start(standard_error());
        let logger = tracing_subscriber::fmt()
            .with_env_filter(filter(&config.filter))
            .with_writer(lines)
            // They would be written to standard error, past the queue.
            .log_internal_errors(false)
            .with_ansi(io::stderr().is_terminal());
        let _ = match config.format {
            LogFormat::Text => logger.finish().try_init(),
            LogFormat::Json => logger
                .json()
                .map_event_format(|_| WithTrace(Format::default().json().flatten_event(true)))
                .finish()
                .try_init(),
        };
        // The standard library's hook writes to standard error itself, and waits for its reader.
        std::panic::set_hook(Box::new(panicked));
        queue
    });
}

/// Waits until what is queued is written; a short time, if nothing reads it.
pub fn flush() {
    if let Some(queue) = QUEUE.get() {
        queue.flush(FLUSH_MAX);
    }
}

/// Lines that were dropped since the start.
pub fn lines_dropped() -> u64 {
    QUEUE.get().map_or(0, Queue::dropped)
}

/// Standard error without the standard library's lock on it, which would be held through a write that blocks.
fn standard_error() -> Box<dyn Write + Send> {
    match io::stderr().as_fd().try_clone_to_owned() {
        Ok(file) => Box::new(File::from(file)),
        Err(_) => Box::new(io::stderr()),
    }
}

fn filter(directives: &str) -> EnvFilter {
    if EnvFilter::new(directives).max_level_hint() == Some(LevelFilter::OFF) {
        return EnvFilter::new(directives);
    }
    EnvFilter::new(format!("{QUIET},{NOTICE}=info,{directives}"))
}

fn panicked(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(tracing::field::display);
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then_some(backtrace);
    error!(
        error = panic_text(panic.payload()),
        location,
        thread = thread::current().name(),
        backtrace = backtrace.map(tracing::field::display),
        "panicked"
    );
}

/// JSON with the ids of the trace that the line belongs to, if it belongs to one.
struct WithTrace(Format<format::Json>);

impl<S, N> FormatEvent<S, N> for WithTrace
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some((trace, span)) = traces::current_ids() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0
            .format_event(context, Writer::new(&mut line), event)?;
        // An object has members here: its time at least.
        let members = line.strip_prefix('{').ok_or(fmt::Error)?;
        write!(
            writer,
            r#"{{"trace_id":"{trace}","span_id":"{span}",{members}"#
        )
    }
}
