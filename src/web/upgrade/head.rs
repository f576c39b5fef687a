//! One head: whether it is complete, how its body is framed, and its offers removed.

use std::mem::MaybeUninit;
use std::ops::Range;

use httparse::{Request, Status};

/// Headers of a request; actix-http refuses more (its `MAX_HEADERS`).
const HEADERS_MAX: usize = 96;

#[derive(Debug, PartialEq, Eq)]
pub enum Head {
    /// Not complete.
    Partial,
    Whole {
        bytes: usize,
        body: Body,
    },
    /// Not a head; actix-http finds the same, with the same parser.
    Invalid,
}

/// How a body's end is found.
#[derive(Debug, PartialEq, Eq)]
pub enum Body {
    /// After this many bytes.
    Length(u64),
    /// By actix-http's rules.
    Complex,
}

/// Parses the head at the beginning of `bytes`; if it is complete, overwrites its offers with spaces.
pub fn read(bytes: &mut [u8]) -> Head {
    let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut request = Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, &mut headers) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Head::Partial,
        Err(_) => return Head::Invalid,
    };
    let mut offers = Vec::new();
    let mut body = match request.method {
        Some("CONNECT") => Body::Complex,
        _ => Body::Length(0),
    };
    let mut is_declared = false;
    for header in request.headers.iter() {
        let name = header.name;
        if name.eq_ignore_ascii_case("upgrade") {
            offers.push(place(bytes, header.value));
        } else if name.eq_ignore_ascii_case("connection") {
            let options = header.value.split(|byte| *byte == b',');
            let options = options.map(<[u8]>::trim_ascii);
            let upgrade = options.filter(|option| option.eq_ignore_ascii_case(b"upgrade"));
            offers.extend(upgrade.map(|option| place(bytes, option)));
        } else if name.eq_ignore_ascii_case("content-length") {
            body = match length_of(header.value) {
                Some(length) if !is_declared && body == Body::Length(0) => Body::Length(length),
                _ => Body::Complex,
            };
            is_declared = true;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            body = Body::Complex;
            is_declared = true;
        }
    }
    for offer in offers {
        bytes[offer].fill(b' ');
    }
    Head::Whole {
        bytes: length,
        body,
    }
}

/// The position of a part of `whole`.
fn place(whole: &[u8], part: &[u8]) -> Range<usize> {
    let from = part.as_ptr().addr() - whole.as_ptr().addr();
    from..from + part.len()
}

/// Digits alone.
fn length_of(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok().filter(|_| digits)?;
    text.parse().ok()
}
