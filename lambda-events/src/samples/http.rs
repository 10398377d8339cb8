//! Samples of http.

use super::samples;

samples! {}
