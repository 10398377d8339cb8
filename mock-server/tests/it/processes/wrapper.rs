//! Processes that are run by another program.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use mock_server::{Function, StartError};

use super::{extension, extension_lines, patient, platform_error};
use crate::{
    folder::{Folder, Lifeline},
    guest,
    wait::soon,
};

const ECHO: &str = "while True:\n    request_id, event = next()\n    respond(request_id, event)";

/// A program that says what it was started with and becomes its last argument.
fn program(folder: &Folder) -> PathBuf {
    let path = folder.path().join("program");
    let lines = "#!/bin/sh\necho \"$1 $2 $# $_HANDLER\"\nshift 2\nexec \"$@\"\n";
    fs::rename(folder.executable(lines), &path).unwrap();
    path
}

fn wrapped(folder: &Folder) -> Function {
    let wrapper = program(folder);
    let audit = extension(folder, "audit", "write('here')");
    let builder = patient().wrapper(wrapper, ["one", "t w o"]).extension(audit);
    builder.bootstrap(folder.python(ECHO)).unwrap()
}

#[tokio::test]
async fn every_process_is_run_by_the_program_with_its_arguments_and_variables() {
    let folder = Folder::new();
    let function = wrapped(&folder);
    let outcome = soon(function.invoke("1")).await;
    assert_eq!(outcome.payload(), "1");
    assert_eq!(outcome.logs(), ["one t w o 3 bootstrap"]);
    assert_eq!(extension_lines(&function, "audit"), ["one t w o 3 ", "here"]);
}

#[tokio::test]
async fn an_extension_beside_a_runtime_in_this_process_is_wrapped_too() {
    let folder = Folder::new();
    let (wrapper, audit) = (program(&folder), extension(&folder, "audit", ""));
    let function = patient().wrapper(wrapper, ["one", "two"]).extension(audit).in_process(guest::echo);
    assert_eq!(soon(function.invoke("1")).await.payload(), "1");
    assert_eq!(extension_lines(&function, "audit"), ["one two 3 "]);
}

#[tokio::test]
async fn a_program_that_does_not_end_with_its_child_is_killed() {
    let folder = Folder::new();
    let lifeline = Lifeline::new(&folder);
    let script = folder.sh("exit 0");
    let lines = format!("{}; \"$0\"; exec sleep 600", lifeline.hold());
    let short = Duration::from_millis(200);
    let function = patient().timeout(short).init_timeout(short).wrapper("sh", ["-c", &lines]);
    let function = function.bootstrap(script).unwrap();
    assert!(soon(function.invoke("{}")).await.is_timeout());
    lifeline.ended().await;
}

#[tokio::test]
async fn what_the_program_would_run_is_looked_at_first() {
    let folder = Folder::new();
    let script = folder.sh("exit 0");
    let function = patient().wrapper("env", [""; 0]).bootstrap(folder.path()).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = soon(function.invoke("{}")).await;
    let message = format!("fork/exec {}: permission denied", script.display());
    assert_eq!(outcome.payload(), &platform_error(&outcome, "Runtime.InvalidEntrypoint", &message));
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let folder = Folder::new();
    let script = folder.sh("exit 0");
    for name in ["no-such-program", "./no/such/program"] {
        let refused = patient().wrapper(name, [""; 0]).bootstrap(&script);
        assert!(matches!(refused, Err(StartError::Missing { path }) if *path == *name));
    }
}
