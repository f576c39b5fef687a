//! The parser of a body by its `Content-Type`.
//!
//! The recorded service (REST framework's `select_parser`) compares the header with its parsers in order and takes the first
//! that matches. Letter case and parameters are ignored; `*` on either side of the slash matches anything, so `*/*` is JSON.

/// A supported type of body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    Json,
    Form,
    Multipart,
}

impl MediaType {
    /// In the order of the parsers.
    pub const ALL: [Self; 3] = [Self::Json, Self::Form, Self::Multipart];

    /// The type as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Multipart => "multipart/form-data",
        }
    }

    /// The first type that matches the header's value.
    #[must_use]
    pub fn select(content_type: &[u8]) -> Option<Self> {
        if content_type == Self::Json.as_str().as_bytes() {
            return Some(Self::Json);
        }
        let essence = content_type.split(|&byte| byte == b';').next()?;
        let given = halves(essence.trim_ascii());
        Self::ALL.into_iter().find(|kind| {
            let offered = halves(kind.as_str().as_bytes());
            matches(given.0, offered.0) && matches(given.1, offered.1)
        })
    }
}

/// The parts before and after the first slash.
fn halves(essence: &[u8]) -> (&[u8], &[u8]) {
    match essence.iter().position(|&byte| byte == b'/') {
        Some(slash) => (&essence[..slash], &essence[slash + 1..]),
        None => (essence, &[]),
    }
}

fn matches(given: &[u8], offered: &[u8]) -> bool {
    given == b"*" || given.eq_ignore_ascii_case(offered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_type_that_matches_is_selected() {
        for (content_type, kind) in [
            ("application/json", Some(MediaType::Json)),
            (" Application/JSON ; ;;=", Some(MediaType::Json)),
            ("application/json;charset=utf-8", Some(MediaType::Json)),
            ("*/*", Some(MediaType::Json)),
            ("application/*", Some(MediaType::Json)),
            ("*/x-www-form-urlencoded", Some(MediaType::Form)),
            ("application/x-www-form-urlencoded", Some(MediaType::Form)),
            ("multipart/*", Some(MediaType::Multipart)),
            (
                "multipart/form-data; boundary=x",
                Some(MediaType::Multipart),
            ),
            ("", None),
            ("*", None),
            ("application", None),
            ("application/json/", None),
            ("application/json, text/plain", None),
            ("application/vnd.api+json", None),
            ("\"application/json\"", None),
            ("multipart/mixed; boundary=x", None),
            ("text/json", None),
        ] {
            let selected = MediaType::select(content_type.as_bytes());
            assert_eq!(selected, kind, "{content_type}");
        }
    }
}
