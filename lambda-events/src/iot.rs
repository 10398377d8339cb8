//! Devices of AWS IoT Core: authorizers, provisioning and the registry.
