//! What a path is.

use crate::facts::Row;
use crate::report::Location;

/// What a path leads to, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goal {
    /// Code on every node.
    Nodes,
    /// All secrets.
    Secrets,
    /// Everything.
    ClusterAdmin,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug)]
pub enum Start<'c> {
    /// Whoever runs code in a pod of this object.
    Workload(Row<'c>),
    /// A user or group; one of its bindings.
    Subject(Row<'c>),
}

/// A step: what is done, and where it is allowed.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done.
    pub what: String,
    /// The rule, binding or pod that lets it.
    pub at: Option<Location>,
}

/// A shortest path.
#[derive(Clone, Debug)]
pub struct Path<'c> {
    /// Where it begins.
    pub start: Start<'c>,
    /// `ServiceAccount web/app`: as whom it begins.
    pub subject: String,
    /// What it leads to.
    pub goal: Goal,
    /// The steps, one at least.
    pub steps: Vec<Step>,
    /// Whether it begins with the node that the pod holds.
    pub over_node: bool,
}
