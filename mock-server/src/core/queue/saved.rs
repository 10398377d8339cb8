//! An event of the queue as it is saved: JSON that survives a restart.

use std::time::Duration;

use lambda_api::RequestId;
use serde::{Deserialize, Serialize};

use super::{
    Condition, Entry, EventId, FinishedResponse, Policy, Queue, QueueEffect, QueuedEvent, State, Time,
};

/// What is kept of an event. Times are milliseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedEvent {
    request_id: String,
    function: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qualifier: Option<String>,
    function_arn: String,
    payload: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant_id: Option<String>,
    accepted: u64,
    retries: u32,
    maximum_age: u64,
    attempts: u32,
    refusals: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response: Option<SavedResponse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<u64>,
    /// How it ended, if it has; then it is not tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedResponse {
    executed_version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    function_error: Option<String>,
    status_code: u16,
    payload: String,
}

/// A saved event cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a saved event has a bad {member}")]
pub struct SavedEventError {
    member: &'static str,
}

impl SavedEvent {
    /// The function's name.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The qualifier with which the function was invoked.
    pub fn qualifier(&self) -> Option<&str> {
        self.qualifier.as_deref()
    }
}

impl Queue {
    /// What is to be kept of an event; `None` if it has been settled.
    pub fn saved(&self, id: EventId) -> Option<SavedEvent> {
        let entry = self.events.get(&id)?;
        let QueuedEvent { request_id, function, qualifier, function_arn, payload, trace_id, tenant_id } =
            &entry.event;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(SavedEvent {
            request_id: request_id.to_string(),
            function: function.clone(),
            qualifier: qualifier.clone(),
            function_arn: function_arn.clone(),
            payload: text(payload),
            trace_id: trace_id.clone(),
            tenant_id: tenant_id.clone(),
            accepted: entry.accepted.as_unix_millis(),
            retries: entry.policy.retries,
            maximum_age: u64::try_from(entry.policy.maximum_age.as_millis()).unwrap_or(u64::MAX),
            attempts: entry.attempts,
            refusals: entry.refusals,
            response: entry.response.as_ref().map(|response| SavedResponse {
                executed_version: response.executed_version.clone(),
                function_error: response.function_error.clone(),
                status_code: response.status_code,
                payload: text(&response.payload),
            }),
            due: match entry.state {
                State::Waiting(due) => Some(due.as_unix_millis()),
                State::Running | State::Finished(_) => None,
            },
            condition: match entry.state {
                State::Finished(condition) => Some(condition.as_str().to_owned()),
                State::Waiting(_) | State::Running => None,
            },
        })
    }

    /// Takes an event back after a restart, under the number that it had.
    ///
    /// One that was running is due at once, unless it has become too old; one that waited, when it was due; one that had
    /// finished is told of once more, because whoever was to be told may not have been.
    ///
    /// # Errors
    ///
    /// [`SavedEventError`] if it names something that is not known, or has a number after which there is none.
    pub fn restore(&mut self, id: EventId, saved: SavedEvent) -> Result<(), SavedEventError> {
        let next = id.0.checked_add(1).ok_or(SavedEventError { member: "number" })?;
        let request_id =
            RequestId::new(&saved.request_id).map_err(|_| SavedEventError { member: "requestId" })?;
        let condition = saved
            .condition
            .as_deref()
            .map(Condition::from_word)
            .map(|condition| condition.ok_or(SavedEventError { member: "condition" }));
        let state = match (condition.transpose()?, saved.due) {
            (Some(condition), _) => State::Finished(condition),
            (None, Some(due)) => State::Waiting(time(due)),
            // Since it was accepted, so that its age is looked at first.
            (None, None) => State::Waiting(time(saved.accepted)),
        };
        let entry = Entry {
            event: QueuedEvent {
                request_id,
                function: saved.function,
                qualifier: saved.qualifier,
                function_arn: saved.function_arn,
                payload: saved.payload.into(),
                trace_id: saved.trace_id,
                tenant_id: saved.tenant_id,
            },
            policy: Policy { retries: saved.retries, maximum_age: Duration::from_millis(saved.maximum_age) },
            accepted: time(saved.accepted),
            attempts: saved.attempts,
            refusals: saved.refusals,
            response: saved.response.map(|response| FinishedResponse {
                executed_version: response.executed_version,
                function_error: response.function_error,
                status_code: response.status_code,
                payload: response.payload.into(),
            }),
            state,
        };
        if let State::Waiting(due) = entry.state {
            self.due.insert((due, id));
        }
        if let State::Finished(condition) = entry.state {
            self.effects.push_back(QueueEffect::Finish(id, Box::new(entry.finished(condition))));
        }
        self.next = self.next.max(next);
        self.events.insert(id, entry);
        Ok(())
    }
}

fn time(millis: u64) -> Time {
    Time::from_unix(Duration::from_millis(millis))
}
