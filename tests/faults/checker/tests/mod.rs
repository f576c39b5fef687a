//! The judge is judged: a clean run passes, and each planted defect is found.

mod planted;
mod simulated;
mod story;
