//! Folders with bootstraps that a test has written, and guests that are processes.
//!
//! Most scripts are for `sh`; those that must answer use python's own HTTP client. How a process is watched
//! without asking for its id is in [`Lifeline`].

#![expect(clippy::unwrap_used, reason = "a folder that cannot be written fails the test")]

use std::{
    fs::{self, File},
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use mock_server::{Event, Function, Invocation, MockLambda, Outcome};
use tempfile::TempDir;
use tokio::{net::TcpStream, sync::oneshot, task::JoinHandle};

use crate::{
    raw::Connection,
    wait::{PATIENCE, seen, soon},
};

/// Functions that every python bootstrap here can use.
const PYTHON: &str = r#"#!/usr/bin/env python3
import http.client, json, os, signal, socket, sys

address = os.environ["AWS_LAMBDA_RUNTIME_API"]
api = http.client.HTTPConnection(address)

def call(method, path, body=None, headers={}):
    api.request(method, "/2018-06-01/runtime/" + path, body, headers)
    reply = api.getresponse()
    return reply, reply.read()

def next():
    reply, event = call("GET", "invocation/next")
    return reply.getheader("Lambda-Runtime-Aws-Request-Id"), event

def respond(request_id, body, headers={}):
    return call("POST", "invocation/" + request_id + "/response", body, headers)

def write(line):
    print(line, flush=True)

"#;

/// A folder with a bootstrap in it; removed when dropped.
pub(crate) struct Folder {
    folder: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A bootstrap for `sh`.
    pub(crate) fn sh(&self, lines: &str) -> PathBuf {
        self.executable(&format!("#!/bin/sh\n{lines}\n"))
    }

    /// A bootstrap for python, with the functions above.
    pub(crate) fn python(&self, lines: &str) -> PathBuf {
        self.executable(&format!("{PYTHON}{lines}\n"))
    }

    /// A bootstrap with exactly this content.
    ///
    /// It is copied by another process: were it open for writing in this one, a process that another test
    /// starts at this moment would hold it open too, and Linux executes no file that is being written.
    pub(crate) fn executable(&self, content: &str) -> PathBuf {
        let (source, path) = (self.file("source", content), self.path().join("bootstrap"));
        let copied = Command::new("cp").args([&source, &path]).status().unwrap();
        assert!(copied.success());
        fs::remove_file(source).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

/// Knows when a process and all that it has started are gone.
///
/// They hold a pipe open for writing, and the end of the pipe is the end of the last of them. Ids would not
/// do: a process that was killed keeps its id until its parent has asked for it, and may have none.
pub(crate) struct Lifeline {
    path: PathBuf,
    gone: oneshot::Receiver<File>,
}

impl Lifeline {
    pub(crate) fn new(folder: &Folder) -> Self {
        let path = folder.path().join("lifeline");
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let (sender, gone) = oneshot::channel();
        let reading = path.clone();
        // A thread of its own, because it would keep the test's runtime from ending if nobody held the pipe.
        std::thread::spawn(move || {
            let mut pipe = File::open(reading).unwrap();
            let _until_all_are_gone = pipe.read_to_end(&mut Vec::new());
            // Kept open, so that a process that is started once more does not wait for somebody to read.
            let _test_is_over = sender.send(pipe);
        });
        Self { path, gone }
    }

    /// What a script has to open for writing.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The line with which a shell takes hold of it, for itself and all that it starts later.
    pub(crate) fn hold(&self) -> String {
        format!("exec 9>'{}'", self.path.display())
    }

    pub(crate) fn is_held(&mut self) -> bool {
        matches!(self.gone.try_recv(), Err(oneshot::error::TryRecvError::Empty))
    }

    /// Waits until all are gone.
    pub(crate) async fn ended(self) {
        soon(self.gone).await.unwrap();
    }
}

/// A function that is a process, in whose place the test connects and speaks over TCP.
pub(crate) struct OnSocket {
    pub(crate) function: Function,
    address: String,
    _folder: Folder,
}

impl OnSocket {
    /// Invokes the function for the first time.
    pub(crate) async fn invoked(
        invocation: impl Into<Invocation>,
        configure: impl FnOnce(mock_server::FunctionBuilder) -> mock_server::FunctionBuilder,
    ) -> (Self, JoinHandle<Outcome>) {
        let folder = Folder::new();
        let script = folder.sh("echo \"$AWS_LAMBDA_RUNTIME_API\"\nexec sleep 600");
        let builder = MockLambda::new().function("f").timeout(PATIENCE).init_timeout(PATIENCE);
        let function = configure(builder).bootstrap(script).unwrap();
        let (handle, invocation) = (function.clone(), invocation.into());
        let outcome = tokio::spawn(async move { handle.invoke(invocation).await });
        let entry = seen(function.timeline(), |event| matches!(event, Event::Output { .. })).await;
        let Event::Output { line: address } = entry.event else { unreachable!() };
        (Self { function, address, _folder: folder }, outcome)
    }

    pub(crate) async fn connect(&self) -> Connection<TcpStream> {
        Connection::tcp(&self.address).await
    }
}
