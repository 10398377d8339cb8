//! What a front answers in place of the function.
//!
//! Sources: [gateway responses](https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html)
//! of REST APIs, whose two ways of being [too long](https://github.com/koki-develop/lgtm-generator/issues/10) were recorded;
//! [AWS's test tool](https://github.com/aws/aws-lambda-dotnet/tree/master/Tools/LambdaTestTool-v2) for HTTP APIs; and
//! [errors of load balancers](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html).
//! What VPC Lattice says beside the status is not documented; here it is nothing.

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, SERVER},
};

use super::settings::Kind;
use crate::http::refusal::ERROR_TYPE;

/// Why there is no response of the function's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such route.
    NoRoute,
    /// The request is none that the front takes, or has not come whole.
    BadRequest,
    /// It is larger than the front takes.
    TooLarge,
    /// It is larger than Lambda takes.
    TooLargeForLambda,
    /// There is no such function, it has failed, or its response is malformed.
    Failed,
    /// Lambda does not run it now.
    Throttled,
}

impl Refusal {
    pub(super) fn to_http(self, kind: Kind) -> Response<Bytes> {
        match kind {
            Kind::HttpApi(_) => self.of_http_api(),
            Kind::RestApi => self.of_rest_api(),
            Kind::LoadBalancer(_) => self.of_load_balancer(),
            Kind::Lattice(_) => reply(self.status(), None, ""),
        }
    }

    fn of_http_api(self) -> Response<Bytes> {
        let (status, message) = match self {
            Self::NoRoute => (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#),
            Self::BadRequest => (StatusCode::BAD_REQUEST, r#"{"message":"Bad Request"}"#),
            Self::TooLarge | Self::TooLargeForLambda => {
                (StatusCode::PAYLOAD_TOO_LARGE, r#"{"message":"Request Entity Too Large"}"#)
            }
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#),
            Self::Throttled => (StatusCode::SERVICE_UNAVAILABLE, r#"{"message":"Service Unavailable"}"#),
        };
        reply(status, Some("application/json"), message)
    }

    fn of_rest_api(self) -> Response<Bytes> {
        // The space after the colon is there where the integration has failed, and is not where it was not reached.
        let (status, error, message) = match self {
            Self::NoRoute => (
                StatusCode::FORBIDDEN,
                "MissingAuthenticationTokenException",
                r#"{"message":"Missing Authentication Token"}"#,
            ),
            Self::BadRequest => {
                (StatusCode::BAD_REQUEST, "BadRequestException", r#"{"message": "Bad Request"}"#)
            }
            Self::TooLarge => {
                let message = "HTTP content length exceeded 10485760 bytes.";
                return reply(StatusCode::PAYLOAD_TOO_LARGE, Some("text; charset=utf-8"), message);
            }
            Self::TooLargeForLambda => {
                (StatusCode::PAYLOAD_TOO_LARGE, "BadRequestException", r#"{"message": "Request Too Long"}"#)
            }
            Self::Failed | Self::Throttled => (
                StatusCode::BAD_GATEWAY,
                "InternalServerErrorException",
                r#"{"message": "Internal server error"}"#,
            ),
        };
        let mut reply = reply(status, Some("application/json"), message);
        reply.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(error));
        reply
    }

    fn of_load_balancer(self) -> Response<Bytes> {
        let status = self.status();
        let phrase = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
            status => status.canonical_reason().unwrap_or_default(),
        };
        let title = format!("{} {phrase}", status.as_u16());
        let page = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
             </body>\r\n</html>\r\n"
        );
        let mut reply = Response::new(Bytes::from(page));
        *reply.status_mut() = status;
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        reply.headers_mut().insert(SERVER, HeaderValue::from_static("awselb/2.0"));
        reply
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::TooLarge | Self::TooLargeForLambda => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Failed | Self::Throttled => StatusCode::BAD_GATEWAY,
        }
    }
}

fn reply(status: StatusCode, content_type: Option<&'static str>, body: &'static str) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::from_static(body.as_bytes()));
    *reply.status_mut() = status;
    if let Some(content_type) = content_type {
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    reply
}
