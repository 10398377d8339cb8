//! Packages: what is one, what becomes of it, and when it is replaced.

use base64::{Engine, prelude::BASE64_STANDARD};
use mock_server::Event;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    ARN, ROLE, Stage, body, invalid, missing, not_emulated, of, refused, stale,
    zip::{EXECUTABLE, PLAIN, script, zip},
};
use crate::wait::seen;

const NOT_UNZIPPED: &str = "Could not unzip uploaded file. Please check your file, then try to upload again.";

fn encoded(zip: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(zip)
}

/// The request that makes `f` of this code.
fn made_of(code: Value) -> Value {
    json!({
        "FunctionName": "f",
        "Runtime": "provided.al2023",
        "Role": ROLE,
        "Handler": "app.handler",
        "Timeout": 60,
        "Code": code,
    })
}

async fn create(stage: &Stage, zip: impl AsRef<[u8]>) -> Value {
    body(&stage.post(&of(""), &made_of(json!({ "ZipFile": encoded(zip) }))).await, 201)
}

/// Invokes a function that ends instead of answering: the type of its error, and the message without the id.
async fn ended(stage: &Stage, function: &str) -> (String, String) {
    let reply = stage.call("POST", &of(&format!("{function}/invocations")), "{}").await;
    assert_eq!((reply.status(), reply.header("x-amz-function-error")), (200, Some("Unhandled")));
    let error: Value = serde_json::from_slice(&reply.body).unwrap();
    let message = error["errorMessage"].as_str().unwrap().split_once("Error: ").unwrap().1;
    (error["errorType"].as_str().unwrap().to_owned(), message.to_owned())
}

async fn says(stage: &Stage, text: &str) {
    seen(stage.mock.timeline(), |event| matches!(event, Event::Output { line } if line == text)).await;
}

#[tokio::test]
async fn what_is_no_zip_is_refused_and_nothing_stays_of_the_function() {
    let whole = script("exit 1");
    let mut damaged = whole.clone();
    let content = damaged.windows(4).position(|window| window == b"exit").unwrap();
    damaged[content] = b'E';
    let stage = Stage::new();
    for (code, text) in [
        ("no base64!".to_owned(), NOT_UNZIPPED),
        (encoded("short"), NOT_UNZIPPED),
        (String::new(), NOT_UNZIPPED),
        (encoded("a text that is long enough for a zip, and is none all the same"), NOT_UNZIPPED),
        (encoded(&whole[..whole.len() - 1]), NOT_UNZIPPED),
        (encoded(&whole[whole.len() / 2..]), NOT_UNZIPPED),
        (encoded(&damaged), NOT_UNZIPPED),
        (encoded(zip(&[])), "Uploaded file must be a non-empty zip"),
    ] {
        let reply = stage.post(&of(""), &made_of(json!({ "ZipFile": code }))).await;
        assert_eq!(refused(&reply), invalid(text), "{code}");
    }
    assert_eq!(refused(&stage.get(&of("f")).await), missing(&format!("Function not found: {ARN}")));
}

