//! Samples of requests over HTTP and WebSocket, of what authorizers are asked, and of the answers to both.

use super::samples;

samples! {
    "apigw" {
        /// A request to a REST API with an API key, by a user of a user pool.
        APIGW_REST: crate::apigw::RestRequest<'static> = "apigw_rest";
        /// A request to a REST API, signed with credentials of an identity pool, with bytes in its body.
        APIGW_REST_IAM: crate::apigw::RestRequest<'static> = "apigw_rest_iam";
        /// A request to a private REST API with mutual TLS, whose Lambda authorizer gave a context.
        APIGW_REST_LAMBDA_AUTHORIZER: crate::apigw::RestRequest<'static> = "apigw_rest_lambda_authorizer";
        /// The answer to a request to a REST API.
        APIGW_REST_RESPONSE: crate::apigw::RestResponse<'static> = "apigw_rest_response";
        /// A request to an HTTP API with payload format 1.0, with a token.
        APIGW_HTTP_1: crate::apigw::RestRequest<'static> = "apigw_http_1";
        /// A request to an HTTP API with payload format 2.0, with a token, cookies and mutual TLS.
        APIGW_HTTP: crate::apigw::HttpRequest<'static> = "apigw_http";
        /// A request to an HTTP API, signed with credentials of an identity pool, with bytes in its body.
        APIGW_HTTP_IAM: crate::apigw::HttpRequest<'static> = "apigw_http_iam";
        /// A request to an HTTP API whose Lambda authorizer gave a context.
        APIGW_HTTP_LAMBDA_AUTHORIZER: crate::apigw::HttpRequest<'static> = "apigw_http_lambda_authorizer";
        /// The answer to a request to an HTTP API with payload format 2.0.
        APIGW_HTTP_RESPONSE: crate::apigw::HttpResponse<'static> = "apigw_http_response";
        /// A connection to a WebSocket API that begins.
        APIGW_WEBSOCKET_CONNECT: crate::apigw::WebSocketRequest<'static> = "apigw_websocket_connect";
        /// A message to a WebSocket API.
        APIGW_WEBSOCKET_MESSAGE: crate::apigw::WebSocketRequest<'static> = "apigw_websocket_message";
        /// A connection to a WebSocket API that has ended.
        APIGW_WEBSOCKET_DISCONNECT: crate::apigw::WebSocketRequest<'static> = "apigw_websocket_disconnect";
        /// The answer to a client that connects to a WebSocket API, with the subprotocol that was chosen.
        APIGW_WEBSOCKET_RESPONSE: crate::apigw::WebSocketReply<'static> = "apigw_websocket_response";
        /// What an authorizer of a REST API is asked by a token.
        APIGW_AUTHORIZER_TOKEN: crate::apigw::TokenAuthorizerRequest<'static> = "apigw_authorizer_token";
        /// What an authorizer of a REST API is asked by a request.
        APIGW_AUTHORIZER_REQUEST: crate::apigw::RestAuthorizerRequest<'static> = "apigw_authorizer_request";
        /// What an authorizer of an HTTP API is asked with format 1.0.
        APIGW_AUTHORIZER_HTTP_1: crate::apigw::RestAuthorizerRequest<'static> = "apigw_authorizer_http_1";
        /// What an authorizer of an HTTP API is asked with format 2.0.
        APIGW_AUTHORIZER_HTTP: crate::apigw::HttpAuthorizerRequest<'static> = "apigw_authorizer_http";
        /// What the authorizer of a WebSocket API is asked.
        APIGW_AUTHORIZER_WEBSOCKET: crate::apigw::WebSocketAuthorizerRequest<'static> = "apigw_authorizer_websocket";
        /// The policy that an authorizer answers.
        APIGW_AUTHORIZER_RESPONSE: crate::apigw::AuthorizerResponse<'static> = "apigw_authorizer_response";
        /// The simple answer of an authorizer of an HTTP API.
        APIGW_AUTHORIZER_SIMPLE_RESPONSE: crate::apigw::SimpleAuthorizerResponse<'static> =
            "apigw_authorizer_simple_response";
    }
    "alb" {
        /// A request of a load balancer with one value of each header.
        ALB: crate::alb::AlbRequest<'static> = "alb";
        /// A request of a load balancer with all values of each header, and bytes in its body.
        ALB_MULTI_VALUE: crate::alb::AlbRequest<'static> = "alb_multi_value";
        /// The answer to a request of a load balancer.
        ALB_RESPONSE: crate::alb::AlbResponse<'static> = "alb_response";
        /// The answer to a request of a load balancer with all values of each header.
        ALB_MULTI_VALUE_RESPONSE: crate::alb::AlbResponse<'static> = "alb_multi_value_response";
    }
    "lambda_url" {
        /// A request to a function URL that anybody may call.
        LAMBDA_URL: crate::lambda_url::UrlRequest<'static> = "lambda_url";
        /// A signed request to a function URL, with bytes in its body.
        LAMBDA_URL_IAM: crate::lambda_url::UrlRequest<'static> = "lambda_url_iam";
        /// The answer to a request to a function URL.
        LAMBDA_URL_RESPONSE: crate::lambda_url::UrlResponse<'static> = "lambda_url_response";
    }
    "vpc_lattice" {
        /// A request of VPC Lattice with version 2 of the event structure, by a machine with a certificate.
        VPC_LATTICE: crate::vpc_lattice::LatticeRequest<'static> = "vpc_lattice";
        /// A request of VPC Lattice with version 1 of the event structure, with bytes in its body.
        VPC_LATTICE_1: crate::vpc_lattice::LatticeRequestV1<'static> = "vpc_lattice_1";
        /// The answer to a request of VPC Lattice.
        VPC_LATTICE_RESPONSE: crate::vpc_lattice::LatticeResponse<'static> = "vpc_lattice_response";
    }
}
