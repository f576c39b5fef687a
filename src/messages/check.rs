//! Finds messages and their variables in a catalogue's text at compile time, for the part of Fluent's syntax that our files
//! use: a message begins at the start of a line and continues in the indented lines after it.

/// The beginning and the end of a message.
pub(super) type Span = (usize, usize);

/// The number of messages of a catalogue.
pub(super) const fn count(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut count) = (0, 0);
    while at < bytes.len() {
        if bytes[at].is_ascii_alphabetic() {
            count += 1;
        }
        at = next_line(bytes, at);
    }
    count
}

/// Every message of a catalogue, in order.
pub(super) const fn spans<const N: usize>(text: &str) -> [Span; N] {
    let bytes = text.as_bytes();
    let mut spans = [(0, 0); N];
    let (mut at, mut index) = (0, 0);
    while at < bytes.len() {
        let start = at;
        at = next_line(bytes, at);
        if bytes[start].is_ascii_alphabetic() {
            while at < bytes.len() && matches!(bytes[at], b' ' | b'}') {
                at = next_line(bytes, at);
            }
            spans[index] = (start, at);
            index += 1;
        }
    }
    spans
}

/// The index of the message in the list.
pub(super) const fn position(text: &str, spans: &[Span], id: &str) -> Option<usize> {
    let mut index = 0;
    while index < spans.len() {
        if is_word(text.as_bytes(), spans[index].0, id.as_bytes()) {
            return Some(index);
        }
        index += 1;
    }
    None
}

/// Whether the message has exactly these variables.
pub(super) const fn has_exactly(text: &str, (start, end): Span, variables: &[&str]) -> bool {
    let bytes = text.as_bytes();
    let mut seen = [false; 16];
    let mut at = start;
    while at < end {
        if bytes[at] == b'$' {
            let mut known = false;
            let mut index = 0;
            while index < variables.len() {
                if is_word(bytes, at + 1, variables[index].as_bytes()) {
                    (known, seen[index]) = (true, true);
                }
                index += 1;
            }
            if !known {
                return false;
            }
        }
        at += 1;
    }
    let mut index = 0;
    while index < variables.len() {
        if !seen[index] {
            return false;
        }
        index += 1;
    }
    true
}

const fn next_line(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'\n' {
        at += 1;
    }
    at + 1
}

/// Whether the whole word is at this position.
const fn is_word(bytes: &[u8], at: usize, word: &[u8]) -> bool {
    let mut length = 0;
    while length < word.len() {
        if at + length >= bytes.len() || bytes[at + length] != word[length] {
            return false;
        }
        length += 1;
    }
    let end = at + length;
    end >= bytes.len() || !(bytes[end].is_ascii_alphanumeric() || matches!(bytes[end], b'-' | b'_'))
}
