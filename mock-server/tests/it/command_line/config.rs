//! `mock-server serve --config`: the functions of a file, what is wrong with a file, and code that changes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{
    error, run,
    server::{Server, path},
    stdout,
};
use crate::{
    folder::Folder,
    processes::extension,
    raw::{self, Connection},
    wait::soon,
};

/// Answers with what it has been told.
const TELL: &str = r#"
told = {name: os.environ.get(name) for name in ["GREETING", "STAGE", "DONE"]}
told["name"] = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
told["memory"] = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
while True:
    request_id, event = next()
    told["event"] = json.loads(event)
    respond(request_id, json.dumps(told))
"#;

const DONE: &str = "arn:aws:sqs:us-east-1:123456789012:Done";

/// Line 9 is the one that has no effect.
const TEMPLATE: &str = r#"Parameters:
  Stage: {Type: String, Default: test}
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    Timeout: 60
    MemorySize: 256
    Colour: green
    Environment:
      Variables:
        GREETING: hi
        STAGE: !Ref Stage
Resources:
  Done: {Type: AWS::SQS::Queue}
  Tools:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: tools}
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: greeter
      CodeUri: greeter
      MemorySize: 512
      Layers: [!Ref Tools]
      AutoPublishAlias: live
      Environment:
        Variables:
          GREETING: !Sub "hello from ${Stage}"
          DONE: !GetAtt Done.Arn
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig:
          OnSuccess: {Type: SQS, Destination: !GetAtt Done.Arn}
  Other:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: other
      Runtime: provided.al2023
      Handler: bootstrap
      Timeout: 60
      Code: other
"#;

const TOML: &str = r#"
[functions.greeter]
bootstrap = "greeter"
timeout = "1m"
memory = 512
layers = ["tools"]
aliases.live = { version = 1, asynchronous = { retries = 0, on-success = "arn:aws:sqs:us-east-1:123456789012:Done" } }

[functions.greeter.environment]
GREETING = "hello from late"
STAGE = "late"
DONE = "arn:aws:sqs:us-east-1:123456789012:Done"

[functions.other]
bootstrap = "other/bootstrap"
timeout = "1m"

[sinks]
"arn:aws:sqs:us-east-1:123456789012:Done" = "file:done.jsonl"
"#;

/// The code that both files name.
fn project() -> Folder {
    let folder = Folder::new();
    for name in ["greeter", "other"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::rename(folder.python(TELL), folder.path().join(name).join("bootstrap")).unwrap();
    }
    fs::create_dir_all(folder.path().join("tools/extensions")).unwrap();
    extension(&folder, "tools/extensions/audit", "write('audit of ' + os.environ['STAGE'])");
    folder
}

async fn told(server: &Server, function: &str, event: &str) -> Value {
    let reply = server.invoke(function, event).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    serde_json::from_slice(&reply.body).unwrap()
}

/// Serves a file whose functions are those above, and looks at all of it. Gives what was written to standard error.
async fn serves(folder: &Folder, config: &Path, arguments: &[&str]) -> String {
    let log = folder.path().join("log");
    let arguments = [&["--config", config.to_str().unwrap()], arguments].concat();
    let server = Server::start(&arguments, 2, fs::File::create(&log).unwrap()).await;
    let mut paths: Vec<_> = server.urls.iter().map(|url| url.splitn(4, '/').nth(3).unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, [&path("greeter")[1..], &path("other")[1..]]);

    let greeter = json!({
        "GREETING": "hello from late", "STAGE": "late", "DONE": DONE, "name": "greeter", "memory": "512", "event": 1,
    });
    assert_eq!(told(&server, "greeter", "1").await, greeter);
    assert_eq!(told(&server, "greeter:live", "1").await, greeter);
    for (function, version) in [("greeter", "$LATEST"), ("greeter:live", "1"), ("greeter:1", "1")] {
        let reply = server.invoke(function, "1").await;
        assert_eq!(reply.header("x-amz-executed-version"), Some(version), "{function}");
    }
    assert_eq!(told(&server, "other", "{}").await["name"], "other");
    assert_eq!(server.invoke("greeter:old", "1").await.status(), 404);

    let mut connection = Connection::tcp(server.address()).await;
    let headers = [("X-Amz-Invocation-Type", "Event")];
    let reply = soon(connection.post_with(&path("greeter:live"), &headers, "2")).await;
    assert_eq!(reply.brief(), (202, ""));
    let done = folder.path().join("done.jsonl");
    let record = soon(async {
        loop {
            let text = fs::read_to_string(&done).unwrap_or_default();
            if text.ends_with('\n') {
                break text;
            }
            told(&server, "other", "{}").await;
        }
    })
    .await;
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!((&record["destination"], &record["body"]["requestPayload"]), (&json!(DONE), &json!(2)));

    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
    fs::read_to_string(log).unwrap()
}

