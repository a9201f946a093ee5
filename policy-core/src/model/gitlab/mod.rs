//! GitLab CI/CD: files resolved to the pipeline that GitLab would run. Source of every statement about the platform: "CI/CD YAML
//! syntax reference" and the pages about includes, inputs, components and optimisation of the GitLab documentation.

pub mod condition;
pub mod glob;
mod image;
mod job;
mod need;
mod pattern;
mod pipeline;
mod resolve;
mod script;
mod tree;
mod value;
pub mod variables;

pub use image::Image;
pub use job::{Environment, Job, Rule};
pub use need::Need;
pub use pipeline::{Include, Pipeline};
pub use resolve::{Fault, FaultKind, Files, Globbed, Inclusion, Needs, Resolved, Target, component, resolve};
pub use script::JobScript;
pub(crate) use script::ReadScript;
pub use tree::{Id, Origin, Tree};
pub use value::{KeyValue, Value};

use crate::document::{Document, Kind, Ref};

/// The file that GitLab reads unless a project's settings name another one.
pub const PIPELINE_PATH: &str = ".gitlab-ci.yml";

/// Keys of the root that are no jobs.
pub const GLOBAL_KEYS: &[&str] = &[
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];

/// The keys that `default` sets for all jobs.
pub const DEFAULT_KEYS: &[&str] = &[
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "identity",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
    "timeout",
];

/// The keys that also the root itself may set for all jobs, as it was done before `default`.
pub const LEGACY_DEFAULT_KEYS: &[&str] = &["after_script", "before_script", "cache", "image", "services"];

/// The most combinations of a matrix that GitLab takes.
pub const MAX_COMBINATIONS: u64 = 200;

/// Whether a path below the root of a repository is the one that GitLab reads the pipeline from.
#[must_use]
pub fn is_pipeline_path(path: &str) -> bool {
    path == PIPELINE_PATH
}

/// Whether a path has a name, or lies in a folder, that parts of pipelines have by custom.
#[must_use]
pub fn is_part_path(path: &str) -> bool {
    let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    let folder = |name: &str| path.starts_with(&format!("{name}/")) || path.contains(&format!("/{name}/"));
    let settings = path.contains(".gitlab/issue_templates") || path.contains("agents/");
    yaml && !settings && (path.ends_with(".gitlab-ci.yml") || folder(".gitlab") || folder(".gitlab-ci"))
}

/// Whether a path is one where GitLab looks for components.
#[must_use]
pub fn is_component_path(path: &str) -> bool {
    match path.strip_prefix("templates/") {
        Some(below) => below.ends_with("/template.yml") || (below.ends_with(".yml") && !below.contains('/')),
        None => false,
    }
}

/// Whether a document begins with a header that declares inputs, and nothing else.
#[must_use]
pub fn has_header(document: &Document<'_>) -> bool {
    let mut roots = document.roots();
    let header = roots.next().filter(|root| root.entries().nth(1).is_none());
    let spec = header.and_then(|root| root.get("spec")).filter(|spec| spec.get("inputs").is_some());
    spec.is_some() && roots.next().is_some_and(|content| content.kind() == Kind::Mapping)
}

/// Whether the root of a document has the form of a pipeline or a part of one: some key of it is like a job, or it names stages or
/// what it includes.
#[must_use]
pub fn looks_like_pipeline(root: Ref<'_>) -> bool {
    let job_keys = ["script", "extends", "stage", "trigger", "before_script", "rules"];
    let is_job = |job: Ref<'_>| job.kind() == Kind::Mapping && job_keys.iter().any(|key| job.get(key).is_some());
    let include = root.get("include").is_some() && root.get("on").is_none();
    let of_texts = |stages: Ref<'_>| stages.kind() == Kind::Sequence && stages.items().all(|stage| stage.kind() == Kind::Scalar);
    let stages = root.get("stages").is_some_and(of_texts);
    // GitHub, Kubernetes, Azure, CircleCI, Drone, Bitbucket, Travis; and Compose, whose services are a mapping.
    let others = ["on", "jobs", "apiVersion", "kind", "steps", "pool", "pipelines", "workflows", "language"];
    let compose = root.get("services").is_some_and(|services| services.kind() == Kind::Mapping);
    let foreign = compose || others.iter().any(|key| root.get(key).is_some());
    let is_part = |(key, job): (Ref<'_>, Ref<'_>)| {
        is_job(job) || (job.kind() == Kind::Mapping && key.text().is_some_and(|key| key.starts_with('.')))
    };
    !foreign && (stages || include || root.entries().any(is_part))
}
