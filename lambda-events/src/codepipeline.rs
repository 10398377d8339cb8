//! Jobs of AWS CodePipeline.
