//! Whether requests are traced, and where the traces go.

use std::str::FromStr;
use std::time::Duration;

use actix_web::http::Uri;

use super::opentelemetry::{Headers, Sampling, Variables};
use super::source::Reader;

/// Where traces go, and how many.
#[derive(Clone, Debug)]
pub struct TracesConfig {
    /// The collector's address for traces; `None`: there are none.
    pub endpoint: Option<String>,
    /// The variable that turns them off, although there is a collector.
    pub turned_off_by: Option<&'static str>,
    pub sampling: Sampling,
    /// Resource attributes of the environment; the last of a key counts.
    pub resource: Vec<(String, String)>,
    pub headers: Headers,
    /// The timeout of a request to the collector.
    pub timeout: Duration,
    /// Mistakes in variables that are ignored, each a sentence.
    pub warnings: Vec<String>,
}

/// What OTLP appends to a collector's address for traces.
const PATH: &str = "/v1/traces";
const RATIO: &str = "WALLET_TRACE_RATIO";

impl TracesConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let collector: Option<Collector> = read.optional_parsed(
            "WALLET_OTLP_ENDPOINT",
            "an address of plain HTTP, such as http://collector:4318",
        );
        let endpoint = collector.map(|Collector(address)| address + PATH);
        let ratio: Option<Ratio> = read.optional_parsed(RATIO, "a number from 0 to 1");
        let mut variables = Variables::new(read);
        let config = Self {
            turned_off_by: variables.turned_off(),
            sampling: sampling(ratio, &mut variables),
            resource: variables.resource(),
            headers: variables.headers(),
            timeout: variables.timeout(),
            warnings: match &endpoint {
                Some(_) => variables.warnings,
                // Nothing else matters then.
                None => endpoint_elsewhere(&variables).into_iter().collect(),
            },
            endpoint,
        };
        read.derive(RATIO, config.sampling.ratio.to_string());
        config
    }
}

/// The engine's own setting, or else OpenTelemetry's.
fn sampling(ratio: Option<Ratio>, variables: &mut Variables<'_, '_>) -> Sampling {
    match (ratio, variables.sampling()) {
        (Some(Ratio(ratio)), usual) => {
            if usual.is_some() {
                let warning = format!("{RATIO} is set: OTEL_TRACES_SAMPLER does not count");
                variables.warnings.push(warning);
            }
            Sampling::following(ratio)
        }
        (None, usual) => usual.unwrap_or(Sampling::ALL),
    }
}

fn endpoint_elsewhere(variables: &Variables<'_, '_>) -> Option<String> {
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ];
    let set = names
        .into_iter()
        .find(|name| variables.get(name).is_some())?;
    Some(format!(
        "{set} is set and sends no traces: set WALLET_OTLP_ENDPOINT"
    ))
}

/// A collector's address without a slash at its end. Plain HTTP: the collector is beside the engine.
struct Collector(String);

impl FromStr for Collector {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let uri: Uri = text.parse().map_err(|_| ())?;
        let plain = uri.scheme_str() == Some("http") && uri.query().is_none();
        let host = uri.host().is_some_and(|host| !host.is_empty());
        let address = text.trim_end_matches('/').to_owned();
        (plain && host).then_some(Self(address)).ok_or(())
    }
}

struct Ratio(f64);

impl FromStr for Ratio {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let ratio = text.parse().map_err(|_| ())?;
        (0.0..=1.0)
            .contains(&ratio)
            .then_some(Self(ratio))
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Source};

    fn read(texts: &[(&str, &str)]) -> Result<(Option<String>, f64), String> {
        let config = Config::read(&Source::of(texts)).map_err(|mistakes| mistakes.to_string())?;
        Ok((config.traces.endpoint, config.traces.sampling.ratio))
    }

    #[test]
    fn nothing_is_traced_until_there_is_a_collector() {
        assert_eq!(read(&[]), Ok((None, 1.0)));
        for collector in ["http://collector:4318", "http://collector:4318/"] {
            let traces = read(&[
                ("WALLET_OTLP_ENDPOINT", collector),
                ("WALLET_TRACE_RATIO", "0.25"),
            ]);
            let endpoint = "http://collector:4318/v1/traces".to_owned();
            assert_eq!(traces, Ok((Some(endpoint), 0.25)));
        }
    }

    #[test]
    fn what_is_no_collector_or_no_ratio_is_a_mistake() {
        for collector in [
            "https://collector:4318",
            "collector:4318",
            "http://",
            "http://collector:4318/?x",
            "4318",
        ] {
            let mistakes = read(&[("WALLET_OTLP_ENDPOINT", collector)]).unwrap_err();
            assert!(mistakes.contains("WALLET_OTLP_ENDPOINT"), "{mistakes}");
        }
        for ratio in ["-0.1", "1.1", "NaN", "inf", "half"] {
            let mistakes = read(&[("WALLET_TRACE_RATIO", ratio)]).unwrap_err();
            assert!(mistakes.contains("WALLET_TRACE_RATIO"), "{mistakes}");
        }
    }
}
