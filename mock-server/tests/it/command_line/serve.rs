//! `mock-server serve`: a function until a signal comes.

use std::{collections::BTreeSet, fs, process::Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::{
    command,
    server::{Server, path},
};
use crate::{
    folder::{Folder, Lifeline},
    raw::Connection,
    wait::soon,
};

/// A server with one function, `echo`.
async fn serve(bootstrap: &std::path::Path) -> Server {
    let arguments = ["--name", "echo", "--timeout", "1m", "--bootstrap", bootstrap.to_str().unwrap()];
    Server::start(&arguments, 1, Stdio::piped()).await
}

fn echo(folder: &Folder, lifeline: &Lifeline) -> std::path::PathBuf {
    folder.python(&format!(
        r#"
pipe = os.open("{}", os.O_WRONLY)
while True:
    request_id, event = next()
    write("got " + event.decode())
    respond(request_id, event)
"#,
        lifeline.path().display()
    ))
}

#[tokio::test]
async fn it_prints_its_url_and_answers_until_a_signal_comes() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let folder = Folder::new();
        let mut lifeline = Lifeline::new(&folder);
        let server = serve(&echo(&folder, &lifeline)).await;
        let url = &server.urls[0];
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        assert!(url.ends_with("/2015-03-31/functions/echo/invocations"), "{url}");
        assert_eq!(server.invoke("echo", r#"{"n":21}"#).await.brief(), (200, r#"{"n":21}"#));
        assert_eq!(server.invoke("echo", "2").await.brief(), (200, "2"));
        assert_eq!(server.post("/2015-03-31/functions/other/invocations", "1").await.status(), 404);
        assert!(lifeline.is_held());

        let (status, log) = server.stop(signal).await;
        assert_eq!(status, Some(0), "{log}");
        lifeline.ended().await;
        assert!(log.contains("got {\"n\":21}\n") && log.contains("got 2\n"), "{log}");
        assert_eq!(log.matches("START RequestId: ").count(), 2, "{log}");
        assert!(!log.contains("error:"), "{log}");
    }
}

#[tokio::test]
async fn a_server_without_a_function_says_where_functions_are_created() {
    let server = Server::start(&["--empty"], 1, Stdio::piped()).await;
    let mut connection = Connection::tcp(server.address()).await;
    let reply = soon(connection.get("/2015-03-31/functions/")).await;
    assert_eq!(reply.brief(), (200, r#"{"Functions":[]}"#));
    assert_eq!(server.urls[0], format!("http://{}", server.address()));
    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
}

#[tokio::test]
async fn an_idle_environment_goes_after_the_lifetime_that_the_command_line_or_the_file_says() {
    let folders = [(); 3].map(|()| Folder::new());
    let [usual, short, mut long] = [0, 1, 2].map(|at| Lifeline::new(&folders[at]));
    let bootstraps = [echo(&folders[0], &usual), echo(&folders[1], &short), echo(&folders[2], &long)];
    let [usual_at, short_at, long_at] = bootstraps.map(|bootstrap| bootstrap.display().to_string());
    let config = folders[0].file(
        "mock.toml",
        &format!(
            "[functions]\n\
             usual = {{ bootstrap = \"{usual_at}\", timeout = \"1m\" }}\n\
             short = {{ bootstrap = \"{short_at}\", timeout = \"1m\", idle-lifetime = \"2ms\" }}\n\
             long = {{ bootstrap = \"{long_at}\", timeout = \"1m\", idle-lifetime = \"1h\" }}\n"
        ),
    );
    let arguments = ["--idle-lifetime", "1ms", "--config", config.to_str().unwrap()];
    let log = fs::File::create(folders[0].path().join("log")).unwrap();
    let server = Server::start(&arguments, 3, log).await;
    for function in ["long", "usual", "short"] {
        assert_eq!(server.invoke(function, "1").await.brief(), (200, "1"), "{function}");
    }
    usual.ended().await;
    short.ended().await;
    assert!(long.is_held());
    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
}

#[tokio::test]
async fn the_same_seed_draws_the_same_versions_and_ids_stay_different() {
    let folder = Folder::new();
    let lifeline = Lifeline::new(&folder);
    let config = format!(
        "functions.f = {{ bootstrap = \"{}\", timeout = \"1m\", aliases.live = {{ version = 1, weights = {{ 2 = 0.5 }} }} }}\n",
        echo(&folder, &lifeline).display()
    );
    let config = folder.file("mock.toml", &config);
    let mut drawn = Vec::new();
    let mut ids = BTreeSet::new();
    for seed in ["7", "7", "8"] {
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let server = Server::start(&["--seed", seed, "--config", config.to_str().unwrap()], 1, log).await;
        let mut versions = String::new();
        for _ in 0..24 {
            let reply = server.invoke("f:live", "1").await;
            versions += reply.header("x-amz-executed-version").unwrap();
            ids.insert(reply.header("x-amzn-requestid").unwrap().to_owned());
        }
        assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
        drawn.push(versions);
    }
    assert_eq!(drawn[0], drawn[1]);
    assert_ne!(drawn[1], drawn[2]);
    assert!(drawn[0].contains('1') && drawn[0].contains('2'), "{drawn:?}");
    assert_eq!(ids.len(), 3 * 24);
}

#[tokio::test]
async fn a_signal_ends_it_even_in_the_middle_of_an_invocation() {
    let folder = Folder::new();
    let lifeline = Lifeline::new(&folder);
    let script = folder.python(&format!(
        "pipe = os.open(\"{}\", os.O_WRONLY)\nnext()\nwrite('busy')\nsignal.pause()",
        lifeline.path().display()
    ));
    let mut server = serve(&script).await;
    let invocation = {
        let mut connection = Connection::tcp(server.address()).await;
        connection.send(crate::raw::post(&path("echo"), &[], b"{}")).await;
        connection
    };
    let mut log = BufReader::new(server.child.stderr.as_mut().unwrap()).lines();
    while soon(log.next_line()).await.unwrap().unwrap() != "busy" {}
    drop(log);
    let (status, log) = server.stop(Signal::TERM).await;
    assert_eq!(status, Some(0), "{log}");
    lifeline.ended().await;
    drop(invocation);
}

#[tokio::test]
async fn a_signal_may_come_as_soon_as_the_url_is_there() {
    let folder = Folder::new();
    let bootstrap = folder.sh("exit 0");
    // Several times, because it may be in time by chance.
    for _ in 0..8 {
        let server = serve(&bootstrap).await;
        assert_eq!(server.stop(Signal::TERM).await, (Some(0), String::new()));
    }
}

#[tokio::test]
async fn an_address_in_use_ends_it_with_status_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::new();
    let bootstrap = folder.sh("exit 0");
    let output = super::run(&["serve", "--bootstrap", bootstrap.to_str().unwrap(), "--listen", &address]);
    assert_eq!((output.status.code(), super::stdout(&output)), (Some(2), ""));
    assert!(super::error(&output).contains(&address), "{}", super::error(&output));
}

#[tokio::test]
async fn a_signal_ends_a_single_invocation_and_its_process() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let folder = Folder::new();
        let lifeline = Lifeline::new(&folder);
        let script = folder.sh(&format!("{}\necho busy\nexec sleep 600", lifeline.hold()));
        let arguments = ["invoke", "--bootstrap", script.to_str().unwrap()];
        let mut command = tokio::process::Command::from(command(&arguments));
        let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("busy"));

        let pid = Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
        assert_eq!(soon(child.wait()).await.unwrap().code(), Some(2));
        let mut last = None;
        while let Some(line) = soon(lines.next_line()).await.unwrap() {
            last = Some(line);
        }
        assert_eq!(last.as_deref(), Some("error: stopped before the function had answered"));
        lifeline.ended().await;
    }
}

#[tokio::test]
async fn even_a_command_that_is_killed_leaves_no_process_behind() {
    let folder = Folder::new();
    let mut lifeline = Lifeline::new(&folder);
    let script = folder.sh(&format!("{}\nsleep 600 &\necho busy\nexec sleep 600", lifeline.hold()));
    let arguments = ["invoke", "--bootstrap", script.to_str().unwrap()];
    let mut command = tokio::process::Command::from(command(&arguments));
    let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("busy"));
    assert!(lifeline.is_held());
    soon(child.kill()).await.unwrap();
    lifeline.ended().await;
}
