//! A database one millisecond away: half of it on the way there, half on the way back.
//!
//! 1. netem, if the kernel has it: a network namespace at the other end of a pair of virtual interfaces, each of
//!    which holds back what it sends. PostgreSQL opens no port, so a forwarder without a delay listens there.
//! 2. Otherwise the forwarder itself delays (`forward.rs`).
//!
//! Either way the round trip that results is measured with `SELECT 1` and reported; what was asked for is not.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use testkit::failure::{Failure, failed};
use testkit::ports::free_address;
use testkit::postgres::connect;
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::time::sleep;

use crate::bench::Bench;
use crate::postgres::Route;
use crate::scratch::Scratch;
use crate::statistics::Spread;

/// In each direction.
const DELAY: Duration = Duration::from_micros(500);
/// Round trips that the median is taken of.
const ROUND_TRIPS: usize = 300;
const START_MAX: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// The names of the interfaces, and addresses from the range for measuring networks (RFC 2544).
const HERE: &str = "wallet-cmp0";
const THERE: &str = "wallet-cmp1";
const NETWORK: &str = "198.18.0.0/15";
const HERE_ADDRESS: &str = "198.18.0.1/30";
const THERE_ADDRESS: &str = "198.18.0.2/30";
const THERE_LISTENS: &str = "198.18.0.2:5432";

/// The long way, open for as long as this lives.
pub struct Away {
    pub route: Route,
    /// What makes it long, for the results.
    pub how: String,
    _forwarder: Child,
}

impl Away {
    pub async fn open(bench: &Bench<'_>) -> Result<Self, Failure> {
        match netem(bench).await {
            Ok(()) => {
                let address: SocketAddr =
                    THERE_LISTENS.parse().map_err(failed("read an address"))?;
                let namespace = Scratch::namespace();
                let enter = ["ip", "netns", "exec", &namespace];
                Self::forward(bench, &enter, address, Duration::ZERO, "netem".to_owned()).await
            }
            Err(why) => {
                let address = free_address();
                let how = format!("a forwarder that delays, as netem cannot be used: {why}");
                Self::forward(bench, &[], address, DELAY, how).await
            }
        }
    }

    /// Starts the forwarder and waits until it listens.
    async fn forward(
        bench: &Bench<'_>,
        enter: &[&str],
        address: SocketAddr,
        delay: Duration,
        how: String,
    ) -> Result<Self, Failure> {
        let compare = bench.programs.compare.to_string_lossy();
        let words: Vec<&str> = enter.iter().copied().chain([&*compare]).collect();
        let forwarder = bench
            .scratch
            .command(words[0])
            .args(&words[1..])
            .args(["forward", &address.to_string()])
            .arg(bench.postgres.socket())
            .arg(delay.as_micros().to_string())
            .spawn()
            .map_err(failed("start the forwarder"))?;
        let deadline = Instant::now() + START_MAX;
        while let Err(error) = TcpStream::connect(address).await {
            if Instant::now() > deadline {
                return Err(failed("reach the forwarder")(error));
            }
            sleep(POLL).await;
        }
        Ok(Self {
            route: Route::Tcp(address),
            how,
            _forwarder: forwarder,
        })
    }
}

/// The median time of a `SELECT 1` that way.
pub async fn round_trip(route: &Route) -> Result<Duration, Failure> {
    let timing = "time a round trip to PostgreSQL";
    let config = route.url("wallet").parse().map_err(failed(timing))?;
    let client = connect(&config).await;
    let statement = client.prepare("SELECT 1").await.map_err(failed(timing))?;
    let mut times = Vec::with_capacity(ROUND_TRIPS);
    for _ in 0..ROUND_TRIPS {
        let begun = Instant::now();
        client
            .query_one(&statement, &[])
            .await
            .map_err(failed(timing))?;
        times.push(begun.elapsed().as_secs_f64());
    }
    Ok(Duration::from_secs_f64(Spread::of(times).median))
}

/// Makes the namespace and the delaying interfaces. Gives the command that failed and what it said.
async fn netem(bench: &Bench<'_>) -> Result<(), String> {
    // An address of ours must not take the place of one that this machine already knows.
    let known = command(bench, &format!("ip route show to root {NETWORK}")).await?;
    if !known.is_empty() {
        return Err(format!("{NETWORK} is in use here"));
    }
    let namespace = &Scratch::namespace();
    let delay = format!("{}us", DELAY.as_micros());
    let inside = format!("ip netns exec {namespace}");
    let steps = [
        format!("ip netns add {namespace}"),
        format!("ip link add {HERE} type veth peer name {THERE} netns {namespace}"),
        format!("tc qdisc add dev {HERE} root netem delay {delay}"),
        format!("{inside} tc qdisc add dev {THERE} root netem delay {delay}"),
        format!("ip address add {HERE_ADDRESS} dev {HERE}"),
        format!("{inside} ip address add {THERE_ADDRESS} dev {THERE}"),
        format!("ip link set {HERE} up"),
        format!("{inside} ip link set {THERE} up"),
    ];
    for step in steps {
        if let Err(why) = command(bench, &step).await {
            // With the namespace goes its interface, and with that the other one. There may be none.
            let _ = command(bench, &format!("ip netns del {namespace}")).await;
            return Err(format!("`{step}` says {why:?}"));
        }
    }
    Ok(())
}

/// What the command prints, or how it complains.
async fn command(bench: &Bench<'_>, line: &str) -> Result<String, String> {
    let mut words = line.split(' ');
    let program = words.next().unwrap_or_default();
    let output = bench
        .scratch
        .command(program)
        .args(words)
        .stderr(Stdio::piped())
        .output()
        .await
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or_default().to_owned())
}
