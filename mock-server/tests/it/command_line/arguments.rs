//! Help, usage, and arguments that cannot be right.

use super::{error, run, stderr, stdout};

#[test]
fn without_arguments_the_usage_is_shown() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("Usage: mock-server <COMMAND>"), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
}

#[test]
fn help_teaches() {
    let output = run(&["--help"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    let help = stdout(&output);
    assert!(help.contains("invoke") && help.contains("serve") && help.contains("Exit status"), "{help}");
    for (command, example) in [
        ("invoke", "mock-server invoke --bin hello --event examples/events/weather.json"),
        ("serve", "mock-server serve --bin hello --name hello"),
        ("simulate", "mock-server simulate --rate 120"),
        ("event", "mock-server event sqs --set 'Records[0].body=hello'"),
        ("package", "mock-server package --bin hello --release --output hello.zip"),
    ] {
        let output = run(&[command, "--help"]);
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
        assert!(stdout(&output).contains("Examples:"), "{}", stdout(&output));
        assert!(stdout(&output).contains(example), "{}", stdout(&output));
    }
    let output = run(&["--version"]);
    assert_eq!(stdout(&output), concat!("mock-server ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn arguments_that_cannot_be_right_are_named() {
    for (arguments, named) in [
        (&["run"][..], "run"),
        (&["invoke"], "--bootstrap"),
        (&["invoke", "--bin", "hello", "--bootstrap", "./hello"], "--bootstrap"),
        (&["invoke", "--bootstrap", "./hello", "--timeout", "soon"], "--timeout"),
        (&["invoke", "--bootstrap", "./hello", "--timeout", "0s"], "--timeout"),
        (&["invoke", "--bootstrap", "./hello", "--timeout", "91m"], "--timeout"),
        (&["invoke", "--bootstrap", "./hello", "--timeout", "500000000000y"], "--timeout"),
        (&["invoke", "--bootstrap", "./hello", "--memory", "much"], "--memory"),
        (&["invoke", "--bootstrap", "./hello", "--env", "NAME"], "--env"),
        (&["invoke", "--bootstrap", "./hello", "--env", "=value"], "--env"),
        (&["invoke", "--bootstrap", "./hello", "--runtime-api", "localhost"], "--runtime-api"),
        (&["invoke", "--bootstrap", "./hello", "--timeout", "3s", "--no-timeout"], "--no-timeout"),
        (&["invoke", "--bootstrap", "./hello", "--log-format", "XML"], "--log-format"),
        (&["invoke", "--bootstrap", "./hello", "--log-level", "loud"], "--log-level"),
        (&["invoke", "--bootstrap", "./hello", "--wrapper-argument", "-f"], "--wrapper"),
        (&["invoke", "--bootstrap", "./hello", "--zip", "f.zip"], "--zip"),
        (&["invoke", "--zip", "f.zip", "--layer", "l.zip", "--opt", "./opt"], "--opt"),
        (&["serve", "--empty", "--zip", "f.zip"], "--zip"),
        (&["serve", "--config", "mock.toml", "--zip", "f.zip"], "--zip"),
        (&["serve", "--bootstrap", "./hello", "--listen", "9000"], "--listen"),
        (&["serve", "--bootstrap", "./hello", "--event", "event.json"], "--event"),
        (&["event", "sqs", "--list"], "--list"),
        (&["package", "--output", "f.zip"], "--bootstrap"),
        (&["package", "--bootstrap", "./hello"], "--output"),
        (
            &["package", "--bootstrap", "./hello", "--extension", "./audit", "--output", "f.zip"],
            "--extension",
        ),
        (&["package", "--layer", "./opt", "--include", "./assets", "--output", "f.zip"], "--include"),
        (&["package", "--bootstrap", "./hello", "--release", "--output", "f.zip"], "--release"),
        (&["package", "--bootstrap", "./hello", "--runtime", "provided", "--output", "f.zip"], "--runtime"),
        (
            &["package", "--bootstrap", "./hello", "--architecture", "arm", "--output", "f.zip"],
            "--architecture",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(error(&output).starts_with("error: "), "{arguments:?}");
        assert!(stderr(&output).contains(named), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}
