//! The Extensions API: registration, events, failures; and what the service says of logs and telemetry.

use crate::{
    row::{Expected, Request, Row},
    words::{called, get, no_such_page, post, refused, reply},
};

mod events;
mod identifiers;
mod registration;

pub(super) const REGISTER: &str = "/2020-01-01/extension/register";
pub(super) const EVENT: &str = "/2020-01-01/extension/event/next";
pub(super) const INIT_ERROR: &str = "/2020-01-01/extension/init/error";
pub(super) const EXIT_ERROR: &str = "/2020-01-01/extension/exit/error";

pub(super) const TELEMETRY: &str = "/2022-07-01/telemetry";
const LOGS: &str = "/2020-08-15/logs";

pub(super) const NAME: &str = "Lambda-Extension-Name";
pub(super) const IDENTIFIER: &str = "Lambda-Extension-Identifier";
pub(super) const CATEGORY: &str = "Lambda-Extension-Function-Error-Type";

pub(super) fn rows() -> Vec<Row> {
    [registration::rows(), identifiers::rows(), events::rows(), subscriptions()].concat()
}

pub(super) fn register(name: &str, body: &str) -> Request {
    post(REGISTER, body).with(NAME, name)
}

pub(super) fn registered() -> Expected {
    let body =
        "{\"functionName\":\"function\",\"functionVersion\":\"$LATEST\",\"handler\":\"app.handler\"}\n";
    reply(200, "application/json", body).with(IDENTIFIER, "<uuid>")
}

/// A call of the extension that has registered last.
pub(super) fn own(request: Request) -> Request {
    request.with(IDENTIFIER, "<extension>")
}

pub(super) fn forbidden(error_type: &str, message: &str) -> Expected {
    refused(403, error_type, message)
}

/// A failure that an extension reports.
pub(super) fn failure(path: &str) -> Request {
    post(path, "{}").with(CATEGORY, "Extension.E")
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
            .call(called("PUT", TELEMETRY, "{}"), no_telemetry.clone())
            .call(called("PUT", TELEMETRY, "nonsense").with(IDENTIFIER, "odd"), no_telemetry.clone())
            .call(register("inside", "{}"), registered())
            .call(own(called("PUT", TELEMETRY, "{}")), no_telemetry),
        Row::classic("a subscription to logs is not supported")
            .cold("{}")
            .call(called("PUT", LOGS, "{}"), no_logs.clone())
            .call(register("inside", "{}"), registered())
            .call(own(called("PUT", LOGS, "{}")), no_logs),
        Row::classic("an unknown path of the extension API")
            .cold("{}")
            .call(get("/2020-01-01/extension/event"), no_such_page()),
    ]
}
