//! Actions of Amazon Bedrock agents.
