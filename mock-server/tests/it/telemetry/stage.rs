//! A function and its external extensions as processes that do what the test says, line by line.
//!
//! Each process is a shell that reads its commands from a pipe; the calls of the Runtime API and the Extensions API
//! are made by the test on connections of its own. So every word and every call comes when the test wants it.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::Write,
    path::PathBuf,
    process::Command,
};

use mock_server::{Entry, Event, ExtensionEvent, Function, FunctionBuilder, Invocation, MockLambda, Outcome};
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinHandle};

use crate::{
    folder::Folder,
    guest::{self, NEXT},
    raw::{self, Connection, Reply},
    wait::{PATIENCE, soon},
};

/// The name of the runtime among the processes.
pub(super) const RUNTIME: &str = "bootstrap";
pub(super) const TELEMETRY: &str = "/2022-07-01/telemetry";
pub(super) const LOGS: &str = "/2020-08-15/logs";
pub(super) const EXTENSION_NEXT: &str = "/2020-01-01/extension/event/next";

pub(super) struct Stage {
    pub(super) function: Function,
    /// Where commands are written, by the name of the process.
    commands: BTreeMap<String, File>,
    _folder: Folder,
}

impl Stage {
    /// A function with these external extensions.
    pub(super) fn new(
        extensions: &[&str],
        configure: impl FnOnce(FunctionBuilder) -> FunctionBuilder,
    ) -> Self {
        let folder = Folder::new();
        let mut commands = BTreeMap::new();
        let mut script = |name: &str| {
            let pipe = folder.path().join(format!("{name}.commands"));
            assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            // Open for both, it waits for nobody, and the shell never sees its end.
            let file = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
            commands.insert(name.to_owned(), file);
            let made = folder.sh(&format!("exec sh < '{}'", pipe.display()));
            let path = folder.path().join(name);
            if made != path {
                fs::rename(made, &path).unwrap();
            }
            path
        };
        let paths: Vec<PathBuf> = extensions.iter().map(|name| script(name)).collect();
        let bootstrap = script(RUNTIME);
        let builder = MockLambda::new().function("f").timeout(PATIENCE).init_timeout(PATIENCE);
        let builder = paths.into_iter().fold(builder, FunctionBuilder::extension);
        let function = configure(builder).bootstrap(bootstrap).unwrap();
        Self { function, commands, _folder: folder }
    }

    pub(super) fn invoke(&self, request_id: &str) -> JoinHandle<Outcome> {
        self.invoke_with(Invocation::new("{}").request_id(request_id.parse().unwrap()))
    }

    pub(super) fn invoke_with(&self, invocation: Invocation) -> JoinHandle<Outcome> {
        let function = self.function.clone();
        tokio::spawn(async move { function.invoke(invocation).await })
    }

    pub(super) fn shut_down(&self) -> JoinHandle<()> {
        let function = self.function.clone();
        tokio::spawn(async move { function.shut_down().await })
    }

    // === processes ===

    /// Lets a process execute a command, some time.
    pub(super) fn tell(&mut self, process: &str, command: &str) {
        writeln!(self.commands.get_mut(process).unwrap(), "{command}").unwrap();
    }

    /// Lets a process execute a command, and waits for a line that it writes.
    pub(super) async fn ask(&mut self, process: &str, command: &str) -> String {
        let from = self.end();
        self.tell(process, command);
        let is_line = |entry: &Entry| entry.sequence >= from && line_of(process, &entry.event).is_some();
        let entry = soon(self.function.timeline().wait_for(is_line)).await;
        line_of(process, &entry.event).unwrap().to_owned()
    }

    /// Lets a process write a line, and waits until it has been read.
    pub(super) async fn says(&mut self, process: &str, line: &str) {
        assert_eq!(self.ask(process, &format!("echo '{line}'")).await, line);
    }

    /// Lets a process say where it reaches the APIs, which is a line of its output, and connects there.
    pub(super) async fn connect(&mut self, process: &str) -> Connection<TcpStream> {
        let line = self.ask(process, "echo \"api $AWS_LAMBDA_RUNTIME_API\"").await;
        Connection::tcp(line.strip_prefix("api ").unwrap()).await
    }

    /// Lets a process end, and waits until the service knows of it.
    pub(super) async fn end_process(&mut self, process: &str, command: &str) {
        let from = self.end();
        self.tell(process, command);
        self.happens(from, |event| has_exited(process, event)).await;
    }

    // === the record ===

    /// The number of the next entry.
    pub(super) fn end(&self) -> u64 {
        self.function.timeline().entries().last().map_or(0, |entry| entry.sequence + 1)
    }