#[tokio::test]
async fn a_zip_with_a_name_that_leads_out_of_its_folder_is_refused() {
    let stage = Stage::new();
    let code = encoded(zip(&[("../bootstrap", EXECUTABLE, "#!/bin/sh\n")]));
    let (status, name, text) = refused(&stage.post(&of(""), &made_of(json!({ "ZipFile": code }))).await);
    assert_eq!((status, name.as_str()), (400, "InvalidParameterValueException"));
    assert!(text.contains(r#"the name \"../bootstrap\" in "#), "{text}");
}

#[tokio::test]
async fn code_from_elsewhere_is_not_fetched() {
    let stage = Stage::with_function();
    let images = not_emulated("this mock does not run container images; give the code as a zip in ZipFile");
    let objects = not_emulated("this mock does not fetch code from S3; give it as a zip in ZipFile");
    let nothing = invalid("Please provide a source for function code.");
    for (code, expected) in [
        (json!({ "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1" }), &images),
        (json!({ "S3Bucket": "b", "S3Key": "k" }), &objects),
        (json!({ "S3Key": "k", "ZipFile": encoded(script("exit 1")) }), &objects),
        (json!({}), &nothing),
    ] {
        assert_eq!(&refused(&stage.put(&of("f/code"), &code).await), expected);
        let mut made = made_of(code);
        made["FunctionName"] = json!("g");
        assert_eq!(&refused(&stage.post(&of(""), &made).await), expected);
    }
}

#[tokio::test]
async fn a_package_runs_in_its_folder() {
    let stage = Stage::new();
    let lines = "#!/bin/sh\ncat lib/mark\ncat \"$LAMBDA_TASK_ROOT/lib/mark\"\necho \"$_HANDLER of $COLOUR\"\nexit 3\n";
    let code = zip(&[("lib/mark", PLAIN, "first\n"), ("bootstrap", EXECUTABLE, lines)]);
    let mut made = made_of(json!({ "ZipFile": encoded(&code) }));
    made["Environment"] = json!({ "Variables": { "COLOUR": "blue" } });
    let shown = body(&stage.post(&of(""), &made).await, 201);
    assert_eq!(shown["CodeSize"], code.len());
    assert_eq!(shown["CodeSha256"], encoded(Sha256::digest(&code)));
    let (kind, message) = ended(&stage, "f").await;
    assert_eq!(
        (kind.as_str(), message.as_str()),
        ("Runtime.ExitError", "Runtime exited with error: exit status 3")
    );
    for line in ["first", "app.handler of blue"] {
        says(&stage, line).await;
    }
}

#[tokio::test]
async fn a_package_without_a_bootstrap_is_taken_and_cannot_be_started() {
    let stage = Stage::new();
    create(&stage, zip(&[("Bootstrap", EXECUTABLE, "#!/bin/sh\n")])).await;
    let (kind, message) = ended(&stage, "f").await;
    assert_eq!(kind, "Runtime.InvalidEntrypoint");
    assert_eq!(message, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
}

#[tokio::test]
async fn a_bootstrap_that_may_not_be_executed_is_taken_and_cannot_be_started() {
    let stage = Stage::new();
    create(&stage, zip(&[("bootstrap", PLAIN, "#!/bin/sh\n")])).await;
    let (kind, message) = ended(&stage, "f").await;
    assert_eq!(kind, "Runtime.InvalidEntrypoint");
    assert!(
        message.starts_with("fork/exec ") && message.to_lowercase().contains("permission denied"),
        "{message}"
    );
}

#[tokio::test]
async fn a_version_keeps_the_files_that_it_was_made_of() {
    let stage = Stage::new();
    let code = |mark: &str| zip(&[("mark", PLAIN, mark), ("bootstrap", EXECUTABLE, "#!/bin/sh\ncat mark\n")]);
    create(&stage, code("first\n")).await;
    body(&stage.post(&of("f/versions"), &json!({})).await, 201);
    let second = code("second\n");
    let shown = body(&stage.put(&of("f/code"), &json!({ "ZipFile": encoded(&second) })).await, 200);
    assert_eq!(shown["CodeSha256"], encoded(Sha256::digest(&second)));
    assert_eq!((&shown["Version"], &shown["FunctionArn"]), (&json!("$LATEST"), &json!(ARN)));
    for (function, line) in [("f", "second"), ("f:1", "first")] {
        ended(&stage, function).await;
        says(&stage, line).await;
    }
}

#[tokio::test]
async fn code_can_be_published_as_it_is_given() {
    let stage = Stage::new();
    create(&stage, script("exit 1")).await;
    let update = json!({ "ZipFile": encoded(script("exit 2")), "Publish": true, "Architectures": ["arm64"] });
    let shown = body(&stage.put(&of("f/code"), &update).await, 200);
    assert_eq!((&shown["Version"], &shown["FunctionArn"]), (&json!("1"), &json!(format!("{ARN}:1"))));
    assert_eq!(shown["Architectures"], json!(["arm64"]));
    assert_eq!(ended(&stage, "f:1").await.1, "Runtime exited with error: exit status 2");
    // The same code once more makes no version.
    assert_eq!(body(&stage.put(&of("f/code"), &update).await, 200)["Version"], "1");
}

#[tokio::test]
async fn a_dry_run_shows_what_would_be_and_changes_nothing() {
    let stage = Stage::new();
    let before = create(&stage, script("exit 1")).await;
    let other = script("exit 2; echo longer");
    let update =
        json!({ "ZipFile": encoded(&other), "DryRun": true, "Publish": true, "Architectures": ["arm64"] });
    let shown = body(&stage.put(&of("f/code"), &update).await, 200);
    assert_eq!(shown["CodeSha256"], encoded(Sha256::digest(&other)));
    assert_eq!((&shown["CodeSize"], &shown["Architectures"]), (&json!(other.len()), &json!(["arm64"])));
    assert_eq!(body(&stage.get(&of("f/configuration")).await, 200), before);
    assert_eq!(body(&stage.get(&of("f/versions")).await, 200)["Versions"].as_array().unwrap().len(), 1);
    assert_eq!(ended(&stage, "f").await.1, "Runtime exited with error: exit status 1");
}

#[tokio::test]
async fn code_for_another_revision_is_refused_and_changes_nothing() {
    let stage = Stage::new();
    let before = create(&stage, script("exit 1")).await;
    let update = |revision: &Value| json!({ "ZipFile": encoded(script("exit 2")), "RevisionId": revision });
    let reply = stage.put(&of("f/code"), &update(&json!("0b5b0a2e-0000-0000-0000-000000000000"))).await;
    assert_eq!(refused(&reply), stale());
    assert_eq!(body(&stage.get(&of("f/configuration")).await, 200), before);
    let after = body(&stage.put(&of("f/code"), &update(&before["RevisionId"])).await, 200);
    assert_ne!(after["RevisionId"], before["RevisionId"]);
    assert_eq!(refused(&stage.put(&of("f/code"), &update(&before["RevisionId"])).await), stale());
}

#[tokio::test]
async fn code_that_is_no_zip_leaves_the_code_that_is_there() {
    let stage = Stage::with_function();
    let reply = stage.put(&of("f/code"), &json!({ "ZipFile": encoded("x".repeat(100)) })).await;
    assert_eq!(refused(&reply), invalid(NOT_UNZIPPED));
    assert_eq!(stage.call("POST", &of("f/invocations"), "[1]").await.brief(), (200, "[1]"));
}

#[tokio::test]
async fn a_package_takes_the_place_of_a_function_in_this_process() {
    let stage = Stage::with_function();
    body(&stage.put(&of("f/code"), &json!({ "ZipFile": encoded(script("exit 4")) })).await, 200);
    assert_eq!(ended(&stage, "f").await.1, "Runtime exited with error: exit status 4");
}

#[tokio::test]
async fn the_log_group_is_what_the_function_is_told() {
    let stage = Stage::new();
    let code = json!({ "ZipFile": encoded(script("echo \"log group $AWS_LAMBDA_LOG_GROUP_NAME\"; exit 1")) });
    let mut wanted = made_of(code);
    wanted["LoggingConfig"] = json!({ "LogGroup": "/my/group" });
    body(&stage.post(&of(""), &wanted).await, 201);
    ended(&stage, "f").await;
    says(&stage, "log group /my/group").await;
    let other = json!({ "LoggingConfig": { "LogGroup": "/other" } });
    body(&stage.put(&of("f/configuration"), &other).await, 200);
    ended(&stage, "f").await;
    says(&stage, "log group /other").await;
}
