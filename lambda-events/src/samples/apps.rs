//! Samples of apps.

use super::samples;

samples! {}
