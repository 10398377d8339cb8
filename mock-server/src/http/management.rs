//! The management API: functions that are created, changed and looked at over HTTP, as deployment tools do it.
//!
//! Which call is which is found out in `operation`; each kind of resource has a file of its own. What is configured is kept
//! in the [`catalog`](crate::core::catalog), and run by the [`hub`](crate::hub). Roles, layers, keys and networks are not
//! emulated: what names them is given back as it came, or refused where it would change how a function runs. Requests and
//! replies are those of the [API reference](https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html); texts of
//! errors were recorded against the service where that is known, and else are in its form.

use std::{borrow::Cow, net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, Uri, header::CONTENT_TYPE};
use hyper::body::Incoming;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};

use super::{
    Body,
    invoke_api::Service,
    read,
    refusal::Refusal,
    target::{Target, parameter},
};
use crate::{
    core::{
        Time,
        catalog::{CatalogError, FunctionId, Version},
    },
    hub::Hub,
    ids::Ids,
    service::Registry,
    variables,
};

mod aliases;
mod concurrency;
mod configuration;
mod events;
mod functions;
mod operation;
mod package;
mod page;
mod permissions;
mod provisioned;
mod refusals;
mod settings;
mod tags;
mod urls;
mod versions;
mod violations;

use operation::Operation;
use urls::Opened;

/// Largest body of a call: a package of 50 MB in base64, and what stands around it. Recorded from the service's refusals.
const BODY_BYTES: usize = 70_167_211;

/// What there is beside the service where it is managed over HTTP.
pub(crate) struct Managed {
    registry: Arc<Registry>,
    /// Held by whoever changes functions, so that what was looked at stays true meanwhile.
    changing: tokio::sync::Mutex<()>,
    urls: Opened,
}

impl Managed {
    /// For an API at this address.
    pub(crate) fn new(registry: Arc<Registry>, ip: IpAddr) -> Self {
        Self { registry, changing: tokio::sync::Mutex::default(), urls: Opened::new(ip) }
    }
}

/// A call of the management API.
#[derive(Debug)]
pub(super) struct Call {
    operation: Operation,
    names: Vec<String>,
    method: Method,
    uri: Uri,
}

impl Call {
    /// The call that a request is; `None` if it is none of this API.
    pub(super) fn parse(method: &Method, uri: &Uri) -> Option<Self> {
        let (operation, names) = Operation::parse(method, uri)?;
        Some(Self { operation, names, method: method.clone(), uri: uri.clone() })
    }
}

/// Answers a call. The reply gets its id where it is sent.
pub(super) async fn handle(
    service: &Service,
    call: Call,
    body: &mut Incoming,
) -> Result<Response<Bytes>, Refusal> {
    let body = match read(body, BODY_BYTES).await {
        Body::Whole(body) => body,
        Body::TooLarge => {
            let operation = call.operation.name();
            let message =
                format!("Request must be smaller than {BODY_BYTES} bytes for the {operation} operation");
            return Err(Refusal::too_large(message));
        }
        Body::CutShort => {
            let message = "The request body is truncated";
            return Err(Refusal::bad_request("InvalidRequestContentException", message));
        }
    };
    let changes = call.method != Method::GET;
    let _changing = if changes { Some(service.managed.changing.lock().await) } else { None };
    let request = Request { service, names: &call.names, uri: &call.uri, body: &body };
    answer(call.operation, &request).await
}

