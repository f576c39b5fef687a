//! The charts of the last minutes, of one engine or of several.

use time::Duration;

use super::number_format::{number, rounded};
use super::sampler::HISTORY;
use super::series::{Moment, Series};
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

/// Draws the rate and the latency.
pub fn operations(series: &Series, lang: Lang) -> [DrawnChart; 2] {
    let drawing = Drawing { series, lang };
    let milliseconds = |share| {
        move |moment: &Moment| {
            let observed = moment.observed(|counters| &counters.request_seconds);
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
                (text!(lang, "overview-committed"), Shape::Area, &|moment| {
                    moment.rate(|counters| counters.committed)
                }),
                (text!(lang, "overview-refused"), Shape::Line, &|moment| {
                    moment.rate(|counters| counters.refused)
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
    ]
}

/// Draws the size of groups.
pub fn groups(series: &Series, lang: Lang) -> DrawnChart {
    let observed = |moment: &Moment| moment.observed(|counters| &counters.group_operations);
    Drawing { series, lang }.of(
        &Text {
            id: "group",
            title: text!(lang, "engine-group"),
            description: text!(lang, "engine-group-text"),
        },
        [
            (text!(lang, "overview-mean"), Shape::Line, &|moment| {
                observed(moment).mean()
            }),
            (text!(lang, "overview-percentile"), Shape::Line, &|moment| {
                observed(moment).quantile(0.99)
            }),
        ],
    )
}

struct Drawing<'a> {
    series: &'a Series<'a>,
    lang: Lang,
}

type Value<'a> = (&'static str, Shape, &'a dyn Fn(&Moment) -> Option<f64>);

impl Drawing<'_> {
    fn of(&self, text: &Text, values: [Value; 2]) -> DrawnChart {
        let drawn = values.map(|(name, shape, value)| (name, shape, self.series.points(value)));
        let lines = drawn.each_ref().map(|(name, shape, points)| Line {
            name,
            shape: *shape,
            points,
        });
        let to = self.series.to();
        let chart = Chart {
            id: text.id,
            title: text.title,
            description: text.description,
            empty: text!(self.lang, "overview-no-samples"),
            from: to - Duration::try_from(HISTORY).unwrap_or(Duration::MINUTE),
            to,
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
