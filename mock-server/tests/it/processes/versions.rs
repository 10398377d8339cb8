//! Published versions of functions that are processes: they run the files as they were.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::PathBuf,
};

use lambda_api::{ErrorType, limits};
use mock_server::{Function, Invocation};
use tempfile::TempDir;

use super::{function, patient};
use crate::{folder::Folder, wait::soon};

/// Answers with its own text, where it is told that it lies, and what stands in a file there.
fn says(folder: &Folder, text: &str) -> PathBuf {
    folder.file("data", text);
    folder.python(&format!(
        "while True:\n    request_id, event = next()\n    \
         told = ['{text}', os.environ['LAMBDA_TASK_ROOT'] == os.getcwd(), open('data').read()]\n    \
         respond(request_id, json.dumps(told))"
    ))
}

async fn answer(function: &Function, qualifier: &str) -> (String, bool, String) {
    let outcome = soon(function.invoke(Invocation::new("{}").qualifier(qualifier))).await;
    outcome.json_as().unwrap()
}

fn told(text: &str, data: &str) -> (String, bool, String) {
    (text.to_owned(), true, data.to_owned())
}

#[tokio::test]
async fn a_version_runs_the_folder_as_it_was_when_it_was_published() {
    let folder = Folder::new();
    let path = says(&folder, "old");
    let function = function(folder.path());
    assert_eq!(function.publish(), Ok(1));
    says(&folder, "new");
    assert_eq!(answer(&function, "1").await, told("old", "old"));
    // Another one is made of new code only.
    assert_eq!(function.publish(), Ok(1));
    let function = function.update().bootstrap(folder.path()).unwrap();
    assert_eq!(function.publish(), Ok(2));
    fs::remove_file(path).unwrap();
    assert_eq!(answer(&function, "2").await, told("new", "new"));
    assert_eq!(answer(&function, "1").await, told("old", "old"));
}

#[tokio::test]
async fn a_version_runs_the_executable_as_it_was_in_the_working_folder_as_it_is() {
    let folder = Folder::new();
    let function = function(says(&folder, "old"));
    assert_eq!(function.publish(), Ok(1));
    says(&folder, "new");
    assert_eq!(answer(&function, "1").await, told("old", "new"));
    assert_eq!(answer(&function, "$LATEST").await, told("new", "new"));
}

#[tokio::test]
async fn a_link_out_of_the_folder_becomes_the_file_and_one_in_it_stays() {
    let (folder, built) = (Folder::new(), Folder::new());
    symlink(says(&built, "old"), folder.path().join("bootstrap")).unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    folder.file("files/data", "inside");
    symlink("files/data", folder.path().join("data")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    symlink(built.path(), folder.path().join("elsewhere")).unwrap();
    let function = function(folder.path());
    assert_eq!(function.publish(), Ok(1));
    says(&built, "new");
    folder.file("files/data", "changed");
    assert_eq!(answer(&function, "1").await, told("old", "inside"));
}

#[tokio::test]
async fn a_folder_that_is_more_than_a_package_can_be_makes_a_version_that_says_so() {
    let folder = Folder::new();
    says(&folder, "large");
    let large = File::create(folder.path().join("large")).unwrap();
    large.set_len(limits::UNZIPPED_BYTES as u64 + 1).unwrap();
    let function = function(folder.path());
    assert_eq!(function.publish(), Ok(1));
    assert_eq!(answer(&function, "$LATEST").await, told("large", "large"));
    let outcome = soon(function.invoke(Invocation::new("{}").qualifier("1"))).await;
    assert_eq!(outcome.error_type(), Some(ErrorType::SANDBOX_FAILURE));
    let says = format!("Unzipped size must be smaller than {} bytes", limits::UNZIPPED_BYTES);
    let notes = function.timeline().entries();
    assert!(notes.iter().any(|entry| format!("{:?}", entry.event).contains(&says)), "{notes:#?}");
}

#[tokio::test]
async fn code_that_is_run_by_another_program_stays_where_that_program_knows_it() {
    let folder = Folder::new();
    let path = says(&folder, "old");
    let function = patient().wrapper("env", [""; 0]).bootstrap(path).unwrap();
    assert_eq!(function.publish(), Ok(1));
    says(&folder, "new");
    assert_eq!(answer(&function, "1").await, told("new", "new"));
}

#[tokio::test]
async fn kept_code_is_kept_for_the_versions_that_were_published_of_it() {
    let folder = Folder::new();
    let kept = TempDir::new().unwrap();
    let path = kept.path().to_owned();
    fs::rename(says(&folder, "old"), path.join("bootstrap")).unwrap();
    fs::write(path.join("data"), "old").unwrap();
    let function = patient().bootstrap_kept(&path, kept).unwrap();
    assert_eq!(function.publish(), Ok(1));
    let function = function.update().bootstrap(says(&folder, "new")).unwrap();
    assert_eq!(answer(&function, "1").await, told("old", "old"));
    assert_eq!(answer(&function, "$LATEST").await, told("new", "new"));
    function.delete_version(1).unwrap();
    function.shut_down().await;
    assert!(!path.exists());
}
