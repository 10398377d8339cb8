//! Mail that Amazon SES receives.
