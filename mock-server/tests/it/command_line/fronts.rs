//! Fronts of a configuration file: API Gateway, load balancers, VPC Lattice.

use std::fs;

use rustix::process::Signal;

use super::{error, run, server::Server};
use crate::{folder::Folder, raw::Connection, wait::soon};

/// Answers each event with the names of its members that tell formats apart.
const TELL: &str = "while True:\n\
    \x20   request_id, event = next()\n\
    \x20   event = json.loads(event)\n\
    \x20   told = event.get('routeKey') or event.get('resource') or list(event.get('requestContext', {}))[0]\n\
    \x20   respond(request_id, json.dumps({'statusCode': 200, 'body': json.dumps([told, event.get('pathParameters')])}))";

async fn get(url: &str, path: &str) -> (u16, String) {
    let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let reply = soon(Connection::tcp(address).await.get(path)).await;
    (reply.status(), reply.text().to_owned())
}

#[tokio::test]
async fn fronts_of_a_toml_file_are_served_and_named_after_the_functions() {
    let folder = Folder::new();
    folder.python(TELL);
    let config = "[functions.f]\nbootstrap = \"bootstrap\"\ntimeout = \"1m\"\n\
                  [[front]]\nkind = \"http-api\"\naddress = \"127.0.0.1:0\"\nroutes = { \"GET /orders/{id}\" = \"f\" }\n\
                  [[front]]\nkind = \"rest-api\"\nstage = \"v1\"\nfunction = \"f\"\n\
                  [[front]]\nkind = \"load-balancer\"\nfunction = \"f\"\n";
    let config = folder.file("mock.toml", config);
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let server = Server::start(&["--config", config.to_str().unwrap()], 4, log).await;
    let [_, http, rest, balancer] = &server.urls[..] else { panic!("{:?}", server.urls) };
    assert_eq!(get(http, "/orders/7").await, (200, r#"["GET /orders/{id}", {"id": "7"}]"#.to_owned()));
    assert_eq!(get(http, "/").await, (404, r#"{"message":"Not Found"}"#.to_owned()));
    assert!(rest.ends_with("/v1/"), "{rest}");
    assert_eq!(get(rest, "/v1/a").await, (200, r#"["/{proxy+}", {"proxy": "a"}]"#.to_owned()));
    assert_eq!(get(balancer, "/").await, (200, r#"["elb", null]"#.to_owned()));
    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
}

#[tokio::test]
async fn events_of_a_template_are_routes_of_its_apis() {
    let folder = Folder::new();
    folder.python(TELL);
    let template = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      FunctionName: f\n      \
                    Runtime: provided.al2023\n      Handler: bootstrap\n      Timeout: 60\n      CodeUri: .\n      \
                    Events:\n        Get: {Type: HttpApi, Properties: {Path: '/orders/{id}', Method: get}}\n        \
                    Old: {Type: Api, Properties: {Path: '/old', Method: any}}\n";
    let config = folder.file("template.yaml", template);
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let arguments =
        ["--config", config.to_str().unwrap(), "--http-api", "[::1]:0", "--rest-api", "127.0.0.1:0"];
    let server = Server::start(&arguments, 3, log).await;
    let [_, http, rest] = &server.urls[..] else { panic!("{:?}", server.urls) };
    assert!(http.starts_with("http://[::1]:") && rest.ends_with("/Prod/"), "{:?}", server.urls);
    assert_eq!(get(http, "/orders/7").await, (200, r#"["GET /orders/{id}", {"id": "7"}]"#.to_owned()));
    assert_eq!(get(rest, "/Prod/old").await, (200, r#"["/old", null]"#.to_owned()));
    assert_eq!(get(rest, "/Prod/new").await.0, 403);
    assert_eq!(server.stop(Signal::TERM).await.0, Some(0));
    assert!(!fs::read_to_string(folder.path().join("log")).unwrap().contains("warning:"));
}

#[test]
fn a_route_that_is_none_is_told_with_the_line_of_its_front() {
    let folder = Folder::new();
    folder.python("pass");
    let config = "[functions.f]\nbootstrap = \"bootstrap\"\n[[front]]\nkind = \"http-api\"\nroutes = { orders = \"f\" }\n";
    let config = folder.file("mock.toml", config);
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--config", config.to_str().unwrap()]);
    let expected = "mock.toml:3: the front cannot be opened: the route \"orders\" is none, such as GET /orders/{id}, ANY /{proxy+} or $default";
    assert!(error(&output).ends_with(expected), "{}", error(&output));
}
