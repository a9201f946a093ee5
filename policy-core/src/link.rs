//! Units: one root file with the files that it refers to in its own repository, and what all rules share about it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use crate::document::{Document, NodeId, Ref, Style};
use crate::model::github::expression::{Expression, ExpressionError, fences, opening};
use crate::model::github::{self, Action, ActionReference, Events, Job, MAX_WORKFLOW_FILES, Step, Workflow};
use crate::read::Read;

/// The most files that are read with one root, or looked for. What lies beyond reads as not being here.
const MAX_LINKED: usize = 2 * MAX_WORKFLOW_FILES;

/// What a file is judged as. A file may have several roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// A workflow of GitHub Actions.
    pub github_workflow: bool,
    /// The description of an action of GitHub Actions.
    pub github_action: bool,
}

impl Roles {
    /// The roles that the path alone gives, below the root of the repository. These files are executed.
    #[must_use]
    pub fn by_path(path: &str) -> Self {
        let github_workflow = github::is_workflow_path(path);
        Self { github_workflow, github_action: !github_workflow && github::is_action_path(path) }
    }

    /// The roles that path and content give together. Content decides where the path says nothing; a workflow that is also the
    /// description of an action is both.
    #[must_use]
    pub fn of(path: Option<&str>, root: Option<Ref<'_>>) -> Self {
        let by_path = path.map(Self::by_path).unwrap_or_default();
        let content = root.map_or(Self::default(), |root| Self {
            github_workflow: github::looks_like_workflow(root),
            github_action: github::looks_like_action(root),
        });
        if by_path.is_none() {
            return content;
        }
        Self { github_workflow: by_path.github_workflow, github_action: by_path.github_action || content.github_action }
    }

    /// Whether nothing tells what the file is.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The names of the roles.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        let named = [(self.github_workflow, "github-workflow"), (self.github_action, "github-action")];
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
pub type Links<'u> = BTreeMap<String, Option<&'u Document<'u>>>;

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
    let mut needed = BTreeSet::new();
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
    if roles.github_workflow {
        for job in Workflow::new(root).jobs() {
            if let Read::Is((_, ActionReference::Local(written))) = job.uses() {
                let roles = Roles { github_workflow: true, github_action: false };
                found.extend(local_path(written).map(|path| Wanted { paths: vec![path], roles }));
            }
            found.extend(job.steps().filter_map(wanted_action));
        }
    }
    if roles.github_action {
        found.extend(Action::new(root).steps().filter_map(wanted_action));
    }
    found
}

fn wanted_action(step: Step<'_>) -> Option<Wanted> {
    let Read::Is((_, ActionReference::Local(written))) = step.uses() else { return None };
    let folder = local_path(written)?;
    let file = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let roles = Roles { github_workflow: false, github_action: true };
    Some(Wanted { paths: vec![file("action.yml"), file("action.yaml")], roles })
}

/// The path of a local reference below the root of the repository; none if it leaves the repository.
fn local_path(written: &str) -> Option<String> {
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

/// An expression in a scalar of the root file.
#[derive(Debug)]
pub struct Site<'u> {
    /// The scalar.
    pub scalar: Ref<'u>,
    /// From `${{` to `}}` in its decoded text.
    pub outer: Range<usize>,
    /// Where the text of the expression begins in the decoded text.
    pub start: usize,
    /// The expression, or why it is none.
    pub expression: Result<Expression<'u>, ExpressionError>,
}

/// One root file with what it refers to.
#[derive(Debug)]
pub struct Unit<'u> {
    document: &'u Document<'u>,
    roles: Roles,
    links: Links<'u>,
    events: Events,
    sites: Vec<Site<'u>>,
}

impl<'u> Unit<'u> {
    /// The unit of a root that was linked.
    #[must_use]
    pub fn new(document: &'u Document<'u>, roles: Roles, links: Links<'u>) -> Self {
        let workflow = document.root().filter(|_| roles.github_workflow).map(Workflow::new);
        let events = workflow.map(Workflow::events).unwrap_or_default();
        Self { document, roles, links, events, sites: sites(document) }
    }

