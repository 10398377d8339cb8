//! Changes of Amazon DynamoDB tables.
