//! Requests become events, for tests that have no service at hand: the way back of `request`.
//!
//! What the services add to a request is here too, with made-up names, addresses and times. Which of it a format loses is said in
//! the [module](super#what-a-format-cannot-carry). Authorizers are left out: who needs one reads the event as its type and sets it.

mod format;
mod parts;

use bytes::Bytes;
use http::{
    HeaderMap, Request,
    header::{COOKIE, HOST, USER_AGENT},
};
use percent_encoding::percent_decode_str;
use serde_json::json;

pub use self::format::EventFormat;
use self::parts::{
    body, decoded, grouped, headers, is_empty, joined, last, lists, one, pairs, string, values,
};
use crate::{Json, Map};

const ACCOUNT: &str = "123456789012";
const ADDRESS: &str = "203.0.113.9";
const REQUEST_ID: &str = "0f9a6a3e-1f0c-4a83-9a55-2d8f0b1c7e21";
const TIME: &str = "12/Mar/2026:19:03:58 +0000";
const TIME_EPOCH: i64 = 1_773_342_238_123;

/// The members of an event, in order.
type Members = Vec<(&'static str, Json<'static>)>;

/// Makes an event of a request, as a service would: for tests.
///
/// [`WriteOptions`] has what only API Gateway knows.
///
/// ```
/// use lambda_events::http::{self, EventFormat};
///
/// let request = ::http::Request::post("/orders?part=items").header("accept", "text/html").body("{}")?;
/// for format in EventFormat::ALL {
///     let event = http::to_event(format, &request);
///     let read = http::from_slice(&event)?;
///     assert_eq!(read.uri(), "/orders?part=items");
///     assert_eq!(read.headers()["accept"], "text/html");
///     assert_eq!(&**read.body(), b"{}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_event<B: AsRef<[u8]>>(format: EventFormat, request: &Request<B>) -> Bytes {
    WriteOptions::new(format).write(request)
}

/// How a request becomes an event, where a service knows more than the request says: the way back of
/// [`ReadOptions`](super::ReadOptions).
///
/// ```
/// use lambda_events::http::{self, EventFormat, HttpEvent, WriteOptions};
///
/// let request = ::http::Request::get("/orders/7").body("")?;
/// let event = WriteOptions::new(EventFormat::HttpApi)
///     .stage("prod")
///     .resource("/orders/{id}")
///     .path_parameter("id", "7")
///     .write(&request);
/// let read = http::from_slice(&event)?;
/// assert_eq!(read.uri().path(), "/prod/orders/7");
/// assert_eq!(HttpEvent::of(&read).ok_or("it was read from an event")?.path_parameters()["id"], "7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct WriteOptions {
    format: EventFormat,
    stage: Option<String>,
    resource: Option<String>,
    path_parameters: Map<'static, Json<'static>>,
    stage_variables: Map<'static, Json<'static>>,
}

impl WriteOptions {
    /// Without a stage, a resource, parameters and variables. What is set below, other formats than API Gateway's do not have.
    pub fn new(format: EventFormat) -> Self {
        let (path_parameters, stage_variables) = Default::default();
        Self { format, stage: None, resource: None, path_parameters, stage_variables }
    }

    /// The stage of an API. HTTP APIs put it in front of the path.
    #[must_use]
    pub fn stage(mut self, stage: impl Into<String>) -> Self {
        self.stage = Some(stage.into());
        self
    }

