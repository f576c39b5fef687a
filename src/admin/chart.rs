//! Charts over time, as SVG rendered on the server, without scripts or inline styles, as the content security policy forbids
//! them.
//!
//! Lines stretch with the page, texts do not: lines and areas are in an inner picture of [`EXTENT`] by [`EXTENT`] without a
//! fixed ratio; texts and dots are placed by percentages in the outer one, whose height is in the stylesheet, as are the
//! colours by class (`chart__line--1` for the first line). Labels of values are in the margin beside it, which the stylesheet
//! makes as wide as the longest needs (`chart__picture--room-2`), so no line crosses them.
//!
//! Times are in UTC. The pages' script shows those that have `data-at` in the zone of the browser; an axis of days stays in UTC,
//! as a day there is no day elsewhere.
//!
//! A missing value is a gap in its line, never interpolated; a single value between gaps is a dot.

mod axis;

use std::fmt::{self, Write as _};

use time::OffsetDateTime;

use super::format;
use axis::{TimeAxis, ValueAxis};

/// Units of the inner picture, both ways.
const EXTENT: f64 = 1_000.0;
/// The inner picture's upper and lower edge, in percent of the height. Above it is the top label, below it are the times.
const TOP: f64 = 10.0;
const BOTTOM: f64 = 88.0;
/// Letters of a label for each step of the margin, and the widest margin: a balance of ten digits with both places.
const ROOM_CHARS: usize = 4;
const ROOMS: usize = 5;
/// The longest label of a time of which as many as an axis has fit on a phone. With a longer one each second is left out there.
const SHORT_LABEL_CHARS: usize = 5;
/// The most tooltips of a chart: each makes the page larger.
const TOOLTIPS_MAX: usize = 120;

/// A chart.
pub struct Chart<'a> {
    /// The prefix of the elements' ids, unique on its page: letters, digits and hyphens.
    pub id: &'a str,
    /// For screen readers.
    pub title: &'a str,
    /// What the chart shows, as a sentence for screen readers.
    pub description: &'a str,
    /// The text in place of the lines when there are no values.
    pub empty: &'a str,
    pub from: OffsetDateTime,
    pub to: OffsetDateTime,
    /// Whether the axis of values begins at zero, or at the lowest value.
    pub from_zero: bool,
    /// Formats a value with at least as many decimal places as distinguish two labels.
    pub format_value: &'a dyn Fn(f64, usize) -> String,
    pub lines: &'a [Line<'a>],
}

/// One line of a chart.
pub struct Line<'a> {
    pub name: &'a str,
    pub shape: Shape,
    /// In order of time.
    pub points: &'a [Point],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// From value to value.
    Line,
    /// The same, filled below.
    Area,
    /// Each value lasts until the next one, and the last until the chart's end, as a balance does. Filled below.
    Steps,
}

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub at: OffsetDateTime,
    /// `None` if it is not known: a gap in the line.
    pub value: Option<f64>,
}

impl Chart<'_> {
    /// Renders the chart as an `svg` element. Every text is escaped.
    pub fn svg(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        let id = Escaped(self.id);
        let frame = Frame::around(self);
        let room = frame.as_ref().map_or(0, |frame| frame.room(self));
        write!(
            out,
            "<svg class=\"chart__picture chart__picture--room-{room}\" role=\"img\" aria-labelledby=\"{id}-title\" aria-describedby=\"{id}-desc\">\
             <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
            Escaped(self.title),
            Escaped(self.description)
        )?;
        match frame {
            Some(frame) => {
                frame.write_grid(self, out)?;
                frame.write_lines(self, out)?;
                frame.write_dots(self, out)?;
                frame.write_tooltips(self, out)?;
            }
            None => write!(
                out,
                "<text class=\"chart__empty\" x=\"50%\" y=\"50%\" text-anchor=\"middle\">{}</text>",
                Escaped(self.empty)
            )?,
        }
        out.write_str("</svg>")
    }
}

impl Line<'_> {
    /// Returns its values within the chart's time, split at gaps.
    fn runs<'b>(&'b self, frame: &'b Frame) -> impl Iterator<Item = &'b [Point]> {
        self.points
            .split(|point| !frame.shows(point))
            .filter(|run| !run.is_empty())
    }
}

/// Both axes of a chart.
struct Frame {
    times: TimeAxis,
    values: ValueAxis,
}

