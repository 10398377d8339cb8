//! Rotations of AWS Secrets Manager.
