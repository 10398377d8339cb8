//! AWS's open-source runtime interface emulator, as `aws-sam-cli` brings it along.
//!
//! It looks for extensions and, in its mode for many invocations, for the bootstrap in fixed places. So it is
//! given a view of the file system of its own, where the system allows that (`unshare`).

use std::{
    io::{self, BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    ops::Range,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::TcpStream;

use super::{Folder, Said, Stage};
use crate::{
    row::{Mode, Row},
    wire::{self, Trouble},
};

/// Shows the folder given first as `/opt` and the second one as `/var/task`, and executes the rest.
const ROOM: &str = r#"
mount --bind "$1" /opt || exit 1
[ -d /var/task ] || { mount -t tmpfs none /var && mkdir /var/task; } || exit 1
mount --bind "$2" /var/task || exit 1
shift 2
exec "$@"
"#;

#[derive(Debug)]
pub(crate) struct Emulator {
    path: PathBuf,
    room: Option<Room>,
}

/// How a process gets a view of the file system of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// As root.
    Mounts,
    /// As somebody who is root only inside, and cannot run the function as another user.
    UsersAndMounts,
}

impl Emulator {
    pub(crate) fn new(path: PathBuf) -> Self {
        let folder = std::env::temp_dir();
        let works = |room: &Room| {
            let mut command = room.command(&folder, &folder);
            let status = command.arg("true").stdout(Stdio::null()).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        Self { path, room: [Room::Mounts, Room::UsersAndMounts].into_iter().find(works) }
    }

    pub(super) fn cannot(&self, row: &Row) -> Option<&'static str> {
        match (self.room, row.mode) {
            (None, Mode::Classic) if !row.extensions.is_empty() => {
                Some("external extensions have to be in /opt/extensions, and unshare does not work here")
            }
            (None | Some(Room::UsersAndMounts), Mode::Managed) => {
                Some("this mode of the emulator needs root, and unshare --mount")
            }
            _ => None,
        }
    }

    pub(super) async fn start(&self, row: &Row) -> Result<Stage, Trouble> {
        // Somebody else may take a port between the moment it is found free and the emulator's start.
        const TRIES: usize = 5;

        let mut last = Trouble::Silent;
        for _ in 0..TRIES {
            match self.try_start(row).await {
                Err(trouble @ Trouble::NotStarted(_)) => last = trouble,
                started_or_broken => return started_or_broken,
            }
        }
        Err(last)
    }

    async fn try_start(&self, row: &Row) -> Result<Stage, Trouble> {
        let failed = |error: io::Error| Trouble::NotStarted(error.to_string());
        let folder = Folder::new(row);
        let (api, front) = (free_address().map_err(failed)?, free_address().map_err(failed)?);
        let mut command = match self.room {
            Some(room) => room.command(&folder.opt(), &folder.task()),
            None => Command::new("env"),
        };
        command
            .arg(&self.path)
            .args(["--runtime-api-address", &api.to_string()])
            .args(["--runtime-interface-emulator-address", &front.to_string()])
            .arg(folder.task().join("bootstrap"))
            .current_dir(folder.task())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_HANDLER", "app.handler")
            .env("AWS_LAMBDA_FUNCTION_TIMEOUT", row.timeout_seconds.to_string());
        if row.mode == Mode::Managed {
            command.env("AWS_LAMBDA_MAX_CONCURRENCY", "4");
        }
        let (mut running, said) = Running::start(command).map_err(failed)?;
        let up = async {
            // It does not say when it listens.
            while TcpStream::connect(front).await.is_err() {
                if let Some(status) = running.0.try_wait()? {
                    return Err(io::Error::other(status.to_string()));
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        };
        match wire::within(up).await {
            Ok(()) => Ok(Stage { front, folder, said, _running: Box::new(running) }),
            Err(_) => Err(Trouble::NotStarted(said.0.borrow().join("\n"))),
        }
    }
}

impl Room {
    fn command(self, opt: &Path, task: &Path) -> Command {
        let mut command = Command::new("unshare");
        if self == Self::UsersAndMounts {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["--mount", "sh", "-c", ROOM, "sh"]).arg(opt).arg(task);
        command
    }
}

/// An address that nobody listens on.
///
/// It has to be given to the emulator as a number. So it is none that the system gives to others of its own
/// accord, as it would with port 0: a test beside this one could get it before the emulator takes it.
fn free_address() -> io::Result<SocketAddr> {
    /// Linux gives ports from 32,768 on.
    const PORTS: Range<u32> = 10_000..30_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);

    // Test runs that take place at the same time begin in different places.
    let begin = std::process::id().wrapping_mul(61);
    let ports = PORTS.end - PORTS.start;
    for _ in PORTS {
        let number = begin.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(PORTS.start + number % ports).unwrap_or_default();
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr();
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// The emulator's process; killed when dropped. Its guests go by themselves.
struct Running(Child);

impl Running {
    fn start(mut command: Command) -> io::Result<(Self, Said)> {
        let (reader, writer) = io::pipe()?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
        let child = command.spawn()?;
        // It still holds the writing end.
        drop(command);
        let said = Said::new();
        let heard = said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
                heard.line(String::from_utf8_lossy(&line).into_owned());
            }
        });
        Ok((Self(child), said))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = Pid::from_raw(self.0.id().cast_signed()) {
            let _gone = kill_process_group(group, Signal::KILL);
        }
        let _waited_for = self.0.wait();
    }
}
