//! Requests of Amazon VPC Lattice.