    /// The root file.
    #[must_use]
    pub fn document(&self) -> &'u Document<'u> {
        self.document
    }

    /// What it is judged as.
    #[must_use]
    pub fn roles(&self) -> Roles {
        self.roles
    }

    /// The workflow that the root file is.
    #[must_use]
    pub fn workflow(&self) -> Option<Workflow<'u>> {
        self.document.root().filter(|_| self.roles.github_workflow).map(Workflow::new)
    }

    /// What starts the workflow that the root file is.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events
    }

    /// The action that the root file is.
    #[must_use]
    pub fn action(&self) -> Option<Action<'u>> {
        self.document.root().filter(|_| self.roles.github_action).map(Action::new)
    }

    /// The workflow that a job calls: `Dynamic` if it is not here, be it of another repository or missing.
    #[must_use]
    pub fn called_workflow(&self, job: Job<'u>) -> Read<Workflow<'u>> {
        job.uses().and_then(|(_, reference)| match reference {
            ActionReference::Local(written) => {
                let document = local_path(written).and_then(|path| self.links.get(&path).copied().flatten());
                document.and_then(Document::root).map_or(Read::Dynamic, |root| Read::Is(Workflow::new(root)))
            }
            ActionReference::Repository { .. } => Read::Dynamic,
            ActionReference::Docker { .. } => Read::Wrong,
        })
    }

    /// The files that were read with the root, by path below the root of the repository.
    pub fn linked(&self) -> impl Iterator<Item = (&str, &'u Document<'u>)> {
        self.links.iter().filter_map(|(path, document)| Some((path.as_str(), (*document)?)))
    }

    /// All expressions of the root file, in its order.
    #[must_use]
    pub fn sites(&self) -> &[Site<'u>] {
        &self.sites
    }

    /// The expressions of one scalar of the root file.
    #[must_use]
    pub fn sites_of(&self, scalar: Ref<'u>) -> &[Site<'u>] {
        let own = std::ptr::eq(scalar.document(), self.document);
        if own { self.sites_between(scalar.id(), scalar.end()) } else { &[] }
    }

    /// The expressions that stand in a node of the root file; what its aliases show is not followed.
    #[must_use]
    pub fn sites_between(&self, first: NodeId, end: NodeId) -> &[Site<'u>] {
        let from = self.sites.partition_point(|site| site.scalar.id() < first);
        let to = self.sites.partition_point(|site| site.scalar.id() < end);
        self.sites.get(from..to).unwrap_or(&[])
    }
}

// What a person reads and GitHub does not evaluate.
const PROSE: &[&str] = &["description", "deprecationMessage"];

fn sites<'u>(document: &'u Document<'u>) -> Vec<Site<'u>> {
    let source = document.source().text().as_bytes();
    let next = |from: usize| opening(source, from);
    let mut marks = std::iter::successors(next(0), |mark| next(mark + 3)).peekable();
    let mut found = Vec::new();
    for scalar in document.scalars() {
        let span = scalar.span();
        while marks.next_if(|mark| *mark < span.start as usize).is_some() {}
        // An escape can write the mark without its characters.
        let may_hold = marks.peek().is_some_and(|mark| *mark < span.end as usize) || scalar.style() == Style::DoubleQuoted;
        let Some(text) = Some(scalar).filter(|_| may_hold).and_then(Ref::text).filter(|text| opening(text.as_bytes(), 0).is_some())
        else {
            continue;
        };
        if scalar.key().and_then(Ref::text).is_some_and(|key| PROSE.contains(&key)) {
            continue;
        }
        found.extend(fences(text).map(|fence| match fence {
            Ok(fence) => {
                let inner = text.get(fence.inner.clone()).unwrap_or("");
                Site { scalar, outer: fence.outer, start: fence.inner.start, expression: Expression::parse(inner) }
            }
            Err(error) => Site { scalar, outer: error.at..text.len(), start: 0, expression: Err(error) },
        }));
    }
    found
}
