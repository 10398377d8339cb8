//! URLs that are opened, changed and closed over the API. What is said at one is tested in `function_url`.

use std::net::SocketAddr;

use mock_server::{InvokeMode, UrlSettings};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::{ARN, Stage, body, conflict, is_date, is_empty, missing, of, refused, take, violations};
use crate::{
    raw::{Connection, Reply, head},
    wait::soon,
};

const PATH: &str = "/2021-10-31/functions/f/url";
const NO_FUNCTION: &str = "Function does not exist";
const NO_URL: &str = "The resource you requested does not exist.";

fn at(qualifier: &str) -> String {
    format!("{PATH}?Qualifier={qualifier}")
}

fn open() -> Value {
    json!({ "AuthType": "NONE" })
}

/// Where a URL is.
fn address(shown: &Value) -> SocketAddr {
    let url = shown["FunctionUrl"].as_str().unwrap();
    url.strip_prefix("http://").unwrap().strip_suffix('/').unwrap().parse().unwrap()
}

async fn opened(stage: &Stage, path: &str) -> SocketAddr {
    address(&body(&stage.post(path, &open()).await, 201))
}

async fn visit(address: SocketAddr) -> Reply {
    soon(Connection::tcp(address).await.get("/a%20b?k=1")).await
}

/// That nobody is served there any more.
async fn is_closed(address: SocketAddr) {
    let Ok(stream) = soon(TcpStream::connect(address)).await else { return };
    let reply = soon(Connection::new(stream).try_get("/")).await;
    assert_eq!(reply, None, "nobody listens at {address}");
}

#[tokio::test]
async fn a_url_that_is_created_leads_to_the_function() {
    let stage = Stage::with_function();
    let created = body(&stage.post(PATH, &open()).await, 201);
    let address = address(&created);
    assert_eq!(address.ip(), stage.api.address().ip());
    let reply = visit(address).await;
    // The function gives the event back.
    let event = body(&reply, 200);
    assert_eq!((&event["rawPath"], &event["rawQueryString"]), (&json!("/a%20b"), &json!("k=1")));

    let mut shown = created;
    is_date(&take(&mut shown, "CreationTime"));
    let expected = json!({
        "FunctionUrl": format!("http://{address}/"),
        "FunctionArn": ARN,
        "AuthType": "NONE",
        "InvokeMode": "BUFFERED",
    });
    assert_eq!(shown, expected);
    let mut got = body(&stage.get(PATH).await, 200);
    assert_eq!(take(&mut got, "CreationTime"), take(&mut got, "LastModifiedTime"));
    assert_eq!(got, expected);
}

#[tokio::test]
async fn all_that_can_be_said_of_a_url_is_shown() {
    let stage = Stage::with_function();
    let cors = json!({
        "AllowCredentials": true,
        "AllowHeaders": ["x-one"],
        "AllowMethods": ["GET", "DELETE"],
        "AllowOrigins": ["https://a.example"],
        "ExposeHeaders": ["x-two"],
        "MaxAge": 86_400,
    });
    let given = json!({ "AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM", "Cors": cors });
    for shown in [body(&stage.post(PATH, &given).await, 201), body(&stage.get(PATH).await, 200)] {
        for (member, value) in given.as_object().unwrap() {
            assert_eq!(&shown[member], value, "{member}");
        }
        assert_eq!(visit(address(&shown)).await.status(), 403);
    }
}

#[tokio::test]
async fn an_update_changes_how_an_open_url_answers() {
    let stage = Stage::with_function();
    let address = opened(&stage, PATH).await;
    let created = body(&stage.get(PATH).await, 200);
    let mut client = Connection::tcp(address).await;
    assert!(soon(client.get("/")).await.header("content-length").is_some());

    let mut expected = created;
    for (member, value) in [
        ("InvokeMode", json!("RESPONSE_STREAM")),
        ("Cors", json!({ "AllowOrigins": ["https://a.example"], "MaxAge": 0 })),
        ("Cors", json!({ "AllowOrigins": ["*"] })),
    ] {
        let updated = body(&stage.put(PATH, &json!({ member: value })).await, 200);
        expected[member] = value;
        expected["LastModifiedTime"] = updated["LastModifiedTime"].clone();
        assert_eq!(updated, expected);
        assert_eq!(body(&stage.get(PATH).await, 200), expected);
    }
    // It is the same connection.
    client.send(head("GET", "/", &[("Origin", "https://b.example")]) + "\r\n").await;
    let reply = soon(client.reply()).await;
    assert_eq!((reply.status(), reply.header("transfer-encoding")), (200, Some("chunked")));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));

    body(&stage.put(PATH, &json!({ "AuthType": "AWS_IAM" })).await, 200);
    assert_eq!(soon(client.get("/")).await.status(), 403);
}

#[tokio::test]
async fn a_url_that_is_deleted_is_closed() {
    let stage = Stage::with_function();
    let address = opened(&stage, PATH).await;
    let mut client = Connection::tcp(address).await;
    assert_eq!(soon(client.get("/")).await.status(), 200);
    is_empty(&stage.delete(PATH).await);
    is_closed(address).await;
    soon(client.closed()).await;
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(refused(&stage.call(method, PATH, "").await), missing(NO_URL));
    }
    // Another one may be opened.
    assert_eq!(visit(opened(&stage, PATH).await).await.status(), 200);
}

