//! The `Authorization` header (RFC 9110, section 11.6.2): `Bearer` with a key (RFC 6750), or `Token` with an owner's token, as
//! Django REST Framework's `TokenAuthentication` (3.18) takes it.
//!
//! The scheme is in any case, and any amount of white space is around its one parameter. What has not the form of a key or a token
//! is not looked for.

use super::secret::{self, Digest};

/// How a client authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// With a key.
    Bearer,
    /// With an owner's token.
    Token,
}

/// What a client authenticates with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential {
    pub scheme: Scheme,
    pub digest: Digest,
}

/// A header of which no credential can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// It is there twice, and which one counts is not ours to choose.
    #[error("more than one Authorization header")]
    Repeated,
    #[error("no credentials after the scheme")]
    Empty,
    #[error("credentials with spaces")]
    Spaces,
    #[error("credentials that are not ASCII")]
    NotText,
    /// It has not the form of a key or a token.
    #[error("no key or token")]
    Malformed(Scheme),
}

impl Scheme {
    /// As a challenge names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Token => "Token",
        }
    }
}

impl Credential {
    /// Reads the values of a request's `Authorization` headers; `None` if there is none, or it is of another scheme.
    ///
    /// # Errors
    /// [`InvalidHeader`].
    pub fn read<'h>(
        mut values: impl Iterator<Item = &'h [u8]>,
    ) -> Result<Option<Self>, InvalidHeader> {
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(InvalidHeader::Repeated);
        }
        let mut words = value
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        let scheme = match words.next() {
            Some(word) if word.eq_ignore_ascii_case(b"bearer") => Scheme::Bearer,
            Some(word) if word.eq_ignore_ascii_case(b"token") => Scheme::Token,
            _ => return Ok(None),
        };
        let word = words.next().ok_or(InvalidHeader::Empty)?;
        if words.next().is_some() {
            return Err(InvalidHeader::Spaces);
        }
        let text = std::str::from_utf8(word)
            .ok()
            .filter(|text| text.is_ascii());
        let text = text.ok_or(InvalidHeader::NotText)?;
        let fits = match scheme {
            Scheme::Bearer => secret::is_key(text),
            Scheme::Token => secret::is_token(text),
        };
        if !fits {
            return Err(InvalidHeader::Malformed(scheme));
        }
        Ok(Some(Self {
            scheme,
            digest: Digest::of(text),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Secret;

    fn read(values: &[&[u8]]) -> Result<Option<Credential>, InvalidHeader> {
        Credential::read(values.iter().copied())
    }

    #[test]
    fn the_scheme_is_in_any_case_and_white_space_in_any_amount() {
        let (key, token) = (Secret::new_key().unwrap(), Secret::new_token().unwrap());
        for (secret, schemes) in [
            (key, ["Bearer ", "bearer   ", " BEARER\t"]),
            (token, ["Token ", "token ", "TOKEN  "]),
        ] {
            for scheme in schemes {
                let value = format!("{scheme}{} ", secret.expose());
                let credential = read(&[value.as_bytes()]).unwrap().unwrap();
                assert_eq!(credential.digest, secret.digest());
            }
        }
    }

    #[test]
    fn what_is_no_credential_is_refused_and_another_scheme_is_none() {
        assert_eq!(read(&[]), Ok(None));
        for none in ["", "Basic YTpi", "Bear er", "wk_0"] {
            assert_eq!(read(&[none.as_bytes()]), Ok(None), "{none}");
        }
        let long = format!("Bearer {}", "a".repeat(8 * 1024));
        for (value, error) in [
            ("Bearer", InvalidHeader::Empty),
            ("token  ", InvalidHeader::Empty),
            ("Token a b", InvalidHeader::Spaces),
            ("Token \u{e9}", InvalidHeader::NotText),
            ("Token a", InvalidHeader::Malformed(Scheme::Token)),
            (&long, InvalidHeader::Malformed(Scheme::Bearer)),
        ] {
            assert_eq!(read(&[value.as_bytes()]), Err(error));
        }
        let key = Secret::new_key().unwrap();
        let value = format!("Bearer {}", key.expose());
        let twice = [value.as_bytes(), value.as_bytes()];
        assert_eq!(read(&twice), Err(InvalidHeader::Repeated));
        let swapped = format!("Token {}", key.expose());
        let malformed = InvalidHeader::Malformed(Scheme::Token);
        assert_eq!(read(&[swapped.as_bytes()]), Err(malformed));
    }
}
