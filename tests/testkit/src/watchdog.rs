//! The end of everything that a test started, however the test ends.
//!
//! A shell waits for the other end of its standard input to close, which the end of this process brings about, also by a
//! kill. Then it ends what joined its process group, and whatever works in a directory or below it, and removes that
//! directory.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `$1` is the directory, if any, and `$2` a network namespace to delete. In order first: a server that ends by SIGQUIT removes
/// its shared memory.
const WATCH: &str = r#"
    trap '' INT TERM HUP
    cat >/dev/null
    kill -TERM 0
    [ -n "$1" ] || kill -KILL 0
    signal() {
        below="s|.* /proc/\([0-9]*\)/cwd -> $1\(/.*\)*\$|\1|p"
        for process in $(ls -l /proc/[0-9]*/cwd 2>/dev/null | sed -n "$below"); do
            kill "-$2" "$process" 2>/dev/null && found=yes
        done
    }
    for kind in CONT QUIT; do signal "$1" "$kind"; done
    tries=0
    while found=; signal "$1" 0; [ -n "$found" ] && [ "$tries" -lt 50 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    signal "$1" KILL
    [ -z "$2" ] || ip netns del "$2" 2>/dev/null
    rm -rf "$1"
    kill -KILL 0
"#;

/// Watches until it is dropped, or this process ends.
pub struct Watchdog(Child);

impl Watchdog {
    /// Over what joins its process group.
    pub fn over_group() -> io::Result<Self> {
        Self::start("".as_ref(), "")
    }

    /// Over what works in the directory too.
    pub fn over(directory: &Path) -> io::Result<Self> {
        Self::over_with_namespace(directory, "")
    }

    /// Deletes the network namespace of that name too, if there is one.
    pub fn over_with_namespace(directory: &Path, namespace: &str) -> io::Result<Self> {
        Self::start(&directory.canonicalize()?, namespace)
    }

    fn start(directory: &Path, namespace: &str) -> io::Result<Self> {
        Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(directory)
            .arg(namespace)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A terminal's Ctrl-C reaches neither it nor what joins it before this process.
            .process_group(0)
            .spawn()
            .map(Self)
    }

    /// A command that joins its process group, and so ends with it.
    pub fn command(&self, program: impl AsRef<OsStr>) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(program);
        command
            .process_group(i32::try_from(self.0.id()).unwrap())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Ends what is left, and returns when that has ended and the directory is gone.
    pub fn end(&mut self) -> io::Result<()> {
        drop(self.0.stdin.take());
        // It ends its own group, and so by a signal.
        self.0.wait().map(drop)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_what_joined_and_of_what_works_below() {
        let directory = tempfile::tempdir().unwrap().keep();
        let mut below = Command::new("sleep")
            .arg("600")
            .current_dir(&directory)
            .spawn()
            .unwrap();
        let mut watchdog = Watchdog::over(&directory).unwrap();
        let mut joined = Command::new("sleep")
            .arg("600")
            .process_group(i32::try_from(watchdog.0.id()).unwrap())
            .spawn()
            .unwrap();
        let ended = std::thread::spawn(move || (below.wait().unwrap(), joined.wait().unwrap()));

        watchdog.end().unwrap();

        let (below, joined) = ended.join().unwrap();
        assert!(!below.success() && !joined.success());
        assert!(!directory.exists());
    }
}
