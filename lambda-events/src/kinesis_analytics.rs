//! Records of Kinesis Data Analytics: preprocessing and output.
