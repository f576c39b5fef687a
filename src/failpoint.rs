//! Places where a test plants a panic.
//!
//! Only with the feature `failpoints`, which no released binary has: without it, a place is nothing at all. The
//! places are `handler` (a request is about to be routed), `panel` (a page of the panel is about to be made), `actor
//! takes` and `actor notified` (an operation or a linked set comes in; its write is done and no caller answered), `committer takes` and
//! `committer wrote` (before and after the statement).

#[cfg(feature = "failpoints")]
pub use planted::{is_planted, plant};

#[cfg(feature = "failpoints")]
pub(crate) use planted::reach;

#[cfg(feature = "failpoints")]
mod planted {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    static PLANTED: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

    fn places() -> MutexGuard<'static, Vec<&'static str>> {
        PLANTED.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next caller that reaches the place panics.
    pub fn plant(place: &'static str) {
        places().push(place);
    }

    /// Whether no caller has reached it yet.
    #[must_use]
    pub fn is_planted(place: &str) -> bool {
        places().contains(&place)
    }

    pub(crate) fn reach(place: &str) {
        let mut places = places();
        if let Some(planted) = places.iter().position(|planted| *planted == place) {
            places.swap_remove(planted);
            drop(places);
            panic!("planted: {place}");
        }
    }
}

#[cfg(not(feature = "failpoints"))]
pub(crate) fn reach(_place: &str) {}