async fn answer(operation: Operation, request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    match operation {
        Operation::CreateFunction => functions::create(request).await,
        Operation::UpdateFunctionCode => functions::update_code(request).await,
        Operation::UpdateFunctionConfiguration => functions::update_configuration(request),
        Operation::GetFunction => functions::get(request),
        Operation::GetFunctionConfiguration => functions::get_configuration(request),
        Operation::ListFunctions => functions::list(request),
        Operation::DeleteFunction => functions::delete(request),
        Operation::PublishVersion => versions::publish(request).await,
        Operation::ListVersionsByFunction => versions::list(request),
        Operation::CreateAlias => aliases::create(request),
        Operation::GetAlias => aliases::get(request),
        Operation::UpdateAlias => aliases::update(request),
        Operation::DeleteAlias => aliases::delete(request),
        Operation::ListAliases => aliases::list(request),
        Operation::PutFunctionConcurrency => concurrency::put(request),
        Operation::GetFunctionConcurrency => concurrency::get(request),
        Operation::DeleteFunctionConcurrency => concurrency::delete(request),
        Operation::GetAccountSettings => concurrency::account(request),
        Operation::PutProvisionedConcurrencyConfig => provisioned::put(request),
        Operation::GetProvisionedConcurrencyConfig => provisioned::get(request),
        Operation::DeleteProvisionedConcurrencyConfig => provisioned::delete(request),
        Operation::ListProvisionedConcurrencyConfigs => provisioned::list(request),
        Operation::PutFunctionEventInvokeConfig => events::put(request),
        Operation::UpdateFunctionEventInvokeConfig => events::update(request),
        Operation::GetFunctionEventInvokeConfig => events::get(request),
        Operation::DeleteFunctionEventInvokeConfig => events::delete(request),
        Operation::ListFunctionEventInvokeConfigs => events::list(request),
        Operation::CreateFunctionUrlConfig => urls::create(request),
        Operation::UpdateFunctionUrlConfig => urls::update(request),
        Operation::GetFunctionUrlConfig => urls::get(request),
        Operation::DeleteFunctionUrlConfig => urls::delete(request),
        Operation::ListFunctionUrlConfigs => urls::list(request),
        Operation::ListTags => tags::list(request),
        Operation::TagResource => tags::tag(request),
        Operation::UntagResource => tags::untag(request),
        Operation::AddPermission => permissions::add(request),
        Operation::GetPolicy => permissions::get(request),
        Operation::RemovePermission => permissions::remove(request),
        Operation::NotEmulated(name) => Err(Refusal::not_implemented(&format!("emulate {name}"))),
    }
}

/// What a call is about.
struct Request<'a> {
    service: &'a Service,
    /// The names in the path, decoded.
    names: &'a [String],
    uri: &'a Uri,
    body: &'a [u8],
}

impl Request<'_> {
    /// The name at this place in the path.
    fn name(&self, place: usize) -> &str {
        self.names.get(place).map_or("", String::as_str)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        parameter(self.uri, name)
    }

    /// The function that the path names, with the qualifier of the query.
    fn target(&self) -> Result<Target, Refusal> {
        Target::of(self.name(0), self.parameter("Qualifier"))
    }

    /// The same for what concerns a function as a whole, where a qualifier makes no difference.
    fn whole_function(&self) -> Result<Target, Refusal> {
        Ok(Target { qualifier: None, ..self.target()? })
    }

    /// The body, which may be left out where nothing in it is needed.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let body = if self.body.is_empty() { b"{}" } else { self.body };
        let refused = |error: serde_json::Error| {
            if error.is_data() {
                Refusal::serialization(error.to_string())
            } else {
                let message = format!("Could not parse request body into json: {error}");
                Refusal::bad_request("InvalidRequestContentException", message)
            }
        };
        // A list would be taken for the members in their order.
        if !body.trim_ascii_start().starts_with(b"{") {
            serde_json::from_slice::<IgnoredAny>(body).map_err(refused)?;
            return Err(Refusal::serialization("the body is no JSON object".to_owned()));
        }
        serde_json::from_slice(body).map_err(refused)
    }

    fn now(&self) -> Time {
        Time::from(self.service.world.clock().now())
    }
}

/// Reads a member that may be null, which is as if it were left out.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(member: D) -> Result<T, D::Error> {
    Option::deserialize(member).map(Option::unwrap_or_default)
}

