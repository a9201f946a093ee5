//! GitHub Actions. Source of every statement about the platform: the workflow parser in github.com/actions/runner and the
//! published workflow syntax.

mod action;
mod action_reference;
mod codeowners;
mod container;
mod context;
mod dependabot;
mod event;
pub mod expression;
mod input;
mod job;
mod list;
mod matrix;
mod permissions;
mod runner;
mod settings;
mod step;
mod workflow;

pub use action::{Action, Runs};
pub use action_reference::{ActionReference, Remote};
pub use codeowners::{CODEOWNERS_PATHS, Codeowners, Owned, codeowners_place};
pub use container::Container;
pub use context::{CHOSEN_BY_OUTSIDERS, Capability, capability, chosen_by_outsiders, runner_variable, runner_variable_of};
pub use dependabot::{Dependabot, Update};
pub use event::{Event, Events, Trigger};
pub use input::{Input, InputType};
pub use job::Job;
pub use list::List;
pub use matrix::{Matrix, MatrixValues, Strategy};
pub use permissions::{Access, Grant, Permissions, SCOPES};
pub use runner::RunsOn;
pub use settings::{Concurrency, Defaults};
pub use step::Step;
pub use workflow::Workflow;

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

/// Whether a path below the root of a repository is one that GitHub reads the settings of Dependabot from.
#[must_use]
pub fn is_dependabot_path(path: &str) -> bool {
    matches!(path, ".github/dependabot.yml" | ".github/dependabot.yaml")
}

/// Whether a path below the root of a repository is one that GitHub reads owners from.
#[must_use]
pub fn is_codeowners_path(path: &str) -> bool {
    CODEOWNERS_PATHS.contains(&path)
}

/// Whether the root of a document has the form of the settings of Dependabot.
#[must_use]
pub fn looks_like_dependabot(root: Ref<'_>) -> bool {
    let updates = root.get("updates").filter(|updates| updates.kind() == Kind::Sequence);
    root.get("version").is_some()
        && updates.is_some_and(|updates| updates.items().any(|item| item.get("package-ecosystem").is_some()))
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

/// The boolean of a scalar, unless an expression decides it.
#[must_use]
pub fn boolean(node: Option<Ref<'_>>) -> Read<bool> {
    let Some(scalar) = node else { return Read::Absent };
    text(node).and_then(|text| scalar.document().dialect().boolean(text).map_or(Read::Wrong, Read::Is))
}

// What the text of a `uses` refers to.
fn reference(node: Option<Ref<'_>>) -> Read<ActionReference<'_>> {
    text(node).and_then(|written| ActionReference::parse(written).map_or(Read::Wrong, Read::Is))
}

fn with_node<'u>(node: Option<Ref<'u>>, reference: Read<ActionReference<'u>>) -> Read<(Ref<'u>, ActionReference<'u>)> {
    reference.and_then(|reference| node.map_or(Read::Absent, |node| Read::Is((node, reference))))
}
