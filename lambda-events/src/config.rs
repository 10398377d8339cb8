//! Rules of AWS Config.
