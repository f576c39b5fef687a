//! The charts of the last minutes.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::number_format::{number, rounded};
use super::sampler::{HISTORY, Interval, Sample, points};
use crate::admin::chart::{Chart, Line, Point, Shape};
use crate::messages::{Lang, text};

/// A chart with its legend.
pub struct DrawnChart {
    pub title: &'static str,
    pub svg: String,
    pub keys: [Key; 2],
}

/// The name of a line and its newest value.
pub struct Key {
    pub name: &'static str,
    pub value: String,
}

/// The texts of a chart.
struct Text {
    id: &'static str,
    title: &'static str,
    description: &'static str,
}

/// Draws the rate, the latency and the size of groups.
pub fn all(samples: &[Arc<Sample>], lang: Lang) -> [DrawnChart; 3] {
    let drawing = Drawing {
        to: samples
            .last()
            .map_or_else(OffsetDateTime::now_utc, |sample| sample.at),
        samples,
        lang,
    };
    let milliseconds = |share| {
        move |between: &Interval| {
            let observed = between.observed(|sample| &sample.request_seconds);
            observed.quantile(share).map(|seconds| seconds * 1_000.0)
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
                        .observed(|sample| &sample.totals.group_operations)
                        .mean()
                }),
                (
                    text!(lang, "overview-percentile"),
                    Shape::Line,
                    &|between| {
                        let observed = between.observed(|sample| &sample.totals.group_operations);
                        observed.quantile(0.99)
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
    fn of(&self, text: &Text, values: [Value; 2]) -> DrawnChart {
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
            from: self.to - Duration::try_from(HISTORY).unwrap_or(Duration::MINUTE),
            to: self.to,
            from_zero: true,
            format_value: &|value, places| number(value, places, self.lang),
            lines: &lines,
        };
        DrawnChart {
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
