//! `mock-server serve`, when code changes: who runs the new code and who the old one, and what becomes of the files.
//!
//! That changed code runs at all is in `config`.

use std::{fs, path::Path, process::Command};

use rustix::process::Signal;

use super::server::Server;
use crate::{
    folder::Folder,
    management::zip::{EXECUTABLE, zip},
    raw::Connection,
    wait::soon,
};

/// Answers with its own text and where it lies.
fn says(folder: &Folder, text: &str) -> String {
    let lines = format!(
        "while True:\n    request_id, event = next()\n    respond(request_id, json.dumps(['{text}', os.getcwd()]))"
    );
    let bootstrap = folder.python(&lines);
    let content = fs::read_to_string(&bootstrap).unwrap();
    fs::remove_file(bootstrap).unwrap();
    content
}

/// Puts a package with this bootstrap in the place of the one before, in one step.
fn pack(folder: &Folder, bootstrap: &str) {
    let path = folder.path().join("next.zip");
    fs::write(&path, zip(&[("bootstrap", EXECUTABLE, bootstrap)])).unwrap();
    fs::rename(path, folder.path().join("f.zip")).unwrap();
}

async fn answer(server: &Server, function: &str) -> [String; 2] {
    let reply = server.invoke(function, "1").await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    serde_json::from_slice(&reply.body).unwrap()
}

async fn serve(folder: &Folder, config: &Path) -> Server {
    let log = fs::File::create(folder.path().join("log")).unwrap();
    Server::start(&["--config", config.to_str().unwrap()], 1, log).await
}

fn log(folder: &Folder) -> String {
    fs::read_to_string(folder.path().join("log")).unwrap()
}

#[tokio::test]
async fn of_a_package_that_changes_again_and_again_only_the_newest_is_kept_unpacked() {
    let folder = Folder::new();
    pack(&folder, &says(&folder, "old"));
    let config = folder.file("mock.toml", "[functions.f]\nbootstrap = \"f.zip\"\ntimeout = \"1m\"\n");
    let server = serve(&folder, &config).await;
    let [_, mut place] = answer(&server, "f").await;
    for text in ["new", "newer"] {
        pack(&folder, &says(&folder, text));
        let newest = soon(async {
            loop {
                let [answered, newest] = answer(&server, "f").await;
                if answered == text {
                    break newest;
                }
            }
        });
        let newest = newest.await;
        assert_ne!(place, newest);
        // Nothing needs the old files once the last environment that runs in them is gone.
        soon(async { while Path::new(&place).exists() && !answer(&server, "f").await.is_empty() {} }).await;
        place = newest;
    }
    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
    assert!(!Path::new(&place).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invocations_are_answered_while_new_code_is_read() {
    let folder = Folder::new();
    pack(&folder, &says(&folder, "old"));
    let config = folder.file("mock.toml", "[functions.f]\nbootstrap = \"f.zip\"\ntimeout = \"1m\"\n");
    let server = serve(&folder, &config).await;
    let [_, place] = answer(&server, "f").await;

    // In place of the package a folder, which is taken for one, with a pipe: whoever reads that waits until it is closed.
    let (next, package) = (folder.path().join("next"), folder.path().join("f.zip"));
    fs::create_dir(&next).unwrap();
    assert!(Command::new("mkfifo").arg(next.join("pipe")).status().unwrap().success());
    let bootstrap = folder.executable(&says(&folder, "new"));
    fs::rename(bootstrap, next.join("bootstrap")).unwrap();
    fs::remove_file(&package).unwrap();
    fs::rename(&next, &package).unwrap();
    let opened =
        tokio::task::spawn_blocking(move || fs::File::options().write(true).open(package.join("pipe")));
    let written = soon(opened).await.unwrap().unwrap();
    for _ in 0..3 {
        assert_eq!(answer(&server, "f").await, ["old".to_owned(), place.clone()]);
    }
    drop(written);
    noted(&folder, &server, "note: f runs new code\n").await;
    assert_eq!(text(&server, "f").await, "new");
    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
}

/// Waits until the server has said this, and does not let it rest meanwhile.
async fn noted(folder: &Folder, server: &Server, note: &str) {
    soon(async { while !log(folder).contains(note) && !answer(server, "f").await.is_empty() {} }).await;
}

async fn text(server: &Server, function: &str) -> String {
    let [text, _] = answer(server, function).await;
    text
}

#[tokio::test]
async fn the_alias_that_sam_publishes_and_its_url_get_versions_of_new_code() {
    let folder = Folder::new();
    let template = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      FunctionName: f\n      \
                    Runtime: provided.al2023\n      Handler: bootstrap\n      Timeout: 60\n      CodeUri: f.zip\n      \
                    AutoPublishAlias: live\n      FunctionUrlConfig: {AuthType: NONE}\n";
    pack(&folder, &says(&folder, "old"));
    let config = folder.file("template.yaml", template);
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let server = Server::start(&["--config", config.to_str().unwrap()], 2, log).await;
    let url = server.urls[1].strip_prefix("http://").unwrap().trim_end_matches('/');
    for (version, code) in [("1", "old"), ("2", "new"), ("3", "newer")] {
        if version != "1" {
            pack(&folder, &says(&folder, code));
            let note = format!("note: f runs new code, and its alias live leads to version {version}\n");
            noted(&folder, &server, &note).await;
        }
        for function in ["f", "f:live", &format!("f:{version}")] {
            assert_eq!(text(&server, function).await, code, "{function}");
        }
        let reply = soon(Connection::tcp(url).await.get("/")).await;
        assert!(reply.text().contains(&format!("\"{code}\"")), "{}", reply.text());
    }
    assert_eq!(text(&server, "f:1").await, "old", "what the file has published stays");
    assert_eq!(server.invoke("f:2", "1").await.status(), 404, "nothing leads there any more");
    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
}

#[tokio::test]
async fn versions_that_are_published_by_number_keep_their_code_and_that_is_said() {
    let folder = Folder::new();
    let bootstrap = folder.path().join("bootstrap");
    let write = |text: &str| folder.executable(&says(&folder, text));
    write("old");
    let config =
        "[functions.f]\nbootstrap = \"bootstrap\"\ntimeout = \"1m\"\naliases.live = { version = 1 }\n";
    let config = folder.file("mock.toml", config);
    let server = serve(&folder, &config).await;
    assert_eq!(text(&server, "f").await, "old");
    assert_eq!(write("new"), bootstrap);
    noted(&folder, &server, "note: f runs new code as $LATEST; its versions keep theirs\n").await;
    assert_eq!(text(&server, "f").await, "new");
    assert_eq!(text(&server, "f:live").await, "old", "although it is started only now");
    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
}