#[tokio::test]
async fn the_functions_of_a_template_answer_by_name_and_alias() {
    let folder = project();
    let config = folder.file("template.yaml", TEMPLATE);
    let sink = format!("{DONE}=file:{}", folder.path().join("done.jsonl").display());
    let log = serves(&folder, &config, &["--parameter", "Stage=late", "--sink", &sink]).await;
    assert!(log.contains("audit of late"), "{log}");
    let warnings: Vec<_> = log.lines().filter(|line| line.starts_with("warning:")).collect();
    let expected = format!(
        "warning: {}:9: Globals.Function.Colour is not understood and has no effect",
        config.display()
    );
    assert_eq!(warnings, [expected]);
}

#[tokio::test]
async fn the_functions_of_a_file_in_toml_answer_by_name_and_alias() {
    let folder = project();
    let log = serves(&folder, &folder.file("mock.toml", TOML), &[]).await;
    assert!(log.contains("audit of late"), "{log}");
    assert!(!log.contains("warning:"), "{log}");
}

#[test]
fn what_is_wrong_with_a_file_is_one_line_with_the_place_and_what_was_expected() {
    let folder = project();
    let second = "  Third:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: other, FunctionName: other}\n";
    let template = |from: &str, to: &str| ("template.yaml", TEMPLATE.replacen(from, to, 1));
    let toml = |from: &str, to: &str| ("mock.toml", TOML.replacen(from, to, 1));
    let table = [
        (
            template("Timeout: 60", "Timeout: soon"),
            "7: Timeout must be a whole number of seconds from 1 to 900, found \"soon\"",
        ),
        (
            template("CodeUri: greeter", "CodeUri: gone"),
            "23: CodeUri must be a folder with a bootstrap, a .zip file or an executable, found \"gone\", which is not there",
        ),
        (template("!Ref Stage", "!Ref Nobody"), "13: there is no parameter or resource Nobody in this file"),
        (
            template("    Handler: bootstrap", "   Handler: bootstrap"),
            "6: not valid YAML: while parsing a block mapping, did not find expected key",
        ),
        (
            ("template.yaml", format!("{TEMPLATE}{second}")),
            "43: a second function is called other, as the one in line 35",
        ),
        (
            toml("memory = 512", "memory = 64"),
            "5: memory must be a whole number of MB from 128 to 10240, found 64",
        ),
        (
            toml("{ version = 1", "{ versions = 1"),
            "7: functions.greeter.aliases.live must have version, the number of a version or $LATEST",
        ),
        (
            toml("memory", "memorry"),
            "5: memorry is not understood here, where bootstrap, layers, extensions, max-concurrency, timeout, memory, \
             storage, handler, description, environment, architecture, reserved-concurrency, dead-letter, snap-start, \
             tenant-isolation, idle-lifetime, tracing, logging, url, asynchronous, triggers, versions, aliases can stand",
        ),
        (
            toml("version = 1", "version = \"live\""),
            "7: version must be the number of a version or $LATEST, found \"live\"",
        ),
        (
            toml("file:done.jsonl", "done.jsonl"),
            "19: arn:aws:sqs:us-east-1:123456789012:Done must be file:PATH, http://HOST:PORT/PATH without TLS, \
             sqs:QUEUE_URL, memory or function, found \"done.jsonl\"",
        ),
        (("mock.toml", format!("{TOML}\n[functions.other]\n")), "21: not valid TOML: duplicate key"),
    ];
    for ((name, text), expected) in table {
        let config = folder.file(name, &text);
        let output = run(&["serve", "--listen", "127.0.0.1:0", "--config", config.to_str().unwrap()]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
        assert_eq!(error(&output), format!("error: {}:{expected}", config.display()));
    }
}

/// Answers with its text, and asks the test when it is to answer to `wait`.
fn version(folder: &Folder, text: &str, port: u16) -> PathBuf {
    folder.python(&format!(
        r#"
while True:
    request_id, event = next()
    if event == b'"wait"':
        socket.create_connection(("127.0.0.1", {port})).recv(1)
    respond(request_id, b'"{text}"')
"#
    ))
}

#[tokio::test]
async fn changed_code_runs_from_the_next_invocations_on_and_one_under_way_ends_in_the_old_code() {
    let folder = Folder::new();
    let gate = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = gate.local_addr().unwrap().port();
    version(&folder, "old", port);
    let config = folder.file("mock.toml", "[functions.f]\nbootstrap = \"bootstrap\"\ntimeout = \"1m\"\n");
    let log = folder.path().join("log");
    let arguments = ["--config", config.to_str().unwrap()];
    let server = Server::start(&arguments, 1, fs::File::create(&log).unwrap()).await;
    assert_eq!(server.invoke("f", "1").await.brief(), (200, "\"old\""));

    let mut under_way = Connection::tcp(server.address()).await;
    under_way.send(raw::post(&path("f"), &[], b"\"wait\"")).await;
    let (mut waiting, _) = soon(gate.accept()).await.unwrap();
    for (count, text) in [(1, "new"), (2, "newer")] {
        version(&folder, text, port);
        let expected = format!("\"{text}\"");
        // Before it is noticed, a new environment of the old code finds the new one in its place.
        let notes = || fs::read_to_string(&log).unwrap().matches("note: f runs new code\n").count();
        soon(async { while server.invoke("f", "1").await.status() == 200 && notes() < count {} }).await;
        for _ in 0..20 {
            assert_eq!(server.invoke("f", "1").await.brief(), (200, &*expected));
        }
    }
    waiting.write_all(b".").await.unwrap();
    assert_eq!(soon(under_way.reply()).await.brief(), (200, "\"old\""));
    // The environment of the old code goes, and its connection with it.
    assert_eq!(soon(waiting.read(&mut [0])).await.unwrap_or_default(), 0);

    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("note: f runs new code\n").count(), 2, "{log}");
}

