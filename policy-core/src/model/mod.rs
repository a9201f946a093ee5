//! What files mean on their platform: views over the arena that are copied freely and allocate nothing.

pub mod github;
pub mod gitlab;
pub mod kubernetes;
