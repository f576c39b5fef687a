//! Which points of a load are measured, and of which systems: what the command line asks for.

use crate::arguments::Arguments;
use crate::contender::System;
use crate::load::Load;

/// The points of the hot load with more connections than it usually has.
pub const CONNECTIONS: &str = "connections";
/// The hot load of this build and the build before.
pub const BEFORE: &str = "before";

/// The numbers of connections that [`CONNECTIONS`] compares.
pub const MANY_CONNECTIONS: [u64; 2] = [256, 1_024];

pub struct Plan {
    pub systems: Vec<System>,
    pub connections: Vec<u64>,
}

impl Plan {
    /// What is to be measured of a load with the database beside; nothing, if something else was asked for.
    pub fn of(load: Load, arguments: &Arguments) -> Option<Self> {
        if arguments.wants(load.name()) {
            let mut systems = load.systems().to_vec();
            if arguments.before.is_some() && load.by_builds() {
                systems.push(System::Before);
            }
            return Some(Self {
                systems,
                connections: load.connections().to_vec(),
            });
        }
        let mut connections = Vec::new();
        if load == Load::Hot && arguments.wants(BEFORE) {
            connections.push(load.usual_connections());
        }
        if load == Load::Hot && arguments.wants(CONNECTIONS) {
            connections.extend(MANY_CONNECTIONS);
        }
        (!connections.is_empty()).then(|| Self {
            systems: builds(arguments),
            connections,
        })
    }

    /// What is to be measured of a load with the database away.
    pub fn away(load: Load, arguments: &Arguments) -> Option<Self> {
        (load.writes() && arguments.wants(load.name())).then(|| Self {
            systems: load.systems().to_vec(),
            connections: load.connections().iter().copied().take(2).collect(),
        })
    }
}

/// The engine, and the build before if there is one.
pub fn builds(arguments: &Arguments) -> Vec<System> {
    let before = arguments.before.as_ref().map(|_| System::Before);
    [System::Engine].into_iter().chain(before).collect()
}