    /// Waits for an entry from this one on.
    pub(super) async fn happens(&self, from: u64, is_it: impl Fn(&Event) -> bool) -> Entry {
        let timeline = self.function.timeline();
        soon(timeline.wait_for(|entry| entry.sequence >= from && is_it(&entry.event))).await
    }

    /// Sends a request, and waits until the service has taken note of it. It may be answered much later.
    pub(super) async fn calls(&self, connection: &mut Connection<TcpStream>, request: impl AsRef<[u8]>) {
        let from = self.end();
        connection.send(request).await;
        self.happens(from, |event| matches!(event, Event::Called { .. })).await;
    }

    /// Waits for the launch of a process, from this entry on.
    pub(super) async fn launched(&self, from: u64, process: &str) {
        self.happens(from, |event| match event {
            Event::Launched { .. } => process == RUNTIME,
            Event::Extension { name, event: ExtensionEvent::Launched { .. } } => process == name,
            _ => false,
        })
        .await;
    }

    // === calls ===

    /// The extension in a process registers for everything.
    pub(super) async fn register(&mut self, process: &str) -> Extension {
        self.register_as(process, process, &["INVOKE", "SHUTDOWN"]).await
    }

    /// An extension registers from within a process.
    pub(super) async fn register_as(&mut self, process: &str, name: &str, events: &[&str]) -> Extension {
        let mut api = self.connect(process).await;
        let name = [("Lambda-Extension-Name", name)];
        let body = json!({ "events": events }).to_string();
        let registered = api.post_with("/2020-01-01/extension/register", &name, body).await;
        let id = registered.header("lambda-extension-identifier").unwrap().to_owned();
        Extension { api, id }
    }

    /// Asks for work and does not wait for it.
    pub(super) async fn runtime_asks(&self, runtime: &mut Connection<TcpStream>) {
        self.calls(runtime, raw::get(NEXT)).await;
    }

    /// Answers an invocation, and asks for more.
    pub(super) async fn runtime_answers(
        &self,
        runtime: &mut Connection<TcpStream>,
        request_id: &str,
        body: &str,
    ) {
        assert_eq!(runtime.post(&guest::response_path(request_id), body).await.status(), 202);
        self.runtime_asks(runtime).await;
    }

    /// Asks for an event and does not wait for it.
    pub(super) async fn extension_asks(&self, extension: &mut Extension) {
        let identifier = [("Lambda-Extension-Identifier", extension.id.as_str())];
        let request = raw::head("GET", EXTENSION_NEXT, &identifier) + "\r\n";
        self.calls(&mut extension.api, request).await;
    }
}

/// A line that this process has written.
fn line_of<'a>(process: &str, event: &'a Event) -> Option<&'a str> {
    match event {
        Event::Output { line } if process == RUNTIME => Some(line),
        Event::Extension { name, event: ExtensionEvent::Output { line } } if name == process => Some(line),
        _ => None,
    }
}

fn has_exited(process: &str, event: &Event) -> bool {
    match event {
        Event::Exited(_) => process == RUNTIME,
        Event::Extension { name, event: ExtensionEvent::Exited(_) } => name == process,
        _ => false,
    }
}

/// An extension that has registered.
pub(super) struct Extension {
    pub(super) api: Connection<TcpStream>,
    pub(super) id: String,
}

impl Extension {
    pub(super) async fn put(&mut self, path: &str, body: impl AsRef<[u8]>) -> Reply {
        let id = self.id.clone();
        put(&mut self.api, path, Some(&id), body).await
    }

    /// Subscribes, which has to be granted.
    pub(super) async fn subscribe(&mut self, path: &str, body: &Value) {
        let reply = self.put(path, body.to_string()).await;
        assert_eq!(reply.brief(), (200, "\"OK\""));
    }

    /// The event that it has asked for.
    pub(super) async fn event(&mut self) -> Value {
        serde_json::from_slice(&soon(self.api.reply()).await.body).unwrap()
    }
}

/// A request to subscribe, of whoever this is.
pub(super) async fn put(
    api: &mut Connection<TcpStream>,
    path: &str,
    identifier: Option<&str>,
    body: impl AsRef<[u8]>,
) -> Reply {
    let body = body.as_ref();
    let identifier = identifier.map(|identifier| ("Lambda-Extension-Identifier", identifier));
    let head = raw::head("PUT", path, identifier.as_slice());
    let head = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    api.send([head.as_bytes(), body].concat()).await;
    soon(api.reply()).await
}
