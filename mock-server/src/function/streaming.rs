//! Invokes whose callers get the response piece by piece, as the runtime sends it.
//!
//! The rules are the core's; the pieces come from the [`driver`](crate::driver). How they travel on over HTTP is
//! decided in [`http`](crate::http). Invokes that wait for the whole answer are in [`function`](super).

use bytes::Bytes;
use lambda_api::RequestId;

use super::Function;
use crate::{Invocation, Outcome, driver::Piece, hub::Submission};

/// A response on its way: the pieces as they come, and at the end the [`Outcome`].
///
/// Only a few pieces are kept for a caller that does not take them: a runtime that sends more waits, as it does on
/// Lambda. Dropping the stream does not stop the invocation; what else it sends is thrown away.
#[derive(Debug)]
#[must_use = "an invocation whose response nobody takes waits"]
pub struct ResponseStream {
    /// The content type of a response that has begun.
    begun: Option<Option<String>>,
    course: Course,
}

#[derive(Debug)]
enum Course {
    Runs(Submission),
    Refused(Box<Outcome>),
}

impl Function {
    /// Invokes the function as a caller that streams, and waits until its response begins or there will be none.
    ///
    /// The pieces of the response come as the runtime sends them, whichever response mode it uses. In streaming mode
    /// they may be 200 MB together; see
    /// [response streaming](https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html). The
    /// outcome has no payload after a response, and the error report after a failure, even one half-way.
    ///
    /// # Example
    ///
    /// ```
    /// use mock_server::MockLambda;
    /// # mod bootstrap {
    /// #     pub async fn counts(api: lambda_api::transport::RuntimeApi) -> Result<(), String> {
    /// #         use tokio::io::{AsyncReadExt, AsyncWriteExt};
    /// #         let mut stream = api.connect().await.unwrap();
    /// #         stream.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    /// #         let mut reply = [0; 4096];
    /// #         let length = stream.read(&mut reply).await.unwrap();
    /// #         let reply = String::from_utf8_lossy(&reply[..length]).into_owned();
    /// #         let id = reply.split("Lambda-Runtime-Aws-Request-Id: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    /// #         let head = format!("POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n");
    /// #         stream.write_all(head.as_bytes()).await.unwrap();
    /// #         for chunk in ["4\r\none \r\n", "3\r\ntwo\r\n", "0\r\n\r\n"] {
    /// #             stream.write_all(chunk.as_bytes()).await.unwrap();
    /// #         }
    /// #         stream.read(&mut [0; 4096]).await.unwrap();
    /// #         stream.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    /// #         std::future::pending().await
    /// #     }
    /// # }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let function = MockLambda::new().function("counts").in_process(bootstrap::counts);
    /// let mut response = function.invoke_streaming("{}").await;
    /// assert_eq!(response.content_type(), Some("text/plain"));
    /// let mut whole = Vec::new();
    /// while let Some(piece) = response.next().await {
    ///     whole.extend_from_slice(&piece);
    /// }
    /// assert_eq!(whole, b"one two");
    /// assert!(response.finish().await.is_success());
    /// # }
    /// ```
    pub async fn invoke_streaming(&self, invocation: impl Into<Invocation>) -> ResponseStream {
        let mut invocation = invocation.into();
        invocation.streams = true;
        match self.inner.world.submit(self.inner.id, invocation) {
            Ok(mut submission) => {
                let begun = match submission.pieces.recv().await {
                    Some(Piece::Begins(content_type)) => Some(content_type),
                    _ => None,
                };
                ResponseStream { begun, course: Course::Runs(submission) }
            }
            Err((request_id, refused)) => {
                let outcome = Outcome::refused(request_id, &refused);
                ResponseStream { begun: None, course: Course::Refused(Box::new(outcome)) }
            }
        }
    }
}

impl ResponseStream {
    /// The invocation's id.
    pub fn request_id(&self) -> &RequestId {
        match &self.course {
            Course::Runs(submission) => &submission.request_id,
            Course::Refused(outcome) => outcome.request_id(),
        }
    }

    /// Whether there is a response. If not, the function has failed before it could begin with one, and
    /// [`finish`](Self::finish) says how.
    pub fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// The content type that the runtime gave its response.
    pub fn content_type(&self) -> Option<&str> {
        self.begun.as_ref()?.as_deref()
    }

    /// The next piece of the response; `None` at its end, be it good or bad. A piece is never empty, and its limits
    /// are of no meaning: a chunk of the runtime's may come in several pieces.
    pub async fn next(&mut self) -> Option<Bytes> {
        let Course::Runs(submission) = &mut self.course else { return None };
        loop {
            // With its place goes that of the next one: the guest may send it.
            match submission.pieces.recv().await? {
                Piece::Bytes(bytes, _place) if !bytes.is_empty() => return Some(bytes),
                _ => {}
            }
        }
    }

    /// Waits until the invocation is over; pieces that have not been taken are thrown away.
    ///
    /// The outcome's payload is empty after a response, and the error report after a failure.
    pub async fn finish(mut self) -> Outcome {
        while self.next().await.is_some() {}
        match self.course {
            Course::Runs(submission) => submission.outcome().await,
            Course::Refused(outcome) => *outcome,
        }
    }
}
