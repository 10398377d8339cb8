//! The layer that makes a handler of events out of a service of requests.

use std::{
    borrow::Cow,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderValue, Method, Request as HttpRequest, Uri, header::CONTENT_TYPE};
use lambda_events::{
    Source,
    http::{Body, HttpEvent, ReadOptions, Request, RequestError, ResponseFormat},
};
use percent_encoding::percent_decode_str;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    AdapterFuture, HttpConfig, IntoResponse, InvokeMode,
    answer::{Answering, Refusal},
};
use crate::{Diagnostic, HandlerError, LambdaEvent, RawPayload, Response};

/// The request is an event that is no HTTP, and no client has sent it: an extension of such requests, see
/// [`HttpLayer::pass_through`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassedThrough;

/// Makes a handler of events out of a service of HTTP requests; for [`Runtime::layer`](crate::Runtime::layer).
///
/// ```
/// use lambda_runtime::{Error, Runtime, http::{HttpLayer, InvokeMode, Request, service_fn}};
///
/// let runtime = Runtime::init(async || {
///     // What is made once for each execution environment, such as an axum::Router with its state.
///     Ok(service_fn(async |_: Request| Ok::<_, Error>("hello")))
/// })
/// .layer(HttpLayer::new().invoke_mode(InvokeMode::ResponseStream).strip_stage(true));
/// # async { runtime.run().await };
/// ```
#[derive(Clone, Debug, Default)]
pub struct HttpLayer {
    settings: Arc<Settings>,
}

#[derive(Clone, Debug, Default)]
struct Settings {
    of_url: Option<InvokeMode>,
    of_rest_api: Option<InvokeMode>,
    strips_stage: Option<bool>,
    is_absolute: bool,
    pass_through: Option<Uri>,
}

impl HttpLayer {
    /// Nothing is set: the variables of the environment decide, see [`HttpConfig`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether responses stream, to the services that take streams.
    #[must_use]
    pub fn invoke_mode(self, mode: InvokeMode) -> Self {
        self.invoke_mode_of(Source::LambdaUrl, mode).invoke_mode_of(Source::ApiGatewayRest, mode)
    }

    /// The same for one of these services, if the function is behind several: [`Source::LambdaUrl`] or
    /// [`Source::ApiGatewayRest`]. The others take no streams.
    #[must_use]
    pub fn invoke_mode_of(mut self, source: Source, mode: InvokeMode) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        match source {
            Source::LambdaUrl => settings.of_url = Some(mode),
            Source::ApiGatewayRest => settings.of_rest_api = Some(mode),
            _ => {}
        }
        self
    }

    /// Whether the path goes without the stage that HTTP APIs put in front of it; without this,
    /// `AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH` decides.
    #[must_use]
    pub fn strip_stage(mut self, strips: bool) -> Self {
        Arc::make_mut(&mut self.settings).strips_stage = Some(strips);
        self
    }

    /// Whether the URI of a request has a scheme and a host, see [`ReadOptions::absolute_uri`].
    #[must_use]
    pub fn absolute_uri(mut self, is_absolute: bool) -> Self {
        Arc::make_mut(&mut self.settings).is_absolute = is_absolute;
        self
    }

    /// Gives events that are no HTTP to the service, too: as `POST` to this path, with the event as the body and [`PassedThrough`]
    /// as an extension. What it answers is the result of the invocation; a status of 400 or more is a failure.
    ///
    /// A client that asks for this path gets a 404: it could make up any event. A router that takes other paths for the same
    /// one (without regard to case, with a slash at the end) should ask for the extension.
    #[must_use]
    pub fn pass_through(mut self, path: Uri) -> Self {
        Arc::make_mut(&mut self.settings).pass_through = Some(path);
        self
    }
}

impl<S> Layer<S> for HttpLayer {
    type Service = Adapter<S>;

    fn layer(&self, service: S) -> Adapter<S> {
        Adapter { service, layer: self.clone() }
    }
}

/// A handler of events made by an [`HttpLayer`].
#[derive(Clone, Debug)]
pub struct Adapter<S> {
    service: S,
    layer: HttpLayer,
}

impl<S> From<S> for Adapter<S> {
    /// With nothing set.
    fn from(service: S) -> Self {
        HttpLayer::new().layer(service)
    }
}

impl Settings {
    fn answering(&self, source: Source, format: ResponseFormat, config: HttpConfig) -> Answering {
        let set = if source == Source::LambdaUrl { self.of_url } else { self.of_rest_api };
        let mode = set.or(config.invoke_mode).unwrap_or_default();
        Answering::of(format, format.can_stream() && mode == InvokeMode::ResponseStream)
    }

    /// The request that an event is, and how it is answered.
    fn read(&self, event: &RawPayload, config: HttpConfig) -> Result<(Request, Answering), Refusal> {
        let options = ReadOptions::new()
            .strip_stage(self.strips_stage.unwrap_or(config.ignore_stage_in_path))
            .absolute_uri(self.is_absolute);
        let error = match options.read(event.clone().into_bytes()) {
            Ok(request) => {
                let answering = HttpEvent::of(&request).map_or(Answering::RAW, |event| {
                    self.answering(event.source(), event.response_format(), config)
                });
                let is_asked = |path: &Uri| decoded(path.path()) == decoded(request.uri().path());
                if self.pass_through.as_ref().is_some_and(is_asked) {
                    return Err(Refusal::Reserved(answering));
                }
                return Ok((request, answering));
            }
            Err(error) => error,
        };
        match (&error, &self.pass_through) {
            (RequestError::Refused { format, sender, .. }, _) => {
                Err(Refusal::BadRequest(self.answering(*sender, *format, config), error))
            }
            (RequestError::NotHttp(_), Some(path)) => Ok((passed_through(event, path), Answering::RAW)),
            _ => Err(Refusal::NoRequest(error)),
        }
    }
}

/// A path as routers may see it.
fn decoded(path: &str) -> Cow<'_, str> {
    percent_decode_str(path).decode_utf8_lossy()
}

/// An event that is no request, as one.
fn passed_through(event: &RawPayload, path: &Uri) -> Request {
    let body = match String::from_utf8(event.to_vec()) {
        Ok(text) => Body::from(text),
        Err(error) => Body::from(error.into_bytes()),
    };
    let mut request = HttpRequest::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.clone();
    if let Some(Ok(content_type)) = event.content_type().map(HeaderValue::from_str) {
        request.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    request.extensions_mut().insert(PassedThrough);
    request
}

impl<S> Service<LambdaEvent<RawPayload>> for Adapter<S>
where
    S: Service<Request>,
    S::Response: IntoResponse,
    S::Error: Into<Diagnostic> + 'static,
{
    type Response = Response;
    type Error = HandlerError;
    type Future = AdapterFuture<S::Future, <S::Response as IntoResponse>::Body>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), HandlerError>> {
        self.service.poll_ready(cx).map_err(HandlerError::of)
    }

    fn call(&mut self, event: LambdaEvent<RawPayload>) -> Self::Future {
        let (payload, context) = event.into_parts();
        match self.layer.settings.read(&payload, context.env_config.http) {
            Ok((mut request, answering)) => {
                request.extensions_mut().insert(context);
                AdapterFuture::of(self.service.call(request), answering)
            }
            Err(refusal) => AdapterFuture::refused(refusal),
        }
    }
}