impl Frame {
    /// Fits the axes to the values; `None` if there are none.
    fn around(chart: &Chart) -> Option<Self> {
        let times = TimeAxis::over(chart.from, chart.to);
        let points = chart.lines.iter().flat_map(|line| line.points);
        let values = points
            .filter(|point| times.holds(point.at))
            .filter_map(|point| point.value)
            .filter(|value| value.is_finite());
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        (low <= high).then(|| Self {
            times,
            values: ValueAxis::over(if chart.from_zero { low.min(0.0) } else { low }, high),
        })
    }

    fn shows(&self, point: &Point) -> bool {
        self.times.holds(point.at) && point.value.is_some_and(f64::is_finite)
    }

    /// Returns the position along the time, from 0 to 1.
    fn x(&self, point: &Point) -> f64 {
        self.times.share(point.at)
    }

    /// Returns the position down from the top, from 0 to 1.
    fn y(&self, point: &Point) -> f64 {
        1.0 - self.values.share(point.value.unwrap_or_default())
    }

    /// Returns how much room labels of values need, as the stylesheet has it: from 1 to [`ROOMS`].
    fn room(&self, chart: &Chart) -> usize {
        let labels = self.values.ticks();
        let lengths = labels.map(|tick| {
            let label = (chart.format_value)(tick, self.values.decimals());
            label.chars().count()
        });
        lengths
            .max()
            .unwrap_or(0)
            .div_ceil(ROOM_CHARS)
            .clamp(1, ROOMS)
    }

    fn write_grid(&self, chart: &Chart, out: &mut String) -> fmt::Result {
        for tick in self.values.ticks() {
            let y = percent_down(1.0 - self.values.share(tick));
            let label = (chart.format_value)(tick, self.values.decimals());
            write!(
                out,
                "<line class=\"chart__grid\" x1=\"0\" x2=\"100%\" y1=\"{y:.2}%\" y2=\"{y:.2}%\"/>\
                 <text class=\"chart__label\" x=\"0\" y=\"{y:.2}%\" dx=\"-8\" dy=\"4\" text-anchor=\"end\">{}</text>",
                Escaped(&label)
            )?;
        }
        let ticks = self.times.ticks();
        let labels: Vec<String> = ticks.iter().map(|tick| self.times.label(*tick)).collect();
        let is_long = labels.iter().any(|label| label.len() > SHORT_LABEL_CHARS);
        for (index, (tick, label)) in ticks.iter().zip(&labels).enumerate() {
            let share = self.times.share(*tick);
            // At its beginning there is the margin.
            let anchor = if share > 0.94 { "end" } else { "middle" };
            let is_spare = is_long && (ticks.len() - index).is_multiple_of(2);
            let class = if is_spare { " chart__label--spare" } else { "" };
            let at = if self.times.is_of_clocks() {
                format!(" data-at=\"{}\"", format::datetime(*tick))
            } else {
                String::new()
            };
            write!(
                out,
                "<text class=\"chart__label{class}\" x=\"{:.2}%\" y=\"99%\" text-anchor=\"{anchor}\"{at}>{label}</text>",
                share * 100.0
            )?;
        }
        Ok(())
    }

    fn write_lines(&self, chart: &Chart, out: &mut String) -> fmt::Result {
        write!(
            out,
            "<svg x=\"0\" y=\"{TOP}%\" width=\"100%\" height=\"{}%\" viewBox=\"0 0 {EXTENT} {EXTENT}\" \
             preserveAspectRatio=\"none\" overflow=\"visible\">",
            BOTTOM - TOP
        )?;
        for (number, line) in (1..).zip(chart.lines) {
            let drawn = |run: &&[Point]| run.len() > 1 || line.shape == Shape::Steps;
            for run in line.runs(self).filter(drawn) {
                let path = self.path(line, run);
                if line.shape != Shape::Line {
                    let (first, last) = (self.x(&run[0]), self.end_of(line, run));
                    write!(
                        out,
                        "<path class=\"chart__area chart__area--{number}\" d=\"{path}L{:.1} {EXTENT}L{:.1} {EXTENT}Z\"/>",
                        last * EXTENT,
                        first * EXTENT
                    )?;
                }
                write!(
                    out,
                    "<path class=\"chart__line chart__line--{number}\" fill=\"none\" \
                     vector-effect=\"non-scaling-stroke\" stroke-linecap=\"round\" stroke-linejoin=\"round\" \
                     d=\"{path}\"/>"
                )?;
            }
        }
        out.write_str("</svg>")
    }

