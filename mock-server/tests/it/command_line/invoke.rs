//! `mock-server invoke`: one invocation, its response and its log.

use std::{io::Write, net::TcpListener, process::Stdio};

use super::{command, error, run, stderr, stdout};
use crate::folder::Folder;

const ECHO: &str = "request_id, event = next()\nrespond(request_id, event)\nnext()";

#[test]
fn the_response_is_on_standard_output_and_the_log_on_standard_error() {
    let folder = Folder::new();
    let bootstrap = folder.python(
        "write('starting')\nrequest_id, event = next()\nwrite('got ' + event.decode())\n\
         respond(request_id, event)\nnext()",
    );
    let event = folder.file("event.json", "{ \"n\": 21 }\n");
    let (bootstrap, event) = (bootstrap.to_str().unwrap(), event.to_str().unwrap());
    let output = run(&["invoke", "--bootstrap", bootstrap, "--event", event, "--timeout", "1m"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "{ \"n\": 21 }\n\n", "the event as it was, and a line end");
    let log: Vec<_> = stderr(&output).lines().collect();
    assert_eq!(log.len(), 6, "{log:?}");
    assert_eq!(log[0], "starting");
    let id = log[1].strip_prefix("START RequestId: ").unwrap().strip_suffix(" Version: $LATEST").unwrap();
    // The event ends with a line end.
    assert_eq!(log[2..4], ["got { \"n\": 21 }", ""]);
    assert_eq!(log[4], format!("END RequestId: {id}"));
    let report = format!("REPORT RequestId: {id}\tDuration: ");
    assert!(log[5].starts_with(&report) && log[5].contains("\tInit Duration: "), "{}", log[5]);
}

#[test]
fn the_event_comes_from_standard_input_or_is_an_empty_object() {
    let folder = Folder::new();
    let bootstrap = folder.python(ECHO);
    let arguments = ["invoke", "--timeout", "1m", "--bootstrap", bootstrap.to_str().unwrap()];
    assert_eq!(stdout(&run(&arguments)), "{}\n");

    let mut child = command(&[&arguments[..], &["--event", "-"]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"[1,2]").unwrap();
    assert_eq!(stdout(&child.wait_with_output().unwrap()), "[1,2]\n");
}

#[test]
fn settings_reach_the_bootstrap() {
    let folder = Folder::new();
    let bootstrap = folder.python(
        r#"
names = ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "_HANDLER", "GREETING", "EMPTY"]
reply, event = call("GET", "invocation/next")
values = [os.environ[name] for name in names] + [address]
request_id = reply.getheader("Lambda-Runtime-Aws-Request-Id")
respond(request_id, json.dumps(values))
next()
"#,
    );
    // Free a moment ago, and nobody else is likely to take it.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let output = run(&[
        "invoke",
        "--bootstrap",
        bootstrap.to_str().unwrap(),
        "--name",
        "greeter",
        "--memory",
        "512",
        "--handler",
        "hello.handler",
        "--env",
        "GREETING=a=b",
        "--env",
        "EMPTY=",
        "--timeout",
        "1m",
        "--runtime-api",
        &address,
    ]);
    assert_eq!(
        stdout(&output),
        format!("[\"greeter\", \"512\", \"hello.handler\", \"a=b\", \"\", \"{address}\"]\n"),
        "{}",
        stderr(&output)
    );
    assert!(stderr(&output).contains("\tMemory Size: 512 MB\t"), "{}", stderr(&output));
}

