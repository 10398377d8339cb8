//! Functions that are folders, and folders laid out as `/opt`.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use mock_server::{Event, ExtensionEvent, Function, Outcome, StartError};

use super::{extension, extension_lines, patient, platform_error};
use crate::{folder::Folder, guest, wait::soon};

const ECHO: &str = "while True:\n    request_id, event = next()\n    respond(request_id, event)";
/// Tells where it runs, and ends.
const WHERE: &str = "pwd -P\necho \"$0\"\necho \"$LAMBDA_TASK_ROOT\"";

/// A folder for `/opt` with such extensions, each of which says that it is there.
fn opt(folder: &Folder, names: &[&str]) -> PathBuf {
    let opt = folder.path().join("opt");
    fs::create_dir_all(opt.join("extensions")).unwrap();
    for name in names {
        let made = extension(folder, "made", "write('here')");
        fs::rename(made, opt.join("extensions").join(name)).unwrap();
    }
    opt
}

/// Moves a bootstrap into a folder of this name.
fn package(folder: &Folder, name: &str, bootstrap: &Path) -> PathBuf {
    let package = folder.path().join(name);
    fs::create_dir_all(&package).unwrap();
    fs::rename(bootstrap, package.join("bootstrap")).unwrap();
    package
}

/// The names of the extensions that were started or tried to start, in order.
fn launches(function: &Function) -> Vec<String> {
    let entries = function.timeline().entries().into_iter();
    let launch = |event| match event {
        Event::Extension {
            name,
            event: ExtensionEvent::Launched { .. } | ExtensionEvent::LaunchFailed { .. },
        } => Some(name),
        _ => None,
    };
    entries.filter_map(|entry| launch(entry.event)).collect()
}

// === bootstraps ===

#[tokio::test]
async fn a_folder_is_a_package_whose_bootstrap_runs_in_it() {
    let folder = Folder::new();
    let package = package(&folder, "task", &folder.sh(WHERE)).canonicalize().unwrap();
    let function = patient().bootstrap(&package).unwrap();
    let outcome = soon(function.invoke("{}")).await;
    let root = package.to_str().unwrap();
    assert_eq!(outcome.logs()[..3], [root, &format!("{root}/bootstrap"), root]);
}

#[tokio::test]
async fn a_package_without_a_bootstrap_runs_that_of_the_layers_in_its_own_folder() {
    let folder = Folder::new();
    let opt = package(&folder, "opt", &folder.sh(WHERE)).canonicalize().unwrap();
    let task = folder.path().canonicalize().unwrap().join("task");
    fs::create_dir(&task).unwrap();
    let function = patient().opt(&opt).bootstrap(&task).unwrap();
    let outcome = soon(function.invoke("{}")).await;
    let (root, bootstrap) = (task.to_str().unwrap(), opt.join("bootstrap"));
    assert_eq!(outcome.logs()[..3], [root, bootstrap.to_str().unwrap(), root]);
}

#[tokio::test]
async fn a_package_with_a_bootstrap_does_without_that_of_the_layers() {
    let folder = Folder::new();
    let opt = package(&folder, "opt", &folder.sh("echo layers"));
    let task = package(&folder, "task", &folder.sh("echo own"));
    let function = patient().opt(opt).bootstrap(task).unwrap();
    assert_eq!(soon(function.invoke("{}")).await.logs()[0], "own");
}

#[tokio::test]
async fn without_any_bootstrap_the_caller_is_told_in_lambdas_words() {
    let folder = Folder::new();
    let task = folder.path().join("task");
    // A folder of that name is no bootstrap.
    fs::create_dir_all(task.join("bootstrap")).unwrap();
    for function in [patient(), patient().opt(opt(&folder, &[]))] {
        let function = function.bootstrap(&task).unwrap();
        let outcome = soon(function.invoke("{}")).await;
        let message = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
        assert_eq!(outcome.payload(), &platform_error(&outcome, "Runtime.InvalidEntrypoint", message));
    }
    // The next start finds what is there then.
    let function = patient().bootstrap(&task).unwrap();
    fs::remove_dir(task.join("bootstrap")).unwrap();
    package(&folder, "task", &folder.python(ECHO));
    assert_eq!(soon(function.invoke("1")).await.payload(), "1");
}

