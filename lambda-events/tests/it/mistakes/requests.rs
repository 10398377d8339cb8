//! Mistakes 7, 23, 25, 26 and 28: requests of HTTP and GraphQL, and triggers of user pools.

use lambda_events::{
    alb::AlbRequest,
    apigw::HttpRequest,
    appsync::AppSync,
    aws::event::{
        alb::AlbTargetGroupRequest,
        apigw::ApiGatewayV2httpRequest,
        appsync::{AppSyncDirectResolverEvent, AppSyncIdentity},
        cognito::CognitoEventUserPoolsPreTokenGenV2,
    },
    cognito::{PreTokenGenerationV2, TriggerSource},
};

use super::{changes, incumbent, made_up, ours, shown};

cases! {
    m07_an_identity_of_cognito_is_one: 7,
        "AppSync, identity of Cognito: which, sub, a claim",
        r#"{"arguments":{},"identity":{"sub":"4711","issuer":"https://example.com/pool","username":"ann","claims":{"scope":"read"},"sourceIp":["203.0.113.7"],"defaultAuthStrategy":"ALLOW"},"request":{"headers":{}},"info":{"selectionSetList":[],"selectionSetGraphQL":"","fieldName":"order","parentTypeName":"Query","variables":{}},"stash":{}}"#,
        ours: |json| {
            let event: AppSync<'_> = ours(json)?;
            let identity = event.identity.unwrap_or_default();
            let kind = identity.kind().map(|kind| format!("{kind:?}"));
            let scope = identity.claims.get("scope");
            Ok(format!("{}, {}, {}", shown(kind), shown(identity.sub.as_ref()), shown(scope)))
        },
        incumbent: |json| {
            let event: AppSyncDirectResolverEvent = incumbent(json)?;
            Ok(match event.identity {
                Some(AppSyncIdentity::Cognito(identity)) => {
                    format!("Cognito, {}, {}", shown(identity.sub), shown(identity.claims.get("scope")))
                }
                Some(AppSyncIdentity::IAM(_)) => "IAM, nothing, nothing".to_owned(),
                other => format!("{other:?}"),
            })
        },
        right: "Cognito, 4711, \"read\"";

    m23_a_request_of_an_http_api_gets_no_members: 23,
        "API Gateway, HTTP API, written",
        r#"{"version":"2.0","rawPath":"/orders","headers":{"host":"example.com"},"requestContext":{"http":{"method":"POST"}},"isBase64Encoded":false}"#,
        ours: |json| changes(json, ours::<HttpRequest<'_>>(json)?),
        incumbent: |json| made_up(json, incumbent::<ApiGatewayV2httpRequest>(json)?),
        right: "written as it was";

    m25_headers_that_differ_in_case_are_both_kept: 25,
        "load balancer, headers Cookie and cookie",
        r#"{"requestContext":{"elb":{"targetGroupArn":"arn"}},"httpMethod":"GET","path":"/","headers":{"Cookie":"a=1","cookie":"b=2"},"isBase64Encoded":false}"#,
        ours: |json| {
            let request: AlbRequest<'_> = ours(json)?;
            let cookies = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
            Ok(cookies.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("; "))
        },
        incumbent: |json| {
            let request: AlbTargetGroupRequest = incumbent(json)?;
            let cookies = request.headers.get_all("cookie").iter();
            Ok(cookies.map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>().join("; "))
        },
        right: "a=1; b=2";

    m26_an_odd_name_of_a_header_fails_nothing: 26,
        "load balancer, a header with a space in its name",
        r#"{"requestContext":{"elb":{"targetGroupArn":"arn"}},"httpMethod":"GET","path":"/","headers":{"x y":"1","host":"example.com"},"isBase64Encoded":false}"#,
        ours: |json| Ok(shown(ours::<AlbRequest<'_>>(json)?.headers.get("host"))),
        incumbent: |json| {
            let request: AlbTargetGroupRequest = incumbent(json)?;
            Ok(shown(request.headers.get("host").and_then(|value| value.to_str().ok())))
        },
        right: "example.com";

    m28_tokens_of_machines_are_known: 28,
        "Cognito, TokenGeneration_ClientCredentials",
        r#"{"version":"3","region":"eu-west-1","userPoolId":"pool","userName":"4711","callerContext":{"awsSdkVersion":"1","clientId":"app"},"triggerSource":"TokenGeneration_ClientCredentials","request":{"userAttributes":{},"groupConfiguration":{"groupsToOverride":[],"iamRolesToOverride":[]},"scopes":["orders/read"]},"response":{"claimsAndScopeOverrideDetails":null}}"#,
        ours: |json| {
            let event: PreTokenGenerationV2<'_> = ours(json)?;
            assert_eq!(event.trigger_source, Some(TriggerSource::TokenGenerationClientCredentials));
            Ok(shown(event.request.scopes.first()))
        },
        incumbent: |json| {
            Ok(shown(incumbent::<CognitoEventUserPoolsPreTokenGenV2>(json)?.request.scopes.first()))
        },
        right: "orders/read";
}
