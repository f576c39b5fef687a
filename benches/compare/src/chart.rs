//! `throughput.svg`: the hot wallet's throughput and tail over connections, for each system. Both axes of both
//! panels are logarithmic; the colours follow the reader's light or dark scheme.

use std::fmt::Write;

use crate::load::Load;
use crate::results::{BESIDE, Results, Series};
use crate::statistics::Spread;

const WIDTH: f64 = 920.0;
const HEIGHT: f64 = 400.0;
/// A panel's drawing area.
const PANEL_WIDTH: f64 = 360.0;
const PANEL_HEIGHT: f64 = 270.0;
const TOP: f64 = 60.0;
const LEFTS: [f64; 2] = [70.0, 530.0];

const STYLE: &str = "
  svg { background: #ffffff; }
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .engine { stroke: #0969da; fill: #0969da; }
  .direct { stroke: #bc4c00; fill: #bc4c00; }
  .ceiling { stroke: #59636e; fill: #59636e; }
  polyline { fill: none !important; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #f0f6fc; }
    .grid { stroke: #3d444d; }
    .engine { stroke: #4493f8; fill: #4493f8; }
    .direct { stroke: #f0883e; fill: #f0883e; }
    .ceiling { stroke: #9198a1; fill: #9198a1; }
  }
";

/// A logarithmic axis over whole decades.
#[derive(Clone, Copy)]
struct Decades {
    /// Exponents of ten.
    first: i32,
    last: i32,
}

impl Decades {
    fn over(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.filter(|value| *value > 0.0).collect();
        let spread = Spread::of(values);
        if spread.median.is_nan() {
            return Self { first: 0, last: 1 };
        }
        #[allow(
            clippy::cast_possible_truncation,
            reason = "exponents of figures that were measured are small"
        )]
        let (first, last) = (
            spread.min.log10().floor() as i32,
            spread.max.log10().ceil() as i32,
        );
        Self {
            first,
            last: last.max(first + 1),
        }
    }

    /// Where the value is, 0 at the beginning and 1 at the end.
    fn share(self, value: f64) -> f64 {
        let value = value.max(10_f64.powi(self.first));
        (value.log10() - f64::from(self.first)) / f64::from(self.last - self.first)
    }

    fn ticks(self) -> impl Iterator<Item = f64> {
        (self.first..=self.last).map(|exponent| 10_f64.powi(exponent))
    }
}

struct Panel {
    left: f64,
    title: &'static str,
    figure: fn(&Series) -> Spread,
}

/// The whole picture.
pub fn draw(results: &Results) -> String {
    let panels = [
        Panel {
            left: LEFTS[0],
            title: "Requests per second",
            figure: Series::throughput,
        },
        Panel {
            left: LEFTS[1],
            title: "p99, milliseconds",
            figure: Series::p99_ms,
        },
    ];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"One hot wallet: throughput and p99 over connections\">\n<style>{STYLE}</style>\n"
    );
    for panel in &panels {
        panel.draw(results, &mut svg);
    }
    svg.push_str("</svg>\n");
    svg
}

impl Panel {
    fn draw(&self, results: &Results, svg: &mut String) {
        let hot: Vec<&Series> = results
            .series
            .iter()
            .filter(|series| series.place == BESIDE && series.load == Load::Hot)
            .collect();
        let mut connections: Vec<u64> = hot.iter().map(|series| series.connections).collect();
        connections.sort_unstable();
        connections.dedup();
        let last = connections.last().copied().unwrap_or(1);
        let across = |connections| self.left + PANEL_WIDTH * log_share(connections, last);
        let decades = Decades::over(hot.iter().map(|series| (self.figure)(series).median));
        let down = |value| TOP + PANEL_HEIGHT * (1.0 - decades.share(value));

        self.axes(&connections, across, decades, down, svg);
        for (system, legend) in Load::Hot.systems().iter().copied().zip(0_i16..) {
            let class = system.name();
            let points: Vec<(f64, f64)> = hot
                .iter()
                .filter(|series| series.system == system)
                .map(|series| {
                    (
                        across(series.connections),
                        down((self.figure)(series).median),
                    )
                })
                .collect();
            let line: Vec<String> = points
                .iter()
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            write(
                svg,
                &format!(
                    "<polyline class=\"{class}\" points=\"{}\"/>",
                    line.join(" ")
                ),
            );
            for (x, y) in points {
                write(
                    svg,
                    &format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"),
                );
            }
            let x = self.left + f64::from(legend) * 90.0;
            write(
                svg,
                &format!(
                    "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"46\" r=\"4\"/>",
                    x + 5.0
                ),
            );
            write(
                svg,
                &format!("<text x=\"{:.1}\" y=\"50\">{class}</text>", x + 15.0),
            );
        }
    }

    fn axes(
        &self,
        connections: &[u64],
        across: impl Fn(u64) -> f64,
        decades: Decades,
        down: impl Fn(f64) -> f64,
        svg: &mut String,
    ) {
        let (left, right) = (self.left, self.left + PANEL_WIDTH);
        let bottom = TOP + PANEL_HEIGHT;
        write(
            svg,
            &format!(
                "<text class=\"title\" x=\"{left}\" y=\"24\">One hot wallet: {}</text>",
                self.title
            ),
        );
        for value in decades.ticks() {
            let y = down(value);
            write(
                svg,
                &format!(
                    "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
                ),
            );
            write(
                svg,
                &format!(
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
                    left - 8.0,
                    y + 4.0
                ),
            );
        }
        for &count in connections {
            let x = across(count);
            write(
                svg,
                &format!(
                    "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>"
                ),
            );
            write(
                svg,
                &format!(
                    "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{count}</text>",
                    bottom + 20.0
                ),
            );
        }
        let middle = f64::midpoint(left, right);
        write(
            svg,
            &format!(
                "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">connections</text>",
                bottom + 42.0
            ),
        );
    }
}

/// Where a number of connections is, from 1 at 0 to `last` at 1.
fn log_share(connections: u64, last: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "connections are few")]
    let log = |count: u64| (count.max(1) as f64).ln();
    if last > 1 {
        log(connections) / log(last)
    } else {
        0.0
    }
}

fn write(svg: &mut String, element: &str) {
    // A string takes whatever is written.
    let _ = writeln!(svg, "{element}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_covers_whole_decades() {
        let decades = Decades::over([35.0, 2_000.0].into_iter());
        assert_eq!(
            decades.ticks().collect::<Vec<_>>(),
            [10.0, 100.0, 1_000.0, 10_000.0]
        );
        assert!((decades.share(100.0) - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_measured_is_still_a_picture() {
        assert!(draw(&Results::default()).ends_with("</svg>\n"));
    }
}
