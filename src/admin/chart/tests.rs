use time::Duration;

use super::*;

/// 2026-11-26 17:00:00.
const START: OffsetDateTime =
    OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::hours(20783 * 24 + 17));

fn point(second: i64, value: impl Into<Option<f64>>) -> Point {
    Point {
        at: START + Duration::seconds(second),
        value: value.into(),
    }
}

fn drawn(shape: Shape, points: &[Point]) -> String {
    drawn_until(Duration::seconds(100), true, shape, points)
}

fn drawn_until(length: Duration, from_zero: bool, shape: Shape, points: &[Point]) -> String {
    let chart = Chart {
        id: "rate",
        title: "Operations a second",
        description: "The last minutes",
        empty: "Nothing yet",
        from: START,
        to: START + length,
        from_zero,
        format_value: &|value, decimals| format!("{value:.decimals$}"),
        lines: &[Line {
            name: "all",
            shape,
            points,
        }],
    };
    chart.svg()
}

fn labels(svg: &str) -> Vec<&str> {
    let texts = svg.split("class=\"chart__label").skip(1);
    let inner = |text: &'_ str| {
        let begin = text.find('>').unwrap() + 1;
        let end = text.find('<').unwrap();
        begin..end
    };
    texts.map(|text| &text[inner(text)]).collect()
}

#[test]
fn a_line_goes_from_value_to_value_between_round_ticks() {
    let svg = drawn(
        Shape::Line,
        &[point(0, 0.0), point(50, 4.0), point(100, 8.0)],
    );
    assert!(
        svg.contains("d=\"M0.0 1000.0L500.0 500.0L1000.0 0.0\""),
        "{svg}"
    );
    assert_eq!(
        labels(&svg),
        [
            "0", "2", "4", "6", "8", "17:00:00", "17:00:30", "17:01:00", "17:01:30"
        ]
    );
}

#[test]
fn a_step_lasts_until_the_next_and_the_last_one_to_the_end() {
    let svg = drawn(Shape::Steps, &[point(0, 4.0), point(50, 8.0)]);
    assert!(svg.contains("d=\"M0.0 500.0H500.0V0.0H1000.0\""), "{svg}");
    assert!(
        svg.contains("d=\"M0.0 500.0H500.0V0.0H1000.0L1000.0 1000L0.0 1000Z\""),
        "{svg}"
    );
}

#[test]
fn a_missing_value_is_a_gap_and_a_lone_one_a_dot() {
    let points = [
        point(0, 8.0),
        point(25, 8.0),
        point(50, None),
        point(75, 4.0),
    ];
    let svg = drawn(Shape::Line, &points);
    assert!(svg.contains("d=\"M0.0 0.0L250.0 0.0\""), "{svg}");
    assert!(svg.contains("cx=\"75.00%\" cy=\"49.00%\""), "{svg}");
}

#[test]
fn a_value_that_is_no_number_is_missing() {
    let svg = drawn(Shape::Area, &[point(0, f64::NAN), point(50, f64::INFINITY)]);
    assert!(svg.contains("Nothing yet"), "{svg}");
    assert!(!svg.contains("NaN"), "{svg}");
    assert!(!svg.contains("<path"), "{svg}");
}

#[test]
fn without_any_value_it_says_so() {
    for points in [&[][..], &[point(10, None)], &[point(-10, 1.0)]] {
        let svg = drawn(Shape::Area, points);
        assert!(svg.contains(">Nothing yet</text>"), "{svg}");
    }
}

