//! The process's resource usage, under the standard names of Prometheus's client libraries.

use std::fs;
use std::time::UNIX_EPOCH;

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use nix::sys::time::TimeValLike;
use prometheus::Counter;

use crate::telemetry::metrics::{Gauge, gauge, metrics, seconds_counter};

metrics! {
    pub(super) struct Process {
        cpu: Counter = seconds_counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
        memory: Gauge = gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
        files: Gauge = gauge("process_open_fds", "Number of open file descriptors.");
        files_max: Gauge = gauge("process_max_fds", "Maximum number of open file descriptors.");
        start_time: Gauge
            = gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");
    }
}

impl Process {
    /// The metrics of a process that starts now.
    pub fn started() -> Self {
        let process = Self::new();
        if let Ok(since_1970) = UNIX_EPOCH.elapsed() {
            process.start_time.set(since_1970.as_secs());
        }
        process
    }

    /// Reads what the system reports; what it does not report stays as it was.
    pub fn refresh(&self) {
        if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
            let used = usage.user_time() + usage.system_time();
            #[expect(clippy::cast_precision_loss, reason = "exact for 285 years")]
            let seconds = used.num_microseconds() as f64 / 1e6;
            self.cpu.inc_by((seconds - self.cpu.get()).max(0.0));
        }
        if let Some(bytes) = resident_bytes() {
            self.memory.set(bytes);
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            // All but the one that lists them.
            self.files.set(open.skip(1).count() as u64);
        }
        if let Ok((allowed, _)) = getrlimit(Resource::RLIMIT_NOFILE) {
            self.files_max.set(allowed);
        }
    }
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}
