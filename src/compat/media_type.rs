//! Which reader a body's `Content-Type` asks for.
//!
//! The recorded service (REST framework's `select_parser`) holds the header against its readers in order and takes the
//! first that fits. Letter case and parameters do not matter; `*` on either side of the slash fits anything, so `*/*` is
//! JSON.

/// A kind of body that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    Json,
    Form,
    Multipart,
}

impl MediaType {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Json, Self::Form, Self::Multipart];

    /// The type as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Multipart => "multipart/form-data",
        }
    }

    /// The first kind that the header's value fits.
    #[must_use]
    pub fn select(content_type: &[u8]) -> Option<Self> {
        if content_type == Self::Json.as_str().as_bytes() {
            return Some(Self::Json);
        }
        let essence = content_type.split(|&byte| byte == b';').next()?;
        let given = halves(essence.trim_ascii());
        Self::ALL.into_iter().find(|kind| {
            let offered = halves(kind.as_str().as_bytes());
            fits(given.0, offered.0) && fits(given.1, offered.1)
        })
    }
}

/// What stands before the first slash and what after it.
fn halves(essence: &[u8]) -> (&[u8], &[u8]) {
    match essence.iter().position(|&byte| byte == b'/') {
        Some(slash) => (&essence[..slash], &essence[slash + 1..]),
        None => (essence, &[]),
    }
}

fn fits(given: &[u8], offered: &[u8]) -> bool {
    given == b"*" || given.eq_ignore_ascii_case(offered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_kind_that_fits_is_taken() {
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
