//! The least that an extension in Rust can do: one blocking socket, bytes that are there already, and the events' JSON.
//!
//! It checks nothing and survives nothing.

use std::{
    env,
    error::Error,
    hint::black_box,
    io::{Read, Write},
    net::TcpStream,
    ops::Range,
};

use serde::Deserialize;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "what an extension is told of an event")]
struct Event<'a> {
    event_type: &'a str,
    deadline_ms: u64,
    request_id: Option<&'a str>,
    invoked_function_arn: Option<&'a str>,
    #[serde(borrow)]
    tracing: Option<Tracing<'a>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what an extension is told of an event")]
struct Tracing<'a> {
    value: &'a str,
}

fn main() -> Result<()> {
    const EVENTS: &str = r#"{"events":["INVOKE","SHUTDOWN"]}"#;

    let api = env::var("AWS_LAMBDA_RUNTIME_API")?;
    let mut stream = TcpStream::connect(&api)?;
    stream.set_nodelay(true)?;
    let length = EVENTS.len();
    write!(
        stream,
        "POST /2020-01-01/extension/register HTTP/1.1\r\nhost: {api}\r\nlambda-extension-name: limit\r\n\
         content-length: {length}\r\n\r\n{EVENTS}"
    )?;
    let mut buffer = vec![0; 64 * 1024];
    let (_, id) = read(&mut stream, &mut buffer)?;
    let id = String::from_utf8(buffer[id].to_vec())?;
    let next = format!(
        "GET /2020-01-01/extension/event/next HTTP/1.1\r\nhost: {api}\r\nlambda-extension-identifier: {id}\r\n\r\n"
    );
    loop {
        stream.write_all(next.as_bytes())?;
        let (event, _) = read(&mut stream, &mut buffer)?;
        let event: Event<'_> = black_box(serde_json::from_slice(&buffer[event])?);
        if event.event_type == "SHUTDOWN" {
            return Ok(());
        }
    }
}

/// Reads a reply; where its body and the extension's identifier are.
fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<(Range<usize>, Range<usize>)> {
    let mut filled = 0;
    loop {
        let count = stream.read(&mut buffer[filled..])?;
        filled += count;
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut reply = httparse::Response::new(&mut headers);
        let status = reply.parse(&buffer[..filled])?;
        if count == 0 {
            return Err("it is over".into());
        }
        let httparse::Status::Complete(begin) = status else { continue };
        let (mut length, mut id) = (0, 0..0);
        for header in reply.headers.iter() {
            if header.name.eq_ignore_ascii_case("content-length") {
                length = std::str::from_utf8(header.value)?.parse()?;
            } else if header.name.eq_ignore_ascii_case("lambda-extension-identifier") {
                let at = header.value.as_ptr() as usize - buffer.as_ptr() as usize;
                id = at..at + header.value.len();
            }
        }
        stream.read_exact(&mut buffer[filled..(begin + length).max(filled)])?;
        return Ok((begin..begin + length, id));
    }
}
