//! The Extensions API on a connection: heads and bodies become [`Call`]s.
//!
//! Connections and replies are the business of [`runtime_api`](super::runtime_api); both APIs share a socket.

use http::HeaderMap;
use lambda_api::{
    DecodeError, Endpoint, ExtensionId,
    extension::{error::Moment, register},
    header, json,
    telemetry::{Subscribe, SubscribeError, SubscribeLogs},
};
use serde_json::{Map, Value};

use crate::{
    core::{Call, Caller, Subscription, TelemetryApi},
    ids::Ids,
};

/// The call for an endpoint of the Extensions API; `None` for any other endpoint.
pub(crate) fn call(endpoint: &Endpoint, headers: &HeaderMap, body: &[u8], ids: &Ids) -> Option<Call> {
    Some(match endpoint {
        Endpoint::ExtensionRegister => register(headers, body, ids)?,
        Endpoint::ExtensionNext => Call::ExtensionNext { caller: caller(headers), event_id: ids.uuid() },
        Endpoint::ExtensionInitError => failure(Moment::Init, headers),
        Endpoint::ExtensionExitError => failure(Moment::Exit, headers),
        Endpoint::TelemetrySubscribe => subscribe(TelemetryApi::Telemetry, headers, body),
        Endpoint::LogsSubscribe => subscribe(TelemetryApi::Logs, headers, body),
        _ => return None,
    })
}

fn subscribe(api: TelemetryApi, headers: &HeaderMap, body: &[u8]) -> Call {
    let subscription = match api {
        TelemetryApi::Telemetry => Subscribe::from_http(headers, body).map(|call| Subscription {
            types: call.types,
            buffering: call.buffering,
            ..Subscription::new(call.destination, call.schema_version)
        }),
        TelemetryApi::Logs => SubscribeLogs::from_http(headers, body).map(|call| Subscription {
            types: call.types,
            buffering: call.buffering,
            method: call.method,
            ..Subscription::new(call.destination, call.schema_version)
        }),
    };
    let subscription = match subscription {
        Ok(subscription) => Ok(Box::new(subscription)),
        Err(SubscribeError::Invalid(problems)) => Err(problems.to_string()),
        // Who calls is looked at before what it says.
        Err(SubscribeError::Subscriber(error)) => Err(error.to_string()),
    };
    Call::Subscribe { caller: caller(headers), api, subscription }
}

fn register(headers: &HeaderMap, body: &[u8], ids: &Ids) -> Option<Call> {
    /// A member that the API once had.
    const RETIRED: &str = "configurationKeys are deprecated; use environment variables instead";

    let name = text(headers, &header::EXTENSION_NAME);
    // Null is as good as nothing to the service's decoder.
    let body = if body.trim_ascii() == b"null" { b"{}" } else { body };
    let members = json::decode::<Map<String, Value>>(body);
    let is_retired = members.as_ref().is_ok_and(|members| {
        members.get("configurationKeys").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty())
    });
    let (events, wants_account_id) = match register::Call::from_http(headers, body) {
        _ if is_retired => (Err(RETIRED.to_owned()), false),
        // A list would do for the members' decoder, and is none to the service's.
        Ok(call) => match members {
            Ok(_) => (Ok(call.events), call.wants_account_id),
            Err(error) => (Err(error.to_string()), false),
        },
        Err(DecodeError::InvalidBody { source, .. }) => (Err(source.to_string()), false),
        // Without a name the rest does not count.
        Err(_) => (Ok(Vec::new()), false),
    };
    // A UUID can be any identifier.
    let extension_id = ids.uuid().parse().ok()?;
    Some(Call::Register { extension_id, name, events, wants_account_id })
}

fn failure(moment: Moment, headers: &HeaderMap) -> Call {
    let error_type = text(headers, &header::EXTENSION_ERROR_TYPE);
    Call::ExtensionError { moment, caller: caller(headers), error_type }
}

fn caller(headers: &HeaderMap) -> Caller {
    let Some(text) = text(headers, &header::EXTENSION_ID) else { return Caller::Missing };
    match ExtensionId::new(&text.to_ascii_lowercase()) {
        Ok(extension_id) if is_uuid(&text) => Caller::Id(extension_id),
        _ => Caller::Invalid,
    }
}

pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn text(headers: &HeaderMap, name: &http::HeaderName) -> Option<String> {
    let value = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    value.filter(|value| !value.is_empty())
}
