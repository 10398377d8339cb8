//! Records of Amazon Data Firehose that are to be transformed.
