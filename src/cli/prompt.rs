//! Prompts at the terminal.
//!
//! The terminal's echo is turned off here and not by rpassword: 7.5.4 leaves the terminal raw after Ctrl-C, without echo, lines
//! and signals; leaves a tab out of what was typed; and takes for a password what was typed, and shown, before the prompt.

use std::fmt;
use std::io::{self, BufRead, IsTerminal, Write};

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use super::output;

/// A password as it was entered.
pub(super) struct Prompted(pub String);

/// Shows a sentence before the first prompt, if there is a terminal.
pub(super) fn notice(sentence: impl fmt::Display) {
    if io::stdin().is_terminal() {
        output::raw_error(format_args!("{sentence}\n"));
    }
}

/// Prompts for a line; at a terminal only, as the standard input otherwise is the password.
pub(super) fn line(what: &str) -> io::Result<String> {
    if !io::stdin().is_terminal() {
        return Err(io::Error::other(format!(
            "{what} must be an argument if there is no terminal"
        )));
    }
    prompt(what)
}

/// Prompts twice for a password, without echo, or reads it from the first line of standard input.
pub(super) fn password() -> io::Result<Prompted> {
    if !io::stdin().is_terminal() {
        return read().map(Prompted);
    }
    let quiet = Quiet::begin()?;
    let password = prompt("Password")?;
    let again = prompt("Password again")?;
    quiet.end()?;
    if password == again {
        Ok(Prompted(password))
    } else {
        Err(io::Error::other("the two passwords differ"))
    }
}

fn prompt(what: &str) -> io::Result<String> {
    let mut terminal = io::stderr();
    write!(terminal, "{what}: ")?;
    terminal.flush()?;
    read()
}

/// One line, without its end.
fn read() -> io::Result<String> {
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let text = line.strip_suffix('\n').unwrap_or(&line);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok(text.to_owned())
}

/// The terminal shows nothing of what is typed but the ends of lines, until this is dropped.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO);
        quiet.local_flags.insert(LocalFlags::ECHONL);
        tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &quiet)?;
        Ok(Self(before))
    }

    fn end(self) -> io::Result<()> {
        Ok(tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &self.0)?)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Best effort: the command ends.
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &self.0);
    }
}