    /// Returns the SVG path of a run.
    fn path(&self, line: &Line, run: &[Point]) -> String {
        let mut path = String::new();
        for (index, point) in run.iter().enumerate() {
            let (x, y) = (self.x(point) * EXTENT, self.y(point) * EXTENT);
            let _ = match (index, line.shape) {
                (0, _) => write!(path, "M{x:.1} {y:.1}"),
                (_, Shape::Steps) => write!(path, "H{x:.1}V{y:.1}"),
                _ => write!(path, "L{x:.1} {y:.1}"),
            };
        }
        if line.shape == Shape::Steps {
            let _ = write!(path, "H{:.1}", self.end_of(line, run) * EXTENT);
        }
        path
    }

    /// Returns the end of a run along the time.
    fn end_of(&self, line: &Line, run: &[Point]) -> f64 {
        let last = run.last();
        let to_the_end = line.shape == Shape::Steps && last == line.points.last();
        match last {
            Some(last) if !to_the_end => self.x(last),
            _ => 1.0,
        }
    }

    /// Writes a dot at the end of each line, which is the current value, and at single values.
    fn write_dots(&self, chart: &Chart, out: &mut String) -> fmt::Result {
        for (number, line) in (1..).zip(chart.lines) {
            for run in line.runs(self) {
                let Some(last) = run.last() else { continue };
                let is_end = Some(last) == line.points.last();
                if is_end || run.len() == 1 && line.shape != Shape::Steps {
                    let r = if is_end { 3.0 } else { 1.5 };
                    write!(
                        out,
                        "<circle class=\"chart__end chart__end--{number}\" cx=\"{:.2}%\" cy=\"{:.2}%\" r=\"{r}\"/>",
                        self.end_of(line, run) * 100.0,
                        percent_down(self.y(last))
                    )?;
                }
            }
        }
        Ok(())
    }

    /// Writes transparent strips, whose tooltips have a time and its values.
    fn write_tooltips(&self, chart: &Chart, out: &mut String) -> fmt::Result {
        let Some(first) = chart.lines.first() else {
            return Ok(());
        };
        let shown: Vec<(usize, &Point)> = first
            .points
            .iter()
            .enumerate()
            .filter(|(_, point)| self.times.holds(point.at))
            .collect();
        let every = shown.len().div_ceil(TOOLTIPS_MAX).max(1);
        let strips: Vec<(usize, f64)> = shown
            .iter()
            .rev()
            .step_by(every)
            .rev()
            .map(|(index, point)| (*index, self.x(point)))
            .collect();
        for (at, (index, x)) in strips.iter().enumerate() {
            let left = at
                .checked_sub(1)
                .map_or(0.0, |before| (strips[before].1 + x) / 2.0);
            let right = strips.get(at + 1).map_or(1.0, |(_, next)| (x + next) / 2.0);
            let tooltip = self.tooltip(chart, *index);
            if tooltip.is_empty() {
                continue;
            }
            write!(
                out,
                "<rect class=\"chart__strip\" x=\"{:.2}%\" y=\"0\" width=\"{:.2}%\" height=\"100%\" \
                 fill=\"transparent\"><title data-at=\"{}\">{}{}</title></rect>",
                left * 100.0,
                (right - left) * 100.0,
                format::datetime(first.points[*index].at),
                format::time(first.points[*index].at),
                Escaped(&tooltip)
            )?;
        }
        Ok(())
    }

    /// Returns the text of a tooltip: the values of all lines at an index of the first one. Empty if there are none.
    fn tooltip(&self, chart: &Chart, index: usize) -> String {
        let decimals = self.values.decimals() + 1;
        let mut tooltip = String::new();
        for line in chart.lines {
            let value = line.points.get(index).and_then(|point| point.value);
            if let Some(value) = value.filter(|value| value.is_finite()) {
                let written = (chart.format_value)(value, decimals);
                let _ = write!(tooltip, "\n{}: {written}", line.name);
            }
        }
        tooltip
    }
}

/// Converts a share of the inner picture's height to a percentage of the whole height.
fn percent_down(share: f64) -> f64 {
    TOP + share * (BOTTOM - TOP)
}

/// A text between tags or quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
