//! Requests of Amazon S3 Object Lambda.
