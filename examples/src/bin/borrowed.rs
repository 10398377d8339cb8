//! An event that is read without copying its texts.

use std::borrow::Cow;

use lambda_runtime::{Borrowed, Error, LambdaEvent, Payload, run, service_fn};
use serde::Deserialize;

#[derive(Deserialize)]
struct Note<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

impl Borrowed for Note<'static> {
    type Of<'a> = Note<'a>;
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(count_words)).await
}

async fn count_words(event: LambdaEvent<Payload<Note<'static>>>) -> Result<usize, Error> {
    let note = event.payload.get()?;
    Ok(note.text.split_whitespace().count())
}
