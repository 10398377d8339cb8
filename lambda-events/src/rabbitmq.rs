//! Messages of RabbitMQ brokers of Amazon MQ.
