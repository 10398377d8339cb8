//! Names, ARNs and qualifiers: which function is meant.

use mock_server::{InvokeApi, MockLambda};

use super::{connect, invoke, listen, path, refusal};
use crate::{
    guest::{answering, request_id},
    raw::{Reply, head},
    wait::{PATIENCE, soon},
};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function";

/// Functions that answer with the ARN by which they were invoked.
fn functions(names: &[&str]) -> (MockLambda, InvokeApi) {
    let mock = MockLambda::new();
    let arn = async |event: Reply| {
        assert!(!request_id(&event).is_empty());
        event.header("lambda-runtime-invoked-function-arn").unwrap().as_bytes().to_vec()
    };
    for name in names {
        mock.function(*name).timeout(PATIENCE).in_process(move |api| answering(api, arn));
    }
    let api = listen(&mock);
    (mock, api)
}

#[tokio::test]
async fn a_function_is_found_by_all_its_names() {
    let (_mock, api) = functions(&["f"]);
    for name in [
        "f",
        "function:f",
        "123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af",
        "arn%3aaws%3alambda%3aus-east-1%3a123456789012%3afunction%3af",
    ] {
        let reply = invoke(&api, name, &[], "{}").await;
        assert_eq!(reply.brief(), (200, format!("{ARN}:f").as_str()), "{name}");
    }
}

#[tokio::test]
async fn the_newest_version_may_be_named() {
    let (_mock, api) = functions(&["f"]);
    for (name, query) in [
        ("f:$LATEST", ""),
        ("f%3A%24LATEST", ""),
        ("f", "?Qualifier=$LATEST"),
        ("f", "?Qualifier=%24LATEST"),
        ("f", "?x=1&Qualifier=%24LATEST"),
        ("f:$LATEST", "?Qualifier=$LATEST"),
        ("123456789012:function:f:$LATEST", ""),
        ("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST", ""),
    ] {
        let mut connection = connect(&api).await;
        let reply = soon(connection.post(&format!("{}{query}", path(name)), "{}")).await;
        assert_eq!(reply.status(), 200, "{name}{query}: {}", reply.text());
        assert_eq!(reply.header("x-amz-executed-version"), Some("$LATEST"), "{name}{query}");
    }
}

#[tokio::test]
async fn the_function_sees_the_arn_as_it_was_invoked() {
    let (_mock, api) = functions(&["f"]);
    assert_eq!(invoke(&api, "f", &[], "{}").await.text(), format!("{ARN}:f"));
    assert_eq!(invoke(&api, "f:$LATEST", &[], "{}").await.text(), format!("{ARN}:f:$LATEST"));
}

#[tokio::test]
async fn a_name_may_end_like_the_word_function() {
    let (_mock, api) = functions(&["my-function", "function"]);
    for name in [
        "my-function",
        "my-function:$LATEST",
        "arn:aws:lambda:us-east-1:123456789012:function:my-function",
        "arn:aws:lambda:us-east-1:123456789012:function:my-function:$LATEST",
        "function",
        "function:$LATEST",
        "function:function",
        "arn:aws:lambda:us-east-1:123456789012:function:function:$LATEST",
    ] {
        let reply = invoke(&api, name, &[], "{}").await;
        assert_eq!(reply.status(), 200, "{name}: {}", reply.text());
    }
}

#[tokio::test]
async fn an_unknown_function_is_not_found_in_lambdas_words() {
    let (_mock, api) = functions(&["f"]);
    for name in ["doesnotexist", "arn:aws:lambda:us-east-1:123456789012:function:doesnotexist"] {
        let reply = invoke(&api, name, &[], "{}").await;
        assert_eq!(
            refusal(&reply),
            (
                404,
                Some("ResourceNotFoundException"),
                r#"{"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:doesnotexist:$LATEST"}"#
            )
        );
    }
}

#[tokio::test]
async fn an_unknown_qualifier_is_not_found_in_lambdas_words() {
    let (_mock, api) = functions(&["f"]);
    for (name, query) in [("f:prod", ""), ("f", "?Qualifier=prod"), ("f:prod", "?Qualifier=prod")] {
        let mut connection = connect(&api).await;
        let reply = soon(connection.post(&format!("{}{query}", path(name)), "{}")).await;
        assert_eq!(
            refusal(&reply),
            (
                404,
                Some("ResourceNotFoundException"),
                r#"{"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:prod"}"#
            )
        );
    }
}

#[tokio::test]
async fn qualifiers_that_contradict_each_other_are_refused() {
    let (_mock, api) = functions(&["f"]);
    let mut connection = connect(&api).await;
    let reply = soon(connection.post(&format!("{}?Qualifier=prod", path("f:$LATEST")), "{}")).await;
    assert_eq!(
        refusal(&reply),
        (
            400,
            Some("InvalidParameterValueException"),
            r#"{"Type":"User","message":"The derived qualifier from the function name does not match the specified qualifier."}"#
        )
    );
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let (_mock, api) = functions(&["f"]);
    let mut connection = connect(&api).await;
    for (method, path, status) in [
        ("GET", path("f"), 405),
        ("PUT", path("f"), 405),
        ("GET", "/".to_owned(), 404),
        ("POST", "/2015-03-31/functions/f".to_owned(), 404),
        ("POST", "/2015-03-31/functions//invocations".to_owned(), 404),
        ("POST", "/2015-03-31/functions/f/g/invocations".to_owned(), 404),
        ("GET", "/2018-06-01/runtime/invocation/next".to_owned(), 404),
    ] {
        connection.send(head(method, &path, &[("Content-Length", "0")]) + "\r\n").await;
        let reply = soon(connection.reply()).await;
        assert_eq!(reply.status(), status, "{method} {path}");
        assert_eq!(reply.header("x-amzn-errortype"), Some("UnknownOperationException"), "{method} {path}");
    }
}
