//! What `.ci/peers` installs in place of AWS's other services, and AWS's client for Python beside it.
//!
//! Used by the tests here, and by the unit tests of the real sources.

use std::{ffi::OsStr, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// Path of a python that has AWS's client and the stand-in.
pub(crate) const PYTHON: &str = "LAMBDA_SDK_PYTHON";
/// More than any of these takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Says where it listens, then calls an operation for each line that it reads; ends with its input. Bytes are
/// `{"base64": …}` in what it is asked, and base64 in what it answers.
const SERVICE: &str = r#"
import base64, json, logging, sys
import boto3
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").disabled = True
server = ThreadedMotoServer(ip_address="127.0.0.1", port=int(sys.argv[1]), verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"

def read(value):
    return base64.b64decode(value["base64"]) if set(value) == {"base64"} else value

def written(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.timestamp()

clients = {}
print(json.dumps(url), flush=True)
for line in sys.stdin:
    service, operation, arguments = json.loads(line, object_hook=read)
    if service not in clients:
        clients[service] = boto3.client(service, region_name="us-east-1", endpoint_url=url,
            aws_access_key_id="reader", aws_secret_access_key="reader")
    answer = getattr(clients[service], operation)(**arguments)
    print(json.dumps(answer, default=written), flush=True)
server.stop()
"#;

/// A process that plays AWS's services, with nothing in them.
pub(crate) struct StandIn {
    url: String,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    process: Child,
}

impl StandIn {
    pub(crate) async fn start(python: impl AsRef<OsStr>) -> Self {
        Self::start_at(python, "0").await
    }

    /// Listens at this port of the loopback, where another one has been.
    pub(crate) async fn start_at(python: impl AsRef<OsStr>, port: &str) -> Self {
        let mut process = Command::new(python)
            .args(["-c", SERVICE, port])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (stdin, stdout) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut stand_in = Self { url: String::new(), stdin, lines: BufReader::new(stdout).lines(), process };
        stand_in.url = stand_in.line().await.as_str().unwrap().to_owned();
        stand_in
    }

    /// Where all its services are: `http://127.0.0.1:40123`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What AWS's client for Python gets, by its names for services and operations.
    pub(crate) async fn call(&mut self, service: &str, operation: &str, arguments: Value) -> Value {
        let line = format!("{}\n", json!([service, operation, arguments]));
        self.stdin.write_all(line.as_bytes()).await.unwrap();
        self.line().await
    }

    /// Ends it; nobody listens there any more.
    pub(crate) async fn stop(self) {
        let Self { stdin, mut lines, mut process, .. } = self;
        drop(stdin);
        assert_eq!(timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap(), None);
        timeout(PATIENCE, process.wait()).await.unwrap().unwrap();
    }

    async fn line(&mut self) -> Value {
        let line = timeout(PATIENCE, self.lines.next_line()).await.unwrap().unwrap();
        serde_json::from_str(&line.unwrap()).unwrap()
    }
}
