//! What the process costs the machine, under the names that every Prometheus client gives it.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use nix::sys::time::TimeValLike;
use prometheus::core::Collector;
use prometheus::{Counter, IntGauge};

use crate::telemetry::metrics::{gauge, seconds_counter};

pub(super) struct Process {
    cpu: Counter,
    memory: IntGauge,
    files: IntGauge,
    files_max: IntGauge,
    started: IntGauge,
}

impl Process {
    pub fn new() -> Self {
        let process = Self {
            cpu: seconds_counter(
                "process_cpu_seconds_total",
                "Seconds of processors, of user and system",
            ),
            memory: gauge("process_resident_memory_bytes", "Memory in use"),
            files: gauge("process_open_fds", "Open files and connections"),
            files_max: gauge("process_max_fds", "Files and connections that may be open"),
            started: gauge(
                "process_start_time_seconds",
                "When the engine was started, in seconds since 1970",
            ),
        };
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let since_1970 = since_1970.unwrap_or_default().as_secs();
        set(&process.started, since_1970);
        process
    }

    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        vec![
            Box::new(self.cpu.clone()),
            Box::new(self.memory.clone()),
            Box::new(self.files.clone()),
            Box::new(self.files_max.clone()),
            Box::new(self.started.clone()),
        ]
    }

    /// Looks again. What the system does not tell stays as it was.
    pub fn look(&self) {
        if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
            let used = usage.user_time() + usage.system_time();
            #[expect(clippy::cast_precision_loss, reason = "exact for 285 years")]
            let seconds = used.num_microseconds() as f64 / 1e6;
            self.cpu.inc_by((seconds - self.cpu.get()).max(0.0));
        }
        if let Some(bytes) = resident_bytes() {
            set(&self.memory, bytes);
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            // One of them lists them.
            set(&self.files, open.count().saturating_sub(1) as u64);
        }
        if let Ok((allowed, _)) = getrlimit(Resource::RLIMIT_NOFILE) {
            set(&self.files_max, allowed);
        }
    }
}

fn set(gauge: &IntGauge, value: u64) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}
