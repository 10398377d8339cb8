//! `mock-server sandbox`: what a process sees that was started with it, and that it is the same process.
//!
//! As root everything is tried twice: once with all rights, and once without the right to mount, which is how
//! users do it, in a user namespace. Where the machine allows no namespaces the tests say so and pass.

#![expect(clippy::print_stdout, reason = "a test that is skipped tells why")]

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    os::unix::{net::UnixListener, process::ExitStatusExt},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{error, stderr, stdout};
use crate::folder::Folder;

const BINARY: &str = env!("CARGO_BIN_EXE_mock-server");
/// Takes the rights from root that users have only in a user namespace.
const FEWER_RIGHTS: &[&str] = &["setpriv", "--bounding-set=-sys_admin,-setuid,-setgid"];

/// The folders of an environment, and how its processes are started.
struct Sandbox {
    prefix: &'static [&'static str],
    task: Folder,
    opt: Folder,
    tmp: Folder,
}

impl Sandbox {
    /// One for each way into a sandbox that there is on this machine.
    fn each() -> Vec<Self> {
        [&[], FEWER_RIGHTS].into_iter().filter_map(Self::new).collect()
    }

    fn new(prefix: &'static [&'static str]) -> Option<Self> {
        let [task, opt, tmp] = [(); 3].map(|()| Folder::new());
        let sandbox = Self { prefix, task, opt, tmp };
        match sandbox.start(["--probe"]).output() {
            Ok(output) if output.status.success() => return Some(sandbox),
            Ok(output) => {
                let reason = stderr(&output);
                let is_refused = output.status.code() != Some(125)
                    || reason.contains("the sysctl ")
                    || unshared(&["--mount"], "").is_none();
                assert!(is_refused, "{reason}");
                println!("skipped: {reason}");
            }
            Err(reason) => println!("skipped, there is no {prefix:?}: {reason}"),
        }
        None
    }

    /// The command with its folders and what else it is to be given.
    fn start<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut words = self.prefix.iter().chain([&BINARY]);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .args(["sandbox".as_ref(), "--task".as_ref(), self.task.path().as_os_str()])
            .args(["--opt".as_ref(), self.opt.path().as_os_str()])
            .args(arguments)
            .env("TMPDIR", self.tmp.path())
            .stdin(Stdio::null());
        command
    }

    /// A bootstrap for `sh`, in a sandbox.
    fn sh(&self, lines: &str) -> Command {
        let bootstrap = self.task.sh(lines);
        self.start(["--".as_ref(), bootstrap.as_os_str()])
    }

    /// What a bootstrap that does not fail has printed.
    fn printed(&self, lines: &str) -> String {
        let output = self.sh(lines).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        stdout(&output).to_owned()
    }
}

/// A script as root of a user namespace; its `$0` and further arguments are still to be given. `None` where
/// there can be none.
fn unshared(options: &[&str], lines: &str) -> Option<Command> {
    let unshare = |words: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user"]).args(options).args(words);
        command
    };
    match unshare(&["true"]).output() {
        Ok(output) if output.status.success() => return Some(unshare(&["/bin/sh", "-c", lines])),
        Ok(output) => println!("skipped: {}", stderr(&output)),
        Err(reason) => println!("skipped, there is no unshare: {reason}"),
    }
    None
}

