//! Lifecycle hooks of AWS CodeDeploy.
