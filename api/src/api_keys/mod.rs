//! Keys with which a body's back office, or an integrator it trusts, proves itself. Shown once, kept as a hash.

pub mod queries;
