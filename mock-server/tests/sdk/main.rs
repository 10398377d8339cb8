//! AWS's client for Python and AWS's command line, unmodified, against the service's API on a socket.
//!
//! Here are the service, its functions (`functions`) and a process for each script; what is asked and what must
//! come of it is in the scripts, which use nothing but `boto3` and `awscli`: `drive.py` invokes, with what is refused in
//! `refusals.py`; `manage.py` creates and configures; `sources.py` puts messages into sources of events (`sources`);
//! `checks.py` and `calls.py` are what they share. `.ci/peers` installs both, and prints the variable that tells where they
//! are; where it is not set the tests say so and pass.

#![expect(clippy::unwrap_used, reason = "a service that does not start fails the test")]

use std::{env, io::Write, path::Path, process::Stdio, time::Duration};

use mock_server::{InvokeApi, MockLambda};
use tokio::{process::Command, time::timeout};

mod functions;
#[path = "../it/guest.rs"]
#[expect(dead_code, reason = "another test needs the rest")]
mod guest;
#[path = "../it/raw.rs"]
#[expect(dead_code, reason = "another test needs the rest")]
mod raw;
mod sources;

/// Path of a python that has AWS's client and AWS's command line.
const PYTHON: &str = "LAMBDA_SDK_PYTHON";
/// More than any script takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn an_unmodified_client_invokes_the_functions() {
    let mock = functions::service();
    let api = mock.listen(([127, 0, 0, 1], 0).into()).unwrap();
    run("drive.py", &api, &[functions::draws().join(",")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unmodified_client_manages_the_functions() {
    let mock = MockLambda::new();
    let api = mock.listen(([127, 0, 0, 1], 0).into()).unwrap();
    run("manage.py", &api, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unmodified_client_puts_messages_into_the_sources() {
    let mock = sources::service();
    let api = mock.listen(([127, 0, 0, 1], 0).into()).unwrap();
    if run("sources.py", &api, &[]).await {
        timeout(PATIENCE, sources::check(&mock)).await.unwrap();
    }
}

/// Runs a script with the service's address and more arguments; what it prints is told if it fails. Says whether it could be
/// run.
async fn run(script: &str, api: &InvokeApi, arguments: &[String]) -> bool {
    let Some(python) = env::var_os(PYTHON) else {
        let line = format!(
            "sdk: {script} is left out; eval \"$(.ci/peers)\" installs what it needs and sets {PYTHON}"
        );
        let _nobody_listens = writeln!(std::io::stderr(), "{line}");
        return false;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(script);
    let output = Command::new(python)
        // Its compiled form would lie beside it.
        .arg("-B")
        .arg(script)
        .arg(format!("http://{}", api.address()))
        .args(arguments)
        // Nothing that is configured on this machine is to take part.
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, output).await.unwrap().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    assert!(output.status.success(), "{}:\n{printed}", output.status);
    // Only seen with --nocapture.
    let _nobody_listens = write!(std::io::stdout(), "{printed}");
    true
}
