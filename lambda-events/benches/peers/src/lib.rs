//! The events that are read: what is typical of each source, made here so that nothing has to be fetched.

use serde_json::{Value, json};

/// An event by the name of its source, with so many records if it has any.
pub fn event(source: &str, records: u64) -> Option<Vec<u8>> {
    let event = match source {
        "sqs" => sqs(records),
        "kinesis" => kinesis(records),
        "apigw" => apigw(),
        _ => return None,
    };
    serde_json::to_vec(&event).ok()
}

/// Messages with JSON in their bodies; ten are 13 KB.
fn sqs(records: u64) -> Value {
    let message = |number: u64| {
        let items: Vec<_> = (0..8)
            .map(
                |item| json!({ "sku": format!("sku-{number}-{item}"), "quantity": item + 1, "price": 19.99 }),
            )
            .collect();
        json!({
            "messageId": format!("059f36b4-87a3-44ab-83d2-66197{number:07}"),
            "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a6HRrEfGdGJrpTcdFFbDdFYvDpwR3rrS0SXr0nNvRd2ZiZ3TnPbZp0fTq8Yg9Ww",
            "body": json!({ "order": number, "customer": "c-4711", "items": items }).to_string(),
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1545082649183",
                "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                "ApproximateFirstReceiveTimestamp": "1545082649185"
            },
            "messageAttributes": {
                "kind": { "stringValue": "order", "stringListValues": [], "binaryListValues": [], "dataType": "String" }
            },
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders",
            "awsRegion": "eu-west-1"
        })
    };
    json!({ "Records": (0..records).map(message).collect::<Vec<_>>() })
}

/// Records with 400 bytes of data each; a hundred are 96 KB.
fn kinesis(records: u64) -> Value {
    let record = |number: u64| {
        let sequence = format!("495903382714902566085596925383615710959215759891365{number:05}");
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": format!("device-{}", number % 7),
                "sequenceNumber": sequence,
                "data": "SGVsbG8sIHRoaXMgaXMgYSB0".repeat(22),
                "approximateArrivalTimestamp": 1_545_084_650.0 + number as f64 / 1_000.0
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": format!("shardId-000000000006:{sequence}"),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-kinesis-role",
            "awsRegion": "eu-west-1",
            "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/lambda-stream"
        })
    };
    json!({ "Records": (0..records).map(record).collect::<Vec<_>>() })
}

/// A request of a browser with a token's claims, 2.7 KB.
fn apigw() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /orders/{id}",
        "rawPath": "/prod/orders/4711",
        "rawQueryString": "expand=items&expand=customer&page=2",
        "cookies": ["session=4f0c2b9e8d7a6b5c4d3e2f1a0b9c8d7e", "theme=dark"],
        "headers": {
            "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "accept-encoding": "gzip, deflate, br",
            "accept-language": "en-GB,en;q=0.7,de;q=0.3",
            "authorization": "Bearer eyJraWQiOiJhYmMiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
            "content-length": "63",
            "content-type": "application/json",
            "host": "r3pmxmplak.execute-api.eu-west-1.amazonaws.com",
            "referer": "https://shop.example.com/orders",
            "sec-fetch-dest": "empty",
            "sec-fetch-mode": "cors",
            "sec-fetch-site": "same-site",
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
            "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
            "x-forwarded-for": "203.0.113.9",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https"
        },
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
            "domainName": "r3pmxmplak.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "r3pmxmplak",
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
            "timeEpoch": 1773342238000_u64
        },
        "body": "{\"note\":\"leave it at the door\",\"express\":true}",
        "pathParameters": { "id": "4711" },
        "isBase64Encoded": false,
        "stageVariables": { "table": "orders-prod" }
    })
}
