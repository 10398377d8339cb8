//! What lies where in a sandbox: which folders of the machine are seen in which places, and what that makes of
//! paths and variables.
//!
//! Only looks; `root` does it.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use super::SandboxError;

/// The function's package.
pub(super) const TASK: &str = "/var/task";
/// The layers.
pub(super) const OPT: &str = "/opt";
/// What is the environment's own.
pub(super) const TMP: &str = "/tmp";

/// Where the log events of runtimes that serve several invocations go to. Where Lambda has the socket is not
/// known; outside it may be in the machine's `/tmp`.
const LOG_SOCKET: (&str, &str) = ("_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET", "/var/log.sock");

/// A file or folder of the machine that has another place in the sandbox.
#[derive(Debug)]
pub(super) struct Moved {
    /// The path by which it was given, which is the one that variables have.
    given: PathBuf,
    /// The path without links.
    pub(super) real: PathBuf,
    pub(super) inside: &'static str,
}

impl Moved {
    fn new(given: &Path, inside: &'static str) -> io::Result<Self> {
        Ok(Self { given: given.to_owned(), real: fs::canonicalize(given)?, inside })
    }

    fn folder(given: &Path, inside: &'static str) -> Result<Self, SandboxError> {
        let listed = fs::read_dir(given).and_then(|_| Self::new(given, inside));
        listed.map_err(|source| SandboxError::Folder { path: given.to_owned(), inside, source })
    }

    /// The new path of what is in it.
    fn path(&self, outside: &Path) -> Option<PathBuf> {
        let rest = outside.strip_prefix(&self.real).or_else(|_| outside.strip_prefix(&self.given)).ok()?;
        Some(Path::new(self.inside).components().chain(rest.components()).collect())
    }

    pub(super) fn is_writable(&self) -> bool {
        self.inside == TMP
    }
}

/// The folders of a sandbox.
#[derive(Debug)]
pub(super) struct View {
    tmp: Moved,
    others: Vec<Moved>,
    variables: Vec<(&'static str, OsString)>,
}

impl View {
    pub(super) fn new(
        task: &Path,
        opt: Option<&Path>,
        tmp: &Path,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SandboxError> {
        let mut others = vec![Moved::folder(task, TASK)?];
        if let Some(opt) = opt {
            others.push(Moved::folder(opt, OPT)?);
        }
        let (name, place) = LOG_SOCKET;
        if let Some(socket) = variable(name).and_then(|path| Moved::new(path.as_ref(), place).ok()) {
            others.push(socket);
        }
        let mut view = Self { tmp: Moved::folder(tmp, TMP)?, others, variables: Vec::new() };
        view.variables = view.translated(variable);
        Ok(view)
    }

    /// The folder that is to be `/tmp`.
    pub(super) fn tmp(&self) -> &Path {
        &self.tmp.real
    }

    pub(super) fn moved(&self) -> impl Iterator<Item = &Moved> {
        self.others.iter().chain([&self.tmp])
    }

    /// The variables that are different in the sandbox.
    pub(super) fn into_variables(self) -> Vec<(&'static str, OsString)> {
        self.variables
    }

    /// The path of an executable in the sandbox. If it is a link, it stays one, because a program may look at
    /// the name by which it was called.
    pub(super) fn executable(&self, outside: &Path) -> Result<PathBuf, SandboxError> {
        let not_found = |source| SandboxError::Exec { path: outside.to_owned(), source };
        let absolute = std::path::absolute(outside).map_err(not_found)?;
        let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
            return Err(not_found(io::ErrorKind::IsADirectory.into()));
        };
        let real = fs::canonicalize(folder).map_err(not_found)?.join(name);
        if let Some(inside) = self.inside(&real) {
            return Ok(inside);
        }
        match [TASK, OPT, TMP].into_iter().find(|hider| real.starts_with(hider)) {
            Some(hider) => Err(SandboxError::Hidden { path: real, hider }),
            None => Ok(real),
        }
    }

    /// The new path of what has one. Where one folder is in another, the inner one counts: an extension is to
    /// be found in `/opt`, even if the layers are a folder of the package.
    fn inside(&self, outside: &Path) -> Option<PathBuf> {
        let moved = self.moved().filter(|moved| moved.path(outside).is_some());
        moved.max_by_key(|moved| moved.real.components().count())?.path(outside)
    }

    fn translated(&self, variable: impl Fn(&str) -> Option<OsString>) -> Vec<(&'static str, OsString)> {
        let inside = |path: PathBuf| self.inside(&path).unwrap_or(path);
        // An extension has no LAMBDA_TASK_ROOT, and gets none here.
        let one = |name| Some((name, inside(variable(name)?.into()).into()));
        let several = |name| {
            let value = variable(name)?;
            Some((name, env::join_paths(env::split_paths(&value).map(inside)).ok()?))
        };
        ["TMPDIR", "LAMBDA_TASK_ROOT", LOG_SOCKET.0]
            .into_iter()
            .filter_map(one)
            .chain(["PATH", "LD_LIBRARY_PATH"].into_iter().filter_map(several))
            .collect()
    }
}

#[cfg(all(test, unix))]
mod test {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_inner_one_of_two_folders_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (task, layers) = (folder.path(), folder.path().join("layers"));
        fs::create_dir_all(layers.join("extensions")).unwrap();
        let view = View::new(task, Some(&layers), Path::new("/"), |_| None).unwrap();
        let inside = |path: &str| view.executable(&task.join(path)).unwrap();
        assert_eq!(inside("layers/extensions/audit"), Path::new("/opt/extensions/audit"));
        assert_eq!(inside("layers/../bootstrap"), Path::new("/var/task/bootstrap"));
    }

    #[test]
    fn folders_are_found_by_their_links_and_an_executable_keeps_the_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::create_dir(&real).unwrap();
        symlink(&real, &link).unwrap();
        symlink("/bin/sh", real.join("bootstrap")).unwrap();
        for (given, other) in [(&real, &link), (&link, &real)] {
            let view = View::new(given, None, Path::new("/"), |_| None).unwrap();
            assert_eq!(view.executable(&other.join("bootstrap")).unwrap(), Path::new("/var/task/bootstrap"));
        }
    }

    #[test]
    fn variables_name_the_new_places() {
        let folder = tempfile::tempdir().unwrap();
        let task = folder.path().display();
        let is = |name: &str| match name {
            "TMPDIR" | "LAMBDA_TASK_ROOT" => Some(task.to_string().into()),
            "PATH" => Some(format!("/bin::{task}/bin:{task}more").into()),
            _ => None,
        };
        let view = View::new(folder.path(), None, Path::new("/dev"), is).unwrap();
        let expected = [
            ("TMPDIR", "/var/task".into()),
            ("LAMBDA_TASK_ROOT", "/var/task".into()),
            ("PATH", format!("/bin::/var/task/bin:{task}more").into()),
        ];
        assert_eq!(view.into_variables(), expected);
    }
}