#[tokio::test]
async fn a_bootstrap_in_a_package_that_may_not_be_executed_fails_the_init() {
    let folder = Folder::new();
    let task = package(&folder, "task", &folder.sh("exit 0"));
    let bootstrap = task.join("bootstrap");
    fs::set_permissions(&bootstrap, fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = soon(patient().bootstrap(&task).unwrap().invoke("{}")).await;
    let message = format!("fork/exec {}: permission denied", bootstrap.display());
    assert_eq!(outcome.payload(), &platform_error(&outcome, "Runtime.InvalidEntrypoint", &message));
}

#[tokio::test]
async fn folders_that_are_missing_or_none_are_named() {
    let folder = Folder::new();
    let bootstrap = folder.sh("exit 0");
    let missing = folder.path().join("missing");
    let refused = patient().opt(&missing).bootstrap(&bootstrap).unwrap_err();
    assert!(matches!(&refused, StartError::Missing { path } if *path == missing));
    let refused = patient().opt(&bootstrap).bootstrap(&bootstrap).unwrap_err();
    assert!(matches!(&refused, StartError::NotAFolder { path } if *path == bootstrap));
    assert_eq!(refused.to_string(), format!("{} is not a folder", bootstrap.display()));
}

// === extensions ===

#[tokio::test]
async fn every_file_in_the_extensions_of_the_layers_is_started_in_the_order_of_names() {
    let folder = Folder::new();
    let opt = opt(&folder, &["b", "Z", "a"]);
    fs::create_dir(opt.join("extensions/folder")).unwrap();
    let own = extension(&folder, "aa", "write('here')");
    let function = patient().opt(opt).extension(own).bootstrap(folder.python(ECHO)).unwrap();
    assert_eq!(soon(function.invoke("1")).await.payload(), "1");
    assert_eq!(launches(&function), ["Z", "a", "aa", "b"]);
    for name in launches(&function) {
        assert_eq!(extension_lines(&function, &name), ["here"], "{name}");
    }
}

#[tokio::test]
async fn two_extensions_of_one_name_are_refused() {
    let folder = Folder::new();
    let opt = opt(&folder, &["audit"]);
    let own = extension(&folder, "audit", "");
    let refused = patient().opt(&opt).extension(own).bootstrap(folder.sh("exit 0"));
    assert!(matches!(refused, Err(StartError::SameName { path }) if path == opt.join("extensions/audit")));
}

#[tokio::test]
async fn an_extension_of_the_layers_that_may_not_be_executed_fails_the_init() {
    let folder = Folder::new();
    let opt = opt(&folder, &["audit"]);
    let path = opt.join("extensions/audit");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let function = patient().opt(opt).bootstrap(folder.python(ECHO)).unwrap();
    let outcome = soon(function.invoke("1")).await;
    assert_eq!(outcome.payload(), &platform_error(&outcome, "Extension.LaunchError", "PermissionDenied"));
    let entries = function.timeline().entries();
    let told = entries.iter().find_map(|entry| match &entry.event {
        Event::Extension { event: ExtensionEvent::LaunchFailed { message }, .. } => Some(message.clone()),
        _ => None,
    });
    assert_eq!(told, Some(format!("fork/exec {}: permission denied", path.display())));
}

#[tokio::test]
async fn more_than_ten_extensions_fail_the_init_before_one_is_started() {
    let folder = Folder::new();
    let names: Vec<_> = (10..21).map(|number| number.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let opt = opt(&folder, &names);
    let bootstrap = folder.python(ECHO);
    let function = patient().opt(&opt).bootstrap(&bootstrap).unwrap();
    let outcome = soon(function.invoke("1")).await;
    assert_eq!(outcome.payload(), &platform_error(&outcome, "Extension.LaunchError", "TooManyExtensions"));
    let is_launch =
        |event: &Event| matches!(event, Event::Extension { event: ExtensionEvent::Launched { .. }, .. });
    assert!(!function.timeline().entries().iter().any(|entry| is_launch(&entry.event)));

    fs::remove_file(opt.join("extensions/15")).unwrap();
    let function = patient().opt(opt).bootstrap(bootstrap).unwrap();
    assert_eq!(soon(function.invoke("1")).await.payload(), "1", "ten are allowed");
}

#[tokio::test]
async fn a_file_in_the_layers_disables_all_extensions() {
    let folder = Folder::new();
    let opt = opt(&folder, &["audit"]);
    fs::write(opt.join("disable-extensions-jwigqn8j"), "").unwrap();
    let own = extension(&folder, "billing", "");
    let function = patient().opt(opt).extension(own).bootstrap(folder.python(ECHO)).unwrap();
    assert_eq!(soon(function.invoke("1")).await.payload(), "1");
    assert_eq!(launches(&function), [""; 0]);
    let entries = function.timeline().entries();
    let notes = entries.iter().filter(|entry| matches!(entry.event, Event::Note { .. }));
    assert_eq!(notes.count(), 1);
}

#[tokio::test]
async fn beside_a_runtime_in_this_process_the_extensions_of_the_layers_run_too() {
    let folder = Folder::new();
    let function = patient().opt(opt(&folder, &["audit"])).in_process(guest::echo);
    assert_eq!(soon(function.invoke("1")).await.payload(), "1");
    assert_eq!(extension_lines(&function, "audit"), ["here"]);
}

#[tokio::test]
async fn beside_a_runtime_in_this_process_a_missing_folder_fails_the_init() {
    let folder = Folder::new();
    let missing = folder.path().join("missing");
    let function = patient().opt(&missing).in_process(guest::echo);
    let outcome = soon(function.invoke("1")).await;
    let message = format!("there is no {}", missing.display());
    assert_eq!(outcome.payload(), &platform_error(&outcome, "Sandbox.Failure", &message));
}

#[tokio::test]
async fn environments_with_extensions_beside_each_other_are_told_of_once() {
    let folder = Folder::new();
    let audit = extension(&folder, "audit", "");
    let function = patient().extension(audit).bootstrap(folder.python(ECHO)).unwrap();
    let notes = || {
        let entries = function.timeline().entries().into_iter();
        entries.filter(|entry| matches!(&entry.event, Event::Note { text } if text.contains("port"))).count()
    };
    assert!(soon(function.invoke("1")).await.is_success());
    assert_eq!(notes(), 0, "one is alone");
    let (one, two, three) =
        soon(async { tokio::join!(function.invoke("1"), function.invoke("2"), function.invoke("3")) }).await;
    assert!([one, two, three].iter().all(Outcome::is_success));
    assert_eq!(notes(), 1);
    let environments = function.timeline().entries().into_iter().map(|entry| entry.environment).max();
    assert_eq!(environments.unwrap().to_string(), "3");
}

#[tokio::test]
async fn environments_without_extensions_may_be_beside_each_other() {
    let folder = Folder::new();
    let function = patient().bootstrap(folder.python(ECHO)).unwrap();
    let (one, two) = soon(async { tokio::join!(function.invoke("1"), function.invoke("2")) }).await;
    assert!(one.is_success() && two.is_success());
    let entries = function.timeline().entries();
    assert!(!entries.iter().any(|entry| matches!(entry.event, Event::Note { .. })));
}
