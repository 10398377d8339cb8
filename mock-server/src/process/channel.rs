//! What a runtime can write its log events to: a pipe for frames, or a socket for lines of JSON.
//!
//! One invocation at a time, frames come over a descriptor that the process inherits. Where a runtime serves
//! several at once, its workers connect to a socket instead, each for itself. Source: AWS's runtime clients
//! for Python, Node.js and Java.

use std::{
    io::{self, PipeReader},
    os::{
        fd::{AsRawFd, OwnedFd, RawFd},
        unix::net::UnixListener as StdListener,
    },
    path::Path,
    task::{Context, Poll},
};

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use tokio::{
    net::{UnixListener, UnixStream, unix::pipe},
    process::Command,
};

use super::{
    frames::Frames,
    output::{Lines, Output},
};
use crate::{
    guest::{LogChannel, OutputLine},
    log::LogFormat,
};

/// The service's end.
#[derive(Debug)]
pub(super) enum Channel {
    None,
    Frames(Output<pipe::Receiver, Frames>),
    Socket(Socket),
}

impl Channel {
    /// Opens a channel and tells the process of it. What else comes is to be dropped as soon as it runs.
    pub(super) fn open(kind: LogChannel<'_>, command: &mut Command) -> io::Result<(Self, Option<OwnedFd>)> {
        match kind {
            LogChannel::None => Ok((Self::None, None)),
            LogChannel::Frames => {
                let (reader, writer) = inherited_pipe()?;
                command.env("_LAMBDA_TELEMETRY_LOG_FD", writer.as_raw_fd().to_string());
                let reader = pipe::Receiver::from_owned_fd(reader.into())?;
                Ok((Self::Frames(Output::new(reader, Frames::default())), Some(writer)))
            }
            LogChannel::Socket(path) => {
                command.env("_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET", path);
                Ok((Self::Socket(Socket::bind(path)?), None))
            }
        }
    }

    /// Takes at least one event; if there is none, the waker is kept until there is one.
    pub(super) fn poll_lines(&mut self, cx: &mut Context<'_>, lines: &mut Vec<OutputLine>) {
        match self {
            Self::None => {}
            Self::Frames(frames) => frames.poll_lines(cx, lines),
            Self::Socket(socket) => socket.poll_lines(cx, lines),
        }
    }

    /// Takes the complete events that have been written.
    pub(super) fn pending(&mut self, lines: &mut Vec<OutputLine>) {
        match self {
            Self::None => {}
            Self::Frames(frames) => frames.pending(lines),
            Self::Socket(socket) => socket.pending(lines),
        }
    }

    /// Takes what is left, whether it is complete or not.
    pub(super) fn rest(&mut self, lines: &mut Vec<OutputLine>) {
        match self {
            Self::None => {}
            Self::Frames(frames) => frames.rest(lines),
            Self::Socket(socket) => socket.rest(lines),
        }
    }
}

/// A pipe whose writing end the next process inherits.
///
/// Any process inherits it that is started before the writing end is dropped here, which harms nobody: it
/// knows nothing of it, and nobody waits for the pipe to end. The ways that concern one process only need
/// code between fork and exec, and then the C library runs a file that is no program as a shell script.
fn inherited_pipe() -> io::Result<(PipeReader, OwnedFd)> {
    /// The number that Lambda uses; here it is the least, so that it is not one that scripts like to use.
    const LEAST: RawFd = 62;

    let (reader, writer) = io::pipe()?;
    let writer = fcntl_dupfd_cloexec(&writer, LEAST)?;
    fcntl_setfd(&writer, FdFlags::empty())?;
    Ok((reader, writer))
}

/// How many workers may log at once; the next one waits until one has gone.
const CONNECTIONS: usize = 2_048;

/// A listening socket, and the connections to it.
#[derive(Debug)]
pub(super) struct Socket {
    listener: UnixListener,
    /// The same socket, to accept past the reactor.
    direct: StdListener,
    connections: Vec<Output<UnixStream, Lines>>,
}

