//! The report in the forms that people and other tools read, and what fixes would change.

pub(crate) mod address;
mod coverage;
pub(crate) mod diff;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod pipeline;
pub(crate) mod problem;
pub(crate) mod sarif;
pub(crate) mod terminal;
mod view;
pub(crate) mod who_can;

#[cfg(test)]
mod tests;
