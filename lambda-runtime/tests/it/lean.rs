//! A Runtime API on a thread of its own that answers as fast as it can: fixed buffers, blocking sockets, and
//! nothing allocated after it has started, so that a test can count what the runtime allocates.
//!
//! It knows two calls, next and a post, and does not check much; `script` is the strict one. The binary
//! that counts allocations includes this file, too.

#![expect(clippy::unwrap_used, reason = "a service that cannot go on fails the test")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use lambda_runtime::RuntimeApi;

const EVENT: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-000000000000\r\n\
    Lambda-Runtime-Invocation-Id: 2f1d7b9c-e9f4-11e8-9739-2dfe598c3fcd\r\n\
    Lambda-Runtime-Deadline-Ms: 1700000003000\r\n\
    Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:lean\r\n\
    Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n\
    Content-Type: application/json\r\n\
    Content-Length: 28\r\n\r\n{\"order\":42,\"items\":[1,2,3]}";
const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\n\
    Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
const END: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

/// What a lean service saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) connections: u32,
    pub(crate) responses: u32,
    pub(crate) errors: u32,
}

/// A running service.
pub(crate) struct Lean {
    address: SocketAddr,
    is_stopping: Arc<AtomicBool>,
    thread: JoinHandle<Served>,
}

impl Lean {
    /// Starts a service that gives out this many events, and then ends the runtime.
    pub(crate) fn start(events: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_stopping = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&is_stopping);
        let thread = thread::spawn(move || serve(&listener, events, &stopping));
        Self { address, is_stopping, thread }
    }

    pub(crate) fn api(&self) -> RuntimeApi {
        RuntimeApi::tcp(&self.address.to_string()).unwrap()
    }

    /// Ends the service, whether or not all events have been given out. The runtime must have ended.
    pub(crate) fn stop(self) -> Served {
        self.is_stopping.store(true, Ordering::Release);
        // Wakes the service up; one that has panicked no longer listens.
        let _awake = TcpStream::connect(self.address);
        self.thread.join().unwrap()
    }
}

fn serve(listener: &TcpListener, mut left: u32, is_stopping: &AtomicBool) -> Served {
    let mut served = Served::default();
    loop {
        let (mut stream, _) = listener.accept().unwrap();
        if is_stopping.load(Ordering::Acquire) {
            break;
        }
        stream.set_nodelay(true).unwrap();
        served.connections += 1;
        serve_connection(&mut stream, &mut left, &mut served);
    }
    // A connection that was opened beside the one in use is waiting here; one of those was the call to wake
    // up.
    listener.set_nonblocking(true).unwrap();
    while listener.accept().is_ok() {
        served.connections += 1;
    }
    served
}

/// Serves one connection until either side closes it.
fn serve_connection(stream: &mut TcpStream, left: &mut u32, served: &mut Served) {
    let mut event = [0; EVENT.len()];
    event.copy_from_slice(EVENT);
    let id = EVENT.windows(12).position(|window| window == b"000000000000").unwrap();
    let mut call = [0; 8 * 1024];
    let mut unread = 0;
    loop {
        // The runtime makes one call at a time, so whatever is there is one call or a part of it.
        let length = loop {
            if let Some(length) = whole_call(&call[..unread]) {
                break length;
            }
            match stream.read(&mut call[unread..]) {
                Ok(0) | Err(_) => return,
                Ok(read) => unread += read,
            }
        };
        assert_eq!(length, unread, "two calls at a time");
        unread = 0;
        let head = &call[..length];
        if head.starts_with(b"POST ") {
            let is_error = head.windows(14).any(|window| window == b"/error HTTP/1.");
            *(if is_error { &mut served.errors } else { &mut served.responses }) += 1;
            stream.write_all(ACCEPTED).unwrap();
        } else if *left == 0 {
            stream.write_all(END).unwrap();
            return;
        } else {
            *left -= 1;
            write!(&mut event[id..id + 12], "{left:012}").unwrap();
            stream.write_all(&event).unwrap();
        }
    }
}

/// Length of the call, once it is there to its end.
fn whole_call(bytes: &[u8]) -> Option<usize> {
    const LENGTH: &[u8] = b"content-length: ";

    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let at = bytes[..head].windows(LENGTH.len()).position(|window| window.eq_ignore_ascii_case(LENGTH));
    let body = at.map_or(0, |at| {
        let digits = bytes[at + LENGTH.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |length, digit| 10 * length + usize::from(digit - b'0'))
    });
    (bytes.len() >= head + body).then_some(head + body)
}
