//! The log of a command, on standard error and in the form of commands: no time, no level but `error` and `warning`, no target.
//! It is usually empty, unless `WALLET_LOG` sets a filter.

use std::fmt;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::config::LogConfig;

/// Starts logging for a command. Only the first call of a process has an effect.
pub fn start_for_command(config: &LogConfig) {
    let logger = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&config.command_filter))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        // They would be reported on standard error, which is what cannot be written then.
        .log_internal_errors(false)
        .event_format(Sentence);
    let _ = logger.try_init();
}

/// `wallet-engine: warning: what happened name=value`.
struct Sentence;

impl<S, N> FormatEvent<S, N> for Sentence
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
        let level = match *event.metadata().level() {
            Level::ERROR => "error: ",
            Level::WARN => "warning: ",
            _ => "",
        };
        write!(writer, "wallet-engine: {level}")?;
        context
            .field_format()
            .format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
