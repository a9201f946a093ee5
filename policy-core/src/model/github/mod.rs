//! GitHub Actions. Source of every statement about the platform: the workflow parser in github.com/actions/runner and the
//! published workflow syntax.

mod action_reference;
mod event;
pub mod expression;
mod permissions;
mod step;
mod workflow;

pub use action_reference::ActionReference;
pub use event::{Event, Events};
pub use permissions::{Access, Grant, Permissions, SCOPES};
pub use step::{Action, Step};
pub use workflow::{Job, Workflow};

use crate::document::{Kind, Ref};
use crate::read::Read;

/// The most YAML events, aliases expanded, that GitHub reads of one workflow.
pub const MAX_WORKFLOW_EVENTS: u64 = 50_000;

/// The most files that one run may be made of: the workflow that is started and those that it calls.
pub const MAX_WORKFLOW_FILES: usize = 51;

/// The folder that GitHub reads workflows from, below the root of the repository.
pub const WORKFLOW_FOLDER: &str = ".github/workflows/";

/// Whether a path below the root of a repository is one that GitHub reads as a workflow: directly in the folder, `.yml` or
/// `.yaml`.
#[must_use]
pub fn is_workflow_path(path: &str) -> bool {
    let name = path.strip_prefix(WORKFLOW_FOLDER).filter(|name| !name.contains('/'));
    name.is_some_and(|name| name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// Whether a path has the name of the file that describes an action.
#[must_use]
pub fn is_action_path(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("action.yml" | "action.yaml"))
}

/// Whether the root of a document has the form of a workflow.
#[must_use]
pub fn looks_like_workflow(root: Ref<'_>) -> bool {
    root.get("on").is_some() && root.get("jobs").is_some_and(|jobs| jobs.kind() == Kind::Mapping)
}

/// Whether the root of a document has the form of an action.
#[must_use]
pub fn looks_like_action(root: Ref<'_>) -> bool {
    root.get("runs").is_some_and(|runs| runs.get("using").is_some())
}

/// The text of a scalar, unless an expression decides it.
#[must_use]
pub fn text(node: Option<Ref<'_>>) -> Read<&str> {
    let Some(node) = node.filter(|node| !node.is_null()) else { return Read::Absent };
    match node.text() {
        Some(text) if expression::opening(text.as_bytes(), 0).is_some() => Read::Dynamic,
        Some(text) => Read::Is(text),
        None => Read::Wrong,
    }
}
