//! The application of `examples/template.yaml`, served by `mock-server serve` as a user starts it, with everything that may
//! invoke a function doing so.
//!
//! The binaries are those that cargo has built for the tests, laid out as `cargo lambda build` and `sam build` leave theirs;
//! that `serve --build` makes them is a test of its own crate.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::symlink,
    path::Path,
    process::Stdio,
    time::{Duration, SystemTime},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStderr, Command},
};

use crate::played::{end_of, soon, write};

/// What the template calls the binaries of its functions.
const BINARIES: [(&str, &str); 6] = [
    ("any_event", env!("CARGO_BIN_EXE_any_event")),
    ("http_orders", env!("CARGO_BIN_EXE_http_orders")),
    ("schedule", env!("CARGO_BIN_EXE_schedule")),
    ("sns", env!("CARGO_BIN_EXE_sns")),
    ("sqs_batch", env!("CARGO_BIN_EXE_sqs_batch")),
    ("uploads", env!("CARGO_BIN_EXE_uploads")),
];

const SQS: &str = "arn:aws:sqs:us-east-1:123456789012";

/// The template with what it needs, in a folder of its own.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(here.join("template.yaml"), folder.path().join("template.yaml")).unwrap();
    for (name, executable) in BINARIES {
        let built = folder.path().join("target/lambda").join(name);
        fs::create_dir_all(&built).unwrap();
        symlink(executable, built.join("bootstrap")).unwrap();
    }
    let extensions = folder.path().join(".aws-sam/build/Watch/extensions");
    fs::create_dir_all(&extensions).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_extension_basic"), extensions.join("extension_basic")).unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    fs::write(folder.path().join("orders.jsonl"), "").unwrap();
    folder
}

/// `serve`, and what it has written to standard error so far.
struct Application {
    server: Child,
    /// Of Lambda and of the other services.
    services: String,
    url: String,
    api: String,
    lines: Lines<BufReader<ChildStderr>>,
    seen: Vec<String>,
}

impl Application {
    /// Starts it with parameters of the template; nothing if the command was not built.
    async fn start(folder: &Path, parameters: &[String]) -> Option<Self> {
        // It belongs to another package, so that cargo tells nobody here where it is.
        let command = Path::new(env!("CARGO_BIN_EXE_hello")).with_file_name("mock-server");
        if !command.is_file() {
            return None;
        }
        let at = |path: &str| folder.join(path).display().to_string();
        let mut server = Command::new(command)
            .args(["serve", "--listen", "127.0.0.1:0", "--config", &at("template.yaml")])
            .args(["--feed", &format!("Orders=file:{}", at("orders.jsonl"))])
            .args(["--bucket", &format!("files={}", at("files"))])
            .args(parameters.iter().flat_map(|parameter| ["--parameter", parameter]))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut urls = BufReader::new(server.stdout.take().unwrap()).lines();
        let lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let mut addresses = Vec::new();
        // Where each function is invoked, and the two that are for HTTP: the URL after its function, the API last.
        for _ in 0..BINARIES.len() + 2 {
            addresses.push(soon(urls.next_line()).await.unwrap().expect("the server ended at once"));
        }
        let services = addresses[0].split("/2015-03-31/").next().unwrap().to_owned();
        let is_for_http = |address: &String| !address.contains("/functions/");
        let mut http = addresses.into_iter().filter(is_for_http);
        let (url, api) = (http.next().unwrap(), http.next().unwrap());
        Some(Self { server, services, url, api, lines, seen: Vec::new() })
    }

    /// Waits for a line that has all this in it.
    async fn line(&mut self, parts: &[&str]) -> String {
        let has_all = |line: &String| parts.iter().all(|part| line.contains(part));
        if let Some(line) = self.seen.iter().find(|line| has_all(line)) {
            return line.clone();
        }
        let more = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                self.seen.push(line.clone());
                if has_all(&line) {
                    return Some(line);
                }
            }
            None
        };
        let found = tokio::time::timeout(Duration::from_secs(60), more).await;
        found.ok().flatten().unwrap_or_else(|| panic!("no line has {parts:?}:\n{}", self.seen.join("\n")))
    }

    /// Waits until this source has invoked this function, for this reason, and until the function, which the alias leads
    /// to, and the extension beside it have said so under the same request id.
    async fn invoked(&mut self, source: &str, function: &str, why: &str, says: &str) {
        let arrow = format!("TRIGGER {source} → {function}:live RequestId: ");
        let line = self.line(&[&arrow, why]).await;
        let id = line.strip_prefix(&arrow).unwrap().split('\t').next().unwrap().to_owned();
        self.line(&[&format!("START RequestId: {id} Version: 1")]).await;
        self.line(&[&id, says]).await;
        self.line(&[&format!("{function} was invoked: {id}")]).await;
    }

    /// Stops it as Ctrl-C does; gives all that it has written to standard error.
    async fn stop(mut self) -> String {
        let pid = Pid::from_raw(self.server.id().unwrap().cast_signed()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        while let Some(line) = soon(self.lines.next_line()).await.unwrap() {
            self.seen.push(line);
        }
        assert!(soon(self.server.wait()).await.unwrap().success());
        self.seen.join("\n")
    }
}

