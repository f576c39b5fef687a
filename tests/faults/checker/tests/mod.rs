//! The judge is judged: a clean run passes, and each planted defect is found.

mod failovers;
mod linked;
mod planted;
mod simulated;
mod story;
