//! What people put into `run`: functions, axum's routers, tower-http's layers, tower's, hyper's services.

use std::{collections::HashMap, convert::Infallible, rc::Rc, sync::Arc, time::Duration};

use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use lambda_runtime::{
    Error, Runtime,
    http::{Body, HttpLayer, Request, Response, from_hyper, service_fn},
    layers::DeadlineLayer,
};
use mock_server::MockLambda;
use serde_json::{Value, json};
use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer, timeout::TimeoutLayer};
use tower_http::{catch_panic::CatchPanicLayer, cors::CorsLayer, set_header::SetResponseHeaderLayer};

use super::{Format, answer, function, report};
use crate::{reply::event, script::Script};

#[tokio::test(start_paused = true)]
async fn a_function_is_three_lines() {
    let function = function(|| {
        service_fn(async |request: Request| Ok::<_, Error>(format!("Hello from {}!", request.uri().path())))
    });
    for format in Format::ALL {
        let answer = answer(&function, format.get("/there")).await;
        let text = [&answer["statusCode"], &answer["body"], &answer["isBase64Encoded"]];
        assert_eq!(text, [&json!(200), &json!("Hello from /there!"), &json!(false)], "{format:?}");
    }
}

type Prices = Arc<HashMap<&'static str, u32>>;

/// An application that knows nothing of Lambda.
fn shop() -> Router {
    let prices: Prices = Arc::new([("apple", 3)].into());
    let orders = Router::new().route(
        "/{id}",
        get(async |Path(id): Path<u32>, Query(query): Query<Vec<(String, String)>>| Json((id, query))),
    );
    Router::new()
        .route(
            "/prices/{name}",
            get(async |State(prices): State<Prices>, Path(name): Path<String>| {
                prices.get(&*name).map(ToString::to_string).ok_or(StatusCode::NOT_FOUND)
            }),
        )
        .route("/json", post(async |Json(body): Json<Value>| (StatusCode::CREATED, Json(body))))
        .route("/form", post(async |Form(form): Form<Vec<(String, String)>>| Json(form)))
        .nest("/orders", orders)
        .fallback(async || (StatusCode::IM_A_TEAPOT, "nothing here"))
        .with_state(prices)
}

