//! The queue between a log line and its reader, which may be slow, stuck or gone.
//!
//! 1. The thread that logs puts the line into a bounded queue (`tracing-appender`), and goes on. If the queue is full, the
//!    line is dropped.
//! 2. The queue's own thread takes what has gathered, and writes it in batches of whole lines. A write that blocks holds this
//!    thread alone; a batch whose write fails is dropped.
//! 3. Dropped lines are counted, and reported in a line of their own once there is room and a write succeeds.
//!
//! The end of the process waits for the queue with [`Queue::flush`], and not with the guard of `tracing-appender` 0.2, whose
//! drop writes to standard output when the queue is full.

use std::io::{self, ErrorKind, Write};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::warn;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that may wait: about 5 MB of them.
const LINES_MAX: usize = 16_384;

/// A write of at most this many bytes enters a pipe whole or not at all (`PIPE_BUF`): a process that is killed cuts no line.
const BATCH_BYTES: usize = 4_096;

/// Between two tries of what cannot wait by itself.
const PAUSE: Duration = Duration::from_millis(5);

/// Requests a notification of the queue's thread when everything before is written: no line is empty.
const MARK: &[u8] = b"";

/// The queue, as the rest of the program knows it.
pub(super) struct Queue {
    lines: NonBlocking,
    dropped: Arc<Dropped>,
    /// A notification for each [`MARK`].
    marks: Mutex<Receiver<()>>,
    _worker: ManuallyDrop<WorkerGuard>,
}

impl Queue {
    /// Starts the thread that writes to `out`. What is written to the first of the two is queued.
    pub fn start(out: impl Write + Send + 'static) -> (NonBlocking, Self) {
        Self::start_with(LINES_MAX, out)
    }

    fn start_with(lines_max: usize, out: impl Write + Send + 'static) -> (NonBlocking, Self) {
        let dropped = Arc::new(Dropped::default());
        let (marked, marks) = sync_channel(1);
        let writer = Batch {
            out,
            bytes: Vec::with_capacity(BATCH_BYTES),
            lines: 0,
            failing: false,
            dropped: Arc::clone(&dropped),
            reported: 0,
            marked,
        };
        let (lines, worker) = NonBlockingBuilder::default()
            .buffered_lines_limit(lines_max)
            .thread_name("log")
            .finish(writer);
        let _ = dropped.queue.set(lines.error_counter());
        let queue = Self {
            lines: lines.clone(),
            dropped,
            marks: Mutex::new(marks),
            _worker: ManuallyDrop::new(worker),
        };
        (lines, queue)
    }

    /// Waits until what was queued before is written or dropped, `limit` at most.
    pub fn flush(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        // Of a flush that gave up.
        let _ = marks.try_recv();
        let mut lines = self.lines.clone();
        loop {
            let dropped = self.dropped.by_queue();
            let _ = lines.write(MARK);
            let left = deadline.saturating_duration_since(Instant::now());
            let queued = self.dropped.by_queue() == dropped;
            let patience = if queued { left } else { left.min(PAUSE) };
            let written = marks.recv_timeout(patience).is_ok();
            if written || queued || Instant::now() >= deadline {
                return;
            }
        }
    }

    /// Lines that were dropped so far.
    pub fn dropped(&self) -> u64 {
        self.dropped.all()
    }
}

/// Lines that were not written.
#[derive(Default)]
struct Dropped {
    queue: OnceLock<ErrorCounter>,
    by_write: AtomicU64,
}

impl Dropped {
    fn by_queue(&self) -> u64 {
        let dropped = self.queue.get().map(ErrorCounter::dropped_lines);
        dropped.unwrap_or_default() as u64
    }

    fn all(&self) -> u64 {
        self.by_queue() + self.by_write.load(Ordering::Relaxed)
    }
}

/// What the queue's thread writes to. It never returns an error: the thread would keep back the lines that follow.
struct Batch<W> {
    out: W,
    /// Whole lines.
    bytes: Vec<u8>,
    lines: u64,
    /// The last write failed.
    failing: bool,
    dropped: Arc<Dropped>,
    /// Dropped lines that the log has reported.
    reported: u64,
    marked: SyncSender<()>,
}

impl<W: Write> Batch<W> {
    fn send(&mut self) {
        if self.lines == 0 {
            return;
        }
        self.failing = write_whole(&mut self.out, &self.bytes).is_err();
        if self.failing {
            self.dropped
                .by_write
                .fetch_add(self.lines, Ordering::Relaxed);
        }
        self.bytes.clear();
        self.lines = 0;
    }

    /// Reports dropped lines, in the log itself.
    fn report(&mut self) {
        let dropped = self.dropped.all();
        if !self.failing && dropped > self.reported {
            warn!(lines = dropped - self.reported, "log lines were dropped");
            self.reported = dropped;
        }
    }
}

impl<W: Write> Write for Batch<W> {
    /// One line, or the [`MARK`].
    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        if self.bytes.len() + line.len() > BATCH_BYTES {
            self.send();
        }
        if line == MARK {
            self.send();
            let _ = self.marked.try_send(());
        } else {
            self.bytes.extend_from_slice(line);
            self.lines += 1;
        }
        Ok(())
    }

    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_all(line).map(|()| line.len())
    }

    /// Called when the queue is empty. The report comes first: during a write that blocks the queue may fill up again.
    fn flush(&mut self) -> io::Result<()> {
        self.report();
        self.send();
        Ok(())
    }
}

/// Writes all of it. Standard error may be one that does not block: a process that shares it can have set that.
fn write_whole(out: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::park_timeout(PAUSE),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
