//! Databases on a Citus cluster, which this project does not install: its address is given, that of a coordinator's database and of a
//! superuser, in [`URL`]. Without it, tests that need a cluster say that they did not run.
//!
//! A test has a database of its own on the coordinator and on every worker, which goes with it however the test ends.

mod database;
mod nodes;

pub use database::{ClusterDatabase, address};
pub use nodes::{CONTROL, Cluster, URL};
