//! Images of Amazon ECR.
