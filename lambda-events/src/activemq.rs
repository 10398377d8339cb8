//! Messages of Apache ActiveMQ brokers of Amazon MQ.
