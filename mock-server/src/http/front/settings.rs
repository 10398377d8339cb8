//! What is configured for a front.

/// A way to functions over HTTP: API Gateway, a load balancer, or VPC Lattice. See [`MockLambda::listen_front`].
///
/// ```
/// use mock_server::Front;
///
/// let front = Front::rest_api()
///     .stage("v1")
///     .binary_media_types(["image/*"])
///     .route("GET /orders/{id}", "orders")
///     .route("ANY /{proxy+}", "pages");
/// # let _ = front;
/// ```
///
/// [`MockLambda::listen_front`]: crate::MockLambda::listen_front
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Front {
    pub(super) kind: Kind,
    pub(super) stage: Option<String>,
    pub(super) qualifier: Option<String>,
    pub(super) binary_media_types: Vec<String>,
    pub(super) streams: bool,
    pub(super) routes: Vec<(String, String)>,
    pub(super) only_routes: bool,
}

/// Which front it is, and in which of its formats it speaks to functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    HttpApi(Version),
    RestApi,
    LoadBalancer(Headers),
    Lattice(Version),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// How many values a header has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Headers {
    Single,
    Multi,
}

impl Front {
    /// An HTTP API of API Gateway, with payload format 2.0.
    #[must_use]
    pub fn http_api() -> Self {
        Self::new(Kind::HttpApi(Version::Two))
    }

    /// A REST API of API Gateway, with Lambda proxy integrations.
    #[must_use]
    pub fn rest_api() -> Self {
        Self::new(Kind::RestApi)
    }

    /// An Application Load Balancer with a target group whose headers have one value each.
    #[must_use]
    pub fn load_balancer() -> Self {
        Self::new(Kind::LoadBalancer(Headers::Single))
    }

    /// A service of VPC Lattice, with version 2.0 of its events.
    #[must_use]
    pub fn lattice() -> Self {
        Self::new(Kind::Lattice(Version::Two))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            stage: None,
            qualifier: None,
            binary_media_types: Vec::new(),
            streams: false,
            routes: Vec::new(),
            only_routes: false,
        }
    }

    /// HTTP API: payload format 1.0, which is that of REST APIs but for details.
    #[must_use]
    pub fn payload_format_1(mut self) -> Self {
        if let Kind::HttpApi(version) = &mut self.kind {
            *version = Version::One;
        }
        self
    }

    /// Load balancer: the target group has multi-value headers, in both directions.
    #[must_use]
    pub fn multi_value_headers(mut self) -> Self {
        if let Kind::LoadBalancer(headers) = &mut self.kind {
            *headers = Headers::Multi;
        }
        self
    }

    /// VPC Lattice: version 1 of its events.
    #[must_use]
    pub fn event_version_1(mut self) -> Self {
        if let Kind::Lattice(version) = &mut self.kind {
            *version = Version::One;
        }
        self
    }

    /// API Gateway: the stage; `$default` for an HTTP API and `prod` for a REST API if not set.
    ///
    /// A path that begins with it is one of the API's own endpoint; any other one is that of a custom domain name whose API
    /// mapping leads to the stage. Both are answered here. HTTP APIs give the function the path with the stage if the client
    /// has sent it, REST APIs without.
    #[must_use]
    pub fn stage(mut self, name: impl Into<String>) -> Self {
        self.stage = Some(name.into());
        self
    }

    /// The version or alias that is invoked, of all functions that are named without one; `$LATEST` if not set.
    #[must_use]
    pub fn qualifier(mut self, qualifier: impl Into<String>) -> Self {
        self.qualifier = Some(qualifier.into());
        self
    }

    /// REST API: what is not text, such as `image/png`, `image/*` or `*/*`. Nothing if not set: then no body is in base64.
    #[must_use]
    pub fn binary_media_types(mut self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.binary_media_types = types.into_iter().map(|media| media.into().to_ascii_lowercase()).collect();
        self
    }

    /// REST API: responses stream (`responseTransferMode` is `STREAM`). They begin with the prelude of status and headers.
    #[must_use]
    pub fn response_stream(mut self) -> Self {
        self.streams = true;
        self
    }

    /// API Gateway: a route to a function, such as `GET /orders/{id}`, `ANY /files/{proxy+}` or `$default`.
    ///
    /// The function may be named with a version or an alias: `orders:live`. The most specific route wins; of two that are
    /// the same, the later one. Load balancers and VPC Lattice have none.
    #[must_use]
    pub fn route(mut self, route: impl Into<String>, function: impl Into<String>) -> Self {
        self.routes.push((route.into(), function.into()));
        self
    }

    /// API Gateway: what has no route is refused as API Gateway refuses it, in place of going to the function that
    /// [`listen_front`](crate::MockLambda::listen_front) names.
    #[must_use]
    pub fn only_routes(mut self) -> Self {
        self.only_routes = true;
        self
    }

    /// Whether it is one of API Gateway's, which have routes and stages.
    pub(super) fn has_stages(&self) -> bool {
        matches!(self.kind, Kind::HttpApi(_) | Kind::RestApi)
    }

    /// The name of the stage.
    pub(super) fn stage_name(&self) -> &str {
        let usual = if self.kind == Kind::RestApi { "prod" } else { "$default" };
        self.stage.as_deref().unwrap_or(usual)
    }
}
