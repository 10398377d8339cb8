//! Tasks of Amazon S3 Batch Operations.
