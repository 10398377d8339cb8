//! What the service that sent a request knows of it, through the request.

use http::{Extensions, Request, Uri, request::Parts, uri::PathAndQuery};
use lambda_events::{
    Map, Str,
    http::{HttpEvent, RequestContext},
};

use super::{QueryParameters, query};
use crate::Context;

/// What Lambda and the service that sent a request know of it; of requests, and of their heads.
///
/// ```
/// use lambda_runtime::http::{Request, RequestExt};
///
/// let request = Request::default()
///     .with_path_parameters([("id", "7")])
///     .with_query_string_parameters([("part", "items"), ("part", "total")]);
/// assert_eq!(request.path_parameters()["id"], "7");
/// assert_eq!(request.query_string_parameters().all("part").count(), 2);
/// ```
pub trait RequestExt: Sized {
    /// The path as the client sent it, not decoded, without the stage of an API.
    fn raw_http_path(&self) -> &str;

    /// Sets what [`raw_http_path`](Self::raw_http_path) says.
    #[must_use]
    fn with_raw_http_path(self, path: impl Into<String>) -> Self;

    /// The parameters of the query, decoded.
    fn query_string_parameters(&self) -> QueryParameters<'_>;

    /// Sets the query.
    #[must_use]
    fn with_query_string_parameters<'p>(
        self,
        parameters: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Self;

    /// The variables of the path, as API Gateway has found them.
    fn path_parameters(&self) -> Map<'_, Str<'_>>;

    /// Sets the variables of the path.
    #[must_use]
    fn with_path_parameters<'p>(self, parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self;

    /// The variables of the stage of an API.
    fn stage_variables(&self) -> Map<'_, Str<'_>>;

    /// Sets the variables of the stage.
    #[must_use]
    fn with_stage_variables<'p>(self, variables: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self;

    /// What the service knows of the request and of who sent it. It is read from the event each time.
    ///
    /// It is a [`RequestContext::Other`] unless the feature of its source is on in `lambda-events`: `apigw`, `lambda_url`,
    /// `alb`, `vpc_lattice`.
    fn request_context(&self) -> Option<RequestContext<'_>>;

    /// Sets what the service knows of the request.
    #[must_use]
    fn with_request_context(self, context: RequestContext<'static>) -> Self;

    /// What Lambda knows of the invocation; empty if it is none.
    fn lambda_context(&self) -> Context;

    /// What Lambda knows of the invocation, if it is one.
    fn lambda_context_ref(&self) -> Option<&Context>;

    /// Sets what Lambda knows of the invocation.
    #[must_use]
    fn with_lambda_context(self, context: Context) -> Self;
}

/// The parts of a request that matter here.
trait Head {
    fn uri(&self) -> &Uri;
    fn uri_mut(&mut self) -> &mut Uri;
    fn extensions(&self) -> &Extensions;
    fn extensions_mut(&mut self) -> &mut Extensions;
}

impl<B> Head for Request<B> {
    fn uri(&self) -> &Uri {
        self.uri()
    }

    fn uri_mut(&mut self) -> &mut Uri {
        self.uri_mut()
    }

    fn extensions(&self) -> &Extensions {
        self.extensions()
    }

    fn extensions_mut(&mut self) -> &mut Extensions {
        self.extensions_mut()
    }
}

impl Head for Parts {
    fn uri(&self) -> &Uri {
        &self.uri
    }

    fn uri_mut(&mut self) -> &mut Uri {
        &mut self.uri
    }

    fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.extensions
    }
}

#[derive(Clone)]
struct RawPath(String);

#[derive(Clone)]
struct PathParameters(Map<'static, Str<'static>>);

#[derive(Clone)]
struct StageVariables(Map<'static, Str<'static>>);

fn owned<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Map<'static, Str<'static>> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), Str::from(value.to_owned()))).collect()
}

fn set<H: Head, T: Clone + Send + Sync + 'static>(mut head: H, value: T) -> H {
    head.extensions_mut().insert(value);
    head
}

impl<H: Head> RequestExt for H {
    fn raw_http_path(&self) -> &str {
        let set = self.extensions().get::<RawPath>().map(|path| &*path.0);
        let of_event = || self.extensions().get().map(HttpEvent::path);
        set.or_else(of_event).unwrap_or_else(|| self.uri().path())
    }

    fn with_raw_http_path(self, path: impl Into<String>) -> Self {
        set(self, RawPath(path.into()))
    }

    fn query_string_parameters(&self) -> QueryParameters<'_> {
        QueryParameters::parse(self.uri().query().unwrap_or_default())
    }

    fn with_query_string_parameters<'p>(
        mut self,
        parameters: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Self {
        let mut parts = self.uri().clone().into_parts();
        let mut target = self.uri().path().to_owned();
        let query = query::encode(parameters);
        if !query.is_empty() {
            target.push('?');
            target.push_str(&query);
        }
        // What is encoded fits into a URI, unless it is too long for one.
        if let Ok(target) = PathAndQuery::try_from(target) {
            parts.path_and_query = Some(target);
        }
        if let Ok(uri) = Uri::from_parts(parts) {
            *self.uri_mut() = uri;
        }
        self
    }

    fn path_parameters(&self) -> Map<'_, Str<'_>> {
        match self.extensions().get::<PathParameters>() {
            Some(set) => set.0.clone(),
            None => self.extensions().get().map(HttpEvent::path_parameters).unwrap_or_default(),
        }
    }

    fn with_path_parameters<'p>(self, parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        set(self, PathParameters(owned(parameters)))
    }

    fn stage_variables(&self) -> Map<'_, Str<'_>> {
        match self.extensions().get::<StageVariables>() {
            Some(set) => set.0.clone(),
            None => self.extensions().get().map(HttpEvent::stage_variables).unwrap_or_default(),
        }
    }

    fn with_stage_variables<'p>(self, variables: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        set(self, StageVariables(owned(variables)))
    }

    fn request_context(&self) -> Option<RequestContext<'_>> {
        match self.extensions().get::<RequestContext<'static>>() {
            Some(set) => Some(set.clone()),
            None => self.extensions().get().and_then(HttpEvent::context),
        }
    }

    fn with_request_context(self, context: RequestContext<'static>) -> Self {
        set(self, context)
    }

    fn lambda_context(&self) -> Context {
        self.lambda_context_ref().cloned().unwrap_or_default()
    }

    fn lambda_context_ref(&self) -> Option<&Context> {
        self.extensions().get()
    }

    fn with_lambda_context(self, context: Context) -> Self {
        set(self, context)
    }
}
