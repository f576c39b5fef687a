//! What can be done to the system.

use std::time::Duration;

/// Something that is done to the system, and undone after a while where it does not pass by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// kill -9 of one engine.
    KillEngine { engine: usize, down: Duration },
    /// kill -9 of every process of the primary, which comes back as the primary.
    KillPrimary { down: Duration },
    /// kill -9 of both engines, the primary and the standby.
    KillAll { down: Duration },
    /// SIGSTOP of one engine.
    FreezeEngine { engine: usize, time: Duration },
    /// SIGSTOP of every process of the primary.
    FreezePrimary { time: Duration },
    /// Every connection between engines and servers breaks.
    CutConnections,
    /// What engines say reaches the primary, what it says reaches no one; then every connection breaks.
    LoseAnswers { time: Duration },
    /// `pg_terminate_backend` of every session of the engines.
    TerminateSessions,
    /// kill -9 of every process of the standby.
    KillStandby { down: Duration },
    /// SIGSTOP of every process of the standby.
    FreezeStandby { time: Duration },
    /// The standby receives, and does not show what it receives.
    PauseReplay { time: Duration },
    /// kill -9 of the primary while the standby has everything, or will have when it is promoted; the standby takes
    /// over.
    FailOver { lead: Lead, back: Back },
    /// The standby is cut off for a time; then kill -9 of the primary, and the standby takes over without what it
    /// missed. `cancel`: sessions that wait for the standby are cancelled meanwhile, as an administrator might.
    FailOverBehind {
        time: Duration,
        cancel: bool,
        back: Back,
    },
    /// The primary's answers are lost for a time; then it dies, and the standby takes over.
    FailOverSilent { time: Duration, back: Back },
    /// The primary stops in order, and the standby takes over.
    SwitchOver,
    /// The standby is cut off and takes over while the primary still runs, which one engine sees for this time longer;
    /// the other sees the new one alone. `both`: that engine could see the new one as well.
    TwoPrimaries {
        engine: usize,
        time: Duration,
        both: bool,
        back: Back,
    },
}

/// What the standby goes through just before an ordinary failover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    Nothing,
    Frozen(Duration),
    Paused(Duration),
}

/// How the old primary becomes the new one's standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// By `pg_rewind`; by a copy if that refuses.
    Rewound,
    /// By a fresh base backup.
    Copied,
}

impl Fault {
    /// What it is called in the summary.
    pub fn kind(self) -> &'static str {
        match self {
            Self::KillEngine { .. } => "kill -9 of an engine",
            Self::KillPrimary { .. } => "kill -9 of the primary",
            Self::KillAll { .. } => "kill -9 of both engines, primary and standby",
            Self::FreezeEngine { .. } => "SIGSTOP of an engine",
            Self::FreezePrimary { .. } => "SIGSTOP of the primary",
            Self::CutConnections => "connections cut",
            Self::LoseAnswers { .. } => "answers of the primary lost",
            Self::TerminateSessions => "sessions terminated",
            Self::KillStandby { .. } => "kill -9 of the standby",
            Self::FreezeStandby { .. } => "SIGSTOP of the standby",
            Self::PauseReplay { .. } => "replay paused",
            Self::FailOver { .. } => "failover",
            Self::FailOverBehind { .. } => "failover to a standby that was cut off",
            Self::FailOverSilent { .. } => "failover after lost answers",
            Self::SwitchOver => "switchover",
            Self::TwoPrimaries { .. } => "failover while one engine sees the old primary",
        }
    }

    pub fn is_kill(self) -> bool {
        matches!(
            self,
            Self::KillEngine { .. }
                | Self::KillPrimary { .. }
                | Self::KillAll { .. }
                | Self::KillStandby { .. }
        ) || self.is_failover() && self != Self::SwitchOver
    }

    /// How the old primary becomes a standby; `None` where it only has to follow, or stays the primary.
    pub fn back(self) -> Option<Back> {
        match self {
            Self::FailOver { back, .. }
            | Self::FailOverBehind { back, .. }
            | Self::FailOverSilent { back, .. }
            | Self::TwoPrimaries { back, .. } => Some(back),
            _ => None,
        }
    }

    /// Whether the standby becomes the primary.
    pub fn is_failover(self) -> bool {
        matches!(
            self,
            Self::FailOver { .. }
                | Self::FailOverBehind { .. }
                | Self::FailOverSilent { .. }
                | Self::SwitchOver
                | Self::TwoPrimaries { .. }
        )
    }
}
