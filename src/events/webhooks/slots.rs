//! The events that were read of the feed and are not resolved, by their places.

use std::collections::VecDeque;

use time::OffsetDateTime;

use crate::events::Cursor;

/// A slot for each event, in the feed's order, up to the first that is not done.
pub(super) struct Slots {
    slots: VecDeque<Slot>,
    /// The number of the first one.
    first: u64,
}

struct Slot {
    before: Cursor,
    at: Option<OffsetDateTime>,
    is_done: bool,
}

impl Slots {
    pub fn new() -> Self {
        Self {
            slots: VecDeque::new(),
            first: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Adds one for the event after this place. Returns its number.
    pub fn add(&mut self, before: Cursor, at: Option<OffsetDateTime>) -> u64 {
        let number = self.first + self.slots.len() as u64;
        self.slots.push_back(Slot {
            before,
            at,
            is_done: false,
        });
        number
    }

    /// The event is delivered, or stored elsewhere.
    pub fn done(&mut self, number: u64) {
        let index = number.checked_sub(self.first).map(usize::try_from);
        if let Some(Ok(index)) = index
            && let Some(slot) = self.slots.get_mut(index)
        {
            slot.is_done = true;
        }
        while self.slots.front().is_some_and(|slot| slot.is_done) {
            self.slots.pop_front();
            self.first += 1;
        }
    }

    /// The place before the first event that is not done.
    pub fn place(&self) -> Option<Cursor> {
        self.slots.front().map(|slot| slot.before)
    }

    /// When that event happened.
    pub fn oldest(&self) -> Option<OffsetDateTime> {
        self.slots.iter().find_map(|slot| slot.at)
    }
}