/// A process with which the test speaks over pipes.
struct Talking {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Talking {
    fn new(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Says something, and what it prints to its end.
    fn answer(mut self, text: &str) -> String {
        self.child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

#[test]
fn tmp_is_empty_writable_and_the_folder_of_the_environment() {
    for sandbox in Sandbox::each() {
        let printed = sandbox.printed("ls -A /tmp\necho $TMPDIR\necho mine >/tmp/file\ncat /tmp/file");
        assert_eq!(printed, "/tmp\nmine\n");
        let files: Vec<_> =
            fs::read_dir(sandbox.tmp.path()).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files, [sandbox.tmp.path().join("file")]);
        assert_eq!(fs::read_to_string(&files[0]).unwrap(), "mine\n");
    }
}

#[test]
fn package_layers_and_root_can_be_read_and_not_written() {
    for sandbox in Sandbox::each() {
        sandbox.task.file("data", "package\n");
        sandbox.opt.file("data", "layer\n");
        let writes =
            "for folder in /var/task /opt /; do (echo >$folder/data) 2>/dev/null || echo refused; done";
        let printed = sandbox.printed(&format!("pwd\necho $0\ncat /var/task/data /opt/data\n{writes}"));
        assert_eq!(printed, "/var/task\n/var/task/bootstrap\npackage\nlayer\nrefused\nrefused\nrefused\n");
    }
}

#[test]
fn without_layers_opt_is_empty() {
    for sandbox in Sandbox::each() {
        let bootstrap = sandbox.task.sh("ls -A /opt");
        let mut command = Command::new(BINARY);
        command.arg("sandbox").arg("--task").arg(sandbox.task.path()).arg("--").arg(bootstrap);
        let output = command.env("TMPDIR", sandbox.tmp.path()).output().unwrap();
        assert_eq!((output.status.code(), stdout(&output), stderr(&output)), (Some(0), "", ""));
    }
}

#[test]
fn everything_else_is_where_it_was() {
    // Links in the root stay links; what is in /var is seen beside what is new there.
    const LOOK: &str = "for path in /*; do echo $path; readlink $path; done | grep -vxE '/opt|/tmp|/var'\n\
        for path in /var/*; do echo $path; readlink $path; done | grep -vE '/task|/log.sock'\n\
        ls -A /etc /usr /sys/kernel\nid -u\nid -g\ncat /proc/sys/kernel/hostname\nreadlink /proc/self/ns/net /proc/self/ns/pid\n\
        cat /proc/$$/comm\necho lost >/dev/null && echo written";

    let folder = Folder::new();
    let outside = Command::new(folder.sh(LOOK)).output().unwrap();
    for sandbox in Sandbox::each() {
        assert_eq!(sandbox.printed(LOOK), stdout(&outside));
    }
}

#[test]
fn the_loopback_is_the_machines() {
    for sandbox in Sandbox::each() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        sandbox.printed(&format!(
            "exec python3 -c 'import socket; socket.create_connection((\"{}\", {}))'",
            address.ip(),
            address.port()
        ));
        // It has connected already, or never will.
        listener.set_nonblocking(true).unwrap();
        listener.accept().unwrap();
    }
}

#[test]
fn it_is_the_same_process_with_the_same_streams_descriptors_and_exit_status() {
    for sandbox in Sandbox::each() {
        let command = sandbox.sh("echo $$\necho inherited >&9\ncat\nexit 42");
        // Another shell opens the descriptor, because a process that is started here inherits only three.
        let file = sandbox.task.path().join("inherited");
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "exec 9>\"$0\"; exec \"$@\""]).arg(&file).arg(command.get_program());
        shell.args(command.get_args()).env("TMPDIR", sandbox.tmp.path());
        let mut talking = Talking::new(shell);
        assert_eq!(talking.line(), talking.child.id().to_string());
        talking.child.stdin.take().unwrap().write_all(b"passed on\n").unwrap();
        assert_eq!(talking.line(), "passed on");
        assert_eq!(talking.child.wait().unwrap().code(), Some(42));
        assert_eq!(fs::read_to_string(file).unwrap(), "inherited\n");
    }
}

#[test]
fn a_signal_arrives() {
    for sandbox in Sandbox::each() {
        // Of the two, only the executable is ready for it.
        let lines = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\nwrite('ready')\n\
            signal.pause()";
        let bootstrap = sandbox.task.python(lines);
        let mut command = sandbox.start(["--".as_ref(), bootstrap.as_os_str()]);
        command.env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1");
        let mut talking = Talking::new(command);
        assert_eq!(talking.line(), "ready");
        let process = Pid::from_raw(talking.child.id().cast_signed()).unwrap();
        kill_process(process, Signal::TERM).unwrap();
        assert_eq!(talking.child.wait().unwrap().code(), Some(7));

        let mut talking = Talking::new(sandbox.sh("echo ready\nexec cat"));
        assert_eq!(talking.line(), "ready");
        talking.child.kill().unwrap();
        assert_eq!(talking.child.wait().unwrap().signal(), Some(9));
    }
}

