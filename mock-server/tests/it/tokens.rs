//! The two endpoints that want a token: metadata of the environment, and with SnapStart credentials.
//!
//! The guest has its tokens from its variables. Those for the credentials name an address, and so only a process
//! has them.

#![expect(clippy::unwrap_used, reason = "a guest that is not as it should be fails the test")]

use lambda_api::transport::Stream;
use mock_server::{FunctionBuilder, MockLambda};

use crate::{
    guest::Puppet,
    raw::{Connection, head},
};

const METADATA: &str = "/2026-01-15/metadata/execution-environment";
const CREDENTIALS: &str = "/2021-04-23/credentials";

/// A guest that is starting, and its token for the metadata.
async fn starting(
    configure: impl FnOnce(FunctionBuilder) -> FunctionBuilder,
) -> (Puppet, Connection<Stream>, String) {
    let puppet = Puppet::new(configure(MockLambda::new().function("f")));
    let _outcome = puppet.invoke("{}");
    let api = puppet.launched().await;
    let token = api.variables().unwrap()["AWS_LAMBDA_METADATA_TOKEN"].clone();
    assert!(!token.is_empty());
    let guest = Connection::open(&api).await;
    (puppet, guest, token)
}

fn request(method: &str, path: &str, authorization: Option<&str>) -> String {
    let authorization = authorization.map(|value| ("Authorization", value));
    head(method, path, authorization.as_slice()) + "\r\n"
}

#[tokio::test(start_paused = true)]
async fn the_right_token_gets_the_metadata() {
    let (_puppet, mut guest, token) = starting(|builder| builder).await;
    guest.send(request("GET", METADATA, Some(&format!("Bearer {token}")))).await;
    let reply = guest.reply().await;
    assert_eq!(reply.brief(), (200, r#"{"AvailabilityZoneID":"use1-az1"}"#));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("private, max-age=43200, immutable"));
}

#[tokio::test(start_paused = true)]
async fn no_metadata_without_the_right_token() {
    let (_puppet, mut guest, token) = starting(|builder| builder).await;
    let (longer, shorter) = (format!("Bearer {token}0"), format!("Bearer {}", &token[1..]));
    let wrong =
        [None, Some(""), Some("Bearer "), Some("Bearer wrong"), Some(&token), Some(&longer), Some(&shorter)];
    for authorization in wrong {
        guest.send(request("GET", METADATA, authorization)).await;
        assert_eq!(guest.reply().await.brief(), (401, ""), "{authorization:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_can_only_be_read() {
    let (_puppet, mut guest, token) = starting(|builder| builder).await;
    let bearer = format!("Bearer {token}");
    for method in ["POST", "PUT", "DELETE"] {
        guest.send(request(method, METADATA, Some(&bearer))).await;
        let reply = guest.reply().await;
        assert_eq!((reply.brief(), reply.header("allow")), ((405, ""), Some("GET")), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_of_one_environment_is_not_that_of_another() {
    let mock = MockLambda::new();
    let puppet = Puppet::new(mock.function("f"));
    let _outcomes = [puppet.invoke("1"), puppet.invoke("2")];
    let (one, two) = (puppet.launched().await, puppet.launched().await);
    let [of_one, of_two] = [&one, &two].map(|api| {
        let token = &api.variables().unwrap()["AWS_LAMBDA_METADATA_TOKEN"];
        request("GET", METADATA, Some(&format!("Bearer {token}")))
    });
    for (api, own, other) in [(&one, &of_one, &of_two), (&two, &of_two, &of_one)] {
        let mut guest = Connection::open(api).await;
        guest.send(own).await;
        assert_eq!(guest.reply().await.status(), 200);
        guest.send(other).await;
        assert_eq!(guest.reply().await.status(), 401);
    }
}

#[tokio::test(start_paused = true)]
async fn without_snap_start_there_are_no_credentials_to_ask_for() {
    let (_puppet, mut guest, token) = starting(|builder| builder).await;
    for authorization in [None, Some(&*token)] {
        guest.send(request("GET", CREDENTIALS, authorization)).await;
        let reply = guest.reply().await;
        let (status, text) = reply.brief();
        assert_eq!((status, text.trim_end()), (404, "404 page not found"), "{authorization:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_gets_no_credentials() {
    let (_puppet, mut guest, metadata_token) = starting(FunctionBuilder::snap_start).await;
    for authorization in ["wrong", &metadata_token] {
        guest.send(request("GET", CREDENTIALS, Some(authorization))).await;
        let reply = guest.reply().await;
        let (status, text) = reply.brief();
        let refusal = (404, "cannot get credentials for the provided token");
        assert_eq!((status, text.trim_end()), refusal, "{authorization}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_right_token_gets_the_credentials_which_are_not_in_the_variables() {
    use crate::{
        folder::Folder,
        wait::{PATIENCE, soon},
    };

    let folder = Folder::new();
    let script = folder.python(
        r#"
uri = os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
assert uri == "http://" + address + "/2021-04-23/credentials", uri
api.request("GET", "/2021-04-23/credentials", None, {"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]})
reply = api.getresponse()
told = {
    "status": reply.status,
    "body": reply.read().decode(),
    "keys": [name for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN") if name in os.environ],
}
while True:
    request_id, event = next()
    respond(request_id, json.dumps(told))
"#,
    );
    let function = MockLambda::new()
        .function("f")
        .timeout(PATIENCE)
        .init_timeout(PATIENCE)
        .restore_timeout(PATIENCE)
        .snap_start()
        .bootstrap(script)
        .unwrap();
    let outcome = soon(function.invoke("{}")).await;
    let told = outcome.json().unwrap();
    assert_eq!((&told["status"], &told["keys"]), (&200.into(), &serde_json::json!([])), "{told}");
    let body: serde_json::Value = serde_json::from_str(told["body"].as_str().unwrap()).unwrap();
    let mut members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["AccessKeyId", "Expiration", "SecretAccessKey", "Token"]);
    assert_eq!(body["AccessKeyId"], "mock-access-key-id");
    assert_eq!(body["SecretAccessKey"], "mock-secret-access-key");
    assert_eq!(body["Token"], "mock-session-token");
    let expiration = body["Expiration"].as_str().unwrap();
    assert!(expiration.contains('T') && expiration.ends_with('Z'), "{expiration}");
}
