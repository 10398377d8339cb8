//! A WebSocket API: a client that gives its name may connect, and is greeted and told what it has said.
//!
//! The routes `$connect`, `$default` and `$disconnect` go to this function, and `$default` has a route response.

use lambda_events::apigw::{WebSocket, WebSocketConnect, WebSocketReply};
use lambda_runtime::{Error, LambdaEvent, Payload, run, service_fn, tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(answer)).await
}

async fn answer(event: LambdaEvent<Payload<WebSocket<'static>>>) -> Result<WebSocketReply<'static>, Error> {
    Ok(match event.payload.get()? {
        WebSocket::Connect(connect) => welcome(&connect),
        WebSocket::Message(message) => {
            WebSocketReply::message(format!("Hello! You said: {}", message.text()?))
        }
        WebSocket::Disconnect(disconnect) => {
            let (id, code) = (disconnect.connection_id(), disconnect.code());
            tracing::info!(id, code, reason = disconnect.reason(), "a client has gone");
            WebSocketReply::nothing()
        }
        _ => WebSocketReply::nothing(),
    })
}

fn welcome(connect: &WebSocketConnect<'_>) -> WebSocketReply<'static> {
    if connect.query("name").is_none_or(str::is_empty) {
        return WebSocketReply::unauthorized();
    }
    match connect.protocols().find(|protocol| *protocol == "echo") {
        Some(_) => WebSocketReply::accept_protocol("echo"),
        None => WebSocketReply::accept(),
    }
}