#[test]
fn the_processes_of_an_environment_share_their_tmp() {
    for sandbox in Sandbox::each() {
        let mut first = Talking::new(sandbox.sh("echo ready\nread name\ncat /tmp/$name"));
        assert_eq!(first.line(), "ready");
        let extension = sandbox.opt.sh("echo $0 >/tmp/from-extension");
        let status = sandbox.start(["--".as_ref(), extension.as_os_str()]).status().unwrap();
        assert!(status.success());
        assert_eq!(first.answer("from-extension\n"), "/opt/bootstrap\n");
    }
}

#[test]
fn variables_name_the_new_places() {
    for sandbox in Sandbox::each() {
        let task = sandbox.task.path().display().to_string();
        let here = std::env::var("PATH").unwrap();
        let mut command = sandbox.sh("echo $LAMBDA_TASK_ROOT; echo $PATH; echo $LD_LIBRARY_PATH");
        command.env("LAMBDA_TASK_ROOT", &task).env("PATH", format!("{task}/bin:/opt/bin:{here}"));
        let output = command.env("LD_LIBRARY_PATH", format!("{task}:{task}/lib:/opt/lib")).output().unwrap();
        let expected =
            format!("/var/task\n/var/task/bin:/opt/bin:{here}\n/var/task:/var/task/lib:/opt/lib\n");
        assert_eq!((stdout(&output), stderr(&output)), (&*expected, ""));

        let mut extension = sandbox.sh("echo ${LAMBDA_TASK_ROOT-none}");
        let output = extension.env_remove("LAMBDA_TASK_ROOT").output().unwrap();
        assert_eq!(stdout(&output), "none\n", "an extension has none");
    }
}

