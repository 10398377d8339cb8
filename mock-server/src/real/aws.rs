//! What AWS's clients have in common here: their settings, plain HTTP under them, and what went wrong.
//!
//! A client signs and writes the requests; they go through an [`Endpoint`], and are not repeated. Used by the real sources
//! beside this file and by the queues among the sinks.

use std::{env, error::Error, sync::Arc, time::Duration};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
    result::{ConnectorError, SdkError},
};
use aws_smithy_types::error::{display::DisplayErrorContext, metadata::ProvideErrorMetadata};
use bytes::Bytes;
use http::{StatusCode, Uri};
use http_body_util::Full;

use crate::sinks::http::{Endpoint, ExchangeError};

/// Where nothing else is said. A stand-in takes any, and some keep the Regions apart.
pub(crate) const REGION: &str = "us-east-1";

/// The settings of a client of `$sdk` that sends to `$url`: a macro, because each client has a type of its own for them.
macro_rules! config {
    ($sdk:ident, $region:expr, $url:expr, $endpoint:expr) => {{
        use $sdk::config::{
            BehaviorVersion, Credentials, IdentityCache, Region, StalledStreamProtectionConfig,
            retry::RetryConfig, timeout::TimeoutConfig,
        };

        let $crate::real::aws::Keys { id, secret, token } = $crate::real::aws::keys();
        $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(String::from($region)))
            .credentials_provider(Credentials::new(id, secret, token, None, "mock-server"))
            .endpoint_url($url)
            .http_client($crate::real::aws::http_client($endpoint, $crate::sinks::http::LONGEST))
            // Whoever asks tries again, and the time is kept in the endpoint.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .identity_cache(IdentityCache::no_cache())
            .build()
    }};
}
pub(crate) use config;

/// What requests are signed with.
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

/// What the environment has, or placeholders: nothing on one's own machine looks at them.
pub(crate) fn keys() -> Keys {
    let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
    match variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY")) {
        Some((id, secret)) => Keys { id, secret, token: variable("AWS_SESSION_TOKEN") },
        None => Keys { id: "mock".to_owned(), secret: "mock".to_owned(), token: None },
    }
}

/// Sends a client's requests through the endpoint; each is given up after `longest`.
pub(crate) fn http_client(endpoint: &Arc<Endpoint>, longest: Duration) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector { endpoint: Arc::clone(endpoint), longest });
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct Connector {
    endpoint: Arc<Endpoint>,
    longest: Duration,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (endpoint, longest) = (Arc::clone(&self.endpoint), self.longest);
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            // What a request says is in memory.
            let mut request =
                request.map(|body| Full::new(Bytes::copy_from_slice(body.bytes().unwrap_or_default())));
            *request.uri_mut() = path(request.uri());
            let answer = endpoint.exchange(request, longest).await.map_err(failed)?;
            let answer = HttpResponse::try_from(answer.map(Into::into));
            answer.map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What stands in the request line: whereto is known without.
fn path(url: &Uri) -> Uri {
    url.path_and_query().cloned().map(Uri::from).unwrap_or_default()
}

fn failed(error: ExchangeError) -> ConnectorError {
    match error {
        ExchangeError::TimedOut { .. } => ConnectorError::timeout(error.into()),
        _ => ConnectorError::io(error.into()),
    }
}

/// Why an operation of a client failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The service does not do it.
    Refused {
        status: StatusCode,
        /// The name of the error.
        code: String,
        /// Its text.
        message: String,
    },
    /// There is no answer.
    NoAnswer(ExchangeError),
    /// What was answered, or what was to be sent, makes no sense to the client.
    Senseless(String),
}

impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let status = error.raw_response().and_then(|raw| StatusCode::from_u16(raw.status().as_u16()).ok());
        if let Some(status) = status.filter(|status| !status.is_success()) {
            let service = error.as_service_error();
            let code = service.and_then(E::code).unwrap_or("an error").to_owned();
            let message = service.and_then(E::message).unwrap_or("without a text").to_owned();
            return Self::Refused { status, code, message };
        }
        let source = match error.into_source() {
            Ok(source) => source,
            Err(error) => return Self::senseless(&error),
        };
        let source =
            source.downcast().map_or_else(|source| source, |error: Box<ConnectorError>| error.into_source());
        match source.downcast() {
            Ok(error) => Self::NoAnswer(*error),
            Err(source) => Self::senseless(&*source),
        }
    }
}

impl Failure {
    /// An error of the client itself, with its causes.
    pub(crate) fn senseless(error: &dyn Error) -> Self {
        Self::Senseless(DisplayErrorContext(error).to_string())
    }
}
