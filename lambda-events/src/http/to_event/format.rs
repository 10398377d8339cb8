//! The formats that a request can be written in, and the names of their services.

/// A format that an HTTP request has as an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventFormat {
    /// Of a function URL: [payload format 2.0](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
    LambdaUrl,
    /// Of an HTTP API:
    /// [payload format 2.0](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
    HttpApi,
    /// Of an HTTP API: payload format 1.0.
    HttpApi1,
    /// Of a REST API:
    /// [proxy integration](https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
    RestApi,
    /// Of a [load balancer](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).
    Alb,
    /// Of a load balancer with multi-value headers.
    AlbMultiValue,
    /// Of [VPC Lattice](https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html), version 2.
    VpcLattice,
    /// Of VPC Lattice, version 1.
    VpcLattice1,
}

impl EventFormat {
    /// All of them, for a test that a handler answers in each.
    pub const ALL: [Self; 8] = [
        Self::LambdaUrl,
        Self::HttpApi,
        Self::HttpApi1,
        Self::RestApi,
        Self::Alb,
        Self::AlbMultiValue,
        Self::VpcLattice,
        Self::VpcLattice1,
    ];

    /// The host of requests that name none.
    pub(super) fn host(self) -> &'static str {
        match self {
            Self::LambdaUrl => "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws",
            Self::HttpApi | Self::HttpApi1 | Self::RestApi => {
                "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
            }
            Self::Alb | Self::AlbMultiValue => "orders-1234567890.eu-west-1.elb.amazonaws.com",
            Self::VpcLattice | Self::VpcLattice1 => {
                "orders-0a1b2c3d4e5f60718.7d67968.vpc-lattice-svcs.eu-west-1.on.aws"
            }
        }
    }
}
