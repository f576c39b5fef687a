//! The period of a statement as its page's address has it: a month, or days, in UTC.
//!
//! Days are whole: the last one belongs to the period. Either may be missing: from the wallet's first operation, or up to now.

use serde::Deserialize;
use time::{Date, OffsetDateTime, UtcOffset};

use crate::admin::day::{self, YEARS, day};
use crate::domain::statement::StatementQuery;
use crate::domain::time_text;
use crate::messages::{Id, id};
use crate::web::redirect;

/// The fields as sent. Days go before the month.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PeriodForm {
    pub month: String,
    pub from: String,
    pub to: String,
}

/// From the beginning of a day to the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub first: Option<Date>,
    pub last: Option<Date>,
}

/// The mistakes, by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    pub month: Option<Id>,
    pub from: Option<Id>,
    pub to: Option<Id>,
}

impl PeriodForm {
    /// Returns the period, or the mistakes. An empty form is the month of `now`.
    pub fn period(&self, now: OffsetDateTime) -> Result<Period, Mistakes> {
        let mut mistakes = Mistakes::default();
        let first = day(&self.from, &mut mistakes.from);
        let last = day(&self.to, &mut mistakes.to);
        if let (Some(first), Some(last)) = (first, last)
            && first > last
        {
            mistakes.to = Some(id!("statement-reversed"));
        }
        let today = now.to_offset(UtcOffset::UTC).date();
        let future = id!("statement-future");
        if first.is_some_and(|first| first > today) {
            mistakes.from = Some(future);
        }
        let days = !self.from.trim().is_empty() || !self.to.trim().is_empty();
        let month = match self.month.trim() {
            "" => Some(today),
            _ if days => None,
            text => month(text),
        };
        match month {
            None if !days => mistakes.month = Some(id!("statement-month-wrong")),
            Some(month) if !days && month > today => mistakes.month = Some(future),
            _ => {}
        }
        match month {
            _ if mistakes != Mistakes::default() => Err(mistakes),
            Some(month) if !days => Ok(Period::month_of(month)),
            _ => Ok(Period { first, last }),
        }
    }
}

impl Period {
    /// Returns the month that the day is in.
    fn month_of(day: Date) -> Self {
        let length = day.month().length(day.year());
        Self {
            first: day.replace_day(1).ok(),
            last: day.replace_day(length).ok(),
        }
    }

    /// Returns what is requested of the ledger: a period that has not ended ends now, with everything that is committed.
    pub fn query(self, now: OffsetDateTime) -> StatementQuery {
        let begins = |day: Date| day.midnight().assume_utc();
        let end = self.last.and_then(Date::next_day).map(begins);
        StatementQuery {
            from: self.first.map(begins),
            to: end.filter(|end| *end <= now),
        }
    }

    /// Returns the month before; `None` if the period is not a month.
    pub fn month_before(self) -> Option<Self> {
        Self::known(self.month()?.previous_day()?)
    }

    /// Returns the month after; `None` if the period is not a month, or the next has not begun.
    pub fn month_after(self, now: OffsetDateTime) -> Option<Self> {
        self.month()?;
        let next = self.last?.next_day()?;
        let begun = next <= now.to_offset(UtcOffset::UTC).date();
        Self::known(next).filter(|_| begun)
    }

    fn known(day: Date) -> Option<Self> {
        YEARS.contains(&day.year()).then(|| Self::month_of(day))
    }

    /// Returns its first day, if it is a month.
    fn month(self) -> Option<Date> {
        self.first.filter(|first| self == Self::month_of(*first))
    }

    /// Returns it as the fields of a form: a month in the first, other days in the others.
    pub fn fields(self) -> PeriodForm {
        let text = |day: Option<Date>, form| {
            day.map(|day| time_text::utc(day.midnight().assume_utc(), form))
                .unwrap_or_default()
        };
        match self.month() {
            Some(first) => PeriodForm {
                month: text(Some(first), time_text::MONTH),
                ..PeriodForm::default()
            },
            None => PeriodForm {
                month: String::new(),
                from: text(self.first, time_text::DATE),
                to: text(self.last, time_text::DATE),
            },
        }
    }

