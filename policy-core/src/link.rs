//! Links: the files of its own repository that a root file refers to.

use std::collections::VecDeque;

use crate::document::{Document, Ref};
use crate::map::{Map, Set};
use crate::model::github::{self, Action, ActionReference, CODEOWNERS_PATHS, MAX_WORKFLOW_FILES, Step, Workflow, codeowners_place};
use crate::model::gitlab;
use crate::model::kubernetes;
use crate::read::Read;
use crate::text::contains;

/// The most files that are read with one root, or looked for. What lies beyond reads as not being here.
const MAX_LINKED: usize = 2 * MAX_WORKFLOW_FILES;

/// What a file is judged as. A file may have several roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// A workflow of GitHub Actions.
    pub github_workflow: bool,
    /// The description of an action of GitHub Actions.
    pub github_action: bool,
    /// The settings of Dependabot.
    pub github_dependabot: bool,
    /// The owners of a repository's files.
    pub github_codeowners: bool,
    /// The pipeline of GitLab CI/CD.
    pub gitlab_pipeline: bool,
    /// A component of GitLab CI/CD, which pipelines include.
    pub gitlab_component: bool,
    /// A part of a pipeline of GitLab CI/CD by its name or by a header of inputs: it counts where a pipeline includes it.
    pub gitlab_part: bool,
    /// Objects of Kubernetes.
    pub kubernetes: bool,
}

impl Roles {
    /// The roles that the path alone gives, below the root of the repository. These files are executed, or steer what is.
    #[must_use]
    pub fn by_path(path: &str) -> Self {
        Self {
            github_workflow: github::is_workflow_path(path),
            github_action: github::is_action_path(path) && !github::is_workflow_path(path),
            github_dependabot: github::is_dependabot_path(path),
            github_codeowners: github::is_codeowners_path(path),
            gitlab_pipeline: gitlab::is_pipeline_path(path),
            gitlab_component: false,
            gitlab_part: gitlab::is_part_path(path) && !gitlab::is_pipeline_path(path),
            kubernetes: false,
        }
    }

    /// The roles that path and content give together. Content decides where the path says nothing; a workflow that is also the
    /// description of an action is both.
    #[must_use]
    pub fn of(path: Option<&str>, root: Option<Ref<'_>>) -> Self {
        let by_path = path.map(Self::by_path).unwrap_or_default();
        let action = root.is_some_and(github::looks_like_action);
        let manifest = root.is_some_and(|root| kubernetes::is_manifest(root.document()));
        // Folders named like those of parts of pipelines hold all kinds of files. Of a file that stands alone nobody knows the folder:
        // GitHub refuses a workflow with `apiVersion`, but not an action, which it knows by its name.
        let named = |root: Ref<'_>| matches!(root.source().path().rsplit('/').next(), Some("action.yml" | "action.yaml"));
        let other = path.is_none() && action && root.is_some_and(named);
        if manifest && !other && (by_path.is_none() || by_path.gitlab_part) {
            return Self { kubernetes: true, ..Self::default() };
        }
        if by_path.is_gitlab() {
            return by_path;
        }
        if root.is_some_and(|root| gitlab::has_header(root.document())) {
            let gitlab_component = path.is_none_or(gitlab::is_component_path);
            return Self { gitlab_component, gitlab_part: !gitlab_component, ..Self::default() };
        }
        if !by_path.is_none() {
            let yaml = !by_path.github_codeowners && !by_path.github_dependabot;
            return Self { github_action: by_path.github_action || yaml && action, ..by_path };
        }
        Self {
            github_workflow: root.is_some_and(github::looks_like_workflow),
            github_action: action,
            github_dependabot: root.is_some_and(github::looks_like_dependabot),
            gitlab_pipeline: root.is_some_and(gitlab::looks_like_pipeline) && !action,
            ..Self::default()
        }
    }

    /// Whether CI executes the file, wherever else it may be read.
    #[must_use]
    pub fn is_executed(self) -> bool {
        self.github_workflow || self.github_action || self.gitlab_pipeline
    }

    /// Whether it is a file of GitLab.
    #[must_use]
    pub fn is_gitlab(self) -> bool {
        self.gitlab_pipeline || self.gitlab_component || self.gitlab_part
    }

    /// Whether nothing tells what the file is.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The names of the roles.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        let named = [
            (self.github_workflow, "github-workflow"),
            (self.github_action, "github-action"),
            (self.github_dependabot, "github-dependabot"),
            (self.github_codeowners, "github-codeowners"),
            (self.gitlab_pipeline, "gitlab-pipeline"),
            (self.gitlab_component, "gitlab-component"),
            (self.gitlab_part, "gitlab-part"),
            (self.kubernetes, "kubernetes"),
        ];
        named.into_iter().filter(|(has, _)| *has).map(|(_, name)| name.to_owned()).collect()
    }
}

