//! Every header of the guest-side APIs, one constant each.
//!
//! Names are lower case here, as `http` keeps them; they are case-insensitive on the wire. Values are
//! encoded and decoded in [`runtime`](crate::runtime) and [`extension`](crate::extension).

use http::HeaderName;

/// The request id, on the reply to next. [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
pub const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
/// The deadline in Unix milliseconds, on the reply to next. [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
pub const DEADLINE_MS: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
/// The ARN as invoked, on the reply to next. [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
pub const INVOKED_FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
/// The X-Ray tracing header, on the reply to next. [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
pub const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
/// The client context as JSON, on the reply to next. [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
pub const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("lambda-runtime-client-context");
/// The Amazon Cognito identity as JSON, on the reply to next. [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
pub const COGNITO_IDENTITY: HeaderName = HeaderName::from_static("lambda-runtime-cognito-identity");
/// The tenant id of a tenant-isolated function, on the reply to next.
/// [Tenant isolation](https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html).
pub const TENANT_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-tenant-id");
/// The id of this attempt, on the reply to next and echoed on response and error. [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
pub const INVOCATION_ID: HeaderName = HeaderName::from_static("lambda-runtime-invocation-id");
/// `streaming` for a streamed response, on response.
/// [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming).
pub const RESPONSE_MODE: HeaderName = HeaderName::from_static("lambda-runtime-function-response-mode");
/// The error type, on error and init/error, and as a trailer of a streamed response. [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
pub const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");
/// The error report in base64, a trailer of a streamed response.
/// [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming).
pub const ERROR_BODY: HeaderName = HeaderName::from_static("lambda-runtime-function-error-body");
/// The X-Ray error cause as JSON, on error; undocumented, from AWS's runtime interface clients.
pub const XRAY_ERROR_CAUSE: HeaderName = HeaderName::from_static("lambda-runtime-function-xray-error-cause");
/// Features of the runtime, on next; undocumented, from AWS's runtime interface emulator.
pub const RUNTIME_FEATURES: HeaderName = HeaderName::from_static("lambda-runtime-features");

/// The extension's name, on register. [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
pub const EXTENSION_NAME: HeaderName = HeaderName::from_static("lambda-extension-name");
/// The extension's identifier, on the reply to register and on every later call. [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
pub const EXTENSION_ID: HeaderName = HeaderName::from_static("lambda-extension-identifier");
/// Optional members wanted in the reply to register. [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
pub const EXTENSION_ACCEPT_FEATURE: HeaderName = HeaderName::from_static("lambda-extension-accept-feature");
/// The id of an event, on the reply to an extension's next. [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
pub const EXTENSION_EVENT_ID: HeaderName = HeaderName::from_static("lambda-extension-event-identifier");
/// The error type, on an extension's init/error and exit/error. [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
pub const EXTENSION_ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-extension-function-error-type");
