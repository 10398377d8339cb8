//! Processes without a driver: what is there at a given moment.

use std::{collections::BTreeMap, fs::File, future::poll_fn, io::Read, path::Path, process::Command as Run};

use rustix::process::{WaitOptions, WaitStatus, waitpid};
use tokio::time::timeout;

use super::*;
use crate::guest::{Guest, LogChannel, Wrapper};

/// More than anything here takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a script for `sh`, with python at hand.
fn start(script: &str, log: LogChannel<'_>) -> Process {
    let arguments = ["-c", script].map(Into::into).to_vec();
    let wrapper = Wrapper { program: "/bin/sh".into(), arguments };
    let variables = BTreeMap::from([("PATH".to_owned(), std::env::var("PATH").unwrap())]);
    let plan = Plan {
        wrapper: Some(&wrapper),
        path: Path::new("/dev/null"),
        folder: Path::new("/"),
        variables: &variables,
        log,
        memory_limit_mb: None,
    };
    Processes::default().start(&plan).unwrap()
}

/// A pipe with a name; reading it to its end waits for a process without giving way to the reactor.
fn named_pipe(folder: &tempfile::TempDir) -> String {
    let path = folder.path().join("pipe");
    assert!(Run::new("mkfifo").arg(&path).status().unwrap().success());
    path.to_str().unwrap().to_owned()
}

fn texts(lines: Vec<OutputLine>) -> Vec<String> {
    lines.into_iter().map(|line| line.text).collect()
}

#[tokio::test]
async fn what_has_been_written_is_there_before_the_reactor_knows_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = named_pipe(&folder);
    let frame = r#"import os, struct
os.write(int(os.environ["_LAMBDA_TELEMETRY_LOG_FD"]), struct.pack(">IIQ", 0xA55A0003, 5, 0) + b"frame")"#;
    let script = format!("echo line; python3 -c '{frame}'; echo > {pipe}; exec sleep 600");
    let mut process = start(&script, LogChannel::Frames);
    File::open(&pipe).unwrap().read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(texts(process.pending_output()), ["line", "frame"]);
}

#[tokio::test]
async fn records_on_the_log_socket_are_among_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, socket) = (named_pipe(&folder), folder.path().join("log.sock"));
    let record = r#"import os, socket
connection = socket.socket(socket.AF_UNIX)
connection.connect(os.environ["_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"])
connection.sendall(b"{}\n")"#;
    let script = format!("python3 -c '{record}'; echo > {pipe}; exec sleep 600");
    let mut process = start(&script, LogChannel::Socket(&socket));
    File::open(&pipe).unwrap().read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(texts(process.pending_output()), ["{}"]);
}

#[tokio::test]
async fn a_process_without_a_log_channel_knows_of_none() {
    let mut process = start("env | grep TELEMETRY; exit 3", LogChannel::None);
    let event = timeout(PATIENCE, poll_fn(|cx| process.poll_event(cx))).await.unwrap();
    assert!(matches!(event, GuestEvent::Exited { exit: Exit::Code(3), output, .. } if output.is_empty()));
}

/// What has become of a process: whatever is asked for with the option, or its end.
fn next_state(guest: &Guest, option: WaitOptions) -> WaitStatus {
    let Guest::Process(process) = guest else { unreachable!("it is a process") };
    let pid = Pid::from_raw(process.child.id().unwrap().cast_signed());
    waitpid(pid, option).unwrap().unwrap().1
}

#[tokio::test]
async fn a_frozen_process_stands_still_until_it_is_thawed() {
    let guest = Guest::Process(Box::new(start("exec sleep 600", LogChannel::None)));
    guest.freeze();
    assert!(next_state(&guest, WaitOptions::UNTRACED).stopped());
    guest.thaw();
    assert!(next_state(&guest, WaitOptions::CONTINUED).continued());
}

#[tokio::test]
async fn a_frozen_process_can_be_asked_to_end() {
    let mut guest = Guest::Process(Box::new(start("exec sleep 600", LogChannel::None)));
    guest.freeze();
    assert!(next_state(&guest, WaitOptions::UNTRACED).stopped());
    guest.terminate();
    let event = timeout(PATIENCE, poll_fn(|cx| guest.poll_event(cx))).await.unwrap();
    let is_asked = matches!(event, GuestEvent::Exited { exit: Exit::Signal { number: 15, .. }, .. });
    assert!(is_asked, "{event:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn freezing_reaches_what_the_process_started() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = named_pipe(&folder);
    let script = format!("sh -c 'echo $$ > {pipe}; exec sleep 600' & wait");
    let process = start(&script, LogChannel::None);
    let mut pid = String::new();
    File::open(&pipe).unwrap().read_to_string(&mut pid).unwrap();
    process.freeze();
    // Nobody but its parent can wait for it, and its parent stands still.
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap();
    let is_stopped = async {
        while !state().contains(") T ") {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, is_stopped).await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_that_processes_share_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = named_pipe(&folder);
    let script = format!(
        r#"exec python3 -c '
import os, signal
ballast = bytes(range(256)) * (60 * 4 * 1024)
for _ in range(3):
    if os.fork() == 0:
        signal.pause()
open("{pipe}", "w").close()
signal.pause()'"#
    );
    let process = start(&script, LogChannel::None);
    File::open(&pipe).unwrap().read_to_end(&mut Vec::new()).unwrap();
    let leader = process.group.as_ref().unwrap().leader();
    let used = memory::of_group(leader).unwrap();
    assert!((60..128).contains(&used), "{used} MB");
    let members = memory::members(leader);
    assert_eq!(members.len(), 4);
    assert!(!memory::use_more(&members, 128 * 1_024));
    assert!(memory::use_more(&members, 50 * 1_024));
}

#[tokio::test]
async fn a_file_that_is_still_open_for_writing_is_started_once_it_is_not() {
    use std::{fs, os::unix::fs::PermissionsExt, sync::Barrier, thread};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    fs::copy("/bin/true", &path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let open = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let begin = Barrier::new(2);
    let mut child = thread::scope(|scope| {
        scope.spawn(|| {
            begin.wait();
            drop(open);
        });
        let mut command = Command::new(&path);
        begin.wait();
        spawn(&mut command).unwrap()
    });
    assert!(timeout(PATIENCE, child.wait()).await.unwrap().unwrap().success());
}
