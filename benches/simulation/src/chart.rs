//! `simulation.svg`: throughput and p99 over nodes, for each load. All axes are logarithmic; the colours follow the reader's
//! light or dark scheme, and lines differ in their dashes as well.

use std::fmt::Write;

use crate::page::{Grid, NODES};
use crate::{Load, Outcome};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 470.0;
const PANEL_WIDTH: f64 = 370.0;
const PANEL_HEIGHT: f64 = 290.0;
const TOP: f64 = 105.0;
const LEFTS: [f64; 2] = [85.0, 560.0];

const STYLE: &str = "
  svg { background: #ffffff; }
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .l0 { stroke: #0969da; } .l1 { stroke: #1a7f37; } .l2 { stroke: #59636e; }
  .l3 { stroke: #9a6700; } .l4 { stroke: #bc4c00; } .l5 { stroke: #a40e26; }
  polyline, .key { fill: none; stroke-width: 2; }
  .l1 { stroke-dasharray: 7 3; } .l2 { stroke-dasharray: 2 3; } .l3 { stroke-dasharray: 10 3 2 3; }
  .l4 { stroke-dasharray: 4 4; } .l5 { stroke-dasharray: 12 4; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #f0f6fc; }
    .grid { stroke: #3d444d; }
    .l0 { stroke: #4493f8; } .l1 { stroke: #3fb950; } .l2 { stroke: #9198a1; }
    .l3 { stroke: #d29922; } .l4 { stroke: #f0883e; } .l5 { stroke: #ff7b72; }
  }
";

struct Panel {
    left: f64,
    title: &'static str,
    unit: &'static str,
    figure: fn(&Outcome) -> f64,
}

/// The whole picture, of the column of so many engines.
#[must_use]
pub fn draw(grids: &[(Load, Grid)], column: usize, engines: usize) -> String {
    let panels = [
        Panel {
            left: LEFTS[0],
            title: "Operations a second",
            unit: "operations a second",
            figure: |outcome| outcome.throughput,
        },
        Panel {
            left: LEFTS[1],
            title: "p99",
            unit: "milliseconds",
            figure: |outcome| outcome.p99.as_secs_f64() * 1e3,
        },
    ];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"Simulated throughput and p99 over nodes, {engines} engines\">\n<style>{STYLE}</style>\n"
    );
    for (place, (load, _)) in grids.iter().enumerate() {
        let (x, y) = (
            LEFTS[0] + 290.0 * (place % 3) as f64,
            22.0 + 22.0 * (place / 3) as f64,
        );
        add(
            &mut svg,
            &format!(
                "<line class=\"key l{place}\" x1=\"{x}\" x2=\"{:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
                x + 40.0,
                y - 4.0,
                y - 4.0
            ),
        );
        add(
            &mut svg,
            &format!(
                "<text x=\"{:.1}\" y=\"{y}\">{}</text>",
                x + 48.0,
                load.name()
            ),
        );
    }
    for panel in &panels {
        panel.draw(grids, column, engines, &mut svg);
    }
    svg.push_str("</svg>\n");
    svg
}

impl Panel {
    fn draw(&self, grids: &[(Load, Grid)], column: usize, engines: usize, svg: &mut String) {
        let values = || {
            grids
                .iter()
                .flat_map(|(_, grid)| grid.iter().map(|row| (self.figure)(&row[column])))
        };
        let first = values()
            .fold(f64::INFINITY, f64::min)
            .max(1e-3)
            .log10()
            .floor();
        let last = values()
            .fold(0.0, f64::max)
            .max(1e-3)
            .log10()
            .ceil()
            .max(first + 1.0);
        let down = |value: f64| {
            TOP + PANEL_HEIGHT * (1.0 - (value.max(1e-3).log10() - first) / (last - first))
        };
        let most = NODES[NODES.len() - 1] as f64;
        let across = |nodes: usize| self.left + PANEL_WIDTH * (nodes as f64).ln() / most.ln();
        let (left, right, bottom) = (self.left, self.left + PANEL_WIDTH, TOP + PANEL_HEIGHT);
        add(
            svg,
            &format!(
                "<text class=\"title\" x=\"{left}\" y=\"{:.1}\">{}, {engines} engines</text>",
                TOP - 18.0,
                self.title
            ),
        );
        for exponent in first as i32..=last as i32 {
            let value = 10_f64.powi(exponent);
            let y = down(value);
            add(
                svg,
                &format!(
                    "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
                ),
            );
            add(
                svg,
                &format!(
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                    left - 8.0,
                    y + 4.0,
                    tick(exponent)
                ),
            );
        }
        for nodes in NODES {
            let x = across(nodes);
            add(
                svg,
                &format!(
                    "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>"
                ),
            );
            add(
                svg,
                &format!(
                    "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{nodes}</text>",
                    bottom + 20.0
                ),
            );
        }
        let middle = f64::midpoint(left, right);
        add(
            svg,
            &format!(
                "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">nodes</text>",
                bottom + 42.0
            ),
        );
        let (x, y) = (left - 62.0, TOP + PANEL_HEIGHT / 2.0);
        add(
            svg,
            &format!(
                "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 {x:.1} {y:.1})\">{}</text>",
                self.unit
            ),
        );
        for (place, (_, grid)) in grids.iter().enumerate() {
            let point = |(nodes, row): (&usize, &Vec<_>)| {
                let y = down((self.figure)(&row[column]));
                format!("{:.1},{y:.1}", across(*nodes))
            };
            let points: Vec<_> = NODES.iter().zip(grid).map(point).collect();
            add(
                svg,
                &format!(
                    "<polyline class=\"l{place}\" points=\"{}\"/>",
                    points.join(" ")
                ),
            );
        }
    }
}

/// A power of ten as it is read: 100 k.
fn tick(exponent: i32) -> String {
    let (unit, less) = match exponent {
        6.. => (" M", 6),
        3..6 => (" k", 3),
        _ => ("", 0),
    };
    format!("{}{unit}", 10_f64.powi(exponent - less))
}

fn add(svg: &mut String, element: &str) {
    // A string takes whatever is written.
    let _ = writeln!(svg, "{element}");
}
