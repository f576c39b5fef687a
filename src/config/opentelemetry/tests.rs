use std::time::Duration;

use super::super::{Config, Source, TracesConfig};
use super::Sampling;

const COLLECTOR: (&str, &str) = ("WALLET_OTLP_ENDPOINT", "http://collector:4318");

/// Every variable that is read.
const VARIABLES: &[&str] = &[
    "OTEL_SDK_DISABLED",
    "OTEL_TRACES_EXPORTER",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
];

fn read(texts: &[(&str, &str)]) -> TracesConfig {
    let texts = [&[COLLECTOR], texts].concat();
    Config::read(&Source::of(&texts)).unwrap().traces
}

/// Name and value of each attribute, and how many warnings there were.
fn resource(texts: &[(&str, &str)]) -> (Vec<(String, String)>, usize) {
    let TracesConfig {
        resource, warnings, ..
    } = read(texts);
    (resource, warnings.len())
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    let pairs = pairs.map(|&(key, value)| (key.to_owned(), value.to_owned()));
    pairs.collect()
}

#[test]
fn nothing_set_is_nothing_said() {
    let empty = VARIABLES.iter().map(|name| (*name, ""));
    let empty: Vec<_> = empty.collect();
    for texts in [&[][..], &empty] {
        let traces = read(texts);
        assert_eq!(traces.turned_off_by, None);
        assert_eq!(traces.sampling, Sampling::ALL);
        assert_eq!(traces.resource, []);
        assert_eq!(traces.timeout, Duration::from_secs(5));
        assert!(traces.headers.0.is_empty());
        assert!(traces.warnings.is_empty(), "{:?}", traces.warnings);
    }
}

#[test]
fn attributes_are_percent_decoded_and_the_service_s_own_variable_is_last() {
    const LIST: &str = "OTEL_RESOURCE_ATTRIBUTES";
    for (list, expected) in [
        ("a=1,b=2", &[("a", "1"), ("b", "2")][..]),
        (" a = 1 , b=2 ,", &[("a", "1"), ("b", "2")]),
        ("a%2Cb=c%3Dd%20e", &[("a,b", "c=d e")]),
        ("team=%D0%BA%D0%B0%D1%81%D1%81%D0%B0", &[("team", "касса")]),
        ("key=SGVsbG8==", &[("key", "SGVsbG8==")]),
        ("a=", &[("a", "")]),
        ("a=1,a=2", &[("a", "1"), ("a", "2")]),
        ("service.name=", &[]),
    ] {
        assert_eq!(resource(&[(LIST, list)]), (pairs(expected), 0), "{list}");
    }
    for list in [
        "a",
        "a=1,b",
        "=1",
        "a=%",
        "a=%4",
        "a=%zz",
        "a=%FF",
        "%GG=1",
        "a=1,b=%e0%80",
    ] {
        assert_eq!(resource(&[(LIST, list)]), (Vec::new(), 1), "{list}");
    }
    let name = ("OTEL_SERVICE_NAME", "till%20one");
    let list = (LIST, "service.name=other,a=1");
    let expected = [
        ("service.name", "other"),
        ("a", "1"),
        ("service.name", "till%20one"),
    ];
    assert_eq!(resource(&[name, list]), (pairs(&expected), 0));
    let expected = [("service.name", "till%20one")];
    assert_eq!(resource(&[name, (LIST, "wrong")]), (pairs(&expected), 1));
}

#[test]
fn a_sampler_is_a_ratio_and_whether_the_caller_is_followed() {
    let sampling = |name, argument| {
        let traces = read(&[
            ("OTEL_TRACES_SAMPLER", name),
            ("OTEL_TRACES_SAMPLER_ARG", argument),
        ]);
        let Sampling {
            ratio,
            follows_caller,
        } = traces.sampling;
        (ratio, follows_caller, traces.warnings.len())
    };
    for (name, argument, expected) in [
        ("always_on", "", (1.0, false, 0)),
        ("always_off", "", (0.0, false, 0)),
        ("traceidratio", "0.25", (0.25, false, 0)),
        ("traceidratio", "", (1.0, false, 0)),
        ("parentbased_always_on", "0.25", (1.0, true, 0)),
        ("parentbased_always_off", "", (0.0, true, 0)),
        ("parentbased_traceidratio", " 0.5 ", (0.5, true, 0)),
        ("ParentBased_TraceIdRatio", "0", (0.0, true, 0)),
        ("parentbased_traceidratio", "1.5", (1.0, true, 1)),
        ("traceidratio", "NaN", (1.0, false, 1)),
        ("traceidratio", "half", (1.0, false, 1)),
        ("xray", "0.1", (1.0, true, 1)),
        ("jaeger_remote", "", (1.0, true, 1)),
        ("parentbased_jaeger_remote", "", (1.0, true, 1)),
        ("sometimes", "0.1", (1.0, true, 1)),
        // Without a sampler it says nothing.
        ("", "0.1", (1.0, true, 0)),
    ] {
        assert_eq!(sampling(name, argument), expected, "{name} {argument}");
    }
}

