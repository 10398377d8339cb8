//! Which format an event has: by its members, in the order of [`detect`](crate::detect), as far as events of HTTP go.

use super::{
    read::Wire,
    response::{Kind, ResponseFormat},
};
use crate::Source;

/// Who sent an event, and what it takes as an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) source: Source,
    pub(super) response: ResponseFormat,
    pub(super) path: PathForm,
    pub(super) query: QueryForm,
}

/// How the path stands in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathForm {
    /// As the client sent it.
    AsSent,
    /// Decoded once.
    Decoded,
}

/// How the query stands in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueryForm {
    /// As one text, as the client sent it.
    Raw,
    /// As members, not decoded.
    AsSent,
    /// As members, decoded.
    Decoded,
}

impl Format {
    /// `None` for an event that is no HTTP request.
    pub(super) fn of(wire: &Wire<'_>) -> Option<Self> {
        let (source, kind) = source(wire)?;
        let (path, query) = match source {
            Source::LambdaUrl => (PathForm::AsSent, QueryForm::Raw),
            Source::ApiGatewayHttp => (PathForm::Decoded, QueryForm::Raw),
            Source::VpcLatticeV1 => (PathForm::AsSent, QueryForm::Raw),
            Source::Alb | Source::VpcLatticeV2 => (PathForm::AsSent, QueryForm::AsSent),
            _ if is_http_api_1(wire) => (PathForm::Decoded, QueryForm::Decoded),
            _ => (PathForm::AsSent, QueryForm::Decoded),
        };
        Some(Self { source, response: ResponseFormat::of(kind), path, query })
    }
}

/// An HTTP API with format 1.0 says so, a REST API does not.
pub(super) fn is_http_api_1(wire: &Wire<'_>) -> bool {
    wire.version.as_deref() == Some("1.0")
}

fn source(wire: &Wire<'_>) -> Option<(Source, Kind)> {
    if wire.is_of_authorizer {
        return None;
    }
    if wire.raw_path_and_query.is_some() && wire.method.is_some() {
        return Some((Source::VpcLatticeV1, Kind::Lattice));
    }
    let is_request = wire.http_method.is_some() && wire.path.is_some();
    let rest = if is_http_api_1(wire) { Kind::HttpApi1 } else { Kind::Rest };
    let Some(context) = &wire.context else {
        return is_request.then_some((Source::ApiGatewayRest, rest));
    };
    if context.has_condition {
        return None;
    }
    if context.has_elb {
        return Some((
            Source::Alb,
            if wire.has_multi_value_headers { Kind::AlbMultiValue } else { Kind::Alb },
        ));
    }
    if context.has_service_network {
        return Some((Source::VpcLatticeV2, Kind::Lattice));
    }
    if context.has_connection && (context.event_type.is_some() || context.has_message_direction) {
        return Some((Source::ApiGatewayWebSocket, Kind::WebSocket));
    }
    if context.has_http {
        let is_url = context.domain_name.as_deref().is_some_and(|domain| domain.contains(".lambda-url."));
        return Some(match is_url {
            true => (Source::LambdaUrl, Kind::Url),
            false => (Source::ApiGatewayHttp, Kind::HttpApi),
        });
    }
    let is_rest = wire.http_method.is_some() || context.method.is_some() || context.has_resource_path;
    is_rest.then_some((Source::ApiGatewayRest, rest))
}
