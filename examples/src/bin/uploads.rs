//! A function that a bucket tells of new files: it is invoked asynchronously, so that what it answers goes to a destination,
//! and its error to another.

use lambda_events::s3::S3;
use lambda_runtime::{Error, LambdaEvent, Payload, run, service_fn, tracing};
use serde::Serialize;

#[derive(Serialize)]
struct File {
    name: String,
    bytes: i64,
}

#[derive(Debug, thiserror::Error)]
#[error("{name} is empty")]
struct EmptyFile {
    name: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(receive)).await
}

async fn receive(event: LambdaEvent<Payload<S3<'static>>>) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    for record in event.payload.get()?.records {
        let bucket = record.s3.bucket.name.as_deref().unwrap_or("?");
        let name = record.s3.object.decoded_key().unwrap_or_default();
        let bytes = record.s3.object.size.map_or(0, |size| size.get());
        tracing::info!("{name} came into the bucket {bucket}: {bytes} bytes");
        if bytes == 0 {
            return Err(EmptyFile { name }.into());
        }
        files.push(File { name, bytes });
    }
    Ok(files)
}
