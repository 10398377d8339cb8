//! Requests of AWS AppSync: resolvers, authorizers and event APIs.
