//! What AWS Lambda tells of invocations and of batches that are over.
