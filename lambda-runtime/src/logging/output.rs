//! Where log lines go: stdout, a writer of the user's, a socket, or frames.
//!
//! One call of write per line, under one lock and not two, held for that call only. Nothing here logs.
//!
//! Frames tell where a record ends and how grave it is, so that it may have line breaks. Their layout is that of the
//! open-source [runtime interface clients](https://github.com/aws/aws-lambda-python-runtime-interface-client) and
//! [emulator](https://github.com/aws/aws-lambda-runtime-interface-emulator): type, length, microseconds since 1970 and
//! the record, all numbers big-endian.

#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::{
    cell::Cell,
    fs::{File, OpenOptions},
    io::{self, Write, stdout},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use super::Format;

/// Where lines are asked to go.
pub(super) enum Destination {
    Stdout,
    Writer(Box<dyn Write + Send>),
    /// What makes a writer for each line.
    Maker(Box<dyn Make>),
    /// The path of a Unix socket that takes JSON, one record a line.
    Socket(PathBuf),
    /// The number of a file descriptor that takes frames.
    Frames(u32),
}

impl Destination {
    pub(super) fn is_socket(&self) -> bool {
        matches!(self, Self::Socket(_))
    }
}

/// What is known of a line besides its text.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) format: Format,
    pub(super) level: Level,
    pub(super) time: SystemTime,
    /// Of the event; a line about the logging itself has none.
    pub(super) metadata: Option<&'static Metadata<'static>>,
}

/// Where lines go.
pub(super) struct Output {
    sink: Mutex<Sink>,
    /// Takes the place of the sink if there is one; not under the lock, because it has locks of its own.
    maker: Option<Box<dyn Make>>,
}

enum Sink {
    /// Written to without the sink's lock: a thread that holds stdout's may log, too.
    Stdout,
    Writer(Box<dyn Write + Send>),
    #[cfg(unix)]
    Socket(UnixStream),
    Frames(File),
}

impl Output {
    /// Opens a destination; stdout and the reason, if it cannot be opened.
    pub(super) fn open(destination: Destination) -> (Self, Option<String>) {
        let mut maker = None;
        let (what, opened) = match destination {
            Destination::Maker(made) => {
                maker = Some(made);
                ("the writer".to_owned(), Ok(Sink::Stdout))
            }
            Destination::Stdout => ("stdout".to_owned(), Ok(Sink::Stdout)),
            Destination::Writer(writer) => ("the writer".to_owned(), Ok(Sink::Writer(writer))),
            Destination::Socket(path) => (format!("the log socket {path:?}"), connect(&path)),
            Destination::Frames(number) => {
                // A handle of one's own to the same pipe or file: only unsafe code may take over a bare number.
                let file = OpenOptions::new().append(true).open(format!("/proc/self/fd/{number}"));
                (format!("the log's file descriptor {number}"), file.map(Sink::Frames))
            }
        };
        let (sink, problem) = opened.map_or_else(
            |error| (Sink::Stdout, Some(format!("{what} cannot be opened ({error}); taking stdout"))),
            |sink| (sink, None),
        );
        (Self { sink: Mutex::new(sink), maker }, problem)
    }

    /// Writes a line. If it cannot be written it is lost, except to stdout, where a channel's last line goes.
    pub(super) fn write(&self, head: Head, line: Vec<u8>) {
        // A writer that logs would wait for itself.
        let Some(_turn) = Turn::take() else { return };
        // There is nobody left who could be told of an error.
        if let Some(maker) = &self.maker {
            let _lost = maker.write_line(head.metadata, &terminated(line));
        } else if let Some(line) = self.write_to_sink(head, line) {
            let _lost = write(&mut stdout().lock(), &line);
        }
    }

    /// Writes a line to whatever is not stdout; gives it back if that is where it has to go.
    fn write_to_sink(&self, head: Head, line: Vec<u8>) -> Option<Vec<u8>> {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let (written, line) = match &mut *sink {
            Sink::Stdout => return Some(terminated(line)),
            Sink::Writer(writer) => {
                let _lost = write(writer, &terminated(line));
                return None;
            }
            #[cfg(unix)]
            Sink::Socket(socket) => {
                let line = terminated(line);
                (write(socket, &line), line)
            }
            Sink::Frames(file) => (write(file, &frame(head, &line)), line),
        };
        if written.is_ok() {
            return None;
        }
        *sink = Sink::Stdout;
        Some(terminated(line))
    }
}

#[cfg(unix)]
fn connect(path: &Path) -> io::Result<Sink> {
    UnixStream::connect(path).map(Sink::Socket)
}

#[cfg(not(unix))]
fn connect(_: &Path) -> io::Result<Sink> {
    Err(io::ErrorKind::Unsupported.into())
}

fn write(writer: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    writer.write_all(bytes)?;
    // Whatever waits in a buffer may wait for hours, while the execution environment is frozen.
    writer.flush()
}