    /// Returns the address of the page, or of another file, with this period.
    pub fn address(self, path: &str) -> String {
        let fields = self.fields();
        let all = [
            ("month", fields.month.as_str()),
            ("from", &fields.from),
            ("to", &fields.to),
        ];
        redirect::address(path, &all)
    }
}

/// Parses `2026-11`.
fn month(text: &str) -> Option<Date> {
    day::parse(&format!("{text}-01"))
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-12-01 01:30 +3);

    fn form(month: &str, from: &str, to: &str) -> PeriodForm {
        PeriodForm {
            month: month.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    fn period(month: &str, from: &str, to: &str) -> Period {
        form(month, from, to).period(NOW).unwrap()
    }

    #[test]
    fn a_month_ends_where_the_next_one_begins_in_utc() {
        // In Moscow it is December already.
        assert_eq!(period("", "", ""), period("2026-11", "", ""));
        let mut month = period("2023-12", "", "");
        for next in ["2024-01", "2024-02", "2024-03", "2024-04"] {
            let after = month.month_after(NOW).unwrap();
            assert_eq!(after, period(next, "", ""));
            assert_eq!(month.query(NOW).to, after.query(NOW).from);
            assert_eq!(after.month_before(), Some(month));
            month = after;
        }
        let february = period("2024-02", "", "");
        assert_eq!(february.last, Some(date!(2024 - 02 - 29)));
        assert_eq!(
            february.query(NOW).from,
            Some(datetime!(2024-02-01 00:00 UTC))
        );
        assert_eq!(
            february.query(NOW).to,
            Some(datetime!(2024-03-01 00:00 UTC))
        );
        // What has not ended ends now.
        let present = period("2026-11", "", "");
        assert_eq!(present.query(NOW).to, None);
        assert_eq!(present.month_after(NOW), None);
        assert_eq!(period("1970-01", "", "").month_before(), None);
    }

    #[test]
    fn days_are_whole_and_either_may_be_missing() {
        let days = period("2020-01", "2026-03-28", "2026-03-29");
        assert_eq!(days.query(NOW).from, Some(datetime!(2026-03-28 00:00 UTC)));
        assert_eq!(days.query(NOW).to, Some(datetime!(2026-03-30 00:00 UTC)));
        assert_eq!(days.month_before(), None);
        assert_eq!(period("", "2026-03-28", " ").query(NOW).to, None);
        assert_eq!(period("", "", "2026-03-28").query(NOW).from, None);
        let path = "/statement/";
        assert_eq!(
            days.address(path),
            "/statement/?from=2026-03-28&to=2026-03-29"
        );
        let month = period("", "2026-03-01", "2026-03-31");
        assert_eq!(month.address(path), "/statement/?month=2026-03");
    }

    #[test]
    fn what_is_no_day_or_month_is_a_mistake_in_its_field() {
        for text in [
            "2026-02-30",
            "2026-13-01",
            "26-01-01",
            "2026-1-1",
            "01.02.2026",
            "2026-01-01T00:00:00Z",
            "+026-01-01",
            "1969-12-31",
            "9999-12-31",
            "2026-01-01-",
            "=1+1",
            "\0",
            "２０２６-01-01",
        ] {
            let mistakes = form("", text, text).period(NOW).unwrap_err();
            let wrong = Some(id!("statement-day-wrong"));
            assert_eq!((mistakes.from, mistakes.to), (wrong, wrong), "{text:?}");
        }
        for text in ["2026-00", "2026-1", "2026", "2026-11-01", "1969-12", "x"] {
            let mistakes = form(text, "", "").period(NOW).unwrap_err();
            assert_eq!(mistakes.month, Some(id!("statement-month-wrong")), "{text}");
        }
        let future = Some(id!("statement-future"));
        let month = form("2026-12", "", "").period(NOW).unwrap_err();
        let day = form("", "2026-12-01", "2026-12-31").period(NOW);
        assert_eq!((month.month, day.unwrap_err().from), (future, future));
        let reversed = form("", "2026-01-02", "2026-01-01").period(NOW);
        assert_eq!(reversed.unwrap_err().to, Some(id!("statement-reversed")));
    }
}