#[test]
fn a_reported_error_is_printed_and_ends_with_status_1() {
    let folder = Folder::new();
    let bootstrap = folder.python(
        r#"
request_id, event = next()
body = json.dumps({"errorMessage": "no\nsuch order", "errorType": "OrderNotFound"})
headers = {"Lambda-Runtime-Function-Error-Type": "Function.OrderNotFound"}
call("POST", "invocation/" + request_id + "/error", body, headers)
next()
"#,
    );
    let output = run(&["invoke", "--timeout", "1m", "--bootstrap", bootstrap.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stdout(&output),
        "{\"errorMessage\": \"no\\nsuch order\", \"errorType\": \"OrderNotFound\"}\n"
    );
    assert_eq!(error(&output), "error: Function.OrderNotFound: no\\nsuch order");
}

#[test]
fn a_time_out_ends_with_status_1() {
    let folder = Folder::new();
    let bootstrap = folder.python("next()\nsignal.pause()");
    let output = run(&["invoke", "--timeout", "50ms", "--bootstrap", bootstrap.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("Task timed out after 0.05 seconds"), "{}", stdout(&output));
    assert!(error(&output).starts_with("error: Sandbox.Timedout: RequestId: "), "{}", error(&output));
    assert!(stderr(&output).contains("Status: timeout"), "{}", stderr(&output));
}

#[test]
fn an_event_that_is_missing_or_no_json_is_named_before_anything_runs() {
    let folder = Folder::new();
    let marker = folder.path().join("has-run");
    let bootstrap = folder.sh(&format!("touch '{}'", marker.display()));
    let bad = folder.file("bad.json", "{ \"n\": }");
    let missing = folder.path().join("missing.json");
    for (file, reason) in [(&bad, "is not JSON"), (&missing, "cannot read the event")] {
        let file = file.to_str().unwrap();
        let output = run(&["invoke", "--bootstrap", bootstrap.to_str().unwrap(), "--event", file]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
        let error = error(&output);
        assert!(error.contains(reason) && error.contains(file), "{error}");
    }
    assert!(!marker.exists());
}

#[test]
fn a_bootstrap_that_cannot_be_run_is_named() {
    let folder = Folder::new();
    let file = folder.file("not-executable", "#!/bin/sh\n");
    let missing = folder.path().join("missing");
    for (path, reason) in [(file.as_path(), "executable"), (missing.as_path(), "there is no")] {
        let path = path.to_str().unwrap();
        let output = run(&["invoke", "--bootstrap", path]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
        let error = error(&output);
        assert!(error.contains(reason) && error.contains(path), "{error}");
    }
}

#[test]
fn a_script_without_an_interpreter_fails_with_one_clear_line() {
    let folder = Folder::new();
    let bootstrap = folder.executable("echo no shebang\n");
    let output = run(&["invoke", "--bootstrap", bootstrap.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let error = error(&output).to_lowercase();
    assert!(error.starts_with("error: runtime.invalidentrypoint: "), "{error}");
    assert!(error.contains("exec format error") && !error.contains("asked for work"), "{error}");
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::new();
    let bootstrap = folder.sh("exit 0");
    let output = run(&["invoke", "--bootstrap", bootstrap.to_str().unwrap(), "--runtime-api", &address]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains(&address), "{}", error(&output));
}

#[test]
fn a_bootstrap_that_exits_at_once_is_told_what_it_should_have_done() {
    let folder = Folder::new();
    let bootstrap = folder.sh("echo cannot find the database >&2\nexit 3");
    let output = run(&["invoke", "--bootstrap", bootstrap.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let error = error(&output);
    assert!(error.starts_with("error: Runtime.ExitError: RequestId: "), "{error}");
    assert!(error.contains("exit status 3"), "{error}");
    assert!(error.contains("GET /2018-06-01/runtime/invocation/next"), "{error}");
    assert!(stderr(&output).contains("cannot find the database\n"), "{}", stderr(&output));
}

#[test]
fn a_bootstrap_that_does_not_speak_http_fails_with_one_clear_line() {
    let folder = Folder::new();
    let bootstrap = folder.python(
        r#"
host, port = address.split(":")
connection = socket.create_connection((host, int(port)))
connection.sendall(b"good morning\r\n\r\n")
write(connection.recv(12).decode())
sys.exit(1)
"#,
    );
    let output = run(&["invoke", "--timeout", "1m", "--bootstrap", bootstrap.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).starts_with("error: Runtime.ExitError: "), "{}", error(&output));
    assert!(stderr(&output).contains("HTTP/1.1 400\n"), "{}", stderr(&output));
}

#[test]
fn an_impossible_response_mode_fails_with_one_clear_line() {
    let folder = Folder::new();
    let bootstrap = folder.python(
        r#"
request_id, event = next()
respond(request_id, event, {"Lambda-Runtime-Function-Response-Mode": "sometimes"})
"#,
    );
    let output = run(&["invoke", "--timeout", "1m", "--bootstrap", bootstrap.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(error(&output), "error: Runtime.InvalidResponseModeHeader");
    assert_eq!(stdout(&output).trim(), "");
}

#[test]
fn a_folder_is_run_with_the_layers_that_are_given() {
    let folder = Folder::new();
    let bootstrap = folder.python(ECHO);
    let [task, opt] = ["task", "opt"].map(|name| folder.path().join(name));
    for path in [&task, &opt] {
        std::fs::create_dir(path).unwrap();
    }
    std::fs::rename(bootstrap, opt.join("bootstrap")).unwrap();
    std::fs::write(opt.join("disable-extensions-jwigqn8j"), "").unwrap();
    let [task, opt] = [&task, &opt].map(|path| path.to_str().unwrap());
    let output = run(&["invoke", "--timeout", "1m", "--bootstrap", task, "--opt", opt]);
    assert_eq!(stdout(&output), "{}\n", "{}", stderr(&output));
    assert!(stderr(&output).contains("note: "), "{}", stderr(&output));
}

#[test]
fn the_log_configuration_reaches_the_bootstrap() {
    let folder = Folder::new();
    let bootstrap = folder.python(
        r#"
request_id, event = next()
respond(request_id, json.dumps([os.environ["AWS_LAMBDA_LOG_" + name] for name in ["FORMAT", "LEVEL"]]))
next()
"#,
    );
    let arguments = ["invoke", "--timeout", "1m", "--bootstrap", bootstrap.to_str().unwrap()];
    let output = run(&[&arguments[..], &["--log-format", "json", "--log-level", "warn"]].concat());
    assert_eq!(stdout(&output), "[\"JSON\", \"WARN\"]\n", "{}", stderr(&output));
}

#[test]
fn without_a_time_out_the_deadline_is_far_away() {
    let folder = Folder::new();
    let bootstrap = folder.python(
        r#"
import time
reply, event = call("GET", "invocation/next")
left = int(reply.getheader("Lambda-Runtime-Deadline-Ms")) / 1000 - time.time()
respond(reply.getheader("Lambda-Runtime-Aws-Request-Id"), json.dumps(left > 300 * 24 * 60 * 60))
next()
"#,
    );
    let output = run(&["invoke", "--no-timeout", "--bootstrap", bootstrap.to_str().unwrap()]);
    assert_eq!(stdout(&output), "true\n", "{}", stderr(&output));
}

#[test]
fn the_bootstrap_is_run_by_the_wrapper() {
    let folder = Folder::new();
    let bootstrap = folder.python(ECHO);
    let arguments = ["invoke", "--timeout", "1m", "--bootstrap", bootstrap.to_str().unwrap()];
    let wrapper = ["--wrapper", "sh", "--wrapper-argument", "-c"];
    let script = ["--wrapper-argument", "echo wrapped; exec \"$0\""];
    let output = run(&[&arguments[..], &wrapper, &script].concat());
    assert_eq!(stdout(&output), "{}\n", "{}", stderr(&output));
    assert!(stderr(&output).starts_with("wrapped\n"), "{}", stderr(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn too_much_memory_ends_with_status_1_and_the_reason() {
    let folder = Folder::new();
    let bootstrap = folder.python("next()\nballast = b'x' * (160 * 1024 * 1024)\nsignal.pause()");
    let arguments = ["invoke", "--timeout", "1m", "--bootstrap", bootstrap.to_str().unwrap()];
    let output = run(&[&arguments[..], &["--memory", "128", "--enforce-memory"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).ends_with("Runtime exited with error: signal: killed"), "{}", error(&output));
    assert_eq!(stderr(&output).matches("note: the runtime used more memory").count(), 1);
}
