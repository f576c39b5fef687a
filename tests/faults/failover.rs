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
use std::time::Duration;

use tokio::time::sleep;
use wallet_engine::domain::WalletId;

use crate::branch::{Failover, Rows, forks};
use crate::cluster::Cluster;
use crate::engine::ENGINES;
use crate::fault::{Back, Fault, Lead};
use crate::history::Moment;
use crate::ledger;
use crate::recorder::Recorder;
use testkit::servers::Rewound;

/// A failover that was asked for, and how the old primary came back.
pub struct Outcome {
    pub failover: Failover,
    /// `None` where it only had to follow.
    pub back: Option<Back>,
}

impl Cluster {
    /// Does what the fault says, which is a failover.
    pub async fn fail_over(&mut self, fault: Fault, recorder: &Recorder) -> Outcome {
        let old = self.primary;
        self.standby().catch_up(self.primary()).await;
        let base = ledger::versions(&self.standby().connect().await).await;
        self.lead(fault).await;
        let synchronous = std::mem::replace(&mut self.synchronous, false);
        let (opened, closed, old_rows);
        match fault {
            Fault::SwitchOver => {
                closed = self.stop_the_old(recorder).await;
                // The standby has everything that the old primary had.
                old_rows = ledger::rows_after(&self.standby().connect().await, &base).await;
                opened = self.promote(recorder).await;
            }
            Fault::TwoPrimaries {
                engine, time, both, ..
            } => {
                (opened, closed) = self.two_primaries(engine, time, both, recorder).await;
                old_rows = self.rows_of_the_old(&base).await;
            }
            _ => {
                closed = self.kill_the_old(old, recorder).await;
                opened = self.promote(recorder).await;
                old_rows = self.rows_of_the_old(&base).await;
            }
        }
        let new_rows = ledger::rows_after(&self.primary().connect().await, &base).await;
        let back = self.come_back(fault).await;
        for line in self.lines_to(old) {
            line.open();
        }
        Outcome {
            failover: Failover {
                synchronous,
                opened,
                closed,
                forks: forks(&base, old_rows, &new_rows),
            },
            back,
        }
    }

    /// From here on the standby is the primary.
    async fn promote(&mut self, recorder: &Recorder) -> Moment {
        let opened = recorder.moment("the standby takes over");
        self.standby_mut().promote().await;
        self.primary = self.standby_place();
        opened
    }

    /// Ends the old primary, which is out of the engines' reach from here on. Gives the moment after.
    async fn kill_the_old(&mut self, old: usize, recorder: &Recorder) -> Moment {
        self.servers[old].kill().await;
        self.shut_off(old);
        recorder.moment("the old primary is gone")
    }

    /// The same in order: the standby gets everything, and shows it when this returns.
    async fn stop_the_old(&mut self, recorder: &Recorder) -> Moment {
        self.primary_mut().stop().await;
        self.shut_off(self.primary);
        let closed = recorder.moment("the old primary is gone");
        let end = self.primary().last_checkpoint().await;
        self.standby().replay_to(end).await;
        closed
    }

    /// Gives the moments of the new one's beginning and the old one's end.
    async fn two_primaries(
        &mut self,
        engine: usize,
        time: Duration,
        both: bool,
        recorder: &Recorder,
    ) -> (Moment, Moment) {
        let (old, new) = (self.primary, self.standby_place());
        self.upstream(old).shut();
        for other in (0..ENGINES).filter(|other| *other != engine) {
            self.line(other, old).shut();
        }
        if !both {
            self.line(engine, new).shut();
        }
        let opened = self.promote(recorder).await;
        sleep(time).await;
        self.line(engine, new).open();
        self.shut_off(old);
        (opened, self.kill_the_old(old, recorder).await)
    }

    /// Cuts every engine off from that server.
    fn shut_off(&self, server: usize) {
        for line in self.lines_to(server) {
            line.shut();
            line.end_silence();
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
