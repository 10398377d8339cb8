//! Requests of Application Load Balancers.
