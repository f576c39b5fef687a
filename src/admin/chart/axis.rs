//! The axes of a chart: the labels, and the positions of times and values.

use time::{Date, Duration, Month, OffsetDateTime, Time};

use crate::domain::time_text;

/// The most labels of the axis of values, besides the lowest.
const VALUES_MAX: f64 = 4.0;
/// The most labels of the axis of time: more do not fit on a phone.
const TIMES_MAX: i64 = 5;
/// The shortest time of an axis. Less shows nothing.
const SHORTEST: Duration = Duration::minutes(1);

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Round steps, in seconds, and then in months.
const STEPS_S: &[i64] = &[
    15,
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
];
const STEPS_MONTHS: &[i32] = &[1, 2, 3, 6, 12, 24, 60, 120];
/// The shortest and the longest month, about.
const MONTH_S: i64 = 30 * DAY;

/// The axis of values, from one round value to another.
pub(super) struct ValueAxis {
    low: f64,
    step: f64,
    steps: u32,
}

impl ValueAxis {
    /// From `low` or a little less to `high` or a little more.
    pub fn over(low: f64, high: f64) -> Self {
        let (low, high) = match high {
            high if high > low => (low, high),
            0.0 => (0.0, 1.0),
            // A constant value is in the middle.
            level => (level - level.abs() / 2.0, level + level.abs() / 2.0),
        };
        let step = round_up((high - low) / VALUES_MAX);
        let low = (low / step).floor() * step;
        let steps = ((high - low) / step - 1e-9).ceil().max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "there are few"
        )]
        Self {
            low,
            step,
            steps: steps as u32,
        }
    }

    /// Returns the position of a value on the axis, from 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.step * f64::from(self.steps))
    }

    pub fn ticks(&self) -> impl Iterator<Item = f64> {
        (0..=self.steps).map(|number| self.low + self.step * f64::from(number))
    }

    /// Returns the decimal places that distinguish two ticks.
    pub fn decimals(&self) -> usize {
        let places = -(self.step.log10() + 1e-9).floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 12"
        )]
        {
            places.clamp(0.0, 12.0) as usize
        }
    }
}

/// Rounds up to 1, 2 or 5 times a power of ten.
fn round_up(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 5.0];
    let enough = |factor: &f64| factor * power >= least * (1.0 - 1e-9);
    factors.into_iter().find(enough).unwrap_or(10.0) * power
}

/// The axis of time, in UTC.
pub(super) struct TimeAxis {
    from: OffsetDateTime,
    to: OffsetDateTime,
}

/// From one label to the next.
#[derive(Clone, Copy)]
enum Step {
    Seconds(i64),
    Months(i32),
}

impl TimeAxis {
    pub fn over(from: OffsetDateTime, to: OffsetDateTime) -> Self {
        let (from, to) = (from.min(to), from.max(to));
        let from = if to - from < SHORTEST {
            to.saturating_sub(SHORTEST)
        } else {
            from
        };
        Self {
            from: from.to_offset(time::UtcOffset::UTC),
            to: to.to_offset(time::UtcOffset::UTC),
        }
    }

    pub fn holds(&self, at: OffsetDateTime) -> bool {
        (self.from..=self.to).contains(&at)
    }

    /// Returns the position of a time on the axis, from 0 to 1.
    pub fn share(&self, at: OffsetDateTime) -> f64 {
        (at - self.from).as_seconds_f64() / (self.to - self.from).as_seconds_f64()
    }

    /// Returns round times, one step apart.
    pub fn ticks(&self) -> Vec<OffsetDateTime> {
        match self.step() {
            Step::Seconds(step) => {
                let first = self.from.unix_timestamp().div_euclid(step) * step;
                let last = self.to.unix_timestamp();
                (first..=last)
                    .step_by(usize::try_from(step).unwrap_or(1))
                    .filter_map(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
                    .filter(|tick| self.holds(*tick))
                    .collect()
            }
            Step::Months(step) => {
                let month =
                    |at: OffsetDateTime| at.year() * 12 + i32::from(u8::from(at.month())) - 1;
                let first = month(self.from).div_euclid(step) * step;
                (first..=month(self.to))
                    .step_by(usize::try_from(step).unwrap_or(1))
                    .filter_map(first_of_month)
                    .filter(|tick| self.holds(*tick))
                    .collect()
            }
        }
    }

    /// Returns whether every label is a time of the day.
    pub fn is_of_clocks(&self) -> bool {
        match self.step() {
            Step::Seconds(..MINUTE) => true,
            Step::Seconds(..DAY) => self
                .ticks()
                .iter()
                .all(|tick| tick.time() != Time::MIDNIGHT),
            Step::Seconds(_) | Step::Months(_) => false,
        }
    }

    /// Formats a time as precisely as distinguishes it from the next.
    pub fn label(&self, at: OffsetDateTime) -> String {
        let form = match self.step() {
            Step::Months(12..) => time_text::YEAR,
            Step::Months(_) => time_text::MONTH,
            Step::Seconds(DAY..) => time_text::DATE,
            Step::Seconds(MINUTE..) if at.time() == Time::MIDNIGHT => time_text::DATE,
            Step::Seconds(MINUTE..) => time_text::CLOCK_TO_MINUTE,
            Step::Seconds(_) => time_text::CLOCK,
        };
        time_text::utc(at, form)
    }

    fn step(&self) -> Step {
        let least = (self.to - self.from).whole_seconds() / TIMES_MAX;
        let seconds = STEPS_S.iter().find(|step| **step > least);
        let months = STEPS_MONTHS
            .iter()
            .find(|step| i64::from(**step) * MONTH_S > least);
        match (seconds, months) {
            (Some(step), _) => Step::Seconds(*step),
            (None, Some(step)) => Step::Months(*step),
            (None, None) => Step::Months(1_200),
        }
    }
}

fn first_of_month(months: i32) -> Option<OffsetDateTime> {
    let month = u8::try_from(months.rem_euclid(12) + 1).ok()?;
    let month = Month::try_from(month).ok()?;
    let date = Date::from_calendar_date(months.div_euclid(12), month, 1).ok()?;
    Some(date.midnight().assume_utc())
}
