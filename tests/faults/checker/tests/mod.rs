//! The judge is judged: a clean run passes, and each planted defect is found.

mod failovers;
mod feed;
mod holds;
mod linked;
mod planted;
mod reversals;
mod rules;
mod simulated;
mod story;
