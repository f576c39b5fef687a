//! What statements and exports of a ledger are written in.
//!
//! * `csv_cell`: text in a cell of a CSV file that a spreadsheet may open.

pub mod csv_cell;
