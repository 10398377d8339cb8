//! The events that are read and the responses that are written: one request of a browser as each service passes it on, and two
//! answers. What is counted, and how, is in `sides` and `main`.

use http::Response;
use serde_json::{Map, Value, json};

/// What the browser sends, in the order of the services, which sort it.
const HEADERS: [(&str, &str); 16] = [
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    ("accept-encoding", "gzip, deflate, br"),
    ("accept-language", "en-GB,en;q=0.7,de;q=0.3"),
    ("authorization", "Bearer eyJraWQiOiJhYmMiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl"),
    ("content-length", "47"),
    ("content-type", "application/json"),
    ("host", "shop.example.com"),
    ("referer", "https://shop.example.com/orders"),
    ("sec-fetch-dest", "empty"),
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-site", "same-site"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"),
    ("x-amzn-trace-id", "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e"),
    ("x-forwarded-for", "203.0.113.9"),
    ("x-forwarded-port", "443"),
    ("x-forwarded-proto", "https"),
];
const COOKIES: [&str; 2] = ["session=4f0c2b9e8d7a6b5c4d3e2f1a0b9c8d7e", "theme=dark"];
const BODY: &str = "{\"note\":\"leave it at the door\",\"express\":true}";

/// How large a body is, where it does not have its usual size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body(Option<usize>);

/// What is done, and the body: `json` or `json:100000`.
pub fn body(task: &str) -> Option<(&str, Body)> {
    match task.split_once(':') {
        None => Some((task, Body(None))),
        Some((task, bytes)) => Some((task, Body(Some(bytes.parse().ok()?)))),
    }
}

impl Body {
    /// JSON: the usual one, or a list of orders cut off at so many bytes.
    fn json(self, usual: impl Fn() -> String) -> String {
        let Self(Some(bytes)) = self else { return usual() };
        let mut orders = order();
        orders.push(',');
        let mut json = orders.repeat(bytes / orders.len() + 1);
        json.truncate(bytes);
        json
    }
}

/// An event by the name of its format.
pub fn event(format: &str, body: Body) -> Option<Vec<u8>> {
    let mut event = match format {
        "rest" => rest(),
        "http-api" => http_api(),
        "alb" => alb(),
        "alb-multi-value" => alb_multi_value(),
        "lattice" => lattice(),
        _ => return None,
    };
    event["body"] = Value::from(body.json(|| BODY.to_owned()));
    serde_json::to_vec(&event).ok()
}

/// Of a REST API with a Cognito authorizer.
fn rest() -> Value {
    json!({
        "resource": "/orders/{id}",
        "path": "/orders/4711",
        "httpMethod": "POST",
        "headers": headers(Value::from),
        "multiValueHeaders": headers(list),
        "queryStringParameters": { "expand": "customer", "page": "2" },
        "multiValueQueryStringParameters": { "expand": ["items", "customer"], "page": ["2"] },
        "pathParameters": { "id": "4711" },
        "stageVariables": { "table": "orders-prod" },
        "requestContext": {
            "resourceId": "k7m2x9",
            "authorizer": {
                "claims": {
                    "aud": "orders", "exp": "1773345838", "iat": "1773342238", "iss": "https://id.example.com",
                    "sub": "42", "token_use": "access", "username": "ada"
                }
            },
            "resourcePath": "/orders/{id}",
            "httpMethod": "POST",
            "extendedRequestId": "ZbX1aE0ujoEF9Qw=",
            "requestTime": "12/Mar/2026:19:03:58 +0000",
            "path": "/prod/orders/4711",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": "shop",
            "requestTimeEpoch": 1_773_342_238_123_u64,
            "requestId": "0f9a6a3e-1f0c-4a83-9a55-2d8f0b1c7e21",
            "identity": {
                "cognitoIdentityPoolId": null, "accountId": null, "cognitoIdentityId": null, "caller": null,
                "sourceIp": "203.0.113.9", "principalOrgId": null, "accessKey": null,
                "cognitoAuthenticationType": null, "cognitoAuthenticationProvider": null, "userArn": null,
                "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "user": null
            },
            "domainName": "shop.example.com",
            "deploymentId": "d4f8h2",
            "apiId": "r3pmxmplak"
        },
        "body": BODY,
        "isBase64Encoded": false
    })
}

/// Of an HTTP API with format 2.0 and a token's claims.
fn http_api() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /orders/{id}",
        "rawPath": "/prod/orders/4711",
        "rawQueryString": "expand=items&expand=customer&page=2",
        "cookies": COOKIES,
        "headers": HEADERS.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect::<Map<_, _>>(),
        "queryStringParameters": { "expand": "items,customer", "page": "2" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "r3pmxmplak",
            "authorizer": {
                "jwt": {
                    "claims": {
                        "aud": "orders", "exp": "1773345838", "iat": "1773342238", "iss": "https://id.example.com",
                        "sub": "42", "token_use": "access", "username": "ada"
                    },
                    "scopes": ["orders/read", "orders/write"]
                }
            },
            "domainName": "shop.example.com",
            "domainPrefix": "shop",
            "http": {
                "method": "POST",
                "path": "/prod/orders/4711",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "POST /orders/{id}",
            "stage": "prod",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1_773_342_238_000_u64
        },
        "body": BODY,
        "pathParameters": { "id": "4711" },
        "isBase64Encoded": false,
        "stageVariables": { "table": "orders-prod" }
    })
}

