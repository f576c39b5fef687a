//! What a condition has.

use crate::rows::Bound;

pub struct Condition {
    /// What it is asked for, and problems are noted, by.
    pub name: &'static str,
    pub rows: &'static [Row],
}

/// A figure under the condition, and the same figure without it.
pub struct Row {
    pub name: &'static str,
    pub unit: Unit,
    /// `None`: the row is for information.
    pub bounds: Option<Bounds>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Answered operations, or whatever else the row's name says.
    PerSecond,
    /// The time that 99 of 100 answers stay below.
    P99,
    Bytes,
}

pub struct Bounds {
    pub judged: Judged,
    pub floor: Bound,
    pub aim: Bound,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// The ratio should be high.
    RatioAtLeast,
    /// The ratio should be low.
    RatioAtMost,
    /// The figure itself should be low.
    FigureAtMost,
}

impl Bounds {
    pub const fn new(judged: Judged, floor: (&'static str, f64), aim: (&'static str, f64)) -> Self {
        Self {
            judged,
            floor: Bound {
                text: floor.0,
                ratio: floor.1,
            },
            aim: Bound {
                text: aim.0,
                ratio: aim.1,
            },
        }
    }
}
