//! What a command writes: its result to standard output, why it failed to standard error.
//!
//! Every command writes here and nowhere else, since `println!` panics where a line cannot be written:
//!
//! 1. If the reader of standard output has closed it (`verify | head -1`), the rest is discarded, and the exit status is the
//!    one that it would have been: `verify` still reports a breach.
//! 2. A standard output that cannot be written for another reason, such as a full disk, fails the command.
//! 3. A secret that is shown once must be read: an output that is closed fails the command too.
//! 4. A standard error that cannot be written changes nothing: the exit status reports the failure.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// The exit status of a command, or why it failed.
pub(super) type CommandResult = Result<ExitCode, Box<dyn std::error::Error>>;

#[derive(Debug, thiserror::Error)]
#[error("could not write to standard output")]
pub(super) struct OutputError(#[source] io::Error);

/// Writes a line of the result.
pub(super) fn line(text: impl Display) -> Result<(), OutputError> {
    accepted(write(io::stdout().lock(), format_args!("{text}\n")))
}

/// Writes a line without which the command has failed, also if the reader has closed standard output.
pub(super) fn required_line(text: impl Display) -> Result<(), OutputError> {
    write(io::stdout().lock(), format_args!("{text}\n")).map_err(OutputError)
}

/// Writes a text of the result that has its own line ends.
pub(super) fn text(text: impl Display) -> Result<(), OutputError> {
    accepted(write(io::stdout().lock(), text))
}

/// Writes an error's line: the program's name, and the sentence.
pub(super) fn error(text: impl Display) {
    raw_error(format_args!("wallet-engine: {text}\n"));
}

/// Writes a text to standard error as it is.
pub(super) fn raw_error(text: impl Display) {
    let _ = write(io::stderr().lock(), text);
}

fn write(mut to: impl Write, text: impl Display) -> io::Result<()> {
    // Flushed, because an error of a buffer that is written at the end of the process is lost.
    write!(to, "{text}").and_then(|()| to.flush())
}

fn accepted(written: io::Result<()>) -> Result<(), OutputError> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(OutputError(error)),
        _ => Ok(()),
    }
}
