//! A way to a service that can be closed and opened: as if the service went away and came back with all that it has.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
};

const AWAY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

pub(super) struct Gate {
    pub(super) url: String,
    is_open: Arc<watch::Sender<bool>>,
    refused: watch::Receiver<u32>,
}

impl Gate {
    /// An open one in front of the service at this URL.
    pub(super) async fn new(url: &str) -> Self {
        let service = url.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let is_open = Arc::new(watch::Sender::new(true));
        let (count, refused) = watch::channel(0);
        let sender = Arc::clone(&is_open);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (service, is_open, count) = (service.clone(), sender.subscribe(), count.clone());
                tokio::spawn(pass(client, service, is_open, count));
            }
        });
        Self { url, is_open, refused }
    }

    /// Breaks off what passes, and lets nothing more through.
    pub(super) fn close(&self) {
        self.is_open.send_replace(false);
    }

    pub(super) fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// Waits until so many requests were not let through.
    pub(super) async fn refused(&self, times: u32) {
        self.refused.clone().wait_for(|count| *count >= times).await.unwrap();
    }
}

async fn pass(
    mut client: TcpStream,
    service: String,
    mut is_open: watch::Receiver<bool>,
    count: watch::Sender<u32>,
) {
    if *is_open.borrow() {
        let Ok(mut service) = TcpStream::connect(service).await else { return };
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut service) => {}
            _ = is_open.wait_for(|is_open| !is_open) => {}
        }
    } else if client.read(&mut [0; 4_096]).await.is_ok_and(|bytes| bytes > 0) {
        let _gone = client.write_all(AWAY).await;
        count.send_modify(|count| *count += 1);
    }
}
