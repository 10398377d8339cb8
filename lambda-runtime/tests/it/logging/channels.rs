//! Where lines go besides a writer: frames in a pipe, and a socket.

#![cfg(unix)]

use std::{io::Read, os::unix::net::UnixListener};

use lambda_runtime::tracing::{
    Logging, debug, error, info, subscriber::util::SubscriberInitExt, trace, warn,
};

use super::object;

/// Logging as variables ask for it.
fn logging(variables: &[(&str, &str)]) -> Logging {
    Logging::from_vars(|name| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

#[cfg(target_os = "linux")]
mod frames {
    //! A descriptor of the process is opened by its name under `/proc`, which only Linux has.

    use std::{
        io::pipe,
        os::fd::AsRawFd,
        time::{Duration, SystemTime},
    };

    use lambda_api::transport::Clock;

    use super::*;

    /// What comes out of a pipe while all levels are logged.
    fn bytes(format: &str) -> Vec<u8> {
        let (mut reader, writer) = pipe().unwrap();
        let number = writer.as_raw_fd().to_string();
        let variables = [
            ("_LAMBDA_TELEMETRY_LOG_FD", &*number),
            ("AWS_LAMBDA_LOG_FORMAT", format),
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ];
        let scope = logging(&variables).subscriber().set_default();
        trace!(n = 1, "one\ntwo");
        debug!("two");
        info!("three");
        warn!("four");
        error!("five");
        drop((scope, writer));
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Type, time and record of each frame; nothing is left over.
    fn frames(mut bytes: &[u8]) -> Vec<(u32, SystemTime, String)> {
        fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
            let (head, tail) = bytes.split_at(length);
            *bytes = tail;
            head
        }

        let mut frames = Vec::new();
        while !bytes.is_empty() {
            let kind = u32::from_be_bytes(take(&mut bytes, 4).try_into().unwrap());
            let length = u32::from_be_bytes(take(&mut bytes, 4).try_into().unwrap());
            let micros = u64::from_be_bytes(take(&mut bytes, 8).try_into().unwrap());
            let record = String::from_utf8(take(&mut bytes, length as usize).to_vec()).unwrap();
            frames.push((kind, SystemTime::UNIX_EPOCH + Duration::from_micros(micros), record));
        }
        frames
    }

    #[test]
    fn frames_of_json_tell_their_level_and_time() {
        let before = Clock::system().now() - Duration::from_micros(1);
        let frames = frames(&bytes("JSON"));
        let kinds: Vec<_> = frames.iter().map(|(kind, _, _)| *kind).collect();
        assert_eq!(kinds, [0xa55a_0006, 0xa55a_000a, 0xa55a_000e, 0xa55a_0012, 0xa55a_0016]);
        for (_, time, record) in &frames {
            assert!(*time > before && *time <= Clock::system().now(), "{time:?}");
            assert!(record.starts_with('{') && record.ends_with('}'), "{record:?}");
        }
        let first = object(&frames[0].2);
        assert_eq!((first.get("message"), first.get("n")), (&"one\ntwo".into(), &1.into()));
        let written = humantime::parse_rfc3339(first.get("timestamp").as_str().unwrap()).unwrap();
        assert!(frames[0].1.duration_since(written).unwrap() < Duration::from_millis(1));
    }

    #[test]
    fn frames_of_text_keep_line_breaks_inside() {
        let frames = frames(&bytes("Text"));
        let kinds: Vec<_> = frames.iter().map(|(kind, _, _)| *kind).collect();
        assert_eq!(kinds, [0xa55a_0007, 0xa55a_000b, 0xa55a_000f, 0xa55a_0013, 0xa55a_0017]);
        let (_, record) = frames[0].2.split_once(' ').unwrap();
        assert_eq!(record, format!("TRACE {}: one\ntwo n=1", module_path!()));
        assert!(frames.iter().all(|(_, _, record)| !record.ends_with('\n')));
    }
}

#[test]
fn a_socket_takes_json_lines_whatever_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs");
    let listener = UnixListener::bind(&path).unwrap();
    let path = path.to_str().unwrap();
    for format in ["JSON", "Text"] {
        let variables = [
            ("_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET", path),
            ("_LAMBDA_TELEMETRY_LOG_FD", "62"),
            ("AWS_LAMBDA_LOG_FORMAT", format),
        ];
        let scope = logging(&variables).subscriber().set_default();
        info!("one\ntwo");
        warn!("three");
        drop(scope);
        let mut text = String::new();
        listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
        assert!(text.ends_with("}\n"), "{text:?}");
        let messages: Vec<_> = text.lines().map(|line| object(line).get("message").clone()).collect();
        assert_eq!(messages, ["one\ntwo", "three"]);
    }
}
