//! The Extensions API for one extension and one script, over plain sockets: so many events, or so many batches of
//! telemetry, then the shutdown.
//!
//! What it does not do: check the calls, or keep an environment. Whoever asks again after the shutdown is answered 500,
//! because AWS's own crate does so, and ends by that.

use std::{
    io::{BufRead, BufReader, ErrorKind, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use benches::Result;

/// What an extension is given before the shutdown.
#[derive(Clone, Debug)]
pub(crate) enum Script {
    /// So many invocations, each after a pause.
    Events { count: usize, pause: Duration },
    /// This batch of so many records so many times, once the extension is ready.
    Batches { body: Arc<str>, records: usize, count: usize },
}

impl Script {
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Events { count, .. } | Self::Batches { count, .. } => *count,
        }
    }
}

/// A server at work, for one process.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    script: Script,
    progress: Mutex<Progress>,
    is_over: AtomicBool,
}

#[derive(Debug, Default)]
struct Progress {
    given: usize,
    is_shut_down: bool,
    telemetry_port: Option<u16>,
    failure: Option<String>,
}

impl Server {
    pub(crate) fn start(script: Script) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let is_over = AtomicBool::new(false);
        let shared = Arc::new(Shared { script, progress: Mutex::default(), is_over });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Ok(Self { address, shared, accepting })
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Ends the server; an error if the script was not played to its end.
    pub(crate) fn finish(self) -> Result<()> {
        self.shared.is_over.store(true, Ordering::Release);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
        self.accepting.join().map_err(|_| "the server panicked")?;
        let progress = self.shared.progress();
        let is_complete = progress.given == self.shared.script.length() && progress.is_shut_down;
        match &progress.failure {
            Some(failure) => Err(failure.clone().into()),
            None if is_complete => Ok(()),
            None => Err(format!("the extension has left early: {progress:?}").into()),
        }
    }
}

impl Shared {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.is_over.load(Ordering::Acquire) {
            return;
        }
        let shared = Arc::clone(shared);
        // Ends when the extension's end of the connection is closed.
        thread::spawn(move || {
            let served = stream.map_err(Into::into).and_then(|stream| serve(stream, &shared));
            if let Err(failure) = served {
                shared.progress().failure.get_or_insert(failure.to_string());
            }
        });
    }
}

struct Call {
    line: String,
    body: Vec<u8>,
}

fn serve(mut stream: TcpStream, shared: &Shared) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(call) = read(&mut reader)? {
        let (reply, is_last) = answer(&call, shared)?;
        match stream.write_all(reply.as_bytes()) {
            Ok(()) if !is_last => {}
            _ => break,
        }
    }
    Ok(())
}

/// Reads a request; `None` if there is no other.
fn read(reader: &mut impl BufRead) -> Result<Option<Call>> {
    let mut line = String::new();
    // A process that ends may cut its connection off.
    if reader.read_line(&mut line).unwrap_or_default() == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Call { line, body }))
}

/// What is answered, and whether the connection is closed after it.
fn answer(call: &Call, shared: &Shared) -> Result<(String, bool)> {
    const ID: &str = "Lambda-Extension-Identifier: 5f1c2d7e-0000-4000-8000-000000000001\r\n";
    const FUNCTION: &str =
        r#"{"functionName":"orders","functionVersion":"$LATEST","handler":"lambda_function.lambda_handler"}"#;

    let mut words = call.line.split(' ');
    let reply = match (words.next(), words.next()) {
        (Some("POST"), Some("/2020-01-01/extension/register")) => reply("200 OK", ID, FUNCTION),
        (Some("PUT"), Some("/2022-07-01/telemetry")) => {
            shared.progress().telemetry_port = Some(port(&call.body)?);
            reply("200 OK", "", r#""OK""#)
        }
        (Some("GET"), Some("/2020-01-01/extension/event/next")) => return next(shared),
        _ => return Err(format!("an unexpected call: {}", call.line.trim_end()).into()),
    };
    Ok((reply, false))
}

fn next(shared: &Shared) -> Result<(String, bool)> {
    const JSON: &str = "Content-Type: application/json\r\n";
    const SHUTDOWN: &str =
        r#"{"eventType":"SHUTDOWN","deadlineMs":4102444802000,"shutdownReason":"spindown"}"#;
    const ERROR: &str = r#"{"errorMessage":"the environment is gone","errorType":"Sandbox.Gone"}"#;

    if let Script::Events { pause, .. } = shared.script {
        thread::sleep(pause);
    }
    let mut progress = shared.progress();
    if let (Script::Batches { body, count, .. }, 0) = (&shared.script, progress.given) {
        deliver(progress.telemetry_port.ok_or("nobody has subscribed")?, body, *count)?;
        progress.given = *count;
    }
    if progress.given < shared.script.length() {
        progress.given += 1;
        let number = progress.given;
        let event =
            format!("{JSON}Lambda-Extension-Event-Identifier: 7f1c2d7e-0000-4000-8000-{number:012}\r\n");
        return Ok((reply("200 OK", &event, &invoke(number)), false));
    }
    if progress.is_shut_down {
        let headers = format!("{JSON}Connection: close\r\n");
        return Ok((reply("500 Internal Server Error", &headers, ERROR), true));
    }
    progress.is_shut_down = true;
    Ok((reply("200 OK", "Content-Type: text/plain; charset=utf-8\r\n", SHUTDOWN), false))
}

fn invoke(number: usize) -> String {
    format!(
        r#"{{"eventType":"INVOKE","deadlineMs":4102444800123,"requestId":"6f1c2d7e-0000-4000-8000-{number:012}","invokedFunctionArn":"arn:aws:lambda:eu-west-1:123456789012:function:orders","tracing":{{"type":"X-Amzn-Trace-Id","value":"Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1"}}}}"#
    )
}

fn reply(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}Date: Fri, 20 Nov 2026 10:00:00 GMT\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// The port of the destination in a subscription.
fn port(subscription: &[u8]) -> Result<u16> {
    const HOST: &str = "sandbox.localdomain:";

    let text = std::str::from_utf8(subscription)?;
    let (_, rest) = text.split_once(HOST).ok_or("no destination in the subscription")?;
    let digits = rest.split(|character: char| !character.is_ascii_digit()).next();
    Ok(digits.unwrap_or_default().parse()?)
}

/// Posts a batch so many times over one connection, each when the one before is acknowledged.
fn deliver(port: u16, body: &str, count: usize) -> Result<()> {
    let mut stream = connect(port)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: sandbox.localdomain:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    for _ in 0..count {
        stream.write_all(request.as_bytes())?;
        let Some(reply) = read(&mut reader)? else { return Err("a batch was not acknowledged".into()) };
        if !reply.line.starts_with("HTTP/1.1 200 ") {
            return Err(format!("a batch was refused: {}", reply.line.trim_end()).into());
        }
    }
    Ok(())
}

/// AWS's own crate opens its listener some time after it has subscribed.
fn connect(port: u16) -> Result<TcpStream> {
    for _ in 0..1_000 {
        match TcpStream::connect(("127.0.0.1", port)) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                thread::sleep(Duration::from_millis(10));
            }
            connected => return Ok(connected?),
        }
    }
    Err("nobody listens for telemetry".into())
}
