//! Kills and removes what is left of a service whose own process was killed and so could not do it itself.
//!
//! A shell with a process group of its own reads from a pipe which process groups there are. The pipe ends
//! with the service's process, however that ends, and then the shell kills the groups that are still listed
//! and removes the service's folder. There is one for each service, from its first process on.
//!
//! A group is known to the shell a moment after its process has been started. A service that is killed in
//! that very moment leaves the process behind; closing the gap would need code between fork and exec.

use std::{
    io::{self, PipeWriter, Write},
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The lines are `+ <group>` and `- <group>`; the argument is the folder.
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
exec /bin/rm -rf -- "$1"
"#;

/// The shell and the folder; both are there when they are first needed.
#[derive(Debug, Default)]
pub(super) struct Watchdog {
    started: Mutex<Option<Started>>,
}

#[derive(Debug)]
struct Started {
    folder: TempDir,
    /// Without a shell processes are killed all the same, as long as the service itself is not.
    shell: Option<Shell>,
}

#[derive(Debug)]
struct Shell {
    changes: PipeWriter,
    /// Not waited for: tokio does that once this is dropped.
    _child: Child,
}

impl Watchdog {
    /// Makes a folder that is removed with the service at the latest.
    pub(super) fn folder(&self) -> io::Result<TempDir> {
        self.with(|started| TempDir::new_in(&started.folder))?
    }

    fn tell(&self, change: char, group: Pid) {
        let _nobody_listens = self.with(|started| {
            if let Some(shell) = &mut started.shell {
                let _gone = writeln!(shell.changes, "{change} {}", group.as_raw_nonzero());
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Started) -> T) -> io::Result<T> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match started.take() {
            Some(started) => started,
            None => {
                let folder = TempDir::with_prefix("mock-server-")?;
                let shell = Shell::start(folder.path()).ok();
                Started { folder, shell }
            }
        };
        Ok(act(started.insert(now)))
    }
}

impl Shell {
    fn start(folder: &Path) -> io::Result<Self> {
        let (reader, changes) = io::pipe()?;
        let child = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(folder)
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

    /// Waits for an end that is certain to come; gives whether it was a success.
    async fn ended(child: &mut Child) -> bool {
        timeout(Duration::from_secs(60), child.wait()).await.unwrap().unwrap().success()
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
        assert!(!ended(&mut listed.0).await && !ended(&mut last.0).await);
        assert_eq!(spared.0.try_wait().unwrap(), None);
    }

    #[tokio::test]
    async fn at_its_end_the_folder_is_removed_with_all_that_is_in_it() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("with a space");
        std::fs::create_dir_all(folder.join("environment")).unwrap();
        std::fs::write(folder.join("environment/file"), "").unwrap();
        let Shell { changes, _child: mut shell } = Shell::start(&folder).unwrap();
        assert!(folder.exists());
        drop(changes);
        assert!(ended(&mut shell).await);
        assert!(outer.path().exists() && !folder.exists());
    }

    #[tokio::test]
    async fn folders_of_a_service_are_beside_each_other_and_go_with_it() {
        let watchdog = Watchdog::default();
        let [one, two] = [watchdog.folder().unwrap(), watchdog.folder().unwrap()];
        assert!(one.path() != two.path() && one.path().parent() == two.path().parent());
        drop(watchdog);
        assert!(!one.path().exists() && !two.path().exists());
    }
}
