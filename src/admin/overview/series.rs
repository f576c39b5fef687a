//! The last minutes of several engines as one line: their samples are of different moments, so each engine counts at a moment
//! of the chart with the interval of its own that the moment is in.

use time::{Duration, OffsetDateTime};

use super::counters::{Counters, GAP, Interval, Sample};
use super::sampler::{INTERVAL, SAMPLES};
use crate::admin::chart::Point;
use crate::telemetry::metrics::Distribution;

/// The samples of each engine, in order of time.
pub struct Series<'a> {
    engines: Vec<&'a [Sample]>,
    to: OffsetDateTime,
}

/// What all engines did around a moment.
pub struct Moment<'a>(Vec<Interval<'a>>);

impl<'a> Series<'a> {
    /// Ends where every engine that still runs has a sample, so that its last moment has all of them.
    pub fn of(engines: impl IntoIterator<Item = &'a [Sample]>) -> Self {
        let engines: Vec<_> = engines.into_iter().collect();
        let ends = || engines.iter().filter_map(|samples| samples.last());
        let newest = ends().map(|sample| sample.at).max();
        let running = |sample: &&Sample| newest.is_none_or(|newest| newest - sample.at < GAP);
        let to = ends().filter(running).map(|sample| sample.at).min();
        Self {
            to: to.unwrap_or_else(OffsetDateTime::now_utc),
            engines,
        }
    }

    pub fn to(&self) -> OffsetDateTime {
        self.to
    }

    /// Returns a line of a chart: the value of all engines at each moment, or none where no engine has one.
    pub fn points(&self, value: impl Fn(&Moment) -> Option<f64>) -> Vec<Point> {
        let step = Duration::try_from(INTERVAL).unwrap_or(Duration::MINUTE);
        let earliest = self.engines.iter().filter_map(|samples| samples.first());
        let earliest = earliest.map(|sample| sample.at).min().unwrap_or(self.to);
        let moments = (0..i32::try_from(SAMPLES - 1).unwrap_or_default()).rev();
        moments
            .map(|back| self.to - step * back)
            .filter(|at| *at > earliest)
            .map(|at| Point {
                at,
                value: self.moment(at).and_then(|moment| value(&moment)),
            })
            .collect()
    }

    fn moment(&self, at: OffsetDateTime) -> Option<Moment<'a>> {
        let engines = self.engines.iter();
        let around: Vec<_> = engines
            .filter_map(|samples| Interval::around(samples, at))
            .collect();
        (!around.is_empty()).then_some(Moment(around))
    }
}

impl Moment<'_> {
    /// Returns the sum of the engines' rates.
    pub fn rate(&self, counted: impl Fn(&Counters) -> u64) -> Option<f64> {
        let rates = self.0.iter().filter_map(|interval| interval.rate(&counted));
        rates.reduce(|sum, rate| sum + rate)
    }

    /// Returns what all engines observed.
    pub fn observed(&self, distribution: impl Fn(&Counters) -> &Distribution) -> Distribution {
        let mut all = Distribution::default();
        for interval in &self.0 {
            all.add(&interval.observed(&distribution));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine that is sampled every five seconds from `first` on, and commits so many operations between two.
    fn engine(first: u32, samples: u32, operations: u64) -> Vec<Sample> {
        let sample = |number: u32| Sample {
            at: OffsetDateTime::UNIX_EPOCH + Duration::seconds((first + 5 * number).into()),
            counters: Counters {
                running_s: (5 * number).into(),
                committed: operations * u64::from(number),
                ..Counters::default()
            },
        };
        (0..samples).map(sample).collect()
    }

    fn rates(engines: &[&[Sample]]) -> Vec<Option<f64>> {
        let series = Series::of(engines.iter().copied());
        let points = series.points(|moment| moment.rate(|counters| counters.committed));
        points.into_iter().map(|point| point.value).collect()
    }

    #[test]
    fn one_engine_has_a_value_for_each_of_its_intervals() {
        assert_eq!(rates(&[&engine(0, 4, 50)]), [Some(10.0); 3]);
        assert_eq!(rates(&[&engine(0, 1, 50)]), []);
        assert_eq!(rates(&[]), []);
    }

    #[test]
    fn rates_of_engines_are_added_though_their_samples_are_of_different_moments() {
        let (one, other) = (engine(0, 5, 50), engine(3, 5, 100));
        // At 5 the second one has one sample of 3 and one of 8.
        assert_eq!(rates(&[&one, &other]), [Some(30.0); 4]);
    }

    #[test]
    fn an_engine_that_ended_counts_until_then_and_holds_nothing_up() {
        let (runs, ended) = (engine(0, 20, 50), engine(0, 4, 100));
        let rates = rates(&[&runs, &ended]);
        assert_eq!(rates.len(), 19);
        assert_eq!(rates[..3], [Some(30.0); 3]);
        assert_eq!(rates[3..], [Some(10.0); 16]);
    }

    #[test]
    fn where_no_engine_ran_there_is_no_value() {
        let (early, late) = (engine(0, 2, 5), engine(100, 2, 5));
        let rates = rates(&[&early, &late]);
        assert_eq!(rates.first(), Some(&Some(1.0)));
        assert_eq!(rates.last(), Some(&Some(1.0)));
        assert!(
            rates[1..rates.len() - 1].iter().all(Option::is_none),
            "{rates:?}"
        );
    }
}
