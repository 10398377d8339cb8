//! The command `event`: events as the services send them, for `invoke --event -`.
//!
//! The events are those of `lambda_events`. What they are called here is in `names`, and how one is changed in `change`.

use std::io::{self, Write};

use clap::Args;

use super::{End, Error};

mod change;
mod names;
#[cfg(test)]
mod test;

use change::{Change, ChangeError, Node};

/// Examples, and how a part of an event is named.
pub(super) const HELP: &str = "Examples:\n  \
    mock-server event --list\n  \
    mock-server event sqs --set 'Records[0].body=hello' | mock-server invoke --bin hello --event -\n  \
    mock-server event apigw-http --set rawPath=/orders/4711 --set 'headers[\"x-forwarded-for\"]=192.0.2.1'\n\n\
    A path has the names of members with dots between them and the numbers of elements, from 0, in brackets; a name with \
    other characters stands in quotes and brackets. What it leads to must be there. A value is JSON if it can be read as \
    such, and text if not.";

#[derive(Debug, Args)]
pub(super) struct Event {
    /// The service, such as sqs, s3 or apigw-http.
    #[arg(value_name = "SERVICE", required_unless_present = "list")]
    service: Option<String>,
    /// Change a value of the event; may be given more than once.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = change::parse, conflicts_with = "list")]
    changes: Vec<Change>,
    /// List all events, each with what has happened.
    #[arg(long, conflicts_with = "service")]
    list: bool,
}

/// Why there is no event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventError {
    #[error("there is no event {name}{}; see --list", names::or_rather(near))]
    Unknown { name: String, near: Vec<String> },
    #[error("--set {path}")]
    Change {
        path: String,
        #[source]
        source: ChangeError,
    },
    #[error("the event cannot be read")]
    Json(#[from] serde_json::Error),
}

impl Event {
    pub(super) fn run(self) -> Result<End, Error> {
        let text = match &self.service {
            Some(service) => event(service, self.changes)?,
            None => names::list(),
        };
        // A reader that has gone does not want it.
        let _closed = write!(io::stdout(), "{text}");
        Ok(End::Success)
    }
}

/// An event in the order in which the service writes it, and a line end.
fn event(service: &str, changes: Vec<Change>) -> Result<String, EventError> {
    let sample = names::find(service)
        .ok_or_else(|| EventError::Unknown { name: service.to_owned(), near: names::near(service) })?;
    let mut event: Node = serde_json::from_str(sample.json)?;
    for change in changes {
        let path = change.path.clone();
        event.apply(change).map_err(|source| EventError::Change { path, source })?;
    }
    Ok(serde_json::to_string_pretty(&event)? + "\n")
}
