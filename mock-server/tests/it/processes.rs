//! Functions that are real child processes: scripts that a test has written.
//!
//! Time is real, so time-outs are short where they are wanted and long where not.

#![expect(clippy::unwrap_used, reason = "a function that cannot be set up fails the test")]

use std::path::{Path, PathBuf};

use mock_server::{Event, ExtensionEvent, Function, FunctionBuilder, MockLambda, Outcome};

use crate::{folder::Folder, wait::PATIENCE};

mod environment;
mod exits;
mod freezing;
mod layers;
mod lifetime;
#[cfg(target_os = "linux")]
mod memory;
mod output;
mod scale_out;
mod starting;
mod tmp;
mod versions;
mod wrapper;

/// A function that has all the time it needs.
fn patient() -> FunctionBuilder {
    MockLambda::new().function("f").timeout(PATIENCE).init_timeout(PATIENCE)
}

fn function(bootstrap: impl AsRef<Path>) -> Function {
    patient().bootstrap(bootstrap).unwrap()
}

/// An answer that the platform makes itself.
fn platform_error(outcome: &Outcome, error_type: &str, message: &str) -> String {
    let id = outcome.request_id();
    format!(r#"{{"errorType":"{error_type}","errorMessage":"RequestId: {id} Error: {message}"}}"#)
}

/// Functions that every extension here can use.
const EXTENSION: &str = r#"#!/usr/bin/env python3
import http.client, os, sys

def write(line):
    print(line, flush=True)

def wait():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    name = {"Lambda-Extension-Name": os.path.basename(sys.argv[0])}
    api.request("POST", "/2020-01-01/extension/register", "{\"events\":[]}", name)
    reply = api.getresponse()
    reply.read()
    identifier = {"Lambda-Extension-Identifier": reply.getheader("Lambda-Extension-Identifier")}
    api.request("GET", "/2020-01-01/extension/event/next", None, identifier)
    api.getresponse()

"#;

/// The executable of an external extension that runs these lines and then waits for ever.
pub(crate) fn extension(folder: &Folder, name: &str, lines: &str) -> PathBuf {
    let path = folder.path().join(name);
    // Made under another name, and then there is no bootstrap yet.
    std::fs::rename(folder.executable(&format!("{EXTENSION}{lines}\nwait()\n")), &path).unwrap();
    path
}

/// All lines of an extension.
fn extension_lines(function: &Function, extension: &str) -> Vec<String> {
    let line = |event| match event {
        Event::Extension { name, event: ExtensionEvent::Output { line } } if name == extension => Some(line),
        _ => None,
    };
    function.timeline().entries().into_iter().filter_map(|entry| line(entry.event)).collect()
}