/// The function that is meant; the refusal names the qualifier that was asked for.
fn find(hub: &Hub, target: &Target) -> Result<FunctionId, Refusal> {
    hub.catalog.find(&target.name).ok_or_else(|| not_found(&target.name, target.qualifier.as_deref()))
}

/// Which version is meant: of an alias the main one.
fn version_of(
    hub: &mut Hub,
    function: FunctionId,
    name: &str,
    qualifier: Option<&str>,
) -> Result<Version, Refusal> {
    if let Some(alias) = qualifier.and_then(|qualifier| hub.catalog.alias(function, qualifier)) {
        return Ok(alias.version);
    }
    let resolved = hub.catalog.resolve(function, qualifier);
    resolved.map(|resolved| resolved.version).map_err(|error| refusal(&error, name))
}

fn arn(name: &str, qualifier: Option<&str>) -> String {
    let arn = variables::function_arn(name);
    qualifier.map_or_else(|| arn.clone(), |qualifier| format!("{arn}:{qualifier}"))
}

fn not_found(name: &str, qualifier: Option<&str>) -> Refusal {
    Refusal::no_resource(format!("Function not found: {}", arn(name, qualifier)))
}

/// What the catalog refuses, in the service's words.
fn refusal(error: &CatalogError, name: &str) -> Refusal {
    match error {
        CatalogError::Unknown { qualifier } => {
            not_found(name, Some(qualifier.as_str()).filter(|qualifier| *qualifier != "$LATEST"))
        }
        CatalogError::UnknownAlias { name: alias } => {
            Refusal::no_resource(format!("Cannot find alias arn: {}", arn(name, Some(alias))))
        }
        CatalogError::NoPublishedVersion => {
            Refusal::unknown(error, &Target { name: name.to_owned(), qualifier: None })
        }
        CatalogError::AliasExists { name: alias } => {
            Refusal::conflict(format!("Alias already exists: {}", arn(name, Some(alias))))
        }
        CatalogError::AliasName { name: alias } => Refusal::validation(
            alias,
            "name",
            "satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
        ),
        CatalogError::VersionInUse { aliases, .. } => Refusal::conflict(format!(
            "Unable to delete version because the following aliases reference it: [{}]",
            aliases.join(", ")
        )),
        // The others have the service's own words, or none are known.
        other => Refusal::invalid_parameter(other.to_string()),
    }
}

/// What identifies a change; the same change has the same one.
#[derive(Clone, Copy)]
enum Revision {
    /// The version that is made of a deployment.
    Deployment(u64),
    /// A change of an alias.
    Alias(u64),
}

impl Revision {
    fn id(self) -> String {
        let seed = match self {
            Self::Deployment(number) => number << 1,
            Self::Alias(number) => number << 1 | 1,
        };
        Ids::new(seed).uuid()
    }

    /// Refuses a change of something that is no longer what the caller believes.
    fn check(self, expected: Option<&str>) -> Result<(), Refusal> {
        match expected {
            Some(expected) if expected != self.id() => Err(Refusal::precondition_failed()),
            _ => Ok(()),
        }
    }
}

/// A moment as the API writes it: `2026-11-20T10:00:00.000+0000`.
fn date(time: Time) -> String {
    let text = humantime::format_rfc3339_millis(time.into()).to_string();
    text.replace('Z', "+0000")
}

fn reply(status: StatusCode, body: &impl Serialize) -> Result<Response<Bytes>, Refusal> {
    let json = serde_json::to_vec(body);
    let json = json.map_err(|error| Refusal::service(format!("the reply cannot be written: {error}")))?;
    let mut reply = Response::new(json.into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(reply)
}

fn ok(body: &impl Serialize) -> Result<Response<Bytes>, Refusal> {
    reply(StatusCode::OK, body)
}

/// The reply of what leaves nothing to say.
fn no_content() -> Response<Bytes> {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

/// A qualifier that is always there.
fn or_latest(qualifier: Option<&str>) -> Cow<'_, str> {
    qualifier.map_or(Cow::Borrowed("$LATEST"), Cow::Borrowed)
}
