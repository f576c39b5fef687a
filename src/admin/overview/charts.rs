//! The charts of the last minutes.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::figures::{number, rounded};
use super::sampler::{Interval, LENGTH, Sample, points};
use crate::admin::chart::{Chart, Line, Point, Shape};
use crate::messages::{Lang, text};

/// A chart, and what its lines are.
pub struct Drawn {
    pub title: &'static str,
    pub svg: String,
    pub keys: [Key; 2],
}

/// A line's name, and its newest value.
pub struct Key {
    pub name: &'static str,
    pub value: String,
}

/// What a chart shows, besides its lines.
struct Text {
    id: &'static str,
    title: &'static str,
    description: &'static str,
}

/// Rate, latency and size of groups.
pub fn all(samples: &[Arc<Sample>], lang: Lang) -> [Drawn; 3] {
    let drawing = Drawing {
        to: samples
            .last()
            .map_or_else(OffsetDateTime::now_utc, |sample| sample.at),
        samples,
        lang,
    };
    let milliseconds = |share| {
        move |between: &Interval| {
            let seen = between.seen(|sample| &sample.answer_seconds);
            seen.quantile(share).map(|seconds| seconds * 1_000.0)
        }
    };
    [
        drawing.of(
            &Text {
                id: "rate",
                title: text!(lang, "overview-rate"),
                description: text!(lang, "overview-rate-text"),
            },
            [
                (text!(lang, "overview-committed"), Shape::Area, &|between| {
                    between.rate(|totals| totals.committed)
                }),
                (text!(lang, "overview-refused"), Shape::Line, &|between| {
                    between.rate(|totals| totals.refused.iter().sum())
                }),
            ],
        ),
        drawing.of(
            &Text {
                id: "latency",
                title: text!(lang, "overview-latency"),
                description: text!(lang, "overview-latency-text"),
            },
            [
                (
                    text!(lang, "overview-median"),
                    Shape::Line,
                    &milliseconds(0.5),
                ),
                (
                    text!(lang, "overview-percentile"),
                    Shape::Line,
                    &milliseconds(0.99),
                ),
            ],
        ),
        drawing.of(
            &Text {
                id: "group",
                title: text!(lang, "overview-group"),
                description: text!(lang, "overview-group-text"),
            },
            [
                (text!(lang, "overview-mean"), Shape::Line, &|between| {
                    between
                        .seen(|sample| &sample.totals.group_operations)
                        .mean()
                }),
                (
                    text!(lang, "overview-percentile"),
                    Shape::Line,
                    &|between| {
                        let seen = between.seen(|sample| &sample.totals.group_operations);
                        seen.quantile(0.99)
                    },
                ),
            ],
        ),
    ]
}

struct Drawing<'a> {
    samples: &'a [Arc<Sample>],
    to: OffsetDateTime,
    lang: Lang,
}

type Value<'a> = (&'static str, Shape, &'a dyn Fn(&Interval) -> Option<f64>);

impl Drawing<'_> {
    fn of(&self, text: &Text, values: [Value; 2]) -> Drawn {
        let drawn = values.map(|(name, shape, value)| (name, shape, points(self.samples, value)));
        let lines = drawn.each_ref().map(|(name, shape, points)| Line {
            name,
            shape: *shape,
            points,
        });
        let chart = Chart {
            id: text.id,
            title: text.title,
            description: text.description,
            empty: text!(self.lang, "overview-no-samples"),
            from: self.to - Duration::try_from(LENGTH).unwrap_or(Duration::MINUTE),
            to: self.to,
            from_zero: true,
            written: &|value, places| number(value, places, self.lang),
            lines: &lines,
        };
        Drawn {
            title: text.title,
            svg: chart.svg(),
            keys: drawn.each_ref().map(|(name, _, points)| Key {
                name,
                value: self.newest(points),
            }),
        }
    }

    fn newest(&self, points: &[Point]) -> String {
        let newest = points.last().and_then(|point| point.value);
        newest.map_or_else(|| "\u{2013}".to_owned(), |value| rounded(value, self.lang))
    }
}
