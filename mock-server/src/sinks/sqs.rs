//! Messages in a queue that speaks SQS, by AWS's own client.
//!
//! The client signs and writes the requests; they go over plain HTTP through [`Endpoint`], and are not repeated here.

use std::{env, sync::Arc};

use aws_sdk_sqs::{
    Client, Config,
    config::{
        BehaviorVersion, Credentials, IdentityCache, Region, StalledStreamProtectionConfig,
        http::{HttpRequest, HttpResponse},
        retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_message::{SendMessageError, builders::SendMessageFluentBuilder},
    types::{MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    result::ConnectorError,
};
use bytes::Bytes;
use http::{StatusCode, Uri};
use http_body_util::Full;

use super::{
    SinkError,
    http::{Endpoint, ExchangeError},
};
use crate::core::destination::{Attribute, Message};

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    url: String,
    client: Client,
    endpoint: Arc<Endpoint>,
}

impl Queue {
    /// # Errors
    ///
    /// [`SinkError::Url`].
    pub(super) fn new(url: Uri) -> Result<Self, SinkError> {
        let endpoint = Arc::new(Endpoint::new(url.clone())?);
        let connector = SharedHttpConnector::new(Connector(Arc::clone(&endpoint)));
        let authority = url.authority().map_or("", |authority| authority.as_str());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(credentials())
            .endpoint_url(format!("http://{authority}"))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            // Whoever delivers tries again, and the time is kept in the endpoint.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .identity_cache(IdentityCache::no_cache())
            .build();
        Ok(Self { url: url.to_string(), client: Client::from_conf(config), endpoint })
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), SinkError> {
        let request = self.request(message).map_err(|error| self.failed(&error))?;
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.named(error)),
        }
    }

    fn request(&self, message: &Message) -> Result<SendMessageFluentBuilder, BuildError> {
        let body = String::from_utf8_lossy(message.body());
        let mut request = self.client.send_message().queue_url(&self.url).message_body(body);
        for (name, Attribute { data_type, value }) in message.attributes() {
            let value = MessageAttributeValue::builder().data_type(*data_type).string_value(value);
            request = request.message_attributes(name, value.build()?);
        }
        if let Some(header) = message.trace_header() {
            let value = MessageSystemAttributeValue::builder().data_type("String").string_value(header);
            let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
            request = request.message_system_attributes(name, value.build()?);
        }
        if self.url.ends_with(".fifo") {
            request = request.message_group_id(message.group()).message_deduplication_id(message.id());
        }
        Ok(request)
    }

    fn named(&self, error: SdkError<SendMessageError, HttpResponse>) -> SinkError {
        let status = error.raw_response().and_then(|raw| StatusCode::from_u16(raw.status().as_u16()).ok());
        if let Some(status) = status.filter(|status| !status.is_success()) {
            let (code, text) =
                (error.code().unwrap_or("an error"), error.message().unwrap_or("without a text"));
            return SinkError::RefusedByQueue {
                url: self.url.clone(),
                status,
                reason: format!("{code}: {text}"),
            };
        }
        let source = match error.into_source() {
            Ok(source) => source,
            Err(error) => return self.failed(&error),
        };
        let source =
            source.downcast().map_or_else(|source| source, |error: Box<ConnectorError>| error.into_source());
        match source.downcast() {
            Ok(error) => self.endpoint.named(*error),
            Err(source) => self.failed(&*source),
        }
    }

    fn failed(&self, error: &dyn std::error::Error) -> SinkError {
        let reason = aws_sdk_sqs::error::DisplayErrorContext(error).to_string();
        SinkError::Queue { url: self.endpoint.url().to_string(), reason }
    }
}

/// What the environment has, or placeholders: nothing on one's own machine looks at them.
fn credentials() -> Credentials {
    let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let keys = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"));
    let (id, secret, token) = match keys {
        Some((id, secret)) => (id, secret, variable("AWS_SESSION_TOKEN")),
        None => ("mock".to_owned(), "mock".to_owned(), None),
    };
    Credentials::new(id, secret, token, None, "mock-server")
}

/// Sends the client's requests through the endpoint.
#[derive(Debug)]
struct Connector(Arc<Endpoint>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let endpoint = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            // What a message says is in memory.
            let mut request =
                request.map(|body| Full::new(Bytes::copy_from_slice(body.bytes().unwrap_or_default())));
            *request.uri_mut() = path(request.uri());
            let answer = endpoint.exchange(request).await.map_err(failed)?;
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
        ExchangeError::TimedOut => ConnectorError::timeout(error.into()),
        _ => ConnectorError::io(error.into()),
    }
}
