//! What the services know of a request, each in its own type.

use super::event::member;
use crate::{IntoOwned, Json, Source};

macro_rules! contexts {
    ($($(#[$about:meta])* $variant:ident($source:ident, $type:ty);)*) => {
        /// What a service knows of a request and of who sent it.
        ///
        /// ```
        /// use lambda_events::http::{self, HttpEvent, RequestContext};
        ///
        /// let request = http::from_str(
        ///     r#"{"rawPath":"/","requestContext":{"authorizer":{"jwt":{"claims":{"sub":"u-1"}}},"http":{"method":"GET"}}}"#,
        /// )?;
        /// let context = HttpEvent::of(&request).and_then(HttpEvent::context);
        /// let Some(RequestContext::ApiGatewayV2(context)) = context else { return Err("of another source".into()) };
        /// let jwt = context.authorizer.and_then(|authorizer| authorizer.jwt).ok_or("without a token")?;
        /// assert_eq!(jwt.claims["sub"].as_str(), Some("u-1"));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum RequestContext<'a> {
            $(
                $(#[$about])*
                $variant(Box<$type>),
            )*
            /// One that lacks what its type cannot be without, as it is.
            Other(Json<'a>),
        }

        impl<'a> RequestContext<'a> {
            pub(super) fn read(source: Source, event: &'a [u8]) -> Option<Self> {
                let typed = match source {
                    $(Source::$source => {
                        member(event, "requestContext").map(|context| Self::$variant(Box::new(context)))
                    })*
                    _ => None,
                };
                typed.or_else(|| member(event, "requestContext").map(Self::Other))
            }
        }

        impl IntoOwned for RequestContext<'_> {
            type Owned = RequestContext<'static>;

            fn into_owned(self) -> RequestContext<'static> {
                match self {
                    $(Self::$variant(context) => RequestContext::$variant(context.into_owned()),)*
                    Self::Other(json) => RequestContext::Other(json.into_owned()),
                }
            }
        }
    };
}

contexts! {
    /// Of a REST API, or of an HTTP API with format 1.0.
    ApiGatewayV1(ApiGatewayRest, crate::apigw::RestContext<'a>);
    /// Of an HTTP API with format 2.0.
    ApiGatewayV2(ApiGatewayHttp, crate::apigw::HttpContext<'a>);
    /// Of a WebSocket API.
    WebSocket(ApiGatewayWebSocket, crate::apigw::WebSocketContext<'a>);
    /// Of a function URL.
    LambdaUrl(LambdaUrl, crate::lambda_url::UrlContext<'a>);
    /// Of a load balancer.
    Alb(Alb, crate::alb::AlbContext<'a>);
    /// Of a service of VPC Lattice; version 1 of its events has none.
    VpcLattice(VpcLatticeV2, crate::vpc_lattice::LatticeContext<'a>);
}