#[tokio::test]
async fn a_url_of_an_alias_leads_where_the_alias_does_until_it_is_deleted() {
    let stage = Stage::with_versions(2).await;
    stage.alias("live", "1").await;
    let own = opened(&stage, PATH).await;
    let address = opened(&stage, &at("live")).await;
    assert_eq!(body(&stage.get(&at("live")).await, 200)["FunctionArn"], format!("{ARN}:live"));
    body(&stage.get("/2021-10-31/functions/f:live/url").await, 200);
    assert_eq!(visit(address).await.status(), 200);
    is_empty(&stage.delete(&of("f/aliases/live")).await);
    is_closed(address).await;
    assert_eq!(refused(&stage.get(&at("live")).await), missing(NO_URL));
    assert_eq!(visit(own).await.status(), 200);
}

#[tokio::test]
async fn all_urls_of_a_function_that_is_deleted_are_closed() {
    let stage = Stage::with_versions(1).await;
    stage.mock.function("g").in_process(crate::guest::echo);
    stage.alias("live", "1").await;
    let addresses = [opened(&stage, PATH).await, opened(&stage, &at("live")).await];
    let other = opened(&stage, &PATH.replace("/f/", "/g/")).await;
    is_empty(&stage.delete(&of("f")).await);
    for address in addresses {
        is_closed(address).await;
    }
    assert_eq!(visit(other).await.status(), 200);
}

#[tokio::test]
async fn a_second_url_for_the_same_is_refused() {
    let stage = Stage::with_versions(1).await;
    stage.alias("live", "1").await;
    let text = |arn: &str| {
        format!(
            "Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists for this \
             Lambda function"
        )
    };
    for (path, arn) in [(PATH, ARN.to_owned()), (&at("live"), format!("{ARN}:live"))] {
        let address = opened(&stage, path).await;
        assert_eq!(refused(&stage.post(path, &open()).await), conflict(&text(&arn)));
        assert_eq!(visit(address).await.status(), 200);
    }
}

#[tokio::test]
async fn urls_are_for_functions_and_aliases() {
    let stage = Stage::with_versions(1).await;
    for qualifier in ["1", "$LATEST"] {
        let text = format!(
            r"Value '{qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)"
        );
        for method in ["POST", "GET", "PUT", "DELETE"] {
            let reply = stage.call(method, &at(qualifier), open().to_string()).await;
            assert_eq!(refused(&reply), violations(&[&text]), "{method}");
        }
    }
    let unknown = PATH.replace("/f/", "/g/");
    for path in [&at("live"), &unknown] {
        for method in ["POST", "PUT"] {
            assert_eq!(refused(&stage.call(method, path, open().to_string()).await), missing(NO_FUNCTION));
        }
        for method in ["GET", "DELETE"] {
            assert_eq!(refused(&stage.call(method, path, "").await), missing(NO_URL));
        }
    }
    assert_eq!(refused(&stage.get(&format!("{unknown}s")).await), missing(NO_FUNCTION));
}

#[tokio::test]
async fn values_that_break_rules_are_told_at_once() {
    let stage = Stage::with_function();
    let null = "Value null at 'authType' failed to satisfy constraint: Member must not be null";
    assert_eq!(refused(&stage.post(PATH, &json!({})).await), violations(&[null]));
    let wrong = json!({
        "AuthType": "ALL",
        "InvokeMode": "STREAM",
        "Cors": { "MaxAge": 86_401, "AllowMethods": ["GET", "OPTIONS"] },
    });
    let expected = violations(&[
        "Value 'ALL' at 'authType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]",
        "Value 'STREAM' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [BUFFERED, RESPONSE_STREAM]",
        "Value '86401' at 'cors.maxAge' failed to satisfy constraint: Member must have value less than or equal to 86400",
        "Value 'OPTIONS' at 'cors.allowMethods' failed to satisfy constraint: Member must have length less than or equal to 6",
    ]);
    for method in ["POST", "PUT"] {
        assert_eq!(refused(&stage.call(method, PATH, wrong.to_string()).await), expected);
    }
    assert_eq!(refused(&stage.get(PATH).await), missing(NO_URL));
}

#[tokio::test]
async fn a_url_that_was_opened_in_code_is_shown_and_can_be_deleted() {
    let stage = Stage::with_function();
    let settings = UrlSettings::default().invoke_mode(InvokeMode::ResponseStream);
    let url = stage.mock.listen_url(([127, 0, 0, 1], 0).into(), "f", settings).unwrap();
    let shown = body(&stage.get(PATH).await, 200);
    assert_eq!((address(&shown), &shown["InvokeMode"]), (url.address(), &json!("RESPONSE_STREAM")));
    assert_eq!(body(&stage.get(&format!("{PATH}s")).await, 200), json!({ "FunctionUrlConfigs": [shown] }));
    assert_eq!(stage.post(PATH, &open()).await.status(), 409);
    is_empty(&stage.delete(PATH).await);
    is_closed(url.address()).await;
    assert_eq!(refused(&stage.get(PATH).await), missing(NO_URL));
    // One that is opened now is not closed with the handle of the other.
    let address = opened(&stage, PATH).await;
    drop(url);
    assert_eq!(visit(address).await.status(), 200);
}

#[tokio::test]
async fn a_url_that_is_closed_in_code_is_not_shown() {
    let stage = Stage::with_function();
    let url = stage.mock.listen_url(([127, 0, 0, 1], 0).into(), "f", UrlSettings::default()).unwrap();
    drop(url);
    assert_eq!(refused(&stage.get(PATH).await), missing(NO_URL));
}

#[tokio::test]
async fn urls_are_closed_with_the_api() {
    let stage = Stage::with_function();
    let address = opened(&stage, PATH).await;
    let Stage { mock: _mock, api } = stage;
    drop(api);
    // The connection on which the URL was asked for may still be about to end, and holds it until then.
    let closed = async {
        while let Ok(stream) = TcpStream::connect(address).await {
            let Some(reply) = Connection::new(stream).try_get("/").await else { return };
            assert_eq!(reply.status(), 200);
        }
    };
    soon(closed).await;
}
