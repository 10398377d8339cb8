//! The extension's side of the Telemetry API: takes what it is sent, and keeps the records in their order.

use std::{io, net::SocketAddr, sync::Arc};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use crate::{
    pattern,
    wire::{self, Trouble},
};

/// How records come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// A list with each POST.
    Http,
    /// One in each line.
    Tcp,
}

#[derive(Debug)]
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    records: Arc<watch::Sender<Vec<Value>>>,
    accepting: JoinHandle<()>,
}

impl Sink {
    pub(crate) async fn open(protocol: Protocol) -> Result<Self, Trouble> {
        let listener = wire::within(TcpListener::bind("127.0.0.1:0")).await?;
        let address = wire::within(async { listener.local_addr() }).await?;
        let records = Arc::new(watch::Sender::new(Vec::new()));
        let kept = Arc::clone(&records);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    let _ended = match protocol {
                        Protocol::Http => posts(stream, &kept).await,
                        Protocol::Tcp => lines(stream, &kept).await,
                    };
                });
            }
        });
        Ok(Self { address, records, accepting })
    }

    /// The records so far, as soon as there are so many.
    pub(crate) async fn records(&self, count: usize) -> Result<Vec<Value>, Trouble> {
        let mut records = self.records.subscribe();
        let enough = async {
            let enough = records.wait_for(|records| records.len() >= count).await;
            enough.map(|records| records.clone()).map_err(io::Error::other)
        };
        wire::within(enough).await
    }

    /// The records so far.
    pub(crate) fn now(&self) -> Vec<Value> {
        self.records.borrow().clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn posts(stream: TcpStream, records: &watch::Sender<Vec<Value>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        // The end of the connection is an empty line, too, and no JSON.
        while stream.read_line(&mut line).await? > 2 {
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            line.clear();
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let batch: Vec<Value> = serde_json::from_slice(&body)?;
        records.send_modify(|records| records.extend(batch));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await?;
    }
}

async fn lines(stream: TcpStream, records: &watch::Sender<Vec<Value>>) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next_line().await? {
        let record = serde_json::from_str(&line)?;
        records.send_modify(|records| records.push(record));
    }
    Ok(())
}

/// Whether a value has the form of another one. A text there may be a pattern, and `<number>` or `<decimal>`
/// stands for a number as well.
pub(crate) fn fits(form: &Value, value: &Value) -> bool {
    match (form, value) {
        (Value::Object(form), Value::Object(value)) => {
            form.len() == value.len()
                && form.iter().all(|(name, form)| value.get(name).is_some_and(|value| fits(form, value)))
        }
        (Value::Array(form), Value::Array(value)) => {
            form.len() == value.len() && form.iter().zip(value).all(|(form, value)| fits(form, value))
        }
        (Value::String(form), Value::Number(number)) => match form.as_str() {
            "<number>" => number.is_u64(),
            "<decimal>" => true,
            _ => false,
        },
        (Value::String(form), Value::String(text)) => pattern::fits(form, text),
        _ => form == value,
    }
}

#[test]
fn a_record_fits_by_all_of_its_members() {
    let form = serde_json::json!({ "id": "<uuid>", "ms": "<decimal>", "list": ["a", 1] });
    let mut record =
        serde_json::json!({ "id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd", "ms": 0.5, "list": ["a", 1] });
    assert!(fits(&form, &record));
    record["more"] = Value::Null;
    assert!(!fits(&form, &record));
    assert!(!fits(&form, &serde_json::json!({ "id": "x", "ms": 0.5, "list": ["a", 1] })));
    assert!(!fits(&form, &serde_json::json!({ "id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd", "ms": 0.5 })));
}