/// Posts something to a server; gives the reply.
async fn post(url: &str, path: &str, content_type: &str, body: &str) -> String {
    let address = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = soon(TcpStream::connect(address)).await.unwrap();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    );
    write(&mut stream, &request).await;
    end_of(&mut stream).await
}

/// In so many seconds, as EventBridge Scheduler writes it.
#[expect(clippy::disallowed_methods, reason = "a process that is served has no other clock")]
fn in_seconds(seconds: u64) -> String {
    let time =
        humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(seconds)).to_string();
    format!("at({})", time.trim_end_matches('Z'))
}

#[tokio::test]
async fn each_trigger_of_the_application_reaches_its_function_and_the_log_says_why() {
    let folder = project();
    // Time to start, and less than the order that fails takes to be given up.
    let tick = in_seconds(8);
    let parameters = ["Timeout=4".to_owned(), "RetryAfter=4".to_owned(), format!("Tick={tick}")];
    let Some(mut application) = Application::start(folder.path(), &parameters).await else {
        eprintln!("skipped: there is no mock-server; cargo test --workspace builds it");
        return;
    };

    // Messages into the queue: one that is shipped, one that cannot be, and one that the filter keeps away.
    let mut orders = OpenOptions::new().append(true).open(folder.path().join("orders.jsonl")).unwrap();
    orders.write_all(b"{\"number\":9,\"address\":\"Ulm\"}\n{\"number\":10,\"address\":\"\"}\n{}\n").unwrap();
    // Files into the folder: one that is taken, one that cannot be, and one that the suffix keeps away.
    for (name, content) in [("list.csv", "hi"), ("none.csv", ""), ("note.txt", "hi")] {
        fs::write(folder.path().join("files").join(name), content).unwrap();
    }

    // Over HTTP the caller learns it.
    let order = r#"{"number":7,"address":"Ulm"}"#;
    for (url, path, way) in
        [(&application.url, "/", "the function URL"), (&application.api, "/orders", "the API")]
    {
        let reply = post(url, path, "application/json", order).await;
        assert!(reply.starts_with("HTTP/1.1 202 Accepted\r\n"), "{reply}");
        assert!(reply.contains(&format!(r#""over":"{way}""#)), "{reply}");
    }
    application.line(&["order 7 came over the function URL: POST /"]).await;
    application.line(&["order 7 came over the API: POST /orders"]).await;

    let from = format!("order 9 came from {SQS}:Orders");
    application.invoked(&format!("{SQS}:Orders"), "Shipping", "invoked with ", &from).await;
    application
        .line(&[&format!("{SQS}:Orders → Shipping:live"), "1 record left", "named them as failed"])
        .await;
    application.line(&[&format!("{SQS}:Orders → Shipping:live"), "matched by no filter"]).await;

    let (bucket, said) = ("arn:aws:s3:::files", "list.csv came into the bucket files: 2 bytes");
    application.invoked(bucket, "Uploads", "ObjectCreated:Put of \"list.csv\"", said).await;
    // Its answer is published on the topic.
    let topic = "arn:aws:sns:us-east-1:123456789012:News";
    application.invoked(topic, "Subscriber", "was published", &format!("characters came from {topic}")).await;
    // So is what a client publishes.
    let publish = format!("Action=Publish&Version=2010-03-31&TopicArn={topic}&Message=3+pears");
    let reply = post(&application.services, "/", "application/x-www-form-urlencoded", &publish).await;
    let id = reply.split_once("<MessageId>").unwrap().1.split_once('<').unwrap().0;
    let why = format!("message {id} was published");
    application.invoked(topic, "Subscriber", &why, "a message of 7 characters").await;
    // An error goes to the bus, and a rule finds it there.
    application.invoked(bucket, "Uploads", "ObjectCreated:Put of \"none.csv\"", "none.csv is empty").await;
    let rule = "arn:aws:events:us-east-1:123456789012:rule/IncidentsFailed";
    let failed = "from the bus: Lambda Function Invocation Result - Failure: \"none.csv is empty\"";
    application.invoked(rule, "Incidents", "matches", failed).await;

    let schedule = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/ReportTick";
    let due = format!("{tick} is due");
    application.invoked(schedule, "Report", &due, &format!("came from {schedule}")).await;

    // The order that has failed twice.
    let dead = format!("{SQS}:GivenUp");
    let given_up = format!(r#"given up in {dead}: {{"number":10,"address":""}}"#);
    application.invoked(&dead, "Incidents", "invoked with 1 record", &given_up).await;

    let log = application.stop().await;
    assert!(log.contains("the end: spindown"), "the extensions see the end, too:\n{log}");
    assert!(!log.contains("warning: "), "all of the template is understood:\n{log}");
    assert!(!log.contains("note.txt"), "{log}");
    assert!(!log.contains("Version: $LATEST"), "the alias is what is invoked:\n{log}");
}