#[tokio::test(start_paused = true)]
async fn a_router_of_axums_goes_in_as_it_is() {
    let function = function(shop);
    let mut of_query = Format::Url.get("/orders/7");
    of_query["rawQueryString"] = json!("part=items&part=a%20b");
    for (event, status, body) in [
        (Format::Alb.get("/prices/apple"), 200, "3"),
        (Format::Rest.get("/prices/pear"), 404, ""),
        (Format::Url.post("/json", "application/json", r#"{"a":[1]}"#), 201, r#"{"a":[1]}"#),
        (
            Format::HttpApi.post("/form", "application/x-www-form-urlencoded", "a=b+c"),
            200,
            r#"[["a","b c"]]"#,
        ),
        (of_query, 200, r#"[7,[["part","items"],["part","a b"]]]"#),
        (Format::Lattice.get("/elsewhere"), 418, "nothing here"),
        (Format::Url.event("DELETE", "/json"), 405, ""),
        (Format::WebSocket.get("/json"), 415, "Expected request with `Content-Type: application/json`"),
    ] {
        let answer = answer(&function, event.clone()).await;
        let text = answer["body"].as_str().unwrap_or_default();
        assert_eq!((&answer["statusCode"], text), (&json!(status), body), "{event}");
    }
    // The next request of the same environment has the same state.
    assert_eq!(answer(&function, Format::Url.get("/prices/apple")).await["body"], "3");
}

#[tokio::test(start_paused = true)]
async fn layers_of_tower_http_go_around_a_router_and_around_a_function() {
    fn poweredby() -> SetResponseHeaderLayer<::http::HeaderValue> {
        SetResponseHeaderLayer::overriding(
            ::http::HeaderName::from_static("x-powered-by"),
            ::http::HeaderValue::from_static("tests"),
        )
    }
    let router = function(|| {
        let router = Router::new()
            .route("/", get(async || "home"))
            .route("/panic", get(async || -> &'static str { panic!("secret") }));
        router.layer(CatchPanicLayer::new()).layer(poweredby()).layer(CorsLayer::permissive())
    });
    let bare = function(|| {
        let hello = service_fn(async |request: Request| match request.uri().path() {
            "/panic" => panic!("secret"),
            _ => Ok::<_, Error>(Response::new(Body::from("home"))),
        });
        let layers = ServiceBuilder::new().layer(CorsLayer::permissive()).layer(poweredby());
        layers.layer(CatchPanicLayer::new()).service(hello)
    });
    for function in [router, bare] {
        let home = answer(&function, Format::Url.get("/")).await;
        assert_eq!((&home["body"], &home["headers"]["x-powered-by"]), (&json!("home"), &json!("tests")));
        assert_eq!(home["headers"]["access-control-allow-origin"], "*");

        let panicked = answer(&function, Format::Url.get("/panic")).await;
        assert_eq!((&panicked["statusCode"], &panicked["body"]), (&json!(500), &json!("Service panicked")));
        assert_eq!(panicked["headers"]["x-powered-by"], "tests");

        let mut preflight = Format::Url.event("OPTIONS", "/");
        preflight["headers"] =
            json!({ "origin": "https://example.com", "access-control-request-method": "PUT" });
        let preflight = answer(&function, preflight).await;
        assert_eq!(preflight["headers"]["access-control-allow-methods"], "*");
        assert_eq!(preflight["body"], Value::Null);
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_of_hypers_goes_through_from_hyper() {
    let function = function(|| {
        from_hyper(hyper::service::service_fn(async |request: Request| {
            Ok::<_, Infallible>(Response::new(request.method().to_string()))
        }))
    });
    assert_eq!(answer(&function, Format::Url.event("PATCH", "/")).await["body"], "PATCH");
}

#[tokio::test(start_paused = true)]
async fn towers_own_layers_limit_a_service() {
    let function = function(|| {
        let sleepy = service_fn(async |request: Request| {
            if request.uri().path() == "/slow" {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            Ok::<_, Error>("awake")
        });
        let layers = ServiceBuilder::new().layer(ConcurrencyLimitLayer::new(1));
        layers.layer(TimeoutLayer::new(Duration::from_secs(2))).service(sleepy)
    });
    let (_, slow) = report(&function, Format::Url.get("/slow")).await;
    assert_eq!(slow["errorMessage"], "request timed out");
    // A request that is refused uses up no room behind the limit.
    for _ in 0..3 {
        assert_eq!(answer(&function, Format::Url.event("G E T", "/")).await["statusCode"], 400);
    }
    let outcome = function.invoke(Format::Url.get("/")).await;
    assert!(outcome.is_success() && !outcome.report().is_cold_start());
}

#[tokio::test(start_paused = true)]
async fn layers_of_the_runtime_go_around_the_adapter() {
    let function = MockLambda::new().function("web").in_process(|api| {
        let sleepy = service_fn(async |_: Request| {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, Error>(())
        });
        let runtime =
            Runtime::new(sleepy).layer(HttpLayer::new()).layer(DeadlineLayer::new(Duration::from_secs(1)));
        runtime.endpoint(api).run()
    });
    let (error_type, _) = report(&function, Format::Url.get("/")).await;
    assert_eq!(error_type, "Function.DeadlineExceeded");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_cannot_be_sent_between_threads_runs_on_its_own() {
    let greeting = Rc::new("hello".to_owned());
    let handler = service_fn(|_: Request| {
        let greeting = Rc::clone(&greeting);
        async move {
            tokio::task::yield_now().await;
            Ok::<_, Error>((*greeting).clone())
        }
    });
    let script = Script::in_memory().invoke(event(Format::Url.get("/").to_string()));
    let log = script.serve(|api| Runtime::new(handler).layer(HttpLayer::new()).endpoint(api).run()).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next"]);
    assert_eq!(log.post().json()["body"], "hello");
}

#[tokio::test(start_paused = true)]
async fn an_init_phase_makes_the_router() {
    let function = MockLambda::new().function("web").in_process(|api| {
        let runtime = Runtime::init(async || {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(shop())
        });
        runtime.layer(HttpLayer::new()).endpoint(api).run_concurrent()
    });
    assert_eq!(answer(&function, Format::Url.get("/prices/apple")).await["body"], "3");
}
