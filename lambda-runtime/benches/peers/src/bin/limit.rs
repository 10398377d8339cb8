//! The least that a function in Rust can do: one blocking socket, bytes that are there already, and the same JSON.
//!
//! It checks nothing and survives nothing. The variable `FUNCTION` says which function.

use std::{
    env,
    error::Error,
    io::{IoSlice, Read, Write},
    net::TcpStream,
};

use peers::Order;
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    match env::var("FUNCTION").as_deref() {
        Ok("typed") => serve(|event, out| {
            let event: Order = serde_json::from_slice(event)?;
            Ok(serde_json::to_writer(out, &event)?)
        }),
        Ok("raw") => serve(|event, out| {
            out.extend_from_slice(event);
            Ok(())
        }),
        _ => serve(|event, out| {
            let event: Value = serde_json::from_slice(event)?;
            Ok(serde_json::to_writer(out, &event)?)
        }),
    }
}

fn serve(mut handler: impl FnMut(&[u8], &mut Vec<u8>) -> Result<()>) -> Result<()> {
    let api = env::var("AWS_LAMBDA_RUNTIME_API")?;
    let mut stream = TcpStream::connect(&api)?;
    stream.set_nodelay(true)?;
    let next =
        format!("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: {api}\r\n\r\n").into_bytes();
    let end =
        format!("/response HTTP/1.1\r\nhost: {api}\r\ncontent-type: application/json\r\ncontent-length: ");
    let (mut buffer, mut body, mut head) = (vec![0; 64 * 1024], Vec::new(), Vec::new());
    loop {
        stream.write_all(&next)?;
        let (event, id) = read(&mut stream, &mut buffer)?;
        body.clear();
        handler(&buffer[event], &mut body)?;
        head.clear();
        head.extend_from_slice(b"POST /2018-06-01/runtime/invocation/");
        head.extend_from_slice(&buffer[id]);
        head.extend_from_slice(end.as_bytes());
        write!(head, "{}\r\n\r\n", body.len())?;
        let written = stream.write_vectored(&[IoSlice::new(&head), IoSlice::new(&body)])?;
        if let Some(rest) = written.checked_sub(head.len()) {
            stream.write_all(&body[rest..])?;
        } else {
            stream.write_all(&head[written..])?;
            stream.write_all(&body)?;
        }
        read(&mut stream, &mut buffer)?;
    }
}

type Range = std::ops::Range<usize>;

/// Reads a reply; where its body and the request id are.
fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(Range, Range)> {
    let mut filled = 0;
    loop {
        let count = stream.read(&mut buffer[filled..])?;
        filled += count;
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut reply = httparse::Response::new(&mut headers);
        let status = reply.parse(&buffer[..filled])?;
        if count == 0 || reply.code.is_some_and(|code| code >= 500) {
            return Err("it is over".into());
        }
        let httparse::Status::Complete(begin) = status else { continue };
        let (mut length, mut id) = (0, 0..0);
        for header in reply.headers.iter() {
            if header.name.eq_ignore_ascii_case("content-length") {
                length = std::str::from_utf8(header.value)?.parse()?;
            } else if header.name.eq_ignore_ascii_case("lambda-runtime-aws-request-id") {
                let at = header.value.as_ptr() as usize - buffer.as_ptr() as usize;
                id = at..at + header.value.len();
            }
        }
        if buffer.len() < begin + length {
            buffer.resize(begin + length, 0);
        }
        stream.read_exact(&mut buffer[filled..(begin + length).max(filled)])?;
        return Ok((begin..begin + length, id));
    }
}
