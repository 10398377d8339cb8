//! Every call that a guest can make, as a value, and its HTTP method and path.
//!
//! This is the only place where an API version or a path is written down. Headers are in
//! [`header`](crate::header), bodies in [`runtime`](crate::runtime), [`extension`](crate::extension) and
//! [`telemetry`](crate::telemetry).

use std::borrow::Cow;

use http::{Method, Request, Uri};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::RequestId;

/// One guest-side endpoint of Lambda: what is called, without headers and body.
///
/// Sources: [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html),
/// [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html),
/// [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html),
/// [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html); `ping` and the
/// credentials endpoint are undocumented and taken from AWS's open-source runtime interface emulator.
///
/// ```
/// use http::Method;
/// use lambda_api::{Endpoint, RequestId};
///
/// let endpoint = Endpoint::InvocationResponse { request_id: RequestId::new("r-1")? };
/// assert_eq!(endpoint.path(), "/2018-06-01/runtime/invocation/r-1/response");
/// assert_eq!(Endpoint::parse(&endpoint.method(), &endpoint.path()), Ok(endpoint));
/// # Ok::<(), lambda_api::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /2018-06-01/ping`: answers `pong`.
    Ping,
    /// `GET /2018-06-01/runtime/invocation/next`: the long poll of a runtime.
    InvocationNext,
    /// `POST /2018-06-01/runtime/invocation/{request id}/response`: the function's answer.
    InvocationResponse {
        /// The invocation that is answered.
        request_id: RequestId,
    },
    /// `POST /2018-06-01/runtime/invocation/{request id}/error`: the function's failure.
    InvocationError {
        /// The invocation that failed.
        request_id: RequestId,
    },
    /// `POST /2018-06-01/runtime/init/error`: the runtime could not start.
    InitError,
    /// `GET /2018-06-01/runtime/restore/next`: waits for the restore of a snapshot (SnapStart).
    RestoreNext,
    /// `POST /2018-06-01/runtime/restore/error`: the runtime could not resume (SnapStart).
    RestoreError,
    /// `GET /2021-04-23/credentials`: role credentials after a restore (SnapStart).
    Credentials,
    /// `POST /2020-01-01/extension/register`.
    ExtensionRegister,
    /// `GET /2020-01-01/extension/event/next`: the long poll of an extension.
    ExtensionNext,
    /// `POST /2020-01-01/extension/init/error`.
    ExtensionInitError,
    /// `POST /2020-01-01/extension/exit/error`.
    ExtensionExitError,
    /// `PUT /2020-08-15/logs`: subscribes to the legacy Logs API.
    LogsSubscribe,
    /// `PUT /2022-07-01/telemetry`: subscribes to the Telemetry API.
    TelemetrySubscribe,
    /// `GET /2026-01-15/metadata/execution-environment`, at `AWS_LAMBDA_METADATA_API`.
    ExecutionEnvironmentMetadata,
}

/// Why a method and a path name no [`Endpoint`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// No endpoint has this path; Lambda answers 404 `404 page not found`.
    #[error("no endpoint has this path")]
    NotFound,
    /// The path exists under another method; Lambda answers 405 with an empty body.
    #[error("this path takes {allow} only")]
    MethodNotAllowed {
        /// The one method that the path takes.
        allow: Method,
    },
    /// The request id in the path is empty or cannot be one; Lambda answers 400 `InvalidRequestID`.
    #[error("the request id in the path is empty or malformed")]
    InvalidRequestId,
}

const PING: &str = "/2018-06-01/ping";
const NEXT: &str = "/2018-06-01/runtime/invocation/next";
const INVOCATION: &str = "/2018-06-01/runtime/invocation/";
const RESPONSE: &str = "/response";
const ERROR: &str = "/error";
const INIT_ERROR: &str = "/2018-06-01/runtime/init/error";
const RESTORE_NEXT: &str = "/2018-06-01/runtime/restore/next";
const RESTORE_ERROR: &str = "/2018-06-01/runtime/restore/error";
const CREDENTIALS: &str = "/2021-04-23/credentials";
const REGISTER: &str = "/2020-01-01/extension/register";
const EXTENSION_NEXT: &str = "/2020-01-01/extension/event/next";
const EXTENSION_INIT_ERROR: &str = "/2020-01-01/extension/init/error";
const EXTENSION_EXIT_ERROR: &str = "/2020-01-01/extension/exit/error";
const LOGS: &str = "/2020-08-15/logs";
const TELEMETRY: &str = "/2022-07-01/telemetry";
const METADATA: &str = "/2026-01-15/metadata/execution-environment";

