//! The engines of a run, which all end when this process does.

use testkit::watchdog::Watchdog;

pub struct Group(Watchdog);

impl Group {
    pub fn new() -> Self {
        Self(Watchdog::over_group().unwrap())
    }

    /// The real program, with nothing of this machine's environment but its path.
    pub fn program(&self) -> tokio::process::Command {
        let mut command = self.0.command(env!("CARGO_BIN_EXE_wallet-engine"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap());
        command
    }
}
