//! Custom resources of AWS CloudFormation.
