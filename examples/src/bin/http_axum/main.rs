//! An axum application, unchanged: a page with a form, a cookie, a redirect and an image.
//!
//! It runs behind a function URL, an API or a load balancer; `axum::serve(listener, app())` would serve the same.

use axum::{
    Form, Json, Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect},
    routing::{get, post},
};
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::json;

const HEART: &[u8] = include_bytes!("heart.png");
const ASK: &str =
    "<form method=post action=/name><input name=name autofocus><button>That is me</button></form>";

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::http::run(app()).await
}

fn app() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/name", post(remember))
        .route("/heart.png", get(async || ([(header::CONTENT_TYPE, "image/png")], HEART)))
        .route("/orders/{id}", get(order))
        .fallback(async || (StatusCode::NOT_FOUND, "There is nothing here.\n"))
}

async fn page(headers: HeaderMap) -> Html<String> {
    let body = match name(&headers) {
        Some(name) => format!("<p>Hello, {}!</p>", escaped(&name)),
        None => ASK.to_owned(),
    };
    let heart = "<img src=/heart.png alt='a heart' onload=\"document.title = 'drawn'\">";
    Html(format!("<!doctype html><title>waiting</title>{body}{heart}"))
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

async fn remember(Form(Named { name }): Form<Named>) -> impl IntoResponse {
    // Of letters, so that nothing of it can be a second attribute of the cookie.
    let name: String = name.chars().filter(|letter| letter.is_ascii_alphanumeric()).take(40).collect();
    let cookies = [
        (header::SET_COOKIE, format!("name={name}; Path=/; HttpOnly")),
        (header::SET_COOKIE, "seen=1; Path=/".to_owned()),
    ];
    (axum::response::AppendHeaders(cookies), Redirect::to("/"))
}

async fn order(Path(id): Path<String>) -> Json<serde_json::Value> {
    Json(json!({ "id": id }))
}

/// The name that the browser has been asked to remember.
fn name(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    let mut pairs = cookies.split("; ").filter_map(|cookie| cookie.split_once('='));
    pairs.find(|(name, _)| *name == "name").map(|(_, value)| value.to_owned())
}

/// What came from outside is no markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
