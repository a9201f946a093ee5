//! The engine of Gatepost: it reads files, links them into units, runs rules over them and decides whether a change may pass.
//!
//! It holds no rules and does no I/O: it reads no clock, file, environment, thread or random source, and given the same
//! bytes it answers the same bytes. ARCHITECTURE.md has the picture.

pub mod api;
pub mod base64;
pub mod budget;
pub mod data;
pub mod decide;
pub mod document;
pub mod facts;
pub mod flow;
pub mod graph;
pub mod inspect;
mod json;
pub mod link;
pub mod map;
pub mod model;
pub mod pack;
pub mod plugin;
pub mod policy;
pub mod rbac;
pub mod reach;
pub mod read;
pub mod report;
pub mod rule;
pub mod secret;
pub mod shell;
pub mod sort;
pub mod source;
pub mod text;
pub mod unit;
