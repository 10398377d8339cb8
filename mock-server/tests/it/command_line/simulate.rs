//! `simulate`: the table on standard output, the files, and arguments that do not fit together.

use std::{fs, path::Path};

use super::{error, run, stderr, stdout};

fn simulated(arguments: &[&str]) -> String {
    let output = run(&[&["simulate"], arguments].concat());
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    stdout(&output).to_owned()
}

#[test]
fn the_table_is_printed_and_the_same_each_time() {
    let arguments = ["--rate", "50", "--invocations", "2000", "--handler-duration", "log-normal:20ms:150ms"];
    let table = simulated(&arguments);
    assert!(table.starts_with("2000 invocations in "), "{table}");
    for heading in ["cold starts", "throttled", "latency", "p99.9", "in flight", "environments"] {
        assert!(table.contains(heading), "{heading}: {table}");
    }
    assert_eq!(simulated(&arguments), table);
    assert_ne!(simulated(&[&arguments[..], &["--seed", "1"]].concat()), table);
}

#[test]
fn limits_are_those_that_were_given() {
    let arguments = ["--rate", "100", "--invocations", "1000", "--handler-duration", "1s"];
    let table = simulated(&[&arguments[..], &["--reserved", "5"]].concat());
    assert!(table.contains("ReservedFunctionConcurrentInvocationLimitExceeded"), "{table}");
    let table = simulated(&[&arguments[..], &["--account-concurrency", "5"]].concat());
    assert!(table.contains(" ConcurrentInvocationLimitExceeded"), "{table}");
    let table = simulated(&[&arguments[..], &["--reserved", "5", "--asynchronous"]].concat());
    assert!(table.contains("Success"), "{table}");
    let table = simulated(&["--duration", "1h", "--rate", "0h=0,1h=2", "--provisioned", "3"]);
    assert!(table.contains(" in 1h"), "{table}");
}

#[test]
fn the_picture_and_the_rows_go_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let (plot, csv) = (folder.path().join("day.svg"), folder.path().join("day.csv"));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let files = ["--plot", &text(&plot), "--csv", &text(&csv)];
    simulated(&[&["--invocations", "100"][..], &files].concat());
    assert!(fs::read_to_string(plot).unwrap().starts_with("<svg "));
    assert!(fs::read_to_string(csv).unwrap().starts_with("function,start_seconds,"));
}

#[test]
fn arguments_that_cannot_be_simulated_are_named() {
    for (arguments, named) in [
        (&["--rate", "often"][..], "--rate"),
        (&["--rate=-1"], "--rate"),
        (&["--rate", "0h=1,noon=2"], "noon"),
        (&["--handler-duration", "long"], "--handler-duration"),
        (&["--init-duration", "normal:1ms:2ms"], "--init-duration"),
        (&["--invocations", "5", "--duration", "1h"], "--duration"),
        (&["--reserved", "3", "--provisioned", "4"], "--provisioned 4 is more than the 3"),
        (&["--reserved", "30", "--account-concurrency", "20"], "--reserved 30 is more than the 20"),
        (&["--provisioned", "21", "--account-concurrency", "20"], "--provisioned 21"),
        (
            &["--invocations", "5", "--plot", "/no/such/folder/day.svg"],
            "cannot write /no/such/folder/day.svg",
        ),
    ] {
        let output = run(&[&["simulate"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(error(&output).starts_with("error: "), "{arguments:?}");
        assert!(stderr(&output).contains(named), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}
