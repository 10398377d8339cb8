//! What only a process can show: its environment, its stdout, a subscriber for all threads.
//!
//! Each test runs itself once more, with a variable that says so.

use std::{
    env,
    fmt::{self, Debug, Formatter},
    io::{self, Write, stdout},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use lambda_runtime::{
    Error, LambdaEvent, run, service_fn,
    tracing::{self, info, init_default_subscriber, init_default_subscriber_with_writer},
};
use serde_json::{Value, json};

use super::{Object, object};
use crate::{reply::event, script::Script};

/// Set for the process that a test starts.
const AGAIN: &str = "LAMBDA_RUNTIME_TEST_AGAIN";

/// A process that takes longer has locked itself up.
const LIMIT: Duration = Duration::from_secs(60);

fn is_again() -> bool {
    let is_again = env::var_os(AGAIN).is_some();
    if is_again {
        // The harness has begun a line already.
        stdout().write_all(b"\n").unwrap();
    }
    is_again
}

/// Runs one of these tests in a process of its own, and gives its lines that are log lines.
fn again(test: &str, variables: &[(&str, String)]) -> Vec<String> {
    let (_, path) = module_path!().split_once("::").unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &format!("{path}::{test}"), "--nocapture", "--test-threads=1"]);
    for inherited in ["AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL", "RUST_LOG"] {
        command.env_remove(inherited);
    }
    command.env(AGAIN, "1").envs(variables.iter().map(|(name, value)| (name, value)));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (sender, output) = mpsc::channel();
    let mut pipe = child.stdout.take().unwrap();
    thread::spawn(move || sender.send(io::read_to_string(&mut pipe)));
    let Ok(output) = output.recv_timeout(LIMIT) else {
        child.kill().unwrap();
        panic!("the process hangs");
    };
    let output = output.unwrap();
    assert!(child.wait().unwrap().success(), "{output}");
    let is_log = |line: &&str| line.starts_with('{') || line.starts_with("20");
    output.lines().filter(is_log).map(str::to_owned).collect()
}

/// The handler of a process: a line of its own, and one of a task that inherits nothing.
async fn forgetful(_: LambdaEvent<Value>) -> Result<(), Error> {
    info!("in the handler");
    Ok(tokio::spawn(async { info!("in a task") }).await?)
}

/// Runs a test against a service with two invocations, the second of which has a tenant.
async fn served(test: &'static str, variables: &[(&'static str, &str)]) -> Vec<String> {
    let lambda = [
        ("AWS_LAMBDA_FUNCTION_NAME", "logs"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ];
    let mut variables: Vec<_> =
        lambda.iter().chain(variables).map(|(name, value)| (*name, (*value).to_owned())).collect();
    let (sender, lines) = mpsc::channel();
    let script =
        Script::new().invoke(event("{}")).invoke(event("{}").header("Lambda-Runtime-Aws-Tenant-Id", "blue"));
    script
        .serve(async |api| {
            variables.push(("AWS_LAMBDA_RUNTIME_API", api.to_string()));
            let lines = tokio::task::spawn_blocking(move || again(test, &variables)).await?;
            sender.send(lines)?;
            Err("the process has ended".into())
        })
        .await;
    lines.recv().unwrap()
}

fn serve() {
    init_default_subscriber();
    // A second time changes nothing.
    init_default_subscriber();
    info!("before");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The script ends with a refusal.
    runtime.block_on(run(service_fn(forgetful))).unwrap_err();
}

/// The objects with this message.
fn with<'a>(lines: &'a [Object], message: &str) -> Vec<&'a Object> {
    lines.iter().filter(|line| *line.get("message") == message).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_process_that_serves_one_invocation_at_a_time_knows_the_request_of_any_task() {
    if is_again() {
        return thread::spawn(serve).join().unwrap();
    }
    let test = "a_process_that_serves_one_invocation_at_a_time_knows_the_request_of_any_task";
    let lines = served(test, &[("AWS_LAMBDA_LOG_FORMAT", "JSON")]).await;
    let lines: Vec<_> = lines.iter().map(|line| object(line)).collect();
    let [before] = &with(&lines, "before")[..] else { panic!("{lines:?}") };
    assert_eq!(before.get("requestId"), &Value::Null);
    for place in ["in the handler", "in a task"] {
        let ids: Vec<_> =
            with(&lines, place).iter().map(|line| ["requestId", "tenantId"].map(|id| line.get(id))).collect();
        let (one, two, blue) = (json!("r-1"), json!("r-2"), json!("blue"));
        assert_eq!(ids, [[&one, &Value::Null], [&two, &blue]], "{place}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn text_goes_to_stdout_and_what_cannot_be_opened_is_told_once() {
    if is_again() {
        return thread::spawn(serve).join().unwrap();
    }
    let test = "text_goes_to_stdout_and_what_cannot_be_opened_is_told_once";
    let lines = served(test, &[("_LAMBDA_TELEMETRY_LOG_FD", "999999")]).await;
    let told: Vec<_> = lines.iter().filter(|line| line.contains("cannot be opened")).collect();
    assert!(told.len() == 1 && told[0].contains(" WARN ") && told[0].contains("999999"), "{lines:#?}");
    let parts: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("in the handler"))
        .map(|line| line.split_once("Z INFO ").unwrap().1.split_once(" xrayTraceId=").unwrap().0)
        .collect();
    let target = module_path!();
    let expected = [("r-1", ""), ("r-2", " tenantId=blue")];
    assert_eq!(parts, expected.map(|(id, tenant)| format!("{id} {target}: in the handler{tenant}")));
}

/// Says that it is being formatted.
struct Chatty;

impl Debug for Chatty {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        info!("formatting");
        f.write_str("chatty")
    }
}

/// Says that it is writing.
struct Gossip;

impl Write for Gossip {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        info!("writing");
        stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        info!("flushing");
        stdout().flush()
    }
}

#[test]
fn a_field_or_a_writer_that_logs_neither_locks_up_nor_goes_round_in_circles() {
    if is_again() {
        // Only a subscriber for the whole process is asked again while it is busy.
        init_default_subscriber_with_writer(|| Gossip);
        tracing::info!(field = ?Chatty, "formatted");
        let span = tracing::info_span!("s", field = ?Chatty);
        span.record("field", tracing::field::debug(Chatty));
        return span.in_scope(|| info!("last"));
    }
    let test = "a_field_or_a_writer_that_logs_neither_locks_up_nor_goes_round_in_circles";
    let lines = again(test, &[("AWS_LAMBDA_LOG_FORMAT", "json".to_owned())]);
    let messages: Vec<_> = lines.iter().map(|text| object(text).get("message").clone()).collect();
    assert_eq!(messages, ["formatting", "formatted", "formatting", "formatting", "last"]);
}
