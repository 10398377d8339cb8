//! Fronts of either format: tables of TOML, and events of SAM.

use mock_server::Front;

use super::{Project, with_properties};
use crate::cli::config::model::{Api, FrontConfiguration};

const FUNCTIONS: &str = "[functions.f]\nbootstrap = \"one\"\naliases.live = { version = 1 }\n[functions.g]\nbootstrap = \"one\"\ntenant-isolation = true\n";

#[test]
fn tables_of_every_kind_are_read() {
    let text = format!(
        "{FUNCTIONS}
[[front]]
kind = \"http-api\"
address = \"127.0.0.1:9002\"
function = \"f\"
stage = \"v1\"
payload-format = \"1.0\"
routes = {{ \"GET /a/{{id}}\" = \"f:live\", \"$default\" = \"f:1\" }}

[[front]]
kind = \"rest-api\"
binary-media-types = [\"*/*\"]
mode = \"stream\"
[front.routes]
\"ANY /{{proxy+}}\" = \"f:$LATEST\"

[[front]]
kind = \"load-balancer\"
multi-value-headers = true
function = \"f\"

[[front]]
kind = \"lattice\"
event-version = 1
function = \"f\"
"
    );
    let fronts = Project::new().toml(&text).unwrap().fronts;
    let plain = |line, front, function: Option<&str>, routed: &[(usize, &str)]| FrontConfiguration {
        line,
        address: None,
        api: None,
        function: function.map(str::to_owned),
        routed: routed.iter().map(|(line, name)| (*line, (*name).to_owned())).collect(),
        front,
    };
    let http = Front::http_api()
        .payload_format_1()
        .stage("v1")
        .route("GET /a/{id}", "f:live")
        .route("$default", "f:1");
    let rest = Front::rest_api()
        .binary_media_types(["*/*"])
        .response_stream()
        .route("ANY /{proxy+}", "f:$LATEST")
        .only_routes();
    let expected = [
        FrontConfiguration {
            address: Some(([127, 0, 0, 1], 9002).into()),
            ..plain(8, http, Some("f"), &[(11, "f"), (14, "f:live"), (14, "f:1")])
        },
        plain(16, rest, None, &[(21, "f:$LATEST")]),
        plain(23, Front::load_balancer().multi_value_headers(), Some("f"), &[(26, "f")]),
        plain(28, Front::lattice().event_version_1(), Some("f"), &[(31, "f")]),
    ];
    assert_eq!(fronts, expected);
}

#[test]
fn what_is_wrong_with_a_table_is_told_with_its_line() {
    let project = Project::new();
    for (front, line, expected) in [
        ("kind = \"alb\"", 8, "kind must be http-api, rest-api, load-balancer or lattice, found \"alb\""),
        (
            "kind = \"lattice\"\naddress = \"9002\"",
            9,
            "address must be an address and a port, such as 127.0.0.1:9001, found 9002",
        ),
        ("kind = \"lattice\"\nfunction = \"nobody\"", 9, "there is no function nobody in this file"),
        ("kind = \"lattice\"\nfunction = \"f:dead\"", 9, "there is no function f:dead in this file"),
        ("kind = \"lattice\"\nfunction = \"g\"", 9, "a front cannot go together with tenant isolation"),
        (
            "kind = \"lattice\"\nfunction = \"f\"\nevent-version = 3",
            10,
            "event-version must be 1.0, 1, 2.0 or 2, found 3",
        ),
        (
            "kind = \"rest-api\"\nroutes = { \"GET /\" = 7, \"GET /a\" = \"nobody\" }",
            9,
            "there is no function 7 in this file",
        ),
        (
            "kind = \"rest-api\"\nroutes = { \"GET /\" = [] }",
            9,
            "GET / must be the name of a function, found a list",
        ),
        (
            "kind = \"load-balancer\"\nfunction = \"f\"\nroutes = {}",
            10,
            "routes is not understood here, where kind, address, function, multi-value-headers can stand",
        ),
        (
            "kind = \"http-api\"\nfunction = \"f\"\nmode = \"stream\"",
            10,
            "mode is not understood here, where kind, address, function, payload-format, stage, routes can stand",
        ),
    ] {
        let error = project.toml(&format!("{FUNCTIONS}[[front]]\n{front}\n")).map(|_| ()).unwrap_err();
        assert_eq!(error, format!("mock.toml:{line}: {expected}"), "{front}");
    }
    for (front, expected) in [
        ("", "front must have kind, http-api, rest-api, load-balancer or lattice"),
        ("kind = \"http-api\"", "front must have function, the name of a function"),
        ("kind = \"lattice\"", "front must have function, the name of a function"),
    ] {
        let error = project.toml(&format!("{FUNCTIONS}[[front]]\n{front}\n")).map(|_| ()).unwrap_err();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[test]
fn events_of_sam_become_routes_of_one_api_of_each_kind() {
    let template = with_properties(
        "FunctionName: hello
AutoPublishAlias: live
Events:
  Get: {Type: HttpApi, Properties: {Path: '/orders/{id}', Method: get, ApiId: !Ref Nobody}}
  Rest: {Type: HttpApi}
  Old: {Type: Api, Properties: {Path: /, Method: x-amazon-apigateway-any-method, RestApiId: !ImportValue api}}",
    ) + "  Other:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello
      Runtime: provided.al2023
      Handler: bootstrap
      Events:
        Post: {Type: HttpApi, Properties: {Path: /orders, Method: POST}}
";
    let project = Project::new();
    let configuration = project.template(&template).unwrap();
    let http = Front::http_api()
        .only_routes()
        .route("GET /orders/{id}", "hello:live")
        .route("$default", "hello:live")
        .route("POST /orders", "Other");
    let rest = Front::rest_api().stage("Prod").only_routes().route("ANY /", "hello:live");
    let expected = [
        FrontConfiguration {
            line: 11,
            address: None,
            api: Some(Api::Http),
            function: None,
            routed: vec![
                (11, "hello:live".to_owned()),
                (12, "hello:live".to_owned()),
                (21, "Other".to_owned()),
            ],
            front: http,
        },
        FrontConfiguration {
            line: 13,
            address: None,
            api: Some(Api::Rest),
            function: None,
            routed: vec![(13, "hello:live".to_owned())],
            front: rest,
        },
    ];
    assert_eq!(configuration.fronts, expected);
    let warnings = [
        "template.yaml:11: Resources.Hello.Properties.Events.Get.Properties.ApiId has no effect here",
        "template.yaml:13: Resources.Hello.Properties.Events.Old.Properties.RestApiId has no effect here",
    ];
    assert_eq!(project.warnings(&configuration), warnings);
}

#[test]
fn what_is_wrong_with_an_event_is_told_with_its_line() {
    let project = Project::new();
    for (event, expected) in [
        (
            "{Type: HttpApi, Properties: {Path: orders, Method: get}}",
            "Path must be a path that begins with /, found \"orders\"",
        ),
        (
            "{Type: HttpApi, Properties: {Path: /, Method: 'G T'}}",
            "Method must be a method or ANY, found \"G T\"",
        ),
        (
            "{Type: HttpApi, Properties: {Path: /}}",
            "Resources.Hello.Properties.Events.E.Properties must have Method, a method or ANY",
        ),
        (
            "{Type: Api, Properties: {Method: get}}",
            "Resources.Hello.Properties.Events.E.Properties must have Path, a path that begins with /",
        ),
        ("{Type: Api}", "Resources.Hello.Properties.Events.E must have Properties, with Path and Method"),
    ] {
        let error =
            project.template(&with_properties(&format!("Events:\n  E: {event}"))).map(|_| ()).unwrap_err();
        assert_eq!(error, format!("template.yaml:9: {expected}"), "{event}");
    }
}
