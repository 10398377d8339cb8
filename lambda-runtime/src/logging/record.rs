//! One log line before it is written: who logged what, and what its fields are called.
//!
//! Decides which request a line belongs to and which of several fields of one name is kept, so that no key occurs twice.
//! How the line looks is `render`'s business.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use tracing::Level;

use crate::{CurrentInvocation, process, scope};

use super::fields::{Fields, MESSAGE, Value};

pub(super) const TIMESTAMP: &str = "timestamp";
pub(super) const LEVEL: &str = "level";
pub(super) const TARGET: &str = "target";
pub(super) const REQUEST_ID: &str = "requestId";
pub(super) const TENANT_ID: &str = "tenantId";

/// Goes before the name of a field that would hide a member of the line itself.
const PREFIX: &str = "fields.";

/// A line of a log.
pub(super) struct Record<'a> {
    pub(super) time: SystemTime,
    pub(super) level: Level,
    pub(super) target: &'a str,
    pub(super) message: Cow<'a, str>,
    pub(super) request_id: Option<&'a str>,
    pub(super) tenant_id: Option<&'a str>,
    /// No name twice, and none of the line's own.
    pub(super) fields: Vec<(Cow<'static, str>, &'a Value)>,
}

/// The invocations that a line may belong to, as they are known when it is logged.
#[derive(Default)]
pub(super) struct Invocations {
    /// The one that the task serves.
    task: Option<CurrentInvocation>,
    /// The only one that the process serves.
    process: Option<CurrentInvocation>,
}

impl Invocations {
    pub(super) fn now() -> Self {
        // A context that was made by hand has no id.
        let known = |current: &CurrentInvocation| !current.request_id().is_empty();
        let task = scope::current_invocation().filter(known);
        let process = if task.is_none() { process::current_invocation().filter(known) } else { None };
        Self { task, process }
    }

    /// Request id and tenant. A span knows better than the process, because its task may be an earlier invocation's.
    fn ids<'a>(&'a self, spans: &'a [Arc<Fields>]) -> (Option<&'a str>, Option<&'a str>) {
        let of_span = |name| spans.iter().find_map(|fields| fields.get(name)?.as_text());
        if let Some(task) = &self.task {
            return (Some(task.request_id()), task.tenant_id());
        }
        match (of_span(REQUEST_ID), &self.process) {
            (None, Some(process)) => (Some(process.request_id()), process.tenant_id()),
            (request_id, _) => (request_id, of_span(TENANT_ID)),
        }
    }
}

impl<'a> Record<'a> {
    /// `spans` from the innermost to the outermost.
    pub(super) fn new(
        time: SystemTime,
        level: Level,
        target: &'a str,
        message: Option<&'a Value>,
        own: &'a Fields,
        spans: &'a [Arc<Fields>],
        invocations: &'a Invocations,
    ) -> Self {
        let (request_id, tenant_id) = invocations.ids(spans);
        let mut record = Self {
            time,
            level,
            target,
            message: match message {
                Some(Value::Text(text)) => Cow::Borrowed(text),
                Some(other) => Cow::Owned(other.to_string()),
                None => Cow::Borrowed(""),
            },
            request_id,
            tenant_id,
            fields: Vec::new(),
        };
        for (name, value) in own.iter().chain(spans.iter().flat_map(|fields| fields.iter())) {
            record.add(name, value);
        }
        record
    }

    fn add(&mut self, name: &'static str, value: &'a Value) {
        let known = match name {
            REQUEST_ID => self.request_id,
            TENANT_ID => self.tenant_id,
            _ => None,
        };
        if known.is_some() && known == value.as_text() {
            return;
        }
        let name = renamed(name);
        if self.fields.iter().all(|(taken, _)| *taken != name) {
            self.fields.push((name, value));
        }
    }
}

/// What a field is called: what the user calls it, unless that hides a member of the line. Different names stay
/// different, because a name that looks as if it had been changed is changed as well.
fn renamed(name: &'static str) -> Cow<'static, str> {
    let mut base = name;
    while let Some(rest) = base.strip_prefix(PREFIX) {
        base = rest;
    }
    match base {
        TIMESTAMP | LEVEL | MESSAGE | TARGET | REQUEST_ID | TENANT_ID => format!("{PREFIX}{name}").into(),
        _ => name.into(),
    }
}

#[cfg(test)]
mod test {
    use lambda_api::runtime::next::Invocation;

    use super::*;

    fn fields(entries: &[(&'static str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in entries {
            fields.set(name, Value::Text((*value).to_owned()));
        }
        fields
    }

    /// Request id, tenant and fields of a record.
    fn seen(own: &[(&'static str, &str)], spans: &[&[(&'static str, &str)]]) -> String {
        let (own, invocations) = (fields(own), Invocations::default());
        let spans: Vec<_> = spans.iter().map(|span| Arc::new(fields(span))).collect();
        let record = Record::new(SystemTime::UNIX_EPOCH, Level::INFO, "t", None, &own, &spans, &invocations);
        let mut text = format!("{:?} {:?}", record.request_id, record.tenant_id);
        for (name, value) in &record.fields {
            text.push_str(&format!(" {name}={value}"));
        }
        text
    }

    #[test]
    fn the_event_wins_over_its_spans_and_the_inner_span_over_the_outer() {
        let text = seen(&[("a", "event")], &[&[("a", "in"), ("b", "in")], &[("b", "out"), ("c", "out")]]);
        assert_eq!(text, "None None a=event b=in c=out");
    }

    #[test]
    fn ids_of_spans_are_the_lines_own_and_are_not_repeated() {
        let text = seen(&[], &[&[("a", "1")], &[("requestId", "r-1"), ("tenantId", "blue")]]);
        assert_eq!(text, "Some(\"r-1\") Some(\"blue\") a=1");
    }

    #[test]
    fn the_task_knows_better_than_a_span_and_a_span_better_than_the_process() {
        let known = |id: &str| {
            let reply = http::Response::builder()
                .header(lambda_api::header::REQUEST_ID, id)
                .header(lambda_api::header::TENANT_ID, format!("tenant of {id}"));
            let reply = reply.body(bytes::Bytes::new()).unwrap();
            Some(CurrentInvocation::of(&Invocation::from_http(reply).unwrap()))
        };
        let in_span = [Arc::new(fields(&[("requestId", "span")]))];
        for (task, process, spans, expected) in [
            (known("task"), known("process"), &in_span[..], (Some("task"), Some("tenant of task"))),
            (None, known("process"), &in_span[..], (Some("span"), None)),
            (None, known("process"), &[], (Some("process"), Some("tenant of process"))),
            (None, None, &[], (None, None)),
        ] {
            assert_eq!(Invocations { task, process }.ids(spans), expected);
        }
    }

    #[test]
    fn another_id_of_the_users_is_kept_beside_the_lines_own() {
        let text = seen(&[("requestId", "mine")], &[&[("requestId", "r-1")]]);
        assert_eq!(text, "Some(\"r-1\") None fields.requestId=mine");
    }

    #[test]
    fn a_field_that_would_hide_a_member_of_the_line_gets_a_prefix_and_stays_distinct() {
        for name in ["timestamp", "level", "message", "target", "requestId", "tenantId"] {
            let changed = renamed(name).into_owned();
            assert_eq!(changed, format!("fields.{name}"));
            let again = renamed(Box::leak(changed.into_boxed_str()));
            assert_eq!(again, format!("fields.fields.{name}"));
        }
        for name in ["Timestamp", "fields", "fields.", "fields.order", "request_id", "xrayTraceId", ""] {
            assert_eq!(renamed(name), name);
        }
    }
}
