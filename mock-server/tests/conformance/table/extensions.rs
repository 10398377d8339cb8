//! The Extensions API: registration, events, failures; and what the service says of logs and telemetry.

use crate::row::{Expected, Request, Row, called, get, post, refused, reply};

mod events;
mod identifiers;
mod registration;

const REGISTER: &str = "/2020-01-01/extension/register";
const EVENT: &str = "/2020-01-01/extension/event/next";
const INIT_ERROR: &str = "/2020-01-01/extension/init/error";
const EXIT_ERROR: &str = "/2020-01-01/extension/exit/error";

const NAME: &str = "Lambda-Extension-Name";
const IDENTIFIER: &str = "Lambda-Extension-Identifier";
const ERROR_TYPE: &str = "Lambda-Extension-Function-Error-Type";

pub(super) fn rows() -> Vec<Row> {
    [registration::rows(), identifiers::rows(), events::rows(), subscriptions()].concat()
}

fn register(name: &str, body: &str) -> Request {
    post(REGISTER, body).with(NAME, name)
}

fn registered() -> Expected {
    let body =
        "{\"functionName\":\"function\",\"functionVersion\":\"$LATEST\",\"handler\":\"app.handler\"}\n";
    reply(200, "application/json", body).with(IDENTIFIER, "<uuid>")
}

/// A call of the extension that has registered last.
fn own(request: Request) -> Request {
    request.with(IDENTIFIER, "<extension>")
}

fn forbidden(error_type: &str, message: &str) -> Expected {
    refused(403, error_type, message)
}

/// What an extension is told that makes a call in the wrong state.
fn not_from(who: &str, from: &str, to: &str) -> Expected {
    let message = format!(
        "State transition from {from} to {to} failed for extension {who}. Error: State transition is not allowed"
    );
    forbidden("Extension.InvalidExtensionState", &message)
}

fn subscriptions() -> Vec<Row> {
    let no_telemetry = refused(202, "Telemetry.NotSupported", "Telemetry API is not supported");
    let no_logs = refused(202, "Logs.NotSupported", "Logs API is not supported");
    vec![
        Row::classic("a subscription to telemetry is not supported")
            .cold("{}")
            .call(called("PUT", "/2022-07-01/telemetry", "{}"), no_telemetry.clone())
            .call(
                called("PUT", "/2022-07-01/telemetry", "nonsense").with(IDENTIFIER, "odd"),
                no_telemetry.clone(),
            )
            .call(register("inside", "{}"), registered())
            .call(own(called("PUT", "/2022-07-01/telemetry", "{}")), no_telemetry),
        Row::classic("a subscription to logs is not supported")
            .cold("{}")
            .call(called("PUT", "/2020-08-15/logs", "{}"), no_logs.clone())
            .call(register("inside", "{}"), registered())
            .call(own(called("PUT", "/2020-08-15/logs", "{}")), no_logs),
        Row::classic("an unknown path of the extension API")
            .cold("{}")
            .call(get("/2020-01-01/extension/event"), crate::row::no_such_page()),
    ]
}