#[test]
fn the_socket_for_log_events_is_reached_from_inside() {
    const NAME: &str = "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET";

    for sandbox in Sandbox::each() {
        let folder = TempDir::new().unwrap();
        let socket = folder.path().join("log.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let connect = "import os, socket; socket.socket(socket.AF_UNIX).connect(os.environ[\"NAME\"])";
        let mut command = sandbox.sh(&format!("exec python3 -c '{}'", connect.replace("NAME", NAME)));
        let output = command.env(NAME, &socket).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        listener.set_nonblocking(true).unwrap();
        listener.accept().unwrap();
    }
}

#[test]
fn outside_no_mount_comes_or_goes_even_where_mounts_spread() {
    for sandbox in Sandbox::each() {
        let of = |process: &str| format!("cat /proc/{process}/mountinfo");
        let lines = format!(
            "mount -t tmpfs outer $0 && mkdir $0/inner && mount -t tmpfs inner $0/inner
            {}; echo; \"$@\"; {}",
            of("$$"),
            of("$$")
        );
        // Most machines have it so that a mount is seen in all namespaces.
        let Some(mut unshare) = unshared(&["--mount", "--propagation", "shared"], &lines) else { return };
        let command = sandbox.sh(&format!("{}\necho", of("$PPID")));
        unshare.arg(sandbox.opt.path()).arg(command.get_program()).args(command.get_args());
        unshare.env("TMPDIR", sandbox.tmp.path());
        let output = unshare.output().unwrap();
        let mounts: Vec<_> = stdout(&output).trim_end().split("\n\n").collect();
        let &[before, during, after] = &mounts[..] else { panic!("{output:?}") };
        assert!(before.contains("shared:"), "{before}");
        assert_eq!((during, after), (before, before));
    }
}

#[test]
fn mounts_keep_their_flags_and_what_is_mounted_in_them() {
    for sandbox in Sandbox::each() {
        // Made in a user namespace, to which they belong, so that one in it may not change them.
        let layers = "mount -t tmpfs -o nosuid,nodev,noexec layers $0 && mkdir $0/inner &&
            mount -t tmpfs inner $0/inner && echo inner >$0/inner/file && exec \"$@\"";
        let Some(mut unshare) = unshared(&["--mount"], layers) else { return };
        let command =
            sandbox.sh("cat /opt/inner/file\ngrep ' / /opt ' /proc/self/mountinfo | cut -d ' ' -f 6");
        unshare.arg(sandbox.opt.path()).arg(command.get_program()).args(command.get_args());
        let output = unshare.env("TMPDIR", sandbox.tmp.path()).output().unwrap();
        assert_eq!((stdout(&output), stderr(&output)), ("inner\nro,nosuid,nodev,noexec,relatime\n", ""));
    }
}

#[test]
fn an_executable_of_the_machine_runs_unless_it_is_hidden() {
    for sandbox in Sandbox::each() {
        let output = sandbox.start(["--", "/bin/sh", "-c", "pwd; echo $0 $1", "a", "b"]).output().unwrap();
        assert_eq!((stdout(&output), stderr(&output)), ("/var/task\na b\n", ""));

        let Ok(elsewhere) = TempDir::new_in("/tmp") else { continue };
        let hidden = elsewhere.path().join("bootstrap");
        let output = sandbox.start(["--".as_ref(), hidden.as_os_str()]).output().unwrap();
        let expected =
            format!("error: {} is hidden in a sandbox, which has /tmp of its own", hidden.display());
        assert_eq!((error(&output), output.status.code()), (&*expected, Some(127)));
    }
}

#[test]
fn what_cannot_be_run_is_told_apart_as_by_a_shell() {
    for sandbox in Sandbox::each() {
        let run = |path: &Path| sandbox.start(["--".as_ref(), path.as_os_str()]).output().unwrap();
        let missing = run(&sandbox.task.path().join("missing"));
        let expected = "error: cannot run /var/task/missing: No such file or directory (os error 2)";
        assert_eq!((error(&missing), missing.status.code()), (expected, Some(127)));
        let data = run(&sandbox.task.file("data", ""));
        let expected = "error: cannot run /var/task/data: Permission denied (os error 13)";
        assert_eq!((error(&data), data.status.code()), (expected, Some(126)));
    }
}

#[test]
fn folders_that_are_not_there_are_named() {
    let folder = Folder::new();
    let file = folder.file("file", "");
    let task = folder.path().to_str().unwrap();
    let run = |task: &str, tmp: Option<&Path>| {
        let mut command = super::command(&["sandbox", "--task", task, "--probe"]);
        match tmp {
            Some(tmp) => command.env("TMPDIR", tmp),
            None => command.env_remove("TMPDIR"),
        };
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(125));
        error(&output).to_owned()
    };
    assert_eq!(run(task, None), "error: TMPDIR does not name the folder that is to be /tmp");
    let expected = format!("error: cannot use {} as /tmp: Not a directory (os error 20)", file.display());
    assert_eq!(run(task, Some(&file)), expected);
    let expected = "error: cannot use /no/package as /var/task: No such file or directory (os error 2)";
    assert_eq!(run("/no/package", Some(folder.path())), expected);
}

#[test]
fn a_refusal_names_the_setting() {
    let refused = |setting: &str, right: &str| -> Option<Output> {
        // The limit holds for this user namespace and those in it, and for nobody else.
        let lines = format!("echo 0 >/proc/sys/user/{setting} && exec setpriv --bounding-set={right} \"$@\"");
        let mut command = unshared(&[], &lines)?;
        command.args(["sh", BINARY, "sandbox", "--task", "/usr", "--probe"]);
        let output = command.env("TMPDIR", "/tmp").output().unwrap();
        if output.status.code() == Some(125) {
            return Some(output);
        }
        println!("skipped: {}", stderr(&output));
        None
    };
    if let Some(output) = refused("max_user_namespaces", "-sys_admin") {
        let expected = "error: cannot enter a user namespace (the sysctl user.max_user_namespaces=0 forbids \
            it): No space left on device (os error 28)";
        assert_eq!(error(&output), expected);
    }
    if let Some(output) = refused("max_mnt_namespaces", "+sys_admin") {
        let expected = "error: cannot enter a mount namespace (the sysctl user.max_mnt_namespaces=0 forbids \
            it): No space left on device (os error 28)";
        assert_eq!(error(&output), expected);
    }
}