fn alb() -> Value {
    json!({
        "requestContext": { "elb": { "targetGroupArn": target_group() } },
        "httpMethod": "POST",
        "path": "/orders/4711",
        "queryStringParameters": { "expand": "customer", "page": "2" },
        "headers": headers(Value::from),
        "body": BODY,
        "isBase64Encoded": false
    })
}

fn alb_multi_value() -> Value {
    json!({
        "requestContext": { "elb": { "targetGroupArn": target_group() } },
        "httpMethod": "POST",
        "path": "/orders/4711",
        "multiValueQueryStringParameters": { "expand": ["items", "customer"], "page": ["2"] },
        "multiValueHeaders": headers(list),
        "body": BODY,
        "isBase64Encoded": false
    })
}

fn target_group() -> &'static str {
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/0a1b2c3d4e5f6071"
}

fn lattice() -> Value {
    json!({
        "version": "2.0",
        "path": "/orders/4711",
        "method": "POST",
        "headers": headers(list),
        "queryStringParameters": { "expand": ["items", "customer"], "page": ["2"] },
        "body": BODY,
        "isBase64Encoded": false,
        "requestContext": {
            "serviceNetworkArn": "arn:aws:vpc-lattice:eu-west-1:123456789012:servicenetwork/sn-0a1b2c3d4e5f60718",
            "serviceArn": "arn:aws:vpc-lattice:eu-west-1:123456789012:service/svc-0a1b2c3d4e5f60718",
            "targetGroupArn": "arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-0a1b2c3d4e5f60718",
            "identity": {
                "sourceVpcArn": "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-0a1b2c3d4e5f60718",
                "type": "AWS_IAM",
                "principal": "arn:aws:iam::123456789012:role/checkout",
                "principalOrgID": "o-exampleorg1",
                "sessionName": "checkout-17"
            },
            "region": "eu-west-1",
            "timeEpoch": "1773342238123456"
        }
    })
}

/// All headers with the cookies in one of them.
fn headers(value: impl Fn(String) -> Value) -> Map<String, Value> {
    let cookie = [("cookie", COOKIES.join("; "))];
    let others = HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned()));
    others.chain(cookie).map(|(name, text)| (name.to_owned(), value(text))).collect()
}

fn list(text: String) -> Value {
    Value::from(vec![text])
}

/// A response by what its body is: JSON of 1 KB, or a picture of 10 KB.
pub fn response<B: From<String> + From<Vec<u8>>>(kind: &str, body: Body) -> Response<B> {
    let (content_type, body) = match kind {
        "json" => ("application/json", B::from(body.json(order))),
        "binary" => ("image/png", B::from(picture(body.0.unwrap_or(10_240)))),
        other => panic!("{other} is no response"),
    };
    Response::builder()
        .status(200)
        .header("content-type", content_type)
        .header("cache-control", "private, max-age=0, must-revalidate")
        .header("date", "Thu, 12 Mar 2026 19:03:58 GMT")
        .header("etag", "\"5e6722a7cc56\"")
        .header("strict-transport-security", "max-age=63072000; includeSubDomains")
        .header("vary", "accept, origin")
        .header("x-content-type-options", "nosniff")
        .header("x-request-id", "0f9a6a3e-1f0c-4a83-9a55-2d8f0b1c7e21")
        .header("set-cookie", "session=4f0c2b9e8d7a6b5c4d3e2f1a0b9c8d7e; Path=/; HttpOnly; Secure")
        .header("set-cookie", "theme=dark; Path=/; Max-Age=31536000")
        .body(body)
        .expect("a response")
}

/// An order, with a quote in every ninth byte, as it is in the events of AWS's services, too.
fn order() -> String {
    let item = |number: u32| {
        json!({
            "sku": format!("sku-4711-{number:02}"), "title": "Notebook, ruled, 192 pages", "quantity": number, "price": 19.99
        })
    };
    json!({
        "order": "0f9a6a3e-1f0c-4a83-9a55-2d8f0b1c7e21",
        "status": "accepted",
        "created": "2026-03-12T19:03:58.000Z",
        "customer": { "id": "c-42", "name": "Ada Example", "email": "ada@example.com" },
        "address": { "street": "12 Analytical Engine Lane", "city": "Marylebone", "code": "W1U 2RE", "country": "GB" },
        "items": (1..8).map(item).collect::<Vec<_>>(),
        "note": "Leave it at the door, please; the bell does not ring.",
        "total": 559.72
    })
    .to_string()
}

/// Bytes that are no text, as those of a compressed picture.
fn picture(bytes: usize) -> Vec<u8> {
    (0..u32::MAX).take(bytes).map(|place| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}
