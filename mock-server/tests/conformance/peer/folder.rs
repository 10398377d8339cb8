//! The files of a function that only stays alive: its bootstrap and its extensions.
//!
//! Each process is a shell that says where the Runtime API is and obeys what it reads from a named pipe. The
//! test holds that open, so that the process goes when the test goes, however that ends.

#![expect(clippy::unwrap_used, reason = "a folder that cannot be written fails the test")]

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{row::Row, words::RUNTIME};

/// What a process says first, between its name and the address.
pub(super) const STARTED: &str = "was started with ";

#[derive(Debug)]
pub(crate) struct Folder {
    folder: TempDir,
    pipes: Vec<(&'static str, File)>,
}

impl Folder {
    /// A folder for a function of another kind.
    pub(crate) fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        // In one of its modes the emulator runs the function as another user.
        open_to_all(folder.path());
        for name in ["task", "opt", "opt/extensions"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            open_to_all(&folder.path().join(name));
        }
        Self { folder, pipes: Vec::new() }
    }

    pub(super) fn new(row: &Row) -> Self {
        let mut made = Self::empty();
        made.process(RUNTIME, "task/bootstrap");
        for name in &row.extensions {
            made.process(name, &format!("opt/extensions/{name}"));
        }
        made
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What Lambda has at `/var/task`.
    pub(crate) fn task(&self) -> PathBuf {
        self.path().join("task")
    }

    /// What Lambda has at `/opt`.
    pub(super) fn opt(&self) -> PathBuf {
        self.path().join("opt")
    }

    /// Lets a process do something.
    pub(crate) fn tell(&self, process: &str, line: &str) {
        let pipe = self.pipes.iter().find(|(name, _)| *name == process).unwrap();
        (&pipe.1).write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn process(&mut self, name: &'static str, path: &str) {
        let pipe = self.path().join(name);
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        fs::set_permissions(&pipe, Permissions::from_mode(0o666)).unwrap();
        let script = format!(
            "#!/bin/sh\necho \"{name} {STARTED}$AWS_LAMBDA_RUNTIME_API\"\nwhile read line <'{}'; do eval \"$line\"; done\n",
            pipe.display()
        );
        // Also open for reading: it need not wait for the process then.
        self.pipes.push((name, OpenOptions::new().read(true).write(true).open(&pipe).unwrap()));
        self.executable(&script, path);
    }

    /// It is copied by another process: were it open for writing in this one, a process that another row
    /// starts at this moment would hold it open too, and Linux executes no file that is being written.
    pub(crate) fn executable(&self, content: &str, path: &str) {
        let (source, path) = (self.path().join("source"), self.path().join(path));
        fs::write(&source, content).unwrap();
        let copied = Command::new("cp").args([&source, &path]).status().unwrap();
        assert!(copied.success());
        open_to_all(&path);
    }
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}
