//! Logging to standard error.
//!
//! A line that is written on behalf of a traced request bears the ids of the trace and of the span, in JSON.

use std::fmt;
use std::io::IsTerminal;

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{self, Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::traces;
use crate::config::{LogConfig, LogFormat};

/// What actix-http 3 writes at level `error` for every request that is no HTTP: a client's mistake, not ours. And what
/// actix-server 2 says of its threads, between and after the lines in which a start says what it serves.
/// Whoever wants it names it in `WALLET_LOG`.
const QUIET: &str = "actix_http=off,actix_server=warn";

/// Starts logging. Only the first call of a process has an effect.
pub fn start(config: &LogConfig) {
    let filter = EnvFilter::new(format!("{QUIET},{}", config.filter));
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let _ = match config.format {
        LogFormat::Text => logger.try_init(),
        LogFormat::Json => logger
            .json()
            .map_event_format(|_| WithTrace(Format::default().json().flatten_event(true)))
            .try_init(),
    };
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
