//! Conversations of Amazon Lex V2.
