//! What operators see of the engine: logs, metrics, traces; and how an error is shown.

mod command_log;
mod error_text;
mod logs;
pub mod metrics;
pub mod traces;

pub use command_log::start_for_command;
pub use error_text::{chain, panic_text};
pub use logs::{FlushOnDrop, NOTICE, flush, lines_dropped as log_lines_dropped, start};
