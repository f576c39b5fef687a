//! Checks that answers about one wallet are linearizable: each was true at a moment between request and response.
//!
//! The ledger gives the order of the writes. So an answer is an interval of time and the versions of the wallet at which it
//! is true. It is assigned the lowest of them that is not below those of the answers before its request. If there is none,
//! there is no order at all: any other choice would leave less room for later answers.

/// An answer. Times are of one clock, which advances between any two requests and responses.
#[derive(Debug)]
pub struct Event {
    pub asked: u64,
    pub answered: u64,
    pub held: Held,
}

#[derive(Debug)]
pub enum Held {
    /// It made this version.
    Made(i64),
    /// It is true at these versions.
    At(Vec<i64>),
}

/// Fails with the first answer that was true at no moment while its caller waited.
pub fn check(mut events: Vec<Event>) -> Result<(), String> {
    events.sort_unstable_by_key(|event| event.asked);
    let mut placed: Vec<(u64, i64)> = Vec::with_capacity(events.len());
    for event in events {
        let before = placed.iter().filter(|(end, _)| *end < event.asked);
        let lowest = before.map(|(_, version)| *version).max().unwrap_or(0);
        let version = match &event.held {
            Held::Made(version) => Some(*version).filter(|version| *version > lowest),
            Held::At(versions) => versions.iter().copied().filter(|v| *v >= lowest).min(),
        };
        let version = version.ok_or_else(|| format!("{event:?}, but it was {lowest} already"))?;
        placed.push((event.answered, version));
    }
    Ok(())
}

fn event(asked: u64, answered: u64, held: Held) -> Event {
    Event {
        asked,
        answered,
        held,
    }
}

fn at(asked: u64, answered: u64, versions: &[i64]) -> Event {
    event(asked, answered, Held::At(versions.to_vec()))
}

fn made(asked: u64, answered: u64, version: i64) -> Event {
    event(asked, answered, Held::Made(version))
}

#[test]
fn answers_that_overlap_may_be_true_in_any_order() {
    check(vec![
        made(0, 9, 1),
        made(1, 4, 2),
        at(2, 8, &[0]),
        at(3, 5, &[0, 2]),
        at(6, 7, &[2]),
    ])
    .unwrap();
}

#[test]
fn an_answer_that_was_true_before_its_question_or_after_itself_is_found() {
    for wrong in [
        vec![made(0, 1, 1), at(2, 3, &[0])],
        vec![at(0, 1, &[1]), made(2, 3, 1)],
        vec![made(0, 1, 2), made(2, 3, 1)],
        // Reads that go back while the write is in flight.
        vec![made(0, 9, 1), at(1, 2, &[1]), at(3, 4, &[0])],
        // Refused, although there was enough since before the request.
        vec![made(0, 1, 1), made(2, 9, 2), at(3, 4, &[0])],
    ] {
        let text = format!("{wrong:?}");
        assert!(check(wrong).is_err(), "{text}");
    }
}
