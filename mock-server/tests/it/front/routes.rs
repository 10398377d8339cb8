//! Several functions behind one port.

use std::sync::Arc;

use mock_server::{Front, MockLambda, OpenFront};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    guest::answering,
    raw::{Connection, Reply},
    wait::soon,
};

/// Functions that say their name and what they have been given.
fn service(front: Front, functions: &[&'static str]) -> (MockLambda, OpenFront) {
    let mock = MockLambda::new();
    for name in functions {
        let name = Arc::new((*name).to_owned());
        mock.function(&**name).in_process(move |api| {
            let name = Arc::clone(&name);
            answering(api, move |event: Reply| {
                let event: Value = serde_json::from_slice(&event.body).unwrap();
                let key = event.get("routeKey").or_else(|| event.get("resource"));
                let seen = json!([*name, key, event["pathParameters"]]).to_string();
                async move { json!({ "statusCode": 200, "body": seen }).to_string().into_bytes() }
            })
        });
    }
    let open = mock.listen_front(([127, 0, 0, 1], 0).into(), "rest", front).unwrap();
    (mock, open)
}

async fn seen(open: &OpenFront, path: &str) -> Value {
    let reply = soon(Connection::tcp(open.address()).await.get(path)).await;
    serde_json::from_str(reply.text()).unwrap_or_else(|_| json!(reply.status()))
}

#[tokio::test]
async fn each_function_of_an_http_api_gets_what_its_route_says_and_one_the_rest() {
    let front = Front::http_api().route("GET /orders/{id}", "orders").route("ANY /files/{path+}", "files");
    let (_mock, open) = service(front, &["orders", "files", "rest"]);
    assert_eq!(seen(&open, "/orders/a%20b").await, json!(["orders", "GET /orders/{id}", { "id": "a b" }]));
    assert_eq!(seen(&open, "/files/a/b").await, json!(["files", "ANY /files/{path+}", { "path": "a/b" }]));
    assert_eq!(seen(&open, "/orders").await, json!(["rest", "$default", null]));
}

#[tokio::test]
async fn each_function_of_a_rest_api_gets_its_resource_with_the_stage_and_without_it() {
    let front = Front::rest_api().stage("live").route("GET /orders/{id}", "orders");
    let (_mock, open) = service(front, &["orders", "rest"]);
    for path in ["/orders/a%20b", "/live/orders/a%20b", "/live/orders/a%20b/"] {
        assert_eq!(seen(&open, path).await, json!(["orders", "/orders/{id}", { "id": "a%20b" }]), "{path}");
    }
    assert_eq!(seen(&open, "/live").await, json!(["rest", "/", null]));
    assert_eq!(seen(&open, "/lives").await, json!(["rest", "/{proxy+}", { "proxy": "lives" }]));
}

#[tokio::test]
async fn with_routes_alone_the_rest_is_refused_as_each_api_refuses_it() {
    let refused = |reply: &Reply| (reply.status(), reply.text().to_owned());
    let (_mock, open) = service(Front::http_api().route("GET /a", "a").only_routes(), &["a", "rest"]);
    let reply = soon(Connection::tcp(open.address()).await.get("/b")).await;
    assert_eq!(refused(&reply), (404, r#"{"message":"Not Found"}"#.to_owned()));
    assert!(reply.header("apigw-requestid").is_some());
    assert_eq!(seen(&open, "/a").await, json!(["a", "GET /a", null]));

    let (_mock, open) = service(Front::rest_api().route("POST /a", "a").only_routes(), &["a", "rest"]);
    let mut client = Connection::tcp(open.address()).await;
    let reply = soon(client.post("/b", "unread")).await;
    assert_eq!(refused(&reply), (403, r#"{"message":"Missing Authentication Token"}"#.to_owned()));
    assert_eq!(reply.header("x-amzn-errortype"), Some("MissingAuthenticationTokenException"));
    assert!(reply.header("x-amzn-requestid").is_some() && reply.header("x-amz-apigw-id").is_some());
    // The connection goes on.
    assert_eq!(soon(client.get("/a")).await.status(), 403);
    assert_eq!(soon(client.post("/a", "")).await.status(), 200);
}

#[tokio::test]
async fn a_route_that_is_none_is_refused_and_so_is_an_address_that_is_taken() {
    let mock = MockLambda::new();
    let any = ([127, 0, 0, 1], 0).into();
    let refused = mock.listen_front(any, "f", Front::http_api().route("orders", "f")).unwrap_err();
    let expected = r#"the route "orders" is none, such as GET /orders/{id}, ANY /{proxy+} or $default"#;
    assert_eq!(refused.to_string(), expected);
    let open = mock.listen_front(any, "f", Front::lattice()).unwrap();
    let address = open.address();
    let refused = mock.listen_front(address, "f", Front::lattice()).unwrap_err();
    assert_eq!(refused.to_string(), format!("the front cannot listen on {address}"));
    drop(open);
    soon(async {
        while TcpListener::bind(address).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