#[test]
fn every_text_is_escaped() {
    let chart = Chart {
        id: "a\"b",
        title: "<script>alert('1')</script>",
        description: "a & b",
        empty: "",
        from: START,
        to: START + Duration::seconds(100),
        from_zero: true,
        format_value: &|_, _| "<b>".to_owned(),
        lines: &[Line {
            name: "</title>",
            shape: Shape::Line,
            points: &[point(0, 1.0)],
        }],
    };
    let svg = chart.svg();
    assert!(!svg.contains("<script>"), "{svg}");
    assert!(!svg.contains("<b>"), "{svg}");
    assert!(!svg.contains(": </title></title>"), "{svg}");
    assert!(svg.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"));
    assert!(svg.contains("a &amp; b"));
}

#[test]
fn nothing_in_it_needs_more_than_the_strictest_policy_allows() {
    let svg = drawn(
        Shape::Steps,
        &[point(0, 1.0), point(9, None), point(50, 2.0)],
    );
    for forbidden in ["style=", "<script", "<style", "href", "onload"] {
        assert!(!svg.contains(forbidden), "{forbidden}: {svg}");
    }
}

#[test]
fn a_level_line_is_in_the_middle_of_its_axis() {
    let svg = drawn_until(
        Duration::seconds(100),
        false,
        Shape::Line,
        &[point(0, 500.0), point(100, 500.0)],
    );
    assert_eq!(labels(&svg)[..4], ["200", "400", "600", "800"]);
    assert!(svg.contains("d=\"M0.0 500.0L1000.0 500.0\""), "{svg}");
}

#[test]
fn a_level_zero_is_at_the_bottom() {
    let svg = drawn(Shape::Area, &[point(0, 0.0), point(100, 0.0)]);
    assert!(svg.contains("d=\"M0.0 1000.0L1000.0 1000.0\""), "{svg}");
}

#[test]
fn the_largest_balance_and_the_smallest_rate_have_ticks() {
    let largest = drawn(Shape::Steps, &[point(0, 9_999_999_999.99)]);
    assert_eq!(labels(&largest)[1], "5000000000");
    let smallest = drawn(Shape::Line, &[point(0, 0.000_2)]);
    assert_eq!(labels(&smallest)[1], "0.00005");
}

#[test]
fn the_axis_of_time_is_round_whatever_its_length() {
    for (length, expected) in [
        (Duration::minutes(15), ["17:05", "17:10"]),
        (Duration::hours(20), ["18:00", "2026-11-27"]),
        (Duration::days(9), ["2026-11-27", "2026-11-29"]),
        (Duration::days(200), ["2027-01", "2027-03"]),
        (Duration::days(4_000), ["2030", "2035"]),
    ] {
        let svg = drawn_until(length, true, Shape::Line, &[point(0, 1.0)]);
        let times: Vec<&str> = labels(&svg)
            .into_iter()
            .filter(|label| label.contains([':', '-']) || label.len() == 4)
            .collect();
        assert!((2..=6).contains(&times.len()), "{times:?}");
        assert!(
            expected.iter().all(|label| times.contains(label)),
            "{times:?}"
        );
    }
}

#[test]
fn an_axis_of_clocks_has_their_moments_and_one_with_a_day_has_none() {
    let moments = |length| {
        let svg = drawn_until(length, true, Shape::Line, &[point(0, 1.0)]);
        svg.matches("text-anchor=\"middle\" data-at=\"2026-11-26T17:")
            .count()
    };
    assert!(moments(Duration::minutes(15)) > 1);
    assert_eq!(moments(Duration::hours(20)), 0, "midnight is a label");
    assert_eq!(moments(Duration::days(9)), 0);
}

#[test]
fn of_long_labels_of_times_each_second_is_left_out_where_there_is_little_room() {
    for (length, is_long) in [
        (Duration::minutes(1), true),
        (Duration::minutes(15), false),
        (Duration::hours(20), true),
        (Duration::days(9), true),
        (Duration::days(4_000), false),
    ] {
        let svg = drawn_until(length, true, Shape::Line, &[point(0, 1.0)]);
        let times = svg.matches("y=\"99%\"").count();
        let spare = svg.matches("chart__label--spare").count();
        assert_eq!(
            spare,
            if is_long { times / 2 } else { 0 },
            "{length}: {svg}"
        );
        let last = svg.rfind("class=\"chart__label").unwrap();
        assert!(!svg[last..].starts_with("class=\"chart__label chart__label--spare"));
    }
}

#[test]
fn labels_of_values_are_beside_the_lines_in_a_margin_of_their_length() {
    for (value, room) in [(8.0, 1), (8_000.0, 1), (80_000.0, 2), (9_999_999_999.99, 3)] {
        let svg = drawn(Shape::Steps, &[point(0, value)]);
        let class = format!("chart__picture chart__picture--room-{room}\"");
        assert!(svg.contains(&class), "{value}: {svg}");
        assert!(
            svg.contains("x=\"0\" y=\"88.00%\" dx=\"-8\" dy=\"4\" text-anchor=\"end\">"),
            "{svg}"
        );
    }
    let empty = drawn(Shape::Steps, &[]);
    assert!(empty.contains("chart__picture--room-0\""), "{empty}");
}

#[test]
fn a_time_without_length_is_drawn_too() {
    let svg = drawn_until(Duration::ZERO, true, Shape::Steps, &[point(0, 1.0)]);
    assert!(svg.contains("<path"), "{svg}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn pointing_tells_moments_and_values_of_a_limited_number() {
    let points: Vec<Point> = (0..1_000)
        .map(|n| point(n, f64::from(i32::try_from(n).unwrap())))
        .collect();
    let svg = drawn_until(Duration::seconds(999), true, Shape::Line, &points);
    assert!(svg.matches("<rect").count() <= TOOLTIPS_MAX);
    assert!(
        svg.contains(
            "<title data-at=\"2026-11-26T17:16:39Z\">2026-11-26 17:16:39\nall: 999.0</title>"
        ),
        "{svg}"
    );
}