impl Socket {
    fn bind(path: &Path) -> io::Result<Self> {
        // The process before this one had a socket of this name.
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let direct = StdListener::bind(path)?;
        direct.set_nonblocking(true)?;
        let listener = UnixListener::from_std(direct.try_clone()?)?;
        Ok(Self { listener, direct, connections: Vec::new() })
    }

    fn poll_lines(&mut self, cx: &mut Context<'_>, lines: &mut Vec<OutputLine>) {
        // An error concerns one connection that has failed already; the next poll finds the others.
        while self.connections.len() < CONNECTIONS
            && let Poll::Ready(Ok((stream, _))) = self.listener.poll_accept(cx)
        {
            self.connected(stream);
        }
        for connection in &mut self.connections {
            connection.poll_lines(cx, lines);
        }
        self.connections.retain(|connection| !connection.has_ended());
    }

    fn pending(&mut self, lines: &mut Vec<OutputLine>) {
        while self.connections.len() < CONNECTIONS
            && let Ok((stream, _)) = self.direct.accept()
        {
            let stream = stream.set_nonblocking(true).and_then(|()| UnixStream::from_std(stream));
            stream.into_iter().for_each(|stream| self.connected(stream));
        }
        for connection in &mut self.connections {
            connection.pending(lines);
        }
    }

    fn rest(&mut self, lines: &mut Vec<OutputLine>) {
        self.pending(lines);
        for connection in &mut self.connections {
            connection.rest(lines);
        }
    }

    fn connected(&mut self, stream: UnixStream) {
        self.connections.push(Output::new(stream, Lines::new(LogFormat::Json)));
    }
}

#[cfg(test)]
mod test {
    use std::{future::poll_fn, io::Write, os::unix::net::UnixStream as StdStream, time::Duration};

    use tokio::time::timeout;

    use super::*;

    fn texts(lines: Vec<OutputLine>) -> Vec<String> {
        assert!(lines.iter().all(|line| line.format == LogFormat::Json));
        lines.into_iter().map(|line| line.text).collect()
    }

    #[tokio::test]
    async fn what_has_been_written_is_there_before_the_reactor_knows_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sock");
        let mut socket = Socket::bind(&path).unwrap();
        let [mut one, mut two] = [(); 2].map(|()| StdStream::connect(&path).unwrap());
        one.write_all(b"{\"n\":1}\n{\"n\":").unwrap();
        two.write_all(b"{\"n\":2}\n").unwrap();
        let mut lines = Vec::new();
        socket.pending(&mut lines);
        assert_eq!(texts(lines), [r#"{"n":1}"#, r#"{"n":2}"#]);

        one.write_all(b"3}\n{\"cut").unwrap();
        let mut lines = Vec::new();
        socket.rest(&mut lines);
        assert_eq!(texts(lines), [r#"{"n":3}"#, r#"{"cut"#]);
    }

    #[tokio::test]
    async fn what_is_written_wakes_whoever_waits_and_ended_connections_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sock");
        let mut socket = Socket::bind(&path).unwrap();
        let writer = std::thread::spawn(move || {
            for number in 0..3 {
                writeln!(StdStream::connect(&path).unwrap(), "{number}").unwrap();
            }
        });
        let mut lines = Vec::new();
        let all_are_there = poll_fn(|cx| {
            let taken = lines.len();
            socket.poll_lines(cx, &mut lines);
            if lines.len() > taken {
                cx.waker().wake_by_ref();
            }
            if lines.len() == 3 && socket.connections.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        });
        timeout(Duration::from_secs(60), all_are_there).await.unwrap();
        writer.join().unwrap();
        lines.sort_by(|one, other| one.text.cmp(&other.text));
        assert_eq!(texts(lines), ["0", "1", "2"]);
    }

    #[tokio::test]
    async fn the_next_process_gets_a_socket_of_the_same_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sock");
        drop(Socket::bind(&path).unwrap());
        let mut socket = Socket::bind(&path).unwrap();
        StdStream::connect(&path).unwrap().write_all(b"{}\n").unwrap();
        let mut lines = Vec::new();
        socket.pending(&mut lines);
        assert_eq!(texts(lines), ["{}"]);
    }
}
