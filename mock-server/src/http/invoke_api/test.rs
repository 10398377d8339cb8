//! Which call is which, by method and path alone.

use super::*;

fn parse(method: &Method, path: &str) -> Result<Route, (u16, &'static str)> {
    Route::parse(method, &path.parse().unwrap()).map_err(|refusal| (refusal.status.as_u16(), refusal.name))
}

fn target(name: &str, qualifier: Option<&str>) -> Target {
    Target { name: name.to_owned(), qualifier: qualifier.map(str::to_owned) }
}

#[test]
fn each_operation_has_its_path_with_a_slash_at_the_end_or_without() {
    for end in ["", "/", "?x=1", "/?x=1"] {
        for (path, route) in [
            ("/2015-03-31/functions/f/invocations", Route::Invoke(target("f", None))),
            ("/2015-03-31/functions/f:1/invocations", Route::Invoke(target("f", Some("1")))),
            ("/2015-03-31/functions/invocations/invocations", Route::Invoke(target("invocations", None))),
            ("/2014-11-13/functions/f/invoke-async", Route::InvokeAsync(target("f", None))),
            (
                "/2021-11-15/functions/f/response-streaming-invocations",
                Route::InvokeWithResponseStream(target("f", None)),
            ),
        ] {
            assert_eq!(parse(&Method::POST, &format!("{path}{end}")), Ok(route), "{path}{end}");
        }
    }
}

#[test]
fn an_operation_of_another_date_or_with_more_in_its_path_is_none() {
    for path in [
        "/",
        "/2015-03-31/functions",
        "/2015-03-31/functions/",
        "/2015-03-31/functions/invocations",
        "/2015-03-31/functions//invocations",
        "/2015-03-31/functions/f/g/invocations",
        "/2015-03-31/functions/f/invocationsx",
        "/2015-03-31/functions/f/invoke-async",
        "/2015-03-31/functions/f/response-streaming-invocations",
        "/2014-11-13/functions/f/invocations",
        "/2021-11-15/functions/f/invocations",
        "//2015-03-31/functions/f/invocations",
        "/prefix/2015-03-31/functions/f/invocations",
    ] {
        assert_eq!(parse(&Method::POST, path), Err((404, "UnknownOperationException")), "{path}");
    }
}

#[test]
fn operations_are_posts_whatever_they_are_called_with() {
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS] {
        for path in ["/2015-03-31/functions/f/invocations", "/2015-03-31/functions/no%20name/invocations"] {
            assert_eq!(parse(&method, path), Err((405, "UnknownOperationException")), "{method}");
        }
    }
    let path = "/2015-03-31/functions/no%20name/invocations";
    assert_eq!(parse(&Method::POST, path), Err((400, "ValidationException")));
}
