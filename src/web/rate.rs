//! The limit on each client's rate of requests.
//!
//! 1. A client is a [`Network`](super::client::Network), a key or an owner.
//! 2. Each has a token bucket, full at first and refilled at the rate. A client whose bucket is full again is forgotten,
//!    which changes nothing for it.
//! 3. At most [`CLIENTS_MAX`] are remembered. All others share one bucket, so that known clients keep theirs, and what many
//!    addresses can send together is limited.

use std::hash::Hash;
use std::sync::Mutex;
use std::time::Duration;

use dashmap::DashMap;
use governor::clock::{Clock, DefaultClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::config::ClientRate;

/// Clients that are remembered, in some 10 MB.
const CLIENTS_MAX: usize = 100_000;

/// The least time between two sweeps, which remove clients whose bucket is full.
const SWEEP_MIN: Duration = Duration::from_secs(10);

pub struct RateLimit<K: Eq + Hash, C: Clock = DefaultClock> {
    quota: Quota,
    clock: C,
    clients_max: usize,
    clients: DashMap<K, Client<C>>,
    /// Shared by the clients beyond `clients_max`.
    others: Bucket<C>,
    /// The time of the last sweep.
    swept: Mutex<C::Instant>,
}

type Bucket<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

struct Client<C: Clock> {
    bucket: Bucket<C>,
    /// The time of its last request.
    seen: C::Instant,
    /// Until when its last request, which exceeded the rate, has to wait.
    exceeded_until: Option<C::Instant>,
}

/// The client exceeds its rate, and may send its next request after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateExceeded(pub Duration);

impl<K: Copy + Eq + Hash> RateLimit<K> {
    pub fn new(rate: ClientRate) -> Self {
        Self::with_clock(rate, CLIENTS_MAX, DefaultClock::default())
    }
}

impl<K: Copy + Eq + Hash, C: Clock + Clone> RateLimit<K, C> {
    fn with_clock(rate: ClientRate, clients_max: usize, clock: C) -> Self {
        let quota = Quota::per_second(rate.per_s).allow_burst(rate.burst);
        Self {
            quota,
            clients_max,
            clients: DashMap::new(),
            others: RateLimiter::direct_with_clock(quota, clock.clone()),
            swept: Mutex::new(clock.now()),
            clock,
        }
    }

    /// Takes one request from the client's bucket.
    ///
    /// # Errors
    /// [`RateExceeded`].
    pub fn take(&self, client: K) -> Result<(), RateExceeded> {
        let now = self.clock.now();
        if let Some(mut known) = self.clients.get_mut(&client) {
            known.seen = now;
            let taken = self.take_from(&known.bucket);
            known.exceeded_until = taken.err().map(|RateExceeded(wait)| now + wait.into());
            return taken;
        }
        self.sweep(now);
        if self.clients.len() >= self.clients_max {
            return self.take_from(&self.others);
        }
        let new = || Client {
            bucket: RateLimiter::direct_with_clock(self.quota, self.clock.clone()),
            seen: now,
            exceeded_until: None,
        };
        self.take_from(&self.clients.entry(client).or_insert_with(new).bucket)
    }

    /// Whether the client's last request exceeded its rate, and its time to wait is not over. Takes nothing.
    ///
    /// # Errors
    /// [`RateExceeded`].
    pub fn check(&self, client: K) -> Result<(), RateExceeded> {
        let until = self
            .clients
            .get(&client)
            .and_then(|known| known.exceeded_until);
        let now = self.clock.now();
        match until {
            Some(until) if until > now => Err(RateExceeded(until.duration_since(now).into())),
            _ => Ok(()),
        }
    }

    fn take_from(&self, bucket: &Bucket<C>) -> Result<(), RateExceeded> {
        let taken = bucket.check();
        taken.map_err(|until| RateExceeded(until.wait_time_from(self.clock.now())))
    }

    /// Forgets the clients whose bucket is full, unless the last sweep was recent or another thread is sweeping.
    fn sweep(&self, now: C::Instant) {
        let since = |then| Duration::from(now.duration_since(then));
        let Ok(mut swept) = self.swept.try_lock() else {
            return;
        };
        if since(*swept) >= SWEEP_MIN {
            *swept = now;
            let full_after = self.quota.burst_size_replenished_in();
            self.clients
                .retain(|_, client| since(client.seen) < full_after);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::num::NonZeroU32;

    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::web::client::Network;

    /// Two a second, four at once.
    fn limit(clients_max: usize) -> (RateLimit<Network, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let rate = ClientRate {
            per_s: NonZeroU32::new(2).unwrap(),
            burst: NonZeroU32::new(4).unwrap(),
        };
        (
            RateLimit::with_clock(rate, clients_max, clock.clone()),
            clock,
        )
    }

    fn v4(last: u8) -> Network {
        Network::of(Ipv4Addr::new(203, 0, 113, last).into())
    }

    /// How many requests the client gets through at once.
    fn taken(limit: &RateLimit<Network, FakeRelativeClock>, client: Network) -> usize {
        (0..100).take_while(|_| limit.take(client).is_ok()).count()
    }

    #[test]
    fn a_client_gets_its_burst_then_its_rate_and_learns_how_long_to_wait() {
        let (limit, clock) = limit(10);
        assert_eq!(taken(&limit, v4(1)), 4);
        let wait = Duration::from_millis(500);
        assert_eq!(limit.take(v4(1)), Err(RateExceeded(wait)));
        clock.advance(wait);
        assert_eq!(taken(&limit, v4(1)), 1);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(taken(&limit, v4(1)), 4);
    }

    #[test]
    fn clients_do_not_take_from_one_another_unless_they_are_one_network_of_ipv6() {
        let (limit, _) = limit(10);
        assert_eq!(taken(&limit, v4(1)), 4);
        assert_eq!(taken(&limit, v4(2)), 4);
        let v6 = |text: &str| Network::of(text.parse::<IpAddr>().unwrap());
        assert_eq!(taken(&limit, v6("2001:db8:0:1::1")), 4);
        assert_eq!(taken(&limit, v6("2001:db8:0:1:ffff::2")), 0);
        assert_eq!(taken(&limit, v6("2001:db8:0:2::1")), 4);
    }

    #[test]
    fn clients_beyond_the_limit_share_one_bucket() {
        let (limit, _) = limit(2);
        assert_eq!(taken(&limit, v4(1)), 4);
        assert!(limit.take(v4(2)).is_ok());
        for last in 3..7 {
            assert!(limit.take(v4(last)).is_ok());
        }
        assert!(limit.take(v4(7)).is_err());
        assert_eq!(taken(&limit, v4(2)), 3, "a known client keeps its own");
        assert_eq!(limit.clients.len(), 2);
    }

    #[test]
    fn an_idle_client_is_forgotten_and_makes_room() {
        let (limit, clock) = limit(2);
        assert!(limit.take(v4(1)).is_ok());
        assert!(limit.take(v4(2)).is_ok());
        clock.advance(SWEEP_MIN);
        assert!(limit.take(v4(2)).is_ok());
        assert_eq!(taken(&limit, v4(3)), 4);
        assert!(limit.clients.contains_key(&v4(2)));
        assert!(!limit.clients.contains_key(&v4(1)));
        assert_eq!(limit.clients.len(), 2);
    }

    #[test]
    fn a_client_that_exceeded_its_rate_is_known_by_that_until_its_wait_is_over() {
        let (limit, clock) = limit(10);
        for _ in 0..4 {
            assert_eq!(limit.check(v4(1)), Ok(()));
            limit.take(v4(1)).unwrap();
        }
        assert_eq!(limit.check(v4(1)), Ok(()), "nothing was refused yet");
        let refused = limit.take(v4(1));
        assert_eq!(limit.check(v4(1)), refused);
        assert_eq!(limit.check(v4(2)), Ok(()));
        clock.advance(Duration::from_millis(500));
        assert_eq!(limit.check(v4(1)), Ok(()));
    }
}
