//! The Runtime API for one process and one script, over plain sockets: so many invocations, and then the end.
//!
//! What it does not do: check the calls. When everything is given, the next poll waits until the process has been looked
//! at; it is then answered 500 and nobody listens any more, by which every runtime ends.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use benches::Result;

/// What a function is given.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// The event.
    pub(crate) event: Arc<str>,
    /// How often.
    pub(crate) count: usize,
    /// How long each poll waits for it.
    pub(crate) pause: Duration,
}

/// What was seen of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    pub(crate) answers: usize,
    pub(crate) errors: usize,
    /// From the last byte of an event to the last byte of its answer.
    pub(crate) latencies: Vec<Duration>,
    given: usize,
    waiting: usize,
    is_over: bool,
    failure: Option<String>,
}

/// A server at work, for one process.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    script: Script,
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Server {
    pub(crate) fn start(script: Script) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { script, seen: Mutex::default(), changed: Condvar::new() });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Ok(Self { address, shared, accepting })
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until everything is answered and the process polls again; whether it came to that.
    pub(crate) fn wait(&self, patience: Duration) -> bool {
        let script = &self.shared.script;
        let is_busy = |seen: &mut Seen| {
            seen.failure.is_none() && (seen.waiting == 0 || seen.answers + seen.errors < script.count)
        };
        let (seen, waited) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.seen(), patience, is_busy)
            .unwrap_or_else(PoisonError::into_inner);
        !waited.timed_out() && seen.failure.is_none()
    }

    /// Ends the server, and with it the process; an error if the script was not played to its end.
    pub(crate) fn finish(self) -> Result<Seen> {
        self.shared.seen().is_over = true;
        // Wakes the thread that accepts, and only when that has let go of the address those that wait.
        drop(TcpStream::connect(self.address));
        self.accepting.join().map_err(|_| "the server panicked")?;
        self.shared.changed.notify_all();
        let seen = self.shared.seen().clone();
        match &seen.failure {
            Some(failure) => Err(failure.clone().into()),
            None if seen.answers == self.shared.script.count && seen.errors == 0 => Ok(seen),
            None => Err(format!("{} answers and {} errors", seen.answers, seen.errors).into()),
        }
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        {
            let mut seen = shared.seen();
            if seen.is_over {
                return;
            }
            seen.connections += 1;
        }
        let shared = Arc::clone(shared);
        // Ends when the process's end of the connection is closed.
        thread::spawn(move || {
            let served = stream.map_err(Into::into).and_then(|stream| serve(stream, &shared));
            let mut seen = shared.seen();
            if let Err(failure) = served
                && !seen.is_over
            {
                seen.failure.get_or_insert(failure.to_string());
                shared.changed.notify_all();
            }
        });
    }
}

const HEAD: &str = "HTTP/1.1 200 OK\r\n\
    Content-Type: application/json\r\n\
    Lambda-Runtime-Aws-Request-Id: 6f1c2d7e-0000-4000-8000-NUMBER\r\n\
    Lambda-Runtime-Invocation-Id: 2f1d7b9c-0000-4000-8000-NUMBER\r\n\
    Lambda-Runtime-Deadline-Ms: 4102NUMBER\r\n\
    Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:orders\r\n\
    Lambda-Runtime-Trace-Id: Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1\r\n\
    Date: Fri, 20 Nov 2026 10:00:00 GMT\r\n";
const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n\
    Date: Fri, 20 Nov 2026 10:00:00 GMT\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
const OVER: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

#[expect(clippy::disallowed_methods, reason = "what another process takes, only a real clock says")]
fn serve(mut stream: TcpStream, shared: &Shared) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(256 * 1024, stream.try_clone()?);
    let mut begun = Instant::now();
    let event = &shared.script.event;
    let mut body = Vec::new();
    while let Some(line) = read(&mut reader, &mut body)? {
        if line.starts_with("POST ") {
            {
                let took = begun.elapsed();
                let mut seen = shared.seen();
                *(if line.contains("/error ") { &mut seen.errors } else { &mut seen.answers }) += 1;
                seen.latencies.push(took);
            }
            shared.changed.notify_all();
            stream.write_all(ACCEPTED)?;
            continue;
        }
        if !shared.script.pause.is_zero() {
            thread::sleep(shared.script.pause);
        }
        let mut seen = shared.seen();
        if seen.given == shared.script.count {
            seen.waiting += 1;
            shared.changed.notify_all();
            let seen = shared.changed.wait_while(seen, |seen| !seen.is_over);
            drop(seen);
            // It may have gone already.
            let _gone = stream.write_all(OVER);
            return Ok(());
        }
        seen.given += 1;
        let head = HEAD.replace("4102NUMBER", &(4_102_444_800_123 + seen.given).to_string());
        let head = head.replace("NUMBER", &format!("{:012}", seen.given));
        drop(seen);
        let reply = format!("{head}Content-Length: {}\r\n\r\n{event}", event.len());
        stream.write_all(reply.as_bytes())?;
        begun = Instant::now();
    }
    Ok(())
}

/// Reads a request; its first line, or `None` if there is no other.
fn read(reader: &mut impl BufRead, body: &mut Vec<u8>) -> Result<Option<String>> {
    let mut first = String::new();
    // A process that ends may cut its connection off.
    if reader.read_line(&mut first).unwrap_or_default() == 0 {
        return Ok(None);
    }
    let (mut length, mut is_chunked) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
        is_chunked |= name.eq_ignore_ascii_case("transfer-encoding");
    }
    body.clear();
    reader.take(length).read_to_end(body)?;
    while is_chunked {
        let mut size = String::new();
        if reader.read_line(&mut size)? == 0 {
            return Err("a stream was cut off".into());
        }
        let size = u64::from_str_radix(size.trim_end(), 16)?;
        is_chunked = size > 0;
        reader.take(size).read_to_end(body)?;
        // The end of a piece, or the trailers and the end of all.
        while reader.read_line(&mut String::new())? > 2 {}
    }
    Ok(Some(first))
}
