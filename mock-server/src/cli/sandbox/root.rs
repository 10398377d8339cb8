//! Gives this process a root file system of its own, made of the machine's. Linux only.
//!
//! The new root is a small file system in memory, because the machine's root need not have the folders that
//! Lambda has, nor let anybody make them. All of it is gone with the last process that sees it.

use std::{
    fs::{self, File, FileType},
    io,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{StatVfsMountFlags, statvfs},
    io::Errno,
    mount::{
        MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
        mount_remount, unmount,
    },
    process::{getegid, geteuid, pivot_root},
    thread::UnshareFlags,
};

use super::{
    SandboxError,
    view::{OPT, View},
};

/// Where the machine's root is until the new one is ready.
const MACHINE: &str = "/.machine";
const VAR: &str = "/var";

pub(super) fn enter(view: &View) -> Result<(), SandboxError> {
    // It may be a link, whose absolute target would soon be another.
    let var = fs::canonicalize(VAR);
    enter_namespace().map_err(explained)?;
    // Any folder would do: the new root does not stay there.
    let stage = view.tmp();
    mount("tmpfs", stage, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, c"mode=755")
        .map_err(SandboxError::refused("mount a file system for the new root"))?;
    let machine = stage.join(MACHINE.trim_start_matches('/'));
    fs::create_dir(&machine).map_err(SandboxError::refused("make a folder in the new root"))?;
    // Not chroot, in which a program could make no user namespace of its own, as browsers do.
    pivot_root(stage, machine).map_err(SandboxError::refused("change the root"))?;

    mirror(Path::new("/"), "/", &["opt", "tmp", "var"])?;
    for folder in [OPT, VAR] {
        fs::create_dir(folder).map_err(SandboxError::refused("make a folder in the new root"))?;
    }
    if let Ok(var) = var {
        mirror(&var, VAR, &["task"])?;
    }
    for moved in view.moved() {
        let source = outside(&moved.real);
        let kind =
            source.metadata().map_err(SandboxError::refused(format!("look at {}", moved.real.display())))?;
        bind(&source, moved.inside.as_ref(), kind.file_type())?;
        if !moved.is_writable() {
            make_read_only(moved.inside)?;
        }
    }
    unmount(MACHINE, UnmountFlags::DETACH).map_err(SandboxError::refused("let go of the machine's root"))?;
    fs::remove_dir(MACHINE).map_err(SandboxError::refused("remove a folder in the new root"))?;
    // What is written here would be lost without a word.
    make_read_only("/")
}

/// Enters a mount namespace, and for that a user namespace if need be.
fn enter_namespace() -> Result<(), SandboxError> {
    // Whoever may do without a user namespace keeps all users and rights: in one, all files of others belong
    // to nobody, and cannot be given away.
    match unshare(UnshareFlags::NEWNS) {
        Err(Errno::PERM) => enter_user_namespace()?,
        result => result.map_err(SandboxError::refused("enter a mount namespace"))?,
    }
    // Slaves of the machine's mounts: nothing that is mounted from now on is seen outside, while disks that
    // the machine mounts and unmounts come and go here as well.
    mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)
        .map_err(SandboxError::refused("separate the mounts from the machine's"))
}

fn enter_user_namespace() -> Result<(), SandboxError> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)
        .map_err(SandboxError::refused("enter a user namespace"))?;
    // The kernel lets users map their group only after they have given up to drop groups, because a file may
    // be denied to a group.
    for (file, content) in [
        ("/proc/self/uid_map", format!("{user} {user} 1")),
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/gid_map", format!("{group} {group} 1")),
    ] {
        fs::write(file, content).map_err(SandboxError::refused(format!("write {file}")))?;
    }
    Ok(())
}

/// Adds who is to blame, as far as one can tell: the kernel says no more than no.
fn explained(error: SandboxError) -> SandboxError {
    let SandboxError::Refused { step, source, .. } = error else { return error };
    let hint = match source.kind() {
        // The latter is how a limit refuses, and the limit may be none at all.
        io::ErrorKind::PermissionDenied | io::ErrorKind::StorageFull => Some(forbidden_by()),
        _ => None,
    };
    SandboxError::Refused { step, hint, source }
}