/// What would end or split a path segment (RFC 3986, section 3.3), and the escape character itself.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

impl Endpoint {
    /// The endpoints whose path is fixed, that is all but the two that carry a request id.
    pub const FIXED: [Self; 13] = [
        Self::Ping,
        Self::InvocationNext,
        Self::InitError,
        Self::RestoreNext,
        Self::RestoreError,
        Self::Credentials,
        Self::ExtensionRegister,
        Self::ExtensionNext,
        Self::ExtensionInitError,
        Self::ExtensionExitError,
        Self::LogsSubscribe,
        Self::TelemetrySubscribe,
        Self::ExecutionEnvironmentMetadata,
    ];

    /// Whether only extensions make this call.
    pub fn is_for_extensions(&self) -> bool {
        matches!(
            self,
            Self::ExtensionRegister
                | Self::ExtensionNext
                | Self::ExtensionInitError
                | Self::ExtensionExitError
                | Self::LogsSubscribe
                | Self::TelemetrySubscribe
        )
    }

    /// The HTTP method of the call.
    pub fn method(&self) -> Method {
        match self {
            Self::Ping
            | Self::InvocationNext
            | Self::RestoreNext
            | Self::Credentials
            | Self::ExtensionNext
            | Self::ExecutionEnvironmentMetadata => Method::GET,
            Self::InvocationResponse { .. }
            | Self::InvocationError { .. }
            | Self::InitError
            | Self::RestoreError
            | Self::ExtensionRegister
            | Self::ExtensionInitError
            | Self::ExtensionExitError => Method::POST,
            Self::LogsSubscribe | Self::TelemetrySubscribe => Method::PUT,
        }
    }

    /// The path of the call, percent-encoded, without scheme, host and query.
    pub fn path(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Ping => PING,
            Self::InvocationNext => NEXT,
            Self::InvocationResponse { request_id } => return invocation_path(request_id, RESPONSE),
            Self::InvocationError { request_id } => return invocation_path(request_id, ERROR),
            Self::InitError => INIT_ERROR,
            Self::RestoreNext => RESTORE_NEXT,
            Self::RestoreError => RESTORE_ERROR,
            Self::Credentials => CREDENTIALS,
            Self::ExtensionRegister => REGISTER,
            Self::ExtensionNext => EXTENSION_NEXT,
            Self::ExtensionInitError => EXTENSION_INIT_ERROR,
            Self::ExtensionExitError => EXTENSION_EXIT_ERROR,
            Self::LogsSubscribe => LOGS,
            Self::TelemetrySubscribe => TELEMETRY,
            Self::ExecutionEnvironmentMetadata => METADATA,
        })
    }

    /// A request for the endpoint: method, path and body, and no header yet.
    pub fn to_http<B>(&self, body: B) -> Request<B> {
        Self::request(self.method(), self.path(), body)
    }

    /// As [`InvocationResponse`](Self::InvocationResponse) with an id that stays with the caller.
    pub(crate) fn response_into_http<B>(request_id: &RequestId, request: &mut Request<B>) {
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri(invocation_path(request_id, RESPONSE));
    }

    fn request<B>(method: Method, path: Cow<'static, str>, body: B) -> Request<B> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri(path);
        request
    }

    /// Finds the endpoint that a call with this method and path (without query) is for.
    ///
    /// # Errors
    ///
    /// [`RouteError`] says which of Lambda's three answers such a call deserves.
    #[inline]
    pub fn parse(method: &Method, path: &str) -> Result<Self, RouteError> {
        let endpoint = match Self::FIXED.into_iter().find(|endpoint| endpoint.path() == path) {
            Some(endpoint) => endpoint,
            None => Self::parse_invocation(method, path)?,
        };
        if endpoint.method() == *method {
            Ok(endpoint)
        } else {
            Err(RouteError::MethodNotAllowed { allow: endpoint.method() })
        }
    }

    #[inline]
    fn parse_invocation(method: &Method, path: &str) -> Result<Self, RouteError> {
        let rest = path.strip_prefix(INVOCATION).ok_or(RouteError::NotFound)?;
        let (segment, is_response) = match (rest.strip_suffix(RESPONSE), rest.strip_suffix(ERROR)) {
            (Some(segment), _) => (segment, true),
            (None, Some(segment)) => (segment, false),
            (None, None) => return Err(RouteError::NotFound),
        };
        if segment.contains('/') {
            return Err(RouteError::NotFound);
        }
        if *method != Method::POST {
            return Err(RouteError::MethodNotAllowed { allow: Method::POST });
        }
        let text = percent_decode_str(segment).decode_utf8().map_err(|_| RouteError::InvalidRequestId)?;
        let request_id = RequestId::new(&text).map_err(|_| RouteError::InvalidRequestId)?;
        Ok(if is_response {
            Self::InvocationResponse { request_id }
        } else {
            Self::InvocationError { request_id }
        })
    }
}

