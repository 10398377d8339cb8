//! Bootstraps that cannot be started, and addresses that cannot be taken.

use std::{error::Error, fs, net::TcpListener, os::unix::fs::PermissionsExt};

use mock_server::{Event, MockLambda, StartError};

use super::{patient, platform_error};
use crate::{
    folder::Folder,
    wait::{PATIENCE, soon},
};

/// The caller's error for a bootstrap that is there and cannot be executed.
async fn invalid_entrypoint(content: &str) -> String {
    let folder = Folder::new();
    let function = super::function(folder.executable(content));
    let outcome = soon(function.invoke("{}")).await;
    assert_eq!(outcome.error_type(), Some("Runtime.InvalidEntrypoint"));
    let path = folder.path().canonicalize().unwrap().join("bootstrap");
    let body = outcome.json().unwrap();
    let message = body["errorMessage"].as_str().unwrap();
    assert!(!message.contains('\n'), "{message}");
    let told = function.timeline().entries();
    let told = told.iter().find_map(|entry| match &entry.event {
        Event::LaunchFailed { message } => Some(message.clone()),
        _ => None,
    });
    let told = told.unwrap();
    assert_eq!(outcome.payload(), &platform_error(&outcome, "Runtime.InvalidEntrypoint", &told));
    let reason = told.strip_prefix(&format!("fork/exec {}: ", path.display())).unwrap();
    reason.to_owned()
}

#[tokio::test]
async fn a_script_that_does_not_name_its_interpreter_is_no_executable() {
    let reason = invalid_entrypoint("echo no shebang\n").await;
    assert!(reason.to_lowercase().starts_with("exec format error"), "{reason}");
}

#[tokio::test]
async fn a_script_whose_interpreter_is_missing_is_no_executable() {
    let reason = invalid_entrypoint("#!/no/such/interpreter\n").await;
    assert!(reason.to_lowercase().starts_with("no such file or directory"), "{reason}");
}

#[tokio::test]
async fn a_bootstrap_that_is_removed_later_is_told_in_lambdas_words() {
    let folder = Folder::new();
    let script = folder.sh("exit 0");
    let function = super::function(&script);
    let path = script.canonicalize().unwrap();
    fs::remove_file(&path).unwrap();
    let outcome = soon(function.invoke("{}")).await;
    let message = format!("Couldn't find valid bootstrap(s): [{}]", path.display());
    assert_eq!(outcome.payload(), &platform_error(&outcome, "Runtime.InvalidEntrypoint", &message));
    // The function is not lost.
    folder.python("request_id, event = next()\nrespond(request_id, event)");
    assert_eq!(soon(function.invoke("1")).await.payload(), "1");
}

#[tokio::test]
async fn a_missing_bootstrap_is_named() {
    let folder = Folder::new();
    let path = folder.path().join("bootstrap");
    let error = patient().bootstrap(&path).unwrap_err();
    assert!(matches!(&error, StartError::Missing { path: missing } if *missing == path));
    let message = error.to_string();
    assert!(message.contains(path.to_str().unwrap()) && !message.contains('\n'), "{message}");
}

#[tokio::test]
async fn a_bootstrap_that_may_not_be_executed_is_named() {
    let folder = Folder::new();
    let script = folder.sh("exit 0");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();
    let error = patient().bootstrap(&script).unwrap_err();
    assert!(matches!(&error, StartError::NotExecutable { path } if *path == script));
    let message = error.to_string();
    assert!(message.contains(script.to_str().unwrap()) && !message.contains('\n'), "{message}");
}

#[tokio::test]
async fn an_address_in_use_is_named_with_the_reason() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = Folder::new();
    let error = patient().runtime_api(address).bootstrap(folder.sh("exit 0")).unwrap_err();
    assert!(matches!(&error, StartError::Bind { address: named, .. } if *named == address));
    assert_eq!(error.to_string(), format!("the Runtime API cannot listen on {address}"));
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_fixed_address_serves_one_invocation_after_the_other() {
    let folder = Folder::new();
    let script = folder.python(
        "write(address)\nwhile True:\n    request_id, event = next()\n    respond(request_id, json.dumps(address))",
    );
    let mock = MockLambda::new();
    let function = mock
        .function("f")
        .timeout(PATIENCE)
        .runtime_api(([127, 0, 0, 1], 0).into())
        .bootstrap(script)
        .unwrap();
    let mut addresses = Vec::new();
    for _ in 0..2 {
        let (first, second) =
            soon(async { tokio::join!(function.invoke("{}"), function.invoke("{}")) }).await;
        assert!(second.is_throttled(), "there is one environment, and it is busy");
        addresses.push(first.json().unwrap());
        for _ in 0..2 {
            addresses.push(soon(function.invoke("{}")).await.json().unwrap());
        }
        // The next environment takes the same address.
        soon(function.shut_down()).await;
    }
    assert_eq!(addresses, vec![addresses[0].clone(); 6]);
    let entries = mock.timeline().entries();
    let launches = entries.iter().filter(|entry| matches!(entry.event, Event::Launched { .. }));
    let environments: Vec<_> = launches.map(|entry| entry.environment.to_string()).collect();
    assert_eq!(environments, ["1", "2"]);
}

#[tokio::test]
async fn environments_have_addresses_of_their_own() {
    let folder = Folder::new();
    let function = super::function(folder.sh("echo \"$AWS_LAMBDA_RUNTIME_API\"\nexit 1"));
    let (one, two) = soon(async { tokio::join!(function.invoke("1"), function.invoke("2")) }).await;
    let mut addresses = [one.logs(), two.logs()].concat();
    assert_eq!(addresses.len(), 4, "init is tried twice in each");
    addresses.sort();
    addresses.dedup();
    assert!(addresses.len() > 1, "{addresses:?}");
}
