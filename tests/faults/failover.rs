//! The standby takes over, and the old primary becomes the new one's standby.
//!
//! 1. The standby has caught up: what was acknowledged until here cannot be lost any more, in either mode.
//! 2. What goes before (`lead`), such as a standby that is cut off.
//! 3. The old primary ends, the standby is promoted; or, for two primaries at once, the other way round.
//! 4. The old primary runs once more, out of reach of any engine, to tell which rows only it has.
//! 5. It is rewound or copied, and follows.
//!
//! Engines see the standby all the while, and learn by themselves that it has become the primary.

use std::collections::BTreeMap;

use tokio::time::sleep;
use wallet_engine::domain::WalletId;

use crate::branch::{Failover, Rows, forks};
use crate::cluster::Cluster;
use crate::engine::ENGINES;
use crate::fault::{Back, Fault, Lead};
use crate::ledger;
use crate::recorder::Recorder;
use crate::servers::Rewound;

/// A failover that was asked for, and how the old primary came back.
pub struct Outcome {
    pub failover: Failover,
    /// `None` where it only had to follow.
    pub back: Option<Back>,
}

impl Cluster {
    /// Does what the fault says, which is a failover.
    pub async fn fail_over(&mut self, fault: Fault, recorder: &Recorder) -> Outcome {
        let (old, new) = (self.primary, self.standby_place());
        self.standby().catch_up(self.primary()).await;
        let base = ledger::versions(&self.standby().connect().await).await;
        self.lead(fault).await;
        let (opened, closed);
        if let Fault::TwoPrimaries {
            engine, time, both, ..
        } = fault
        {
            self.upstream(old).shut();
            for other in (0..ENGINES).filter(|other| *other != engine) {
                self.line(other, old).shut();
            }
            if !both {
                self.line(engine, new).shut();
            }
            opened = recorder.moment("promoted");
            self.servers[new].promote().await;
            sleep(time).await;
            self.line(engine, new).open();
            for line in self.lines_to(old) {
                line.shut();
            }
            self.servers[old].kill().await;
            closed = recorder.moment("the old primary is gone");
        } else {
            if fault == Fault::SwitchOver {
                self.servers[old].stop().await;
            } else {
                self.servers[old].kill().await;
            }
            closed = recorder.moment("the old primary is gone");
            opened = recorder.moment("promoted");
            self.servers[new].promote().await;
        }
        let synchronous = std::mem::replace(&mut self.synchronous, false);
        for line in self.lines_to(old) {
            line.shut();
            line.end_silence();
        }
        self.primary = new;
        let lost = match fault {
            Fault::SwitchOver => BTreeMap::new(),
            _ => self.rows_of_the_old(&base).await,
        };
        let found = ledger::rows_after(&self.primary().connect().await, &base).await;
        let back = self.come_back(fault).await;
        for line in self.lines_to(old) {
            line.open();
        }
        Outcome {
            failover: Failover {
                synchronous,
                opened,
                closed,
                forks: forks(&base, lost, &found),
            },
            back,
        }
    }

    /// What goes before the old primary's end.
    async fn lead(&self, fault: Fault) {
        match fault {
            Fault::FailOver { lead, .. } => match lead {
                Lead::Nothing => {}
                Lead::Frozen(time) => {
                    self.standby().freeze();
                    sleep(time).await;
                    self.standby().thaw();
                }
                Lead::Paused(time) => {
                    // A promotion ends the pause.
                    self.standby().pause_replay().await;
                    sleep(time).await;
                }
            },
            Fault::FailOverBehind { time, cancel, .. } => {
                self.upstream(self.primary).shut();
                sleep(time / 2).await;
                if cancel {
                    self.cancel_waits().await;
                }
                sleep(time / 2).await;
            }
            Fault::FailOverSilent { time, .. } => {
                for line in self.lines_to(self.primary) {
                    line.silence();
                }
                sleep(time).await;
            }
            _ => {}
        }
    }

    /// What the old primary has beyond `base`; it runs for the question alone.
    async fn rows_of_the_old(
        &mut self,
        base: &BTreeMap<WalletId, i64>,
    ) -> BTreeMap<WalletId, Rows> {
        let old = self.standby_mut();
        old.start().await;
        let rows = ledger::rows_after(&old.connect().await, base).await;
        old.stop().await;
        rows
    }

    /// Makes the old primary the new one's standby.
    async fn come_back(&mut self, fault: Fault) -> Option<Back> {
        let (old, new) = (self.standby_place(), self.primary);
        self.upstream(old).open();
        let upstream = self.upstream(new).address();
        let [one, two] = &mut self.servers;
        let (old, new) = if old == 0 { (one, two) } else { (two, one) };
        let mut back = fault.back();
        if back == Some(Back::Rewound)
            && let Rewound::Refused(why) = old.rewind(new).await
        {
            println!("pg_rewind: {why}");
            back = Some(Back::Copied);
        }
        if back == Some(Back::Copied) {
            old.copy(new).await;
        }
        old.follow(upstream);
        old.start().await;
        // A standby that takes over has no standby at first, and waits for none.
        old.wait_for_standby(None).await;
        back
    }
}
