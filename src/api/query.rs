//! Queries of the endpoints beyond the recorded ones: parameters that each may have once, with all faults at once.

use std::borrow::Cow;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

use super::error::Error;
use super::faults::{Fault, Faults};
use crate::domain::history::PAGE_MAX;
use crate::domain::time_text;

/// The sizes of a page.
#[derive(Clone, Copy, Debug)]
pub struct PageLimit {
    /// Of one that names none.
    pub default: u16,
    pub max: u16,
}

impl PageLimit {
    /// Of a list, which people look at.
    pub const LIST: Self = Self {
        default: 50,
        max: PAGE_MAX,
    };
    /// Of a feed, which programs read to its end.
    pub const FEED: Self = Self {
        default: 500,
        max: 1_000,
    };

    /// The fault of a limit beyond it.
    pub fn fault(self) -> Fault {
        Fault::NotInRange(1, self.max.into())
    }
}

/// The parameters of a query, as they were sent.
pub struct Query<'a, const N: usize> {
    names: [&'static str; N],
    values: [Option<Cow<'a, str>>; N],
    faults: Faults,
}

impl<'a, const N: usize> Query<'a, N> {
    /// Reads a query that may have the parameters of these names.
    pub fn read(names: [&'static str; N], query: &'a str) -> Self {
        let mut given = Self {
            names,
            values: [const { None }; N],
            faults: Faults::default(),
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(at) = names.iter().position(|known| *known == name) else {
                given.faults.push(name.into_owned(), Fault::Unknown);
                continue;
            };
            if given.values[at].replace(value).is_some() {
                given.faults.push(names[at], Fault::Repeated);
            }
        }
        given
    }

    /// The parameter, if it is there.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let at = self.names.iter().position(|known| *known == name);
        debug_assert!(at.is_some(), "a parameter that the query cannot have");
        let value = read(self.values[at?].as_deref()?);
        value.map_err(|fault| self.faults.push(name, fault)).ok()
    }

    /// Whether the parameter is there.
    pub fn has(&self, name: &'static str) -> bool {
        let given = self.names.iter().zip(&self.values);
        given
            .into_iter()
            .any(|(known, value)| *known == name && value.is_some())
    }

    /// Adds a fault of a parameter.
    pub fn refuse(&mut self, name: &'static str, fault: Fault) {
        self.faults.push(name, fault);
    }

    /// The size of a page.
    pub fn limit(&mut self, sizes: PageLimit) -> u16 {
        let limit = self.optional("limit", integer(1, sizes.max.into()));
        limit
            .and_then(|limit| limit.try_into().ok())
            .unwrap_or(sizes.default)
    }

    /// Refuses the query if anything was wrong with it.
    pub fn finish(self) -> Result<(), Error> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Fields(self.faults))
        }
    }
}

/// A whole number in the range.
pub fn integer(min: i64, max: i64) -> impl FnOnce(&str) -> Result<i64, Fault> {
    move |text| {
        let number = text.parse().ok();
        let in_range = number.filter(|number| (min..=max).contains(number));
        in_range.ok_or(Fault::NotInRange(min, max))
    }
}

/// A time of RFC 3339, in UTC. It is rounded up to the ledger's microseconds, which changes neither what is at that time or
/// later, nor what is before it.
pub fn time(text: &str) -> Option<OffsetDateTime> {
    let (time, below_us) = exact_time(text)?;
    let up = Duration::nanoseconds((1_000 - below_us) % 1_000);
    time.checked_add(up)
}

/// As [`time`], rounded down: what is at that time or before it does not change.
pub fn time_to(text: &str) -> Option<OffsetDateTime> {
    let (time, below_us) = exact_time(text)?;
    time.checked_sub(Duration::nanoseconds(below_us))
}

/// The time in UTC, and how many nanoseconds of it are below the ledger's microseconds.
fn exact_time(text: &str) -> Option<(OffsetDateTime, i64)> {
    // The sign of an offset that was not escaped: a plus means a space in a query.
    let text = text.replace(' ', "+");
    let time = OffsetDateTime::parse(&text, &Rfc3339).ok()?;
    let time = time.checked_to_offset(UtcOffset::UTC)?;
    Some((time, i64::from(time.nanosecond() % 1_000)))
}

/// A time in the ledger's format.
pub fn written(time: OffsetDateTime) -> String {
    time_text::utc(time, time_text::LEDGER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Lang;

    #[test]
    fn each_parameter_may_be_there_once_and_others_are_refused_by_name() {
        let mut query = Query::read(["limit", "at"], "at=a+b&limit=7");
        assert_eq!(query.limit(PageLimit::LIST), 7);
        assert_eq!(
            query.optional("at", |text| Ok(text.to_owned())).as_deref(),
            Some("a b")
        );
        assert!(query.finish().is_ok());

        let mut query = Query::read(["limit", "at"], "limit=0&x=1&at=&at=2&limit=1.0");
        assert_eq!(query.limit(PageLimit::FEED), 500);
        assert_eq!(query.optional("at", integer(1, 3)), Some(2));
        let Err(Error::Fields(faults)) = query.finish() else {
            panic!("it is refused");
        };
        let texts = faults.texts(Lang::En);
        let counted = texts.iter().map(|(name, texts)| (&**name, texts.len()));
        assert!(counted.eq([("x", 1), ("at", 1), ("limit", 2)]), "{texts:?}");
    }
}
