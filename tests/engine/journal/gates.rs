//! Where a test stops what a side does.

use tokio::sync::Semaphore;

use super::Side;

impl Side {
    /// Blocks commits until as many are released.
    pub fn hold_commits(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn let_commits(&self, commits: usize) {
        self.gate.add_permits(commits);
    }

    pub fn hold_loads(&self) {
        self.load_gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn let_loads(&self, loads: usize) {
        self.load_gate.add_permits(loads);
    }

    /// Blocks loads that have their result, which others may change meanwhile.
    pub fn hold_loaded(&self) {
        self.loaded_gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn let_loaded(&self, loads: usize) {
        self.loaded_gate.add_permits(loads);
    }
}