    /// The resource or the path of the route, such as `/orders/{id}`.
    #[must_use]
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// A variable of the path.
    #[must_use]
    pub fn path_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.path_parameters.insert(name.into(), string(value.into()));
        self
    }

    /// A variable of the stage.
    #[must_use]
    pub fn stage_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.stage_variables.insert(name.into(), string(value.into()));
        self
    }

    /// Makes the event: JSON.
    ///
    /// Headers that the services add are added where the request does not have them. The body is text if its content type is one
    /// of those that load balancers name, and base64 otherwise.
    pub fn write<B: AsRef<[u8]>>(&self, request: &Request<B>) -> Bytes {
        let headers = headers(self.format, request);
        let (body, is_base64) = body(&headers, request.body().as_ref());
        let members = match self.format {
            EventFormat::LambdaUrl | EventFormat::HttpApi => self.version_2(request, &headers),
            EventFormat::HttpApi1 | EventFormat::RestApi => self.version_1(request, &headers),
            EventFormat::Alb | EventFormat::AlbMultiValue => self.alb(request, &headers),
            EventFormat::VpcLattice => Self::lattice(request, &headers),
            EventFormat::VpcLattice1 => Self::lattice_1(request, &headers),
        };
        let mut members: Map<'_, Json<'_>> = members.into_iter().collect();
        match (self.format, body) {
            (_, Some(body)) => _ = members.insert("body", string(body)),
            (EventFormat::HttpApi1 | EventFormat::RestApi, None) => _ = members.insert("body", Json::Null),
            (EventFormat::Alb | EventFormat::AlbMultiValue, None) => _ = members.insert("body", "".into()),
            (_, None) => {}
        }
        let is_old = self.format == EventFormat::VpcLattice1;
        members.insert(if is_old { "is_base64_encoded" } else { "isBase64Encoded" }, is_base64.into());
        // Texts and numbers can always be written.
        serde_json::to_vec(&members).unwrap_or_default().into()
    }

    /// Of function URLs and HTTP APIs: what a request does not have is left out.
    fn version_2<B>(&self, request: &Request<B>, headers: &HeaderMap) -> Members {
        let is_url = self.format == EventFormat::LambdaUrl;
        let (stage, path) = self.stage_and_path(request);
        let query = request.uri().query().unwrap_or_default().to_owned();
        let route = self.resource.as_ref().filter(|_| !is_url);
        let route =
            route.map_or_else(|| "$default".to_owned(), |route| format!("{} {route}", request.method()));
        let domain = self.domain(headers);
        let context = json!({
            "accountId": if is_url { "anonymous" } else { ACCOUNT },
            "apiId": domain.split('.').next(),
            "domainName": &domain,
            "domainPrefix": domain.split('.').next(),
            "http": {
                "method": request.method().as_str(),
                "path": &path,
                "protocol": format!("{:?}", request.version()),
                "sourceIp": ADDRESS,
                "userAgent": one(headers, USER_AGENT),
            },
            "requestId": REQUEST_ID,
            "routeKey": &route,
            "stage": stage,
            "time": TIME,
            "timeEpoch": TIME_EPOCH,
        });
        let cookies = values(headers, &COOKIE).collect::<Vec<_>>().join(";");
        let cookies = cookies.split(';').map(str::trim).filter(|cookie| !cookie.is_empty());
        let cookies = cookies.map(|cookie| string(cookie.to_owned())).collect::<Vec<_>>();
        let mut headers = headers.clone();
        headers.remove(COOKIE);
        let members = [
            ("version", "2.0".into()),
            ("routeKey", string(route)),
            ("rawPath", string(path)),
            ("rawQueryString", string(query)),
            ("cookies", Json::Array(cookies)),
            ("headers", joined(grouped(parts::of_headers(&headers)), ",")),
            ("queryStringParameters", joined(grouped(decoded(request.uri().query())), ",")),
            ("requestContext", context.into()),
        ];
        // A function URL knows of neither parameters nor variables.
        let variables = (!is_url).then(|| self.variables()).into_iter().flatten();
        members.into_iter().chain(variables).filter(|(_, value)| !is_empty(value)).collect()
    }

    /// Of REST APIs, and of HTTP APIs with the old format: what a request does not have is null.
    fn version_1<B>(&self, request: &Request<B>, headers: &HeaderMap) -> Members {
        let is_rest = self.format == EventFormat::RestApi;
        let (stage, path) = self.stage_and_path(request);
        let of_context = if is_rest { format!("/{stage}{path}") } else { path.clone() };
        let resource = self.resource.clone().unwrap_or_else(|| "/{proxy+}".to_owned());
        let domain = self.domain(headers);
        let context = json!({
            "accountId": ACCOUNT,
            "apiId": domain.split('.').next(),
            "domainName": &domain,
            "domainPrefix": domain.split('.').next(),
            "extendedRequestId": "ZbX1aE0ujoEF9Qw=",
            "httpMethod": request.method().as_str(),
            "identity": { "sourceIp": ADDRESS, "userAgent": one(headers, USER_AGENT) },
            "path": of_context,
            "protocol": format!("{:?}", request.version()),
            "requestId": REQUEST_ID,
            "requestTime": TIME,
            "requestTimeEpoch": TIME_EPOCH,
            "resourceId": "k7m2x9",
            "resourcePath": &resource,
            "stage": stage,
        });
        let (headers, query) = (grouped(parts::of_headers(headers)), grouped(decoded(request.uri().query())));
        let members = [
            ("resource", string(resource)),
            ("path", string(path)),
            ("httpMethod", string(request.method().to_string())),
            ("headers", last(headers.clone())),
            ("multiValueHeaders", lists(headers)),
            ("queryStringParameters", last(query.clone())),
            ("multiValueQueryStringParameters", lists(query)),
            ("requestContext", context.into()),
        ];
        let version = (!is_rest).then_some(("version", Json::from("1.0")));
        let or_null = |(name, value)| (name, if is_empty(&value) { Json::Null } else { value });
        version.into_iter().chain(members.into_iter().chain(self.variables()).map(or_null)).collect()
    }

    fn variables(&self) -> [(&'static str, Json<'static>); 2] {
        [
            ("pathParameters", Json::Object(self.path_parameters.clone())),
            ("stageVariables", Json::Object(self.stage_variables.clone())),
        ]
    }

    fn alb<B>(&self, request: &Request<B>, headers: &HeaderMap) -> Members {
        let (headers, query) = (grouped(parts::of_headers(headers)), grouped(pairs(request.uri().query())));
        let group = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/0a1b2c3d4e5f6071";
        let mut members = vec![
            ("requestContext", json!({ "elb": { "targetGroupArn": group } }).into()),
            ("httpMethod", string(request.method().to_string())),
            ("path", string(request.uri().path().to_owned())),
        ];
        members.extend(match self.format {
            EventFormat::AlbMultiValue => {
                [("multiValueQueryStringParameters", lists(query)), ("multiValueHeaders", lists(headers))]
            }
            _ => [("queryStringParameters", last(query)), ("headers", last(headers))],
        });
        members
    }

    fn lattice<B>(request: &Request<B>, headers: &HeaderMap) -> Members {
        let arn = |what: &str| format!("arn:aws:vpc-lattice:eu-west-1:{ACCOUNT}:{what}-0a1b2c3d4e5f60718");
        let context = json!({
            "serviceNetworkArn": arn("servicenetwork/sn"),
            "serviceArn": arn("service/svc"),
            "targetGroupArn": arn("targetgroup/tg"),
            "identity": { "sourceVpcArn": format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc/vpc-0a1b2c3d4e5f60718") },
            "region": "eu-west-1",
            "timeEpoch": format!("{TIME_EPOCH}000"),
        });
        let members = [
            ("version", "2.0".into()),
            ("path", string(request.uri().path().to_owned())),
            ("method", string(request.method().to_string())),
            ("headers", lists(grouped(parts::of_headers(headers)))),
            ("queryStringParameters", lists(grouped(pairs(request.uri().query())))),
            ("requestContext", context.into()),
        ];
        members.into_iter().filter(|(_, value)| !is_empty(value)).collect()
    }

    fn lattice_1<B>(request: &Request<B>, headers: &HeaderMap) -> Members {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        vec![
            ("raw_path", string(target.to_owned())),
            ("method", string(request.method().to_string())),
            ("headers", joined(grouped(parts::of_headers(headers)), ", ")),
            ("query_string_parameters", last(grouped(pairs(request.uri().query())))),
        ]
    }

    /// The stage, and the path with what the format makes of it.
    fn stage_and_path<B>(&self, request: &Request<B>) -> (&str, String) {
        let path = request.uri().path();
        match (self.format, self.stage.as_deref()) {
            (EventFormat::LambdaUrl, _) => ("$default", path.to_owned()),
            (EventFormat::RestApi, stage) => (stage.unwrap_or("prod"), path.to_owned()),
            (_, stage) => {
                let stage = stage.unwrap_or("$default");
                // As recorded events have it: twice, and without what comes after a question mark that was encoded.
                let once = percent_decode_str(path).decode_utf8_lossy();
                let once = once.split('?').next().unwrap_or_default();
                let path = percent_decode_str(once).decode_utf8_lossy();
                let is_default = stage == "$default";
                (stage, if is_default { path.into_owned() } else { format!("/{stage}{path}") })
            }
        }
    }

    /// The name of the service, which is that of the host where it can be.
    fn domain(&self, headers: &HeaderMap) -> String {
        let host = one(headers, HOST).split(':').next().unwrap_or_default().to_owned();
        // A function URL is known by its name.
        let is_possible = host.contains(".lambda-url.") == (self.format == EventFormat::LambdaUrl);
        if is_possible { host } else { self.format.host().to_owned() }
    }
}
