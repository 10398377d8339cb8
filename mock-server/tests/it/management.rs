//! The management API over TCP, as deployment tools speak it: whole replies, and every refusal to the word.
//!
//! Most functions here are in this process, which makes no difference to this API; those that are made of packages are
//! scripts for `sh` in zips that `zip` has written. How functions run is tested elsewhere: here is what of a call is kept,
//! shown and refused. What AWS's own client makes of the replies is tested in `tests/sdk`.

#![expect(clippy::unwrap_used, reason = "a service that does not start fails the test")]

use mock_server::{InvokeApi, MockLambda};
use serde_json::{Value, json};

use crate::{
    guest::echo,
    raw::{Connection, Reply, head},
    wait::{PATIENCE, soon},
};

mod aliases;
mod code;
mod concurrency;
mod configuration;
mod events;
mod functions;
mod pages;
mod permissions;
mod provisioned;
mod refusals;
mod tags;
mod urls;
mod versions;
pub(crate) mod zip;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
const ROLE: &str = "arn:aws:iam::123456789012:role/service";

/// A service with its API on a socket.
struct Stage {
    mock: MockLambda,
    api: InvokeApi,
}

/// A refusal: status, name and body.
type Refused = (u16, String, String);

impl Stage {
    fn new() -> Self {
        Self::of(MockLambda::new())
    }

    fn of(mock: MockLambda) -> Self {
        let api = mock.listen(([127, 0, 0, 1], 0).into()).unwrap();
        Self { mock, api }
    }

    /// With a function `f` that gives each event back.
    fn with_function() -> Self {
        let stage = Self::new();
        stage.mock.function("f").timeout(PATIENCE).in_process(echo);
        stage
    }

    /// With `f`, and as many versions of it.
    async fn with_versions(count: u64) -> Self {
        let stage = Self::with_function();
        for number in 1..=count {
            stage.change().await;
            let reply = stage.post(&of("f/versions"), &json!({})).await;
            assert_eq!(body(&reply, 201)["Version"], number.to_string());
        }
        stage
    }

    /// Changes `f` so that it can be published once more.
    async fn change(&self) {
        let shown = body(&self.get(&of("f/configuration")).await, 200);
        let memory = shown["MemorySize"].as_u64().unwrap() + 1;
        body(&self.put(&of("f/configuration"), &json!({ "MemorySize": memory })).await, 200);
    }

    /// A call on a connection of its own.
    async fn call(&self, method: &str, path: &str, body: impl AsRef<[u8]>) -> Reply {
        let body = body.as_ref();
        let head = head(method, path, &[("Content-Length", &body.len().to_string())]);
        let mut connection = Connection::tcp(self.api.address()).await;
        connection.send([head.as_bytes(), b"\r\n", body].concat()).await;
        soon(connection.reply()).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, "").await
    }

    async fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path, "").await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call("POST", path, body.to_string()).await
    }

    async fn put(&self, path: &str, body: &Value) -> Reply {
        self.call("PUT", path, body.to_string()).await
    }

    /// Creates an alias of `f`.
    async fn alias(&self, name: &str, version: &str) {
        let reply = self.post(&of("f/aliases"), &json!({ "Name": name, "FunctionVersion": version })).await;
        assert_eq!(reply.status(), 201, "{}", reply.text());
    }
}

/// A path of the oldest version of the API, where most operations are.
fn of(rest: &str) -> String {
    format!("/2015-03-31/functions/{rest}")
}

/// The body of a reply that has this status.
fn body(reply: &Reply, status: u16) -> Value {
    assert_eq!(reply.status(), status, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    serde_json::from_slice(&reply.body).unwrap()
}

/// What a reply says that has nothing to say.
fn is_empty(reply: &Reply) {
    assert_eq!(reply.brief(), (204, ""));
}

/// Takes a member out that differs from run to run.
fn take(shown: &mut Value, member: &str) -> String {
    shown.as_object_mut().unwrap().remove(member).unwrap().as_str().unwrap().to_owned()
}

/// Takes out of a configuration what differs from run to run.
fn settled(mut shown: Value) -> Value {
    assert_eq!(take(&mut shown, "RevisionId").len(), 36);
    is_date(&take(&mut shown, "LastModified"));
    shown
}

/// That it looks like `2026-11-20T10:00:00.000+0000`.
fn is_date(text: &str) {
    let pattern: String = text.chars().map(|sign| if sign.is_ascii_digit() { '0' } else { sign }).collect();
    assert_eq!(pattern, "0000-00-00T00:00:00.000+0000");
}

fn refused(reply: &Reply) -> Refused {
    assert_eq!(reply.header("content-type"), Some("application/json"), "{}", reply.text());
    let name = reply.header("x-amzn-errortype").unwrap_or_default();
    (reply.status(), name.to_owned(), reply.text().to_owned())
}

fn refusal(status: u16, name: &str, body: String) -> Refused {
    (status, name.to_owned(), body)
}

/// Most errors have the text in `message`.
fn lower_case(status: u16, name: &str, message: &str) -> Refused {
    refusal(status, name, format!(r#"{{"Type":"User","message":{}}}"#, json!(message)))
}

fn invalid(message: &str) -> Refused {
    lower_case(400, "InvalidParameterValueException", message)
}

fn conflict(message: &str) -> Refused {
    lower_case(409, "ResourceConflictException", message)
}

fn not_emulated(message: &str) -> Refused {
    lower_case(501, "NotImplementedException", message)
}

/// What is not there is told in `Message`.
fn missing(message: &str) -> Refused {
    let body = format!(r#"{{"Type":"User","Message":{}}}"#, json!(message));
    refusal(404, "ResourceNotFoundException", body)
}

/// The framework in front of the service knows no `Type`.
fn framework(name: &str, message: &str) -> Refused {
    refusal(400, name, format!(r#"{{"message":{}}}"#, json!(message)))
}

/// Values that break rules, all of them told at once.
fn violations(violations: &[&str]) -> Refused {
    let errors = if violations.len() == 1 { "error" } else { "errors" };
    let message = format!("{} validation {errors} detected: {}", violations.len(), violations.join("; "));
    framework("ValidationException", &message)
}

/// What was to be changed is another one by now.
fn stale() -> Refused {
    lower_case(
        412,
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve \
         the latest Revision Id",
    )
}
