//! Records of Apache Kafka: Amazon MSK and clusters of one's own.
