//! The record of an asynchronous invocation. Members and their order are those of the example in
//! [records of asynchronous invocations](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html)
//! and of what was recorded from the service.

use std::borrow::Cow;

use lambda_api::telemetry::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Finished, json::embedded};
use crate::core::{Time, timestamp};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    version: &'static str,
    timestamp: Timestamp,
    request_context: RequestContext<'a>,
    request_payload: Cow<'a, RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_payload: Option<Cow<'a, RawValue>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: &'a str,
    condition: &'static str,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext<'a> {
    status_code: u16,
    executed_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'a str>,
}

impl Finished {
    /// The record that is made at this moment: JSON.
    ///
    /// Payloads stand in it as they are, or as a string if they are not JSON. An invocation that never ran has no
    /// `responseContext` and no `responsePayload`.
    pub fn record(&self, at: Time) -> String {
        let response = self.response.as_ref();
        let record = Record {
            version: "1.0",
            timestamp: timestamp(at),
            request_context: RequestContext {
                request_id: self.request_id.as_str(),
                function_arn: &self.function_arn,
                condition: self.condition.as_str(),
                approximate_invoke_count: self.attempts,
            },
            request_payload: embedded(&self.payload),
            response_context: response.map(|response| ResponseContext {
                status_code: response.status_code,
                executed_version: &response.executed_version,
                function_error: response.function_error.as_deref(),
            }),
            response_payload: response.map(|response| embedded(&response.payload)),
        };
        // Texts, numbers and what is JSON already: nothing that could fail.
        serde_json::to_string(&record).unwrap_or_default()
    }
}
