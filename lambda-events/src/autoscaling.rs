//! Instances that Amazon EC2 Auto Scaling is about to terminate.
