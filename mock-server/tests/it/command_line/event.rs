//! `mock-server event`: what it prints, and that functions get it.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use super::{command, error, run, stderr, stdout};
use crate::folder::Folder;

/// The names in the list.
fn listed() -> Vec<String> {
    let output = run(&["event", "--list"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    let names = stdout(&output).lines().map(|line| line.split(' ').next().unwrap().to_owned());
    names.collect()
}

#[test]
fn the_list_has_every_event_with_a_sentence() {
    let output = run(&["event", "--list"]);
    let list = stdout(&output);
    let sqs = list.lines().find(|line| line.starts_with("sqs ")).unwrap();
    assert!(sqs.ends_with("  Two messages, the first with attributes of its sender."), "{sqs}");
    let url = list.lines().find(|line| line.starts_with("lambda-url ")).unwrap();
    assert!(url.ends_with(" Also: function-url."), "{url}");
    let names = listed();
    assert!(names.len() > 100 && names.is_sorted(), "{names:?}");
}

#[test]
fn every_event_reaches_a_function_as_it_was_printed() {
    let folder = Folder::new();
    let bootstrap = folder.python("request_id, event = next()\nrespond(request_id, event)\nnext()");
    let bootstrap = bootstrap.to_str().unwrap();
    let reaches = |name: &String| {
        let event = run(&["event", name]);
        let mut child = command(&["invoke", "--timeout", "1m", "--bootstrap", bootstrap, "--event", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&event.stdout).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        assert_eq!(stdout(&output), format!("{}\n", stdout(&event)), "{name}");
    };
    // Each is a process or two, so that some are run at once.
    let names = listed();
    std::thread::scope(|scope| {
        for names in names.chunks(names.len().div_ceil(4)) {
            scope.spawn(move || names.iter().for_each(reaches));
        }
    });
}

#[test]
fn values_are_set_one_after_the_other_and_nothing_else_is_changed() {
    let before = run(&["event", "sqs"]);
    let output = run(&["event", "sqs", "--set", "Records[0].body=1", "--set", "Records[0].body=hello world"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    let pairs = stdout(&before).lines().zip(stdout(&output).lines());
    let changed: Vec<_> = pairs.filter(|(one, other)| one != other).map(|(_, other)| other.trim()).collect();
    assert_eq!(changed, ["\"body\": \"hello world\","]);
}

#[test]
fn an_unknown_event_and_an_unknown_path_are_named() {
    for (arguments, message) in [
        (&["event", "sqss"][..], "error: there is no event sqss; is it sqs or "),
        (
            &["event", "sqs", "--set", "Records[7].body=1"],
            "error: --set Records[7].body: there is no element [7] in Records",
        ),
        (
            &["event", "sqs", "--set", "Records[0].text=1"],
            "error: --set Records[0].text: there is no member text in Records[0]",
        ),
        (&["event", "sqs", "--set", "body"], "error: invalid value 'body' for '--set <PATH=VALUE>'"),
        (&["event"], "error: the following required arguments were not provided"),
    ] {
        let output = run(arguments);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
        assert!(error(&output).starts_with(message), "{}", error(&output));
    }
}

#[test]
fn others_can_read_what_is_printed() {
    let output = run(&["event", "apigw-http", "--set", "headers[\"x-forwarded-for\"]=192.0.2.1"]);
    let file = Folder::new();
    let path = file.file("event.json", stdout(&output));
    let script = "import json, sys\nprint(json.load(open(sys.argv[1]))['headers']['x-forwarded-for'])";
    let read = Command::new("python3").args(["-c", script, path.to_str().unwrap()]).output().unwrap();
    assert_eq!(stdout(&read), "192.0.2.1\n", "{}", stderr(&read));
}
