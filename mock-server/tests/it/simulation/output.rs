//! The table, the picture and the CSV of a simulation without chance.

use super::{Arrivals, SimulatedFunction, Simulation, SimulationReport, function, millis, secs};

fn report() -> SimulationReport {
    let api = function().arrivals(Arrivals::bursts(secs(10), 3)).reserved(2);
    let worker = SimulatedFunction::named("a \"quoted\", worker")
        .arrivals(Arrivals::bursts(secs(20), 1))
        .init(secs(1))
        .duration(millis(500))
        .asynchronous(mock_server::core::queue::Policy::default());
    Simulation::new(7).function(api).function(worker).run_for(secs(25))
}

const TABLE: &str = r#"11 invocations in 25s of virtual time, seed 7

                    invocations  cold starts          throttled  given up  errors  environments  at once
function                      9            2  22.22%          3         0       0             2        2
a "quoted", worker            2            1  50.00%          0         0       0             1        1
all                          11            3  27.27%          3         0       0             3        3

latency               mean     p50     p90     p99   p99.9  longest
function            200 ms  100 ms  400 ms  400 ms  400 ms   400 ms
a "quoted", worker  1.00 s  501 ms  1.50 s  1.50 s  1.50 s   1.50 s
all                 400 ms  100 ms  1.50 s  1.50 s  1.50 s   1.50 s

in flight           mean  p50  p99  most
function            0.05    0    2     2
a "quoted", worker  0.08    0    1     1
all                 0.13    0    3     3

throttled  times  reason
function       3  ReservedFunctionConcurrentInvocationLimitExceeded

events              times  end
a "quoted", worker      2  Success

from  invocations  cold starts  throttled  in flight: mean  most  environments
0s              4            3          1             0.46     3             3
5s              0            0          0             0.00     0             3
10s             3            0          1             0.04     2             3
15s             0            0          0             0.00     0             3
20s             4            0          1             0.14     3             3
"#;

#[test]
fn the_table_says_what_happened() {
    assert_eq!(report().table().to_string(), TABLE);
}

#[test]
fn the_rows_are_written_as_csv() {
    let mut csv = Vec::new();
    report().write_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(
        lines[0],
        "function,start_seconds,length_seconds,invocations,cold_starts,throttled,mean_in_flight,most_in_flight,\
         most_environments"
    );
    assert_eq!(lines[1], "function,0.000,0.500,3,2,1,1.600,2,2");
    assert_eq!(lines[21], "function,10.000,0.500,3,0,1,0.400,2,2");
    assert!(lines.contains(&"\"a \"\"quoted\"\", worker\",0.500,0.500,0,0,0,1.000,1,1"), "{csv}");
    assert!(lines.iter().skip(1).all(|line| line.split(',').rev().take(8).count() == 8));
}

#[test]
fn the_picture_is_svg_with_a_line_for_each_number() {
    let mut svg = Vec::new();
    report().write_plot(&mut svg).unwrap();
    let svg = String::from_utf8(svg).unwrap();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 480\""), "{svg}");
    assert!(svg.ends_with("</svg>\n"), "{svg}");
    assert_eq!(svg.matches("<polyline ").count(), 6);
    for name in
        ["environments", "most in flight", "mean in flight", "invocations", "cold starts", "throttled"]
    {
        assert!(svg.contains(&format!(">{name}</text>")), "{name}: {svg}");
    }
    // Every element is closed, and no number is missing.
    for element in ["text", "svg"] {
        assert_eq!(
            svg.matches(&format!("<{element} ")).count(),
            svg.matches(&format!("</{element}>")).count()
        );
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}
