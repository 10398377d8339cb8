//! Triggers of Amazon Cognito user pools.