#[test]
fn the_engine_s_own_ratio_goes_before_the_sampler_and_a_check_shows_the_one_that_holds() {
    let sampler = ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
    let argument = ("OTEL_TRACES_SAMPLER_ARG", "0.25");
    let own = ("WALLET_TRACE_RATIO", "0.5");
    let shown = |texts: &[(&str, &str)]| {
        let settings = Config::effective(&Source::of(texts)).unwrap();
        let mut settings = settings.into_iter();
        let ratio = settings.find(|setting| setting.name == own.0).unwrap();
        (ratio.value.unwrap(), ratio.set)
    };
    let traces = read(&[sampler, argument, own]);
    assert_eq!(traces.sampling, Sampling::following(0.5));
    assert_eq!(traces.warnings.len(), 1);
    assert_eq!(shown(&[sampler, argument, own]), ("0.5".to_owned(), true));

    let traces = read(&[sampler, argument]);
    assert_eq!(traces.sampling, Sampling::following(0.25));
    assert_eq!(shown(&[sampler, argument]), ("0.25".to_owned(), false));
    assert_eq!(shown(&[]), ("1".to_owned(), false));
}

#[test]
fn traces_are_turned_off_by_one_word_in_either_case() {
    for (name, text, off, warnings) in [
        ("OTEL_SDK_DISABLED", "true", true, 0),
        ("OTEL_SDK_DISABLED", "True", true, 0),
        ("OTEL_SDK_DISABLED", "false", false, 0),
        ("OTEL_SDK_DISABLED", "1", false, 1),
        ("OTEL_SDK_DISABLED", "yes", false, 1),
        ("OTEL_TRACES_EXPORTER", "none", true, 0),
        ("OTEL_TRACES_EXPORTER", "otlp", false, 0),
        ("OTEL_TRACES_EXPORTER", "zipkin", false, 1),
    ] {
        let traces = read(&[(name, text)]);
        assert_eq!(traces.turned_off_by, off.then_some(name), "{text}");
        assert_eq!(traces.warnings.len(), warnings, "{text}");
    }
}

#[test]
fn headers_and_time_of_traces_go_before_those_of_everything_and_no_header_is_shown() {
    let traces = read(&[
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "x-key=hush, X-Tenant = a%20b ,",
        ),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", " "),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "250"),
    ]);
    let expected = pairs(&[("x-key", "hush"), ("X-Tenant", "a%20b")]);
    assert_eq!(traces.headers.0, expected);
    assert_eq!(traces.timeout, Duration::from_millis(250));
    assert!(traces.warnings.is_empty(), "{:?}", traces.warnings);
    assert!(!format!("{traces:?}").contains("hush"));

    let traces = read(&[
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=hush"),
        (
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
            "x-other=1,hush,b a=hush,c=%0ahush,d=%zz",
        ),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "250"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"),
    ]);
    assert_eq!(traces.headers.0, pairs(&[("x-other", "1")]));
    assert_eq!(traces.timeout, Duration::from_secs(5));
    assert_eq!(traces.warnings.len(), 2, "{:?}", traces.warnings);
    assert!(
        traces.warnings[0].contains("4 entries"),
        "{:?}",
        traces.warnings
    );
    assert!(!format!("{traces:?}").contains("hush"));
}

#[test]
fn an_endpoint_of_all_programs_sends_nothing_and_is_the_only_thing_to_be_said_then() {
    for name in [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    ] {
        let texts = [
            (name, "http://collector:4318"),
            ("OTEL_TRACES_SAMPLER", "x"),
        ];
        let traces = Config::read(&Source::of(&texts)).unwrap().traces;
        assert_eq!(traces.endpoint, None);
        let [warning] = &traces.warnings[..] else {
            panic!("{:?}", traces.warnings)
        };
        assert!(warning.starts_with(name) && warning.contains("WALLET_OTLP_ENDPOINT"));
    }
}
