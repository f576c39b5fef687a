//! Writes the history down while it happens: into memory for the checker, and as a line of JSON for people.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use time::OffsetDateTime;
use wallet_engine::domain::WalletId;

use crate::history::{Answer, Call, Moment, Request};

pub struct Recorder {
    begun: Instant,
    begun_at: OffsetDateTime,
    /// One lock around clock, memory and file, so that all three have the same order.
    state: Mutex<State>,
}

struct State {
    next_place: u64,
    calls: Vec<Call>,
    file: BufWriter<File>,
}

impl Recorder {
    pub fn new(path: &Path) -> Self {
        Self {
            begun: Instant::now(),
            begun_at: OffsetDateTime::now_utc(),
            state: Mutex::new(State {
                next_place: 1,
                calls: Vec::new(),
                file: BufWriter::new(File::create(path).unwrap()),
            }),
        }
    }

    /// When the history began, by the clock on the wall.
    pub fn begun_at(&self) -> OffsetDateTime {
        self.begun_at
    }

    /// Enters a request that is about to be sent; gives its number.
    pub fn sent(&self, client: usize, engine: usize, wallet: WalletId, request: Request) -> usize {
        let mut state = self.state();
        let moment = self.next(&mut state);
        let call = Call::new(client, engine, wallet, request, moment);
        let number = state.calls.len();
        state.write(&call.sent_line(number));
        state.calls.push(call);
        number
    }

    /// Enters what came of a request.
    pub fn answered(&self, number: usize, answer: Answer) {
        let mut state = self.state();
        let moment = self.next(&mut state);
        let call = &mut state.calls[number];
        call.answered = moment;
        call.answer = answer;
        let line = call.answered_line(number);
        state.write(&line);
    }

    /// Enters what was done to the system, for whoever reads the history.
    pub fn fault(&self, what: &str) {
        let mut state = self.state();
        let moment = self.next(&mut state);
        state.write(&json!({"place": moment.place, "at_us": moment.at_us, "fault": what}));
        state.file.flush().unwrap();
    }

    /// Enters a moment of what is being done to the system.
    pub fn moment(&self, what: &str) -> Moment {
        let mut state = self.state();
        let moment = self.next(&mut state);
        state.write(&json!({"place": moment.place, "at_us": moment.at_us, "moment": what}));
        moment
    }

    /// Everything so far.
    pub fn calls(&self) -> Vec<Call> {
        let mut state = self.state();
        state.file.flush().unwrap();
        state.calls.clone()
    }

    fn next(&self, state: &mut State) -> Moment {
        let place = state.next_place;
        state.next_place += 1;
        let at_us = u64::try_from(self.begun.elapsed().as_micros()).unwrap();
        Moment { place, at_us }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, line: &Value) {
        writeln!(self.file, "{line}").unwrap();
    }
}
