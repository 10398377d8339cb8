//! `extension_basic` under AWS's own runtime interface emulator, which `LAMBDA_RIE` names: `eval "$(.ci/peers)"`.
//! Without it there is nothing to be tested, and the test says so.
//!
//! The emulator looks for extensions in `/opt/extensions`, so it gets a view of the file system of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::fs::symlink,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::sleep,
};

use crate::{played::soon, run_all::event};

/// Shows the folder given first as `/opt`, and becomes the rest.
const ROOM: &str = r#"mount --bind "$1" /opt && shift && exec "$@""#;

/// As root, and as somebody who is root inside only.
const UNSHARE: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];

/// A program in a room where this folder is `/opt`.
fn in_room(unshare: &[&str], opt: &Path, program: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(unshare).args(["sh", "-c", ROOM, "sh"]).arg(opt).arg(program);
    command
}

fn is_there_room(unshare: &[&str], opt: &Path) -> bool {
    let mut command = in_room(unshare, opt, "true");
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Two addresses that nobody listens on. The emulator takes them as numbers, and somewhat later; so they are below those
/// that Linux gives to others meanwhile.
fn free_addresses() -> [SocketAddr; 2] {
    const FIRST: u16 = 10_000;
    const LAST: u16 = 30_000;

    // Test runs that take place at the same time begin in different places.
    let begin = FIRST + (std::process::id() % u32::from(LAST - FIRST)) as u16;
    let listeners = (begin..LAST).chain(FIRST..begin).filter_map(|port| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
        Some((listener.local_addr().ok()?, listener))
    });
    let found: Vec<(SocketAddr, TcpListener)> = listeners.take(2).collect();
    [found[0].0, found[1].0]
}

/// A running emulator; killed when dropped, and its guests go with it.
struct Emulator {
    process: Child,
    front: SocketAddr,
    lines: UnboundedReceiver<String>,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _waited_for = self.process.wait();
    }
}

impl Emulator {
    /// Starts it with `hello`; `None` if it ends at once, as it does when an address is taken after all.
    async fn start(mut command: Command) -> Option<Self> {
        let [api, front] = free_addresses();
        let (reader, writer) = std::io::pipe().unwrap();
        command
            .args(["--runtime-api-address", &api.to_string()])
            .args(["--runtime-interface-emulator-address", &front.to_string()])
            .arg(env!("CARGO_BIN_EXE_hello"))
            .env("AWS_LAMBDA_FUNCTION_NAME", "hello")
            .stdin(Stdio::null())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer);
        let process = command.spawn().unwrap();
        // It holds the writing end.
        drop(command);
        let (line, lines) = unbounded_channel();
        std::thread::spawn(move || {
            let read = BufReader::new(reader).split(b'\n').map_while(Result::ok);
            read.map(|text| String::from_utf8_lossy(&text).into_owned()).all(|text| line.send(text).is_ok())
        });
        let mut emulator = Self { process, front, lines };
        // It does not say when it listens.
        while TcpStream::connect(front).await.is_err() {
            if emulator.process.try_wait().unwrap().is_some() {
                return None;
            }
            sleep(Duration::from_millis(5)).await;
        }
        Some(emulator)
    }

    /// Invokes the function; the whole reply.
    async fn invoke(&self, payload: &[u8]) -> String {
        let mut caller = TcpStream::connect(self.front).await.unwrap();
        let path = "/2015-03-31/functions/function/invocations";
        let length = payload.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}");
        caller.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
        caller.write_all(payload).await.unwrap();
        let mut reply = String::new();
        soon(caller.read_to_string(&mut reply)).await.unwrap();
        reply
    }

    /// Waits for a line of the emulator or of one of its guests.
    async fn line(&mut self, is_it: impl Fn(&str) -> bool) -> String {
        let mut others = Vec::new();
        loop {
            let line = soon(self.lines.recv()).await;
            match line.unwrap_or_else(|| panic!("it is not among these:\n{}", others.join("\n"))) {
                line if is_it(&line) => return line,
                line => others.push(line),
            }
        }
    }

    /// Waits until it and its guests are gone; whether it ended well.
    async fn end(&mut self) -> bool {
        while soon(self.lines.recv()).await.is_some() {}
        self.process.wait().unwrap().success()
    }

    /// Tells it to end. `unshare` and the shell have become the emulator, so this is its process.
    fn terminate(&self) {
        let process = Pid::from_raw(self.process.id().cast_signed()).unwrap();
        kill_process(process, Signal::TERM).unwrap();
    }
}

#[tokio::test]
async fn basic_sees_invocation_and_shutdown_under_the_emulator_of_aws() {
    let Some(program) = std::env::var("LAMBDA_RIE").ok().filter(|path| !path.is_empty()) else {
        eprintln!("skipped: LAMBDA_RIE does not name AWS's emulator");
        return;
    };
    let opt = TempDir::new().unwrap();
    let extensions = opt.path().join("extensions");
    fs::create_dir(&extensions).unwrap();
    symlink(env!("CARGO_BIN_EXE_extension_basic"), extensions.join("extension_basic")).unwrap();
    let Some(unshare) = UNSHARE.into_iter().find(|unshare| is_there_room(unshare, opt.path())) else {
        eprintln!("skipped: extensions have to be in /opt/extensions, and unshare does not work here");
        return;
    };
    let start = async {
        loop {
            if let Some(emulator) = Emulator::start(in_room(unshare, opt.path(), &program)).await {
                return emulator;
            }
        }
    };
    let mut emulator = soon(start).await;

    let reply = emulator.invoke(&event("weather.json")).await;
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.contains("It is 7.9 °C"), "{reply}");
    let start = emulator.line(|line| line.starts_with("START RequestId: ")).await;
    let request_id = start.split_whitespace().nth(2).unwrap().to_owned();
    emulator.line(|line| line == format!("hello was invoked: {request_id}")).await;

    emulator.terminate();
    emulator.line(|line| line == "the end: SandboxTerminated").await;
    // It takes its guests with it if it is not killed first.
    assert!(emulator.end().await);
}
