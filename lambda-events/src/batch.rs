//! Batches whose records succeed or fail one by one.
//!
//! A [`Batch`] calls a function for each record of an event, and makes of the results the answer by which Lambda takes back
//! what has failed and nothing else ([partial batch responses](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html)).
//! It has to be switched on for the event source mapping (`ReportBatchItemFailures`): without it the answer is not looked at.
//!
//! Order is kept where the source has one ([`Batched`]): the messages of a FIFO group, the records of a shard and those of a
//! partition are handled one after the other, and after one that has failed no other of them is. Groups are independent.
//!
//! Which records there are and what they are called is in `source`, how they are handled in `run`, what became of them in
//! `report`. How a record is read is not known here. The answer's types are here without the feature `batch` too.
//!
//! # Example
//!
//! ```
//! # #[cfg(all(feature = "batch", feature = "sqs"))] {
//! use lambda_events::{batch::Batch, sqs::{Message, Sqs}};
//!
//! async fn handle(event: Sqs<'_>) -> Result<lambda_events::batch::BatchResponse<'static>, lambda_events::batch::Unidentified> {
//!     let report = Batch::of(&event)
//!         .concurrency(4)
//!         .run(async |message: &Message<'_>| message.body.parse::<u32>().map(drop))
//!         .await;
//!     println!("{report}");
//!     report.response()
//! }
//!
//! let json = r#"{"Records":[{"messageId":"a","body":"1"},{"messageId":"b","body":"one"}]}"#;
//! let event: Sqs<'_> = serde_json::from_str(json)?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # let response = runtime.block_on(handle(event))?;
//! // let response = handle(event).await?;
//! assert_eq!(serde_json::to_string(&response)?, r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "batch")]
mod report;
mod response;
#[cfg(feature = "batch")]
mod run;
mod source;

#[cfg(feature = "batch")]
pub use self::{
    report::{Outcome, Report},
    run::Batch,
};
pub use self::{
    response::{BatchItemFailure, BatchResponse, ItemIdentifier, PartitionOffset, Unidentified},
    source::{Batched, Item, Order},
};