/// What the host knows of a file that a root refers to.
#[derive(Clone, Copy, Debug)]
pub enum Found<'u> {
    /// It is here.
    Is(&'u Document<'u>),
    /// It is not in the repository.
    Absent,
    /// The host was not asked yet.
    Unasked,
}

/// The files that a root refers to, by path below the root of the repository; none for those that are not there.
pub type Links<'u> = Map<String, Option<&'u Document<'u>>>;

/// What linking came to.
#[derive(Debug)]
pub enum Linked<'u> {
    /// All there is to read is here.
    Ready(Links<'u>),
    /// The host has to give these files, or say that they are absent.
    Need(Vec<String>),
}

/// Follows the local references of a root. `find` is asked for paths below the root of the repository.
pub fn link<'u>(root: &'u Document<'u>, roles: Roles, find: impl Fn(&str) -> Found<'u>) -> Linked<'u> {
    let mut links = Links::new();
    let mut needed = Set::new();
    let mut open: VecDeque<Wanted> = wanted(root, roles).into();
    while let Some(wanted) = open.pop_front() {
        if links.len() + needed.len() >= MAX_LINKED {
            break;
        }
        for path in &wanted.paths {
            if links.contains_key(path) || needed.contains(path) {
                continue;
            }
            match find(path) {
                Found::Is(document) => {
                    links.insert(path.clone(), Some(document));
                    open.extend(self::wanted(document, wanted.roles));
                }
                Found::Absent => {
                    links.insert(path.clone(), None);
                }
                Found::Unasked => {
                    needed.insert(path.clone());
                }
            }
        }
    }
    if needed.is_empty() { Linked::Ready(links) } else { Linked::Need(needed.into_iter().collect()) }
}

// A file that is referred to: the paths that it may have, and what it is read as.
struct Wanted {
    paths: Vec<String>,
    roles: Roles,
}

fn wanted(document: &Document<'_>, roles: Roles) -> Vec<Wanted> {
    let Some(root) = document.root() else { return Vec::new() };
    let mut found = Vec::new();
    let roles = if may_refer(document) { roles } else { Roles { github_workflow: false, github_action: false, ..roles } };
    if roles.github_workflow {
        for job in Workflow::new(root).jobs() {
            if let Read::Is((_, ActionReference::Local(written))) = job.uses() {
                let roles = Roles { github_workflow: true, ..Roles::default() };
                found.extend(local_path(written).map(|path| Wanted { paths: vec![path], roles }));
            }
            found.extend(job.steps().flat_map(|step| wanted_by_step(&step)));
        }
    }
    if roles.github_action {
        found.extend(Action::new(root).steps().flat_map(|step| wanted_by_step(&step)));
    }
    if roles.github_codeowners {
        // Of several files GitHub reads the first alone.
        let own = codeowners_place(document.source().path());
        let before = CODEOWNERS_PATHS.iter().take(own).map(|path| (*path).to_owned());
        found.push(Wanted { paths: before.collect(), roles: Roles::default() });
    }
    found
}

// Most files refer to none, and reading their steps only to learn that takes as long as one more rule.
fn may_refer(document: &Document<'_>) -> bool {
    let text = document.source().text();
    document.has_scalar_beginning(b'.') || document.has_scalar_beginning(b'$') && contains(text, "$/") || contains(text, "publish")
}

fn wanted_by_step(step: &Step<'_>) -> Option<Wanted> {
    if let Some(path) = manifest_path(step) {
        return Some(Wanted { paths: vec![path], roles: Roles::default() });
    }
    let Read::Is((_, ActionReference::Local(written))) = step.uses() else { return None };
    let folder = local_path(written)?;
    let file = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let roles = Roles { github_action: true, ..Roles::default() };
    Some(Wanted { paths: vec![file("action.yml"), file("action.yaml")], roles })
}

/// The `package.json` that `npm publish` and its kin read in a step, below the root of the repository; none for a step that does not
/// publish, or in a folder that only the run knows.
pub(crate) fn manifest_path(step: &Step<'_>) -> Option<String> {
    let script = step.run()?.text()?;
    let publishes = contains(script, "publish") && ["npm", "yarn", "pnpm"].iter().any(|name| contains(script, name));
    let folder = match step.working_directory() {
        Read::Absent => "",
        Read::Is(folder) => folder,
        Read::Dynamic | Read::Wrong => return None,
    };
    local_path(&format!("{folder}/package.json")).filter(|_| publishes)
}

/// The path of a local reference below the root of the repository; none if it leaves the repository.
pub(crate) fn local_path(written: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in written.strip_prefix('$').unwrap_or(written).split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// A path below a root, from the root of all: the empty root is the whole tree.
pub(crate) fn below(root: &str, path: &str) -> String {
    if root.is_empty() { path.to_owned() } else { format!("{root}/{path}") }
}
