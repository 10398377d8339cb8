//! Requests of Amazon API Gateway, and what it asks its authorizers.
//!
//! Requests of REST APIs, and of HTTP APIs with payload format 1.0, are in `rest`; those of HTTP APIs with format 2.0 in `http`;
//! those of WebSocket APIs in `websocket`. What authorizers are asked and what they answer is in `authorizer`.

mod authorizer;
mod http;
mod rest;
mod websocket;

pub use self::{
    authorizer::{
        AuthorizerResponse, AuthorizerType, Effect, HttpAuthorizerRequest, Policy, RestAuthorizerRequest,
        SimpleAuthorizerResponse, Statement, TokenAuthorizerRequest, WebSocketAuthorizerRequest,
    },
    http::{
        CognitoIdentity, Http, HttpAuthentication, HttpAuthorizer, HttpContext, HttpRequest, HttpResponse,
        IamAuthorizer, JwtAuthorizer,
    },
    rest::{ClientCert, Identity, RestContext, RestRequest, RestResponse, Validity},
    websocket::{
        WebSocket, WebSocketConnect, WebSocketContext, WebSocketDisconnect, WebSocketEventType,
        WebSocketMessage, WebSocketMessageError, WebSocketReply, WebSocketRequest,
    },
};