fn uri(path: Cow<'static, str>) -> Uri {
    match path {
        Cow::Borrowed(path) => Uri::from_static(path),
        // Percent-encoding has left nothing in the request id that a path cannot hold.
        Cow::Owned(path) => Uri::try_from(path).unwrap_or_default(),
    }
}

fn invocation_path(request_id: &RequestId, suffix: &str) -> Cow<'static, str> {
    let segment = request_id.as_str();
    let mut path = String::with_capacity(INVOCATION.len() + segment.len() + suffix.len());
    path.push_str(INVOCATION);
    // What Lambda gives has nothing in it that a path could not hold.
    if segment.bytes().fold(true, |so_far, byte| so_far & (byte.is_ascii_alphanumeric() | (byte == b'-'))) {
        path.push_str(segment);
    } else {
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    path.push_str(suffix);
    Cow::Owned(path)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn every_fixed_endpoint_is_found_by_its_own_method_and_path() {
        for endpoint in Endpoint::FIXED {
            assert_eq!(Endpoint::parse(&endpoint.method(), &endpoint.path()), Ok(endpoint));
        }
    }

    #[test]
    fn a_known_path_with_another_method_names_the_method_it_takes() {
        let allow = |method: Method, path: &str| match Endpoint::parse(&method, path) {
            Err(RouteError::MethodNotAllowed { allow }) => Some(allow),
            _ => None,
        };
        assert_eq!(allow(Method::POST, NEXT), Some(Method::GET));
        assert_eq!(allow(Method::GET, TELEMETRY), Some(Method::PUT));
        assert_eq!(allow(Method::GET, "/2018-06-01/runtime/invocation/r-1/response"), Some(Method::POST));
    }

    #[test]
    fn unknown_paths_are_not_found() {
        for path in
            ["/", "", "/2018-06-01/runtime/invocation/r-1", "/2018-06-01/runtime/invocation/a/b/error"]
        {
            assert_eq!(Endpoint::parse(&Method::GET, path), Err(RouteError::NotFound), "{path}");
        }
    }

    #[test]
    fn an_empty_or_unprintable_request_id_is_invalid_rather_than_unknown() {
        for segment in ["", "%00", "%FF"] {
            let path = format!("/2018-06-01/runtime/invocation/{segment}/error");
            assert_eq!(Endpoint::parse(&Method::POST, &path), Err(RouteError::InvalidRequestId), "{path}");
        }
    }

    #[test]
    fn a_request_id_with_reserved_characters_survives_the_path() {
        let endpoint = Endpoint::InvocationError { request_id: RequestId::new("a/b?c#d%e").unwrap() };
        assert_eq!(endpoint.path(), "/2018-06-01/runtime/invocation/a%2Fb%3Fc%23d%25e/error");
        assert_eq!(Endpoint::parse(&Method::POST, &endpoint.path()), Ok(endpoint));
    }
}