/// What keeps users from making namespaces. The last two settings are Debian's and Ubuntu's own.
fn forbidden_by() -> &'static str {
    const SETTINGS: [(&str, &str, &str); 4] = [
        ("user/max_user_namespaces", "0", "the sysctl user.max_user_namespaces=0 forbids it"),
        ("user/max_mnt_namespaces", "0", "the sysctl user.max_mnt_namespaces=0 forbids it"),
        (
            "kernel/unprivileged_userns_clone",
            "0",
            "the sysctl kernel.unprivileged_userns_clone=0 forbids it to users",
        ),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "the sysctl kernel.apparmor_restrict_unprivileged_userns=1 forbids it to users",
        ),
    ];

    let is_set = |(name, forbidding, _): &&(&str, &str, &str)| {
        fs::read_to_string(Path::new("/proc/sys").join(name)).is_ok_and(|is| is.trim() == *forbidding)
    };
    SETTINGS
        .iter()
        .find(is_set)
        .map_or("no sysctl forbids it, a container or a security module may", |found| found.2)
}

fn unshare(namespaces: UnshareFlags) -> Result<(), Errno> {
    #[expect(deprecated, reason = "what makes it unsafe is UnshareFlags::FILES, which is not used here")]
    rustix::thread::unshare(namespaces)
}

/// The path that something on the machine has as long as its root is there.
fn outside(path: &Path) -> PathBuf {
    Path::new(MACHINE).join(path.strip_prefix("/").unwrap_or(path))
}

/// Shows in `target` what is in a folder of the machine: links as links, everything else, with all that is
/// mounted in it, as what it is.
fn mirror(folder: &Path, target: &str, except: &[&str]) -> Result<(), SandboxError> {
    let failed = || SandboxError::refused::<io::Error>(format!("read the folder {}", folder.display()));
    for entry in fs::read_dir(outside(folder)).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let name = entry.file_name();
        if except.iter().any(|&excepted| name == excepted) {
            continue;
        }
        let (source, target) = (entry.path(), Path::new(target).join(name));
        let kind = entry.file_type().map_err(failed())?;
        if kind.is_symlink() {
            let link = fs::read_link(source).and_then(|to| std::os::unix::fs::symlink(to, &target));
            link.map_err(SandboxError::refused(format!("make the link {}", target.display())))?;
        } else {
            bind(&source, &target, kind)?;
        }
    }
    Ok(())
}

/// Recursive even where one folder is wanted: in a user namespace the mounts of the machine are locked, and
/// none may be left out, because it may be there to hide what is under it.
fn bind(source: &Path, target: &Path, kind: FileType) -> Result<(), SandboxError> {
    let made = if kind.is_dir() { fs::create_dir_all(target) } else { File::create(target).map(drop) };
    made.and_then(|()| Ok(mount_bind_recursive(source, target)?))
        .map_err(SandboxError::refused(format!("show {}", target.display())))
}

/// A bind mount takes its flags from where it comes; only another mount of it, over itself, changes them. That
/// one has to name those that a user namespace may not take away. What is mounted further in stays as it is.
fn make_read_only(target: &str) -> Result<(), SandboxError> {
    let failed = || SandboxError::refused::<Errno>(format!("make {target} read-only"));
    let has = statvfs(target).map_err(failed())?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::RDONLY;
    for (has_it, flag) in [
        (has.contains(StatVfsMountFlags::NOSUID), MountFlags::NOSUID),
        (has.contains(StatVfsMountFlags::NODEV), MountFlags::NODEV),
        (has.contains(StatVfsMountFlags::NOEXEC), MountFlags::NOEXEC),
    ] {
        flags.set(flag, has_it);
    }
    mount_remount(target, flags, c"").map_err(failed())
}
