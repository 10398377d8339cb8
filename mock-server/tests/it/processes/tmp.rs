//! The private `/tmp` of an environment.

use std::path::PathBuf;

use mock_server::Outcome;

use super::{extension, extension_lines, function, patient};
use crate::{folder::Folder, wait::soon};

/// Answers with its folder and what is in it, and leaves one more file there. Asked to, it ends instead.
const LISTING: &str = r#"
import tempfile
while True:
    request_id, event = next()
    folder = tempfile.gettempdir()
    respond(request_id, json.dumps([folder, len(os.listdir(folder))]))
    tempfile.mkstemp()
    if event == b"1":
        sys.exit(1)
"#;

fn listing(outcome: &Outcome) -> (PathBuf, usize) {
    serde_json::from_slice(outcome.payload()).unwrap()
}

#[tokio::test]
async fn files_are_kept_across_invocations_and_resets() {
    let folder = Folder::new();
    let function = function(folder.python(LISTING));
    let mut listings = Vec::new();
    for event in ["0", "1", "0"] {
        listings.push(listing(&soon(function.invoke(event)).await));
    }
    let tmp = listings[0].0.clone();
    assert_eq!(listings, [(tmp.clone(), 0), (tmp.clone(), 1), (tmp, 2)]);
}

#[tokio::test]
async fn environments_have_folders_of_their_own() {
    let folder = Folder::new();
    let function = function(folder.python(LISTING));
    let (one, two) = soon(async { tokio::join!(function.invoke("0"), function.invoke("0")) }).await;
    let ((one, _), (two, _)) = (listing(&one), listing(&two));
    assert_ne!(one, two);
    let of_all = |tmp: &PathBuf| tmp.ancestors().nth(2).unwrap().to_owned();
    assert_eq!(of_all(&one), of_all(&two));
    assert_eq!(one.file_name(), Some("tmp".as_ref()));
}

#[tokio::test]
async fn an_extension_has_the_folder_of_the_runtime() {
    let folder = Folder::new();
    let audit = extension(&folder, "audit", "write(os.environ['TMPDIR'])");
    let function = patient().extension(audit).bootstrap(folder.python(LISTING)).unwrap();
    let (tmp, _) = listing(&soon(function.invoke("0")).await);
    assert_eq!(extension_lines(&function, "audit"), [tmp.to_str().unwrap()]);
}

#[tokio::test]
async fn a_variable_of_the_functions_own_leads_elsewhere() {
    let folder = Folder::new();
    let elsewhere = folder.path().to_str().unwrap();
    let function = patient().env("TMPDIR", elsewhere).bootstrap(folder.python(LISTING)).unwrap();
    let (tmp, _) = listing(&soon(function.invoke("0")).await);
    assert_eq!(tmp, folder.path());
}

#[tokio::test]
async fn the_folder_goes_with_its_environment() {
    let folder = Folder::new();
    let function = function(folder.python(LISTING));
    let (first, _) = listing(&soon(function.invoke("0")).await);
    assert!(first.is_dir());
    soon(function.shut_down()).await;
    assert!(!first.parent().unwrap().exists());
    let (second, files) = listing(&soon(function.invoke("0")).await);
    assert_eq!((first == second, files), (false, 0));
}
