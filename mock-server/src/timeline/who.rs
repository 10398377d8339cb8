//! Who is behind a call: the runtime, or which extension.
//!
//! The Runtime API has no names, so whoever calls it counts as the runtime. An extension gives its name once, when
//! it registers, and from then on the identifier that it got for it.

use std::{collections::BTreeMap, fmt};

use http::Method;
use lambda_api::{Endpoint, ExtensionId, RouteError};

use super::{Entry, Event};
use crate::core::{Call, Caller};

/// Who in an execution environment did something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Who {
    /// The runtime.
    Runtime,
    /// An extension, external or internal.
    Extension {
        /// The name under which it has registered, or wants to.
        name: String,
    },
    /// A guest that does not say who it is, or not in a way that anybody could know.
    Unknown,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runtime => f.write_str("the runtime"),
            Self::Extension { name } => write!(f, "extension {name}"),
            Self::Unknown => f.write_str("an unknown guest"),
        }
    }
}

impl Who {
    /// Who makes a call that no state decides about, as far as the path tells.
    pub(crate) fn behind(method: &Method, path: &str, are_extensions: bool) -> Self {
        match Endpoint::parse(method, path) {
            Ok(endpoint) if endpoint.is_for_extensions() => Self::Unknown,
            Ok(_) | Err(RouteError::InvalidRequestId) => Self::Runtime,
            Err(RouteError::MethodNotAllowed { allow }) => Self::behind(&allow, path, are_extensions),
            // Anybody, if there is anybody else.
            Err(_) if are_extensions => Self::Unknown,
            Err(_) => Self::Runtime,
        }
    }
}

/// Whether an environment has extensions.
pub(crate) fn are_extensions<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> bool {
    let is_of_one = |event: &Event| {
        matches!(event, Event::Extension { .. } | Event::Called { who: Who::Extension { .. }, .. })
    };
    entries.into_iter().any(|entry| is_of_one(&entry.event))
}

/// The names behind the identifiers that the extensions of an environment have been given.
///
/// Those of processes that are gone are kept: whoever still uses one can be named.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    names: BTreeMap<ExtensionId, String>,
}

impl Callers {
    /// Who makes this call.
    pub(crate) fn who(&mut self, call: &Call) -> Who {
        let name = match call {
            Call::Next
            | Call::Response { .. }
            | Call::Error { .. }
            | Call::InitError { .. }
            | Call::RestoreNext
            | Call::RestoreError { .. } => return Who::Runtime,
            Call::Register { extension_id, name, .. } => {
                if let Some(name) = name {
                    // If it is refused, nobody gets to know the identifier.
                    self.names.insert(extension_id.clone(), name.clone());
                }
                name.as_ref()
            }
            Call::ExtensionNext { caller, .. }
            | Call::ExtensionError { caller, .. }
            | Call::Subscribe { caller, .. } => match caller {
                Caller::Id(extension_id) => self.names.get(extension_id),
                Caller::Missing | Caller::Invalid => None,
            },
        };
        name.map_or(Who::Unknown, |name| Who::Extension { name: name.clone() })
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn id(last: char) -> ExtensionId {
        format!("8b8b8b8b-0000-4000-8000-00000000000{last}").parse().unwrap()
    }

    fn register(extension_id: ExtensionId, name: Option<&str>) -> Call {
        let name = name.map(str::to_owned);
        Call::Register { extension_id, name, events: Ok(Vec::new()), wants_account_id: false }
    }

    fn poll(caller: Caller) -> Call {
        Call::ExtensionNext { caller, event_id: String::new() }
    }

    #[test]
    fn an_extension_is_known_by_its_identifier_once_it_has_said_its_name() {
        let audit = Who::Extension { name: "audit".to_owned() };
        let mut callers = Callers::default();
        assert_eq!(callers.who(&poll(Caller::Id(id('1')))), Who::Unknown);
        assert_eq!(callers.who(&register(id('1'), Some("audit"))), audit);
        assert_eq!(callers.who(&poll(Caller::Id(id('1')))), audit);
        assert_eq!(callers.who(&poll(Caller::Id(id('2')))), Who::Unknown);
    }

    #[test]
    fn whoever_gives_no_name_or_no_identifier_is_unknown() {
        let mut callers = Callers::default();
        for call in [register(id('1'), None), poll(Caller::Missing), poll(Caller::Invalid)] {
            assert_eq!(callers.who(&call), Who::Unknown, "{call:?}");
        }
    }

    #[test]
    fn whoever_calls_the_runtime_api_is_the_runtime() {
        assert_eq!(Callers::default().who(&Call::Next), Who::Runtime);
    }
}