#[tokio::test]
async fn a_function_url_answers_and_unpacked_layers_stay_whether_code_is_reloaded_or_not() {
    for arguments in [&[][..], &["--no-reload"]] {
        let folder = Folder::new();
        fs::create_dir_all(folder.path().join("layer")).unwrap();
        folder.file("layer/greeting", "moin");
        folder.python(
            "while True:\n\
             \x20   request_id, event = next()\n\
             \x20   opt = [path for path in os.environ['PATH'].split(':') if '/opt-' in path][0]\n\
             \x20   respond(request_id, json.dumps(open(os.path.join(opt, '..', 'greeting')).read()))",
        );
        fs::create_dir_all(folder.path().join("layer/bin")).unwrap();
        let config = "[functions.f]\nbootstrap = \"bootstrap\"\nlayers = [\"layer\"]\n\
                      [functions.f.url]\naddress = \"127.0.0.1:0\"\n";
        let config = folder.file("mock.toml", config);
        let arguments = [&["--config", config.to_str().unwrap()], arguments].concat();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let server = Server::start(&arguments, 2, log).await;
        let url = server.urls[1].strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        let reply = soon(Connection::tcp(url).await.get("/")).await;
        assert_eq!(reply.brief(), (200, "moin"), "{arguments:?}");
        assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
    }
}

#[tokio::test]
async fn settings_of_a_file_are_what_the_function_is_told_and_the_api_shows() {
    let folder = project();
    let properties = "      FunctionName: f\n      Runtime: provided.al2023\n      Handler: bootstrap\n      Timeout: 60\n      \
                      CodeUri: other\n      Architectures: [arm64]\n      EphemeralStorage: {Size: 1024}\n      \
                      Tracing: Active\n      LoggingConfig: {LogFormat: JSON, SystemLogLevel: WARN, LogGroup: /my/group}\n";
    let template =
        format!("Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n{properties}");
    let toml = "[functions.f]\nbootstrap = \"other\"\ntimeout = \"1m\"\narchitecture = \"arm64\"\nstorage = 1024\n\
                tracing = \"active\"\n[functions.f.logging]\nformat = \"json\"\nsystem-level = \"warn\"\n\
                group = \"/my/group\"\n";
    let tell = "while True:\n    request_id, event = next()\n    \
                respond(request_id, json.dumps(os.environ['AWS_LAMBDA_LOG_GROUP_NAME']))";
    fs::rename(folder.python(tell), folder.path().join("other/bootstrap")).unwrap();
    for config in [folder.file("template.yaml", &template), folder.file("mock.toml", toml)] {
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let server = Server::start(&["--config", config.to_str().unwrap()], 1, log).await;
        assert_eq!(told(&server, "f", "1").await, "/my/group");
        let mut connection = Connection::tcp(server.address()).await;
        let reply = soon(connection.get("/2015-03-31/functions/f/configuration")).await;
        let shown: Value = serde_json::from_slice(&reply.body).unwrap();
        let expected = json!({
            "Architectures": ["arm64"],
            "EphemeralStorage": { "Size": 1024 },
            "TracingConfig": { "Mode": "Active" },
            "LoggingConfig": {
                "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN", "LogGroup": "/my/group",
            },
        });
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&shown[member], value, "{member}");
        }
        assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
        assert!(!fs::read_to_string(folder.path().join("log")).unwrap().contains("warning:"));
    }
}

#[tokio::test]
async fn snapshots_are_for_versions_where_one_is_published() {
    let folder = project();
    let tell = "while True:\n    request_id, event = next()\n    \
                respond(request_id, json.dumps(os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']))";
    fs::rename(folder.python(tell), folder.path().join("other/bootstrap")).unwrap();
    let template = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      FunctionName: f\n      \
                    Runtime: provided.al2023\n      Handler: bootstrap\n      Timeout: 60\n      CodeUri: other\n      \
                    AutoPublishAlias: live\n      SnapStart: {ApplyOn: PublishedVersions}\n";
    let config = folder.file("template.yaml", template);
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let server = Server::start(&["--config", config.to_str().unwrap()], 1, log).await;
    assert_eq!(told(&server, "f:live", "1").await, "snap-start");
    assert_eq!(told(&server, "f", "1").await, "on-demand");
    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
}
