//! Kills what is left of a service whose own process was killed and so could not do it itself.
//!
//! A shell with a process group of its own reads from a pipe which process groups there are. The pipe ends
//! with the service's process, however that ends, and then the shell kills the groups that are still listed.
//! There is one for each service, from its first process on.
//!
//! A group is known to the shell a moment after its process has been started. A service that is killed in
//! that very moment leaves the process behind; closing the gap would need code between fork and exec.

use std::{
    io::{self, PipeWriter, Write},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// The lines are `+ <group>` and `- <group>`; nothing but built-in commands is needed.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM
groups=
while read -r change group; do
    kept=
    for listed in $groups; do
        [ "$listed" = "$group" ] || kept="$kept $listed"
    done
    [ "$change" = + ] && kept="$kept $group"
    groups=$kept
done
for group in $groups; do
    kill -s KILL -- "-$group"
done
"#;

/// The shell; it is started when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Watchdog {
    shell: Mutex<Option<Shell>>,
}

#[derive(Debug)]
struct Shell {
    changes: PipeWriter,
    /// Not waited for: tokio does that once this is dropped.
    _child: Child,
}

impl Watchdog {
    fn tell(&self, change: char, group: Pid) {
        let mut shell = self.shell.lock().unwrap_or_else(PoisonError::into_inner);
        if shell.is_none() {
            *shell = Shell::start().ok();
        }
        // Without a shell processes are killed all the same, as long as the service itself is not.
        if let Some(shell) = &mut *shell {
            let _gone = writeln!(shell.changes, "{change} {}", group.as_raw_nonzero());
        }
    }
}

impl Shell {
    fn start() -> io::Result<Self> {
        let (reader, changes) = io::pipe()?;
        let child = Command::new("/bin/sh")
            .args(["-c", SCRIPT])
            .env_clear()
            .current_dir("/")
            .stdin(reader)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { changes, _child: child })
    }
}

/// The process group of a running process.
#[derive(Debug)]
pub(super) struct Group {
    leader: Pid,
    watchdog: Arc<Watchdog>,
}

impl Group {
    pub(super) fn new(leader: Pid, watchdog: &Arc<Watchdog>) -> Self {
        watchdog.tell('+', leader);
        Self { leader, watchdog: Arc::clone(watchdog) }
    }

    pub(super) fn leader(&self) -> Pid {
        self.leader
    }

    pub(super) fn signal(&self, signal: Signal) {
        // It may be gone already.
        let _gone = kill_process_group(self.leader, signal);
    }
}

impl Drop for Group {
    /// Kills the group: what a process started must not outlive it.
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        self.watchdog.tell('-', self.leader);
    }
}

#[cfg(test)]
mod test {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn sleep() -> (Child, Pid) {
        let child = Command::new("sleep").arg("600").process_group(0).kill_on_drop(true).spawn().unwrap();
        let leader = Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
        (child, leader)
    }

    #[tokio::test]
    async fn at_its_end_the_groups_that_are_still_listed_are_killed_and_no_others() {
        let watchdog = Watchdog::default();
        let [mut spared, mut listed, mut last] = [sleep(), sleep(), sleep()];
        for (_, group) in [&spared, &listed, &last] {
            watchdog.tell('+', *group);
        }
        watchdog.tell('-', spared.1);
        drop(watchdog);
        for (child, _) in [&mut listed, &mut last] {
            let ended = timeout(Duration::from_secs(60), child.wait());
            assert!(!ended.await.unwrap().unwrap().success());
        }
        assert_eq!(spared.0.try_wait().unwrap(), None);
    }
}
