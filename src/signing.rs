//! What signatures are made of: digests, and text that nobody can foresee. What is signed, and in which order, stands
//! with those who sign.

pub(crate) mod digest;
pub(crate) mod nonce;
