//! Events of Amazon EventBridge.