/// A line that stays one record where line breaks end records; CloudWatch shows a carriage return as a break.
fn terminated(mut line: Vec<u8>) -> Vec<u8> {
    let mut previous = 0;
    line.retain_mut(|byte| {
        let is_second = previous == b'\r' && *byte == b'\n';
        previous = *byte;
        if *byte == b'\n' {
            *byte = b'\r';
        }
        !is_second
    });
    line.push(b'\n');
    line
}

fn frame(head: Head, line: &[u8]) -> Vec<u8> {
    const JSON: u32 = 0xa55a_0002;
    const TEXT: u32 = 0xa55a_0003;

    let format = match head.format {
        Format::Json => JSON,
        Format::Text => TEXT,
    };
    let level: u32 = match head.level {
        Level::TRACE => 1,
        Level::DEBUG => 2,
        Level::INFO => 3,
        Level::WARN => 4,
        Level::ERROR => 5,
    };
    // A record of 4 GiB is cut, so that its length is true.
    let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
    let since = head.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let micros = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);

    let mut frame = Vec::with_capacity(16 + line.len());
    frame.extend((format | level << 2).to_be_bytes());
    frame.extend(length.to_be_bytes());
    frame.extend(micros.to_be_bytes());
    frame.extend_from_slice(&line[..line.len().min(length as usize)]);
    frame
}

thread_local! {
    static IS_WRITING: Cell<bool> = const { Cell::new(false) };
}

/// The right of a thread to write; it ends also when a writer panics.
struct Turn;

impl Turn {
    /// `None` if the thread is writing already, or is on its way out.
    fn take() -> Option<Self> {
        let was_writing = IS_WRITING.try_with(|is_writing| is_writing.replace(true)).unwrap_or(true);
        // Made only if it is a turn: its end would end the one that is under way.
        (!was_writing).then(|| Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _gone = IS_WRITING.try_with(|is_writing| is_writing.set(false));
    }
}

/// Makes a writer for each line, perhaps by its level.
pub(super) trait Make: Send + Sync {
    /// Writes a line with one writer, so that no other line comes in between.
    fn write_line(&self, metadata: Option<&'static Metadata<'static>>, line: &[u8]) -> io::Result<()>;
}

/// A maker of writers of the user's.
pub(super) struct Made<M>(pub(super) M);

impl<M> Make for Made<M>
where
    M: for<'writer> MakeWriter<'writer> + Send + Sync,
{
    fn write_line(&self, metadata: Option<&'static Metadata<'static>>, line: &[u8]) -> io::Result<()> {
        match metadata {
            Some(metadata) => write(&mut self.0.make_writer_for(metadata), line),
            None => write(&mut self.0.make_writer(), line),
        }
    }
}

#[cfg(test)]
mod test {
    use std::time::Duration;

    use super::*;

    fn head(format: Format, level: Level) -> Head {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_795_168_800_123_456);
        Head { format, level, time, metadata: None }
    }

    #[test]
    fn a_frame_is_type_length_time_and_record() {
        let hex: String =
            frame(head(Format::Json, Level::ERROR), b"{}").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "a55a0016 00000002 000660b24ea4aa40 7b7d".replace(' ', ""));
        let text = frame(head(Format::Text, Level::INFO), b"a\nb");
        assert_eq!((&text[..8], &text[16..]), (&b"\xa5\x5a\x00\x0f\0\0\0\x03"[..], &b"a\nb"[..]));
    }

    #[test]
    fn a_line_ends_with_its_only_line_break() {
        for (line, expected) in
            [("", "\n"), ("a", "a\n"), ("a\nb\r\nc\rd\n", "a\rb\rc\rd\r\n"), ("\n\n\r\r\n", "\r\r\r\r\n")]
        {
            assert_eq!(terminated(line.into()), expected.as_bytes(), "{line:?}");
        }
    }

    #[test]
    fn what_cannot_be_opened_is_named_and_stdout_takes_its_place() {
        for (destination, name) in [
            (Destination::Frames(999_999), "the log's file descriptor 999999 cannot be opened"),
            (
                Destination::Socket("/nowhere/logs".into()),
                "the log socket \"/nowhere/logs\" cannot be opened",
            ),
        ] {
            let (output, problem) = Output::open(destination);
            assert!(matches!(*output.sink.lock().unwrap(), Sink::Stdout));
            let problem = problem.unwrap();
            assert!(problem.starts_with(name) && problem.ends_with("; taking stdout"), "{problem}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_that_breaks_gives_way_to_stdout() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        let output = Output { sink: Mutex::new(Sink::Socket(ours)), maker: None };
        output.write(head(Format::Json, Level::INFO), b"{\"to\":\"stdout\"}".to_vec());
        assert!(matches!(*output.sink.lock().unwrap(), Sink::Stdout));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn frames_that_nobody_reads_give_way_to_stdout() {
        use std::{io::pipe, os::fd::AsRawFd};

        let (reader, writer) = pipe().unwrap();
        let number = u32::try_from(writer.as_raw_fd()).unwrap();
        let (output, problem) = Output::open(Destination::Frames(number));
        assert_eq!(problem, None);
        drop(reader);
        output.write(head(Format::Text, Level::INFO), b"to stdout".to_vec());
        assert!(matches!(*output.sink.lock().unwrap(), Sink::Stdout));
    }
}
