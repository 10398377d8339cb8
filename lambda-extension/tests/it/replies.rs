//! What the Extensions API answers, written out: heads, lengths and bodies.

use crate::script::START;

/// The reply to register.
pub(crate) const REGISTERED: &str = "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: e-1\r\nContent-Length: 63\r\n\r\n\
    {\"functionName\":\"f\",\"functionVersion\":\"$LATEST\",\"handler\":\"h\"}\n";

/// The reply to init/error and exit/error.
pub(crate) const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";

/// A reply with this status line, these further header lines and this body.
pub(crate) fn reply(status: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// An event with the head that the service gives to those that have an id.
pub(crate) fn event(body: &str) -> String {
    reply("200 OK", &["Content-Type: application/json", "Lambda-Extension-Event-Identifier: v-1"], body)
}

/// The event of an invocation.
pub(crate) fn invoke(request_id: &str) -> String {
    event(&format!(
        "{{\"eventType\":\"INVOKE\",\"deadlineMs\":{},\"requestId\":\"{request_id}\",\"invokedFunctionArn\":\"arn:f\"}}",
        START.as_millis() + 3_000
    ))
}

/// The end, so many milliseconds after the beginning of the script.
pub(crate) fn shutdown(after: u64) -> String {
    shutdown_at(u64::try_from(START.as_millis()).unwrap() + after)
}

/// The end at this moment; the service gives it neither an id nor the content type of JSON.
pub(crate) fn shutdown_at(deadline: u64) -> String {
    let body =
        format!("{{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":{deadline},\"shutdownReason\":\"spindown\"}}");
    reply("200 OK", &["Content-Type: text/plain; charset=utf-8"], &body)
}

/// A refusal with the body that the service gives it.
pub(crate) fn refusal(status: &str, error_type: &str, message: &str) -> String {
    let body = format!("{{\"errorMessage\":\"{message}\",\"errorType\":\"{error_type}\"}}\n");
    reply(status, &["Content-Type: application/json"], &body)
}
